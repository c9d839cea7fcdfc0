//! Exact limits: how often something may be done, whoever connects anew, from wherever, after however long a sleep.
//!
//! One [`Limiter`] holds the buckets of one key (an account, a network address, a visitor). Its rows are stored, because an
//! attacker could wait for the object to lose its memory; a refusal writes nothing, so they cannot make it write more than
//! the limit allows. Pure logic over the SQL port: the time is handed in.
//!
//! | limit | algorithm | for |
//! |---|---|---|
//! | [`Quota`] | generic cell rate algorithm (GCRA): a token bucket in one number | so many in so many seconds |
//! | [`Guesses`] | growing delay after failures | passwords: some tries at once, then each wait twice as long as the last |
//!
//! [`Bulkhead`] is for the other kind of limit: how much may be under way at once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::sql::{self, Sql, SqlError, Value};

/// So many in so many seconds: that many at once, and then as fast as they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// How many.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u32,
}

/// A quota as a deployment's variable says it, such as `60/600`: sixty in ten minutes.
impl FromStr for Quota {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (count, seconds) = text.split_once('/').ok_or(())?;
        let positive = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0);
        Ok(Self { count: positive(count).ok_or(())?, seconds: positive(seconds).ok_or(())? })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.count, self.seconds)
    }
}

impl Quota {
    /// Takes one, of a bucket that is full again at `full_at`. When it is full afterwards, if it could be taken.
    fn take(self, full_at: Millis, now: Millis) -> (Option<Millis>, Verdict) {
        let count = Millis::from(self.count.max(1));
        let interval = (Millis::from(self.seconds) * 1_000 + count - 1) / count;
        let window = interval * count;
        // A clock that was set back does not make the bucket emptier than empty.
        let full_at = full_at.clamp(now, now + window);
        let next = full_at + interval;
        let is_allowed = next <= now + window;
        let full_at = if is_allowed { next } else { full_at };
        let left = (now + window - full_at) / interval.max(1);
        let verdict = Verdict {
            is_allowed,
            remaining: u32::try_from(left).unwrap_or(0),
            wait: if is_allowed { 0 } else { next - window - now },
            reset: full_at - now,
        };
        (is_allowed.then_some(full_at), verdict)
    }
}

/// What a limit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether it may be done. It counts as done then.
    pub is_allowed: bool,
    /// How many more may be done right after this.
    pub remaining: u32,
    /// When not: how many milliseconds to wait.
    pub wait: Millis,
    /// In how many milliseconds nothing of this is held against anybody.
    pub reset: Millis,
}

impl Verdict {
    /// The wait in whole seconds, at least one, as `Retry-After` says it.
    #[must_use]
    pub fn wait_seconds(&self) -> u32 {
        seconds(self.wait).max(1)
    }

    /// The time to the reset in whole seconds.
    #[must_use]
    pub fn reset_seconds(&self) -> u32 {
        seconds(self.reset)
    }
}

fn seconds(time: Millis) -> u32 {
    u32::try_from(time.max(0).unsigned_abs().div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// How wrong guesses slow down the next ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guesses {
    /// How many may be wrong before there is any wait.
    pub free: u32,
    /// The first wait, in milliseconds; each further one is twice as long.
    pub first: Millis,
    /// The longest wait, in milliseconds.
    pub longest: Millis,
    /// How long after the last one they are forgotten, in milliseconds.
    pub forgotten: Millis,
}

impl Guesses {
    /// Passwords: five typing mistakes are free; who goes on has 2 s, 4 s, … a quarter of an hour to wait each time. A day
    /// without any forgets them. So guessing gets about a hundred tries a day, from however many addresses.
    pub const PASSWORDS: Self =
        Self { free: 5, first: 2_000, longest: 15 * 60 * 1_000, forgotten: 24 * 60 * 60 * 1_000 };

    /// Passwords that are tried from one network, at whichever accounts: so many may be wrong before there is any wait, because many
    /// people may share an address, and they are forgotten after so long without any. Who goes on has 10 s, 20 s, … a quarter of an
    /// hour to wait each time.
    #[must_use]
    pub fn of_network(free: Quota) -> Self {
        let forgotten = Millis::from(free.seconds) * 1_000;
        Self { free: free.count, first: 10_000, forgotten, ..Self::PASSWORDS }
    }

    /// How long the next has to wait after so many wrong ones.
    fn wait(self, wrong: u32) -> Millis {
        let Some(more) = wrong.checked_sub(self.free) else { return 0 };
        self.first.saturating_mul(1_i64.checked_shl(more.min(40)).unwrap_or(Millis::MAX)).min(self.longest)
    }

    /// Counts a guess as wrong until it is known to be right, so that many at once are no way around the limit.
    fn take(self, wrong: u32, last: Millis, now: Millis) -> (Option<u32>, Verdict) {
        let last = last.min(now);
        let is_forgotten = now - last >= self.forgotten;
        let wrong = if is_forgotten { 0 } else { wrong };
        let wait = (last + self.wait(wrong) - now).max(0);
        let is_allowed = wrong == 0 || wait == 0;
        let after = if is_allowed { wrong.saturating_add(1) } else { wrong };
        let verdict = Verdict {
            is_allowed,
            remaining: self.free.saturating_sub(after),
            wait: if is_allowed { 0 } else { wait },
            reset: if is_allowed { self.forgotten } else { last + self.forgotten - now },
        };
        (is_allowed.then_some(after), verdict)
    }
}

/// `value` and `at` are the algorithm's; `ends` is when the row says nothing any more.
const STEPS: &[&str] = &["CREATE TABLE buckets (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL,
        at INTEGER NOT NULL,
        ends INTEGER NOT NULL
    ) WITHOUT ROWID"];
/// How many buckets one key may have; the one that ends first makes room.
const BUCKETS: i64 = 50;

/// The buckets of one key.
pub struct Limiter<S> {
    sql: S,
}

impl<S: Sql> Limiter<S> {
    /// Opens it.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        sql::migrate(&sql, STEPS)?;
        Ok(Self { sql })
    }

    /// Asks whether one more may be done, and counts it if so.
    ///
    /// # Errors
    /// When the storage fails. It is not counted then.
    pub fn take(&self, bucket: &str, quota: Quota, now: Millis) -> Result<Verdict, SqlError> {
        let (full_at, _) = self.read(bucket)?.unwrap_or((now, now));
        let (after, verdict) = quota.take(full_at, now);
        if let Some(full_at) = after {
            self.write(bucket, full_at, now, full_at)?;
        }
        Ok(verdict)
    }

    /// Asks whether one more guess may be made, and counts it as wrong if so.
    ///
    /// # Errors
    /// When the storage fails. It is not counted then.
    pub fn guess(&self, bucket: &str, guesses: Guesses, now: Millis) -> Result<Verdict, SqlError> {
        let (wrong, last) = self.read(bucket)?.unwrap_or((0, now));
        let (after, verdict) = guesses.take(u32::try_from(wrong).unwrap_or(u32::MAX), last, now);
        if let Some(wrong) = after {
            self.write(bucket, wrong.into(), now, now + guesses.forgotten)?;
        }
        Ok(verdict)
    }

    /// Forgets a bucket: the guess was right.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn clear(&self, bucket: &str) -> Result<(), SqlError> {
        self.sql.write("DELETE FROM buckets WHERE name = ?", &[bucket.into()]).map(drop)
    }

    /// Takes one guess back: it was not made.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn give_back(&self, bucket: &str) -> Result<(), SqlError> {
        let back = "UPDATE buckets SET value = value - 1 WHERE name = ? AND value > 0";
        self.sql.write(back, &[bucket.into()]).map(drop)
    }

    /// Drops what says nothing any more. When to come again; `None` when nothing is left, and the storage can be given back.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn sweep(&self, now: Millis) -> Result<Option<Millis>, SqlError> {
        self.sql.write("DELETE FROM buckets WHERE ends <= ?", &[now.into()])?;
        let rows = self.sql.exec("SELECT MAX(ends) FROM buckets", &[])?;
        Ok(rows.first().and_then(|row| row.first()).and_then(Value::as_integer))
    }

    fn read(&self, bucket: &str) -> Result<Option<(i64, Millis)>, SqlError> {
        let rows = self.sql.exec("SELECT value, at FROM buckets WHERE name = ?", &[bucket.into()])?;
        let number = |column| rows.first()?.get(column).and_then(Value::as_integer);
        Ok(number(0).zip(number(1)))
    }

    fn write(&self, bucket: &str, value: i64, at: Millis, ends: Millis) -> Result<(), SqlError> {
        let written = "INSERT OR REPLACE INTO buckets (name, value, at, ends) VALUES (?, ?, ?, ?)";
        self.sql.write(written, &[bucket.into(), value.into(), at.into(), ends.into()])?;
        let surplus = "DELETE FROM buckets WHERE name IN (SELECT name FROM buckets ORDER BY ends DESC LIMIT -1 OFFSET ?)";
        self.sql.write(surplus, &[BUCKETS.into()]).map(drop)
    }
}

/// The network that a client's address stands for: an IPv4 address itself, of an IPv6 address the first 64 bits, because one
/// customer has all that share them. Anything else is one network of its own.
#[must_use]
pub fn network_of(address: &str) -> String {
    use std::net::IpAddr;
    match address.trim().parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => "unknown".to_owned(),
    }
}

/// A bulkhead: one costly thing is under way at a time, some may wait for it, and the rest is turned away at once (load
/// shedding), so that what runs beside it in the same isolate is not kept waiting.
///
/// Every hold ends by itself: a request that was cut off never says so.
#[derive(Debug, Default)]
pub struct Bulkhead {
    under_way: Option<(u32, Millis)>,
    /// Who waits, since it last said so.
    waiting: Vec<(u32, Millis)>,
    tickets: u32,
}

/// What a bulkhead says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Go ahead, and say when it is over.
    Now,
    /// Ask again in a moment.
    Wait,
    /// Too many wait already.
    Full,
}

impl Bulkhead {
    /// How long a hold lasts that nobody ends, in milliseconds.
    const HOLD: Millis = 5_000;
    /// How long somebody counts as waiting who does not ask again, in milliseconds.
    const PRESENCE: Millis = 1_000;

    /// A number to ask with.
    pub const fn ticket(&mut self) -> u32 {
        self.tickets = self.tickets.wrapping_add(1);
        self.tickets
    }

    /// Asks for a turn, where at most `most` may wait. Who waits goes in the order of coming.
    pub fn ask(&mut self, ticket: u32, most: usize, now: Millis) -> Turn {
        let is_fresh = |since: Millis, limit: Millis| (0..limit).contains(&(now - since));
        self.under_way = self.under_way.filter(|(_, since)| is_fresh(*since, Self::HOLD));
        self.waiting.retain(|(_, since)| is_fresh(*since, Self::PRESENCE));
        let place = self.waiting.iter().position(|(waiting, _)| *waiting == ticket);
        if self.under_way.is_none() && place.unwrap_or(self.waiting.len()) == 0 {
            self.waiting.retain(|(waiting, _)| *waiting != ticket);
            self.under_way = Some((ticket, now));
            return Turn::Now;
        }
        if let Some(waiting) = place.and_then(|place| self.waiting.get_mut(place)) {
            waiting.1 = now;
        } else if self.waiting.len() < most {
            self.waiting.push((ticket, now));
        } else {
            return Turn::Full;
        }
        Turn::Wait
    }

    /// It is over.
    pub fn leave(&mut self, ticket: u32) {
        self.under_way = self.under_way.filter(|(holder, _)| *holder != ticket);
    }
}

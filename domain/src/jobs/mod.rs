//! A durable queue of jobs: what is to have an effect elsewhere, and has it at least once, under a key that makes it once.
//!
//! One queue holds the jobs of one [`JobKind`](crate::wire::JobKind), so that an endpoint that hangs holds up its own kind
//! alone. Pure logic over the SQL port: the time and the dice are handed in. What it promises, and `tests/jobs.rs` tries with
//! a kill between any two steps:
//! - **Idempotency key**: the same key twice is one job; the same key with another payload is refused. A key is remembered
//!   for [`REMEMBERED`] after its job was done.
//! - **At least once**: a job that was taken down runs until it is done or a dead letter. A run that nobody heard the end of is
//!   made again when its lease is over. So an effect carries the job's key, and whoever takes it knows a repeat by that.
//! - **Order**: what is due longest runs first. A job that fails backs off with jitter and lets the others by.
//! - **Dead letters**: after [`ATTEMPTS`] or a final refusal a job is set aside, with the reason: it is listed, tried again on
//!   demand, and never dropped.

mod job;

pub use job::{Address, Audit, EndTokens, Job, MailJob, MergeTag, RelayAudit, Template};

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::schedule::Backoff;
use crate::sql::{self, Row, Sql, SqlError, Value};

/// After how many attempts a job is a dead letter: about a day of trouble.
pub const ATTEMPTS: i64 = 36;
/// How long a run has to say how it ended, in milliseconds. After that the job is due again.
pub const LEASE: Millis = 60_000;
/// For how long the key of a job that was done is remembered, in milliseconds: a week.
pub const REMEMBERED: Millis = 7 * 24 * 60 * 60 * 1_000;
/// How many keys of jobs that were done are remembered at most; the oldest are forgotten first.
pub const KEYS: i64 = 20_000;
/// The longest key, in bytes.
pub const KEY_BYTES: usize = 200;
/// How long a job waits after it failed.
const RETRY: Backoff = Backoff { least: 1_000, most: 60 * 60 * 1_000 };
/// How much of the reason for a failure is kept, in characters.
const REASON: usize = 300;
/// How many old keys one step forgets.
const SWEEP: i64 = 500;

/// `state` is one of [`State`]. `due` is when something is to happen to the row next: it runs, its lease is over, or its
/// key is forgotten. So one index answers what is next, whatever it is.
const STEPS: &[&str] = &["CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        payload TEXT NOT NULL,
        state INTEGER NOT NULL,
        due INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        failing_since INTEGER,
        reason TEXT
    );
    CREATE INDEX jobs_by_due ON jobs (state, due, seq)"];

/// What state a job is in, as its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be run when it is due; also while it runs, its lease being when it is due again.
    Waiting = 0,
    /// Its effect is there.
    Done = 1,
    /// A dead letter.
    Dead = 2,
}

impl From<State> for Value {
    fn from(state: State) -> Self {
        Self::Integer(state as i64)
    }
}

/// What came of handing a job over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enqueued {
    /// It is taken down.
    New,
    /// This very job was taken down before.
    Duplicate,
}

/// Why a job is not taken down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EnqueueError {
    /// Another job has this key.
    #[error("the idempotency key is that of another job")]
    KeyReused,
    /// The key is empty or too long.
    #[error("an idempotency key has 1 to {KEY_BYTES} bytes")]
    InvalidKey,
    /// The storage failed.
    #[error("storage: {0}")]
    Storage(String),
}

impl From<SqlError> for EnqueueError {
    fn from(error: SqlError) -> Self {
        Self::Storage(error.to_string())
    }
}

/// A job that is to be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its place in the queue.
    pub seq: i64,
    /// Its idempotency key, which its effect must carry.
    pub key: String,
    /// What is to be done, as JSON.
    pub payload: String,
    /// Which attempt this is, from 1.
    pub attempt: i64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is there.
    Done,
    /// It went well and is not over: it is run again after so many milliseconds, which counts as no further attempt.
    Again {
        /// How long to wait.
        after: Millis,
    },
    /// It may work another time; not before so many milliseconds, where who refused said so.
    Retry {
        /// Why, for whoever looks at dead letters.
        reason: String,
        /// How long to wait at least.
        after: Option<Millis>,
    },
    /// It will never work.
    Final {
        /// Why.
        reason: String,
    },
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its place in the queue, by which the next page goes on.
    pub seq: i64,
    /// Its idempotency key.
    pub key: String,
    /// What was to be done, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Since when it failed.
    pub failing_since: Option<Millis>,
    /// What the last attempt met.
    pub reason: String,
}

/// How many jobs there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// To be run, or running.
    pub waiting: i64,
    /// Dead letters.
    pub dead: i64,
}

/// The queue, over its object's storage. It remembers nothing else.
pub struct Queue<S> {
    sql: S,
}

impl<S: Sql> Queue<S> {
    /// Opens the queue.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        sql::migrate(&sql, STEPS)?;
        Ok(Self { sql })
    }

    /// Takes a job down, to be run at once or at `not_before`.
    ///
    /// # Errors
    /// When the key is unfit or another job's, or the storage fails: nothing is taken down then.
    pub fn enqueue(
        &self,
        key: &str,
        payload: &str,
        not_before: Option<Millis>,
        now: Millis,
    ) -> Result<Enqueued, EnqueueError> {
        if !(1..=KEY_BYTES).contains(&key.len()) {
            return Err(EnqueueError::InvalidKey);
        }
        let rows = self.sql.exec("SELECT payload FROM jobs WHERE key = ?", &[key.into()])?;
        if let Some(row) = rows.first() {
            let same = text(row, 0) == payload;
            return if same { Ok(Enqueued::Duplicate) } else { Err(EnqueueError::KeyReused) };
        }
        let due = not_before.unwrap_or(now).max(now);
        self.sql.write(
            "INSERT INTO jobs (key, payload, state, due, attempts) VALUES (?, ?, ?, ?, 0)",
            &[key.into(), payload.into(), State::Waiting.into(), due.into()],
        )?;
        Ok(Enqueued::New)
    }

    /// When there is something to do next; `None` when all is quiet.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn next_due(&self) -> Result<Option<Millis>, SqlError> {
        let mut next = None;
        for state in [State::Waiting, State::Done] {
            let first = "SELECT due FROM jobs WHERE state = ? ORDER BY due LIMIT 1";
            let rows = self.sql.exec(first, &[state.into()])?;
            let due = rows.first().map(|row| integer(row, 0));
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// Takes the jobs that are due, up to so many, and counts the attempt before it is made: a job that kills whoever runs it
    /// becomes a dead letter like any other.
    ///
    /// # Errors
    /// When the storage fails. What was taken so far is due again when its lease is over.
    pub fn take(&self, most: i64, now: Millis) -> Result<Vec<Taken>, SqlError> {
        let due = "SELECT seq, key, payload, attempts FROM jobs WHERE state = ? AND due <= ? ORDER BY due, seq LIMIT ?";
        let rows = self.sql.exec(due, &[State::Waiting.into(), now.into(), most.into()])?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in &rows {
            let (key, attempts) = (text(row, 1), integer(row, 3));
            if attempts >= ATTEMPTS {
                self.bury(&key, "no attempt lived to tell how it ended")?;
                continue;
            }
            self.sql.write(
                "UPDATE jobs SET attempts = attempts + 1, due = ? WHERE key = ?",
                &[(now + LEASE).into(), key.as_str().into()],
            )?;
            taken.push(Taken { seq: integer(row, 0), key, payload: text(row, 2), attempt: attempts + 1 });
        }
        Ok(taken)
    }

    /// Takes down how a run ended. One that was given up for lost may end late: what is done is done, and what failed then
    /// says nothing about the run that followed.
    ///
    /// # Errors
    /// When the storage fails. The job is due again when its lease is over.
    pub fn ended(&self, run: &Taken, outcome: Outcome, now: Millis, dice: f64) -> Result<(), SqlError> {
        let current = "SELECT failing_since FROM jobs WHERE key = ? AND state = ? AND attempts = ?";
        let rows =
            self.sql.exec(current, &[run.key.as_str().into(), State::Waiting.into(), run.attempt.into()])?;
        let failing_since = rows.first().map(|row| row.first().and_then(Value::as_integer));
        match (outcome, failing_since) {
            (Outcome::Done, _) => {
                self.forget_surplus(run.seq)?;
                self.sql.write(
                    "UPDATE jobs SET state = ?, due = ?, failing_since = NULL, reason = NULL WHERE key = ?",
                    &[State::Done.into(), (now + REMEMBERED).into(), run.key.as_str().into()],
                )?
            }
            (_, None) => false,
            (Outcome::Again { after }, Some(_)) => self.sql.write(
                "UPDATE jobs SET due = ?, attempts = attempts - 1, failing_since = NULL, reason = NULL WHERE key = ?",
                &[(now + after).into(), run.key.as_str().into()],
            )?,
            (Outcome::Final { reason }, Some(_)) => self.bury(&run.key, &reason)?,
            (Outcome::Retry { reason, .. }, Some(_)) if run.attempt >= ATTEMPTS => {
                self.bury(&run.key, &reason)?
            }
            (Outcome::Retry { reason, after }, Some(since)) => {
                let since = since.unwrap_or(now).min(now);
                let wait = RETRY.wait(now.saturating_sub(since), dice).max(after.unwrap_or(0));
                self.sql.write(
                    "UPDATE jobs SET due = ?, failing_since = ?, reason = ? WHERE key = ?",
                    &[(now + wait).into(), since.into(), shortened(&reason).into(), run.key.as_str().into()],
                )?
            }
        };
        Ok(())
    }

    /// Forgets keys whose time is over, so many at a time.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn forget(&self, now: Millis) -> Result<(), SqlError> {
        let due = "SELECT seq FROM jobs WHERE state = ? AND due <= ? ORDER BY due LIMIT ?";
        self.sql.write(
            &format!("DELETE FROM jobs WHERE seq IN ({due})"),
            &[State::Done.into(), now.into(), SWEEP.into()],
        )?;
        Ok(())
    }

    /// Forgets the oldest keys where there are too many. Counting them takes long, so every so many jobs.
    fn forget_surplus(&self, seq: i64) -> Result<(), SqlError> {
        if seq % SWEEP == 0 {
            let surplus = "SELECT seq FROM jobs WHERE state = ? ORDER BY due DESC LIMIT -1 OFFSET ?";
            self.sql.write(
                &format!("DELETE FROM jobs WHERE seq IN ({surplus})"),
                &[State::Done.into(), KEYS.into()],
            )?;
        }
        Ok(())
    }

    /// The dead letters after this place in the queue, up to so many.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn dead_letters(&self, after: i64, most: i64) -> Result<Vec<DeadLetter>, SqlError> {
        let rows = self.sql.exec(
            "SELECT seq, key, payload, attempts, failing_since, reason FROM jobs
             WHERE state = ? AND seq > ? ORDER BY seq LIMIT ?",
            &[State::Dead.into(), after.into(), most.into()],
        )?;
        let letter = |row: &Row| DeadLetter {
            seq: integer(row, 0),
            key: text(row, 1),
            payload: text(row, 2),
            attempts: integer(row, 3),
            failing_since: row.get(4).and_then(Value::as_integer),
            reason: text(row, 5),
        };
        Ok(rows.iter().map(letter).collect())
    }

    /// Has dead letters tried again from the first attempt: one, or all. Says how many there were.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn retry(&self, key: Option<&str>, now: Millis) -> Result<i64, SqlError> {
        let dead = self.counts()?.dead;
        self.sql.write(
            "UPDATE jobs SET state = ?, due = ?, attempts = 0, failing_since = NULL
             WHERE state = ? AND (?4 IS NULL OR key = ?4)",
            &[State::Waiting.into(), now.into(), State::Dead.into(), key.map_or(Value::Null, Value::from)],
        )?;
        Ok(dead - self.counts()?.dead)
    }

    /// How many jobs wait, and how many are dead letters.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn counts(&self) -> Result<Counts, SqlError> {
        let count = "SELECT COUNT(*) FROM jobs WHERE state = ?";
        let of = |state: State| {
            let rows = self.sql.exec(count, &[state.into()])?;
            Ok::<_, SqlError>(rows.first().map_or(0, |row| integer(row, 0)))
        };
        Ok(Counts { waiting: of(State::Waiting)?, dead: of(State::Dead)? })
    }

    fn bury(&self, key: &str, reason: &str) -> Result<bool, SqlError> {
        self.sql.write(
            "UPDATE jobs SET state = ?, reason = ? WHERE key = ?",
            &[State::Dead.into(), shortened(reason).into(), key.into()],
        )
    }
}

fn shortened(reason: &str) -> String {
    reason.chars().take(REASON).collect()
}

fn integer(row: &Row, column: usize) -> i64 {
    row.get(column).and_then(Value::as_integer).unwrap_or(0)
}

fn text(row: &Row, column: usize) -> String {
    row.get(column).and_then(Value::as_text).unwrap_or_default().to_owned()
}

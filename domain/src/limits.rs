//! The numbers a room holds its clients to. `docs/PROTOCOL.md` lists them with their error codes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sorted::Sorted;

/// The largest WebSocket frame a client may send, in bytes. Larger closes the socket with 1009. Every text that may be sent
/// fits, however its JSON is written: a character takes 12 bytes at most (a surrogate pair, both halves escaped), and
/// 10,000 of them 120,000, which leaves 11,072 bytes for the rest of the frame.
pub const FRAME_BYTES: usize = 128 * 1024;
/// The most tags a conversation may have.
pub const TAGS_PER_CONVERSATION: usize = 20;
/// The longest message or note, in Unicode scalar values.
pub const MESSAGE_CHARACTERS: usize = 10_000;
/// The longest `clientId`, in bytes; its alphabet is `A–Z a–z 0–9 _ -`.
pub const CLIENT_ID_BYTES: usize = 64;
/// How many sockets one visitor may hold open to one conversation.
pub const SOCKETS_PER_VISITOR: usize = 10;
/// How many sockets one member of the team may hold open to one conversation, and to the inbox, unless the deployment says
/// otherwise. Each is a tab of a dashboard; all of them may ask for something at once without being over the rate of signals.
pub const SOCKETS_PER_AGENT: usize = 20;
/// How fast one person may send what is not stored, unless the deployment says otherwise.
pub const SIGNALS: Rate = Rate { burst: 30.0, per_second: 5.0 };
/// How many events one `page` frame or history page holds at most.
pub const PAGE_EVENTS: usize = 200;
/// How many bytes of event text one page holds at most, unless a single event is larger.
pub const PAGE_BYTES: usize = 256 * 1024;
/// How many events a connection without `after` is shown first.
pub const TAIL_EVENTS: usize = 50;
/// How far behind a client may be and still resume; further back the answer is `reset`.
pub const RESUME_EVENTS: u64 = 10_000;
/// How often a client pings, in seconds.
pub const HEARTBEAT_SECONDS: u32 = 30;
/// After how many refused frames in a row a connection is closed with 1008.
pub const REFUSALS_BEFORE_CLOSE: u32 = 50;
/// How many skills somebody may have.
pub const SKILLS_PER_USER: usize = 20;
/// In how many departments somebody may be: their access token carries them.
pub const DEPARTMENTS_PER_USER: usize = 30;
/// How many characters a password has, at least and at most.
pub const PASSWORD_CHARACTERS: std::ops::RangeInclusive<usize> = 10..=200;
/// For how long a visitor may edit or delete their own message, in milliseconds.
pub const VISITOR_EDIT_WINDOW: i64 = 15 * 60 * 1000;

/// How fast one person may send.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// How many may come at once.
    pub burst: f64,
    /// How many come back each second.
    pub per_second: f64,
}

/// The rates of one room. A deployment may change them; the rest are constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Send, edit and delete.
    pub sends: Rate,
    /// Typing, viewing, read, resume and renew.
    pub signals: Rate,
    /// How many sockets a member of the team may hold.
    pub sockets_per_agent: usize,
    /// How often clients ping, in seconds.
    pub heartbeat_seconds: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            sends: Rate { burst: 20.0, per_second: 2.0 },
            signals: SIGNALS,
            sockets_per_agent: SOCKETS_PER_AGENT,
            heartbeat_seconds: HEARTBEAT_SECONDS,
        }
    }
}

/// A token bucket: `burst` at once, refilled at `per_second`.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    tokens: f64,
    at: crate::Millis,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn full(rate: Rate, now: crate::Millis) -> Self {
        Self { tokens: rate.burst, at: now }
    }

    /// Takes one token.
    ///
    /// # Errors
    /// When none is left: how many milliseconds until there is one.
    pub fn take(&mut self, rate: Rate, now: crate::Millis) -> Result<(), u32> {
        // A clock that steps back refills nothing, and takes nothing away.
        #[allow(clippy::cast_precision_loss)] // a gap of 2^52 ms is 142,000 years
        let elapsed = now.saturating_sub(self.at).max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + elapsed * rate.per_second).min(rate.burst);
        self.at = self.at.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and 0 < value
        Err((((1.0 - self.tokens) / rate.per_second) * 1000.0).ceil() as u32)
    }
}

/// A bucket for each person, over however many connections. They are in memory: one that is lost with it is full again, which
/// is right for whatever fills sooner than an object goes to sleep.
#[derive(Debug, Default)]
pub struct Buckets(Sorted<Uuid, Bucket>);

impl Buckets {
    /// Takes one token of a person's.
    ///
    /// # Errors
    /// As of [`Bucket::take`].
    pub fn take(&mut self, person: Uuid, rate: Rate, now: crate::Millis) -> Result<(), u32> {
        self.0.or_insert_with(person, || Bucket::full(rate, now)).take(rate, now)
    }
}

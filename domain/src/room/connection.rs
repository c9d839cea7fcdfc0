//! One socket in a room: who holds it, whether it is live, how fast it may go on.

use crate::Millis;
use crate::access::Audience;
use crate::limits::{Bucket, Rates};
use crate::socket::Attachment;

/// A connection in memory. The buckets are full again after hibernation, which takes longer than filling them.
#[derive(Debug)]
pub struct Connection {
    pub attachment: Attachment,
    pub audience: Audience,
    pub sends: Bucket,
    pub signals: Bucket,
    /// Refused frames since the last good one.
    pub refusals: u32,
    /// The end of the page it has just been sent, when more follows. Asking for that costs nothing: the room set the pace.
    pub continues_after: Option<u64>,
    /// When it last sent a frame, or was taken in.
    pub heard_at: Millis,
}

impl Connection {
    pub fn new(attachment: Attachment, rates: &Rates, now: Millis) -> Self {
        Self {
            audience: Audience::of(&attachment.actor),
            sends: Bucket::full(rates.sends, now),
            signals: Bucket::full(rates.signals, now),
            refusals: 0,
            continues_after: None,
            heard_at: now,
            attachment,
        }
    }
}

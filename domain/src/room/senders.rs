//! How fast each person may send in a conversation, over however many sockets: a new connection gives no new burst.
//!
//! The buckets are in memory. One that memory has lost is filled anew and then pays for what its person has stored lately, as
//! the log has it; what was refused or repeated is forgiven.

use uuid::Uuid;

use crate::Millis;
use crate::access::Principal;
use crate::limits::{Bucket, Rate};
use crate::sorted::Sorted;
use crate::sql::Sql;

use super::log::Log;

/// How many of the last events are looked through for those of one person.
const EVENTS: u64 = 200;

/// A bucket for each person who has sent something since memory was lost.
#[derive(Debug, Default)]
pub struct Senders(Sorted<Uuid, Bucket>);

impl Senders {
    /// Takes the price of a message from its author's bucket.
    ///
    /// # Errors
    /// When it is empty: how many milliseconds until it is not.
    pub fn take(
        &mut self,
        author: &Principal,
        rate: Rate,
        log: &Log<impl Sql>,
        now: Millis,
    ) -> Result<(), u32> {
        if let Some(bucket) = self.0.get_mut(&author.subject.uuid()) {
            return bucket.take(rate, now);
        }
        // Where the log cannot be read nothing can be stored either.
        let sent = log.times_of(&author.actor().id, EVENTS).unwrap_or_default();
        let mut bucket = Bucket::full(rate, sent.first().copied().unwrap_or(now).min(now));
        for at in sent {
            let _ = bucket.take(rate, at.min(now));
        }
        let taken = bucket.take(rate, now);
        self.0.insert(author.subject.uuid(), bucket);
        taken
    }
}

//! What a room does in time: its duties as rows of a [`Schedule`], and which of them is to be done after what has happened.
//!
//! | duty | is to be done when | at most |
//! |---|---|---|
//! | sockets | a token expires, a socket may be silent | when due |
//! | time | a snooze ends, a target is missed, a visitor has been silent for long enough ([`super::targets`]) | when due |
//! | inbox | the inbox does not know how the conversation stands | four times a second, 50 ms after the change |
//! | documents | the document store lacks events, or does not know how it stands | every five seconds |
//! | report | storing failed, or trouble that the inbox has heard of is over | when due |
//! | archive | the conversation was closed, and not needed, for long enough | when due |
//!
//! Who knows what is remembered in memory only. After a loss of memory nobody is taken to know anything: then the next alarm
//! does again what it may have been set for. Opening the room for something else sets one only for what is stored as still to be
//! done, so that a room which people only look at tells nobody anything. The alarm of the time before still comes.

use super::changes::shows;
use super::targets::Deed;
use super::{Room, RoomError};
use crate::Millis;
use crate::schedule::{Backoff, Pace, Schedule};
use crate::sockets::Output;
use crate::sql::{Sql, SqlError};
use crate::wire::{ConversationStatus, EventBody, Text};

/// How long after its last event a closed conversation gives its storage back, in milliseconds.
const ARCHIVE_AFTER: Millis = 24 * 60 * 60 * 1000;

/// The most deeds that are done in one go: one of each kind. What is due then still is done right after.
const DEEDS: usize = 6;

/// Something that a room does in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Closes sockets whose time is over and those that are silent.
    Sockets,
    /// Does what is done in the conversation because its time has come.
    Time,
    /// Tells the inbox how the conversation stands.
    Inbox,
    /// Stores events, and how the conversation stands, in the document store.
    Documents,
    /// Tells the inbox that the document store is behind, or no longer is.
    Report,
    /// Gives the events' storage back.
    Archive,
}

impl Duty {
    /// All of them. Where two are due at once, the earlier one is begun first.
    pub const ALL: [Self; 6] =
        [Self::Sockets, Self::Time, Self::Inbox, Self::Documents, Self::Report, Self::Archive];

    /// What the log calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sockets => "sweep",
            Self::Time => "time",
            Self::Inbox => "tell",
            Self::Documents => "store",
            Self::Report => "report",
            Self::Archive => "archive",
        }
    }

    /// How it is done.
    #[must_use]
    pub const fn pace(self) -> Pace {
        // Calls of objects give up after ten seconds; storing makes some twenty requests, each with the client's patience.
        let brief = Pace { after: 0, every: 0, retry: Backoff::HOUSE, watch: 30_000, limit: 60_000 };
        match self {
            Self::Sockets | Self::Time | Self::Report => brief,
            // Changes of the same moment are told together, and a list need not move faster than eyes do.
            Self::Inbox => Pace { after: 50, every: 250, ..brief },
            // With the same alarm as the first change after a pause is told to the inbox.
            Self::Documents => Pace { after: 50, every: 5_000, limit: 600_000, ..brief },
            Self::Archive => Pace { limit: 600_000, ..brief },
        }
    }

    /// The conversation stands otherwise now.
    pub fn changed(schedule: &mut Schedule<Self>, now: Millis) {
        schedule.want(Self::Inbox, now);
        schedule.want(Self::Documents, now);
    }
}

/// The head that a conversation has, and its revision at that.
type Standing = (u64, u64);

/// What a room remembers of its duties.
#[derive(Debug)]
pub(super) struct Known {
    /// How the inbox knows it to stand; `None` while memory does not reach that far.
    told: Option<Standing>,
    /// How the document store does.
    stored: Option<Standing>,
    /// When somebody last needed the events that an archive does not have here.
    needed_at: Millis,
    archive_after: Millis,
}

impl Default for Known {
    fn default() -> Self {
        Self { told: None, stored: None, needed_at: 0, archive_after: ARCHIVE_AFTER }
    }
}

impl<S: Sql> Room<S> {
    /// Says how long after its last event a closed conversation is archived, where a deployment wants it otherwise.
    pub const fn archives_after(&mut self, time: Millis) {
        self.known.archive_after = time;
    }

    /// The alarm goes off. What it was set for is forgotten after a loss of memory: everybody is told again.
    pub fn alarm_began(&mut self, schedule: &mut Schedule<Duty>, now: Millis) {
        let known = &mut self.known;
        for (head, duty) in [(&mut known.told, Duty::Inbox), (&mut known.stored, Duty::Documents)] {
            if head.is_none() {
                *head = Some((0, 0));
                schedule.set(duty, Some(now), now);
            }
        }
    }

    /// Has the schedule know what is to be done, as the room stands; but for its sockets.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn plan(&self, schedule: &mut Schedule<Duty>, now: Millis) -> Result<(), SqlError> {
        // What is under way is looked at again when it has ended.
        let mut is_free = |duty| !schedule.is_under_way(duty, now);
        let [keeps_time, tells, stores, reports, archives] =
            [Duty::Time, Duty::Inbox, Duty::Documents, Duty::Report, Duty::Archive].map(&mut is_free);
        let head = self.summary_head().map(|head| (head, self.log.revision));
        let is_news = |known: Option<Standing>| head.zip(known).is_some_and(|(head, known)| known < head);
        let told = self.known.told;
        if tells && (is_news(told) || (told.is_none() && self.is_behind())) {
            schedule.want(Duty::Inbox, now);
        }
        let is_to_store = self.is_behind() || is_news(self.known.stored);
        if stores && is_to_store {
            schedule.want(Duty::Documents, now);
        }
        if reports && self.owes_all_clear()? {
            schedule.want(Duty::Report, now);
        }
        // As below.
        if keeps_time && told.is_some() {
            schedule.set(Duty::Time, self.next_deed().map(|(time, _)| time), now);
        }
        // An alarm for that is far away, and must not take the place of one of which memory knows nothing any more.
        if archives && told.is_some() {
            let due = if is_to_store || !stores { None } else { self.archive_due(now)? };
            schedule.set(Duty::Archive, due, now);
        }
        Ok(())
    }

    /// Storing has ended, well or not: the inbox is to hear of trouble, as long as there is some, and of its end.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn storing_ended(&self, schedule: &mut Schedule<Duty>, now: Millis) -> Result<(), SqlError> {
        let is_failing = schedule.failing_since(Duty::Documents).is_some();
        let has_trouble = is_failing || self.reported_since().is_some();
        if has_trouble || self.backlog()?.is_some_and(|backlog| backlog.set_aside > 0) {
            schedule.want(Duty::Report, now);
        }
        Ok(())
    }

    /// The inbox knows that the conversation stands so ([`crate::wire::Conversation::standing`]).
    pub fn told_inbox(&mut self, standing: Standing) {
        self.known.told = self.known.told.max(Some(standing));
    }

    /// Whether the inbox is still to be told that it stands so.
    #[must_use]
    pub fn is_news_to_inbox(&self, standing: Standing) -> bool {
        self.known.told.is_none_or(|told| told < standing)
    }

    /// The document store knows that the conversation stands so.
    pub fn stored_summary(&mut self, standing: Standing) {
        self.known.stored = self.known.stored.max(Some(standing));
    }

    /// Whether the document store is still to be told that it stands so.
    #[must_use]
    pub fn is_news_to_store(&self, standing: Standing) -> bool {
        self.known.stored.is_none_or(|stored| stored < standing)
    }

    /// What happens next in the conversation by itself, and when.
    fn next_deed(&self) -> Option<(Millis, Deed)> {
        if self.is_archived() || self.log.identity().is_none() { None } else { self.log.facts().next() }
    }

    /// Does what is to be done because its time has come. Each deed is one row, and what says that it was done is in that row: it is
    /// done once, whenever a kill comes. What was done before one that failed is in `outputs`.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn keep_time(&mut self, now: Millis, outputs: &mut Vec<Output>) -> Result<(), RoomError> {
        // One after the other: a deed can make another one due, or needless.
        for _ in 0..DEEDS {
            let Some((due, deed)) = self.next_deed().filter(|(due, _)| *due <= now) else { break };
            let opens = ConversationStatus::Open;
            let resolves = ConversationStatus::Resolved;
            let status = self.log.snapshot().status;
            let (body, public) = match deed {
                Deed::EndSnooze => {
                    (EventBody::StatusChanged { status: opens, until: None }, shows(status, opens))
                }
                Deed::Miss(target) => (EventBody::TargetMissed { target, due }, false),
                Deed::Warn => {
                    let warning = self.log.terms.auto_resolve.as_ref().and_then(|auto| auto.warning.clone());
                    let text = Text { text: warning.unwrap_or_default(), ..Text::default() };
                    (EventBody::Message(text), true)
                }
                Deed::Resolve => {
                    (EventBody::StatusChanged { status: resolves, until: None }, shows(status, resolves))
                }
            };
            self.publish_for_the_house(None, body, public, now, outputs)?;
        }
        Ok(())
    }

    /// How the conversation stands is to be stored again: it may have been refused.
    pub const fn store_summary_again(&mut self) {
        self.known.stored = Some((0, 0));
    }

    /// Somebody needs the events. Whoever looks at an old conversation keeps it from the archive for the same time: bringing
    /// all its events back for each look would cost as much as it had in events.
    pub const fn was_needed(&mut self, now: Millis) {
        self.known.needed_at = now;
    }

    /// After a loss of memory only the trouble that the inbox has heard of, and that has ended, is known.
    fn owes_all_clear(&self) -> Result<bool, SqlError> {
        Ok(self.reported_since().is_some() && self.backlog()?.is_some_and(|backlog| backlog.is_clear()))
    }

    /// When the conversation is to be archived.
    fn archive_due(&self, now: Millis) -> Result<Option<Millis>, SqlError> {
        let needed_at = if self.is_occupied() { now } else { self.known.needed_at };
        let since = self.archivable_since()?.map(|since| since.max(needed_at));
        Ok(since.map(|since| since.saturating_add(self.known.archive_after)))
    }
}

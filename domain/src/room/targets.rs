//! What is due in a conversation, and what happens in it by itself: from how its log says that it stands, and the terms of its
//! queue. Pure: who has the same facts comes to the same times, however often and however late they are asked for.

use super::episode::Episode;
use crate::Millis;
use crate::hours::{Offset, add_business_time, business_time};
use crate::wire::{AutoResolve, ConversationStatus, Due, ResponseTarget, Terms};

const MINUTE: Millis = 60_000;

/// Something that is done in a conversation because its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is opened again after a snooze.
    EndSnooze,
    /// It is written down that a target was missed.
    Miss(ResponseTarget),
    /// The visitor is told that it will be resolved.
    Warn,
    /// It is resolved.
    Resolve,
}

/// How a conversation stands.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Its status.
    pub status: ConversationStatus,
    /// What its log says of time.
    pub episode: &'a Episode,
    /// What its queue asks for.
    pub terms: &'a Terms,
    /// How times of a zone are reckoned.
    pub offset: Offset<'a>,
}

impl Facts<'_> {
    /// When so much of the clock that counts has passed from a moment on. Nothing: never.
    fn after(&self, from: Millis, span: Millis) -> Option<Millis> {
        match &self.terms.hours {
            Some(hours) if self.terms.targets.business_hours => {
                add_business_time(hours, from, span, self.offset)
            }
            _ => Some(from.saturating_add(span)),
        }
    }

    /// By when the team is to have done what.
    #[must_use]
    pub fn due(&self) -> Due {
        let Self { status, episode, terms, .. } = *self;
        let mut due = Due::default();
        if status.is_done() {
            return due;
        }
        let times = terms.targets.of(episode.priority);
        let span = |minutes: u32| Millis::from(minutes) * MINUTE;
        if let Some(since) = episode.waiting_since {
            if episode.answered_at.is_none() {
                due.first_response =
                    times.first_response.and_then(|minutes| self.after(since, span(minutes)));
            } else {
                due.next_response = times.next_response.and_then(|minutes| self.after(since, span(minutes)));
            }
        }
        let pauses = terms.targets.pause_while_pending;
        let runs = !pauses || episode.paused_since.is_none();
        if let (Some(since), Some(minutes), true) = (episode.opened_at, times.resolution, runs) {
            let stood_still = if pauses { episode.paused_for } else { 0 };
            due.resolution = self.after(since, span(minutes).saturating_add(stood_still));
        }
        due
    }

    /// What happens next by itself, and when. Of what happens at the same time the first.
    #[must_use]
    pub fn next(&self) -> Option<(Millis, Deed)> {
        let Due { first_response, next_response, resolution } = self.due();
        let miss = |due: Option<Millis>, target| {
            let due = due.filter(|_| !self.episode.missed.contains(&target));
            due.map(|due| (due, Deed::Miss(target)))
        };
        let is_snoozed = self.status == ConversationStatus::Snoozed;
        let snooze = self.episode.snoozed_until.filter(|_| is_snoozed);
        let deeds = [
            snooze.map(|until| (until, Deed::EndSnooze)),
            miss(first_response, ResponseTarget::FirstResponse),
            miss(next_response, ResponseTarget::NextResponse),
            miss(resolution, ResponseTarget::Resolution),
            self.silence(),
        ];
        deeds.into_iter().flatten().min_by_key(|(time, _)| *time)
    }

    /// What becomes of the visitor's silence, and when. A snooze is left to those who put the conversation aside.
    fn silence(&self) -> Option<(Millis, Deed)> {
        let waits = matches!(self.status, ConversationStatus::Open | ConversationStatus::Pending);
        let since = self.episode.silent_since.filter(|_| waits)?;
        let AutoResolve { after_minutes, warning, warn_minutes_before } = self.terms.auto_resolve.as_ref()?;
        let end = since.saturating_add(Millis::from(*after_minutes) * MINUTE);
        let before = Millis::from(*warn_minutes_before) * MINUTE;
        Some(match (self.episode.warned_at, warning) {
            // Whoever was warned late has the time they were told of all the same.
            (Some(warned_at), _) => (end.max(warned_at.saturating_add(before)), Deed::Resolve),
            (None, Some(_)) => (end.saturating_sub(before).max(since), Deed::Warn),
            (None, None) => (end, Deed::Resolve),
        })
    }
}

/// How long it is between two moments by the clock that counts.
#[must_use]
pub fn span(terms: &Terms, from: Millis, to: Millis, offset: Offset<'_>) -> Millis {
    match &terms.hours {
        Some(hours) if terms.targets.business_hours => business_time(hours, from, to, offset),
        _ => to.saturating_sub(from),
    }
}

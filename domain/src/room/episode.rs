//! What a conversation's log says about time: since when it has been open, who waits, who is silent, what was missed. Each row
//! carries it as it is after its event, and it follows from the row before and the event alone.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::wire::{ActorKind, ConversationStatus, EventBody, Priority, ResponseTarget};

/// A target that was missed, and by when it should have been met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missed<T = Millis> {
    /// Which.
    pub target: ResponseTarget,
    /// By when.
    pub due: T,
}

/// From a conversation's beginning, or from when it was opened again, until it is resolved or closed. `T` is how times are
/// written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Episode<T = Millis> {
    /// How urgent it is. That alone outlasts an episode.
    #[serde(default, skip_serializing_if = "is_normal")]
    pub priority: Priority,
    /// When it began; absent while the conversation is resolved or closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<T>,
    /// When the first message of the visitor was stored that the team has not answered yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<T>,
    /// When the team's first message was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<T>,
    /// Since when the visitor has been silent: the team's last message, where it is the last one, or when a snooze ended after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_since: Option<T>,
    /// When the visitor was told that the conversation will be resolved if they stay silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warned_at: Option<T>,
    /// Until when it is snoozed; absent too while it is snoozed until the visitor answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<T>,
    /// Since when it has been pending or snoozed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<T>,
    /// For how long it had been so before, in milliseconds of the clock that counted then: of business hours, or of the wall.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paused_for: Millis,
    /// The targets that were missed: the first response and the resolution in this episode, the next response since the visitor
    /// has been waiting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<ResponseTarget>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_normal(priority: &Priority) -> bool {
    *priority == Priority::Normal
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
const fn is_zero(span: &Millis) -> bool {
    *span == 0
}

impl<T> Default for Episode<T> {
    fn default() -> Self {
        Self {
            priority: Priority::Normal,
            opened_at: None,
            waiting_since: None,
            answered_at: None,
            silent_since: None,
            warned_at: None,
            snoozed_until: None,
            paused_since: None,
            paused_for: 0,
            missed: Vec::new(),
        }
    }
}

impl<T: PartialEq> Episode<T> {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same with times written otherwise.
    #[must_use]
    pub fn map<U>(self, to: impl Fn(T) -> U) -> Episode<U> {
        Episode {
            priority: self.priority,
            opened_at: self.opened_at.map(&to),
            waiting_since: self.waiting_since.map(&to),
            answered_at: self.answered_at.map(&to),
            silent_since: self.silent_since.map(&to),
            warned_at: self.warned_at.map(&to),
            snoozed_until: self.snoozed_until.map(&to),
            paused_since: self.paused_since.map(&to),
            paused_for: self.paused_for,
            missed: self.missed,
        }
    }
}

/// How long it is from one moment to another by the clock that counts.
pub type Measure<'a> = &'a dyn Fn(Millis, Millis) -> Millis;

impl Episode {
    /// Takes an event in: whose doing it is, and what. `before` is the status that the conversation had.
    pub(super) fn follow(
        &mut self,
        by: ActorKind,
        body: &EventBody,
        before: ConversationStatus,
        at: Millis,
        measure: Measure<'_>,
    ) {
        match body {
            EventBody::Message(_) => self.hear(by, before, at),
            EventBody::StatusChanged { status, until } => self.stand(before, *status, *until, at, measure),
            EventBody::PriorityChanged { priority } => self.priority = *priority,
            EventBody::TargetMissed { target, .. } => self.missed.push(*target),
            _ => {}
        }
    }

    fn hear(&mut self, author: ActorKind, status: ConversationStatus, at: Millis) {
        match author {
            ActorKind::Visitor => {
                if !status.is_done() {
                    self.opened_at.get_or_insert(at);
                }
                self.waiting_since.get_or_insert(at);
                (self.silent_since, self.warned_at) = (None, None);
            }
            ActorKind::Agent => {
                self.waiting_since = None;
                self.missed.retain(|missed| *missed != ResponseTarget::NextResponse);
                if !status.is_done() {
                    self.answered_at.get_or_insert(at);
                    (self.silent_since, self.warned_at) = (Some(at), None);
                }
            }
            // What the product says is neither an answer nor a question.
            ActorKind::System => self.warned_at = self.silent_since.map(|_| at),
        }
    }

    fn stand(
        &mut self,
        before: ConversationStatus,
        status: ConversationStatus,
        until: Option<Millis>,
        at: Millis,
        measure: Measure<'_>,
    ) {
        if status.is_done() {
            *self = Self { priority: self.priority, ..Self::default() };
            return;
        }
        if before.is_done() {
            self.opened_at = Some(at);
        }
        let is_paused = matches!(status, ConversationStatus::Pending | ConversationStatus::Snoozed);
        match (is_paused, self.paused_since) {
            (true, None) => self.paused_since = Some(at),
            (false, Some(since)) => {
                self.paused_for = self.paused_for.saturating_add(measure(since, at).max(0));
                self.paused_since = None;
            }
            _ => {}
        }
        // Whoever put it aside means to come back to it: the visitor's silence counts anew from then.
        if before == ConversationStatus::Snoozed && self.silent_since.is_some() {
            (self.silent_since, self.warned_at) = (Some(at), None);
        }
        self.snoozed_until = until.filter(|_| status == ConversationStatus::Snoozed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pinned: rows of this version are read by the next.
    #[test]
    fn it_has_this_form_in_a_row() {
        let empty: Episode = crate::json::from_text("{}").unwrap();
        assert!(empty.is_empty());
        assert_eq!(serde_json::to_string(&empty).unwrap(), "{}");
        let text = r#"{"priority":"high","openedAt":1,"waitingSince":2,"answeredAt":3,"silentSince":4,"warnedAt":5,"snoozedUntil":6,"pausedSince":7,"pausedFor":8,"missed":["first_response","next_response","resolution"]}"#;
        let whole: Episode = crate::json::from_text(text).unwrap();
        assert_eq!(serde_json::to_string(&whole).unwrap(), text);
        assert_eq!(whole.clone().map(|time| time).map(|time| time), whole);
    }
}

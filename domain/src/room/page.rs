//! Pages of history: which part is asked for, and how a page is put together within its limits.

use serde::{Deserialize, Serialize};

use crate::limits::{PAGE_BYTES, PAGE_EVENTS};
use crate::wire::{Event, EventBody};

/// Which part of the history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The last events.
    Last,
    /// The last events before this `seq`.
    Before(u64),
    /// The first events after this `seq`.
    After(u64),
}

/// Which events a page is made of.
#[derive(Debug, Clone, Copy)]
pub enum Range {
    /// The first ones after a `seq`.
    After(u64),
    /// The last ones before a `seq`; `u64::MAX` for the very last.
    Before(u64),
}

/// Events in ascending order.
pub struct Page {
    pub events: Vec<Event>,
    /// The `seq` this audience saw before the first of them.
    pub prev: u64,
    /// Whether this audience may see events after the last of them.
    pub more: bool,
}

impl Range {
    /// What a request asks for, as a range.
    pub const fn of(part: Part) -> Self {
        match part {
            Part::Last => Self::Before(u64::MAX),
            Part::Before(seq) => Self::Before(seq),
            Part::After(seq) => Self::After(seq),
        }
    }
}

/// Puts a page together, in the order of reading: ascending after a `seq`, descending before one.
pub struct PageBuilder {
    range: Range,
    limit: usize,
    events: Vec<Event>,
    bytes: usize,
}

impl PageBuilder {
    /// An empty page of at most `limit` events and [`PAGE_BYTES`] of text.
    pub fn new(range: Range, limit: usize) -> Self {
        Self { range, limit: limit.min(PAGE_EVENTS), events: Vec::new(), bytes: 0 }
    }

    /// Adds the next event; false when the page is full without it. The first always has room.
    pub fn push(&mut self, event: Event) -> bool {
        self.bytes += text_bytes(&event.body);
        let full = self.events.len() >= self.limit || (self.bytes > PAGE_BYTES && !self.events.is_empty());
        if !full {
            self.events.push(event);
        }
        !full
    }

    /// The page, for an audience that may see up to `head`.
    pub fn finish(self, head: u64) -> Page {
        let Self { range, mut events, .. } = self;
        if matches!(range, Range::Before(_)) {
            events.reverse();
        }
        let prev = match (events.first(), range) {
            (Some(first), _) => first.prev,
            (None, Range::After(seq)) => head.min(seq),
            (None, Range::Before(_)) => 0,
        };
        let more = match events.last() {
            Some(last) => last.seq < head,
            None => matches!(range, Range::Before(_)) && head > 0,
        };
        Page { events, prev, more }
    }
}

fn text_bytes(body: &EventBody) -> usize {
    match body {
        EventBody::Message(said) | EventBody::Note(said) => said.text.len(),
        EventBody::MessageEdited { text, .. } => text.len(),
        _ => 0,
    }
}

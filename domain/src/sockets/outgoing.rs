//! What waits to be sent over an object's sockets, and when it goes out.
//!
//! To send costs more than to think: each message to each socket is a call into the runtime, a wait at its output gate and a
//! write to the network. So frames that have to wait for the same socket anyway go out as one text message, a line each,
//! as Nagle's algorithm does it for bytes and a group commit for transactions. JSON as serde writes it has no line end in it, so
//! nothing is read or written again for that, and sockets that get the same lines share one text.
//!
//! It promises:
//! * **Each socket gets every frame meant for it, once, in the order in which they were added.**
//! * **Whoever chats waits for nothing**: where nothing was sent for [`QUIET`], everything goes out at once.
//! * **In a busy room frames wait for one turn of a timer**, which lets the events that have arrived already be dealt with. Two
//!   kinds do not: what would go to few sockets, which is cheaper than a timer, and the answer to somebody who had
//!   none since the timer began. Who sends one message at a time is never kept from sending the next one.
//! * **What waits is bounded**, and a timer that never comes strands nothing: the next event sends it.

use std::collections::BTreeMap;
use std::mem;

use super::ConnectionId;
use crate::Millis;
use crate::sorted::Sorted;

/// For so long nothing must have been sent for an object to count as quiet, in milliseconds.
const QUIET: Millis = 5;
/// To send to so many sockets is cheaper than to wait.
const FEW: usize = 2;
/// With so many frames, or bytes of them, nothing waits any longer.
const MOST_FRAMES: usize = 256;
const MOST_BYTES: usize = 64 * 1024;
/// A timer that has not gone off for so long never will, in milliseconds.
const LOST: Millis = 100;

/// The frames that wait, and the rule by which they go out.
#[derive(Debug, Default)]
pub struct Outgoing {
    frames: Vec<String>,
    bytes: usize,
    /// Which of the frames wait for whom.
    waiting: Sorted<ConnectionId, Vec<usize>>,
    /// Who has been answered although others wait.
    answered: Sorted<ConnectionId, ()>,
    sent_at: Millis,
    timer_since: Option<Millis>,
}

/// One text message for some connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: Vec<ConnectionId>,
    /// Its frames, one a line.
    pub text: String,
}

/// What the shell is to do when an event has been dealt with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// To be sent now.
    pub messages: Vec<Message>,
    /// Whether it is to call [`Outgoing::timer_went_off`] as soon as what has arrived is dealt with.
    pub starts_timer: bool,
}

impl Outgoing {
    /// Adds a frame.
    pub fn add(&mut self, to: &[ConnectionId], frame: String) {
        for connection in to {
            self.waiting.or_insert_with(*connection, Vec::new).push(self.frames.len());
        }
        self.bytes += frame.len();
        self.frames.push(frame);
    }

    /// An event has been dealt with, the frame of `asker` if it was one: what goes out?
    pub fn due(&mut self, asker: Option<ConnectionId>, now: Millis) -> Due {
        let is_full = self.frames.len() >= MOST_FRAMES || self.bytes >= MOST_BYTES;
        let is_timed = self.timer_since.is_some_and(|since| now < since + LOST);
        let is_quiet = !is_timed && now >= self.sent_at + QUIET;
        if is_full || is_quiet {
            return Due { messages: self.take(now), starts_timer: false };
        }
        let answer = asker.and_then(|asker| self.answer(asker));
        if is_timed {
            return Due { messages: answer.into_iter().collect(), starts_timer: false };
        }
        if self.waiting.len() <= FEW {
            let messages = answer.into_iter().chain(self.take(now)).collect();
            return Due { messages, starts_timer: false };
        }
        self.timer_since = Some(now);
        Due { messages: answer.into_iter().collect(), starts_timer: true }
    }

    /// The timer went off: everything goes out.
    pub fn timer_went_off(&mut self, now: Millis) -> Vec<Message> {
        self.timer_since = None;
        self.take(now)
    }

    /// Everything that waits, for whoever cannot wait for the timer.
    pub fn take(&mut self, now: Millis) -> Vec<Message> {
        self.answered.clear();
        self.bytes = 0;
        let (frames, waiting) = (mem::take(&mut self.frames), mem::take(&mut self.waiting));
        if waiting.is_empty() {
            return Vec::new();
        }
        self.sent_at = now;
        let mut alike = BTreeMap::<Vec<usize>, Vec<ConnectionId>>::new();
        for (connection, places) in waiting {
            alike.entry(places).or_default().push(connection);
        }
        alike.into_iter().map(|(places, to)| Message { to, text: lines(&frames, &places) }).collect()
    }

    /// Forgets what waits for a connection that is no more.
    pub fn forget(&mut self, connection: ConnectionId) {
        self.waiting.remove(&connection);
        self.answered.remove(&connection);
    }

    /// What waits for someone who may be waiting for it to go on, once.
    fn answer(&mut self, asker: ConnectionId) -> Option<Message> {
        if self.answered.contains(&asker) {
            return None;
        }
        let places = self.waiting.remove(&asker)?;
        self.answered.insert(asker, ());
        Some(Message { to: vec![asker], text: lines(&self.frames, &places) })
    }
}

fn lines(frames: &[String], places: &[usize]) -> String {
    let frames: Vec<&str> =
        places.iter().filter_map(|place| frames.get(*place)).map(String::as_str).collect();
    frames.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVERYONE: [ConnectionId; 4] = [1, 2, 3, 4];
    const LONG_AGO: Millis = 1_000;

    fn message(to: &[ConnectionId], text: &str) -> Message {
        Message { to: to.to_vec(), text: text.to_owned() }
    }

    /// A room where something was sent just now.
    fn busy(now: Millis) -> Outgoing {
        let mut outgoing = Outgoing::default();
        outgoing.add(&EVERYONE, "before".to_owned());
        assert_eq!(outgoing.due(None, now).messages.len(), 1);
        outgoing
    }

    #[test]
    fn in_a_quiet_room_everything_goes_out_at_once() {
        let mut outgoing = busy(LONG_AGO);
        outgoing.add(&EVERYONE, "event".to_owned());
        outgoing.add(&[1], "ack".to_owned());
        let due = outgoing.due(Some(1), LONG_AGO + QUIET);
        assert_eq!(due.messages, [message(&[2, 3, 4], "event"), message(&[1], "event\nack")]);
        assert!(!due.starts_timer);
    }

    #[test]
    fn in_a_busy_room_all_but_the_first_answer_wait_for_one_timer() {
        let mut outgoing = busy(LONG_AGO);
        outgoing.add(&EVERYONE, "event 1".to_owned());
        outgoing.add(&[1], "ack 1".to_owned());
        let due = outgoing.due(Some(1), LONG_AGO);
        assert_eq!(due, Due { messages: vec![message(&[1], "event 1\nack 1")], starts_timer: true });
        outgoing.add(&EVERYONE, "event 2".to_owned());
        outgoing.add(&[1], "ack 2".to_owned());
        assert_eq!(outgoing.due(Some(1), LONG_AGO + 1), Due::default());
        assert_eq!(
            outgoing.timer_went_off(LONG_AGO + 1),
            [message(&[2, 3, 4], "event 1\nevent 2"), message(&[1], "event 2\nack 2")]
        );
        assert_eq!(outgoing.timer_went_off(LONG_AGO + 2), []);
    }

    #[test]
    fn what_few_get_is_cheaper_to_send_than_to_keep() {
        let mut outgoing = busy(LONG_AGO);
        outgoing.add(&[1, 2, 3], "event".to_owned());
        outgoing.add(&[1], "ack".to_owned());
        let due = outgoing.due(Some(1), LONG_AGO);
        assert_eq!(due.messages, [message(&[1], "event\nack"), message(&[2, 3], "event")]);
        assert!(!due.starts_timer);
    }

    #[test]
    fn a_timer_that_is_lost_strands_nothing() {
        let mut outgoing = busy(LONG_AGO);
        outgoing.add(&EVERYONE, "event 1".to_owned());
        assert!(outgoing.due(None, LONG_AGO).starts_timer);
        outgoing.add(&EVERYONE, "event 2".to_owned());
        let due = outgoing.due(None, LONG_AGO + LOST);
        assert_eq!(due.messages, [message(&EVERYONE, "event 1\nevent 2")]);
    }

    #[test]
    fn what_waits_is_bounded() {
        for (frame, fits) in [("x".to_owned(), MOST_FRAMES - 1), ("x".repeat(MOST_BYTES / 4), 3)] {
            let mut outgoing = busy(LONG_AGO);
            for _ in 0..fits {
                outgoing.add(&EVERYONE, frame.clone());
                assert_eq!(outgoing.due(None, LONG_AGO).messages, []);
            }
            outgoing.add(&EVERYONE, frame);
            assert_eq!(outgoing.due(None, LONG_AGO).messages.len(), 1);
        }
    }

    #[test]
    fn who_gets_the_number_of_one_that_is_gone_gets_nothing_of_theirs() {
        let mut outgoing = busy(LONG_AGO);
        outgoing.add(&EVERYONE, "event".to_owned());
        assert!(outgoing.due(None, LONG_AGO).starts_timer);
        outgoing.forget(4);
        outgoing.add(&[4], "welcome".to_owned());
        assert_eq!(outgoing.take(LONG_AGO), [message(&[1, 2, 3], "event"), message(&[4], "welcome")]);
    }

    proptest! {
        #[test]
        fn each_gets_every_frame_once_and_in_order(
            steps in prop::collection::vec((any::<u8>(), 0u32..9, 0i64..4, prop::bool::weighted(0.2)), 1..200)
        ) {
            let mut outgoing = Outgoing::default();
            let (mut meant, mut got) = (BTreeMap::new(), BTreeMap::new());
            let mut receive = |messages: Vec<Message>| {
                for Message { to, text } in messages {
                    for connection in to {
                        got.entry(connection).or_insert_with(Vec::new).extend(text.lines().map(str::to_owned));
                    }
                }
            };
            let mut now = LONG_AGO;
            for (number, (receivers, asker, later, rings)) in steps.into_iter().enumerate() {
                now += later;
                let to: Vec<ConnectionId> = (0..8).filter(|bit| receivers >> bit & 1 == 1).collect();
                for connection in &to {
                    meant.entry(*connection).or_insert_with(Vec::new).push(number.to_string());
                }
                outgoing.add(&to, number.to_string());
                receive(outgoing.due((asker < 8).then_some(asker), now).messages);
                if rings {
                    receive(outgoing.timer_went_off(now));
                }
            }
            receive(outgoing.take(now));
            prop_assert_eq!(got, meant);
        }
    }
}

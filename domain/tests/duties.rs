//! What a room does in time: what is due after which event, and that over random histories of changes, failures, answers that
//! never come and lost memory everybody hears of everything in the end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use support::{NOON, Storage, agent, conversation_id, visitor};
use voxora_domain::Millis;
use voxora_domain::limits::Rates;
use voxora_domain::room::{Change, Duty, Room};
use voxora_domain::schedule::{Run, Schedule};
use voxora_domain::sockets::{ConnectionId, SocketLogic};
use voxora_domain::wire::{ConversationStatus, StartConversationRequest};

const SECOND: Millis = 1_000;
const DAY: Millis = 24 * 60 * 60 * SECOND;

fn schedule() -> Schedule<Duty> {
    Schedule::new(Duty::ALL.map(|duty| (duty, duty.pace())))
}

/// A room with its schedule, the alarm, and what the others have heard.
struct World {
    storage: Rc<Storage>,
    now: Millis,
    /// Both are lost with the object's memory. The room is opened when it is needed.
    room: Option<Room<Rc<Storage>>>,
    schedule: Schedule<Duty>,
    /// The runtime's alarm, which survives that.
    alarm: Option<Millis>,
    /// The heads that the inbox and the document store know of.
    told: u64,
    stored: u64,
    /// Whether the inbox takes the room to be in trouble.
    in_trouble: bool,
    under_way: Vec<Run<Duty>>,
}

impl World {
    /// A conversation that has just begun.
    fn new() -> Self {
        let mut world = Self {
            storage: Storage::new(),
            now: NOON,
            room: None,
            schedule: schedule(),
            alarm: None,
            told: 0,
            stored: 0,
            in_trouble: false,
            under_way: Vec::new(),
        };
        let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
        let now = world.now;
        world.room().start(conversation_id(1), &visitor(), &request, now).unwrap();
        world.changed();
        world
    }

    /// One of which everybody knows everything, a while later.
    fn settled() -> Self {
        let mut world = Self::new();
        world.settle();
        world.now += 10 * SECOND;
        world
    }

    fn room(&mut self) -> &mut Room<Rc<Storage>> {
        if self.room.is_none() {
            self.room = Some(Room::open(Rc::clone(&self.storage), Rates::default()).unwrap());
            self.wake();
        }
        self.room.as_mut().unwrap()
    }

    fn head(&mut self) -> u64 {
        self.room().summary_head().unwrap()
    }

    fn set_alarm(&mut self) {
        let now = self.now;
        if let Some(time) = self.schedule.alarm(now) {
            assert!(time > now);
            self.alarm = Some(time);
        }
    }

    fn wake(&mut self) {
        let now = self.now;
        self.room();
        self.room.as_ref().unwrap().plan(&mut self.schedule, now).unwrap();
        self.set_alarm();
    }

    fn changed(&mut self) {
        let now = self.now;
        Duty::changed(&mut self.schedule, now);
        self.set_alarm();
    }

    /// Somebody opens or closes the conversation.
    fn change(&mut self, status: ConversationStatus) {
        let now = self.now;
        let change = Change { status: Some(status), ..Change::default() };
        let (_, outputs) = self.room().update(&agent(1), change, now).unwrap();
        if !outputs.is_empty() {
            self.changed();
        }
    }

    fn say(&mut self) {
        let now = self.now;
        let frame = format!(r#"{{"type":"send","clientId":"c{now}","kind":"message","text":"Hello"}}"#);
        let connection = self.connect();
        self.room().receive(connection, &frame, now);
        self.room().disconnect(connection, NOON);
        self.changed();
    }

    fn connect(&mut self) -> ConnectionId {
        let now = self.now;
        self.room().connect(&agent(1), None, now).unwrap().0
    }

    /// The alarm goes off; what is begun then?
    fn go_off(&mut self) -> Vec<Duty> {
        self.now = self.now.max(self.alarm.take().expect("no alarm is set"));
        let now = self.now;
        self.schedule.alarm_began(now);
        self.room();
        self.room.as_mut().unwrap().alarm_began(&mut self.schedule, now);
        self.wake();
        let first = self.under_way.len();
        while let Some(run) = self.schedule.begin_next(now) {
            self.under_way.push(run);
        }
        self.under_way[first..].iter().map(|run| run.name).collect()
    }

    fn alarm_ends(&mut self) {
        self.schedule.alarm_ended();
        self.wake();
    }

    /// What the duty is about is done, if the others are well.
    fn perform(&mut self, duty: Duty, good: bool) {
        let now = self.now;
        match duty {
            Duty::Inbox if good => {
                self.told = self.head();
                let told = self.told;
                self.room().told_inbox((told, 0));
            }
            Duty::Documents if good => {
                while let Some(up_to) = self.room().unflushed().unwrap().up_to() {
                    self.room().flushed(up_to, &[], now).unwrap();
                }
                self.stored = self.head();
                let stored = self.stored;
                self.room().stored_summary((stored, 0));
            }
            Duty::Report => {
                let failing = self.schedule.failing_since(Duty::Documents).is_some();
                let room = self.room();
                let since = room.reported_since();
                let backlog = room.backlog().unwrap().unwrap();
                if failing || since.is_some() {
                    room.reported(since.or(Some(now))).unwrap();
                    if good && backlog.is_clear() {
                        room.reported(None).unwrap();
                    }
                    if good {
                        self.in_trouble = !backlog.is_clear();
                    }
                }
            }
            Duty::Time if good => self.room().keep_time(now, &mut Vec::new()).unwrap(),
            Duty::Archive if good => {
                let head = self.head();
                self.room().archive(head).unwrap();
            }
            _ => {}
        }
    }

    /// A duty ends, well or not.
    fn end(&mut self, duty: Duty, good: bool) {
        let index = self.under_way.iter().position(|run| run.name == duty).expect("it is under way");
        let run = self.under_way.swap_remove(index);
        let now = self.now;
        if self.room().summary_head().is_some() {
            self.perform(duty, good);
        }
        let since = self.room().reported_since().filter(|_| duty == Duty::Documents);
        if good {
            self.schedule.done(run, now);
        } else {
            self.schedule.failed(run, since, now, 0.5);
        }
        if duty == Duty::Documents {
            self.room.as_ref().unwrap().storing_ended(&mut self.schedule, now).unwrap();
        }
        self.wake();
    }

    /// The alarm goes off, and all that is begun then ends well; what was?
    fn all_goes_well(&mut self) -> Vec<Duty> {
        let begun = self.go_off();
        for duty in &begun {
            self.end(*duty, true);
        }
        self.alarm_ends();
        begun
    }

    /// Until no alarm is set, or only one for much later.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            if self.alarm.is_none_or(|alarm| alarm > self.now + 10_000 * SECOND) {
                return;
            }
            self.all_goes_well();
        }
        panic!("alarms go on for ever");
    }

    /// Memory is lost, and with it whatever is under way.
    fn lose(&mut self) {
        self.room = None;
        self.schedule = schedule();
        self.under_way.clear();
    }
}

#[test]
fn the_inbox_is_told_50_ms_after_a_change_and_every_250_ms_documents_are_stored_every_5_s() {
    let mut world = World::new();
    assert_eq!(world.alarm, Some(NOON + 50));
    world.now += 20;
    world.say();
    assert_eq!(world.alarm, Some(NOON + 50), "changes of the same moment are told together");
    assert_eq!(world.all_goes_well(), [Duty::Inbox, Duty::Documents]);
    let first = world.now;
    assert_eq!(world.alarm, None, "nothing is left to be done");
    world.now += 10;
    world.say();
    assert_eq!(world.alarm, Some(first + 250));
    assert_eq!(world.all_goes_well(), [Duty::Inbox]);
    world.say();
    assert_eq!(world.all_goes_well(), [Duty::Inbox]);
    assert_eq!(world.alarm, Some(first + 5 * SECOND));
    assert_eq!(world.all_goes_well(), [Duty::Documents]);
    assert_eq!((world.told, world.stored, world.alarm), (4, 4, None));
    world.now += 10 * SECOND;
    world.say();
    assert_eq!(world.alarm, Some(world.now + 50), "after a pause both are told at once");
    assert_eq!(world.all_goes_well(), [Duty::Inbox, Duty::Documents]);
}

#[test]
fn a_room_that_people_only_look_at_tells_nobody() {
    let mut world = World::settled();
    world.lose();
    world.wake();
    assert_eq!(world.alarm, None);
    let connection = world.connect();
    world.wake();
    world.room().disconnect(connection, NOON);
    world.wake();
    assert_eq!(world.alarm, None);
}

#[test]
fn an_alarm_after_a_loss_of_memory_does_again_what_it_may_have_been_set_for() {
    let mut world = World::settled();
    world.say();
    world.lose();
    assert_eq!(world.all_goes_well(), [Duty::Inbox, Duty::Documents], "at once, not by another alarm");
    assert_eq!(world.alarm, None);
    // The alarm was lost as well.
    world.now += 10 * SECOND;
    world.say();
    world.lose();
    world.alarm = None;
    world.wake();
    assert_eq!(world.alarm, Some(world.now + 50), "what is not stored yet is seen");
    assert_eq!(world.all_goes_well(), [Duty::Inbox, Duty::Documents]);
}

#[test]
fn a_store_that_hangs_holds_up_neither_the_inbox_nor_the_alarm() {
    let mut world = World::settled();
    world.say();
    let began = world.alarm.unwrap();
    assert_eq!(world.go_off(), [Duty::Inbox, Duty::Documents]);
    world.end(Duty::Inbox, true);
    world.alarm_ends();
    assert_eq!(world.alarm, Some(began + 30 * SECOND), "somebody watches what goes on in the background");
    world.now += 5 * SECOND;
    world.say();
    assert_eq!(world.alarm, Some(world.now + 50));
    assert_eq!(world.all_goes_well(), [Duty::Inbox]);
    world.end(Duty::Documents, true);
    assert_eq!((world.told, world.stored), (3, 3));
    world.settle();
    // It never answers: after ten minutes it counts as failed.
    world.now += 10 * SECOND;
    world.say();
    let began = world.alarm.unwrap();
    assert_eq!(world.go_off(), [Duty::Inbox, Duty::Documents]);
    world.end(Duty::Inbox, true);
    world.alarm_ends();
    world.under_way.clear();
    while world.stored < 4 {
        world.all_goes_well();
    }
    let waited = world.now - began;
    assert!((600 * SECOND..=760 * SECOND).contains(&waited), "{waited}");
}

#[test]
fn trouble_is_reported_and_timed_also_across_hibernation_and_its_end_is_reported() {
    let mut world = World::settled();
    world.say();
    world.go_off();
    world.end(Duty::Inbox, true);
    world.end(Duty::Documents, false);
    world.alarm_ends();
    assert_eq!(world.all_goes_well(), [Duty::Report]);
    assert!(world.in_trouble);
    let since = world.room().reported_since().unwrap();
    assert_eq!(world.alarm, Some(world.now - 1 + SECOND));

    for (lasted, wait) in [(40 * SECOND, 40 * SECOND), (3_600 * SECOND, 120 * SECOND)] {
        world.lose();
        world.alarm = Some(since + lasted);
        assert_eq!(world.go_off(), [Duty::Inbox, Duty::Documents]);
        world.end(Duty::Inbox, true);
        world.end(Duty::Documents, false);
        world.alarm_ends();
        assert_eq!(world.all_goes_well(), [Duty::Report]);
        assert_eq!(world.alarm, Some(since + lasted + wait));
    }
    assert_eq!(world.all_goes_well(), [Duty::Documents]);
    assert!(world.in_trouble, "until it is told");
    world.lose();
    world.wake();
    assert_eq!(world.all_goes_well(), [Duty::Report, Duty::Inbox, Duty::Documents]);
    assert!(!world.in_trouble);
}

#[test]
fn a_closed_conversation_is_archived_a_day_later_unless_it_is_needed() {
    let mut world = World::settled();
    world.change(ConversationStatus::Closed);
    let closed_at = world.now;
    assert_eq!(world.all_goes_well(), [Duty::Inbox, Duty::Documents]);
    assert_eq!(world.alarm, Some(closed_at + DAY));
    // Somebody is here when it goes off.
    let connection = world.connect();
    assert_eq!(world.all_goes_well(), []);
    assert_eq!(world.alarm, Some(closed_at + 2 * DAY));
    world.now += 3_600 * SECOND;
    let now = world.now;
    world.room().disconnect(connection, NOON);
    world.room().was_needed(now);
    world.wake();
    assert_eq!(world.all_goes_well(), [], "an alarm that was set before");
    assert_eq!(world.alarm, Some(now + DAY), "lately needed");
    assert_eq!(world.all_goes_well(), [Duty::Archive]);
    assert!(world.room().is_archived());
    assert_eq!(world.alarm, None);
}

#[test]
fn what_is_not_stored_is_not_archived() {
    let mut world = World::settled();
    world.room().archives_after(1);
    world.change(ConversationStatus::Closed);
    world.go_off();
    world.end(Duty::Inbox, true);
    world.alarm_ends();
    world.now += SECOND;
    world.wake();
    world.end(Duty::Documents, false);
    assert_eq!(world.all_goes_well(), [Duty::Report]);
    assert_eq!(world.all_goes_well(), [Duty::Documents]);
    assert_eq!(world.all_goes_well(), [Duty::Archive, Duty::Report]);
}

#[derive(Debug, Clone)]
enum Step {
    Say,
    Change(bool),
    Time(Millis),
    /// Of the duties under way one ends, or its answer never comes.
    End(usize, bool),
    NoAnswer(usize),
    Lose,
    /// An alarm goes off, as soon as one is set.
    GoOff,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Say),
        1 => any::<bool>().prop_map(Step::Change),
        2 => (1..7_000_i64).prop_map(Step::Time),
        1 => (1..700_000_i64).prop_map(Step::Time),
        6 => (any::<usize>(), any::<bool>()).prop_map(|(index, good)| Step::End(index, good)),
        1 => any::<usize>().prop_map(Step::NoAnswer),
        1 => Just(Step::Lose),
        6 => Just(Step::GoOff),
    ];
    vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everybody_hears_of_everything_in_the_end(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            // No time of a message twice: it names it.
            world.now += 1;
            let archived = world.room().is_archived();
            match step {
                Step::Say => if !archived { world.say() },
                Step::Change(closed) => if !archived {
                    world.change(if closed { ConversationStatus::Closed } else { ConversationStatus::Open });
                },
                Step::Time(time) => world.now += time,
                Step::End(index, good) => if !world.under_way.is_empty() {
                    let duty = world.under_way[index % world.under_way.len()].name;
                    world.end(duty, good);
                },
                Step::NoAnswer(index) => if !world.under_way.is_empty() {
                    let _lost = world.under_way.swap_remove(index % world.under_way.len());
                },
                Step::Lose => world.lose(),
                Step::GoOff => if world.alarm.is_some_and(|alarm| alarm <= world.now + 700 * SECOND) {
                    world.go_off();
                    world.alarm_ends();
                },
            }
        }
        // From now on the others are well. What was under way is done or lost.
        while let Some(run) = world.under_way.last() {
            let duty = run.name;
            world.end(duty, true);
        }
        world.settle();
        if let Some(head) = world.room().summary_head() {
            prop_assert_eq!((world.told, world.stored), (head, head));
        }
        prop_assert!(!world.in_trouble && world.room().reported_since().is_none());
    }
}

//! What happens in a conversation by itself: snoozes end, targets are missed, silent visitors are warned and their conversations
//! resolved. Over random histories, with memory lost and statements failing at any point, each of that happens once and when it
//! is due. The oracle reads the whole history each time, and knows nothing of what a room remembers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use support::{NOON, Storage, agent, conversation_id, visitor};
use voxora_domain::Millis;
use voxora_domain::access::{Audience, Principal};
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{Change, Duty, Room};
use voxora_domain::schedule::Schedule;
use voxora_domain::sockets::{Output, SocketLogic};
use voxora_domain::wire::{
    AutoResolve, Block, BusinessHours, ConversationStatus, Due, Priority, ResponseTimes,
    StartConversationRequest, Targets, Terms, Week,
};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const WARNING: &str = "Are you still there?";

fn times(first: u32, next: u32, resolution: u32) -> ResponseTimes {
    ResponseTimes { first_response: Some(first), next_response: Some(next), resolution: Some(resolution) }
}

fn terms(pause: bool, warns: bool) -> Terms {
    Terms {
        targets: Targets {
            normal: times(5, 10, 60),
            urgent: times(1, 2, 20),
            pause_while_pending: pause,
            ..Targets::default()
        },
        auto_resolve: Some(AutoResolve {
            after_minutes: 30,
            warning: warns.then(|| WARNING.to_owned()),
            warn_minutes_before: 10,
        }),
        hours: None,
    }
}

/// Something in a history: when, who (`v`, `a` or `s`), and what.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    at: Millis,
    who: char,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Said,
    Stands(ConversationStatus, Option<Millis>),
    Priority(Priority),
    Missed(&'static str, Millis),
}

fn is_done(status: ConversationStatus) -> bool {
    matches!(status, ConversationStatus::Resolved | ConversationStatus::Closed)
}

/// What is due next by a history, from the whole of it.
fn due_next(history: &[Entry], terms: &Terms) -> Option<Entry> {
    let status_after = |end: usize| {
        let stands = history[..end].iter().rev().find_map(|entry| match entry.what {
            What::Stands(status, until) => Some((status, until)),
            _ => None,
        });
        stands.unwrap_or((ConversationStatus::Open, None))
    };
    let (status, until) = status_after(history.len());
    if is_done(status) {
        return None;
    }
    // From the beginning, or from when it was opened again.
    let last_done = history
        .iter()
        .rposition(|entry| matches!(entry.what, What::Stands(status, _) if is_done(status)))
        .map_or(0, |index| index + 1);
    let begins = (last_done..history.len())
        .find(|index| last_done == 0 || matches!(history[*index].what, What::Stands(..)))?;
    let opened_at = history[begins].at;
    let said = |who: char, from: usize| {
        (from..history.len())
            .filter(move |index| history[*index].who == who && history[*index].what == What::Said)
    };
    let answered = said('a', begins).next().is_some();
    let turn = said('a', last_done).next_back().map_or(last_done, |index| index + 1);
    let waiting = said('v', turn).next();
    let priority = history.iter().rev().find_map(|entry| match entry.what {
        What::Priority(priority) => Some(priority),
        _ => None,
    });
    let times = terms.targets.of(priority.unwrap_or_default());
    let missed = |name: &str, from: usize| {
        history[from..].iter().any(|entry| matches!(entry.what, What::Missed(missed, _) if missed == name))
    };
    let minutes = |minutes: Option<u32>| minutes.map(|minutes| Millis::from(minutes) * MINUTE);
    let mut found: Vec<Entry> = Vec::new();
    let system = |at, what| Entry { at, who: 's', what };
    if let Some(until) = until.filter(|_| status == ConversationStatus::Snoozed) {
        found.push(system(until, What::Stands(ConversationStatus::Open, None)));
    }
    if let Some(index) = waiting {
        let (name, span, from) = if answered {
            ("next_response", minutes(times.next_response), turn)
        } else {
            ("first_response", minutes(times.first_response), begins.min(index))
        };
        if let Some(span) = span.filter(|_| !missed(name, from)) {
            let due = history[index].at + span;
            found.push(system(due, What::Missed(name, due)));
        }
    }
    // How long it was put aside, piece by piece.
    let mut stood_still = 0;
    let mut since = None;
    for (index, entry) in history.iter().enumerate().skip(begins) {
        let (status, _) = status_after(index + 1);
        let waits = matches!(status, ConversationStatus::Pending | ConversationStatus::Snoozed);
        match (waits, since) {
            (true, None) => since = Some(entry.at),
            (false, Some(from)) => {
                stood_still += entry.at - from;
                since = None;
            }
            _ => {}
        }
    }
    let pauses = terms.targets.pause_while_pending;
    let stands_still = pauses && since.is_some();
    if let Some(span) = minutes(times.resolution).filter(|_| !missed("resolution", begins) && !stands_still) {
        let due = opened_at + span + if pauses { stood_still } else { 0 };
        found.push(system(due, What::Missed("resolution", due)));
    }
    let last_said = (last_done..history.len())
        .rfind(|index| history[*index].what == What::Said && history[*index].who != 's')
        .filter(|index| history[*index].who == 'a' && *index >= begins);
    if let Some(index) = last_said.filter(|_| status != ConversationStatus::Snoozed) {
        let back = (index + 1..history.len()).rfind(|later| {
            matches!(history[*later].what, What::Stands(..))
                && status_after(*later).0 == ConversationStatus::Snoozed
        });
        let silent = back.unwrap_or(index);
        let Some(auto) = &terms.auto_resolve else { return found.into_iter().min_by_key(|entry| entry.at) };
        let end = history[silent].at + Millis::from(auto.after_minutes) * MINUTE;
        let before = Millis::from(auto.warn_minutes_before) * MINUTE;
        let resolved = What::Stands(ConversationStatus::Resolved, None);
        found.push(match said('s', silent).next_back() {
            Some(warned) => system(end.max(history[warned].at + before), resolved),
            None if auto.warning.is_some() => system(end - before, What::Said),
            None => system(end, resolved),
        });
    }
    found.into_iter().min_by_key(|entry| entry.at)
}

struct World {
    storage: Rc<Storage>,
    room: Option<Room<Rc<Storage>>>,
    schedule: Schedule<Duty>,
    alarm: Option<Millis>,
    now: Millis,
    terms: Terms,
    /// Answers of this many alarms are lost, each after this many statements of what it does.
    kills: Vec<u32>,
}

impl World {
    fn new(terms: Terms, kills: Vec<u32>) -> Self {
        let mut world = Self {
            storage: Storage::new(),
            room: None,
            schedule: schedule(),
            alarm: None,
            now: NOON,
            terms,
            kills,
        };
        let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
        let terms = world.terms.clone();
        world.room().start(conversation_id(1), &visitor(), &request, NOON).unwrap();
        world.room().keep_terms(terms).unwrap();
        world.changed();
        world
    }

    fn room(&mut self) -> &mut Room<Rc<Storage>> {
        if self.room.is_none() {
            let rate = Rate { burst: 1e9, per_second: 1e9 };
            let rates = Rates { sends: rate, signals: rate, ..Rates::default() };
            self.room = Some(Room::open(Rc::clone(&self.storage), rates).unwrap());
            self.wake();
        }
        self.room.as_mut().unwrap()
    }

    fn set_alarm(&mut self) {
        if let Some(time) = self.schedule.alarm(self.now) {
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
        Duty::changed(&mut self.schedule, self.now);
        self.set_alarm();
    }

    fn lose(&mut self) {
        self.room = None;
        self.schedule = schedule();
    }

    fn go_off(&mut self) {
        self.now = self.now.max(self.alarm.take().expect("no alarm is set"));
        let now = self.now;
        self.schedule.alarm_began(now);
        self.room();
        self.room.as_mut().unwrap().alarm_began(&mut self.schedule, now);
        self.wake();
        while let Some(run) = self.schedule.begin_next(now) {
            match run.name {
                Duty::Time => {
                    if let Some(statements) = self.kills.pop() {
                        self.storage.fail_after(statements);
                    }
                    let mut outputs = Vec::new();
                    let kept = self.room().keep_time(now, &mut outputs);
                    self.storage.heal();
                    if kept.is_err() {
                        // It is killed there; the runtime lets the alarm go off again.
                        self.lose();
                        self.alarm = Some(now);
                        return;
                    }
                    if outputs.contains(&Output::Changed) {
                        self.changed();
                    }
                }
                Duty::Inbox => {
                    let summary = self.room().summary(Audience::Agents).unwrap().unwrap();
                    let terms = self.terms.clone();
                    self.room().told_inbox(summary.conversation.standing());
                    self.room().keep_terms(terms).unwrap();
                }
                Duty::Documents => {
                    while let Some(up_to) = self.room().unflushed().unwrap().up_to() {
                        self.room().flushed(up_to, &[], now).unwrap();
                    }
                    let summary = self.room().summary(Audience::Agents).unwrap().unwrap();
                    self.room().stored_summary(summary.conversation.standing());
                }
                _ => {}
            }
            self.schedule.done(run, now);
            self.wake();
        }
        self.schedule.alarm_ended();
        self.wake();
    }

    /// Time passes, and every alarm goes off when it is set for.
    fn pass(&mut self, span: Millis) {
        let until = self.now + span;
        while self.alarm.is_some_and(|alarm| alarm <= until) {
            self.go_off();
        }
        self.now = until;
    }

    fn say(&mut self, by: &Principal, who: char) {
        let now = self.now;
        let frame = format!(r#"{{"type":"send","clientId":"{who}{now}","kind":"message","text":"Hello"}}"#);
        let (connection, _) = self.room().connect(by, None, now).unwrap();
        self.room().receive(connection, &frame, now);
        self.room().disconnect(connection, NOON);
        self.changed();
    }

    fn change(&mut self, change: Change) {
        let now = self.now;
        self.room().update(&agent(1), change, now).unwrap();
        self.changed();
    }

    /// The log as it is in the database.
    fn stored(&self) -> Vec<Entry> {
        let rows = self.storage.rows(
            "SELECT at, kind, actor_kind, status, detail FROM events WHERE kind <> 'read' ORDER BY seq",
            &[],
        );
        let entries = rows.iter().map(|row| {
            let text = |column: usize| row[column].as_text().unwrap_or_default();
            let detail: serde_json::Value = serde_json::from_str(text(4)).unwrap_or_default();
            let what = match text(1) {
                "message" => What::Said,
                "status_changed" => {
                    What::Stands(serde_json::from_value(text(3).into()).unwrap(), detail.as_i64())
                }
                "priority_changed" => What::Priority(serde_json::from_value(detail).unwrap()),
                "target_missed" => {
                    let names = ["first_response", "next_response", "resolution"];
                    let name = names.into_iter().find(|name| detail["target"] == *name).unwrap();
                    What::Missed(name, detail["due"].as_i64().unwrap())
                }
                other => panic!("{other}"),
            };
            Entry { at: row[0].as_integer().unwrap(), who: text(2).chars().next().unwrap(), what }
        });
        entries.collect()
    }
}

fn schedule() -> Schedule<Duty> {
    Schedule::new(Duty::ALL.map(|duty| (duty, duty.pace())))
}

fn status(status: ConversationStatus) -> Change {
    Change { status: Some(status), ..Change::default() }
}

fn snooze(until: Option<Millis>) -> Change {
    Change { snoozed_until: until, ..status(ConversationStatus::Snoozed) }
}

#[derive(Debug, Clone)]
enum Step {
    Ask,
    Answer,
    Stand(ConversationStatus),
    Snooze(Option<Millis>),
    Priority(Priority),
    /// In seconds.
    Pass(Millis),
    Lose,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Ask),
        4 => Just(Step::Answer),
        1 => prop_oneof![
            Just(ConversationStatus::Open),
            Just(ConversationStatus::Pending),
            Just(ConversationStatus::Resolved),
        ].prop_map(Step::Stand),
        2 => proptest::option::of(1..3_000_i64).prop_map(Step::Snooze),
        1 => prop_oneof![Just(Priority::Normal), Just(Priority::Urgent)].prop_map(Step::Priority),
        8 => (1..2_400_i64).prop_map(Step::Pass),
        2 => Just(Step::Lose),
    ];
    vec(step, 0..40)
}

fn act(world: &mut World, step: &Step) {
    match step {
        Step::Ask => world.say(&visitor(), 'v'),
        Step::Answer => world.say(&agent(1), 'a'),
        Step::Stand(to) => world.change(status(*to)),
        Step::Snooze(after) => {
            let until = after.map(|after| world.now + after * SECOND);
            world.change(snooze(until));
        }
        Step::Priority(priority) => {
            world.change(Change { priority: Some(*priority), ..Change::default() });
        }
        Step::Pass(seconds) => world.pass(seconds * SECOND),
        Step::Lose => world.lose(),
    }
}

/// What the product did is what was due next, at its time and at most so much later; and nothing that was due is left.
fn check(world: &World, late: Millis) -> Result<(), TestCaseError> {
    let stored = world.stored();
    for end in 1..stored.len() {
        let (before, next) = (&stored[..end], &stored[end]);
        let last = &before[end - 1];
        let due = due_next(before, &world.terms);
        let reopens = next.what == What::Stands(ConversationStatus::Open, None)
            && (last.who, &last.what, last.at) == ('v', &What::Said, next.at);
        if next.who == 's' && !reopens {
            let due = due.expect("something is due");
            prop_assert_eq!(&due.what, &next.what);
            let at = due.at.max(last.at);
            prop_assert!((at..at.saturating_add(late)).contains(&next.at), "{:?} {:?}", due, next);
        } else if let Some(due) = due {
            prop_assert!(due.at.max(last.at).saturating_add(late) > next.at, "{:?} before {:?}", due, next);
        }
    }
    let left = due_next(&stored, &world.terms);
    prop_assert!(left.as_ref().is_none_or(|left| left.at > world.now), "{left:?} is left undone");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_that_is_due_happens_once_and_on_time(
        steps in steps(), kills in vec(0..3_u32, 0..6), pause: bool, warns: bool
    ) {
        let mut world = World::new(terms(pause, warns), kills);
        for step in steps {
            // What happens twice in a moment has two names.
            world.pass(SECOND);
            act(&mut world, &step);
        }
        world.pass(200 * MINUTE);
        check(&world, SECOND)?;
    }

    /// The clock is set, alarms come late, memory is lost: nothing is done twice or before its time, and nothing is left undone.
    #[test]
    fn whatever_the_clock_does_nothing_is_done_twice_or_forgotten(
        steps in vec((prop_oneof![
            3 => (1..4_000_i64).prop_map(Some),
            1 => (-3_000..0_i64).prop_map(Some),
            2 => Just(None),
        ], any::<bool>(), 0..4_u8), 0..30),
        warns: bool
    ) {
        let mut world = World::new(terms(true, warns), Vec::new());
        for (number, (span, off, deed)) in steps.into_iter().enumerate() {
            match span {
                // No alarm goes off meanwhile.
                Some(span) => world.now += span * SECOND,
                None => world.lose(),
            }
            world.now += Millis::try_from(number).unwrap();
            if off && world.alarm.is_some_and(|alarm| alarm <= world.now) {
                world.go_off();
            }
            match deed {
                0 => world.say(&visitor(), 'v'),
                1 => world.say(&agent(1), 'a'),
                2 => {
                    let until = world.now + 600 * SECOND;
                    world.change(snooze(Some(until)));
                }
                _ => {}
            }
        }
        let until = world.stored().last().unwrap().at.max(world.now) + 200 * MINUTE;
        while world.alarm.is_some_and(|alarm| alarm <= until) {
            world.go_off();
        }
        world.now = until;
        check(&world, Millis::MAX)?;
    }
}

#[test]
fn a_snooze_into_the_past_ends_at_once_and_one_without_an_end_ends_with_an_answer() {
    let mut world = World::new(Terms { auto_resolve: None, ..Terms::default() }, Vec::new());
    world.pass(MINUTE);
    let past = world.now - MINUTE;
    world.change(snooze(Some(past)));
    assert_eq!(world.room().conversation(&visitor(), NOON).unwrap().status, ConversationStatus::Open);
    world.pass(SECOND);
    let opened = world.stored().pop().unwrap();
    assert_eq!((opened.who, &opened.what), ('s', &What::Stands(ConversationStatus::Open, None)));
    world.change(snooze(None));
    world.pass(400 * 24 * 60 * MINUTE);
    let seen = |world: &mut World| world.room().conversation(&agent(1), NOON).unwrap();
    assert_eq!(seen(&mut world).status, ConversationStatus::Snoozed);
    let opened_at = seen(&mut world).opened_at;
    world.say(&visitor(), 'v');
    assert_eq!((seen(&mut world).status, seen(&mut world).opened_at), (ConversationStatus::Open, opened_at));
}

#[test]
fn other_terms_are_news_where_something_else_is_due_by_them_and_they_are_kept() {
    let mut world = World::new(Terms::default(), Vec::new());
    world.pass(MINUTE);
    let seen = |world: &mut World| world.room().summary(Audience::Agents).unwrap().unwrap().conversation;
    assert_eq!((seen(&mut world).due, seen(&mut world).revision), (None, None));
    world.lose();
    let room = world.room();
    assert!(room.keep_terms(terms(false, true)).unwrap());
    assert!(!room.keep_terms(terms(false, true)).unwrap(), "they are the same");
    let due = Due {
        first_response: Some(NOON + 5 * MINUTE),
        next_response: None,
        resolution: Some(NOON + 60 * MINUTE),
    };
    assert_eq!((seen(&mut world).due, seen(&mut world).standing()), (Some(due), (1, 1)));
    assert!(
        world.room().is_news_to_inbox((1, 1)) && !world.storage.rows("SELECT 1 FROM terms", &[]).is_empty()
    );
    // A visitor learns nothing of it.
    let told = world.room().summary(Audience::Visitor).unwrap().unwrap().conversation;
    assert_eq!((told.due, told.revision, told.opened_at, told.waiting_since), (None, None, None, None));
    world.lose();
    assert_eq!((seen(&mut world).due, seen(&mut world).standing()), (Some(due), (1, 1)));
    // What changes nothing of what is due is no news.
    world.room().keep_terms(terms(false, false)).unwrap();
    assert_eq!(seen(&mut world).standing(), (1, 1));
    let urgent = Change { priority: Some(Priority::Urgent), ..Change::default() };
    world.change(urgent);
    assert_eq!(seen(&mut world).due.unwrap().first_response, Some(NOON + MINUTE));
}

/// It is a Sunday, noon in UTC.
#[test]
fn targets_count_business_hours_where_they_are_to_and_stand_still_while_it_is_pending() {
    let block = || vec![Block { from: "09:00".to_owned(), to: "13:00".to_owned() }];
    let week = Week { sunday: block(), thursday: block(), ..Week::default() };
    let hours = BusinessHours { time_zone: "UTC".to_owned(), week, holidays: Vec::new() };
    let mut terms = terms(true, true);
    (terms.hours, terms.auto_resolve) = (Some(hours), None);
    terms.targets.business_hours = true;
    terms.targets.normal = times(30, 10, 90);
    let mut world = World::new(Terms::default(), Vec::new());
    world.room().reckons_by(|_, _| Some(0));
    world.room().keep_terms(terms).unwrap();
    let due = |world: &mut World| world.room().conversation(&agent(1), NOON).unwrap().due.unwrap_or_default();
    let (hour, day) = (60 * MINUTE, 24 * 60 * MINUTE);
    let thursday = NOON + 4 * day - 3 * hour;
    assert_eq!(due(&mut world).first_response, Some(NOON + 30 * MINUTE));
    assert_eq!(due(&mut world).resolution, Some(thursday + 30 * MINUTE), "an hour is left of Sunday");
    world.now = NOON + 40 * MINUTE;
    world.change(status(ConversationStatus::Pending));
    assert_eq!(due(&mut world).resolution, None);
    world.now = thursday + 10 * MINUTE;
    world.change(status(ConversationStatus::Open));
    // It stood still for the last 20 minutes of Sunday and the first 10 of Thursday.
    assert_eq!(due(&mut world).resolution, Some(thursday + hour));
}

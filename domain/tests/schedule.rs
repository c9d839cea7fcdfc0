//! The schedule: over random histories of work, failures, answers that never come, lost memory and clock steps, nothing
//! that is due is forgotten, nobody waits for ever, and no alarm is set for nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use support::NOON;
use voxora_domain::Millis;
use voxora_domain::schedule::{Backoff, Pace, Run, Schedule};

const TELL: Pace = Pace { after: 50, every: 250, retry: Backoff::HOUSE, watch: 5_000, limit: 20_000 };
const STORE: Pace = Pace { after: 0, every: 5_000, retry: Backoff::HOUSE, watch: 30_000, limit: 600_000 };
const ONCE: Pace = Pace { after: 0, every: 0, retry: Backoff::HOUSE, watch: 30_000, limit: 60_000 };
/// The first two are wanted; the third is set to a time.
const PACES: [Pace; 3] = [TELL, STORE, ONCE];
const TIMED: usize = 2;
/// Longer than anything here rests, or lies between two looks of the alarm.
const LONGEST: Millis = 150_000;

#[derive(Debug, Clone)]
enum Step {
    /// Something is to be done.
    Work(usize),
    /// The third duty is to be done at this time from now; or no longer.
    Set(Option<Millis>),
    /// Time goes by; alarms go off in it.
    Time(Millis),
    /// The clock is set.
    Clock(Millis),
    /// A run ends.
    End { run: usize, good: bool, dice: f64 },
    /// A run was done, and the object never hears of it.
    NoAnswer(usize),
    /// The object loses its memory.
    Forget,
    /// Somebody asks for it at once.
    Demand(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..TIMED).prop_map(Step::Work),
        1 => proptest::option::weighted(0.8, 0..400_000_i64).prop_map(Step::Set),
        4 => (0..2_000_i64).prop_map(Step::Time),
        3 => (0..700_000_i64).prop_map(Step::Time),
        1 => (-4_000_000..4_000_000_i64).prop_map(Step::Clock),
        4 => (any::<usize>(), Just(true), 0.0..1.0).prop_map(|(run, good, dice)| Step::End { run, good, dice }),
        4 => (any::<usize>(), Just(false), 0.0..1.0).prop_map(|(run, good, dice)| Step::End { run, good, dice }),
        1 => any::<usize>().prop_map(Step::NoAnswer),
        1 => Just(Step::Forget),
        1 => (0..3_usize).prop_map(Step::Demand),
    ];
    vec(step, 0..60)
}

/// What is stored about a duty.
#[derive(Default)]
struct Fact {
    asked: u64,
    done: u64,
    /// Not before this time.
    time: Option<Millis>,
    /// The earliest time at which its pace allows to begin it again, while memory and clock last.
    rests_until: Millis,
}

impl Fact {
    const fn is_pending(&self) -> bool {
        self.done < self.asked
    }
}

struct World {
    now: Millis,
    facts: [Fact; 3],
    memory: Option<Schedule<usize>>,
    /// Runs under way, with how much had been asked for when they began.
    runs: Vec<(Run<usize>, u64)>,
    /// The runtime's alarm, which survives the loss of memory.
    alarm: Option<Millis>,
    /// How far the clock was set back since the alarm was looked at.
    set_back: Millis,
    /// Alarms that found nothing to do, one after another.
    idle: u32,
}

impl World {
    fn new() -> Self {
        let facts = <[Fact; 3]>::default();
        Self { now: NOON, facts, memory: None, runs: Vec::new(), alarm: None, set_back: 0, idle: 0 }
    }

    /// The object's memory, read anew from what is stored when it was lost.
    fn opened(&mut self) -> &mut Schedule<usize> {
        let now = self.now;
        self.memory.get_or_insert_with(|| {
            let mut schedule = Schedule::new(PACES.into_iter().enumerate());
            for (name, fact) in self.facts.iter().enumerate().filter(|(_, fact)| fact.is_pending()) {
                match fact.time {
                    Some(time) => schedule.set(name, Some(time), now),
                    None => schedule.want(name, now),
                }
            }
            schedule
        })
    }

    fn set_alarm(&mut self) {
        let now = self.now;
        if let Some(time) = self.opened().alarm(now) {
            assert!(time > now, "an alarm for a time that has been");
            self.alarm = Some(time);
        }
        self.set_back = 0;
    }

    fn begun(&mut self, run: Run<usize>) {
        self.runs.push((run, self.facts[run.name].asked));
    }

    fn go_off(&mut self) {
        let now = self.now;
        self.alarm = None;
        self.opened().alarm_began(now);
        let mut found = (0..3).any(|name| self.opened().is_under_way(name, now));
        while let Some(run) = self.opened().begin_next(now) {
            let fact = &self.facts[run.name];
            assert!(fact.rests_until <= now, "{} was begun {} ms early", run.name, fact.rests_until - now);
            let early = fact.is_pending() && fact.time.is_some_and(|time| now < time);
            assert!(!early, "{} was begun before its time", run.name);
            self.begun(run);
            found = true;
        }
        self.idle = if found { 0 } else { self.idle + 1 };
        assert!(self.idle < 2, "two alarms in a row found nothing to do");
        self.opened().alarm_ended();
        self.set_alarm();
    }

    fn pass(&mut self, time: Millis) {
        let end = self.now + time;
        while let Some(alarm) = self.alarm.filter(|alarm| *alarm <= end) {
            self.now = self.now.max(alarm);
            self.go_off();
        }
        self.now = self.now.max(end);
    }

    fn end(&mut self, index: usize, good: bool, dice: f64) {
        let (run, asked) = self.runs.swap_remove(index);
        let now = self.now;
        let is_current = self.opened().is_under_way(run.name, now)
            && !self.runs.iter().any(|(other, _)| other.name == run.name);
        let fact = &mut self.facts[run.name];
        if good {
            fact.done = fact.done.max(asked);
            if is_current {
                fact.rests_until = now + PACES[run.name].every;
            }
            self.opened().done(run, now);
        } else {
            if is_current {
                fact.rests_until = now + 750;
            }
            self.opened().failed(run, None, now, dice);
        }
        self.idle = 0;
        self.set_alarm();
    }

    fn take(&mut self, step: &Step) {
        let now = self.now;
        match *step {
            Step::Time(time) => return self.pass(time),
            Step::Work(name) => {
                self.opened();
                self.facts[name].asked += 1;
                self.opened().want(name, now);
            }
            Step::Set(wait) => {
                self.opened();
                let time = wait.map(|wait| now + wait);
                let fact = &mut self.facts[TIMED];
                fact.time = time;
                fact.done = fact.asked;
                fact.asked += u64::from(wait.is_some());
                self.opened().set(TIMED, time, now);
            }
            Step::Clock(change) => {
                self.now += change;
                self.set_back += (-change).max(0);
                self.facts.iter_mut().for_each(|fact| fact.rests_until = 0);
                self.idle = 0;
                return;
            }
            Step::End { run, good, dice } if !self.runs.is_empty() => {
                return self.end(run % self.runs.len(), good, dice);
            }
            Step::NoAnswer(run) if !self.runs.is_empty() => {
                let (run, asked) = self.runs.swap_remove(run % self.runs.len());
                self.facts[run.name].done = self.facts[run.name].done.max(asked);
                return;
            }
            Step::End { .. } | Step::NoAnswer(_) => return,
            Step::Forget => {
                self.memory = None;
                self.runs.clear();
                self.facts.iter_mut().for_each(|fact| fact.rests_until = 0);
                self.idle = 0;
                return;
            }
            Step::Demand(name) => {
                if let Some(run) = self.opened().begin(name, now) {
                    self.begun(run);
                }
            }
        }
        self.idle = 0;
        self.set_alarm();
    }

    /// While something is to be done the alarm is set, and not too far away.
    fn check(&self) {
        for (name, fact) in self.facts.iter().enumerate().filter(|(_, fact)| fact.is_pending()) {
            let alarm = self.alarm.unwrap_or_else(|| panic!("duty {name} was forgotten"));
            let latest = fact.time.unwrap_or(0).max(self.now + LONGEST + self.set_back);
            assert!(alarm <= latest, "duty {name} waits {} ms", alarm - self.now);
        }
    }

    /// With everything well again all is done soon, and then it is quiet.
    fn settle(&mut self) {
        let since = self.now;
        let until = self.facts[TIMED].time;
        // An alarm that is left over from before the clock was set back goes off once, for nothing.
        let left_over = self.alarm.unwrap_or(since);
        let latest = until.unwrap_or(since).max(since + self.set_back).max(left_over) + 1_000_000;
        for _ in 0..100 {
            while !self.runs.is_empty() {
                self.end(0, true, 0.5);
            }
            self.check();
            let Some(alarm) = self.alarm else { break };
            self.pass((alarm - self.now).max(0));
            assert!(self.now < latest, "it took too long");
        }
        assert_eq!(self.alarm, None, "alarms go on for nothing");
        assert!(!self.facts.iter().any(Fact::is_pending));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_forgotten_and_nothing_goes_off_for_nothing(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            world.check();
        }
        world.settle();
    }

    #[test]
    fn a_wait_is_as_long_as_the_trouble_within_bounds(failing in any::<i32>(), dice in 0.0..1.0) {
        let wait = Backoff::HOUSE.wait(failing.into(), dice);
        let around = i64::from(failing).clamp(1_000, 120_000);
        prop_assert!((around * 3 / 4..=around * 5 / 4).contains(&wait), "{wait} of {around}");
        prop_assert!(wait <= Backoff::HOUSE.longest());
    }
}

/// A schedule of one duty, and the times of its alarms.
fn alone(pace: Pace) -> Schedule<()> {
    Schedule::new([((), pace)])
}

#[test]
fn the_first_after_a_pause_goes_at_once_and_the_next_waits() {
    let mut schedule = alone(TELL);
    schedule.want((), NOON);
    schedule.want((), NOON + 10);
    assert_eq!(schedule.alarm(NOON + 10), Some(NOON + 50));
    assert_eq!(schedule.alarm(NOON + 20), None, "it is set already");
    assert!(schedule.begin_next(NOON + 49).is_none());
    let run = schedule.begin_next(NOON + 50).unwrap();
    schedule.want((), NOON + 55);
    schedule.alarm_ended();
    schedule.done(run, NOON + 60);
    assert_eq!(schedule.alarm(NOON + 60), Some(NOON + 310));
}

#[test]
fn waits_grow_with_the_trouble_and_end_with_it() {
    let mut schedule = alone(STORE);
    let mut now = NOON;
    let mut waits = Vec::new();
    schedule.want((), now);
    for _ in 0..12 {
        let run = schedule.begin_next(now).unwrap();
        schedule.failed(run, None, now, 0.5);
        schedule.alarm_ended();
        let next = schedule.alarm(now).unwrap();
        waits.push((next - now) / 1_000);
        now = next;
    }
    assert_eq!(waits, [1, 1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120]);
    let run = schedule.begin_next(now).unwrap();
    schedule.done(run, now);
    assert_eq!(schedule.failing_since(()), None);
    schedule.want((), now);
    schedule.alarm_ended();
    assert_eq!(schedule.alarm(now), Some(now + STORE.every));
}

#[test]
fn trouble_from_before_memory_counts() {
    let mut schedule = alone(STORE);
    let run = schedule.begin((), NOON).unwrap();
    schedule.failed(run, Some(NOON - 40_000), NOON, 0.5);
    assert_eq!(schedule.alarm(NOON), Some(NOON + 40_000));
}

#[test]
fn what_takes_too_long_is_given_up_and_its_late_end_changes_nothing() {
    let mut schedule = alone(TELL);
    schedule.want((), NOON);
    let lost = schedule.begin_next(NOON + 50).unwrap();
    assert!(schedule.begin_next(NOON + 20_049).is_none(), "one at a time");
    assert!(!schedule.is_under_way((), NOON + 20_050));
    let again = schedule.begin_next(NOON + 60_000).unwrap();
    schedule.done(lost, NOON + 60_001);
    assert!(schedule.is_under_way((), NOON + 60_001));
    schedule.done(again, NOON + 60_002);
    assert!(!schedule.is_under_way((), NOON + 60_002));
}

#[test]
fn a_duty_is_moved_and_taken_back() {
    let mut schedule = alone(ONCE);
    schedule.set((), Some(NOON + 500), NOON);
    assert_eq!(schedule.alarm(NOON), Some(NOON + 500));
    schedule.set((), Some(NOON + 100), NOON);
    assert_eq!(schedule.alarm(NOON), Some(NOON + 100));
    schedule.set((), None, NOON);
    assert!(schedule.begin_next(NOON + 1_000).is_none());
}

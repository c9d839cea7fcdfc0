//! What is due next in an object, and when its one alarm is to go off for it. Pure: the time and the dice are handed in.
//!
//! A duty is a row: its name, when it is due, its [`Pace`], and what became of it so far. Whatever an object does in time is
//! one more row; nobody else sets the alarm. A row lives in memory only. When memory is lost, its owner reads from what is
//! stored what is still to be done and asks for it again ([`Schedule::want`], [`Schedule::set`]); so a duty needs no
//! storage of its own, and must be one that may be done twice.
//!
//! What it promises, and `tests/schedule.rs` tries with random histories of failures, lost memory and clock steps:
//! - **Nothing is forgotten**: while something is to be done, the alarm is set, for a time that is not too far away.
//! - **Throttle**: a duty is done at most every so many milliseconds, and at once after a pause.
//! - **Back-off with jitter**: a duty that fails waits about as long as it has been failing, between two bounds. That is timed,
//!   not counted, so that it goes on where it was when an object remembers only since when there is trouble.
//! - **One at a time**: a duty that is under way is not begun again, unless it takes so long that it must have been lost.
//! - **No alarm for nothing**: the alarm is set anew only when the one that is set comes too late.

use crate::Millis;

/// An alarm that should have gone off longer ago than this, in milliseconds, was lost.
const ALARM_LOST: Millis = 60_000;

/// How long to wait after failures: as long as they have lasted, within bounds, give or take a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The shortest wait before jitter, in milliseconds.
    pub least: Millis,
    /// The longest wait before jitter, in milliseconds.
    pub most: Millis,
}

impl Backoff {
    /// For what is asked of the rest of the house, or of a document store: a second to two minutes.
    pub const HOUSE: Self = Self { least: 1_000, most: 120_000 };

    /// How long to wait after failing for so long. The dice are a number of at least 0 and less than 1: those that failed
    /// together shall not come back together.
    #[must_use]
    pub fn wait(self, failing_for: Millis, dice: f64) -> Millis {
        let wait = failing_for.clamp(self.least, self.most);
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // hours in milliseconds
        let wait = (wait as f64 * dice.clamp(0.0, 1.0).mul_add(0.5, 0.75)) as Millis;
        wait
    }

    /// The longest wait there can be.
    #[must_use]
    pub const fn longest(self) -> Millis {
        self.most + self.most / 4
    }
}

/// How a duty is done, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long after it is wanted: what is wanted in the same moment is done together.
    pub after: Millis,
    /// How long it rests after it was done.
    pub every: Millis,
    /// How long it rests after it failed.
    pub retry: Backoff,
    /// How often the alarm looks at it while it is under way: the object may have lost its memory meanwhile.
    pub watch: Millis,
    /// How long it may take. After that it counts as failed: the runtime has given it up, which it says to nobody.
    pub limit: Millis,
}

/// When a duty is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// So long after a moment that has been.
    After { moment: Millis, wait: Millis },
    /// At a time of day, whatever the clock does until then.
    At(Millis),
}

impl Due {
    const fn time(self) -> Millis {
        match self {
            Self::After { moment, wait } => moment.saturating_add(wait),
            Self::At(time) => time,
        }
    }

    /// A clock that was set back must not make anybody wait for the time it showed before.
    fn not_later_than(&mut self, now: Millis) {
        if let Self::After { moment, .. } = self {
            *moment = now.min(*moment);
        }
    }
}

/// A duty that has been begun and has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "say how it ended"]
pub struct Run<N> {
    /// Which duty.
    pub name: N,
    number: u32,
}

#[derive(Debug, Clone, Copy)]
struct UnderWay {
    number: u32,
    since: Millis,
    /// When it is due again if it fails.
    again: Option<Due>,
}

#[derive(Debug)]
struct Duty<N> {
    name: N,
    pace: Pace,
    /// When it is wanted; `None` when there is nothing to do.
    due: Option<Due>,
    /// Until when it rests: the throttle after it was done, the back-off after it failed.
    rest: Option<Due>,
    failing_since: Option<Millis>,
    under_way: Option<UnderWay>,
}

impl<N> Duty<N> {
    /// When it may be begun; `None` when there is nothing to do or it is under way.
    fn begins(&self) -> Option<Millis> {
        let due = self.due.filter(|_| self.under_way.is_none())?.time();
        Some(self.rest.map_or(due, |rest| due.max(rest.time())))
    }

    /// When the alarm is to go off for it.
    fn alarm(&self, now: Millis) -> Option<Millis> {
        let Some(UnderWay { since, .. }) = self.under_way else { return self.begins() };
        // The next of the looks at it.
        let watch = self.pace.watch.max(1);
        Some(since.saturating_add((now.saturating_sub(since) / watch + 1).saturating_mul(watch)))
    }

    /// What was to be done still is, unless that was taken back meanwhile.
    fn fail(&mut self, again: Option<Due>, since: Option<Millis>, now: Millis, dice: f64) {
        self.due = [again, self.due].into_iter().flatten().min_by_key(|due| due.time());
        let since = [since, self.failing_since].into_iter().flatten().min().unwrap_or(now).min(now);
        self.failing_since = Some(since);
        let wait = self.pace.retry.wait(now.saturating_sub(since), dice);
        self.rest = Some(Due::After { moment: now, wait });
    }

    /// Believes the clock, also when it was set back.
    fn adjust(&mut self, now: Millis) {
        let again = self.under_way.as_mut().map(|run| &mut run.again);
        for due in [&mut self.due, &mut self.rest].into_iter().chain(again).flatten() {
            due.not_later_than(now);
        }
        self.failing_since = self.failing_since.map(|since| since.min(now));
        let Some(run) = &mut self.under_way else { return };
        run.since = run.since.min(now);
        let UnderWay { since, again, .. } = *run;
        if now.saturating_sub(since) >= self.pace.limit {
            self.under_way = None;
            self.fail(again, Some(since), now, 0.5);
        }
    }
}

/// All duties of an object, and its alarm.
#[derive(Debug)]
pub struct Schedule<N> {
    duties: Vec<Duty<N>>,
    /// When the alarm is set to go off, as far as is known.
    alarm: Option<Millis>,
    runs: u32,
}

impl<N: Copy + Eq> Schedule<N> {
    /// A schedule in which nothing is to be done. Where two duties are due at once, the one that is named first goes first.
    #[must_use]
    pub fn new(duties: impl IntoIterator<Item = (N, Pace)>) -> Self {
        let idle =
            |(name, pace)| Duty { name, pace, due: None, rest: None, failing_since: None, under_way: None };
        Self { duties: duties.into_iter().map(idle).collect(), alarm: None, runs: 0 }
    }

    /// There is something to do, as soon as the duty's pace allows it. Wanting it twice is wanting it once; wanting it while
    /// it is under way is wanting it once more.
    pub fn want(&mut self, name: N, now: Millis) {
        let Some(duty) = self.duty(name, now) else { return };
        let due = Due::After { moment: now, wait: duty.pace.after };
        if duty.due.is_none_or(|earlier| due.time() < earlier.time()) {
            duty.due = Some(due);
        }
    }

    /// There is something to do at this time, and not before; or nothing, for `None`. Replaces what was said before.
    pub fn set(&mut self, name: N, time: Option<Millis>, now: Millis) {
        if let Some(duty) = self.duty(name, now) {
            duty.due = time.map(Due::At);
            if let Some(run) = &mut duty.under_way {
                run.again = None;
            }
        }
    }

    /// Begins the duty that has been due longest.
    pub fn begin_next(&mut self, now: Millis) -> Option<Run<N>> {
        self.adjust(now);
        let due = self.duties.iter().filter_map(|duty| Some((duty.begins()?, duty.name)));
        let (_, name) = due.filter(|(time, _)| *time <= now).min_by_key(|(time, _)| *time)?;
        self.begin(name, now)
    }

    /// Begins a duty whether it is due or not, because somebody asks for it; unless it is under way.
    pub fn begin(&mut self, name: N, now: Millis) -> Option<Run<N>> {
        let number = self.runs.wrapping_add(1);
        let duty = self.duty(name, now).filter(|duty| duty.under_way.is_none())?;
        let again = duty.due.take().or(Some(Due::After { moment: now, wait: 0 }));
        duty.under_way = Some(UnderWay { number, since: now, again });
        self.runs = number;
        Some(Run { name, number })
    }

    /// It was done. What was wanted meanwhile is done after a rest.
    pub fn done(&mut self, run: Run<N>, now: Millis) {
        if let Some((duty, _)) = self.end(run, now) {
            duty.failing_since = None;
            duty.rest = Some(Due::After { moment: now, wait: duty.pace.every });
        }
    }

    /// It could not be done, and will be tried again. Where trouble is known to last longer than memory reaches, `since` says
    /// since when.
    pub fn failed(&mut self, run: Run<N>, since: Option<Millis>, now: Millis, dice: f64) {
        if let Some((duty, again)) = self.end(run, now) {
            duty.fail(again, since, now, dice);
        }
    }

    /// Whether it is under way.
    pub fn is_under_way(&mut self, name: N, now: Millis) -> bool {
        self.duty(name, now).is_some_and(|duty| duty.under_way.is_some())
    }

    /// Since when it has been failing.
    #[must_use]
    pub fn failing_since(&self, name: N) -> Option<Millis> {
        self.duties.iter().find(|duty| duty.name == name)?.failing_since
    }

    /// The time to set the alarm to, and takes it that the caller does. `None` when it is set well, or nothing is to be done.
    #[must_use]
    pub fn alarm(&mut self, now: Millis) -> Option<Millis> {
        self.adjust(now);
        let due = self.duties.iter().filter_map(|duty| duty.alarm(now)).min()?;
        if self.alarm.is_some_and(|set| set <= due.max(now + 1) && set > now - ALARM_LOST) {
            return None;
        }
        // Never the time of an alarm that is going off just now: the runtime would take it for that one.
        let time = due.max(now + 1);
        self.alarm = Some(time);
        Some(time)
    }

    /// The alarm goes off. Until [`Schedule::alarm_ended`] nothing need set it: this is it, and its end sets the next one.
    pub const fn alarm_began(&mut self, now: Millis) {
        self.alarm = Some(now);
    }

    /// The alarm has gone off, or could not be set: none is.
    pub const fn alarm_ended(&mut self) {
        self.alarm = None;
    }

    fn duty(&mut self, name: N, now: Millis) -> Option<&mut Duty<N>> {
        self.adjust(now);
        self.duties.iter_mut().find(|duty| duty.name == name)
    }

    /// A run that was given up for lost and ends after all says nothing about the one that follows it.
    fn end(&mut self, run: Run<N>, now: Millis) -> Option<(&mut Duty<N>, Option<Due>)> {
        let duty = self.duty(run.name, now)?;
        let ended = duty.under_way.take_if(|under_way| under_way.number == run.number)?;
        Some((duty, ended.again))
    }

    fn adjust(&mut self, now: Millis) {
        self.duties.iter_mut().for_each(|duty| duty.adjust(now));
    }
}

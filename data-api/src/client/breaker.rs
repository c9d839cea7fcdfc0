//! The circuit breaker: an endpoint that fails again and again is left alone for a while, and callers hear so at once
//! instead of each waiting for its own time-out.
//!
//! Its state is plain data and its clock is the caller's, so that one breaker can live in a static and outlast a Worker's
//! requests: nothing in it belongs to a request.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many failures in a row open it.
const FAILURES: u32 = 5;
/// How long it stays open the first time, in milliseconds.
const FIRST_PAUSE: i64 = 2_000;
/// How long it stays open at most, in milliseconds. A pause doubles each time the probe after it fails.
const LONGEST_PAUSE: i64 = 60_000;

/// Closed: requests pass. Open: none does until a time. Half-open: one probe is under way, the others wait for it.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: i64,
        pause: i64,
    },
    /// A probe that never reports (a Worker's requests can vanish) is given up at `until`.
    HalfOpen {
        until: i64,
        pause: i64,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Closed.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(State::Closed { failures: 0 }))
    }

    /// Asks to send a request that takes `timeout` at most. `now` is in milliseconds since 1970.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub fn enter(&self, now: i64, timeout: Duration) -> Result<(), Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (State::Open { until, pause } | State::HalfOpen { until, pause }) = *state else { return Ok(()) };
        let lease = i64::try_from(timeout.as_millis()).unwrap_or(LONGEST_PAUSE);
        let wait = until.saturating_sub(now);
        // Longer than anything that is ever waited for: the clock was set back.
        if wait > 0 && wait <= LONGEST_PAUSE.max(lease) {
            return Err(Duration::from_millis(wait.unsigned_abs()));
        }
        *state = State::HalfOpen { until: now.saturating_add(lease), pause };
        Ok(())
    }

    /// Forgets all failures, because somebody says that the endpoint works again.
    pub fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// Reports what became of a request: whether the endpoint answered, be it with a refusal.
    pub fn report(&self, now: i64, answered: bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |pause: i64| State::Open { until: now.saturating_add(pause), pause };
        *state = match *state {
            _ if answered => State::default(),
            State::Closed { failures } if failures + 1 < FAILURES => State::Closed { failures: failures + 1 },
            State::Closed { .. } => open(FIRST_PAUSE),
            State::HalfOpen { pause, .. } => open((pause * 2).min(LONGEST_PAUSE)),
            // A request from before it opened; it tells nothing new.
            still @ State::Open { .. } => still,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FAILURES, FIRST_PAUSE, LONGEST_PAUSE};
    use std::time::Duration;

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn wait(milliseconds: i64) -> Result<(), Duration> {
        Err(Duration::from_millis(milliseconds.unsigned_abs()))
    }

    fn opened(now: i64) -> Breaker {
        let breaker = Breaker::new();
        for _ in 0..FAILURES {
            assert_eq!(breaker.enter(now, TIMEOUT), Ok(()));
            breaker.report(now, false);
        }
        breaker
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let breaker = Breaker::new();
        for _ in 0..10 {
            for _ in 1..FAILURES {
                breaker.report(0, false);
            }
            breaker.report(0, true);
        }
        assert_eq!(breaker.enter(0, TIMEOUT), Ok(()));
        let breaker = opened(0);
        assert_eq!(breaker.enter(0, TIMEOUT), wait(FIRST_PAUSE));
        assert_eq!(breaker.enter(FIRST_PAUSE - 1, TIMEOUT), wait(1));
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let breaker = opened(0);
        assert_eq!(breaker.enter(FIRST_PAUSE, TIMEOUT), Ok(()));
        assert_eq!(breaker.enter(FIRST_PAUSE, TIMEOUT), wait(5_000));
        breaker.report(FIRST_PAUSE + 10, true);
        assert_eq!(breaker.enter(FIRST_PAUSE + 10, TIMEOUT), Ok(()));
        assert_eq!(breaker.enter(FIRST_PAUSE + 10, TIMEOUT), Ok(()));
    }

    #[test]
    fn each_failed_probe_doubles_the_pause_up_to_a_limit() {
        let breaker = opened(0);
        let (mut now, mut pause) = (0, FIRST_PAUSE);
        for _ in 0..10 {
            assert_eq!(breaker.enter(now, TIMEOUT), wait(pause));
            now += pause;
            assert_eq!(breaker.enter(now, TIMEOUT), Ok(()));
            breaker.report(now, false);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        assert_eq!(pause, LONGEST_PAUSE);
    }

    #[test]
    fn a_probe_that_vanished_is_replaced() {
        let breaker = opened(0);
        assert_eq!(breaker.enter(FIRST_PAUSE, TIMEOUT), Ok(()));
        assert_eq!(breaker.enter(FIRST_PAUSE + 4_999, TIMEOUT), wait(1));
        assert_eq!(breaker.enter(FIRST_PAUSE + 5_000, TIMEOUT), Ok(()));
    }

    #[test]
    fn stragglers_neither_prolong_the_pause_nor_hide_that_it_works_again() {
        let breaker = opened(0);
        breaker.report(FIRST_PAUSE - 1, false);
        assert_eq!(breaker.enter(FIRST_PAUSE - 1, TIMEOUT), wait(1));
        breaker.report(FIRST_PAUSE - 1, true);
        assert_eq!(breaker.enter(FIRST_PAUSE - 1, TIMEOUT), Ok(()));
    }

    #[test]
    fn whoever_knows_better_closes_it() {
        let breaker = opened(0);
        breaker.close();
        for _ in 1..FAILURES {
            assert_eq!(breaker.enter(0, TIMEOUT), Ok(()));
            breaker.report(0, false);
        }
        assert_eq!(breaker.enter(0, TIMEOUT), Ok(()));
    }

    #[test]
    fn a_clock_set_back_does_not_keep_it_open() {
        let breaker = opened(1_000_000_000);
        assert_eq!(breaker.enter(0, TIMEOUT), Ok(()));
    }
}

//! At most so many requests at once.
//!
//! A Worker's invocation may have six connections that wait for an answer's head; further ones queue in the platform, with
//! their time-outs running. A gate belongs to one invocation: whoever waits at it is woken by whoever leaves it.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

pub struct Gate(Mutex<State>);

struct State {
    free: usize,
    waiting: Vec<Waker>,
}

/// Leave to send; dropping it lets the next one in.
pub struct Permit<'a>(&'a Gate);

impl Gate {
    /// Lets `limit` in at once; at least one.
    pub fn new(limit: usize) -> Self {
        Self(Mutex::new(State { free: limit.max(1), waiting: Vec::new() }))
    }

    /// Waits for its turn.
    pub async fn enter(&self) -> Permit<'_> {
        poll_fn(|context| {
            // Looked at and queued for under one lock, or a permit given back in between would wake nobody.
            let mut state = self.state();
            if let Some(permit) = self.take(&mut state) {
                return Poll::Ready(permit);
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// Enters if that needs no waiting.
    pub fn try_enter(&self) -> Option<Permit<'_>> {
        self.take(&mut self.state())
    }

    fn take(&self, state: &mut State) -> Option<Permit<'_>> {
        state.free = state.free.checked_sub(1)?;
        Some(Permit(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.free += 1;
        // All of them, because the first in the queue may have given up; those who come too late queue again.
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures::future::{FutureExt, join_all};

    use super::Gate;

    #[tokio::test]
    async fn no_more_than_the_limit_are_inside_and_all_get_in() {
        let (gate, inside, most) = (Gate::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
        let visits = join_all((0..50).map(|_| async {
            let _permit = gate.enter().await;
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            inside.fetch_sub(1, Ordering::SeqCst);
        }));
        tokio::time::timeout(Duration::from_secs(10), visits).await.unwrap();
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_does_not_hold_up_the_next() {
        let gate = Gate::new(1);
        let first = gate.enter().await;
        let mut gives_up = Box::pin(gate.enter());
        assert!(gives_up.as_mut().now_or_never().is_none());
        let mut next = Box::pin(gate.enter());
        assert!(next.as_mut().now_or_never().is_none());
        drop(gives_up);
        drop(first);
        tokio::time::timeout(Duration::from_secs(10), next).await.unwrap();
    }
}

//! The limiter object: the shell of `voxora_domain::limiter`, one for each key (an account, a network, a visitor), whose
//! name is a keyed hash that tells nobody whose it is.
//!
//! It counts what must be counted exactly, whichever isolate asks. Its alarm drops what says nothing any more, and gives the
//! storage back with the last of it.

use std::cell::{Cell, RefCell, RefMut};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use voxora_domain::Millis;
use voxora_domain::limiter::{self as logic, Guesses, Quota, Verdict};
use voxora_domain::sql::SqlError;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, durable_object};

use crate::alarm;
use crate::call::{self, CallError, Object};
use crate::hub;
use crate::sql::ObjectSql;
use crate::time::now;

const BINDING: &str = "LIMITER";

type Answer<T> = std::result::Result<T, SqlError>;

/// What a limiter is asked.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    /// Answered with a [`Verdict`].
    Take { bucket: String, quota: Quota },
    /// Answered with a [`Verdict`].
    Guess { bucket: String, guesses: Guesses },
    /// The same of a password, as the last version asks.
    GuessPassword { bucket: String },
    /// Answered with `()`.
    GiveBack { bucket: String },
    /// Answered with `()`.
    Clear { bucket: String },
}

/// Asks whether one more may be done by this key, and counts it if so.
///
/// # Errors
/// When the limiter cannot be reached, or its storage fails.
pub async fn take(
    env: &Env,
    key: &str,
    bucket: &str,
    quota: Quota,
) -> std::result::Result<Verdict, CallError> {
    ask(env, key, &Request::Take { bucket: bucket.to_owned(), quota }).await
}

/// Asks whether one more guess may be made, and counts it as wrong until [`clear`] or [`give_back`] is called.
///
/// # Errors
/// When the limiter cannot be reached, or its storage fails.
pub async fn guess(
    env: &Env,
    key: &str,
    bucket: &str,
    guesses: Guesses,
) -> std::result::Result<Verdict, CallError> {
    ask(env, key, &Request::Guess { bucket: bucket.to_owned(), guesses }).await
}

/// Takes one guess back: it was not made.
///
/// # Errors
/// When the limiter cannot be reached, or its storage fails.
pub async fn give_back(env: &Env, key: &str, bucket: &str) -> std::result::Result<(), CallError> {
    ask(env, key, &Request::GiveBack { bucket: bucket.to_owned() }).await
}

/// Forgets a bucket: the guess was right.
///
/// # Errors
/// When the limiter cannot be reached, or its storage fails.
pub async fn clear(env: &Env, key: &str, bucket: &str) -> std::result::Result<(), CallError> {
    ask(env, key, &Request::Clear { bucket: bucket.to_owned() }).await
}

fn ask<'a, T: DeserializeOwned>(
    env: &'a Env,
    key: &str,
    request: &Request,
) -> impl Future<Output = std::result::Result<T, CallError>> + use<'a, T> {
    Object::new(env, BINDING, key).ask::<_, _, SqlError>("", request)
}

/// The limits of one key.
#[durable_object(alarm)]
pub struct Limiter {
    state: State,
    logic: RefCell<Option<logic::Limiter<ObjectSql>>>,
    /// Whether an alarm is known to be set.
    is_alarm_set: Cell<bool>,
}

impl DurableObject for Limiter {
    fn new(state: State, _env: Env) -> Self {
        Self { state, logic: RefCell::new(None), is_alarm_set: Cell::new(false) }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        let request = call::read(&request.text().await?)?;
        let answer = self.answer(request);
        if !self.is_alarm_set.get() {
            self.sweep().await;
        }
        answer
    }

    async fn alarm(&self) -> Result<Response> {
        self.sweep().await;
        Response::empty()
    }
}

impl Limiter {
    /// Does what is asked for.
    fn answer(&self, request: Request) -> Result<Response> {
        let verdict = match request {
            Request::Take { bucket, quota } => self.with(|limiter, now| limiter.take(&bucket, quota, now)),
            Request::Guess { bucket, guesses } => {
                self.with(|limiter, now| limiter.guess(&bucket, guesses, now))
            }
            Request::GuessPassword { bucket } => {
                self.with(|limiter, now| limiter.guess(&bucket, Guesses::PASSWORDS, now))
            }
            Request::GiveBack { bucket } => {
                return call::answer(self.with(|limiter, _| limiter.give_back(&bucket)));
            }
            Request::Clear { bucket } => return call::answer(self.with(|limiter, _| limiter.clear(&bucket))),
        };
        call::answer(verdict)
    }

    /// Uses the limits, opening them over the storage when memory was lost.
    fn with<T>(&self, work: impl FnOnce(&logic::Limiter<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        work(&*self.opened()?, now())
    }

    fn opened(&self) -> Answer<RefMut<'_, logic::Limiter<ObjectSql>>> {
        let mut limiter = self.logic.borrow_mut();
        if limiter.is_none() {
            *limiter = Some(logic::Limiter::open(ObjectSql::of(&self.state))?);
        }
        RefMut::filter_map(limiter, Option::as_mut)
            .map_err(|_| SqlError::Other("the limiter could not be opened".to_owned()))
    }

    /// Drops what is over, and comes again when the rest is.
    async fn sweep(&self) {
        let next = match self.with(logic::Limiter::sweep) {
            Ok(next) => next,
            Err(error) => return log_failure("sweep", &error.to_string()),
        };
        if let Some(time) = next {
            match alarm::set(&self.state, time.max(now() + 1)) {
                Ok(()) => self.is_alarm_set.set(true),
                Err(error) => log_failure("set alarm", &error),
            }
            return;
        }
        self.is_alarm_set.set(false);
        // The tables go with it; whoever asks next makes them anew.
        self.logic.borrow_mut().take();
        if let Err(error) = self.state.storage().delete_all().await {
            log_failure("give back", &error.to_string());
        }
    }
}

fn log_failure(step: &str, cause: &str) {
    hub::log_failure("limiter", step, cause);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use serde_json::json;

    use super::*;

    /// Pinned: what crosses between a Worker and the object while a new version is rolled out.
    #[test]
    fn requests_and_answers_have_these_forms() {
        for request in [
            json!({ "Take": { "bucket": "b", "quota": { "count": 20, "seconds": 600 } } }),
            json!({ "Guess": { "bucket": "strangers", "guesses": {
                "free": 5, "first": 2_000, "longest": 900_000, "forgotten": 86_400_000,
            } } }),
            json!({ "GuessPassword": { "bucket": "strangers" } }),
            json!({ "GiveBack": { "bucket": "strangers" } }),
            json!({ "Clear": { "bucket": "strangers" } }),
        ] {
            let read: Request = voxora_domain::json::from_value(request.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), request);
        }
        let verdict = Verdict { is_allowed: false, remaining: 1, wait: 2, reset: 3 };
        let expected = json!({ "isAllowed": false, "remaining": 1, "wait": 2, "reset": 3 });
        assert_eq!(serde_json::to_value(verdict).unwrap(), expected);
    }
}

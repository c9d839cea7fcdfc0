//! The sessions object: the shell of `voxora_domain::sessions`, one per user, named by their id.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a [`Request`] | `is_live`, `open_socket`, `end` |
//! | its alarm | `pushes`, each carried to the room or the inbox that holds sockets |
//!
//! Asking it is one subrequest for each request of an agent, and none for a visitor's. It is asked itself, and no cache in
//! front of it: what a cache still believes is what an ended session must not get. Who cannot reach it must refuse (503),
//! never let in.

pub(crate) mod client;

use std::cell::{RefCell, RefMut};

use serde::{Deserialize, Serialize};
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::schedule::{Backoff, Pace, Schedule};
use voxora_domain::sessions::{self as logic, Ending, Place};
use voxora_domain::sql::SqlError;
use worker::{DurableObject, Env, Response, Result, State, durable_object};

pub use client::{end, is_live, open_socket};

use crate::alarm::Alarm;
use crate::call;
use crate::hub::log_failure;
use crate::sql::ObjectSql;
use crate::time::now;
use crate::work::{Work, all};
use crate::{inbox, room};

const BINDING: &str = "SESSIONS";

/// The object's one duty is to push what is due; the register says when that is.
const PACE: Pace = Pace { after: 0, every: 0, retry: Backoff::HOUSE, watch: 30_000, limit: 60_000 };

/// What the object is asked.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Check { principal: Principal },
    OpenSocket { principal: Principal, place: Place },
    End { ending: Ending },
}

type Answer<T> = std::result::Result<T, SqlError>;

/// A user's sessions.
#[durable_object(alarm)]
pub struct Sessions {
    state: State,
    env: Env,
    alarm: Alarm<()>,
    logic: RefCell<Option<logic::Sessions<ObjectSql>>>,
}

impl DurableObject for Sessions {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, alarm: Alarm::new([((), PACE)]), logic: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        self.answer(call::read(&request.text().await?)?)
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm.with(Schedule::alarm_began);
        self.wake();
        if let Some(run) = self.alarm.with(Schedule::begin_next) {
            let pushed = self.push_all().await;
            if let Err(error) = &pushed {
                log_failure("sessions", "read", &error.to_string());
            }
            self.alarm.ended(run, pushed.is_ok(), None);
        }
        self.alarm.with(|schedule, _| schedule.alarm_ended());
        self.wake();
        Response::empty()
    }
}

impl Sessions {
    /// Does what is asked for.
    fn answer(&self, request: Request) -> Result<Response> {
        match request {
            Request::Check { principal } => {
                call::answer(self.with(|sessions, now| Ok(sessions.is_live(&principal, now))))
            }
            Request::OpenSocket { principal, place } => {
                call::answer(self.with(|sessions, now| sessions.open_socket(&principal, place, now)))
            }
            Request::End { ending } => {
                let ended = self.with(|sessions, now| sessions.end(&ending, now));
                self.wake();
                call::answer(ended)
            }
        }
    }

    async fn push_all(&self) -> Answer<()> {
        let pushes = self.with(|sessions, now| {
            sessions.tried(now);
            sessions.pushes(now)
        })?;
        let pushes = pushes.into_iter().map(|push| -> Work<'_> { Box::pin(self.push(push)) });
        let _ = all(pushes.collect(), usize::MAX).await;
        Ok(())
    }

    async fn push(&self, push: logic::Push) -> std::result::Result<(), String> {
        let told = match push.place {
            Place::Room(id) => room::end_session(&self.env, id, &push.ending).await,
            Place::Inbox => inbox::end_session(&self.env, &push.ending).await,
        };
        let done = match told {
            Ok(()) => self.with(|sessions, _| sessions.pushed(&push)).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(cause) = &done {
            log_failure("sessions", "push", cause);
        }
        done
    }

    fn with<T>(&self, work: impl FnOnce(&mut logic::Sessions<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        work(&mut *self.opened()?, now())
    }

    fn opened(&self) -> Answer<RefMut<'_, logic::Sessions<ObjectSql>>> {
        let mut sessions = self.logic.borrow_mut();
        if sessions.is_none() {
            *sessions = Some(logic::Sessions::open(ObjectSql::of(&self.state))?);
        }
        RefMut::filter_map(sessions, Option::as_mut)
            .map_err(|_| SqlError::Other("the sessions could not be opened".to_owned()))
    }

    /// Sets the alarm for the next push.
    fn wake(&self) {
        let due = self.with(|sessions, now| sessions.due(now)).unwrap_or_else(|error| {
            log_failure("sessions", "read", &error.to_string());
            Some(now() + PACE.retry.least)
        });
        self.alarm.set(&self.state, |schedule, now| schedule.set((), due, now));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11";

    /// Pinned: what crosses between a Worker, rooms and the object while a new version is rolled out. A principal's own form is
    /// pinned where it is made.
    #[test]
    fn requests_have_these_forms() {
        let by = Principal::of_user(
            ID.parse().unwrap(),
            voxora_domain::wire::Role::Admin,
            "Ada".to_owned(),
            ID.parse().unwrap(),
            1,
            2,
        );
        let principal = serde_json::to_value(&by).unwrap();
        for request in [
            json!({ "Check": { "principal": principal } }),
            json!({ "OpenSocket": { "principal": principal, "place": { "room": ID } } }),
            json!({ "OpenSocket": { "principal": principal, "place": "inbox" } }),
            json!({ "End": { "ending": { "user": ID, "scope": { "one": ID }, "at": 3 } } }),
            json!({ "End": { "ending": { "user": ID, "scope": "all", "at": 3 } } }),
        ] {
            let read: Request = voxora_domain::json::from_value(request.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), request);
        }
    }
}

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

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::schedule::{Backoff, Pace, Schedule};
use voxora_domain::sessions::{self as logic, Ending, Place};
use voxora_domain::sql::SqlError;
use worker::{DurableObject, Env, Response, Result, State, durable_object};

use crate::alarm::Alarm;
use crate::call::{self, CallError};
use crate::hub::log_failure;
use crate::sql::ObjectSql;
use crate::time::now;
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

/// Whether the session that a principal's token belongs to goes on. A visitor has none that could end.
///
/// # Errors
/// When the object cannot be reached: then nobody may be let in.
pub async fn is_live(env: &Env, principal: &Principal) -> std::result::Result<bool, CallError> {
    ask(env, principal, |principal| Request::Check { principal }).await
}

/// The same, and where it does: that a socket was opened, or renewed, there until its token expires.
///
/// It comes after the socket and before its client gets it: an ending that comes first is found here, one that comes later
/// finds the socket.
///
/// # Errors
/// When the object cannot be reached: then the socket must not be handed out.
pub async fn open_socket(
    env: &Env,
    principal: &Principal,
    place: Place,
) -> std::result::Result<bool, CallError> {
    ask(env, principal, |principal| Request::OpenSocket { principal, place }).await
}

/// Ends sessions: tokens are refused from now on, sockets closed in a moment.
///
/// # Errors
/// When the object cannot be reached, or could not store it: then it must be done again.
pub async fn end(env: &Env, ending: Ending) -> std::result::Result<(), CallError> {
    let name = ending.user.to_string();
    answered(call::in_time(BINDING, call::post(env, BINDING, &name, &Request::End { ending })).await?)
}

async fn ask(
    env: &Env,
    principal: &Principal,
    request: impl FnOnce(Principal) -> Request,
) -> std::result::Result<bool, CallError> {
    let Some(user) = principal.user_id() else { return Ok(true) };
    let request = request(principal.clone());
    answered(call::in_time(BINDING, call::post(env, BINDING, &user.to_string(), &request)).await?)
}

fn answered<T>(answer: Answer<T>) -> std::result::Result<T, CallError> {
    answer.map_err(|error| CallError { binding: BINDING, cause: error.to_string() })
}

/// A user's sessions.
#[durable_object]
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
        match request.json().await? {
            Request::Check { principal } => {
                call::answer(&self.with(|sessions, now| Ok(sessions.is_live(&principal, now))))
            }
            Request::OpenSocket { principal, place } => {
                call::answer(&self.with(|sessions, now| sessions.open_socket(&principal, place, now)))
            }
            Request::End { ending } => {
                let ended = self.with(|sessions, now| sessions.end(&ending, now));
                self.wake();
                call::answer(&ended)
            }
        }
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
    async fn push_all(&self) -> Answer<()> {
        let pushes = self.with(|sessions, now| {
            sessions.tried(now);
            sessions.pushes(now)
        })?;
        futures::future::join_all(pushes.into_iter().map(|push| self.push(push))).await;
        Ok(())
    }

    async fn push(&self, push: logic::Push) {
        let told = match push.place {
            Place::Room(id) => room::end_session(&self.env, id, &push.ending).await,
            Place::Inbox => inbox::end_session(&self.env, &push.ending).await,
        };
        let done = match told {
            Ok(()) => self.with(|sessions, _| sessions.pushed(&push)).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(cause) = done {
            log_failure("sessions", "push", &cause);
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut logic::Sessions<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        let mut sessions = self.logic.borrow_mut();
        if sessions.is_none() {
            *sessions = Some(logic::Sessions::open(ObjectSql::of(&self.state))?);
        }
        match sessions.as_mut() {
            Some(sessions) => work(sessions, now()),
            None => Err(SqlError::Other("the sessions could not be opened".to_owned())),
        }
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

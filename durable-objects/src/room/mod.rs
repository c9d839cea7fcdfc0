//! The room object: a conversation's shell. `voxora_domain::room` decides; this hands it what arrives, the time and a
//! SQLite, sends what it says, and tells the rest of the house that the conversation changed.
//!
//! | wakes for | calls | in |
//! |---|---|---|
//! | `POST /` with a [`Request`], from [`client`] | `start`, `conversation`, `history`, `update`, `tag`, `replace_tag`, `assign`, `give_back`, `move_on`, `keep_terms`, `rename` | here |
//! | `GET /socket` | `connect` | here |
//! | a socket's frame, close, error | `hear`, `disconnect` | here |
//! | its alarm | whatever its schedule says is due | [`chores`], [`storing`] |
//!
//! What is asked of it while its events are in the document store only goes through [`archived`].
//!
//! What it does in time is done in the background and can be done again, late, or after a crash. The send path waits for
//! none of it: it only has the schedule know.

mod archived;
mod chores;
mod client;
mod storing;

use std::rc::Rc;

use serde::Serialize;
use voxora_domain::Millis;
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{self as logic, Duty, RoomError};
use voxora_domain::schedule::{Pace, Schedule};
use voxora_domain::sessions::Place;
use voxora_domain::sockets::{Output, SocketLogic};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::CLOSE_HISTORY_LOST;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, WebSocket, durable_object};

use crate::call;
use crate::documents::{self, Documents};
use crate::hub::{self, Hub, Shell, heartbeat_seconds, sockets_per_agent};
use crate::outbox::RoomHandle;
use crate::sockets::{Sockets, close_back};
use crate::sql::ObjectSql;
use crate::time::zone_offset;

use archived::Work;
use client::{Answer, Request};
pub use client::{
    Asked, Stored, assign, connect, end_session, get, give_back, history, move_on, rename, replace_tag,
    set_terms, start, store, tag, update,
};

/// A conversation's room.
///
/// The socket handlers are exported by hand, below, because they have nothing to await: the attribute would make each
/// frame a promise and a microtask, which cost as much as storing it.
#[durable_object(alarm)]
pub struct Room {
    shared: Shared,
}

/// What is answered over REST, and what is to be carried out before.
struct Said {
    json: String,
    outputs: Vec<Output>,
}

/// What the logic says, put as an answer: from here on it is the same for all that a room is asked.
fn said<T: Serialize>((answer, outputs): (T, Vec<Output>)) -> Answer<Said> {
    let json = call::ok(&answer).map_err(|error| SqlError::Other(error.to_string()))?;
    Ok(Said { json, outputs })
}

/// What the room's handlers share with what runs in the background.
#[derive(Clone)]
struct Shared {
    hub: Rc<Hub<logic::Room<ObjectSql>>>,
}

impl DurableObject for Room {
    fn new(state: State, env: Env) -> Self {
        Self { shared: Shared { hub: Hub::new(state, env) } }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        let room = &self.shared;
        if request.path() == "/socket" {
            return room.socket(&request).await;
        }
        // Not by JavaScript's reader, whose numbers are exact up to 2^53 only.
        let request: Request = call::read(&request.text().await?)?;
        let answer = match request {
            Request::Start { id, visitor, request } => {
                room.run(&|room, now| said(room.start(id, &visitor, &request, now)?)).await
            }
            Request::Update { actor, change } => {
                room.run(&|room, now| said(room.update(&actor, change.clone(), now)?)).await
            }
            Request::Tag { actor, tag, wanted } => {
                room.run(&|room, now| said(room.tag(&actor, &tag, wanted, now)?)).await
            }
            Request::ReplaceTag { actor, tag, into } => {
                room.run(&|room, now| said(room.replace_tag(&actor, &tag, &into, now)?)).await
            }
            Request::Assign(assignment) => {
                room.run_or_adopt(&|room, now| said(room.assign(&assignment, now)?)).await
            }
            Request::GiveBack { actor, user, reason } => {
                let gives_back: Work<'_, Said> = &|room, now| {
                    let (routed, outputs) = room.give_back(actor.as_ref(), user, reason.as_ref(), now)?;
                    if reason.is_some() { said((routed, outputs)) } else { said(((), outputs)) }
                };
                room.run(gives_back).await
            }
            Request::MoveOn { from, to, reason } => {
                room.run_or_adopt(&|room, now| said(room.move_on(from, &to, &reason, now)?)).await
            }
            Request::Terms(terms) => {
                room.with(|room, _| {
                    // As for a change: a room that slept tells how it stands by them, and sees to what is due.
                    let outputs = if room.keep_terms(terms)? { vec![Output::Changed] } else { Vec::new() };
                    said(((), outputs))
                })
            }
            // An archived room has but the last event; the others are in the document store.
            Request::Rename { user, name } => {
                room.run_or_adopt(&|room, _| said(room.rename(user, &name)?)).await
            }
            Request::Get { actor } => {
                room.run_or_adopt(&|room, now| said((room.conversation(&actor, now)?, Vec::new()))).await
            }
            Request::History { actor, part, limit } => room.history(&actor, part, limit).await,
            Request::Store => room.store_all().await.and_then(|stored| said((stored, Vec::new()))),
            Request::EndSession { ending } => {
                room.with(|room, now| said(((), room.end_session(&ending, now))))
            }
        };
        match answer {
            Ok(Said { json, outputs }) => {
                room.carry_out(outputs);
                call::respond(json)
            }
            Err(error) => call::answer(Answer::<()>::Err(error)),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let room = &self.shared;
        room.hub.alarm_went_off(&|run| Box::pin(room.clone().do_duty(run))).await;
        Response::empty()
    }
}

#[wasm_bindgen]
impl Room {
    /// A socket's frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn frame(&self, socket: web_sys::WebSocket, message: &JsValue) {
        let changed = self.shared.hub.message(&WebSocket::from(socket), message);
        self.shared.note(changed);
    }

    /// A socket's close.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn closed(&self, socket: web_sys::WebSocket, code: u32) {
        let socket = WebSocket::from(socket);
        close_back(&socket, code);
        self.shared.on_close(&socket);
    }

    /// A socket's end without a close.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn broken(&self, socket: web_sys::WebSocket) {
        self.shared.on_close(&WebSocket::from(socket));
    }
}

impl RoomHandle for Shared {
    type Database = ObjectSql;

    fn with<T>(&self, work: impl FnOnce(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        self.hub.with(work)
    }
}

impl Shell for logic::Room<ObjectSql> {
    const OBJECT: &'static str = "room";

    fn open(state: &State, env: &Env) -> std::result::Result<Self, SqlError> {
        let mut room = Self::open(ObjectSql::of(state), rates(env))?;
        room.reckons_by(zone_offset);
        if let Some(number) = documents::store_number(env) {
            room.stores_in(number)?;
        }
        if let Some(seconds) = positive_variable(env, "ROOM_ARCHIVE_AFTER_SECONDS") {
            #[allow(clippy::cast_possible_truncation)] // saturates
            room.archives_after((seconds * 1000.0) as Millis);
        }
        Ok(room)
    }

    fn place(state: &State) -> Option<Place> {
        Some(Place::Room(state.id().name()?.parse().ok()?))
    }

    type Duty = Duty;

    const SOCKETS: Duty = Duty::Sockets;

    fn duties() -> impl IntoIterator<Item = (Duty, Pace)> {
        Duty::ALL.map(|duty| (duty, duty.pace()))
    }

    fn alarm_began(&mut self, schedule: &mut Schedule<Duty>, now: Millis) {
        self.alarm_began(schedule, now);
    }

    fn plan(&self, schedule: &mut Schedule<Duty>, now: Millis) -> std::result::Result<(), SqlError> {
        self.plan(schedule, now)
    }
}

impl Shared {
    async fn socket(&self, request: &worker::Request) -> Result<Response> {
        let (principal, after, _) = call::read_upgrade(request)?;
        // Whoever comes back must not be refused for the sockets that died.
        self.carry_out(self.hub.sweep().unwrap_or_default());
        match self.run(&|room, now| room.connect(&principal, after, now)).await {
            Ok((connection, outputs)) => self.hub.accept(connection, outputs),
            Err(RoomError::Incomplete(_)) => Sockets::refuse(CLOSE_HISTORY_LOST, "history_lost"),
            Err(error) => call::refuse(&error),
        }
    }

    fn on_close(&self, socket: &WebSocket) {
        self.carry_out(self.hub.closed(socket));
        let closed = self.with(|room, now| {
            room.was_needed(now);
            Ok(room.archivable_since()?)
        });
        if closed.is_ok_and(|since| since.is_some()) {
            self.hub.wake();
        }
    }

    fn carry_out(&self, outputs: Vec<Output>) {
        self.note(self.hub.carry_out(outputs));
    }

    /// Has the alarm see to what follows a change.
    fn note(&self, changed: bool) {
        if changed {
            self.hub.alarm.set(&self.hub.state, Duty::changed);
        }
    }

    fn documents(&self) -> Documents {
        Documents::new(self.hub.env.clone())
    }
}

/// How fast connections may send: the deployment's variables, where they are numbers, else the defaults.
fn rates(env: &Env) -> Rates {
    let default = Rates::default();
    let positive = |name, default| positive_variable(env, name).unwrap_or(default);
    let sends = Rate {
        burst: positive("ROOM_SEND_BURST", default.sends.burst),
        per_second: positive("ROOM_SENDS_PER_SECOND", default.sends.per_second),
    };
    let (heartbeat_seconds, sockets_per_agent) = (heartbeat_seconds(env), sockets_per_agent(env));
    Rates { sends, heartbeat_seconds, sockets_per_agent, ..default }
}

fn positive_variable(env: &Env, name: &str) -> Option<f64> {
    let value = env.var(name).ok()?.to_string().parse().ok();
    value.filter(|value| *value > 0.0)
}

fn log_failure(step: &str, cause: &str) {
    hub::log_failure("room", step, cause);
}

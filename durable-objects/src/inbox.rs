//! The inbox object: the shell of `voxora_domain::inbox`, one for the team.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a summary, from a room | `tell`, `terms` |
//! | `POST /directory`, from the edge: the team, or how it works, has changed | |
//! | `POST /outbox` with a backlog, from a room; without, from the edge | `report`, `outbox` |
//! | `POST /session` with an ending, from the register of sessions | `end_session` |
//! | `GET /socket` | `connect` |
//! | a socket's frame, close, error | `hear`, `disconnect` |
//! | its alarm | whatever its schedule says is due: `sweep`, `to_nudge`, `settle_presence`, `learn`, `settle_queues`, `undelivered` |
//!
//! What the logic decides about a conversation is its room's to carry out. A room calls the inbox and is answered at once; the inbox
//! calls rooms in the background only, so that neither ever waits for the other in a circle.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::id::{ConversationId, UserId};
use voxora_domain::inbox::{self as logic, ConnectError, Decision, Duty};
use voxora_domain::room::{Assignment, RoomError, Routed};
use voxora_domain::schedule::{Pace, Run, Schedule};
use voxora_domain::sessions::{Ending, Place};
use voxora_domain::sockets::{Output, SocketLogic};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::{Backlog, ConversationSummary, OutboxStatus, Terms};
use voxora_store::Store;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, WebSocket, durable_object};

use crate::call::{self, CallError, Object};
use crate::documents::Documents;
use crate::hub::{Hub, Shell, heartbeat_seconds, sockets_per_agent};
use crate::room::{self, Asked};
use crate::sockets::close_back;
use crate::sql::ObjectSql;
use crate::time::{now, within};
use crate::work::{Work, all, in_background};

const BINDING: &str = "INBOX";
/// The one inbox of a deployment.
const NAME: &str = "team";
/// How long a room that was nudged may take; it goes on by itself.
const PATIENCE: Duration = Duration::from_secs(30);

type Answer<T> = std::result::Result<T, SqlError>;

fn ask<'a, Q: Serialize, A: DeserializeOwned>(
    env: &'a Env,
    path: &'static str,
    request: &Q,
) -> impl Future<Output = std::result::Result<A, CallError>> + use<'a, Q, A> {
    Object::new(env, BINDING, NAME).ask::<_, _, SqlError>(path, request)
}

/// Tells the inbox how a conversation stands. It answers what its queue asks for, where it knows that.
///
/// # Errors
/// When the inbox cannot be reached, or could not store it.
pub async fn tell(env: &Env, summary: &ConversationSummary) -> std::result::Result<Option<Terms>, CallError> {
    ask(env, "", summary).await
}

/// Has the inbox read the team's directory anew: somebody, a department or a policy has changed.
///
/// # Errors
/// When the inbox cannot be reached. It looks once an hour of its own accord.
pub async fn directory_changed(env: &Env) -> std::result::Result<(), CallError> {
    ask(env, "directory", &()).await
}

/// Tells the inbox how far a room is behind the document store.
///
/// # Errors
/// When the inbox cannot be reached, or could not store it.
pub async fn report(env: &Env, backlog: &Backlog) -> std::result::Result<(), CallError> {
    outbox(env, Some(backlog)).await.map(drop)
}

/// What is waiting for the document store in the whole deployment.
///
/// # Errors
/// When the inbox cannot be reached, or could not read it.
pub async fn outbox_status(env: &Env) -> std::result::Result<OutboxStatus, CallError> {
    outbox(env, None).await
}

async fn outbox(env: &Env, news: Option<&Backlog>) -> std::result::Result<OutboxStatus, CallError> {
    ask(env, "outbox", &news).await
}

/// Closes the sockets whose session has ended.
///
/// # Errors
/// When the inbox cannot be reached, or could not be opened.
pub async fn end_session(env: &Env, ending: &Ending) -> std::result::Result<(), CallError> {
    ask(env, "session", ending).await
}

/// Puts another name in the place of somebody's in what the feed remembers.
///
/// # Errors
/// When the inbox cannot be reached, or could not store it.
pub async fn rename(env: &Env, user: UserId, name: &str) -> std::result::Result<(), CallError> {
    ask(env, "rename", &(user, name)).await
}

/// Connects a dashboard's socket: the answer is the inbox's 101. `scope` is what the client was told that it sees.
///
/// # Errors
/// When the inbox cannot be reached; inside, when it refuses.
pub async fn connect(
    env: &Env,
    principal: &Principal,
    after: Option<u64>,
    scope: Option<&str>,
) -> std::result::Result<std::result::Result<Response, ConnectError>, CallError> {
    Object::new(env, BINDING, NAME).upgrade(principal, after, scope).await
}

/// The team's inbox. Its socket handlers are exported by hand, as the room's are.
#[durable_object(alarm)]
pub struct Inbox {
    hub: Rc<Hub<logic::Inbox<ObjectSql>>>,
}

impl DurableObject for Inbox {
    fn new(state: State, env: Env) -> Self {
        Self { hub: Hub::new(state, env) }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        if request.path() == "/socket" {
            return self.socket(&request);
        }
        let text = request.text().await?;
        self.answer(&request.path(), &text)
    }

    async fn alarm(&self) -> Result<Response> {
        self.hub.alarm_went_off(&|run| Box::pin(do_duty(Rc::clone(&self.hub), run))).await;
        Response::empty()
    }
}

#[wasm_bindgen]
impl Inbox {
    /// A socket's frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn frame(&self, socket: web_sys::WebSocket, message: &JsValue) {
        if self.hub.message(&WebSocket::from(socket), message) {
            self.deliver();
        }
        self.hub.wake();
    }

    /// A socket's close.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn closed(&self, socket: web_sys::WebSocket, code: u32) {
        let socket = WebSocket::from(socket);
        close_back(&socket, code);
        self.carry_out(self.hub.closed(&socket));
    }

    /// A socket's end without a close.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn broken(&self, socket: web_sys::WebSocket) {
        self.carry_out(self.hub.closed(&WebSocket::from(socket)));
    }
}

impl Shell for logic::Inbox<ObjectSql> {
    const OBJECT: &'static str = "inbox";

    fn open(state: &State, env: &Env) -> Answer<Self> {
        Self::open(ObjectSql::of(state), heartbeat_seconds(env), sockets_per_agent(env))
    }

    fn place(_state: &State) -> Option<Place> {
        Some(Place::Inbox)
    }

    type Duty = Duty;

    const SOCKETS: Duty = Duty::Sockets;

    fn duties() -> impl IntoIterator<Item = (Duty, Pace)> {
        Duty::ALL
    }

    fn plan(&self, schedule: &mut Schedule<Duty>, now: Millis) -> Answer<()> {
        self.plan(schedule, now)
    }
}

async fn do_duty(hub: Rc<Hub<logic::Inbox<ObjectSql>>>, run: Run<Duty>) {
    let (name, outcome) = match run.name {
        Duty::Sockets => ("sweep", hub.sweep()),
        Duty::Nudge => ("nudge", nudge(&hub).await.map(|()| Vec::new())),
        Duty::Presence => ("settle presence", hub.with(logic::Inbox::settle_presence)),
        Duty::Directory => ("read the directory", read_directory(&hub).await),
        Duty::Queues => ("settle queues", hub.with(logic::Inbox::settle_queues)),
        Duty::Decisions => ("tell rooms of decisions", tell_rooms(&hub).await.map(|()| Vec::new())),
    };
    let outcome = outcome.map(|outputs| {
        hub.carry_out(outputs);
    });
    hub.ended(run, name, outcome.map_err(|error| error.to_string()), None);
    hub.wake();
}

/// Reads the team's directory from the store.
async fn read_directory(hub: &Hub<logic::Inbox<ObjectSql>>) -> Answer<Vec<Output>> {
    let documents = Documents::new(hub.env.clone());
    let read_at = now();
    let read = Store { documents: &documents, now: now() }.directory().await;
    let directory = read.map_err(|error| SqlError::Other(error.to_string()))?;
    hub.with(|inbox, now| inbox.learn(directory, read_at, now))
}

/// Has rooms carry out what was decided, and takes in how their conversations stand then; tells them of their queue's new terms.
async fn tell_rooms(hub: &Rc<Hub<logic::Inbox<ObjectSql>>>) -> Answer<()> {
    let (decisions, terms) =
        hub.with(|inbox, _| Ok::<_, SqlError>((inbox.undelivered(), inbox.terms_to_tell()?)))?;
    let decide = |(id, decision)| -> Work<'_> {
        Box::pin(async move {
            let stands = match within(PATIENCE, carry_out(&hub.env, id, decision)).await {
                None => return Err(format!("the room of {id} did not answer")),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(Ok(routed))) => routed,
                Some(Ok(Err(RoomError::NotFound))) => None,
                Some(Ok(Err(error))) => return Err(error.to_string()),
            };
            let outputs = hub.with(|inbox, now| inbox.decided(id, stands, now));
            hub.carry_out(outputs.map_err(|error| error.to_string())?);
            Ok(())
        })
    };
    let tell = |(id, terms): (ConversationId, Terms)| -> Work<'_> {
        Box::pin(async move {
            match within(PATIENCE, room::set_terms(&hub.env, id, terms.clone())).await {
                None => return Err(format!("the room of {id} did not answer")),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(Ok(()) | Err(RoomError::NotFound))) => {}
                Some(Ok(Err(error))) => return Err(error.to_string()),
            }
            hub.with(|inbox, _| inbox.terms_told(id, &terms)).map_err(|error| error.to_string())
        })
    };
    let works = decisions.into_iter().map(decide).chain(terms.into_iter().map(tell));
    all(works.collect(), usize::MAX).await.map_err(SqlError::Other)
}

/// Asks a room to carry a decision out. Gives how the conversation stands then, unless its events are in the archive: then it is
/// done for good.
fn carry_out(
    env: &Env,
    id: ConversationId,
    decision: Decision,
) -> Work<'_, Asked<Option<ConversationSummary>>> {
    let stands = |routed: Asked<Routed>| routed.map(|routed| routed.map(|routed| routed.conversation));
    Box::pin(async move {
        match decision {
            Decision::Assign { to, department, reason } => {
                let assignment = Assignment { assignee: to, from: None, department, reason, by: None };
                stands(room::assign(env, id, assignment).await)
            }
            Decision::GiveBack { user, reason } => {
                let given = room::give_back(env, id, None, user, reason).await;
                given.map(|given| given.map(|routed| routed.and_then(|routed| routed.conversation)))
            }
            Decision::MoveOn { from, to, reason } => stands(room::move_on(env, id, from, to, reason).await),
        }
    })
}

/// Has some rooms that are behind the document store try again. What comes of it they report themselves.
async fn nudge(hub: &Hub<logic::Inbox<ObjectSql>>) -> Answer<()> {
    let rooms = hub.with(|inbox, _| inbox.to_nudge())?;
    let nudge = |id| -> Work<'_> {
        let stored = room::store(&hub.env, id);
        Box::pin(async { within(PATIENCE, stored).await.map_or(Ok(()), |_| Ok(())) })
    };
    let _ = all(rooms.into_iter().map(nudge).collect(), usize::MAX).await;
    Ok(())
}

impl Inbox {
    fn with<T>(&self, work: impl FnOnce(&mut logic::Inbox<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        self.hub.with(work)
    }

    /// Does what is asked for.
    fn answer(&self, path: &str, text: &str) -> Result<Response> {
        match path {
            "/outbox" => {
                let news: Option<Backlog> = call::read(text)?;
                call::answer(self.with(|inbox, _| {
                    if news.as_ref().map_or(Ok(false), |backlog| inbox.report(backlog))? {
                        let state = &self.hub.state;
                        self.hub.alarm.set(state, |schedule, now| schedule.want(Duty::Nudge, now));
                    }
                    inbox.outbox()
                }))
            }
            "/session" => {
                let ending: Ending = call::read(text)?;
                let ended = self.with(|inbox, now| Ok(inbox.end_session(&ending, now)));
                call::answer(ended.map(|outputs| self.carry_out(outputs)))
            }
            "/directory" => {
                let doubted = self.with(|inbox, _| inbox.doubt_directory());
                self.hub.wake();
                call::answer(doubted)
            }
            "/rename" => {
                let (user, name): (UserId, String) = call::read(text)?;
                call::answer(self.with(|inbox, _| inbox.rename(user, &name)))
            }
            _ => {
                let summary: ConversationSummary = call::read(text)?;
                let department = summary.conversation.department;
                let told = self.with(|inbox, now| Ok((inbox.tell(summary, now)?, inbox.terms(department))));
                call::answer(told.map(|(outputs, terms)| {
                    self.carry_out(outputs);
                    terms
                }))
            }
        }
    }

    fn socket(&self, request: &worker::Request) -> Result<Response> {
        let (principal, after, scope) = call::read_upgrade(request)?;
        self.carry_out(self.hub.sweep().unwrap_or_default());
        match self.hub.with(|inbox, now| inbox.connect(&principal, after, scope.as_deref(), now)) {
            Ok((connection, outputs)) => {
                let accepted = self.hub.accept(connection, outputs);
                self.deliver();
                accepted
            }
            Err(error) => call::refuse(&error),
        }
    }

    /// Carries out what the logic says; what it decided rooms are told at once, and whatever is due later is planned.
    fn carry_out(&self, outputs: Vec<Output>) {
        if self.hub.carry_out(outputs) {
            self.deliver();
        }
        self.hub.wake();
    }

    /// Tells rooms what was decided, unless that is under way: then it is done again when it has ended.
    fn deliver(&self) {
        let begun = self.hub.alarm.with(|schedule, now| {
            schedule.want(Duty::Decisions, now);
            schedule.begin(Duty::Decisions, now)
        });
        if let Some(run) = begun {
            in_background(&self.hub.state, Box::pin(do_duty(Rc::clone(&self.hub), run)));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11";

    fn keeps<T: Serialize + DeserializeOwned>(body: &Value) {
        let read: T = voxora_domain::json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), *body);
    }

    /// Pinned: bodies cross bare, and what one is the path says. Rooms of one version tell an inbox of another.
    #[test]
    fn bodies_have_these_forms() {
        let visitor = json!({ "kind": "visitor", "id": ID, "name": "Visitor 6F1C" });
        keeps::<ConversationSummary>(&json!({
            "id": ID, "visitor": visitor, "status": "open", "assignee": null, "createdAt": 1, "head": 2,
            "read": { "visitor": 1, "agents": 2 }, "tags": [ID], "updatedAt": 3, "unread": 1,
            "lastMessage": { "seq": 2, "at": 3, "actor": visitor, "preview": "Hello" },
        }));
        let backlog = json!({
            "conversationId": ID, "events": 7, "since": 1, "setAside": 2, "reason": "too large"
        });
        keeps::<Option<Backlog>>(&backlog);
        keeps::<Option<Backlog>>(&Value::Null);
        keeps::<Ending>(&json!({ "user": ID, "scope": "all", "at": 3 }));
        keeps::<OutboxStatus>(&json!({
            "conversations": 1, "events": 7, "since": 1, "setAside": 2, "backlogs": [backlog]
        }));
        keeps::<ConnectError>(&json!("TooManyConnections"));
        keeps::<ConnectError>(&json!({ "Storage": { "Other": "disk" } }));
    }
}

//! The room object: a conversation's shell. `voxora_domain::room` decides; this hands it what arrives, the time and a
//! SQLite, sends what it says, and tells the rest of the house that the conversation changed.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a [`Request`] | `start`, `conversation`, `history`, `update` |
//! | `GET /socket` | `connect` |
//! | a socket's frame, close, error | `receive`, `disconnect` |
//! | its alarm | [`Room::tell`]: the summary goes to the inbox and to the document store |
//!
//! That something is to be told is remembered by the alarm itself, and what is told is the state, not the steps: telling
//! twice, late, or after a crash says the same. The send path never waits for it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use voxora_data_api::query::{Filter, Update};
use voxora_data_api::{DataApi, DataApiError, schema};
use voxora_domain::Millis;
use voxora_domain::access::Audience;
use voxora_domain::id::ConversationId;
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{self as logic, Change, Part, RoomError};
use voxora_domain::socket::{Attachment, ConnectionId, Output};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::{Actor, Conversation, History, StartConversationRequest, StartedConversation};
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, WebSocket, console_error, durable_object};

use crate::call::{self, CallError};
use crate::documents::{ConversationDocument, Documents};
use crate::inbox;
use crate::sockets::{Sockets, answer_pings, close_back};
use crate::sql::ObjectSql;

const BINDING: &str = "ROOM";
/// How long after a change the inbox is told, in milliseconds: changes of the same moment are told together.
const INBOX_AFTER: Millis = 50;
/// How often at most the inbox is told, in milliseconds: a list need not move faster than eyes do.
const INBOX_EVERY: Millis = 250;
/// How often at most the document store is told, in milliseconds. The first change after a pause goes at once.
const DOCUMENTS_EVERY: Millis = 5_000;
/// How long to wait after a failure, first and at most, in milliseconds.
const RETRY: (u64, u64) = (1_000, 60_000);

/// What a room is asked over REST.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Start { id: ConversationId, visitor: Actor, request: StartConversationRequest },
    Get { actor: Actor },
    History { actor: Actor, part: Part, limit: usize },
    Update { actor: Actor, change: Change },
}

/// A room's answer, or why it refused.
type Answer<T> = std::result::Result<T, RoomError>;

/// Begins a conversation, or finds that a repeat of the request has.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn start(
    env: &Env,
    id: ConversationId,
    visitor: Actor,
    request: StartConversationRequest,
) -> std::result::Result<Answer<StartedConversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Start { id, visitor, request }).await
}

/// The conversation as the actor sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn get(
    env: &Env,
    id: ConversationId,
    actor: Actor,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Get { actor }).await
}

/// A page of the conversation's history as the actor sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn history(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    part: Part,
    limit: usize,
) -> std::result::Result<Answer<History>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::History { actor, part, limit }).await
}

/// Changes status or assignee.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn update(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    change: Change,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Update { actor, change }).await
}

/// Connects a socket: the answer is the room's 101.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn connect(
    env: &Env,
    id: ConversationId,
    actor: &Actor,
    after: Option<u64>,
) -> std::result::Result<Answer<Response>, CallError> {
    call::upgrade(env, BINDING, &id.to_string(), actor, after).await
}

/// A conversation's room.
///
/// The socket handlers are exported by hand, below, because they have nothing to await: the attribute would make each
/// frame a promise and a microtask, which cost as much as storing it.
#[durable_object(alarm)]
pub struct Room {
    state: State,
    env: Env,
    sockets: Sockets,
    logic: RefCell<Option<logic::Room<ObjectSql>>>,
    telling: Telling,
}

/// How far the rest of the house has been told. Only an economy: after a loss of memory everything is told again.
#[derive(Default)]
struct Telling {
    /// Whether the alarm is set.
    pending: Cell<bool>,
    /// The head the inbox knows of.
    inbox_head: Cell<u64>,
    /// When the inbox was last told.
    inbox_at: Cell<Millis>,
    /// The head the document store knows of.
    documents_head: Cell<u64>,
    /// When the document store was last told.
    documents_at: Cell<Millis>,
    /// Failures in a row.
    failures: Cell<u32>,
}

impl DurableObject for Room {
    fn new(state: State, env: Env) -> Self {
        answer_pings(&state);
        Self {
            state,
            env,
            sockets: Sockets::default(),
            logic: RefCell::new(None),
            telling: Telling::default(),
        }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        if request.path() == "/socket" {
            return self.socket(&request);
        }
        let request: Request = request.json().await?;
        match request {
            Request::Start { id, visitor, request } => {
                self.act(|room, now| room.start(id, &visitor, &request, now))
            }
            Request::Update { actor, change } => self.act(|room, now| room.update(&actor, change, now)),
            Request::Get { actor } => call::answer(&self.with(|room, now| room.conversation(&actor, now))),
            Request::History { actor, part, limit } => {
                call::answer(&self.with(|room, now| room.history(&actor, part, limit, now)))
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.telling.pending.set(false);
        let wait = match self.tell().await {
            Ok(wait) => {
                self.telling.failures.set(0);
                wait
            }
            Err(error) => {
                log_failure("tell", &error);
                let failures = self.telling.failures.get();
                self.telling.failures.set(failures.saturating_add(1));
                let wait = RETRY.0.saturating_mul(1 << failures.min(16)).min(RETRY.1);
                // Rooms that failed together shall not come back together.
                let jitter = js_sys::Math::random().mul_add(0.5, 0.75);
                Some(Duration::from_millis(wait).mul_f64(jitter))
            }
        };
        if let Some(wait) = wait {
            self.wake_in(wait);
        }
        Response::empty()
    }
}

#[wasm_bindgen]
impl Room {
    /// A socket's frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn frame(&self, socket: web_sys::WebSocket, message: &JsValue) {
        let socket = WebSocket::from(socket);
        let outputs = self.with(|room, now| {
            let Some(connection) = self.sockets.connection(&socket) else { return Ok(Vec::new()) };
            let mut outputs = match message.as_string() {
                Some(frame) => room.receive(connection, &frame, now),
                None => room.receive_binary(connection, byte_length(message)),
            };
            outputs.extend(room.sweep(now, |connection| self.sockets.last_ping(&self.state, connection)));
            Ok(outputs)
        });
        match outputs {
            Ok(outputs) => self.carry_out(outputs),
            // The room could not be opened. The client will come back and resume.
            Err(error) => {
                log_failure("open", &error.to_string());
                let _ = socket.close(Some(1011), Some("the room could not be opened"));
            }
        }
    }

    /// A socket's close.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn closed(&self, socket: web_sys::WebSocket, code: u32) {
        let socket = WebSocket::from(socket);
        close_back(&socket, code);
        self.left(&socket);
    }

    /// A socket's end without a close.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn broken(&self, socket: web_sys::WebSocket) {
        self.left(&WebSocket::from(socket));
    }
}

impl Room {
    /// Runs the room's logic, opening it over the storage and the sockets that are there when memory was lost.
    /// Nothing in here awaits: what `deed` reads and writes is one step.
    fn with<T>(&self, deed: impl FnOnce(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        let now = now();
        let mut room = self.logic.borrow_mut();
        if room.is_none() {
            let mut opened = logic::Room::open(ObjectSql::of(&self.state), rates(&self.env))?;
            for attachment in self.sockets.restore(&self.state, |attachment: &Attachment| attachment.id) {
                opened.restore(attachment, now);
            }
            *room = Some(opened);
        }
        match room.as_mut() {
            Some(room) => deed(room, now),
            None => Err(SqlError::Other("the room could not be opened".to_owned()).into()),
        }
    }

    /// Does what REST asks for, and tells everyone in the room.
    fn act<T: Serialize>(
        &self,
        deed: impl FnOnce(&mut logic::Room<ObjectSql>, Millis) -> Answer<(T, Vec<Output>)>,
    ) -> Result<Response> {
        match self.with(deed) {
            Ok((answer, outputs)) => {
                self.carry_out(outputs);
                call::answer(&Ok::<_, RoomError>(answer))
            }
            Err(error) => call::answer(&Err::<T, _>(error)),
        }
    }

    fn socket(&self, request: &worker::Request) -> Result<Response> {
        let (actor, after) = call::read_upgrade(request)?;
        let connected = self.with(|room, now| {
            let (connection, outputs) = room.connect(&actor, after, now)?;
            Ok((connection, outputs, room.attachment(connection).cloned()))
        });
        match connected {
            Ok((connection, outputs, attachment)) => {
                let response = self.sockets.accept(&self.state, connection, &attachment)?;
                self.carry_out(outputs);
                Ok(response)
            }
            Err(error) => call::answer(&error),
        }
    }

    fn left(&self, socket: &WebSocket) {
        let outputs = self.with(|room, now| {
            if let Some(connection) = self.sockets.connection(socket) {
                self.sockets.forget(connection);
                return Ok(room.disconnect(connection));
            }
            // Its closing woke the room, which therefore never took it back. The others must hear all the same.
            let Some(gone) = self.sockets.attachment::<Attachment>(socket) else { return Ok(Vec::new()) };
            let connection = gone.id;
            room.restore(gone, now);
            Ok(room.disconnect(connection))
        });
        self.carry_out(outputs.unwrap_or_default());
    }

    fn carry_out(&self, outputs: Vec<Output>) {
        let changed = self.sockets.carry_out(outputs, |connection| self.attachment(connection));
        if changed && !self.telling.pending.get() {
            let wait = (self.telling.inbox_at.get() + INBOX_EVERY - now()).max(INBOX_AFTER);
            self.wake_in(Duration::from_millis(wait.unsigned_abs()));
        }
    }

    fn attachment(&self, connection: ConnectionId) -> Option<Attachment> {
        self.logic.borrow().as_ref()?.attachment(connection).cloned()
    }

    /// Sets the alarm, in the same step as the rows it is about, so that a kill takes both or neither. Its promise is not
    /// waited for: like theirs, its write is on disk before anything leaves the room.
    fn wake_in(&self, wait: Duration) {
        #[allow(clippy::cast_precision_loss)] // milliseconds since 1970 are far below 2^53
        let time = js_sys::Date::new(&((now() as f64) + wait.as_secs_f64() * 1000.0).into());
        let set = self.state.storage().as_raw().set_alarm(time, JsValue::NULL.unchecked_into());
        self.telling.pending.set(set.is_ok());
        if let Err(error) = set {
            log_failure("set alarm", &call::js_message(&error));
        }
    }

    /// Tells the inbox and the document store how the conversation stands. Gives how long to wait before going on.
    async fn tell(&self) -> std::result::Result<Option<Duration>, String> {
        let seen =
            self.with(|room, _| Ok((room.summary(Audience::Agents)?, room.summary(Audience::Visitor)?)));
        let (Some(agents), Some(visitor)) = seen.map_err(|error| error.to_string())? else { return Ok(None) };
        let head = agents.conversation.head;
        if self.telling.inbox_head.get() < head {
            inbox::tell(&self.env, &agents).await.map_err(|error| error.to_string())?;
            self.telling.inbox_head.set(head);
            self.telling.inbox_at.set(now());
        }
        if self.telling.documents_head.get() >= head {
            return Ok(None);
        }
        let wait = self.telling.documents_at.get() + DOCUMENTS_EVERY - now();
        if let Ok(wait @ 1..) = u64::try_from(wait) {
            return Ok(Some(Duration::from_millis(wait)));
        }
        let document = ConversationDocument::new(agents, &visitor);
        store(&Documents::new(self.env.clone()), &document).await.map_err(|error| error.to_string())?;
        self.telling.documents_head.set(head);
        self.telling.documents_at.set(now());
        Ok(None)
    }
}

/// Writes a conversation's document and its customer's. Writing them again changes nothing.
async fn store(
    documents: &Documents,
    document: &ConversationDocument,
) -> std::result::Result<(), DataApiError> {
    let customer = Update::new()
        .set_on_insert("name", document.visitor.name.as_str())
        .set_on_insert("createdAt", document.created_at)
        .max("lastMessageAt", document.updated_at);
    documents.upsert_one(schema::CUSTOMERS.name, Filter::id(document.customer_id.as_str()), customer).await?;
    let id = Filter::id(document.id.to_string());
    documents.replace_one(schema::CONVERSATIONS.name, id, document, true).await?;
    Ok(())
}

/// How fast connections may send: the deployment's variables, where they are numbers, else the defaults.
fn rates(env: &Env) -> Rates {
    let number = |name| env.var(name).ok().and_then(|value| value.to_string().parse::<f64>().ok());
    let default = Rates::default();
    let positive = |name, default| number(name).filter(|value| *value > 0.0).unwrap_or(default);
    let sends = Rate {
        burst: positive("ROOM_SEND_BURST", default.sends.burst),
        per_second: positive("ROOM_SENDS_PER_SECOND", default.sends.per_second),
    };
    Rates { sends, ..default }
}

#[allow(clippy::cast_possible_wrap)] // milliseconds since 1970 are far below 2^63
fn now() -> Millis {
    worker::Date::now().as_millis() as Millis
}

/// How long a binary message is.
fn byte_length(message: &JsValue) -> usize {
    usize::try_from(js_sys::Uint8Array::new(message).length()).unwrap_or(usize::MAX)
}

fn log_failure(step: &str, cause: &str) {
    console_error!(
        "{}",
        serde_json::json!({ "level": "error", "object": "room", "step": step, "cause": cause })
    );
}

//! The room object: a conversation's shell. `voxora_domain::room` decides; this hands it what arrives, the time and a
//! SQLite, sends what it says, and tells the rest of the house that the conversation changed.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a [`Request`] | `start`, `conversation`, `history`, `update` |
//! | `GET /socket` | `connect` |
//! | a socket's frame, close, error | `receive`, `disconnect` |
//! | its alarm | `Shared::tell_inbox`, and `Shared::store` in the background |
//!
//! The alarm tells the inbox how the conversation stands, and brings the log into the document store (see
//! [`crate::outbox`]). Both can be done again, late, or after a crash. The send path waits for neither, and the inbox does
//! not wait for the document store: while that hangs, storing goes on in the background, and an alarm that is set
//! meanwhile sees to it that a crash does not end the matter.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use serde::{Deserialize, Serialize};
use voxora_domain::Millis;
use voxora_domain::access::Audience;
use voxora_domain::id::ConversationId;
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{self as logic, Change, Part, RoomError};
use voxora_domain::socket::{Attachment, ConnectionId, Output};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::{
    Actor, Backlog, CLOSE_HISTORY_LOST, Conversation, History, StartConversationRequest, StartedConversation,
};
use voxora_store::conversations::ConversationDocument;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, WebSocket, console_error, durable_object};

use crate::call::{self, CallError};
use crate::documents::{self, Documents};
use crate::inbox;
use crate::outbox::{self, OutboxError, RoomHandle};
use crate::sockets::{Sockets, answer_pings, ask_to_connect_again, close_back};
use crate::sql::ObjectSql;
use crate::time::{now, within};

const BINDING: &str = "ROOM";
/// The conversation that `readyz` asks for, which no document store has.
const PROBE_CONVERSATION: &str = "00000000-0000-0000-0000-000000000000";
/// How long after a change the inbox is told, in milliseconds: changes of the same moment are told together.
const INBOX_AFTER: Millis = 50;
/// How often at most the inbox is told, in milliseconds: a list need not move faster than eyes do.
const INBOX_EVERY: Millis = 250;
/// How often at most the document store is written to, in milliseconds. The first change after a pause goes at once.
const STORE_EVERY: Millis = 5_000;
/// How many batches are stored in one go.
const BATCHES: usize = 20;
/// How long an alarm waits for the document store before it leaves it to the background.
const STORE_PATIENCE: Duration = Duration::from_millis(250);
/// When to look again whether storing in the background has ended, in milliseconds.
const STORE_WATCH: Millis = 30_000;
/// How long storing may take, in milliseconds: [`BATCHES`] requests, each with the client's patience.
const STORE_LIMIT: Millis = 600_000;
/// How long to wait after a failure, at least and at most, in milliseconds; in between as long as the trouble has lasted.
const RETRY: (Millis, Millis) = (1_000, 120_000);
/// An alarm that should have gone off longer ago than this, in milliseconds, was lost.
const ALARM_LOST: Millis = 60_000;
/// How long after its last event a closed conversation gives its storage back, in seconds, unless the deployment's
/// variable `ROOM_ARCHIVE_AFTER_SECONDS` says otherwise.
const ARCHIVE_AFTER: f64 = 24.0 * 60.0 * 60.0;

/// What a room is asked over REST.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Start { id: ConversationId, visitor: Actor, request: StartConversationRequest },
    Get { actor: Actor },
    History { actor: Actor, part: Part, limit: usize },
    Update { actor: Actor, change: Change },
    Store,
}

/// What came of trying to store what waits.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stored {
    /// What waits still; nothing before the conversation has begun.
    pub backlog: Option<Backlog>,
    /// Whether the document store did not take it.
    pub failed: bool,
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

/// Tries to store what is waiting, also what the document store has refused for good before.
///
/// # Errors
/// When the room cannot be reached; inside, when its storage fails.
pub async fn store(env: &Env, id: ConversationId) -> std::result::Result<Answer<Stored>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Store).await
}

/// A conversation's room.
///
/// The socket handlers are exported by hand, below, because they have nothing to await: the attribute would make each
/// frame a promise and a microtask, which cost as much as storing it.
#[durable_object(alarm)]
pub struct Room {
    shared: Rc<Shared>,
}

/// What the room's handlers share with what runs in the background.
struct Shared {
    state: State,
    env: Env,
    sockets: Sockets,
    logic: RefCell<Option<logic::Room<ObjectSql>>>,
    /// When the alarm is set to go off, as far as is known.
    alarm_at: Cell<Option<Millis>>,
    inbox: Delivery,
    documents: Delivery,
    /// Since when storing is under way.
    storing: Cell<Option<Millis>>,
    /// Whether the inbox has not heard yet what it was to be told about storing.
    owes_report: Cell<bool>,
    /// When somebody last needed the events that an archive does not have here.
    needed_at: Cell<Millis>,
}

/// How far someone has been told how the conversation stands. Only an economy: after a loss of memory they are told
/// again.
#[derive(Default)]
struct Delivery {
    /// The head they know of.
    head: Cell<u64>,
    /// When they were last told, or refused to be.
    at: Cell<Millis>,
    /// How long to leave them alone after that.
    pause: Cell<Millis>,
    /// Since when they could not be told.
    failing_since: Cell<Option<Millis>>,
}

impl Delivery {
    /// When they may be told next.
    fn due(&self) -> Millis {
        self.at.get() + self.pause.get()
    }

    fn done(&self, pause: Millis) {
        self.failing_since.set(None);
        self.at.set(now());
        self.pause.set(pause);
    }

    /// Waits as long as it has been failing; where that is known to be longer than memory reaches, `since` says so.
    fn failed(&self, since: Option<Millis>) {
        let now = now();
        let since = since.or(self.failing_since.get()).unwrap_or(now);
        self.failing_since.set(Some(since));
        let wait = now.saturating_sub(since).clamp(RETRY.0, RETRY.1);
        // Rooms that failed together shall not come back together.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // minutes in milliseconds
        let wait = (wait as f64 * js_sys::Math::random().mul_add(0.5, 0.75)) as Millis;
        self.at.set(now);
        self.pause.set(wait);
    }
}

impl DurableObject for Room {
    fn new(state: State, env: Env) -> Self {
        answer_pings(&state);
        let shared = Shared {
            state,
            env,
            sockets: Sockets::default(),
            logic: RefCell::new(None),
            alarm_at: Cell::new(None),
            inbox: Delivery::default(),
            documents: Delivery::default(),
            storing: Cell::new(None),
            owes_report: Cell::new(false),
            needed_at: Cell::new(0),
        };
        Self { shared: Rc::new(shared) }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        let room = &self.shared;
        if request.path() == "/socket" {
            return room.socket(&request).await;
        }
        // Not by JavaScript's reader, whose numbers are exact up to 2^53 only.
        let request: Request = serde_json::from_str(&request.text().await?)?;
        match request {
            Request::Start { id, visitor, request } => {
                room.run(|room, now| room.start(id, &visitor, &request, now)).await
            }
            Request::Update { actor, change } => {
                room.run(|room, now| room.update(&actor, change.clone(), now)).await
            }
            Request::Get { actor } => {
                call::answer(&room.run_or_adopt(|room, now| room.conversation(&actor, now)).await)
            }
            Request::History { actor, part, limit } => call::answer(&room.history(&actor, part, limit).await),
            Request::Store => call::answer(&room.store_all().await),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let room = &self.shared;
        // Whatever happens in the room now need not set the alarm: this is it, and it sets the next one at its end.
        room.alarm_at.set(Some(now()));
        room.tell_inbox().await;
        room.alarm_at.set(None);
        if room.store_due().or_else(|| room.archive_due()).is_some_and(|due| due <= now()) {
            let (done, is_done) = oneshot::channel::<()>();
            let background = Rc::clone(room);
            room.state.wait_until(async move {
                background.store_in_background().await;
                drop(done);
            });
            within(STORE_PATIENCE, is_done).await;
        }
        room.wake();
        Response::empty()
    }
}

#[wasm_bindgen]
impl Room {
    /// A socket's frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn frame(&self, socket: web_sys::WebSocket, message: &JsValue) {
        let socket = WebSocket::from(socket);
        let Shared { sockets, state, .. } = &*self.shared;
        let outputs = self.shared.with(|room, now| {
            let connection = sockets.connection(&socket);
            let known = connection.filter(|connection| room.attachment(*connection).is_some());
            let Some(connection) = known else { return Ok(None) };
            let mut outputs = match message.as_string() {
                Some(frame) => room.receive(connection, &frame, now),
                None => room.receive_binary(connection, byte_length(message)),
            };
            outputs.extend(room.sweep(now, |connection| sockets.last_ping(state, connection)));
            Ok(Some(outputs))
        });
        match outputs {
            Ok(Some(outputs)) => self.shared.carry_out(outputs),
            Ok(None) => ask_to_connect_again(&socket),
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

    /// Opens the room over the storage and the sockets that are there when memory was lost. Nothing in here awaits.
    fn with<T>(&self, work: impl FnOnce(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        let now = now();
        let mut room = self.logic.borrow_mut();
        if room.is_none() {
            let mut opened = logic::Room::open(ObjectSql::of(&self.state), rates(&self.env))?;
            if let Some(number) = documents::store_number(&self.env) {
                opened.stores_in(number)?;
            }
            if opened.is_behind() {
                // The alarm that was to see to it may have been lost with the memory, or may be far away.
                self.wake_at(now + INBOX_AFTER);
            }
            let sockets = self.sockets.restore(&self.state);
            sockets.closing.into_iter().for_each(|connection| opened.reserve(connection));
            sockets.open.into_iter().for_each(|attachment| opened.restore(attachment, now));
            *room = Some(opened);
        }
        match room.as_mut() {
            Some(room) => work(room, now),
            None => Err(SqlError::Other("the room could not be opened".to_owned()).into()),
        }
    }
}

impl Shared {
    /// Does what REST asks for, and tells everyone in the room.
    async fn run<T: Serialize>(
        &self,
        work: impl Fn(&mut logic::Room<ObjectSql>, Millis) -> Answer<(T, Vec<Output>)>,
    ) -> Result<Response> {
        let answer = self.run_unarchived(work).await.map(|(answer, outputs)| {
            self.carry_out(outputs);
            answer
        });
        call::answer(&answer)
    }

    /// Does something that an archived room can do only with its events.
    async fn run_unarchived<T>(
        &self,
        work: impl Fn(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>,
    ) -> Answer<T> {
        match self.run_or_adopt(&work).await {
            Err(RoomError::Archived) => {
                outbox::unarchive(self, &self.documents()).await.map_err(room_error)?;
                self.needed_at.set(now());
                let answer = self.with(work);
                self.wake();
                answer
            }
            answer => answer,
        }
    }

    /// Does something in a conversation, also in one that only the document store knows: it was restored from a backup.
    async fn run_or_adopt<T>(
        &self,
        work: impl Fn(&mut logic::Room<ObjectSql>, Millis) -> Answer<T>,
    ) -> Answer<T> {
        let answer = self.with(&work);
        let Err(RoomError::NotFound) = answer else { return answer };
        let name = self.state.id().name().filter(|name| name != PROBE_CONVERSATION);
        let Some(id) = name.and_then(|name| name.parse().ok()) else { return answer };
        if outbox::adopt(self, &self.documents(), id).await.map_err(room_error)? {
            self.with(work)
        } else {
            answer
        }
    }

    async fn history(&self, actor: &Actor, part: Part, limit: usize) -> Answer<History> {
        match self.run_or_adopt(|room, now| room.history(actor, part, limit, now)).await {
            Err(RoomError::Archived) => {
                outbox::history(self, &self.documents(), actor, part, limit).await.map_err(room_error)
            }
            answer => answer,
        }
    }

    async fn socket(&self, request: &worker::Request) -> Result<Response> {
        let (actor, after) = call::read_upgrade(request)?;
        let connected = self.run_unarchived(|room, now| {
            let (connection, outputs) = room.connect(&actor, after, now)?;
            Ok((connection, outputs, room.attachment(connection).cloned()))
        });
        match connected.await {
            Ok((connection, outputs, attachment)) => {
                let accepted = self.sockets.accept(&self.state, connection, &attachment);
                if accepted.is_err() {
                    // Nobody is there, whatever the room took down.
                    drop(self.with(|room, _| Ok(room.disconnect(connection))));
                    return accepted;
                }
                self.carry_out(outputs);
                accepted
            }
            Err(RoomError::Incomplete(_)) => Sockets::refuse(CLOSE_HISTORY_LOST, "history_lost"),
            Err(error) => call::answer(&error),
        }
    }

    fn on_close(&self, socket: &WebSocket) {
        let outputs = self.with(|room, now| {
            if let Some(connection) = self.sockets.connection(socket) {
                self.sockets.forget(connection);
                return Ok(room.disconnect(connection));
            }
            // Its closing woke the room, which therefore never took it back. The others must hear all the same.
            let Some(gone) = self.sockets.attachment(socket) else { return Ok(Vec::new()) };
            let connection = gone.id;
            room.restore(gone, now);
            Ok(room.disconnect(connection))
        });
        self.carry_out(outputs.unwrap_or_default());
        self.needed_at.set(now());
        if self.archive_due().is_some() {
            self.wake();
        }
    }

    fn carry_out(&self, outputs: Vec<Output>) {
        let changed = self.sockets.carry_out(outputs, |connection| self.attachment(connection));
        if changed {
            self.wake_at(self.inbox.due().max(now() + INBOX_AFTER));
        }
    }

    fn attachment(&self, connection: ConnectionId) -> Option<Attachment> {
        self.logic.borrow().as_ref()?.attachment(connection).cloned()
    }

    fn documents(&self) -> Documents {
        Documents::new(self.env.clone())
    }

    /// Sets the alarm, unless it is set to go off earlier, in the same step as the rows it is about, so that a kill takes
    /// both or neither. Its promise is not waited for: like theirs, its write is on disk before anything leaves the room.
    fn wake_at(&self, time: Millis) {
        if self.alarm_at.get().is_some_and(|set| set <= time && set > now() - ALARM_LOST) {
            return;
        }
        #[allow(clippy::cast_precision_loss)] // milliseconds since 1970 are far below 2^53
        let date = js_sys::Date::new(&(time as f64).into());
        match self.state.storage().as_raw().set_alarm(date, JsValue::NULL.unchecked_into()) {
            Ok(_) => self.alarm_at.set(Some(time)),
            Err(error) => log_failure("set alarm", &call::js_message(&error)),
        }
    }

    /// Sets the alarm for whatever is due next.
    fn wake(&self) {
        let inbox = self.summary_head().filter(|head| self.inbox.head.get() < *head);
        let inbox = inbox.map(|_| self.inbox.due());
        let storing = self.is_storing().then(|| now() + STORE_WATCH);
        let store = storing.or_else(|| self.store_due().or_else(|| self.archive_due()));
        if let Some(due) = [inbox, store].into_iter().flatten().min() {
            // Never the time of an alarm that is going off just now: the runtime would take it for that one.
            self.wake_at(due.max(now() + 1));
        }
    }

    /// The head that others are to know of.
    fn summary_head(&self) -> Option<u64> {
        self.with(|room, _| Ok(room.summary_head())).ok().flatten()
    }

    /// When the document store is to be written to; `None` when there is nothing to write.
    fn store_due(&self) -> Option<Millis> {
        let news = self.summary_head().is_some_and(|head| self.documents.head.get() < head);
        let waiting = self.with(|room, _| Ok(room.is_behind())).unwrap_or(true);
        (news || waiting || self.owes_report()).then(|| self.documents.due())
    }

    /// Whether the inbox is still to hear how storing stands.
    fn owes_report(&self) -> bool {
        // After a loss of memory only the trouble that it has heard of and that has ended is known.
        self.owes_report.get()
            || self
                .with(|room, _| {
                    let is_reported = room.reported_since().is_some();
                    Ok(is_reported && room.backlog()?.is_some_and(|backlog| backlog.is_clear()))
                })
                .unwrap_or(false)
    }

    /// When the conversation is to be archived. Whoever looks at an old one keeps it from that for the same time: bringing
    /// all its events back for each look would cost as much as it had in events.
    fn archive_due(&self) -> Option<Millis> {
        let found = self.with(|room, now| {
            let needed_at = if room.is_occupied() { now } else { self.needed_at.get() };
            Ok(room.archivable_since()?.map(|since| since.max(needed_at)))
        });
        let since = found.ok().flatten()?;
        let after = positive_variable(&self.env, "ROOM_ARCHIVE_AFTER_SECONDS").unwrap_or(ARCHIVE_AFTER);
        #[allow(clippy::cast_possible_truncation)] // saturates
        Some(since.saturating_add((after * 1000.0) as Millis).max(self.documents.due()))
    }

    /// Tells the inbox how the conversation stands, if that is news and the time has come.
    async fn tell_inbox(&self) {
        let summary = self.with(|room, _| Ok(room.summary(Audience::Agents)?));
        let summary = match summary {
            Ok(summary) => summary,
            Err(error) => {
                log_failure("sum up", &error.to_string());
                return self.inbox.failed(None);
            }
        };
        let Some(summary) = summary.filter(|summary| self.inbox.head.get() < summary.conversation.head)
        else {
            return;
        };
        if self.inbox.due() > now() {
            return;
        }
        match inbox::tell(&self.env, &summary).await {
            Ok(()) => {
                self.inbox.head.set(summary.conversation.head);
                self.inbox.done(INBOX_EVERY);
            }
            Err(error) => {
                log_failure("tell", &error.to_string());
                self.inbox.failed(None);
            }
        }
    }

    /// Whether storing is under way. What began too long ago has been given up by the runtime, which says so to nobody.
    fn is_storing(&self) -> bool {
        self.storing.get().is_some_and(|since| now() - since < STORE_LIMIT)
    }

    /// Stores what is to be stored, once at a time.
    async fn store_in_background(&self) {
        if self.is_storing() {
            return;
        }
        self.storing.set(Some(now()));
        match self.store().await {
            Ok(()) => self.documents.done(STORE_EVERY),
            Err(error) => {
                log_failure("store", &error.to_string());
                let since = self.with(|room, _| Ok(room.reported_since())).ok().flatten();
                self.documents.failed(since);
            }
        }
        if let Err(error) = self.report().await {
            log_failure("report", &error);
            self.owes_report.set(true);
            self.documents.failed(None);
        } else {
            self.owes_report.set(false);
        }
        self.storing.set(None);
        self.wake();
    }

    /// Stores the next events and how the conversation stands, and archives it when its time has come.
    async fn store(&self) -> std::result::Result<(), OutboxError> {
        let documents = self.documents();
        for _ in 0..BATCHES {
            let (some, refused) = outbox::flush(self, &documents).await?;
            for (seq, reason) in refused {
                log_failure("set aside", &format!("event {seq}: {reason}"));
            }
            if !some {
                break;
            }
        }
        let summaries =
            self.with(|room, _| Ok((room.summary(Audience::Agents)?, room.summary(Audience::Visitor)?)))?;
        if let (Some(agents), Some(visitor)) = summaries
            && self.documents.head.get() < agents.conversation.head
        {
            let head = agents.conversation.head;
            let document = ConversationDocument::new(agents, &visitor);
            if let Some((seq, reason)) = outbox::flush_summary(self, &documents, &document).await? {
                log_failure("set aside", &format!("the conversation as of event {seq}: {reason}"));
            }
            self.documents.head.set(head);
        }
        if self.archive_due().is_some_and(|due| due <= now()) {
            outbox::archive(self, &documents).await?;
        }
        Ok(())
    }

    /// Stores at once what waits, and what was set aside.
    async fn store_all(&self) -> Answer<Stored> {
        let documents = self.documents();
        documents.trust_again();
        if let Err(error) = outbox::flush_aside(self, &documents).await {
            log_failure("store", &error.to_string());
        }
        // How the conversation stands may have been refused as well.
        self.documents.head.set(0);
        self.store_in_background().await;
        let failed = self.documents.failing_since.get().is_some();
        self.with(|room, _| Ok(Stored { backlog: room.backlog()?, failed }))
    }

    /// Reports to the inbox that this room is behind the document store, or no longer is.
    async fn report(&self) -> std::result::Result<(), String> {
        let failing = self.documents.failing_since.get().is_some();
        let backlog = self.with(|room, now| {
            let since = room.reported_since();
            let wanted = failing || since.is_some();
            let backlog = room.backlog()?.filter(|backlog| wanted || backlog.set_aside > 0);
            if backlog.is_some() {
                // Remembered before the inbox hears of trouble and forgotten after it hears of its end: whenever a kill
                // comes, the inbox hears of the end.
                room.reported(since.or(Some(now)))?;
            }
            Ok(backlog)
        });
        let Some(backlog) = backlog.map_err(|error| error.to_string())? else { return Ok(()) };
        inbox::report(&self.env, &backlog).await.map_err(|error| error.to_string())?;
        if backlog.is_clear() {
            self.with(|room, _| Ok(room.reported(None)?)).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// What a caller over REST is told when the document store fails: it is a storage, too.
fn room_error(error: OutboxError) -> RoomError {
    match error {
        OutboxError::Room(error) => error,
        OutboxError::Documents(error) => SqlError::Other(format!("document store: {error}")).into(),
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
    Rates { sends, ..default }
}

fn positive_variable(env: &Env, name: &str) -> Option<f64> {
    let value = env.var(name).ok()?.to_string().parse().ok();
    value.filter(|value| *value > 0.0)
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

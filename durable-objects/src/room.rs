//! The room object: a conversation's shell. `voxora_domain::room` decides; this hands it what arrives, the time and a
//! SQLite, sends what it says, and tells the rest of the house that the conversation changed.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a [`Request`] | `start`, `conversation`, `history`, `update`, `tag`, `replace_tag` |
//! | `GET /socket` | `connect` |
//! | a socket's frame, close, error | `hear`, `disconnect` |
//! | its alarm | `sweep`, `Shared::tell_inbox`, and `Shared::store` in the background |
//!
//! The alarm tells the inbox how the conversation stands, and brings the log into the document store (see
//! [`crate::outbox`]). Both can be done again, late, or after a crash. The send path waits for neither, and the inbox does
//! not wait for the document store: while that hangs, storing goes on in the background, and an alarm that is set
//! meanwhile sees to it that a crash does not end the matter.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use serde::{Deserialize, Serialize};
use voxora_domain::Millis;
use voxora_domain::access::{Audience, Principal};
use voxora_domain::id::ConversationId;
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{self as logic, Change, Part, RoomError};
use voxora_domain::sessions::{Ending, Place};
use voxora_domain::sockets::{Output, SocketLogic};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::{
    Actor, Backlog, CLOSE_HISTORY_LOST, Conversation, History, StartConversationRequest, StartedConversation,
    TagName,
};
use voxora_store::conversations::ConversationDocument;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Response, Result, State, WebSocket, durable_object};

use crate::call::{self, CallError};
use crate::documents::{self, Documents};
use crate::hub::{self, Hub, Shell, heartbeat_seconds};
use crate::inbox;
use crate::outbox::{self, OutboxError, RoomHandle};
use crate::sockets::{Sockets, close_back};
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
/// How long after its last event a closed conversation gives its storage back, in seconds, unless the deployment's
/// variable `ROOM_ARCHIVE_AFTER_SECONDS` says otherwise.
const ARCHIVE_AFTER: f64 = 24.0 * 60.0 * 60.0;

/// What a room is asked, over REST and by the register of sessions. The last version sent actors where principals are,
/// and reads actors out of them: the names of the fields stay.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Start { id: ConversationId, visitor: Principal, request: StartConversationRequest },
    Get { actor: Principal },
    History { actor: Principal, part: Part, limit: usize },
    Update { actor: Principal, change: Change },
    Tag { actor: Principal, tag: TagName, wanted: bool },
    ReplaceTag { actor: Actor, tag: TagName, into: TagName },
    Store,
    EndSession { ending: Ending },
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
    visitor: Principal,
    request: StartConversationRequest,
) -> std::result::Result<Answer<StartedConversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Start { id, visitor, request }).await
}

/// The conversation as somebody sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn get(
    env: &Env,
    id: ConversationId,
    actor: Principal,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Get { actor }).await
}

/// A page of the conversation's history as somebody sees it.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn history(
    env: &Env,
    id: ConversationId,
    actor: Principal,
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
    actor: Principal,
    change: Change,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Update { actor, change }).await
}

/// Puts a tag on the conversation, or takes it off.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn tag(
    env: &Env,
    id: ConversationId,
    actor: Principal,
    tag: TagName,
    wanted: bool,
) -> std::result::Result<Answer<Conversation>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::Tag { actor, tag, wanted }).await
}

/// Puts one tag in the place of another, into which `actor` merged it, if the conversation has that.
///
/// # Errors
/// When the room cannot be reached; inside, when there is no such conversation.
pub async fn replace_tag(
    env: &Env,
    id: ConversationId,
    actor: Actor,
    tag: TagName,
    into: TagName,
) -> std::result::Result<Answer<()>, CallError> {
    call::post(env, BINDING, &id.to_string(), &Request::ReplaceTag { actor, tag, into }).await
}

/// Connects a socket: the answer is the room's 101.
///
/// # Errors
/// When the room cannot be reached; inside, when it refuses.
pub async fn connect(
    env: &Env,
    id: ConversationId,
    actor: &Principal,
    after: Option<u64>,
) -> std::result::Result<Answer<Response>, CallError> {
    call::upgrade(env, BINDING, &id.to_string(), actor, after).await
}

/// Closes the sockets whose session has ended.
///
/// # Errors
/// When the room cannot be reached, or could not be opened.
pub async fn end_session(
    env: &Env,
    id: ConversationId,
    ending: &Ending,
) -> std::result::Result<(), CallError> {
    let request = Request::EndSession { ending: ending.clone() };
    let answer: Answer<()> =
        call::in_time(BINDING, call::post(env, BINDING, &id.to_string(), &request)).await?;
    answer.map_err(|error| CallError { binding: BINDING, cause: error.to_string() })
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
    hub: Rc<Hub<logic::Room<ObjectSql>>>,
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
        let shared = Shared {
            hub: Hub::new(state, env),
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
            Request::Tag { actor, tag, wanted } => {
                room.run(|room, now| room.tag(&actor, &tag, wanted, now)).await
            }
            Request::ReplaceTag { actor, tag, into } => {
                room.run(|room, now| room.replace_tag(&actor, &tag, &into, now)).await
            }
            Request::Get { actor } => {
                call::answer(&room.run_or_adopt(|room, now| room.conversation(&actor, now)).await)
            }
            Request::History { actor, part, limit } => call::answer(&room.history(&actor, part, limit).await),
            Request::Store => call::answer(&room.store_all().await),
            Request::EndSession { ending } => {
                let ended = room.with(|room, _| Ok(room.end_session(&ending)));
                call::answer(&ended.map(|outputs| room.carry_out(outputs)))
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let room = &self.shared;
        // Whatever happens in the room now need not set the alarm: this is it, and it sets the next one at its end.
        room.hub.alarm.is_going_off();
        room.carry_out(room.hub.sweep(true));
        room.tell_inbox().await;
        room.hub.alarm.done();
        if room.store_due().or_else(|| room.archive_due()).is_some_and(|due| due <= now()) {
            let (done, is_done) = oneshot::channel::<()>();
            let background = Rc::clone(room);
            room.hub.state.wait_until(async move {
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
        let text = message.as_string();
        let bytes = text.as_ref().map_or_else(|| byte_length(message), String::len);
        let outputs = self.shared.hub.frame(&WebSocket::from(socket), text.as_deref(), bytes);
        self.shared.carry_out(outputs);
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
        if let Some(number) = documents::store_number(env) {
            room.stores_in(number)?;
        }
        Ok(room)
    }

    fn place(state: &State) -> Option<Place> {
        Some(Place::Room(state.id().name()?.parse().ok()?))
    }

    fn due_when_opened(&self, now: Millis) -> Option<Millis> {
        self.is_behind().then_some(now + INBOX_AFTER)
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
        let name = self.hub.state.id().name().filter(|name| name != PROBE_CONVERSATION);
        let Some(id) = name.and_then(|name| name.parse().ok()) else { return answer };
        if outbox::adopt(self, &self.documents(), id).await.map_err(room_error)? {
            self.with(work)
        } else {
            answer
        }
    }

    async fn history(&self, by: &Principal, part: Part, limit: usize) -> Answer<History> {
        match self.run_or_adopt(|room, now| room.history(by, part, limit, now)).await {
            Err(RoomError::Archived) => {
                outbox::history(self, &self.documents(), by, part, limit).await.map_err(room_error)
            }
            answer => answer,
        }
    }

    async fn socket(&self, request: &worker::Request) -> Result<Response> {
        let (principal, after) = call::read_upgrade(request)?;
        // Whoever comes back must not be refused for the sockets that died.
        self.carry_out(self.hub.sweep(true));
        match self.run_unarchived(|room, now| room.connect(&principal, after, now)).await {
            Ok((connection, outputs)) => self.hub.accept(connection, outputs),
            Err(RoomError::Incomplete(_)) => Sockets::refuse(CLOSE_HISTORY_LOST, "history_lost"),
            Err(error) => call::answer(&error),
        }
    }

    fn on_close(&self, socket: &WebSocket) {
        self.carry_out(self.hub.closed(socket));
        self.needed_at.set(now());
        if self.archive_due().is_some() {
            self.wake();
        }
    }

    fn carry_out(&self, outputs: Vec<Output>) {
        if self.hub.carry_out(outputs) {
            self.wake_at(self.inbox.due().max(now() + INBOX_AFTER));
        }
    }

    fn documents(&self) -> Documents {
        Documents::new(self.hub.env.clone())
    }

    fn wake_at(&self, time: Millis) {
        self.hub.alarm.wake_at(&self.hub.state, time);
    }

    /// Sets the alarm for whatever is due next.
    fn wake(&self) {
        let inbox = self.summary_head().filter(|head| self.inbox.head.get() < *head);
        let inbox = inbox.map(|_| self.inbox.due());
        let storing = self.is_storing().then(|| now() + STORE_WATCH);
        let store = storing.or_else(|| self.store_due().or_else(|| self.archive_due()));
        if let Some(due) = [inbox, store, self.hub.sweep_due()].into_iter().flatten().min() {
            self.wake_at(due);
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
        let after = positive_variable(&self.hub.env, "ROOM_ARCHIVE_AFTER_SECONDS").unwrap_or(ARCHIVE_AFTER);
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
        match inbox::tell(&self.hub.env, &summary).await {
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
        inbox::report(&self.hub.env, &backlog).await.map_err(|error| error.to_string())?;
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
    Rates { sends, heartbeat_seconds: heartbeat_seconds(env), ..default }
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
    hub::log_failure("room", step, cause);
}

/// What crosses between a Worker and a room while a new version is rolled out: old forms are read, new ones are such that the
/// last version reads them.
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

    use serde_json::{Value, json};
    use voxora_domain::wire::{Actor, ErrorCode};

    use super::*;

    const ID: &str = "6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11";

    fn actor() -> Value {
        json!({ "kind": "agent", "id": ID, "name": "Ada" })
    }

    fn read(request: Value) -> Request {
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn the_requests_of_the_last_version_are_read() {
        let visitor = json!({ "kind": "visitor", "id": ID, "name": "Visitor 6F1C" });
        let start = json!({ "Start": {
            "id": ID, "visitor": visitor, "request": { "clientId": "c_1", "text": "Hello" } } });
        let Request::Start { id, visitor, request } = read(start) else { panic!("start") };
        assert_eq!((id.to_string(), request.text), (ID.to_owned(), "Hello".to_owned()));
        assert_eq!(visitor.visitor(), Some(ID.parse().unwrap()));
        let Request::Get { actor: by } = read(json!({ "Get": { "actor": actor() } })) else { panic!("get") };
        assert_eq!((by.user_id(), by.actor().name), (Some(ID.parse().unwrap()), "Ada".to_owned()));
        for part in [json!("Last"), json!({ "Before": 7 }), json!({ "After": 7 })] {
            let history = json!({ "History": { "actor": actor(), "part": part, "limit": 50 } });
            assert!(matches!(read(history), Request::History { limit: 50, .. }));
        }
        let update = json!({ "Update": { "actor": actor(), "change": { "status": "closed" } } });
        assert!(matches!(read(update), Request::Update { .. }));
        assert!(matches!(read(json!("Store")), Request::Store));
        // The last version's probe.
        let system = json!({ "kind": "system", "id": "system", "name": "Voxora" });
        assert!(matches!(read(json!({ "Get": { "actor": system } })), Request::Get { .. }));
    }

    #[test]
    fn the_last_version_reads_actors_out_of_our_requests() {
        let (id, session) = (ID.parse().unwrap(), ID.parse().unwrap());
        let by = Principal::of_user(id, voxora_domain::wire::Role::Admin, "Ada".to_owned(), session, 1, 2);
        let written = serde_json::to_value(Request::Get { actor: by.clone() }).unwrap();
        let read: Actor = serde_json::from_value(written["Get"]["actor"].clone()).unwrap();
        assert_eq!(read, by.actor());
        let header = call::write_principal(&by).unwrap();
        assert_eq!(call::read_principal(&header).unwrap(), by);
        let ending = Ending { user: id, scope: voxora_domain::sessions::Scope::One(session), at: 3 };
        let written = serde_json::to_value(Request::EndSession { ending }).unwrap();
        let expected = json!({ "user": ID, "scope": { "one": ID }, "at": 3 });
        assert_eq!(written, json!({ "EndSession": { "ending": expected } }));
    }

    #[test]
    fn answers_have_these_forms() {
        let stored = Stored { backlog: None, failed: true };
        let good: Answer<Stored> = Ok(stored);
        assert_eq!(serde_json::to_value(good).unwrap(), json!({ "Ok": { "backlog": null, "failed": true } }));
        let refusal = voxora_domain::sockets::Refusal {
            code: ErrorCode::Forbidden,
            message: "No.".to_owned(),
            retry_after_ms: None,
        };
        for (error, expected) in [
            (RoomError::NotFound, json!("NotFound")),
            (RoomError::TooManyConnections, json!("TooManyConnections")),
            (RoomError::Archived, json!("Archived")),
            (RoomError::Incomplete("two".to_owned()), json!({ "Incomplete": "two" })),
            (
                RoomError::Refused(refusal),
                json!({ "Refused": { "code": "forbidden", "message": "No.", "retry_after_ms": null } }),
            ),
            (
                RoomError::Storage(SqlError::Other("disk".to_owned())),
                json!({ "Storage": { "Other": "disk" } }),
            ),
        ] {
            let answer: Answer<()> = Err(error);
            let written = serde_json::to_value(&answer).unwrap();
            assert_eq!(written, json!({ "Err": expected }));
            assert_eq!(serde_json::from_value::<Answer<()>>(written).unwrap(), answer);
        }
    }

    #[test]
    fn the_header_of_the_last_version_is_read() {
        // {"kind":"agent","id":"6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11","name":"Ada"}
        let header = "eyJraW5kIjoiYWdlbnQiLCJpZCI6IjZmMWMxYTUyLTZmMGUtNGMxZi05YTUxLTBhM2Y2ZjFmN2MxMSIsIm5hbWUiOiJBZGEifQ==";
        let by = call::read_principal(header).unwrap();
        assert_eq!((by.user_id(), by.session, by.expires_at), (Some(ID.parse().unwrap()), None, 0));
        assert_eq!(by.lasting_from(1_000).expires_at, 1_000 + 15 * 60 * 1000);
    }
}

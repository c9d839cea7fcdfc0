//! The inbox object: the shell of `voxora_domain::inbox`, one for the team.
//!
//! | wakes for | calls |
//! |---|---|
//! | `POST /` with a summary, from a room | `tell` |
//! | `POST /outbox` with a backlog, from a room; without, from the edge | `report`, `outbox` |
//! | `GET /socket` | `connect` |
//! | a socket's frame, close, error | `receive`, `disconnect` |

use std::cell::RefCell;

use voxora_domain::Millis;
use voxora_domain::inbox as logic;
use voxora_domain::socket::{Attachment, ConnectionId, Output};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::{Actor, Backlog, ConversationSummary, OutboxStatus};
use wasm_bindgen::prelude::*;
use worker::{
    DurableObject, Env, Response, Result, State, WebSocket, WebSocketIncomingMessage, durable_object,
};

use crate::call::{self, CallError};
use crate::sockets::{Sockets, answer_pings, ask_to_connect_again, close_back};
use crate::sql::ObjectSql;
use crate::time::now;

const BINDING: &str = "INBOX";
/// The one inbox of a deployment.
const NAME: &str = "team";

type Answer<T> = std::result::Result<T, SqlError>;

/// Tells the inbox how a conversation stands.
///
/// # Errors
/// When the inbox cannot be reached, or could not store it.
pub async fn tell(env: &Env, summary: &ConversationSummary) -> std::result::Result<(), CallError> {
    let answer: Answer<()> = call::in_time(BINDING, call::post(env, BINDING, NAME, summary)).await?;
    answer.map_err(|error| CallError { binding: BINDING, cause: error.to_string() })
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
    let status = call::post_to(env, BINDING, NAME, "outbox", &news);
    let answer: Answer<OutboxStatus> = call::in_time(BINDING, status).await?;
    answer.map_err(|error| CallError { binding: BINDING, cause: error.to_string() })
}

/// Connects a dashboard's socket: the answer is the inbox's 101.
///
/// # Errors
/// When the inbox cannot be reached, or could not read its feed.
pub async fn connect(
    env: &Env,
    actor: &Actor,
    after: Option<u64>,
) -> std::result::Result<Response, CallError> {
    let answer: Answer<Response> = call::upgrade(env, BINDING, NAME, actor, after).await?;
    answer.map_err(|error| CallError { binding: BINDING, cause: error.to_string() })
}

/// The team's inbox.
#[durable_object]
pub struct Inbox {
    state: State,
    sockets: Sockets,
    logic: RefCell<Option<logic::Inbox<ObjectSql>>>,
}

impl DurableObject for Inbox {
    fn new(state: State, _env: Env) -> Self {
        answer_pings(&state);
        Self { state, sockets: Sockets::default(), logic: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: worker::Request) -> Result<Response> {
        if request.path() == "/socket" {
            return self.socket(&request);
        }
        if request.path() == "/outbox" {
            let news: Option<Backlog> = serde_json::from_str(&request.text().await?)?;
            return call::answer(&self.with(|inbox, _| {
                news.as_ref().map_or(Ok(()), |backlog| inbox.report(backlog))?;
                inbox.outbox()
            }));
        }
        let summary: ConversationSummary = serde_json::from_str(&request.text().await?)?;
        let told = self.with(|inbox, _| inbox.tell(summary));
        call::answer(&told.map(|outputs| self.carry_out(outputs)))
    }

    async fn websocket_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Result<()> {
        let frame = match &message {
            WebSocketIncomingMessage::String(frame) => Some(frame.as_str()),
            WebSocketIncomingMessage::Binary(_) => None,
        };
        let outputs = self.with(|inbox, now| {
            let connection = self.sockets.connection(&socket);
            let known = connection.filter(|connection| inbox.attachment(*connection).is_some());
            Ok(known.map(|connection| inbox.receive(connection, frame, now)))
        });
        match outputs {
            Ok(Some(outputs)) => self.carry_out(outputs),
            Ok(None) => ask_to_connect_again(&socket),
            Err(_) => drop(socket.close(Some(1011), Some("the inbox could not be opened"))),
        }
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, code: usize, _: String, _: bool) -> Result<()> {
        close_back(&socket, u32::try_from(code).unwrap_or_default());
        self.on_close(&socket);
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _: worker::Error) -> Result<()> {
        self.on_close(&socket);
        Ok(())
    }

    async fn alarm(&self) -> Result<Response> {
        Response::empty()
    }
}

impl Inbox {
    /// Runs the inbox's logic, opening it over the storage and the sockets that are there when memory was lost.
    fn with<T>(&self, work: impl FnOnce(&mut logic::Inbox<ObjectSql>, Millis) -> Answer<T>) -> Answer<T> {
        let now = now();
        let mut inbox = self.logic.borrow_mut();
        if inbox.is_none() {
            let mut opened = logic::Inbox::open(ObjectSql::of(&self.state))?;
            let sockets = self.sockets.restore(&self.state);
            sockets.closing.into_iter().for_each(|connection| opened.reserve(connection));
            sockets.open.into_iter().for_each(|attachment| opened.restore(attachment, now));
            *inbox = Some(opened);
        }
        match inbox.as_mut() {
            Some(inbox) => work(inbox, now),
            None => Err(SqlError::Other("the inbox could not be opened".to_owned())),
        }
    }

    fn socket(&self, request: &worker::Request) -> Result<Response> {
        let (actor, after) = call::read_upgrade(request)?;
        let connected = self.with(|inbox, now| {
            let (connection, outputs) = inbox.connect(&actor, after, now)?;
            Ok((connection, outputs, inbox.attachment(connection).cloned()))
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

    fn on_close(&self, socket: &WebSocket) {
        if let Some(connection) = self.sockets.connection(socket) {
            self.sockets.forget(connection);
            let _ = self.with(|inbox, _| {
                inbox.disconnect(connection);
                Ok(())
            });
        }
    }

    fn carry_out(&self, outputs: Vec<Output>) {
        self.sockets.carry_out(outputs, |connection| self.attachment(connection));
    }

    fn attachment(&self, connection: ConnectionId) -> Option<Attachment> {
        self.logic.borrow().as_ref()?.attachment(connection).cloned()
    }
}

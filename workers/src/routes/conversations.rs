//! Conversations: the rooms hold the truth about each, the document store lists them.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use voxora_data_api::contract::Find;
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::{DataApi, schema};
use voxora_domain::Millis;
use voxora_domain::access::Audience;
use voxora_domain::id::{ConversationId, VisitorId};
use voxora_domain::limits::{PAGE_EVENTS, TAIL_EVENTS};
use voxora_domain::room::{Change, Part};
use voxora_domain::wire::{
    Actor, ActorKind, Conversation, ConversationStatus, ConversationSummary, History, List,
    StartConversationRequest, UpdateConversationRequest,
};
use voxora_durable_objects::documents::ConversationDocument;
use voxora_durable_objects::room;
use voxora_durable_objects::time::now;

use crate::accounts::Accounts;
use crate::app::App;
use crate::error::AppError;
use crate::extract::{self, Agent, Caller, InConversation, Parameters, Upgrade};

/// `POST /api/v1/conversations`
#[worker::send]
pub async fn start(
    State(app): State<App>,
    Caller(caller): Caller,
    headers: HeaderMap,
    extract::Json(request): extract::Json<StartConversationRequest>,
) -> Result<Response, AppError> {
    let visitor =
        caller.visitor().ok_or_else(|| AppError::forbidden("A conversation is started by a visitor."))?;
    app.limits(&headers)?.start(visitor).await?;
    let id = conversation_id(visitor, &request.client_id);
    let started = room::start(&app.env, id, caller.actor(), request).await??;
    let status = if started.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(started)).into_response())
}

/// The id of the conversation that a visitor's message of this name starts: the same for a repeat, so that the same
/// room answers it, and unknowable to anyone else.
fn conversation_id(visitor: VisitorId, client_id: &str) -> ConversationId {
    let mut bytes = [0; 16];
    let digest = Sha256::new()
        .chain_update(b"conversation")
        .chain_update(visitor.uuid().as_bytes())
        .chain_update(client_id.as_bytes())
        .finalize();
    bytes.iter_mut().zip(digest.iter()).for_each(|(byte, hashed)| *byte = *hashed);
    ConversationId::new(Uuid::new_v8(bytes))
}

/// `GET /api/v1/conversations/{id}`
#[worker::send]
pub async fn show(
    State(app): State<App>,
    Caller(caller): Caller,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>, AppError> {
    Ok(Json(room::get(&app.env, id, caller.actor()).await??))
}

/// `PATCH /api/v1/conversations/{id}`
#[worker::send]
pub async fn update(
    State(app): State<App>,
    agent: Agent,
    InConversation(id): InConversation,
    extract::Json(request): extract::Json<UpdateConversationRequest>,
) -> Result<Json<Conversation>, AppError> {
    let assignee = match request.assignee_id {
        None => None,
        Some(None) => Some(None),
        Some(Some(user)) => {
            let accounts = Accounts { documents: app.documents(), now: now() };
            let found = accounts.user(user).await?;
            let user =
                found.ok_or_else(|| AppError::invalid_field("assigneeId names no user of the team."))?;
            Some(Some(Actor { kind: ActorKind::Agent, id: user.id.to_string(), name: user.name }))
        }
    };
    let change = Change { status: request.status, assignee };
    Ok(Json(room::update(&app.env, id, agent.principal.actor(), change).await??))
}

/// What part of the history to give.
#[derive(Deserialize)]
pub struct EventsQuery {
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/events`
#[worker::send]
pub async fn events(
    State(app): State<App>,
    Caller(caller): Caller,
    InConversation(id): InConversation,
    Parameters(query): Parameters<EventsQuery>,
) -> Result<Json<History>, AppError> {
    let part = match (query.before, query.after) {
        (None, None) => Part::Last,
        (Some(seq), None) => Part::Before(seq),
        (None, Some(seq)) => Part::After(seq),
        (Some(_), Some(_)) => return Err(AppError::invalid_request("Give `before` or `after`, not both.")),
    };
    let limit = query.limit.unwrap_or(TAIL_EVENTS);
    if !(1..=PAGE_EVENTS).contains(&limit) {
        return Err(AppError::invalid_request(format!("`limit` must be 1 to {PAGE_EVENTS}; it is {limit}.")));
    }
    Ok(Json(room::history(&app.env, id, caller.actor(), part, limit).await??))
}

/// Where to begin.
#[derive(Deserialize)]
pub struct SocketQuery {
    pub after: Option<u64>,
}

/// `GET /api/v1/conversations/{id}/socket`
#[worker::send]
pub async fn socket(
    State(app): State<App>,
    InConversation(id): InConversation,
    Parameters(query): Parameters<SocketQuery>,
    Upgrade(caller): Upgrade,
) -> Result<Response, AppError> {
    Ok(room::connect(&app.env, id, &caller.actor(), query.after).await??.into())
}

/// Which conversations to list.
#[derive(Deserialize)]
pub struct ListQuery {
    status: Option<ConversationStatus>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /api/v1/conversations`
#[worker::send]
pub async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<List<ConversationSummary>>, AppError> {
    let limit = query.limit.unwrap_or(30);
    if !(1..=100).contains(&limit) {
        return Err(AppError::invalid_request(format!("`limit` must be 1 to 100; it is {limit}.")));
    }
    let mut filter = Filter::all();
    if let Some(visitor) = caller.visitor() {
        filter = filter.and(Filter::eq("customerId", visitor.to_string()));
    }
    if let Some(status) = query.status {
        filter = filter.and(Filter::eq("status", status.name()));
    }
    let order = Sort::descending("updatedAt").then_descending("_id");
    if let Some(cursor) = query.cursor.as_deref() {
        let Cursor { updated_at, id } = Cursor::read(cursor)?;
        filter = filter.and(order.after([updated_at.into(), id.to_string().into()]));
    }
    // One more than asked for tells whether there is a next page.
    let find = Find::new(filter).sort(order).limit(limit + 1);
    let mut found: Vec<ConversationDocument> = app.documents().find(schema::CONVERSATIONS.name, find).await?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let next_cursor = found.last().filter(|_| more).map(Cursor::after).transpose()?;
    let audience = Audience::of(&caller.actor());
    let items = found.into_iter().map(|document| document.summary(audience)).collect();
    Ok(Json(List { items, next_cursor }))
}

/// The last conversation of a page: the next page goes on after it, whatever has come in above it since.
#[derive(Serialize, Deserialize)]
struct Cursor {
    updated_at: Millis,
    id: ConversationId,
}

impl Cursor {
    fn after(last: &ConversationDocument) -> Result<String, AppError> {
        let cursor = Self { updated_at: last.updated_at, id: last.id };
        serde_json::to_vec(&cursor)
            .map(|json| BASE64_URL_SAFE_NO_PAD.encode(json))
            .map_err(AppError::internal)
    }

    fn read(text: &str) -> Result<Self, AppError> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        json.and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| AppError::invalid_request("`cursor` must be the `nextCursor` of a page."))
    }
}

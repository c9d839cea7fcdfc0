//! Conversations: the rooms hold the truth about each, the document store lists them.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use voxora_domain::Millis;
use voxora_domain::access::{Audience, Permission};
use voxora_domain::id::{ConversationId, DepartmentId, TagId, UserId, VisitorId};
use voxora_domain::limits::{PAGE_EVENTS, TAIL_EVENTS};
use voxora_domain::room::{Change, Part};
use voxora_domain::wire::{
    Actor, ActorKind, Conversation, ConversationStatus, ConversationSummary, DepartmentName, FieldError,
    History, List, StartConversationRequest, UpdateConversationRequest,
};
use voxora_durable_objects::time::now;
use voxora_store::StoreError;
use voxora_store::conversations::Wanted;

use crate::app::App;
use crate::auth::{Caller, Visiting, require};
use crate::error::AppError;
use crate::http::json::{Json, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{After, InConversation, Parameters, limit};

/// `POST /api/v1/conversations`
pub async fn start(
    app: App,
    Caller(caller): Caller,
    Visiting(visitor): Visiting,
    headers: HeaderMap,
    Json(request): Json<StartConversationRequest>,
) -> Result<Response, AppError> {
    app.limits(&headers)?.start(visitor).await?;
    let id = conversation_id(visitor, &request.client_id);
    let started = app.rooms().start(id, &caller, request).await?;
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
pub async fn show(
    app: App,
    Caller(caller): Caller,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>, AppError> {
    Ok(Json(app.rooms().get(id, &caller).await?))
}

/// `PATCH /api/v1/conversations/{id}`
pub async fn update(
    app: App,
    Caller(caller): Caller,
    InConversation(id): InConversation,
    Patch(request): Patch<UpdateConversationRequest>,
) -> Result<Json<Conversation>, AppError> {
    let assignee = match request.assignee_id {
        None => None,
        Some(None) => Some(None),
        Some(Some(user)) => {
            let found = app.store().users().active(user).await?;
            let user =
                found.ok_or_else(|| unfit("/assigneeId", "names nobody of the team who can sign in"))?;
            Some(Some(Actor { kind: ActorKind::Agent, id: user.id.to_string(), name: user.name }))
        }
    };
    let department = match request.department_id {
        None => None,
        Some(None) => Some(None),
        Some(Some(id)) => match app.store().departments().usable(id).await {
            Ok(department) => Some(Some(DepartmentName { id, name: department.name })),
            Err(StoreError::NotFound(_)) => return Err(unfit("/departmentId", "names no department")),
            Err(StoreError::Archived) => {
                return Err(unfit("/departmentId", "names a department that is archived"));
            }
            Err(error) => return Err(error.into()),
        },
    };
    let snoozed_until = snoozed_until(&request, now())?;
    let UpdateConversationRequest { status, priority, .. } = request;
    let change = Change { status, assignee, department, snoozed_until, priority };
    Ok(Json(app.rooms().update(id, &caller, change).await?))
}

/// Until when a conversation is to be snoozed; nothing for as long as its visitor does not answer.
fn snoozed_until(request: &UpdateConversationRequest, now: Millis) -> Result<Option<Millis>, AppError> {
    let Some(until) = request.snoozed_until else { return Ok(None) };
    if request.status != Some(ConversationStatus::Snoozed) {
        return Err(unfit("/snoozedUntil", "goes with the status snoozed"));
    }
    match until {
        Some(until) if until <= now => Err(unfit("/snoozedUntil", "must be a time that is yet to come")),
        Some(until) if until > now.saturating_add(SNOOZE) => {
            Err(unfit("/snoozedUntil", "must be within a year"))
        }
        until => Ok(until),
    }
}

/// How those stand that somebody is told stand so.
fn statuses(told: ConversationStatus, audience: Audience) -> Vec<ConversationStatus> {
    use ConversationStatus::{Closed, Open, Pending, Resolved, Snoozed};
    let all = [Open, Pending, Snoozed, Resolved, Closed].into_iter();
    all.filter(|status| audience.is_told(*status) == told).collect()
}

/// The longest that a conversation is snoozed, in milliseconds: a year.
const SNOOZE: Millis = 366 * 24 * 60 * 60 * 1000;

fn unfit(pointer: &str, detail: &str) -> AppError {
    AppError::invalid_fields(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}

/// What part of the history to give.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventsQuery {
    /// The last events before this `seq`.
    before: Option<u64>,
    /// The first events after this `seq`.
    after: Option<u64>,
    /// How many at most; 50 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = PAGE_EVENTS)))]
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/events`
pub async fn events(
    app: App,
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
    let limit = limit(query.limit, TAIL_EVENTS, 1..=PAGE_EVENTS)?;
    Ok(Json(app.rooms().history(id, &caller, part, limit).await?))
}

/// `GET /api/v1/conversations/{id}/socket`
pub async fn socket(
    app: App,
    Caller(caller): Caller,
    InConversation(id): InConversation,
    Parameters(query): Parameters<After>,
) -> Result<Response, AppError> {
    app.rooms().connect(id, &caller, query.after).await
}

/// An id, or `none`.
struct OrNone<T>(Option<T>);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        if text == "none" {
            return Ok(Self(None));
        }
        text.parse().map(|id| Self(Some(id))).map_err(D::Error::custom)
    }
}

#[cfg(test)]
impl<T> schemars::JsonSchema for OrNone<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OrNone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "string", "format": "uuid" }, { "type": "string", "enum": ["none"] }]
        })
    }
}

/// Which conversations to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// Only conversations that stand so.
    status: Option<ConversationStatus>,
    /// Only conversations that have this tag, or one that is merged into it. For agents.
    tag: Option<TagId>,
    /// Only conversations of this department; `none` for the general queue. For agents.
    department: Option<OrNone<DepartmentId>>,
    /// Only conversations that are assigned to this member of the team; `none` for those that are assigned to nobody.
    assignee: Option<OrNone<UserId>>,
    /// How many at most; 30 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/conversations`
pub async fn list(
    app: App,
    Caller(caller): Caller,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<List<ConversationSummary>>, AppError> {
    let limit = limit(query.limit, 30, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    let store = app.store();
    let tags = match query.tag {
        None => Vec::new(),
        Some(tag) => {
            require(&caller, Permission::ReadTags)?;
            store.tags().with_merged(tag).await?
        }
    };
    let department = match query.department {
        None => None,
        Some(department) => {
            require(&caller, Permission::ReadDepartments)?;
            Some(department.0)
        }
    };
    let wanted = Wanted {
        department,
        assignee: query.assignee.map(|assignee| assignee.0),
        statuses: query.status.map(|status| statuses(status, Audience::of(&caller))),
        tags,
        // Both sides hold a time as a signed number.
        after: after.map(|(updated_at, id)| (i64::try_from(updated_at).unwrap_or(i64::MAX), id)),
        // One more than asked for tells whether there is a next page.
        ..Wanted::by(&caller, limit + 1)
    };
    let found = store.conversations().list(wanted).await?;
    let audience = Audience::of(&caller);
    page(found, limit, |last| (last.updated_at.0, last.id), |document| document.summary(audience)).map(Json)
}

/// When the last conversation of a page changed, which is not negative, and which it is.
type CursorKeys = (u64, ConversationId);

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "A visitor sees their own conversations, a member of the team those that their role and departments reach. What each side sees is its own: visitors never see \
                 notes, and `unread` counts what the other side has written.";
    let id = "The conversation.";
    Resource::new("Conversations", about)
        .route(
            Operation::new("conversations.list", "List conversations")
                .about(
                    "Newest first, by `updatedAt`. The list is fed by each conversation's outbox and may be some seconds behind; the conversation itself \
                     is the truth. A conversation that gets a message between two pages moves to the top, and the pages that follow do not have it.",
                )
                .query::<ListQuery>(json!({ "status": "open", "limit": 30 }))
                .gives::<List<ConversationSummary>>(
                    200,
                    "A page of the list.",
                    json!({ "items": [example::summary()] }),
                ),
        )
        .route(
            Operation::new("conversations.start", "Start a conversation")
                .about("A repeat with the same `clientId` and text finds the conversation that the first one started.")
                .takes::<StartConversationRequest>(json!({
                    "clientId": "c_8f14e45f", "text": "Hi! Will the fern I ordered be on Thursday’s boat?",
                }))
                .gives::<StartedConversation>(201, "The new conversation.", example::started(false))
                .gives::<StartedConversation>(200, "The conversation that a repeat found.", example::started(true))
                .refuses(&[
                    EmptyMessage, MessageTooLong, InvalidClientId, ClientIdReused, ConversationClosed, RateLimited,
                ]),
        )
        .route(
            Operation::new("conversations.show", "Read a conversation")
                .place("id", id, example::CONVERSATION)
                .gives::<Conversation>(200, "The conversation as it stands.", example::conversation())
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("conversations.update", "Change a conversation")
                .about("Fields that are absent stay as they are. Everyone in the conversation sees the change at once, but for what concerns the team alone: \
                        that it is snoozed, how urgent it is, and where it belongs.")
                .place("id", id, example::CONVERSATION)
                .takes::<UpdateConversationRequest>(json!({ "status": "open", "priority": "normal", "assigneeId": example::USER }))
                .gives::<Conversation>(200, "The conversation with the change.", {
                    let mut changed = example::conversation_for_agents();
                    changed["assignee"] = json!({ "kind": "agent", "id": example::USER, "name": "Ada" });
                    changed["head"] = 2.into();
                    changed
                })
                .refuses(&[NotFound, NothingToChange, HistoryLost]),
        )
        .route(
            Operation::new("conversations.events", "Read a conversation's history")
                .about(
                    "The last events, or those before or after a `seq`; not both. `people` says who each event's `by` is. The kinds of \
                     events are those of the socket. A page has at most 256 KiB of text, or one larger event: `more` and `prev` say how to go on.",
                )
                .place("id", id, example::CONVERSATION)
                .query::<EventsQuery>(json!({ "limit": 50 }))
                .gives::<History>(200, "A page of the history.", example::history())
                .refuses(&[NotFound, HistoryLost]),
        )
        .route(
            Operation::new("conversations.socket", "Join a conversation live")
                .about(
                    "A WebSocket of the subprotocol `voxora.v1`, which docs/PROTOCOL.md describes. The access token is the second \
                     subprotocol, because a browser cannot send other headers.",
                )
                .place("id", id, example::CONVERSATION)
                .query::<After>(json!({}))
                .gives_nothing(101, "The socket is open.")
                .refuses(&[NotFound, TooManyConnections, HistoryLost]),
        )
}

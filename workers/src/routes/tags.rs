//! Tags: the team's own words for what conversations are about.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use voxora_domain::id::TagId;
use voxora_domain::wire::{CreateTag, List, Tag, UpdateTag};
use voxora_domain::{fields, text};
use voxora_store::tags::{Change, NewTag, TagDocument, Wanted};

use crate::app::App;
use crate::auth::Member;
use crate::error::AppError;
use crate::http::conditional::{IdempotencyKey, IfMatch, etag};
use crate::http::json::{self, Fields, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Parameters, limit};

/// Which tags to list.
#[derive(Deserialize)]
pub struct ListQuery {
    archived: Option<bool>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /api/v1/tags`
#[worker::send]
pub async fn list(app: App, Parameters(query): Parameters<ListQuery>) -> Result<Json<List<Tag>>, AppError> {
    let limit = limit(query.limit, 100, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    let wanted = Wanted { archived: query.archived.unwrap_or(false), after, limit: limit + 1 };
    let store = app.store();
    let found = store.tags().list(wanted).await?;
    let ids: Vec<TagId> = found.iter().map(|tag| tag.id).collect();
    let counts = store.tags().counts(&ids).await?;
    let show = |tag: TagDocument| {
        let count = counts.get(&tag.id).copied().unwrap_or(0);
        tag.shown(count)
    };
    page(found, limit, |last| (last.folded.clone(), last.id), show).map(Json)
}

/// The folded name of a page's last tag, and which it is.
type CursorKeys = (String, TagId);

/// `POST /api/v1/tags`
#[worker::send]
pub async fn create(
    app: App,
    Member(user): Member,
    key: IdempotencyKey,
    json::Json(request): json::Json<CreateTag>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let new = NewTag {
        id: TagId::new(key.id("tag", user.uuid())),
        name: fields.read("/name", text::name(&request.name)),
        color: fields.read("/color", fields::color(&request.color)),
        description: request
            .description
            .as_deref()
            .and_then(|text| fields.read("/description", fields::description(text))),
        request: key.digest(&request)?,
    };
    fields.check()?;
    let tag = app.store().tags().create(new).await?;
    shown(&app, StatusCode::CREATED, tag).await
}

/// `GET /api/v1/tags/{id}`
#[worker::send]
pub async fn show(app: App, Id(id): Id<TagId>) -> Result<Response, AppError> {
    let tag = app.store().tags().by_id(id).await?;
    shown(&app, StatusCode::OK, tag).await
}

/// `PATCH /api/v1/tags/{id}`
#[worker::send]
pub async fn update(
    app: App,
    Id(id): Id<TagId>,
    IfMatch(seen): IfMatch,
    Patch(request): Patch<UpdateTag>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let change = Change {
        name: request.name.map(|name| fields.read("/name", text::name(&name))),
        color: request.color.map(|color| fields.read("/color", fields::color(&color))),
        description: request.description.map(|description| {
            description.and_then(|text| fields.read("/description", fields::description(&text)))
        }),
        archived: request.archived,
    };
    fields.check()?;
    let changed = app.store().tags().change(id, seen, change).await?;
    shown(&app, StatusCode::OK, changed.after).await
}

/// `DELETE /api/v1/tags/{id}`
#[worker::send]
pub async fn delete(app: App, Id(id): Id<TagId>, IfMatch(seen): IfMatch) -> Result<StatusCode, AppError> {
    app.store().tags().delete(id, seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The tag with its count and its `ETag`.
async fn shown(app: &App, status: StatusCode, tag: TagDocument) -> Result<Response, AppError> {
    let counts = app.store().tags().counts(&[tag.id]).await?;
    let count = counts.get(&tag.id).copied().unwrap_or(0);
    let tag = tag.shown(count);
    Ok((status, [(header::ETAG, etag(tag.version)?)], Json(tag)).into_response())
}

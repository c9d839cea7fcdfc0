//! Tags: the team's own words for what conversations are about.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use voxora_domain::access::Principal;
use voxora_domain::id::TagId;
use voxora_domain::jobs::{self, Job};
use voxora_domain::wire::{Conversation, CreateTag, List, MergeTag, Tag, TagName, UpdateTag};
use voxora_domain::{fields, text};
use voxora_durable_objects::time::now;
use voxora_store::StoreError;
use voxora_store::audit::Author;
use voxora_store::conversations::readable;
use voxora_store::tags::{self, Change, NewTag, TagDocument, Wanted};

use crate::app::App;
use crate::auth::{Caller, Member};
use crate::error::AppError;
use crate::http::conditional::{IdempotencyKey, IfMatch, etag};
use crate::http::json::{Fields, Json, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{BelowConversation, Id, Parameters, limit};

/// Which tags to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// Those that are archived, instead of those that are not.
    archived: Option<bool>,
    /// How many at most; 100 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/tags`
pub async fn list(
    app: App,
    Caller(caller): Caller,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<List<Tag>>, AppError> {
    let limit = limit(query.limit, 100, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    let wanted = Wanted { archived: query.archived.unwrap_or(false), after, limit: limit + 1 };
    let store = app.store();
    let found = store.tags().list(wanted).await?;
    let ids: Vec<TagId> = found.iter().map(|tag| tag.id).collect();
    let counts = store.tags().counts(&ids, &readable(&caller)).await?;
    let show = |tag: TagDocument| {
        let count = counts.get(&tag.id).copied().unwrap_or(0);
        tag.shown(count)
    };
    page(found, limit, |last| (last.folded.clone(), last.id), show).map(Json)
}

/// The folded name of a page's last tag, and which it is.
type CursorKeys = (String, TagId);

/// `POST /api/v1/tags`
pub async fn create(
    app: App,
    Caller(caller): Caller,
    Member(user): Member,
    key: IdempotencyKey,
    Json(request): Json<CreateTag>,
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
    let author = author(&app, &caller, new.id).await?;
    let tag = app.store().tags().create(new, &author).await?;
    shown(&app, &caller, StatusCode::CREATED, tag).await
}

/// `GET /api/v1/tags/{id}`
pub async fn show(app: App, Caller(caller): Caller, Id(id): Id<TagId>) -> Result<Response, AppError> {
    let tag = app.store().tags().by_id(id).await?;
    shown(&app, &caller, StatusCode::OK, tag).await
}

/// `PATCH /api/v1/tags/{id}`
pub async fn update(
    app: App,
    Caller(caller): Caller,
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
    let author = author(&app, &caller, id).await?;
    let tag = app.store().tags().change(id, seen, change, &author).await?;
    shown(&app, &caller, StatusCode::OK, tag).await
}

/// `DELETE /api/v1/tags/{id}`
pub async fn delete(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<TagId>,
    IfMatch(seen): IfMatch,
) -> Result<StatusCode, AppError> {
    let author = author(&app, &caller, id).await?;
    app.store().tags().delete(id, seen, &author).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/tags/{id}/merge`: at once as far as lists and counts go, and a job has the conversations follow. Asked
/// again it hands the job over again, which does what is left.
pub async fn merge(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<TagId>,
    IfMatch(seen): IfMatch,
    Json(request): Json<MergeTag>,
) -> Result<Response, AppError> {
    let store = app.store();
    let mut fields = Fields::default();
    let into = match store.tags().usable(request.into).await {
        Ok(_) if request.into == id => Err("is the tag itself"),
        Ok(_) => Ok(()),
        Err(StoreError::NotFound(_)) => Err("names no tag"),
        Err(StoreError::Archived) => Err("names a tag that is archived"),
        Err(error) => return Err(error.into()),
    };
    fields.read("/into", into);
    fields.check()?;
    let author = author(&app, &caller, id).await?;
    let job = Job::MergeTag(jobs::MergeTag { tag: id, by: caller.actor(), at: now() });
    app.jobs().enqueue(job, &format!("{id}-{}", app.request_id())).await?;
    let tag = store.tags().merge(id, request.into, seen, &author).await?;
    // Whoever has the one as a skill has the other from now on.
    app.team_changed();
    shown(&app, &caller, StatusCode::ACCEPTED, tag).await
}

/// `PUT /api/v1/conversations/{id}/tags/{tag}`
pub async fn put_on(
    app: App,
    Caller(caller): Caller,
    BelowConversation(conversation, id): BelowConversation<TagId>,
) -> Result<Json<Conversation>, AppError> {
    let tag = app.store().tags().usable(id).await?;
    let tag = TagName { id, name: tag.name };
    Ok(Json(app.rooms().tag(conversation, &caller, tag, true).await?))
}

/// `DELETE /api/v1/conversations/{id}/tags/{tag}`: also of a tag that is archived, or gone.
pub async fn take_off(
    app: App,
    Caller(caller): Caller,
    BelowConversation(conversation, id): BelowConversation<TagId>,
) -> Result<StatusCode, AppError> {
    let name = match app.store().tags().by_id(id).await {
        Ok(tag) => tag.name,
        Err(StoreError::NotFound(_)) => String::new(),
        Err(error) => return Err(error.into()),
    };
    app.rooms().tag(conversation, &caller, TagName { id, name }, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is about to change this tag.
async fn author(app: &App, caller: &Principal, id: TagId) -> Result<Author, AppError> {
    app.author(caller, &tags::COLLECTION, id.to_string()).await
}

/// The tag with its count and its `ETag`.
async fn shown(
    app: &App,
    caller: &Principal,
    status: StatusCode,
    tag: TagDocument,
) -> Result<Response, AppError> {
    let counts = app.store().tags().counts(&[tag.id], &readable(caller)).await?;
    let count = counts.get(&tag.id).copied().unwrap_or(0);
    let tag = tag.shown(count);
    Ok((status, [(header::ETAG, etag(tag.version)?)], Json(tag)).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let (id, tag_id) = ("The conversation's id.", "The tag's id.");
    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    let about = "The team's own words for what conversations are about. Visitors never learn of any.";
    Resource::new("Tags", about)
        .route(
            Operation::new("tags.list", "List tags")
                .about("By name; those that are not archived, unless asked otherwise.")
                .query::<ListQuery>(json!({ "limit": 100 }))
                .gives::<List<Tag>>(200, "A page of the list.", json!({ "items": [example::tag()] })),
        )
        .route(
            Operation::new("tags.create", "Make a tag")
                .about("Takes `Idempotency-Key`: a repeat by the same admin makes nothing again.")
                .takes::<CreateTag>(json!({ "name": "Late delivery", "color": "#1f6feb" }))
                .gives::<Tag>(201, "The tag.", example::tag())
                .with_headers(versioned)
                .refuses(&[DuplicateKey, ClientIdReused]),
        )
        .route(
            Operation::new("tags.show", "Show a tag")
                .place("id", tag_id, example::TAG)
                .gives::<Tag>(200, "The tag.", example::tag())
                .with_headers(versioned)
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("tags.update", "Change a tag")
                .about("What the body does not name stays as it is. Takes `If-Match`.")
                .place("id", tag_id, example::TAG)
                .takes::<UpdateTag>(json!({ "color": "#1f6feb" }))
                .gives::<Tag>(200, "The tag.", example::tag())
                .with_headers(versioned)
                .refuses(&[NotFound, NothingToChange, DuplicateKey, Archived, PreconditionFailed]),
        )
        .route(
            Operation::new("tags.delete", "Delete a tag that no conversation has")
                .about("Takes `If-Match`. One that is in use is archived or merged instead.")
                .place("id", tag_id, example::SPARE_TAG)
                .gives_nothing(204, "It is gone, or was.")
                .refuses(&[InUse, PreconditionFailed]),
        )
        .route(
            Operation::new("tags.merge", "Merge a tag into another")
                .about(
                    "At once as far as lists and counts go: what has the one counts as having the other. A job has the conversations \
                     follow. Takes `If-Match`; may be repeated.",
                )
                .place("id", tag_id, example::MERGED_TAG)
                .takes::<MergeTag>(json!({ "into": example::TAG }))
                .gives::<Tag>(202, "The tag, archived.", example::merged_tag())
                .with_headers(versioned)
                .refuses(&[NotFound, Archived, PreconditionFailed]),
        )
        .route(
            Operation::new("tags.put_on", "Put a tag on a conversation")
                .place("id", id, example::CONVERSATION)
                .place("tag", tag_id, example::TAG)
                .gives::<Conversation>(200, "The conversation.", example::tagged_conversation())
                .refuses(&[NotFound, Archived, TooManyTags, HistoryLost]),
        )
        .route(
            Operation::new("tags.take_off", "Take a tag off a conversation")
                .place("id", id, example::CONVERSATION)
                .place("tag", tag_id, example::TAG)
                .gives_nothing(204, "The conversation does not have it.")
                .refuses(&[NotFound, HistoryLost]),
        )
}

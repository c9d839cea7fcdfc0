//! Roles: what members of the team may do. Two are built in, others the team makes of permissions.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use voxora_domain::access::{Permission, Permissions, Principal, Reach, Subject};
use voxora_domain::id::RoleId;
use voxora_domain::jobs::{EndRole, Job};
use voxora_domain::wire::{
    CreateRole, FieldError, List, PreviewRole, Role, RolePreset, RolePreview, TeamRole, UpdateRole,
};
use voxora_domain::{fields, text};
use voxora_durable_objects::time::now;
use voxora_store::audit::Author;
use voxora_store::conversations::readable;
use voxora_store::roles::{self, Change, NewRole, RoleDocument, Wanted, with_own_account};

use crate::app::App;
use crate::auth::{Caller, Member};
use crate::error::AppError;
use crate::http::conditional::{IdempotencyKey, IfMatch, etag};
use crate::http::json::{Fields, Json, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Named, Parameters, limit};

/// Which roles to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// How many at most, beside those that are built in; 100 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/roles`
pub async fn list(
    app: App,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<List<TeamRole>>, AppError> {
    let limit = limit(query.limit, 100, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<String>).transpose()?;
    let mut items = Vec::new();
    if after.is_none() {
        for role in [Role::Admin, Role::Agent] {
            items.push(built_in(&app, role).await?);
        }
    }
    let found = app.store().roles().list(Wanted { after, limit: limit + 1 }).await?;
    let page = page(found, limit, |last| last.folded.clone(), |role| role)?;
    for role in page.items {
        let people = app.store().roles().people(Role::Custom(role.id)).await?;
        items.push(role.shown(people));
    }
    Ok(Json(List { items, next_cursor: page.next_cursor }))
}

/// `GET /api/v1/roles/presets`
pub async fn presets() -> Json<List<RolePreset>> {
    let agent = Permissions::of(Some(Role::Agent));
    let seeing_all: Permissions = agent.iter().map(|(permission, _)| (permission, Reach::All)).collect();
    let reader = [
        Permission::ReadConversations,
        Permission::ReadNotes,
        Permission::FollowInbox,
        Permission::ReadDepartments,
        Permission::ReadTags,
    ];
    let presets = [
        ("supervisor", seeing_all.with(Permission::ReadPeople, Reach::All)),
        ("own_only", agent.within(Reach::Own)),
        ("reader", reader.into_iter().collect()),
        (
            "queue_manager",
            agent
                .with(Permission::ReadConversations, Reach::All)
                .with(Permission::UpdateConversations, Reach::All)
                .with(Permission::TagConversations, Reach::All),
        ),
    ];
    let preset = |(key, permissions): (&str, Permissions)| RolePreset {
        key: key.to_owned(),
        permissions: with_own_account(permissions),
    };
    Json(List { items: presets.map(preset).into(), next_cursor: None })
}

/// `POST /api/v1/roles/preview`
pub async fn preview(
    app: App,
    Caller(caller): Caller,
    Json(request): Json<PreviewRole>,
) -> Result<Json<RolePreview>, AppError> {
    let permissions = with_own_account(permissions_of(&request.permissions)?);
    let mut somebody = Principal { permissions, ..Principal::nobody() };
    somebody.subject = Subject::User {
        id: voxora_domain::id::UserId::new(uuid::Uuid::nil()),
        role: Role::Agent,
        name: String::new(),
        departments: request.departments,
    };
    let store = app.store();
    let conversations = store.conversations();
    let seen = conversations.count(readable(&somebody).and(readable(&caller))).await?;
    let of = conversations.count(readable(&caller)).await?;
    Ok(Json(RolePreview { permissions, conversations: seen, of }))
}

/// `POST /api/v1/roles`
pub async fn create(
    app: App,
    Caller(caller): Caller,
    Member(user): Member,
    key: IdempotencyKey,
    Json(request): Json<CreateRole>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let new = NewRole {
        id: RoleId::new(key.id("role", user.uuid())),
        name: fields.read("/name", text::name(&request.name)),
        description: request
            .description
            .as_deref()
            .and_then(|text| fields.read("/description", fields::description(text))),
        permissions: fields.read_all("/permissions", read_permissions(&request.permissions)),
        request: key.digest(&request)?,
    };
    fields.check()?;
    let author = author(&app, &caller, new.id).await?;
    let role = app.store().roles().create(new, caller.permissions, &author).await?;
    shown(&app, StatusCode::CREATED, role).await
}

/// `GET /api/v1/roles/{id}`
pub async fn show(app: App, Named(name): Named) -> Result<Response, AppError> {
    match name.parse::<Role>() {
        Ok(Role::Custom(id)) => {
            let role = app.store().roles().by_id(id).await?;
            shown(&app, StatusCode::OK, role).await
        }
        Ok(role) => answer(StatusCode::OK, built_in(&app, role).await?),
        Err(_) => Err(AppError::not_found("role")),
    }
}

/// `PATCH /api/v1/roles/{id}`: a job has its people fetch fresh tokens.
pub async fn update(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<RoleId>,
    IfMatch(seen): IfMatch,
    Patch(request): Patch<UpdateRole>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let change = Change {
        name: request.name.map(|name| fields.read("/name", text::name(&name))),
        description: request.description.map(|description| {
            description.and_then(|text| fields.read("/description", fields::description(&text)))
        }),
        permissions: request
            .permissions
            .map(|names| fields.read_all("/permissions", read_permissions(&names))),
    };
    fields.check()?;
    let author = author(&app, &caller, id).await?;
    if change.permissions.is_some() {
        let job = Job::EndRole(EndRole { role: Role::Custom(id), at: now() });
        app.jobs().enqueue(job, &format!("{id}-{}", app.request_id())).await?;
    }
    let role = app.store().roles().change(id, seen, change, caller.permissions, &author).await?;
    shown(&app, StatusCode::OK, role).await
}

/// `DELETE /api/v1/roles/{id}`
pub async fn delete(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<RoleId>,
    IfMatch(seen): IfMatch,
) -> Result<StatusCode, AppError> {
    let author = author(&app, &caller, id).await?;
    app.store().roles().delete(id, seen, caller.permissions, &author).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The permissions of these names, or each that does not fit, by its place.
fn read_permissions(names: &[String]) -> Result<Permissions, Vec<FieldError>> {
    Permissions::read(names).map_err(|(place, detail)| {
        vec![FieldError { pointer: format!("/{place}"), detail: detail.to_owned() }]
    })
}

fn permissions_of(names: &[String]) -> Result<Permissions, AppError> {
    let mut fields = Fields::default();
    let permissions = fields.read_all("/permissions", read_permissions(names));
    fields.check()?;
    Ok(permissions)
}

/// Who is about to change this role.
async fn author(app: &App, caller: &Principal, id: RoleId) -> Result<Author, AppError> {
    app.author(caller, &roles::COLLECTION, id.to_string()).await
}

/// A role that is built in.
async fn built_in(app: &App, role: Role) -> Result<TeamRole, AppError> {
    let name = if role == Role::Admin { "Admin" } else { "Agent" };
    Ok(TeamRole {
        id: role,
        name: name.to_owned(),
        description: None,
        built_in: true,
        permissions: app.store().roles().permissions(role).await?.unwrap_or_default(),
        people: app.store().roles().people(role).await?,
        version: 1,
        created_at: None,
        updated_at: None,
    })
}

/// The role with its count and its `ETag`.
async fn shown(app: &App, status: StatusCode, role: RoleDocument) -> Result<Response, AppError> {
    let people = app.store().roles().people(Role::Custom(role.id)).await?;
    answer(status, role.shown(people))
}

fn answer(status: StatusCode, role: TeamRole) -> Result<Response, AppError> {
    Ok((status, [(header::ETAG, etag(role.version)?)], Json(role)).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let id = "The role's id.";
    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    let about = "What members of the team may do: `admin` and `agent` are built in, others the team makes of permissions. Nobody gives a \
                 role what they may not do themselves, nor takes it from one.";
    Resource::new("Roles", about)
        .route(
            Operation::new("roles.list", "List roles")
                .about("Those that are built in, then the team's own by name.")
                .query::<ListQuery>(json!({ "limit": 100 }))
                .gives::<List<TeamRole>>(200, "A page of the list.", json!({ "items": [example::built_in_role()] })),
        )
        .route(
            Operation::new("roles.presets", "List roles to begin with")
                .about("What a team may make a role of; nobody has one of these.")
                .gives::<List<RolePreset>>(
                    200,
                    "All of them.",
                    json!({ "items": [{ "key": "reader", "permissions": ["read_conversations", "read_tags"] }] }),
                ),
        )
        .route(
            Operation::new("roles.preview", "See what a role sees")
                .about("What somebody with these permissions, in these departments, would see. Nothing is kept.")
                .takes::<PreviewRole>(json!({ "permissions": ["read_conversations:departments"] }))
                .gives::<RolePreview>(
                    200,
                    "What they would see.",
                    json!({
                        "permissions": ["read_conversations:departments", "read_own_account", "update_own_account"],
                        "conversations": 1, "of": 1,
                    }),
                ),
        )
        .route(
            Operation::new("roles.create", "Make a role")
                .about("Takes `Idempotency-Key`: a repeat by the same person makes nothing again.")
                .takes::<CreateRole>(json!({
                    "name": "Trainee", "permissions": ["read_conversations:own", "write_messages:own", "follow_inbox"],
                }))
                .gives::<TeamRole>(201, "The role.", example::trainee())
                .with_headers(versioned)
                .refuses(&[DuplicateKey, ClientIdReused]),
        )
        .route(
            Operation::new("roles.show", "Show a role")
                .place("id", "The role's id; `admin` and `agent` are built in.", example::ROLE)
                .gives::<TeamRole>(200, "The role.", example::role())
                .with_headers(versioned)
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("roles.update", "Change a role")
                .about(
                    "What the body does not name stays as it is. Takes `If-Match`. Where it permits something else from here on, a job ends \
                     the tokens of its people, who fetch fresh ones.",
                )
                .place("id", id, example::ROLE)
                .takes::<UpdateRole>(json!({ "description": null }))
                .gives::<TeamRole>(200, "The role.", example::role())
                .with_headers(versioned)
                .refuses(&[NotFound, NothingToChange, DuplicateKey, PreconditionFailed]),
        )
        .route(
            Operation::new("roles.delete", "Delete a role that nobody has")
                .about("Takes `If-Match`. One that is in use is not deleted.")
                .place("id", id, example::SPARE_ROLE)
                .gives_nothing(204, "It is gone, or was.")
                .refuses(&[InUse, PreconditionFailed]),
        )
}

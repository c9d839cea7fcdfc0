//! The members of the team. Nobody changes whoever may do more than they do, or makes anybody that.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header};
use serde::Deserialize;
use voxora_domain::access::Principal;
use voxora_domain::id::{DepartmentId, TagId, UserId};
use voxora_domain::jobs::{Job, Leave};
use voxora_domain::limits::SKILLS_PER_USER;
use voxora_domain::sessions::Scope;
use voxora_domain::wire::{List, NameOfDeleted, OneTimeLink, Role, UpdateUser, User, UserStatus};
use voxora_domain::{fields, hours, text};
use voxora_durable_objects::time::now;
use voxora_store::StoreError;
use voxora_store::one_time::Purpose;
use voxora_store::users::{self, Change, Seen, Wanted};

use crate::app::App;
use crate::auth::Caller;
use crate::auth::grants::{givable, grantable, require_covered};
use crate::error::AppError;
use crate::http::conditional::{IfMatch, etag};
use crate::http::json::{Fields, Json, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Parameters, limit};

/// The longest search, in characters: as long as a name or an address may be.
const SEARCH: usize = 254;
/// What visitors and colleagues read in the place of a name that is to be forgotten.
const SOMEBODY: &str = "Team member";

/// Which people to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// Those in whose name or address this is, whatever the case of its letters.
    #[cfg_attr(test, schemars(length(max = 254)))]
    search: Option<String>,
    /// Those who can sign in, or those who cannot.
    status: Option<UserStatus>,
    /// Those of this role.
    role: Option<Role>,
    /// Those in this department.
    department: Option<DepartmentId>,
    /// How many at most; 50 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/users`
pub async fn list(app: App, Parameters(query): Parameters<ListQuery>) -> Result<Json<List<User>>, AppError> {
    let limit = limit(query.limit, 50, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    if query.search.as_ref().is_some_and(|text| text.chars().count() > SEARCH) {
        return Err(AppError::invalid_request(format!("`search` must have at most {SEARCH} characters.")));
    }
    let ListQuery { search, status, role, department, .. } = query;
    let wanted = Wanted { search, status, role, department, after, limit: limit + 1 };
    let found = app.store().users().list(wanted).await?;
    page(found, limit, |last| (last.folded.clone(), last.id), User::from).map(Json)
}

/// The folded name of a page's last user, and who it is.
type CursorKeys = (String, UserId);

/// `GET /api/v1/users/{id}`
pub async fn show(app: App, Id(id): Id<UserId>) -> Result<Response, AppError> {
    let user = app.store().users().by_id(id).await?.ok_or_else(nobody)?;
    shown(user)
}

/// `PATCH /api/v1/users/{id}`
pub async fn update(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<UserId>,
    IfMatch(version): IfMatch,
    Patch(request): Patch<UpdateUser>,
) -> Result<Response, AppError> {
    let user = changeable(&app, &caller, id).await?;
    let mut fields = Fields::default();
    let departments = match request.departments {
        None => None,
        Some(wanted) => Some(givable(&app, &caller, wanted, &user.departments).await?),
    };
    let skills = match request.skills {
        None => None,
        Some(wanted) => Some(fields.read("/skills", skills(&app, wanted, &user.skills).await?)),
    };
    let change = Change {
        name: request.name.map(|name| fields.read("/name", text::name(&name))),
        role: request.role,
        departments: departments.map(|departments| fields.read("/departments", departments)),
        capacity: request.capacity.map(|capacity| fields.read("/capacity", fields::capacity(capacity))),
        skills,
        working_hours: request
            .working_hours
            .map(|hours| hours.map(|hours| fields.read_all("/workingHours", hours::read(&hours)))),
        language: request
            .language
            .map(|language| language.map(|language| fields.read("/language", fields::language(&language)))),
        time_zone: request
            .time_zone
            .map(|zone| zone.map(|zone| fields.read("/timeZone", fields::time_zone(&zone)))),
        notifications: None,
    };
    if let Some(role) = request.role {
        fields.read("/role", grantable(&app, &caller, role).await?);
    }
    fields.check()?;
    let author = app.author_of_user(&caller, id).await?;
    let seen = Seen { version, role: Some(user.role) };
    let user = app.store().users().change(id, seen, change, &author).await?;
    app.team_changed();
    shown(app.settled(user).await?)
}

/// `POST /api/v1/users/{id}/deactivate`
pub async fn deactivate(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<UserId>,
    IfMatch(version): IfMatch,
) -> Result<Response, AppError> {
    let user = changeable(&app, &caller, id).await?;
    let author = app.author_of_user(&caller, id).await?;
    leave(&app, &caller, id, NameOfDeleted::Keep).await?;
    let seen = Seen { version, role: Some(user.role) };
    let user = app.store().users().deactivate(id, seen, &author).await?;
    app.team_changed();
    shown(app.settled(user).await?)
}

/// `POST /api/v1/users/{id}/reactivate`
pub async fn reactivate(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<UserId>,
    IfMatch(version): IfMatch,
) -> Result<Response, AppError> {
    let user = changeable(&app, &caller, id).await?;
    let author = app.author_of_user(&caller, id).await?;
    let seen = Seen { version, role: Some(user.role) };
    let user = app.store().users().reactivate(id, seen, &author).await?;
    app.team_changed();
    shown(app.settled(user).await?)
}

/// `POST /api/v1/users/{id}/password-reset-link`
pub async fn password_reset_link(
    app: App,
    uri: Uri,
    Caller(caller): Caller,
    Id(id): Id<UserId>,
) -> Result<Json<OneTimeLink>, AppError> {
    let user = changeable(&app, &caller, id).await?;
    let author = app.author(&caller, &users::COLLECTION, id.to_string()).await?;
    let (token, until) = app.store().accounts().hand_reset(id, user.role, &author).await?;
    let link = app.link(&uri, token, Purpose::PasswordReset)?;
    Ok(Json(OneTimeLink { link, expires_at: until.0 }))
}

/// What becomes of their name.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteQuery {
    /// What becomes of their name in the conversations they had: `keep`, unless it says otherwise.
    name: Option<NameOfDeleted>,
}

/// `DELETE /api/v1/users/{id}`
pub async fn delete(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<UserId>,
    Parameters(DeleteQuery { name }): Parameters<DeleteQuery>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode, AppError> {
    let store = app.store();
    let Some(user) = store.users().by_id(id).await? else { return Ok(StatusCode::NO_CONTENT) };
    require_covered(&app, &caller, user.role).await?;
    let author = app.author_of_user(&caller, id).await?;
    leave(&app, &caller, id, name.unwrap_or(NameOfDeleted::Keep)).await?;
    store.invitations().close_of(id, &author).await?;
    let seen = Seen { version, role: Some(user.role) };
    store.users().delete(id, seen, &author).await?;
    app.team_changed();
    app.sessions().end_all_of(id, Scope::All).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user whom this caller may change.
async fn changeable(app: &App, caller: &Principal, id: UserId) -> Result<User, AppError> {
    let user = app.store().users().by_id(id).await?.ok_or_else(nobody)?;
    require_covered(app, caller, user.role).await?;
    Ok(user)
}

/// What somebody is to know about who knows about some already. Nobody gets a tag that is archived, or is not there.
async fn skills(
    app: &App,
    wanted: Vec<TagId>,
    present: &[TagId],
) -> Result<Result<Vec<TagId>, String>, AppError> {
    let mut added = Vec::new();
    for (place, skill) in wanted.iter().enumerate() {
        if wanted.iter().take(place).any(|other| other == skill) {
            return Ok(Err("must be tags, each once".to_owned()));
        }
        if !present.contains(skill) {
            added.push(*skill);
        }
    }
    if wanted.len() > SKILLS_PER_USER {
        return Ok(Err(format!("must be at most {SKILLS_PER_USER}")));
    }
    if app.store().tags().are_usable(&added).await? {
        return Ok(Ok(wanted));
    }
    Ok(Err("must be tags that there are, and that are not archived".to_owned()))
}

/// Hands over, before somebody is deactivated or deleted, that their open conversations go back to the queue, and what becomes of
/// their name.
async fn leave(app: &App, caller: &Principal, id: UserId, name: NameOfDeleted) -> Result<(), AppError> {
    let name = match name {
        NameOfDeleted::Keep => None,
        NameOfDeleted::Anonymise => Some(SOMEBODY.to_owned()),
    };
    let job = Job::Leave(Leave { user: id, by: caller.actor(), name, at: now() });
    app.jobs().enqueue(job, &format!("{id}-{}", app.request_id())).await
}

fn nobody() -> AppError {
    StoreError::NotFound("user").into()
}

/// The user with their `ETag`.
fn shown(user: User) -> Result<Response, AppError> {
    Ok(([(header::ETAG, etag(user.version)?)], Json(user)).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let id = "The user's id.";
    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    let about = "The members of the team. Somebody joins by an invitation. Nobody changes whoever may do more than they do, or makes \
                 anybody that. There is always an admin who can sign in: what would take the last one away is refused with `last_admin`, also \
                 when two do it at once.\n\n\
                 A change of name, role or departments ends their access tokens at once: clients fetch a fresh one.";
    Resource::new("People", about)
        .route(
            Operation::new("users.list", "List people")
                .about("By name.")
                .query::<ListQuery>(json!({ "search": "ada", "status": "active", "limit": 50 }))
                .gives::<List<User>>(200, "A page of the list.", json!({ "items": [example::user()] })),
        )
        .route(
            Operation::new("users.show", "Show somebody")
                .place("id", id, example::USER)
                .gives::<User>(200, "The user.", example::user())
                .with_headers(versioned)
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("users.update", "Change somebody")
                .about("What the body does not name stays as it is. Takes `If-Match`.")
                .place("id", id, example::COLLEAGUE)
                .takes::<UpdateUser>(json!({ "role": "agent", "capacity": 5 }))
                .gives::<User>(200, "The user.", example::colleague())
                .with_headers(versioned)
                .refuses(&[NotFound, NothingToChange, LastAdmin, PreconditionFailed]),
        )
        .route(
            Operation::new("users.deactivate", "Take somebody's way in away")
                .about(
                    "At once: their requests are refused, their sockets closed (4401), their sessions over for good, and their open \
                     conversations go back to the queue. What they wrote stays. Takes `If-Match`; may be repeated.",
                )
                .place("id", id, example::COLLEAGUE)
                .gives::<User>(200, "The user.", example::colleague())
                .with_headers(versioned)
                .refuses(&[NotFound, LastAdmin, PreconditionFailed]),
        )
        .route(
            Operation::new("users.reactivate", "Give somebody their way in back")
                .about("They sign in anew, with the password they had. Takes `If-Match`; may be repeated.")
                .place("id", id, example::COLLEAGUE)
                .gives::<User>(200, "The user.", example::colleague())
                .with_headers(versioned)
                .refuses(&[NotFound, PreconditionFailed]),
        )
        .route(
            Operation::new("users.password_reset_link", "Make a link for a forgotten password")
                .about(
                    "For somebody who cannot get in, to be handed to them: where no mail is set up, or none arrives. It is good for half an \
                     hour, once; links that were made before are worth nothing from now on. Who made it is in the audit log.",
                )
                .place("id", id, example::COLLEAGUE)
                .gives::<OneTimeLink>(
                    200,
                    "The link.",
                    json!({ "link": example::RESET_LINK, "expiresAt": example::user()["updatedAt"] }),
                )
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("users.delete", "Delete somebody")
                .about(
                    "At once, as deactivation. Their conversations stay, and so does their name in them, unless the query says \
                     `name=anonymise`: then a job puts another in its place. Takes `If-Match`.",
                )
                .place("id", id, example::FORMER_COLLEAGUE)
                .query::<DeleteQuery>(json!({ "name": "keep" }))
                .gives_nothing(204, "They are gone, or were.")
                .refuses(&[LastAdmin, PreconditionFailed]),
        )
}

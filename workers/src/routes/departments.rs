//! Departments: who of the team answers which conversations, and when.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use voxora_domain::access::Principal;
use voxora_domain::id::DepartmentId;
use voxora_domain::wire::{CreateDepartment, Department, List, UpdateDepartment};
use voxora_domain::{fields, hours, text};
use voxora_store::audit::Author;
use voxora_store::conversations::readable;
use voxora_store::departments::{self, Change, DepartmentDocument, NewDepartment, Wanted};

use crate::app::App;
use crate::auth::{Caller, Member};
use crate::error::AppError;
use crate::http::conditional::{IdempotencyKey, IfMatch, etag};
use crate::http::json::{Fields, Json, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Parameters, limit};
use crate::policies::read_policy;

/// Which departments to list.
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

/// `GET /api/v1/departments`
pub async fn list(
    app: App,
    Caller(caller): Caller,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<List<Department>>, AppError> {
    let limit = limit(query.limit, 100, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    let wanted = Wanted { archived: query.archived.unwrap_or(false), after, limit: limit + 1 };
    let store = app.store();
    let found = store.departments().list(wanted).await?;
    let ids: Vec<DepartmentId> = found.iter().map(|department| department.id).collect();
    let counts = store.departments().counts(&ids, &readable(&caller)).await?;
    let show = |department: DepartmentDocument| {
        let counts = counts.get(&department.id).copied().unwrap_or_default();
        department.shown(counts)
    };
    page(found, limit, |last| (last.folded.clone(), last.id), show).map(Json)
}

/// The folded name of a page's last department, and which it is.
type CursorKeys = (String, DepartmentId);

/// `POST /api/v1/departments`
pub async fn create(
    app: App,
    Caller(caller): Caller,
    Member(user): Member,
    key: IdempotencyKey,
    Json(request): Json<CreateDepartment>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let id = DepartmentId::new(key.id("department", user.uuid()));
    let policy = match &request.policy {
        Some(policy) => Some(fields.read_all("/policy", read_policy(&app, policy, Some(id)).await?)),
        None => None,
    };
    let new = NewDepartment {
        id,
        name: fields.read("/name", text::name(&request.name)),
        color: fields.read("/color", fields::color(&request.color)),
        description: request
            .description
            .as_deref()
            .and_then(|text| fields.read("/description", fields::description(text))),
        hours: request.hours.as_ref().map(|hours| fields.read_all("/hours", hours::read(hours))),
        policy,
        request: key.digest(&request)?,
    };
    fields.check()?;
    let author = author(&app, &caller, new.id).await?;
    let department = app.store().departments().create(new, &author).await?;
    app.team_changed();
    shown(&app, &caller, StatusCode::CREATED, department).await
}

/// `GET /api/v1/departments/{id}`
pub async fn show(app: App, Caller(caller): Caller, Id(id): Id<DepartmentId>) -> Result<Response, AppError> {
    let department = app.store().departments().by_id(id).await?;
    shown(&app, &caller, StatusCode::OK, department).await
}

/// `PATCH /api/v1/departments/{id}`
pub async fn update(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<DepartmentId>,
    IfMatch(seen): IfMatch,
    Patch(request): Patch<UpdateDepartment>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let policy = match &request.policy {
        Some(Some(policy)) => {
            Some(Some(fields.read_all("/policy", read_policy(&app, policy, Some(id)).await?)))
        }
        Some(None) => Some(None),
        None => None,
    };
    let change = Change {
        name: request.name.map(|name| fields.read("/name", text::name(&name))),
        color: request.color.map(|color| fields.read("/color", fields::color(&color))),
        description: request.description.map(|description| {
            description.and_then(|text| fields.read("/description", fields::description(&text)))
        }),
        hours: request.hours.map(|hours| hours.map(|hours| fields.read_all("/hours", hours::read(&hours)))),
        policy,
        archived: request.archived,
    };
    fields.check()?;
    let author = author(&app, &caller, id).await?;
    let department = app.store().departments().change(id, seen, change, &author).await?;
    app.team_changed();
    shown(&app, &caller, StatusCode::OK, department).await
}

/// `DELETE /api/v1/departments/{id}`
pub async fn delete(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<DepartmentId>,
    IfMatch(seen): IfMatch,
) -> Result<StatusCode, AppError> {
    let author = author(&app, &caller, id).await?;
    app.store().departments().delete(id, seen, &author).await?;
    app.team_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Who is about to change this department.
async fn author(app: &App, caller: &Principal, id: DepartmentId) -> Result<Author, AppError> {
    app.author(caller, &departments::COLLECTION, id.to_string()).await
}

/// The department with its counts and its `ETag`.
async fn shown(
    app: &App,
    caller: &Principal,
    status: StatusCode,
    department: DepartmentDocument,
) -> Result<Response, AppError> {
    let counts = app.store().departments().counts(&[department.id], &readable(caller)).await?;
    let counts = counts.get(&department.id).copied().unwrap_or_default();
    let department = department.shown(counts);
    Ok((status, [(header::ETAG, etag(department.version)?)], Json(department)).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let id = "The department's id.";
    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    let about = "Who of the team answers which conversations, and when. Who is in one, people's own documents say. Visitors never \
                 learn of any.";
    Resource::new("Departments", about)
        .route(
            Operation::new("departments.list", "List departments")
                .about("By name; those that are not archived, unless asked otherwise.")
                .query::<ListQuery>(json!({ "limit": 100 }))
                .gives::<List<Department>>(
                    200,
                    "A page of the list.",
                    json!({ "items": [example::department()] }),
                ),
        )
        .route(
            Operation::new("departments.create", "Make a department")
                .about("Takes `Idempotency-Key`: a repeat by the same admin makes nothing again.")
                .takes::<CreateDepartment>(json!({
                    "name": "Parcels", "color": "#8250df", "hours": example::hours(), "policy": example::policy(),
                }))
                .gives::<Department>(201, "The department.", example::department_with_hours())
                .with_headers(versioned)
                .refuses(&[DuplicateKey, ClientIdReused]),
        )
        .route(
            Operation::new("departments.show", "Show a department")
                .place("id", id, example::DEPARTMENT)
                .gives::<Department>(200, "The department.", example::department())
                .with_headers(versioned)
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("departments.update", "Change a department")
                .about("What the body does not name stays as it is; `hours` and `policy` are changed as a whole. Takes `If-Match`.")
                .place("id", id, example::DEPARTMENT)
                .takes::<UpdateDepartment>(json!({ "color": "#8250df" }))
                .gives::<Department>(200, "The department.", example::department())
                .with_headers(versioned)
                .refuses(&[NotFound, NothingToChange, DuplicateKey, PreconditionFailed]),
        )
        .route(
            Operation::new("departments.delete", "Delete a department that nothing is in")
                .about("Takes `If-Match`. One with conversations or people in it is archived instead.")
                .place("id", id, example::SPARE_DEPARTMENT)
                .gives_nothing(204, "It is gone, or was.")
                .refuses(&[InUse, PreconditionFailed]),
        )
}

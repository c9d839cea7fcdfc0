//! The settings of the deployment.

use axum::response::{IntoResponse, Response};
use http::header;
use voxora_domain::jobs::{EndRole, Job};
use voxora_domain::wire::{Role, Settings, UpdateSettings};
use voxora_domain::{fields, text};
use voxora_durable_objects::time::now;
use voxora_store::settings::{self, Change, SettingsDocument, mail_from, session_days};

use crate::app::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::conditional::{IfMatch, etag};
use crate::http::json::{Fields, Json, Patch};
use crate::policies::read_policy;

/// `GET /api/v1/settings`: as they are, not as the cache has them, because a change is made of what is shown here.
pub async fn show(app: App) -> Result<Response, AppError> {
    shown(app.store().settings().read().await?)
}

/// `PATCH /api/v1/settings`
pub async fn update(
    app: App,
    Caller(caller): Caller,
    IfMatch(seen): IfMatch,
    Patch(request): Patch<UpdateSettings>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let policy = match &request.policy {
        Some(policy) => Some(fields.read_all("/policy", read_policy(&app, policy, None).await?)),
        None => None,
    };
    let change = Change {
        name: request.name.map(|name| fields.read("/name", text::name(&name))),
        language: request.language,
        time_zone: request.time_zone.map(|zone| fields.read("/timeZone", fields::time_zone(&zone))),
        mail_from: request
            .mail_from
            .map(|address| address.map(|address| fields.read("/mailFrom", mail_from(&address)))),
        session_days: request.session_days.map(|days| fields.read("/sessionDays", session_days(days))),
        agents_see: request.agents_see,
        policy,
    };
    fields.check()?;
    let author = app.author(&caller, &settings::COLLECTION, settings::ID.to_owned()).await?;
    if change.agents_see.is_some() {
        // Their tokens say what they may open.
        let job = Job::EndRole(EndRole { role: Role::Agent, at: now() });
        app.jobs().enqueue(job, &format!("{}-{}", settings::ID, app.request_id())).await?;
    }
    let cache = app.settings_cache();
    let settings = app.store().settings().change(seen, change, &author, &cache).await?;
    app.team_changed();
    shown(settings)
}

fn shown(settings: SettingsDocument) -> Result<Response, AppError> {
    let settings = Settings::from(settings);
    Ok(([(header::ETAG, etag(settings.version)?)], Json(settings)).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    let about = "What holds for the whole deployment.";
    Resource::new("Settings", about)
        .route(
            Operation::new("settings.show", "Show the settings")
                .gives::<Settings>(200, "The settings.", example::settings())
                .with_headers(versioned),
        )
        .route(
            Operation::new("settings.update", "Change the settings")
                .about(
                    "What the body does not name stays as it is; `policy` is changed as a whole. Takes `If-Match`. Whoever asks elsewhere is answered by the \
                     new settings within a minute.",
                )
                .takes::<UpdateSettings>(json!({ "name": "Fern & Moss", "timeZone": "Europe/Berlin" }))
                .gives::<Settings>(200, "The settings since.", example::settings())
                .with_headers(versioned)
                .refuses(&[PreconditionFailed]),
        )
}

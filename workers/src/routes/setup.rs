//! The first admin: made once, by whoever holds the deployment's `SETUP_TOKEN`.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};
use voxora_domain::text;
use voxora_domain::wire::{SetupRequest, SetupStatus};
use voxora_store::{email, password};

use crate::app::App;
use crate::auth::{Asking, constant_time_eq, limit, session};
use crate::error::AppError;
use crate::http::json::{Fields, Json};

/// Where the cache remembers that the first admin exists.
const DONE: &str = "setup-done";
/// For how long, in seconds: it becomes untrue when the deployment is given another document store.
const DONE_FOR: u32 = 60 * 60;

/// `GET /api/v1/setup`
pub async fn status(app: App) -> Result<Json<SetupStatus>, AppError> {
    if app.cache().get(DONE).await.is_ok_and(|cached| cached.is_some()) {
        return Ok(Json(SetupStatus { required: false }));
    }
    let done = app.store().users().has_somebody().await?;
    if done {
        remember(&app).await;
    }
    Ok(Json(SetupStatus { required: !done }))
}

/// `POST /api/v1/setup`
pub async fn create(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Asking(client): Asking,
    Json(request): Json<SetupRequest>,
) -> Result<Response, AppError> {
    limit::attempt(&app, &headers, "setup").await?;
    let expected = app.config()?.setup_token.as_deref().ok_or_else(|| {
        AppError::misconfigured(&"SETUP_TOKEN is not set; run `npx wrangler secret put SETUP_TOKEN`")
    })?;
    if !constant_time_eq(request.setup_token.trim(), expected) {
        return Err(AppError::wrong_setup_token());
    }
    let (name, email) = valid(&request)?;

    let store = app.store();
    if store.users().has_somebody().await? {
        return Err(AppError::already_set_up());
    }
    let hash = password::hash(&request.password)?;
    let user = store.users().create_first_admin(email, name, hash).await?;
    remember(&app).await;
    app.team_changed();
    let begun = session::begin(&app, user, client, &uri, None).await?;
    Ok((StatusCode::CREATED, begun).into_response())
}

/// The cache may forget; asking again is all that costs.
async fn remember(app: &App) {
    let _ = app.cache().put(DONE, "1", DONE_FOR).await;
}

/// The name and the e-mail address as they are kept; or everything that is wrong with the request, so that a form can say
/// it all at once.
fn valid(request: &SetupRequest) -> Result<(String, String), AppError> {
    let mut fields = Fields::default();
    let name = fields.read("/name", text::name(&request.name));
    let email = fields.read("/email", email::read(&request.email).map_err(|unfit| unfit.reason));
    fields.read("/password", password::fit(&request.password, &[&request.name, &request.email]));
    fields.check()?;
    Ok((name, email))
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "A new deployment has nobody. Whoever holds its `SETUP_TOKEN` makes the first admin, once.";
    Resource::new("Set-up", about)
        .route(
            Operation::new("setup.show", "Ask whether the first admin is still to be made")
                .gives::<SetupStatus>(200, "Whether set-up is required.", json!({ "required": true })),
        )
        .route(
            Operation::new("setup.create", "Make the first admin")
                .about("Signs the admin in at once: the answer is that of a login.")
                .takes::<SetupRequest>(json!({
                    "setupToken": example::SETUP_TOKEN, "name": "Ada", "email": "ada@example.com",
                    "password": "correct horse battery staple",
                }))
                .gives::<AgentSession>(201, "The first admin, signed in.", example::agent_session())
                .with_headers(&[("set-cookie", "SetCookie")])
                .refuses(&[WrongSetupToken, AlreadySetUp, RateLimited]),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut request = SetupRequest {
            setup_token: String::new(),
            name: " ".to_owned(),
            email: "ada".to_owned(),
            password: "short".to_owned(),
        };
        let refused = valid(&request).unwrap_err().problem("");
        let pointers: Vec<_> = refused.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/email", "/password"]);
        assert!(refused.detail.starts_with("name needs at least one"), "{}", refused.detail);

        request.name = " Ada ".to_owned();
        request.email = " Ada@Example.COM ".to_owned();
        request.password = "sunflower meadow".to_owned();
        assert_eq!(valid(&request).unwrap(), ("Ada".to_owned(), "ada@example.com".to_owned()));
    }
}

//! One's own account: sign-ins and password. Whatever ends a session ends it at once: its access tokens are refused, its
//! sockets closed, and it cannot be refreshed.

use axum::Json;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::id::{SessionId, UserId};
use voxora_domain::sessions::Scope;
use voxora_domain::wire::{ChangePassword, EndedSessions, List, OwnSession, ProblemCode};
use voxora_store::sessions::{SessionDocument, Wanted};
use voxora_store::users::UserDocument;
use voxora_store::{password, users};
use worker::console_error;

use crate::app::App;
use crate::auth::{Caller, Member, guess};
use crate::error::AppError;
use crate::http::json::{self, Fields};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Parameters, limit};

/// Which sessions to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionsQuery {
    /// How many at most; 50 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// When a page's last session was last used, and which it is.
type CursorKeys = (Millis, SessionId);

/// `GET /api/v1/auth/sessions`
#[worker::send]
pub async fn sessions(
    app: App,
    Caller(caller): Caller,
    Member(id): Member,
    Parameters(query): Parameters<SessionsQuery>,
) -> Result<Json<List<OwnSession>>, AppError> {
    let limit = limit(query.limit, 50, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    let user = own(&app, id).await?;
    let store = app.store();
    let wanted = Wanted { after, limit: limit + 1 };
    let found = store.sessions(&app.config()?.keys).list(&user, wanted).await?;
    let keys = |last: &SessionDocument| (last.used_at.0, last.id);
    page(found, limit, keys, |session| session.shown(caller.session)).map(Json)
}

/// `DELETE /api/v1/auth/sessions/{id}`: also of the one that asks, which signs it out.
#[worker::send]
pub async fn end_session(
    app: App,
    Member(user): Member,
    Id(session): Id<SessionId>,
) -> Result<StatusCode, AppError> {
    let store = app.store();
    let sessions = store.sessions(&app.config()?.keys);
    if sessions.has(user, session).await? {
        // The register first: a repeat after a failure still finds the session.
        app.sessions().end(user, session).await?;
        sessions.end(user, session).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/auth/sessions/end-others`
#[worker::send]
pub async fn end_other_sessions(
    app: App,
    Caller(caller): Caller,
    Member(user): Member,
) -> Result<Json<EndedSessions>, AppError> {
    let session = asking(&caller)?;
    let store = app.store();
    let ended = store.sessions(&app.config()?.keys).end_others(user, Some(session)).await?;
    // The register last: what a refresh that was under way has fetched meanwhile is ended, too.
    app.sessions().end_all_of(user, Scope::AllBut(session)).await?;
    Ok(Json(EndedSessions { ended }))
}

/// `POST /api/v1/auth/password`
#[worker::send]
pub async fn change_password(
    app: App,
    headers: HeaderMap,
    Caller(caller): Caller,
    Member(id): Member,
    json::Json(request): json::Json<ChangePassword>,
) -> Result<StatusCode, AppError> {
    let session = asking(&caller)?;
    let user = own(&app, id).await?;
    let mut fields = Fields::default();
    fields.read("/newPassword", password::fit(&request.new_password, &[&user.name, &user.email]));
    if request.new_password == request.current_password {
        fields.read::<()>("/newPassword", Err("is the one you have"));
    }
    fields.check()?;
    let store = app.store();
    let prove = async {
        let proven = store.accounts().prove(id, &request.current_password).await?;
        Ok::<_, AppError>((proven, password::hash(&request.new_password)?))
    };
    let ((proven, hash), _) = guess(&app, &headers, &user.email, prove).await.map_err(not_yours)?;
    let author = app.author(&caller, &users::COLLECTION, id.to_string()).await?;
    // Before: where tokens and sockets cannot be ended, nothing is changed. After: what was fetched in between.
    app.sessions().end_all_of(id, Scope::AllBut(session)).await?;
    store
        .accounts()
        .change_password(&proven, &hash, Some(session), &author)
        .await
        .map_err(|error| not_yours(error.into()))?;
    finish_ending(&app, id, Some(session)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends what is left of a user's sessions after a change that has made them worth nothing: access tokens that were fetched while
/// it was made, and documents that nobody can use any more. The change is made, so that a failure is only logged.
async fn finish_ending(app: &App, user: UserId, but: Option<SessionId>) {
    let finish = async {
        app.sessions().end_all_of(user, but.map_or(Scope::All, Scope::AllBut)).await?;
        app.store().sessions(&app.config()?.keys).end_others(user, but).await?;
        Ok::<_, AppError>(())
    };
    if let Err(error) = finish.await {
        let cause = error.cause().unwrap_or_default();
        console_error!("{}", serde_json::json!({ "level": "error", "step": "end sessions", "cause": cause }));
    }
}

/// The account of whoever asks.
async fn own(app: &App, id: UserId) -> Result<UserDocument, AppError> {
    let user = app.store().users().stored(id).await?;
    user.filter(|user| !user.deleted).ok_or_else(AppError::session_ended)
}

/// The session that asks; every member of the team asks by one.
fn asking(caller: &Principal) -> Result<SessionId, AppError> {
    caller.session.ok_or_else(AppError::session_ended)
}

/// A wrong password here is a field that does not fit. It does not say that whoever asks is not signed in, as 401 would.
fn not_yours(error: AppError) -> AppError {
    if error.code() != ProblemCode::WrongCredentials {
        return error;
    }
    let mut fields = Fields::default();
    fields.read::<()>("/currentPassword", Err("is not your password"));
    fields.check().err().unwrap_or(error)
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let about = "What members of the team do with their own accounts.";
    Resource::new("Account", about)
        .route(
            Operation::new("account.sessions", "List one's own sign-ins")
                .about("Those used last first. A place is known where Cloudflare knows one.")
                .query::<SessionsQuery>(json!({ "limit": 50 }))
                .gives::<List<OwnSession>>(200, "A page of the list.", json!({ "items": [example::own_session()] })),
        )
        .route(
            Operation::new("account.end_session", "End one of one's own sign-ins")
                .about("At once: its access tokens are refused and its sockets closed (4401). Also the one that asks.")
                .place("id", "The session's id.", example::OTHER_SESSION)
                .gives_nothing(204, "It has ended, or was none of one's own."),
        )
        .route(
            Operation::new("account.end_other_sessions", "End all other sign-ins of one's own")
                .about("At once, all but the one that asks.")
                .gives::<EndedSessions>(200, "How many there were.", json!({ "ended": 2 })),
        )
        .route(
            Operation::new("account.change_password", "Change one's own password")
                .about(
                    "A wrong `currentPassword` is 422 `invalid_field`; tries are limited together with log-ins. All other sign-ins end at \
                     once.",
                )
                .takes::<ChangePassword>(json!({
                    "currentPassword": "correct horse battery staple", "newPassword": "sunflower meadow at noon",
                }))
                .gives_nothing(204, "It is changed.")
                .refuses(&[RateLimited]),
        )
}

//! One's own account: profile, sign-ins, password and address. Whatever ends a session ends it at once: its access tokens are
//! refused, its sockets closed, and it cannot be refreshed.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use voxora_domain::access::Principal;
use voxora_domain::id::{SessionId, UserId};
use voxora_domain::jobs::{Address, Template};
use voxora_domain::sessions::Scope;
use voxora_domain::wire::{
    Actor, ActorKind, ChangeEmail, ChangePassword, ConfirmEmail, ConfirmedEmail, EndedSessions,
    ForgotPassword, List, Mailed, OwnSession, ProblemCode, ResetPassword, UpdateOwnAccount, User, UserStatus,
};
use voxora_domain::{Millis, fields, text};
use voxora_durable_objects::time::now;
use voxora_store::audit::Author;
use voxora_store::one_time::{OneTime, Purpose};
use voxora_store::sessions::{SessionDocument, Wanted};
use voxora_store::users::{Change, Seen, UserDocument};
use voxora_store::{email, password, users};

use crate::app::{App, log_failure};
use crate::auth::device::Device;
use crate::auth::session::is_secure;
use crate::auth::{Caller, Member, guess, limit as attempts};
use crate::error::AppError;
use crate::http::conditional::{IfMatch, etag};
use crate::http::json::{Fields, Json, Patch};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Parameters, limit};

/// `GET /api/v1/auth/me`
pub async fn show(app: App, Member(id): Member) -> Result<Response, AppError> {
    shown(own(&app, id).await?.into())
}

/// `PATCH /api/v1/auth/me`
pub async fn update(
    app: App,
    Caller(caller): Caller,
    Member(id): Member,
    IfMatch(version): IfMatch,
    Patch(request): Patch<UpdateOwnAccount>,
) -> Result<Response, AppError> {
    let mut fields = Fields::default();
    let change = Change {
        name: request.name.map(|name| fields.read("/name", text::name(&name))),
        language: request
            .language
            .map(|language| language.map(|language| fields.read("/language", fields::language(&language)))),
        time_zone: request
            .time_zone
            .map(|zone| zone.map(|zone| fields.read("/timeZone", fields::time_zone(&zone)))),
        notifications: request.notifications,
        ..Change::default()
    };
    fields.check()?;
    // Another name is in none of one's tokens: they are ended, and clients fetch fresh ones.
    let author = app.author_of_user(&caller, id).await?;
    let user = app.store().users().change(id, Seen { version, role: None }, change, &author).await?;
    app.team_changed();
    shown(app.settled(user).await?)
}

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
pub async fn change_password(
    app: App,
    headers: HeaderMap,
    Caller(caller): Caller,
    Member(id): Member,
    Json(request): Json<ChangePassword>,
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
    let ((proven, hash), _) = Box::pin(guess(&app, &headers, &user.email, prove)).await.map_err(not_yours)?;
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

/// `POST /api/v1/auth/password/forgot`: the same answer in the same time whether or not there is such an account, because
/// everything that depends on it is done after the answer.
pub async fn forgot_password(
    app: App,
    headers: HeaderMap,
    Json(request): Json<ForgotPassword>,
) -> Result<Response, AppError> {
    let address = email::fold(&request.email);
    attempts::attempt(&app, &headers, "forgot").await?;
    let device = Device::read(app.config()?, &headers, &address, now());
    app.limits(&headers)?.reset(&address, device.as_ref()).await?;
    let mailed = app.mail().is_set_up().await?;
    if mailed {
        let later = app.clone();
        app.after("send a link", async move { send_reset_link(&later, &address).await });
    }
    Ok((StatusCode::ACCEPTED, Json(Mailed { mailed })).into_response())
}

/// Sends somebody a link that resets their password, if there is somebody of this address.
async fn send_reset_link(app: &App, address: &str) -> Result<(), AppError> {
    let store = app.store();
    let user = store.users().by_email(address).await?;
    let Some(user) = user.filter(|user| user.status == UserStatus::Active) else { return Ok(()) };
    let template = Template::PasswordReset { user: user.id, generation: user.credentials.resets + 1 };
    app.mail().send(template, &user.email, user.id).await?;
    store.accounts().ask_reset(&user).await?;
    Ok(())
}

/// `POST /api/v1/auth/password/reset`. It signs nobody in: a link may be opened on a device that is not its owner's, and what
/// else a sign-in may ask for one day is asked for there. But the device is known from now on, so that its owner gets in while
/// somebody guesses at the account.
pub async fn reset_password(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Json(request): Json<ResetPassword>,
) -> Result<Response, AppError> {
    attempts::attempt(&app, &headers, "reset").await?;
    let link = OneTime::read(Purpose::PasswordReset, &request.token, &app.config()?.keys);
    let link = link.ok_or_else(AppError::link_spent)?;
    let store = app.store();
    // Nothing is said of a password before the link is known to be good.
    let user = store.accounts().of_reset(link).await?;
    let mut fields = Fields::default();
    fields.read("/password", password::fit(&request.password, &[&user.name, &user.email]));
    fields.check()?;
    let hash = password::hash(&request.password)?;
    let author = author_by_link(&app, &user).await?;
    // As another password is set: see there.
    app.sessions().end_all_of(user.id, Scope::All).await?;
    let user = store.accounts().reset(link, &hash, &author).await?;
    finish_ending(&app, user.id, None).await;
    knows_device(&app, &user, &headers, &uri, StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/v1/auth/email`
pub async fn change_email(
    app: App,
    headers: HeaderMap,
    Caller(caller): Caller,
    Member(id): Member,
    Json(request): Json<ChangeEmail>,
) -> Result<Response, AppError> {
    let user = own(&app, id).await?;
    let mut fields = Fields::default();
    let address = fields.read("/email", email::read(&request.email).map_err(|unfit| unfit.reason));
    if address == user.email {
        fields.read::<()>("/email", Err("is the one you have"));
    }
    fields.check()?;
    if !app.mail().is_set_up().await? {
        return Err(app.mail().not_set_up());
    }
    let store = app.store();
    let accounts = store.accounts();
    let prove = accounts.prove(id, &request.current_password);
    let (proven, _) = Box::pin(guess(&app, &headers, &user.email, prove)).await.map_err(not_yours)?;
    if store.users().by_email(&address).await?.is_some() {
        return Err(AppError::taken("email"));
    }
    let generation = proven.credentials.email_changes + 1;
    for (which, to) in [(Address::Old, &proven.email), (Address::New, &address)] {
        let template = Template::EmailChange { user: id, generation, address: which };
        app.mail().send(template, to, id).await?;
    }
    let author = app.author(&caller, &users::COLLECTION, id.to_string()).await?;
    accounts.ask_email(&proven, &address, &author).await?;
    Ok((StatusCode::ACCEPTED, Json(Mailed { mailed: true })).into_response())
}

/// `POST /api/v1/auth/email/confirm`: by whoever reads the new address, signed in or not.
pub async fn confirm_email(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Json(request): Json<ConfirmEmail>,
) -> Result<Response, AppError> {
    attempts::attempt(&app, &headers, "confirm").await?;
    let link = OneTime::read(Purpose::EmailChange, &request.token, &app.config()?.keys);
    let link = link.ok_or_else(AppError::link_spent)?;
    let store = app.store();
    let user = store.accounts().of_email(link).await?;
    let author = author_by_link(&app, &user).await?;
    let user = store.accounts().confirm_email(link, &author).await?;
    let confirmed = Json(ConfirmedEmail { email: user.email.clone() }).into_response();
    knows_device(&app, &user, &headers, &uri, confirmed)
}

/// Whoever has a good link changes their own account.
async fn author_by_link(app: &App, user: &UserDocument) -> Result<Author, AppError> {
    let by = Actor { kind: ActorKind::Agent, id: user.id.to_string(), name: user.name.clone() };
    app.signed_by(by, &users::COLLECTION, user.id.to_string()).await
}

/// The answer, with the cookie by which the account knows the device from now on.
fn knows_device(
    app: &App,
    user: &UserDocument,
    headers: &HeaderMap,
    uri: &Uri,
    mut answer: Response,
) -> Result<Response, AppError> {
    let config = app.config()?;
    let device = Device::read(config, headers, &user.email, now()).unwrap_or_else(Device::unknown);
    let cookie = device.cookie(config, &user.email, now(), is_secure(uri))?;
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(answer)
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
        log_failure("end sessions", &error);
    }
}

/// The account with its `ETag`.
fn shown(user: User) -> Result<Response, AppError> {
    Ok(([(header::ETAG, etag(user.version)?)], Json(user)).into_response())
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
    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    Resource::new("Account", about)
        .route(
            Operation::new("account.show", "Read one's own account")
                .gives::<User>(200, "Whom the access token speaks for.", example::user())
                .with_headers(versioned)
                .refuses(&[SessionEnded]),
        )
        .route(
            Operation::new("account.update", "Change what one's own account says of oneself")
                .about(
                    "What the body does not name stays as it is. Takes `If-Match`. Another name ends the access tokens there are; fetch a \
                     fresh one.",
                )
                .takes::<UpdateOwnAccount>(json!({ "notifications": { "desktop": "mine", "email": "nothing", "sound": true } }))
                .gives::<User>(200, "The account.", example::user())
                .with_headers(versioned)
                .refuses(&[NotFound, NothingToChange, PreconditionFailed]),
        )
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
        .route(
            Operation::new("account.forgot_password", "Ask for a link that resets a password")
                .about(
                    "The answer, and how long it takes, is the same whether or not there is such an account. The link is good for 30 \
                     minutes, once, and until another is asked for.",
                )
                .takes::<ForgotPassword>(json!({ "email": "nobody@example.com" }))
                .gives::<Mailed>(202, "If there is such an account, a mail is on its way.", json!({ "mailed": true }))
                .refuses(&[RateLimited]),
        )
        .route(
            Operation::new("account.reset_password", "Set another password by a link")
                .about(
                    "Ends all sign-ins of the account at once, and signs nobody in. Beside the answer comes a cookie by which the account \
                     knows the device.",
                )
                .takes::<ResetPassword>(json!({ "token": example::RESET_TOKEN, "password": "sunflower meadow at noon" }))
                .gives_nothing(204, "It is set.")
                .with_headers(&[("set-cookie", "SetCookie")])
                .refuses(&[LinkSpent, RateLimited]),
        )
        .route(
            Operation::new("account.change_email", "Ask for another address of one's own")
                .about(
                    "The new address gets a link, and the old one is told. Nothing changes before the link was followed, within a day. A \
                     wrong `currentPassword` is 422 `invalid_field`; tries are limited together with log-ins.",
                )
                .takes::<ChangeEmail>(json!({
                    "email": "ada.lovelace@example.com", "currentPassword": "correct horse battery staple",
                }))
                .gives::<Mailed>(202, "Both mails are on their way.", json!({ "mailed": true }))
                .refuses(&[DuplicateKey, MailNotSetUp, PreconditionFailed, RateLimited]),
        )
        .route(
            Operation::new("account.confirm_email", "Confirm an address by its link")
                .about("By whoever reads it, signed in or not.")
                .takes::<ConfirmEmail>(json!({ "token": example::EMAIL_TOKEN }))
                .gives::<ConfirmedEmail>(
                    200,
                    "It is the account's address from now on.",
                    json!({ "email": "ada.lovelace@example.com" }),
                )
                .with_headers(&[("set-cookie", "SetCookie")])
                .refuses(&[LinkSpent, DuplicateKey, RateLimited]),
        )
}

//! Invitations into the team. Whoever has an invitation's link becomes what it says, so nobody makes one, or is given its link,
//! who may not do as much.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use voxora_domain::access::Principal;
use voxora_domain::id::{InvitationId, UserId};
use voxora_domain::jobs::{Job, RelayAudit, Template};
use voxora_domain::wire::{
    AcceptInvitation, Actor, ActorKind, CreateInvitation, Invitation, InvitationSeen, InvitationStatus, List,
    LookAtInvitation, OneTimeLink, ProblemCode, SentInvitation,
};
use voxora_domain::{fields, text};
use voxora_durable_objects::time::now;
use voxora_store::audit::Author;
use voxora_store::invitations::{self, InvitationDocument, Joining, NewInvitation, Wanted};
use voxora_store::one_time::{OneTime, Purpose};
use voxora_store::{StoreError, email, password};

use crate::app::App;
use crate::auth::grants::{givable, grantable, require_covered};
use crate::auth::{Asking, Caller, Member, limit as attempts, session};
use crate::error::AppError;
use crate::http::conditional::{IdempotencyKey, IfMatch, etag};
use crate::http::json::{Fields, Json};
use crate::http::page::{page, read_cursor};
use crate::http::params::{Id, Parameters, limit};

/// Which invitations to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// Those that stand so.
    status: Option<InvitationStatus>,
    /// How many at most; 50 unless it says otherwise.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/invitations`
pub async fn list(
    app: App,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<List<Invitation>>, AppError> {
    let limit = limit(query.limit, 50, 1..=100)?;
    let after = query.cursor.as_deref().map(read_cursor::<CursorKeys>).transpose()?;
    // Both sides hold a time as a signed number.
    let after = after.map(|(at, id)| (i64::try_from(at).unwrap_or(i64::MAX), id));
    let found =
        app.store().invitations().list(Wanted { status: query.status, after, limit: limit + 1 }).await?;
    let now = now();
    page(found, limit, |last| (last.created_at.0, last.id), |invitation| invitation.shown(now)).map(Json)
}

/// When a page's last invitation was made, which is not negative, and which it is.
type CursorKeys = (u64, InvitationId);

/// `POST /api/v1/invitations`
pub async fn create(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Caller(caller): Caller,
    Member(user): Member,
    key: IdempotencyKey,
    Json(request): Json<CreateInvitation>,
) -> Result<Response, AppError> {
    let request_digest = key.digest(&request)?;
    let mut fields = Fields::default();
    let new = NewInvitation {
        id: InvitationId::new(key.id("invitation", user.uuid())),
        email: fields.read("/email", email::read(&request.email).map_err(|unfit| unfit.reason)),
        role: request.role,
        departments: fields.read("/departments", givable(&app, &caller, request.departments, &[]).await?),
        request: request_digest,
    };
    fields.read("/role", grantable(&app, &caller, request.role).await?);
    fields.check()?;
    app.limits(&headers)?.invite(user).await?;
    let author = author(&app, &caller, new.id).await?;
    let asked = Asked { id: new.id, generation: invitations::FIRST, by: user };
    let mailed = asked.mail(&app, &new.email).await?;
    let invitation = app.store().invitations().create(new, &author).await?;
    sent(&app, &uri, StatusCode::CREATED, invitation, mailed)
}

/// `GET /api/v1/invitations/{id}`
pub async fn show(app: App, Id(id): Id<InvitationId>) -> Result<Response, AppError> {
    shown(app.store().invitations().by_id(id).await?)
}

/// `POST /api/v1/invitations/{id}/resend`
pub async fn resend(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Caller(caller): Caller,
    Member(user): Member,
    Id(id): Id<InvitationId>,
    IfMatch(seen): IfMatch,
) -> Result<Response, AppError> {
    let store = app.store();
    let invitation = store.invitations().by_id(id).await?;
    require_covered(&app, &caller, invitation.role).await?;
    app.limits(&headers)?.invite(user).await?;
    let author = author(&app, &caller, id).await?;
    let asked = Asked { id, generation: invitation.generation + 1, by: user };
    let mut mailed = asked.mail(&app, &invitation.email).await?;
    let invitation = store.invitations().send_again(id, seen, &author).await?;
    if invitation.generation != asked.generation {
        // Another admin was quicker, and theirs is the mail that was asked for.
        mailed = Asked { generation: invitation.generation, ..asked }.mail(&app, &invitation.email).await?;
    }
    sent(&app, &uri, StatusCode::OK, invitation, mailed)
}

/// `GET /api/v1/invitations/{id}/link`
pub async fn link(
    app: App,
    uri: Uri,
    Caller(caller): Caller,
    Id(id): Id<InvitationId>,
) -> Result<Json<OneTimeLink>, AppError> {
    let store = app.store();
    let invitation = store.invitations().by_id(id).await?;
    require_covered(&app, &caller, invitation.role).await?;
    let invitation = store.invitations().acceptable(invitation.one_time()).await?;
    Ok(Json(OneTimeLink { link: link_of(&app, &uri, &invitation)?, expires_at: invitation.expires_at.0 }))
}

/// `DELETE /api/v1/invitations/{id}`
pub async fn revoke(
    app: App,
    Caller(caller): Caller,
    Id(id): Id<InvitationId>,
    IfMatch(seen): IfMatch,
) -> Result<StatusCode, AppError> {
    let store = app.store();
    let invitation = match store.invitations().by_id(id).await {
        Err(StoreError::NotFound(_)) => return Ok(StatusCode::NO_CONTENT),
        found => found?,
    };
    require_covered(&app, &caller, invitation.role).await?;
    let author = author(&app, &caller, id).await?;
    store.invitations().revoke(id, seen, &author).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/invitations/look`: what the page shows that its link opens. Whoever only looks uses nothing up: mail programs
/// look, too.
pub async fn look(
    app: App,
    headers: HeaderMap,
    Json(request): Json<LookAtInvitation>,
) -> Result<Json<InvitationSeen>, AppError> {
    attempts::attempt(&app, &headers, "invitation").await?;
    let token = read(&app, &request.token)?;
    let InvitationDocument { email, invited_by, expires_at, .. } =
        app.store().invitations().acceptable(token).await?;
    Ok(Json(InvitationSeen { email, invited_by: invited_by.name, expires_at: expires_at.0 }))
}

/// `POST /api/v1/invitations/accept`: whoever else is signed in, in this browser or elsewhere, is not looked at.
pub async fn accept(
    app: App,
    uri: Uri,
    headers: HeaderMap,
    Asking(client): Asking,
    Json(request): Json<AcceptInvitation>,
) -> Result<Response, AppError> {
    attempts::attempt(&app, &headers, "invitation").await?;
    let token = read(&app, &request.token)?;
    let store = app.store();
    // A password is hashed for nobody who has no good link.
    let invitation = store.invitations().acceptable(token).await?;
    let id = invitation.id;
    let mut fields = Fields::default();
    let name = fields.read("/name", text::name(&request.name));
    fields.read("/password", password::fit(&request.password, &[&request.name, &invitation.email]));
    let language =
        request.language.as_deref().map(|language| fields.read("/language", fields::language(language)));
    let time_zone =
        request.time_zone.as_deref().map(|zone| fields.read("/timeZone", fields::time_zone(zone)));
    fields.check()?;
    let password_hash = password::hash(&request.password)?;
    let by = Actor { kind: ActorKind::Agent, id: id.to_string(), name: name.clone() };
    let author = Author { by, request: app.request_id().to_owned() };
    let relay = RelayAudit {
        collection: invitations::COLLECTION.name().to_owned(),
        id: id.to_string(),
        request: author.request.clone(),
        at: now(),
    };
    app.jobs().enqueue(Job::RelayAudit(relay), &format!("{id}-{}", app.request_id())).await?;
    let joining = Joining { name, password_hash, language, time_zone };
    let user = store.invitations().accept(token, joining, &author).await?;
    app.team_changed();
    let begun = session::begin(&app, user, client, &uri, None).await?;
    Ok((StatusCode::CREATED, begun).into_response())
}

/// What a token in a link names. Of one that is none it is not said what is wrong with it.
fn read(app: &App, token: &str) -> Result<OneTime, AppError> {
    let token = OneTime::read(Purpose::Invitation, token, &app.config()?.keys);
    token.ok_or_else(|| StoreError::InvitationOver.into())
}

/// Who is about to change this invitation.
async fn author(app: &App, caller: &Principal, id: InvitationId) -> Result<Author, AppError> {
    app.author(caller, &invitations::COLLECTION, id.to_string()).await
}

fn link_of(app: &App, uri: &Uri, invitation: &InvitationDocument) -> Result<String, AppError> {
    app.link(uri, invitation.one_time(), Purpose::Invitation)
}

/// The mail of an invitation: which, with which of its links, and who has it sent.
#[derive(Clone, Copy)]
struct Asked {
    id: InvitationId,
    generation: u64,
    by: UserId,
}

impl Asked {
    /// Has the mail sent once the invitation is there; says whether it will be. Where mail is not set up, or as many were sent as
    /// may be, the link is handed over by hand.
    async fn mail(self, app: &App, to: &str) -> Result<bool, AppError> {
        let Self { id, generation, by } = self;
        match app.mail().send(Template::Invitation { invitation: id, generation }, to, by).await {
            Err(error) if error.code() == ProblemCode::RateLimited => Ok(false),
            sent => sent,
        }
    }
}

/// The invitation with its link, and whether a mail with it is on the way.
fn sent(
    app: &App,
    uri: &Uri,
    status: StatusCode,
    invitation: InvitationDocument,
    mailed: bool,
) -> Result<Response, AppError> {
    let link = link_of(app, uri, &invitation)?;
    let tag = etag(invitation.revision)?;
    let sent = SentInvitation { invitation: invitation.shown(now()), link, mailed };
    Ok((status, [(header::ETAG, tag)], Json(sent)).into_response())
}

/// The invitation with its `ETag`.
fn shown(invitation: InvitationDocument) -> Result<Response, AppError> {
    let tag = etag(invitation.revision)?;
    Ok(([(header::ETAG, tag)], Json(invitation.shown(now()))).into_response())
}

/// The routes above, for the reference.
#[cfg(test)]
pub fn contract() -> crate::openapi::Resource {
    use crate::openapi::prelude::*;

    let id = "The invitation's id.";
    let versioned: &[(&str, &str)] = &[("etag", "ETag")];
    let about = "Somebody joins the team by an invitation: for one address, once, for seven days. Its link works without any mail set up; \
                 hand it to them. What is behind its `#` is the token, which no server's log ever holds, and which the page sends in a \
                 body.\n\n\
                 Nobody invites anybody to more than they may do themselves, or is given the link of such an invitation.";
    Resource::new("Invitations", about)
        .route(
            Operation::new("invitations.list", "List invitations")
                .about("The newest first.")
                .query::<ListQuery>(json!({ "status": "open", "limit": 50 }))
                .gives::<List<Invitation>>(200, "A page of the list.", json!({ "items": [example::invitation()] })),
        )
        .route(
            Operation::new("invitations.create", "Invite somebody")
                .about(
                    "Takes `Idempotency-Key`: a repeat by the same admin makes nothing again. Whoever has an account, or an invitation that \
                     was neither accepted nor revoked, is not invited again: send that one again instead.",
                )
                .takes::<CreateInvitation>(json!({ "email": example::NEWCOMER, "role": "agent" }))
                .gives::<SentInvitation>(201, "The invitation, and its link.", example::sent_invitation())
                .with_headers(versioned)
                .refuses(&[DuplicateKey, ClientIdReused, RateLimited]),
        )
        .route(
            Operation::new("invitations.show", "Show an invitation")
                .place("id", id, example::INVITATION)
                .gives::<Invitation>(200, "The invitation.", example::invitation())
                .with_headers(versioned)
                .refuses(&[NotFound]),
        )
        .route(
            Operation::new("invitations.resend", "Send an invitation again")
                .about("With another link, good for seven days from now; earlier ones are worthless. Takes `If-Match`.")
                .place("id", id, example::INVITATION)
                .gives::<SentInvitation>(200, "The invitation, and its new link.", example::sent_invitation())
                .with_headers(versioned)
                .refuses(&[NotFound, InvitationOver, PreconditionFailed, RateLimited]),
        )
        .route(
            Operation::new("invitations.link", "Copy an invitation's link again")
                .place("id", id, example::INVITATION)
                .gives::<OneTimeLink>(
                    200,
                    "The link.",
                    json!({ "link": example::INVITATION_LINK, "expiresAt": example::invitation()["expiresAt"] }),
                )
                .refuses(&[NotFound, InvitationOver]),
        )
        .route(
            Operation::new("invitations.revoke", "Take an invitation back")
                .about("Its link is worthless from then on. Takes `If-Match`; may be repeated.")
                .place("id", id, example::SPARE_INVITATION)
                .gives_nothing(204, "Nobody can accept it.")
                .refuses(&[InvitationOver, PreconditionFailed]),
        )
        .route(
            Operation::new("invitations.look", "Look at the invitation that a link is of")
                .about("Uses nothing up.")
                .takes::<LookAtInvitation>(json!({ "token": example::INVITATION_TOKEN }))
                .gives::<InvitationSeen>(
                    200,
                    "Whom it is for.",
                    json!({
                        "email": "kim@example.com", "invitedBy": "Ada", "expiresAt": example::invitation()["expiresAt"],
                    }),
                )
                .refuses(&[InvitationOver, RateLimited]),
        )
        .route(
            Operation::new("invitations.accept", "Accept an invitation")
                .about(
                    "Makes the account, with the address that the invitation is for, and signs it in: the answer is that of a login. Whoever \
                     else is signed in is not looked at, and stays who they are. Once only: a repeat is told that the invitation is over; \
                     sign in instead.",
                )
                .takes::<AcceptInvitation>(json!({
                    "token": example::ACCEPTED_TOKEN, "name": "Lin", "password": "correct horse battery staple",
                }))
                .gives::<AgentSession>(201, "The session.", example::agent_session())
                .with_headers(&[("set-cookie", "SetCookie")])
                .refuses(&[InvitationOver, DuplicateKey, RateLimited]),
        )
}

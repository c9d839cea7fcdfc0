//! The layer of the route table: authenticates a request, refuses it, or puts who is asking into it.
//!
//! The order of refusal is the same for every route, because nothing of a handler runs before: who is nobody gets 401,
//! who may not gets 403, and only then is anything else looked at.

use http::request::Parts;
use voxora_domain::access::{Permission, Principal, token};
use voxora_domain::id::{UserId, VisitorId};
use voxora_durable_objects::time::now;

use super::secret::{bearer, bearer_is};
use super::{limit, origin};
use crate::app::App;
use crate::error::AppError;
use crate::http::apart;
use crate::http::extract::{Call, Extract};
use crate::http::upgrade;

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// It reads or sets the refresh cookie: no page of another site may ask. The handler looks at the cookie or password.
    Cookie,
    /// As [`Access::Cookie`], and the body has the deployment's `SETUP_TOKEN`, which the handler looks at.
    SetupToken,
    /// `METRICS_TOKEN` as bearer; where the deployment has none, the route does not exist.
    MetricsToken,
    /// An access token as bearer, of somebody who has this permission.
    Permission(Permission),
    /// An access token as subprotocol of a WebSocket upgrade, of somebody who has this permission.
    Socket(Permission),
    /// As [`Access::Permission`]; or `SETUP_TOKEN` as bearer, while nobody has set the deployment up and documents are
    /// embedded: a backup opens it instead of a first admin.
    Restore(Permission),
}

impl Access {
    /// The permission it asks for, if it does.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Public | Self::Cookie | Self::SetupToken | Self::MetricsToken => None,
            Self::Permission(permission) | Self::Socket(permission) | Self::Restore(permission) => {
                Some(permission)
            }
        }
    }
}

/// Lets a request go on to its handler; gives whoever asks, where the route asks for somebody.
pub async fn admit(app: &App, access: Access, parts: &Parts) -> Result<Option<Principal>, AppError> {
    match access {
        Access::Public => Ok(None),
        Access::Cookie | Access::SetupToken => origin::check(&parts.uri, &parts.headers).map(|()| None),
        Access::MetricsToken => metrics(app, parts).map(|()| None),
        Access::Permission(permission) => {
            apart(permitted(app, bearer(&parts.headers), permission)).await.map(Some)
        }
        // Whether the session goes on is asked once the socket is there, which has to be asked then in any case.
        Access::Socket(permission) => {
            let principal = authenticate(app, upgrade::token(parts)?)?;
            require(&principal, permission)?;
            Ok(Some(principal))
        }
        Access::Restore(permission) => {
            match apart(permitted(app, bearer(&parts.headers), permission)).await {
                Ok(principal) => Ok(Some(principal)),
                Err(refusal) => apart(restore(app, parts, refusal)).await.map(|()| None),
            }
        }
    }
}

/// Whom a token speaks for, if their session goes on and they have the permission.
async fn permitted(app: &App, token: Option<&str>, permission: Permission) -> Result<Principal, AppError> {
    let principal = authenticate(app, token)?;
    app.sessions().check(&principal).await?;
    require(&principal, permission)?;
    Ok(principal)
}

/// Refuses whoever lacks a permission; for a part of a route that asks for more than the route does.
pub fn require(principal: &Principal, permission: Permission) -> Result<(), AppError> {
    if principal.permits(permission) {
        return Ok(());
    }
    Err(AppError::forbidden(format!("This is for {}.", permission.holders())))
}

/// Whom a token speaks for.
fn authenticate(app: &App, token: Option<&str>) -> Result<Principal, AppError> {
    let token = token.ok_or_else(|| {
        AppError::unauthenticated(
            "The request needs an access token: `Authorization: Bearer …`, or for a socket the subprotocol `bearer.…`.",
        )
    })?;
    token::verify_access(&app.config()?.keys, token, now()).map_err(|_| {
        AppError::unauthenticated("The access token is malformed, expired, or not of this deployment.")
    })
}

fn metrics(app: &App, parts: &Parts) -> Result<(), AppError> {
    match &app.config()?.metrics_token {
        None => Err(AppError::not_found("page or route")),
        Some(token) if bearer_is(&parts.headers, token) => Ok(()),
        Some(_) => Err(AppError::unauthenticated("The request needs `Authorization: Bearer METRICS_TOKEN`.")),
    }
}

/// Lets the holder of `SETUP_TOKEN` open a deployment that has nobody yet.
async fn restore(app: &App, parts: &Parts, refusal: AppError) -> Result<(), AppError> {
    if bearer(&parts.headers).is_none() || !app.documents().is_embedded() {
        return Err(refusal);
    }
    limit::attempt(app, &parts.headers, "setup").await?;
    let Some(expected) = app.config()?.setup_token.as_deref() else { return Err(refusal) };
    if !bearer_is(&parts.headers, expected) {
        return Err(refusal);
    }
    if app.store().users().has_somebody().await? { Err(AppError::already_set_up()) } else { Ok(()) }
}

/// Whoever asks. Only where the route's row asks for a permission; elsewhere it is a bug, which tests find.
pub struct Caller(pub Principal);

impl Extract for Caller {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        call.principal
            .clone()
            .map(Self)
            .ok_or_else(|| AppError::internal("the route's row asks for no permission"))
    }
}

/// The member of the team who asks, where the permission is one that only the team has.
pub struct Member(pub UserId);

impl Extract for Member {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        let user = Caller::extract(call)?.0.user_id();
        user.map(Self).ok_or_else(|| AppError::internal("the route's permission is not the team's alone"))
    }
}

/// The visitor who asks, where the permission is one that only visitors have.
pub struct Visiting(pub VisitorId);

impl Extract for Visiting {
    fn extract(call: &mut Call) -> Result<Self, AppError> {
        let visitor = Caller::extract(call)?.0.visitor();
        visitor.map(Self).ok_or_else(|| AppError::internal("the route's permission is not visitors' alone"))
    }
}

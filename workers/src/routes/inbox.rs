//! The team's inbox, live.

use axum::response::Response;

use crate::app::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::params::{After, Parameters};

/// `GET /api/v1/inbox/socket`
#[worker::send]
pub async fn socket(
    app: App,
    Caller(caller): Caller,
    Parameters(query): Parameters<After>,
) -> Result<Response, AppError> {
    app.inbox().connect(&caller, query.after).await
}

//! The team's inbox, live.

use axum::extract::State;
use axum::response::Response;
use voxora_durable_objects::inbox;

use super::conversations::SocketQuery;
use crate::app::App;
use crate::error::AppError;
use crate::extract::{Agent, Parameters, Upgrade};

/// `GET /api/v1/inbox/socket`
#[worker::send]
pub async fn socket(
    State(app): State<App>,
    Parameters(query): Parameters<SocketQuery>,
    Upgrade(caller): Upgrade,
) -> Result<Response, AppError> {
    let agent = Agent::new(caller)?;
    Ok(inbox::connect(&app.env, &agent.principal.actor(), query.after).await?.into())
}

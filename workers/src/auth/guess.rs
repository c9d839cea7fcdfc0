//! A password that somebody gives, whatever for: all tries at an account are counted together.

use std::time::Duration;

use http::HeaderMap;
use voxora_domain::wire::ProblemCode;
use voxora_durable_objects::time::{now, within};

use super::device::Device;
use super::limit;
use crate::app::App;
use crate::error::AppError;

/// How long a log-in waits for the document store, once for the account and once for the session: as long as a check of
/// `readyz`. Elsewhere an answer that takes longer is still of use.
const PATIENCE: Duration = Duration::from_secs(5);

/// Has a password looked at by `check`, where one more may be tried for this account. Also gives the device, where the account
/// knows it. A try counts as wrong unless it was right, or `check` did not come so far.
pub async fn guess<T, E: Into<AppError>>(
    app: &App,
    headers: &HeaderMap,
    account: &str,
    check: impl Future<Output = Result<T, E>>,
) -> Result<(T, Option<Device>), AppError> {
    limit::attempt(app, headers, account).await?;
    let device = Device::read(app.config()?, headers, account, now());
    let attempt = app.limits(headers)?.log_in(account, device).await?;
    match in_time(check).await {
        Ok(found) => Ok((found, attempt.succeeded().await?)),
        Err(error) => {
            if error.code() != ProblemCode::WrongCredentials {
                attempt.was_not_made().await?;
            }
            Err(error)
        }
    }
}

/// What the document store says, or that it said nothing in time: somebody looks at a form and waits.
pub async fn in_time<T, E: Into<AppError>>(
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, AppError> {
    match within(PATIENCE, answer).await {
        Some(answer) => answer.map_err(Into::into),
        None => Err(AppError::unavailable(format!("no answer within {} s", PATIENCE.as_secs()))),
    }
}

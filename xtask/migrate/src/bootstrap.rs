//! A deployment that has nobody yet is opened by its backup.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use voxora_store::users;

use crate::deployment::Deployment;
use crate::page::Cursor;
use crate::place::Place;

/// Puts two of the backup's users there, its founder and whoever is to sign in, by the deployment's `SETUP_TOKEN`. Does nothing
/// where there is somebody.
///
/// # Errors
/// When the backup has no such users, or the deployment refuses.
pub async fn bootstrap(deployment: &Deployment, source: &Place) -> Result<()> {
    if !deployment.has_nobody().await? {
        return Ok(());
    }
    let token = std::env::var("SETUP_TOKEN").ok().filter(|token| !token.is_empty()).context(
        "the deployment has nobody yet; give its SETUP_TOKEN in the environment, so that the backup's users can be \
         put there",
    )?;
    let admin = Value::from(deployment.admin());
    let mut users = Cursor::new(source, users::SCHEMA.name, None);
    let mut first = Vec::new();
    while let Some(user) = users.next().await? {
        if user.get("founder") == Some(&true.into()) || user.get("email") == Some(&admin) {
            first.push(user);
        }
    }
    let known = first.iter().any(|user| user.get("email") == Some(&admin));
    ensure!(known, "{} has no user with the address {}", source.name(), deployment.admin());
    deployment.set_up(&token, &first).await
}

//! Entries of the audit log: who changed what, when, from what to what.

use voxora_data_api::DataApi;
use voxora_domain::jobs::{Audit, Outcome};
use voxora_store::audit;

use super::{Context, retry_for};

/// Writes the entry, once.
pub async fn run(entry: &Audit, context: &Context<'_, impl DataApi, impl Sized>) -> Outcome {
    match audit::write(context.documents, context.key, entry).await {
        Ok(()) => Outcome::Done,
        Err(error) if error.is_final() => Outcome::Final { reason: error.to_string() },
        Err(error) => retry_for(error.to_string()),
    }
}

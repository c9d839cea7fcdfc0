//! Entries of the audit log: who changed what, when, from what to what.
//!
//! The job is handed over before the change is tried; the change has its entry with it. So a run finds the entry in the
//! document, or the change was refused, or is still to come: then it looks again, for as long as a request may take.

use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::jobs::{Audit, Outcome, RelayAudit};
use voxora_store::audit;

use super::{Context, retry_for};

/// When to look again, in milliseconds.
const AGAIN: Millis = 30_000;
/// How long after the job was handed over its change may still come, in milliseconds. One that comes later yet has its
/// entry with it all the same, and the next change of the same thing brings both to the log.
const LATE: Millis = 120_000;

/// Writes the entry, once.
pub async fn run(entry: &Audit, context: &Context<'_, impl DataApi, impl Sized>) -> Outcome {
    match audit::write(context.documents, context.key, entry).await {
        Ok(()) => Outcome::Done,
        Err(error) => failed(&error),
    }
}

/// Brings to the log what a request changed.
pub async fn relay(job: &RelayAudit, context: &Context<'_, impl DataApi, impl Sized>) -> Outcome {
    match audit::relay(context.documents, &job.collection, &job.id, &job.request).await {
        Ok(false) if context.now < job.at + LATE => Outcome::Again { after: AGAIN },
        Ok(_) => Outcome::Done,
        Err(error) => failed(&error),
    }
}

fn failed(error: &DataApiError) -> Outcome {
    let reason = error.to_string();
    if error.is_final() { Outcome::Final { reason } } else { retry_for(reason) }
}

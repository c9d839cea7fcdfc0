//! Entries of the audit log: who changed what, when, from what to what.

use serde::Serialize;
use serde_json::{Value, json};
use voxora_data_api::{DataApi, DataApiError, schema};
use voxora_domain::jobs::{Audit, Outcome};
use voxora_domain::wire::Actor;

use super::{Context, retry_for};

/// An entry as stored. `_id` is the job's key, so that writing it again is noticed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuditDocument<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    /// The version of this shape.
    version: u32,
    /// A BSON date, as the contract has it in memory.
    created_at: Value,
    by: &'a Actor,
    action: &'a str,
    target: Target<'a>,
    from: &'a Value,
    to: &'a Value,
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'a str,
    id: &'a str,
}

/// Writes the entry, once.
pub async fn run(entry: &Audit, context: &Context<'_, impl DataApi>) -> Outcome {
    let document = AuditDocument {
        id: context.key,
        version: 1,
        created_at: json!({ "$date": entry.at }),
        by: &entry.by,
        action: &entry.action,
        target: Target { kind: &entry.target_kind, id: &entry.target_id },
        from: &entry.from,
        to: &entry.to,
    };
    match context.documents.insert_one(schema::AUDIT.name, &document).await {
        // An earlier run has written it, and nobody heard.
        Ok(()) | Err(DataApiError::DuplicateKey { .. }) => Outcome::Done,
        Err(error) if error.is_final() => Outcome::Final { reason: error.to_string() },
        Err(error) => retry_for(error.to_string()),
    }
}

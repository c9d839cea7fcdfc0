//! Documents as lines of JSON: what deployments export and import, and what backups hold.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use voxora_data_api::document::{self, Document};
use voxora_data_api::ejson::{self, Extended, Format};

/// A document from its line.
///
/// # Errors
/// When the line is not a document with an `_id`.
pub fn read_line(line: &[u8]) -> Result<Document> {
    let Value::Object(document) = ejson::parse(line).context("a line is not JSON")? else {
        bail!("a line is not an object");
    };
    document::id(&document)?;
    Ok(document)
}

/// Documents as lines of relaxed EJSON.
///
/// # Errors
/// When one cannot be written as JSON.
pub fn lines(documents: &[Document]) -> Result<String> {
    let mut lines = String::new();
    for document in documents {
        let value = Value::Object(document.clone());
        lines.push_str(&serde_json::to_string(&Extended(&value, Format::Relaxed))?);
        lines.push('\n');
    }
    Ok(lines)
}

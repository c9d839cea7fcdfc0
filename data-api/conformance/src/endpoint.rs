//! Engines as their callers see them: an action's name and a body go in, a status and a body come out.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rusqlite::Connection;
use serde_json::{Map, Value};
use voxora_data_api::DataApiError;
use voxora_data_api::contract::{Action, ActionName};
use voxora_data_api::ejson::Format;
use voxora_data_api::embedded::Engine as SqliteEngine;
use voxora_data_api::schema::CollectionSchema;
use voxora_domain::sql::object_database;
use voxora_store::collections;

use crate::{DATA_SOURCE, DATABASE};

/// The `Accept` header that asks for answers in which every type can be told.
pub(crate) const LOSSLESS: &str = Format::Relaxed.media_type();

/// The HTTP answer to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// An engine that takes actions by HTTP, or as if by HTTP.
pub trait Endpoint {
    /// Posts a body to `/action/<name>`.
    ///
    /// # Errors
    /// When no answer came at all.
    fn post(&mut self, action: &str, body: &str, accept: &str) -> Result<Reply>;
}

/// A request's body: the namespace, and what the action takes.
#[must_use]
pub fn body(collection: &str, fields: Map<String, Value>) -> String {
    let namespace = [("dataSource", DATA_SOURCE), ("database", DATABASE), ("collection", collection)];
    let namespace = namespace.map(|(name, value)| (name.to_owned(), Value::from(value)));
    Value::Object(namespace.into_iter().chain(fields).collect()).to_string()
}

/// The embedded engine in this process: a database in memory for each collection.
pub struct Embedded {
    schema: fn(&str) -> Option<&'static CollectionSchema>,
    collections: HashMap<String, SqliteEngine<Connection>>,
}

impl Default for Embedded {
    fn default() -> Self {
        Self::with_schema(collections::schema)
    }
}

impl Embedded {
    /// One that knows other collections than the product's.
    #[must_use]
    pub fn with_schema(schema: fn(&str) -> Option<&'static CollectionSchema>) -> Self {
        Self { schema, collections: HashMap::new() }
    }

    fn run(&mut self, action: &str, body: &str, accept: &str) -> Result<Reply, DataApiError> {
        let name: ActionName = action.parse()?;
        let (_, action) = Action::from_body(name, body.as_bytes())?;
        if !self.collections.contains_key(&action.collection) {
            let schema = (self.schema)(&action.collection)
                .ok_or_else(|| DataApiError::Invalid("there is no such collection".into()))?;
            let database = object_database().map_err(|error| DataApiError::Unavailable(error.to_string()))?;
            self.collections.insert(action.collection.clone(), SqliteEngine::open(database, schema, now)?);
        }
        let answer = self.collections[&action.collection].run(action)?;
        Ok(Reply { status: answer.status(), body: answer.to_body(Format::from_accept(Some(accept)))? })
    }
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "not in a Worker")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Endpoint for Embedded {
    fn post(&mut self, action: &str, body: &str, accept: &str) -> Result<Reply> {
        match self.run(action, body, accept) {
            Ok(reply) => Ok(reply),
            Err(error) => Ok(Reply { status: error.status(), body: serde_json::to_string(&error.body())? }),
        }
    }
}

/// An engine behind a URL.
pub struct Http {
    client: reqwest::blocking::Client,
    url: String,
    key: Option<String>,
}

impl Http {
    /// The engine whose actions are below `<url>/action/`, with the key for its `apiKey` header.
    #[must_use]
    pub fn new(url: &str, key: Option<&str>) -> Self {
        let client = reqwest::blocking::Client::builder().timeout(Duration::from_mins(1)).build();
        Self {
            client: client.expect("a client without settings can be built"),
            url: url.trim_end_matches('/').to_owned(),
            key: key.map(str::to_owned),
        }
    }
}

impl Http {
    pub(crate) fn post_to(&self, path: &str, body: &str, accept: &str) -> Result<Reply> {
        let request = self.client.post(format!("{}/{path}", self.url));
        let request = self.key.iter().fold(request, |request, key| request.header("apiKey", key));
        let request = request.header("content-type", "application/ejson").header("accept", accept);
        let response =
            request.body(body.to_owned()).send().with_context(|| format!("{path} got no answer"))?;
        Ok(Reply {
            status: response.status().as_u16(),
            body: response.text().context("the answer broke off")?,
        })
    }
}

impl Endpoint for Http {
    fn post(&mut self, action: &str, body: &str, accept: &str) -> Result<Reply> {
        self.post_to(&format!("action/{action}"), body, accept)
    }
}

//! An endpoint of the Data API as source or target, and the making of its indexes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::StatusCode;
use serde_json::{Value, json};
use voxora_data_api::client::{Breaker, Client, Limits, Settings, Tokio};
use voxora_data_api::contract::{ActionName, Find};
use voxora_data_api::document::{self, Document};
use voxora_data_api::query::{Filter, Sort};
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};
use voxora_store::collections::{self, COLLECTIONS};

use crate::written::Written;

/// How many documents are read at once.
const PAGE: u32 = 500;

/// An operator waits longer than a visitor: a backend that restarts shall not end a copy of hours.
const LIMITS: Limits = Limits {
    timeout: Duration::from_mins(1),
    deadline: Duration::from_mins(5),
    attempts: 12,
    concurrency: 1,
    answer_bytes: 64 << 20,
};

/// How long the building of one collection's indexes may take; the gateway has a limit of its own.
const INDEXES: Duration = Duration::from_hours(1);

/// One endpoint, by its settings.
pub struct Endpoint {
    settings: Settings,
    client: Client<Tokio>,
}

impl Endpoint {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self> {
        let settings = settings.with_limits(LIMITS);
        let client = Client::new(settings.clone(), Arc::<Breaker>::default(), Tokio::new()?);
        Ok(Self { settings, client })
    }

    /// What it is called in messages: its address and the database.
    pub fn name(&self) -> String {
        let url = self.settings.action_url(ActionName::Find);
        let base = url.trim_end_matches("/action/find");
        format!("{base} (database {})", self.settings.namespace().database)
    }

    /// See `Place::page`.
    pub async fn page(&self, collection: &str, after: Option<&str>) -> Result<Vec<Document>> {
        self.next(collection, Filter::all(), after).await
    }

    /// The next documents after an `_id` of those that match.
    async fn next(&self, collection: &str, wanted: Filter, after: Option<&str>) -> Result<Vec<Document>> {
        let filter = after.map_or(wanted.clone(), |after| wanted.and(Filter::gt("_id", after)));
        let mut limit = PAGE;
        loop {
            let find = Find::new(filter.clone()).sort(Sort::ascending("_id")).limit(limit);
            match self.client.find(collection, find).await {
                // A page of large documents.
                Err(DataApiError::TooLarge(_)) if limit > 1 => limit /= 2,
                answer => return answer.with_context(|| format!("cannot read {collection}")),
            }
        }
    }

    /// See `Place::insert`.
    pub async fn insert(&self, collection: &str, documents: &[Document]) -> Result<Written> {
        match self.client.insert_many(collection, documents).await {
            Ok(()) => return Ok(Written { inserted: documents.len() as u64, ..Written::default() }),
            // Somebody else has stored some meanwhile, or one of them cannot be stored: each for itself.
            Err(error) if error.is_final() => {}
            Err(error) => return Err(error).with_context(|| format!("cannot write {collection}")),
        }
        let mut written = Written::default();
        for document in documents {
            let id = document::id(document)?.to_owned();
            match self.client.insert_one(collection, document).await {
                Ok(()) => written.inserted += 1,
                Err(error @ DataApiError::DuplicateKey { .. }) => {
                    let found: Option<Document> =
                        self.client.find_one(collection, Filter::id(id.as_str())).await?;
                    match found {
                        // The next pass compares the two.
                        Some(_) => written.present += 1,
                        None => written.refused.push((id, error.to_string())),
                    }
                }
                Err(error) if error.is_final() => written.refused.push((id, error.to_string())),
                Err(error) => return Err(error).with_context(|| format!("cannot write {collection}")),
            }
        }
        Ok(written)
    }

    /// See `Place::renew`.
    pub async fn renew(&self, collection: &str, source: &Document) -> Result<()> {
        let Some(known) = collections::collection(collection) else { return Ok(()) };
        known.renew(&self.client, source).await.with_context(|| format!("cannot write {collection}"))
    }

    /// Makes the indexes that the schema declares, where they are not there yet; says what was done, line by line.
    ///
    /// # Errors
    /// When the endpoint has no such route, or refuses.
    pub async fn create_indexes(&self) -> Result<()> {
        for schema in COLLECTIONS.map(|collection| collection.schema) {
            let Some(command) = schema.create_indexes() else { continue };
            let indexes = command.get("indexes").cloned().unwrap_or_default();
            let (before, after) = self.create_indexes_of(schema, &indexes).await?;
            let declared = indexes.as_array().map_or(0, Vec::len);
            match (before, after) {
                (Some(before), Some(after)) if after > before => {
                    println!("{}: {} of {declared} indexes made", schema.name, after - before);
                }
                _ => println!("{}: {declared} indexes are in place", schema.name),
            }
        }
        Ok(())
    }

    /// Brings documents that an earlier version stored into the form of this one, each unless somebody has done it meanwhile.
    ///
    /// # Errors
    /// When the endpoint cannot be read or written to now. What has been done stays done.
    pub async fn upgrade(&self) -> Result<()> {
        for collection in COLLECTIONS {
            let name = collection.name();
            let mut upgraded = 0_u64;
            let mut after: Option<String> = None;
            loop {
                let former = Filter::exists("version", false);
                let page = self.next(name, former, after.as_deref()).await?;
                let Some(last) = page.last() else { break };
                after = Some(document::id(last)?.to_owned());
                for former in page {
                    let current = collection.upgraded(former.clone());
                    if current == former {
                        continue;
                    }
                    let unchanged = Filter::id(document::id(&current)?).and(Filter::exists("version", false));
                    let replaced = self.client.replace_one(name, unchanged, &current, false).await;
                    upgraded += replaced.with_context(|| format!("cannot write {name}"))?.matched_count;
                }
            }
            if upgraded > 0 {
                println!("{name}: {upgraded} documents of an earlier version brought up to date");
            }
        }
        Ok(())
    }

    async fn create_indexes_of(
        &self,
        schema: &CollectionSchema,
        indexes: &Value,
    ) -> Result<(Option<u64>, Option<u64>)> {
        let namespace = self.settings.namespace();
        let body = json!({
            "dataSource": namespace.data_source, "database": namespace.database,
            "collection": schema.name, "indexes": indexes,
        });
        let url = self.admin_url();
        let (name, value) = self.settings.header();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let request = client.post(&url).header(*name, value).timeout(INDEXES).json(&body);
        let response = request.send().await.with_context(|| format!("{url} does not answer"))?;
        let status = response.status();
        let body = response.bytes().await.context("the answer about indexes broke off")?;
        if status.is_success() {
            let answer: Value = serde_json::from_slice(&body).context("the answer is not JSON")?;
            let count = |name: &str| answer.get(name).and_then(Value::as_u64);
            return Ok((count("numIndexesBefore"), count("numIndexesAfter")));
        }
        let error = DataApiError::from_response(status.as_u16(), &body);
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => bail!(
                "{url} is not there: only Voxora's own gateway makes indexes. For another endpoint, run what \
                 `--print-indexes` prints in mongosh, and then this again with --no-indexes"
            ),
            StatusCode::FORBIDDEN => {
                bail!("the indexes of {}: {error}; give a key of the role admin", schema.name)
            }
            _ => Err(error).with_context(|| format!("the indexes of {} cannot be made", schema.name)),
        }
    }

    /// Where the gateway takes `createIndexes`: beside its actions.
    fn admin_url(&self) -> String {
        let url = self.settings.action_url(ActionName::Find);
        let base = url.trim_end_matches("/action/find");
        let base = base.strip_suffix("/endpoint/data/v1").unwrap_or(base);
        let base = base.rsplit_once("/app/").map_or(base, |(before, _)| before);
        format!("{base}/admin/createIndexes")
    }
}

/// The declared indexes as commands for mongosh, for endpoints that cannot be told over HTTP.
pub fn mongosh_commands() -> String {
    let commands = COLLECTIONS.iter().filter_map(|collection| collection.schema.create_indexes());
    commands
        .fold(String::new(), |text, command| text + &format!("db.runCommand({})\n", Value::Object(command)))
}

#[cfg(test)]
mod tests {
    use voxora_data_api::client::{Credentials, Settings};
    use voxora_data_api::contract::Namespace;

    use super::{Endpoint, mongosh_commands};

    #[test]
    fn indexes_are_made_beside_the_actions() {
        let namespace = Namespace { data_source: "s".into(), database: "d".into() };
        for (base, admin) in [
            ("https://data.example.com", "https://data.example.com/admin/createIndexes"),
            ("https://data.example.com/endpoint/data/v1", "https://data.example.com/admin/createIndexes"),
            ("https://example.com/data/app/abc", "https://example.com/data/admin/createIndexes"),
            ("http://127.0.0.1:8080/api/", "http://127.0.0.1:8080/api/admin/createIndexes"),
        ] {
            let settings = Settings::new(base, namespace.clone(), &Credentials::ApiKey("k".into())).unwrap();
            assert_eq!(Endpoint::new(settings).unwrap().admin_url().as_str(), admin);
        }
    }

    #[test]
    fn mongosh_is_given_whole_commands() {
        let commands = mongosh_commands();
        assert!(commands.contains(r#"db.runCommand({"createIndexes":"users","#), "{commands}");
        assert!(commands.lines().all(|line| line.starts_with("db.runCommand({") && line.ends_with("})")));
    }
}

//! The engines that are measured, behind the one port that the product uses.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use voxora_data_api::client::{Breaker, Client, Credentials, Limits, Settings, Tokio};
use voxora_data_api::contract::{Action, Answer, Namespace};
use voxora_data_api::embedded::Engine;
use voxora_data_api::schema::CollectionSchema;
use voxora_data_api::{DataApi, DataApiError};
use voxora_store::{conversations, messages};

use crate::server::{Place, Server};

/// Of servers that nobody but this bench can reach.
const KEY: &str = "a-key-of-the-bench-of-more-than-32-characters";

/// The data source and the database of all servers.
const NAMESPACE: &str = "bench";

/// A bench that waits longer than a visitor would.
const LIMITS: Limits = Limits {
    timeout: Duration::from_mins(2),
    deadline: Duration::from_mins(2),
    attempts: 1,
    concurrency: 4,
    answer_bytes: 64 << 20,
};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The embedded engine in this process, over `SQLite` in a file.
    Native,
    /// The embedded engine in workerd: the Worker's collection objects, over HTTP.
    Workerd,
    /// The gateway in front of `PostgreSQL` with `DocumentDB`, over HTTP.
    Gateway,
}

impl Kind {
    /// As it is written in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Workerd => "workerd",
            Self::Gateway => "gateway",
        }
    }
}

/// A running engine with empty collections.
pub enum Target {
    /// See [`Kind::Native`].
    Native(Native),
    /// See [`Kind::Workerd`].
    Workerd(Workerd),
    /// See [`Kind::Gateway`].
    Gateway(Box<Gateway>),
}

/// A database in a file for each collection.
pub struct Native {
    engines: BTreeMap<&'static str, Engine<Rc<Connection>>>,
    folder: TempDir,
}

/// The Worker's collection objects, each at an address of its own.
pub struct Workerd {
    clients: BTreeMap<&'static str, Client<Tokio>>,
    http: reqwest::Client,
    server: Server,
}

/// The gateway's process, and the database behind it.
pub struct Gateway {
    client: Client<Tokio>,
    process: Child,
    _store: Option<Store>,
}

impl Target {
    /// Starts one; `None` where this machine cannot have it, for a reason that has been said.
    pub async fn start(place: &Place, kind: Kind) -> Result<Option<Self>> {
        match kind {
            Kind::Native => Native::start(place).map(|native| Some(Self::Native(native))),
            Kind::Workerd => Workerd::start(place).map(|workerd| Some(Self::Workerd(workerd))),
            Kind::Gateway => Ok(Gateway::start(place).await?.map(|gateway| Self::Gateway(Box::new(gateway)))),
        }
    }

    /// The bytes of the database, all collections and indexes in it.
    pub async fn bytes(&self) -> Result<Option<u64>> {
        #[derive(Deserialize)]
        struct Size {
            bytes: u64,
        }
        match self {
            Self::Native(native) => {
                let mut bytes = 0;
                for file in native.folder.path().read_dir()? {
                    bytes += file?.metadata()?.len();
                }
                Ok(Some(bytes))
            }
            Self::Workerd(workerd) => {
                let mut bytes = 0;
                for schema in COLLECTIONS {
                    let url = format!("{}/{}/size", workerd.server.origin, schema.name);
                    let size: Size = workerd.http.get(url).send().await?.json().await?;
                    bytes += size.bytes;
                }
                Ok(Some(bytes))
            }
            // The contract has no action that tells.
            Self::Gateway(_) => Ok(None),
        }
    }
}

/// The collections that grow.
pub static COLLECTIONS: [&CollectionSchema; 2] = [&conversations::SCHEMA, &messages::SCHEMA];

impl DataApi for Target {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let unknown = || DataApiError::Invalid(format!("{} is not measured", action.collection));
        match self {
            Self::Native(native) => {
                native.engines.get(action.collection.as_str()).ok_or_else(unknown)?.run(action)
            }
            Self::Workerd(workerd) => {
                workerd.clients.get(action.collection.as_str()).ok_or_else(unknown)?.run(action).await
            }
            Self::Gateway(gateway) => gateway.client.run(action).await,
        }
    }
}

impl Native {
    fn start(place: &Place) -> Result<Self> {
        let folder = TempDir::with_prefix_in("voxora-bench-", &place.storage)?;
        let mut engines = BTreeMap::new();
        for schema in COLLECTIONS {
            let connection = Connection::open(folder.path().join(schema.name))?;
            // As workerd opens the databases of its objects.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            engines.insert(schema.name, Engine::open(Rc::new(connection), schema, now)?);
        }
        Ok(Self { engines, folder })
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn client(base: &str) -> Result<Client<Tokio>> {
    let namespace = Namespace { data_source: NAMESPACE.to_owned(), database: NAMESPACE.to_owned() };
    let settings = Settings::new(base, namespace, &Credentials::ApiKey(KEY.to_owned()))?.with_limits(LIMITS);
    Ok(Client::new(settings, Arc::<Breaker>::default(), Tokio::new()?))
}

impl Workerd {
    fn start(place: &Place) -> Result<Self> {
        let bindings = json!({ "JWT_SECRET": "a-secret-of-the-bench-of-more-than-32-characters" });
        let options = json!({ "config": place.worker, "bindings": bindings, "wrap": "documents.mjs" });
        let server = Server::start(place, "serve.mjs", options)?;
        let mut clients = BTreeMap::new();
        for schema in COLLECTIONS {
            clients.insert(schema.name, client(&format!("{}/{}", server.origin, schema.name))?);
        }
        Ok(Self { clients, http: reqwest::Client::new(), server })
    }
}

impl Gateway {
    async fn start(place: &Place) -> Result<Option<Self>> {
        let Some(store) = Store::find(place)? else { return Ok(None) };
        let program = built("voxora-gateway")?;
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0"]).env("GATEWAY_KEYS", format!("bench:admin:{KEY}"));
        if let Store::Own { uri, .. } = &store {
            command.env("POSTGRES_URI", uri);
        }
        let mut process = command
            .env("GATEWAY_TIMEOUT_MS", "120000")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("the gateway does not start")?;
        let log = BufReader::new(process.stderr.take().context("standard error is piped")?);
        let mut lines = log.lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let entry: Value = serde_json::from_str(&line).ok()?;
            entry.get("address")?.as_str().map(str::to_owned)
        });
        // Somebody has to read on, or the gateway would wait for room to log.
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{}", address.context("the gateway ended at its start")?);
        let gateway = Self { client: client(&url)?, process, _store: Some(store) };
        gateway.create_indexes(&url).await?;
        Ok(Some(gateway))
    }

    /// As a deployment has them.
    async fn create_indexes(&self, url: &str) -> Result<()> {
        let http = reqwest::Client::new();
        for schema in COLLECTIONS {
            let command = schema.create_indexes().unwrap_or_default();
            let body = json!({
                "dataSource": NAMESPACE, "database": NAMESPACE, "collection": schema.name,
                "indexes": command.get("indexes"),
            });
            let request = http.post(format!("{url}/admin/createIndexes")).header("apiKey", KEY).json(&body);
            let answer = request.send().await?;
            ensure!(answer.status().is_success(), "no indexes for {}: {}", schema.name, answer.text().await?);
        }
        Ok(())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `PostgreSQL` with `DocumentDB`.
enum Store {
    /// Named by the environment, which the gateway reads itself.
    Named,
    /// Brought by `cargo xtask documentdb`; ends when its standard input closes.
    Own { uri: String, process: Child, _data: TempDir },
}

impl Store {
    fn find(place: &Place) -> Result<Option<Self>> {
        if ["POSTGRES_URI", "MONGODB_URI"].iter().any(|variable| std::env::var_os(variable).is_some()) {
            return Ok(Some(Self::Named));
        }
        // On a disk, as an operator would have it: what lives in memory alone costs less.
        let data = TempDir::with_prefix_in("voxora-bench-", &place.storage)?;
        let mut process = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["xtask", "documentdb", "--data"])
            .arg(data.path())
            .current_dir(&place.repository)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cargo xtask documentdb does not start")?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("standard output is piped")?).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("cargo xtask documentdb ended at its start")?;
        if let Some(uri) = said.get("uri").and_then(Value::as_str) {
            return Ok(Some(Self::Own { uri: uri.to_owned(), process, _data: data }));
        }
        let _ = process.wait();
        match said.get("unavailable").and_then(Value::as_str) {
            Some(reason) => {
                println!("The gateway is left out: {reason}");
                Ok(None)
            }
            None => bail!("cargo xtask documentdb said {line}"),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Self::Own { process, .. } = self {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }
}

/// A program that `cargo xtask bench` has built: beside this one.
fn built(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.parent().unwrap_or(Path::new(".")).join(name);
    ensure!(program.exists(), "{} is not built; `cargo xtask bench documents` builds it", program.display());
    Ok(program)
}

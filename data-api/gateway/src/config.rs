//! What an operator may set, by flag or by environment variable.
//!
//! Text that is set and empty counts as not set: compose files write variables so that nobody has given a value.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use tracing::level_filters::LevelFilter;
use voxora_data_api::DataApiError;

use crate::keys::Keys;

/// MongoDB's own databases, which hold users and sessions.
const RESERVED_DATABASES: [&str; 3] = ["admin", "config", "local"];

/// MongoDB's Data API as a server, in front of MongoDB or of PostgreSQL with DocumentDB.
#[derive(Parser)]
#[command(name = "voxora-gateway", version)]
pub struct Arguments {
    /// The address to serve on; port 0 takes a free one. There is no TLS here: put a proxy in front
    #[arg(long, env = "GATEWAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// MongoDB's connection string, mongodb:// or mongodb+srv://
    #[arg(long, env = "MONGODB_URI", hide_env_values = true)]
    mongodb_uri: Option<String>,

    /// The connection string of a PostgreSQL that has the DocumentDB extension, postgres://
    #[arg(long, env = "POSTGRES_URI", hide_env_values = true)]
    postgres_uri: Option<String>,

    /// A PEM file with the authorities that may have signed PostgreSQL's certificate, instead of the public ones.
    /// (For MongoDB the connection string's tlsCAFile says it.)
    #[arg(long, env = "POSTGRES_CA_FILE")]
    postgres_ca_file: Option<String>,

    /// A file of keys, one a line, each written as name:role:secret with the role read, write or admin
    #[arg(long, env = "GATEWAY_KEY_FILE")]
    key_file: Option<String>,

    /// Keys as in --key-file, separated by commas or white space
    // Not a flag of its own: a command line can be read by every process of the machine.
    #[arg(skip = std::env::var("GATEWAY_KEYS").ok())]
    keys: Option<String>,

    /// The only `dataSource` that requests may name; any when absent
    #[arg(long, env = "GATEWAY_DATA_SOURCE")]
    data_source: Option<String>,

    /// The databases that requests may name, separated by commas; when absent all but admin, config and local
    #[arg(long, env = "GATEWAY_DATABASES", value_delimiter = ',')]
    databases: Vec<String>,

    /// The most bytes a request's body may have
    // More than twice of what the product sends: 100 events with 256 KiB of text, all of it escaped as \u….
    #[arg(long, env = "GATEWAY_MAX_BODY_BYTES", default_value_t = 4 * 1024 * 1024)]
    max_body_bytes: usize,

    /// The most bytes of BSON that an answer may be made of
    #[arg(long, env = "GATEWAY_MAX_ANSWER_BYTES", default_value_t = 16 * 1024 * 1024)]
    max_answer_bytes: usize,

    /// How long a request may take, in milliseconds
    #[arg(long, env = "GATEWAY_TIMEOUT_MS", default_value = "30000")]
    timeout_ms: NonZero<u32>,

    /// How long the building of indexes may take, in milliseconds
    #[arg(long, env = "GATEWAY_INDEX_TIMEOUT_MS", default_value = "600000")]
    index_timeout_ms: NonZero<u32>,

    /// How many requests are worked on at once; others wait for up to a second and are then turned away
    #[arg(long, env = "GATEWAY_MAX_CONCURRENCY", default_value = "16")]
    max_concurrency: NonZero<u16>,

    /// How many connections to the backend are kept
    #[arg(long, env = "GATEWAY_POOL_SIZE", default_value = "16")]
    pool_size: NonZero<u16>,

    /// How long requests under way may go on after SIGTERM, in milliseconds
    #[arg(long, env = "GATEWAY_SHUTDOWN_MS", default_value_t = 25_000)]
    shutdown_ms: u32,

    /// How much is logged: off, error, warn or info (a line for each request)
    #[arg(long, env = "GATEWAY_LOG", default_value = "info")]
    pub log: LevelFilter,
}

/// How much, how long, how many.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most bytes of a request's body.
    pub body_bytes: usize,
    /// The most bytes of BSON in an answer.
    pub answer_bytes: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long the building of indexes may take.
    pub index_timeout: Duration,
    /// How many requests are worked on at once.
    pub concurrency: usize,
    /// How many connections the backend gets.
    pub pool: u16,
    /// How long requests may go on after the signal to end.
    pub shutdown: Duration,
}

/// Which data sources and databases requests may name.
#[derive(Debug)]
pub struct Namespaces {
    data_source: Option<String>,
    databases: Vec<String>,
}

impl Arguments {
    /// The keys, wherever they were given.
    pub fn keys(&self) -> Result<Keys> {
        let from_file = match text(self.key_file.as_ref()).map(Path::new) {
            Some(file) => {
                warn_if_readable_by_others(file);
                std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the keys in {}", file.display()))?
            }
            None => String::new(),
        };
        Keys::parse(&format!("{from_file}\n{}", self.keys.as_deref().unwrap_or_default()))
    }

    /// How much, how long, how many.
    pub fn limits(&self) -> Limits {
        let milliseconds = |value: u32| Duration::from_millis(value.into());
        Limits {
            body_bytes: self.max_body_bytes,
            answer_bytes: self.max_answer_bytes,
            timeout: milliseconds(self.timeout_ms.get()),
            index_timeout: milliseconds(self.index_timeout_ms.get()),
            concurrency: self.max_concurrency.get().into(),
            pool: self.pool_size.get(),
            shutdown: milliseconds(self.shutdown_ms),
        }
    }

    /// Which data sources and databases requests may name.
    pub fn namespaces(&self) -> Namespaces {
        let databases = self.databases.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        Namespaces {
            data_source: text(self.data_source.as_ref()).map(str::to_owned),
            databases: databases.map(str::to_owned).collect(),
        }
    }

    /// Who may have signed PostgreSQL's certificate, where not the public authorities.
    pub fn postgres_ca_file(&self) -> Option<&Path> {
        text(self.postgres_ca_file.as_ref()).map(Path::new)
    }

    /// The one backend that was chosen.
    pub fn backend(&self) -> Result<BackendUri<'_>> {
        match (text(self.mongodb_uri.as_ref()), text(self.postgres_uri.as_ref())) {
            (Some(uri), None) => Ok(BackendUri::MongoDb(uri)),
            (None, Some(uri)) => Ok(BackendUri::Postgres(uri)),
            (None, None) => bail!("where are the documents? Give --mongodb-uri or --postgres-uri"),
            (Some(_), Some(_)) => bail!("give either --mongodb-uri or --postgres-uri, not both"),
        }
    }
}

/// Which backend, and where.
pub enum BackendUri<'a> {
    /// MongoDB, by its driver.
    MongoDb(&'a str),
    /// PostgreSQL with the DocumentDB extension.
    Postgres(&'a str),
}

impl Namespaces {
    /// Checks what a request names.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] that says which name is not served.
    pub fn check(&self, data_source: &str, database: &str) -> Result<(), DataApiError> {
        if self.data_source.as_deref().is_some_and(|served| served != data_source) {
            return Err(DataApiError::Invalid(format!(
                "there is no dataSource '{}' here",
                data_source.escape_debug()
            )));
        }
        let served = if self.databases.is_empty() {
            !RESERVED_DATABASES.contains(&database)
        } else {
            self.databases.iter().any(|served| served == database)
        };
        if served {
            Ok(())
        } else {
            Err(DataApiError::Invalid(format!(
                "the database '{}' is not served here",
                database.escape_debug()
            )))
        }
    }
}

fn text(given: Option<&String>) -> Option<&str> {
    given.map(String::as_str).filter(|text| !text.is_empty())
}

fn warn_if_readable_by_others(file: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0) {
            tracing::warn!(file = %file.display(), "everybody on this machine can open the key file: chmod 600");
        }
    }
}

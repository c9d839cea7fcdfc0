//! The gateway as a process of its own, in front of the store that the environment names.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use voxora_data_api::schema::CollectionSchema;

use crate::case::Engine;
use crate::endpoint::{self, Endpoint, Http};

/// Where the gateway's program is. (`cargo xtask test conformance` builds it and says.)
const PROGRAM: &str = "VOXORA_GATEWAY";
/// Of a gateway that nobody but this test can reach.
const KEY: &str = "a-key-of-the-tests-of-more-than-32-characters";

/// Starts a program that ends when standard input does, as also happens when whoever started it ends without a word.
const UNTIL_INPUT_ENDS: &str = r#""$@" </dev/null & child=$!; read -r _; kill -9 $child"#;

/// A running gateway. It ends when this value is dropped, and with this process.
#[derive(Debug)]
pub struct Gateway {
    process: Child,
    url: String,
}

impl Gateway {
    /// Starts it in front of the store that `POSTGRES_URI` or `MONGODB_URI` names.
    ///
    /// # Errors
    /// When the environment names no program or no store, or when it does not start.
    pub fn start() -> Result<Self> {
        let program =
            std::env::var_os(PROGRAM).with_context(|| format!("{PROGRAM} does not name the gateway"))?;
        let program = Path::new(&program);
        let mut process = Command::new("sh")
            .args(["-c", UNTIL_INPUT_ENDS, "gateway"])
            .arg(program)
            // A question that a store never answers is a finding, not a reason to wait.
            .args(["--listen", "127.0.0.1:0", "--timeout-ms", "10000"])
            .env("GATEWAY_KEYS", format!("conformance:admin:{KEY}"))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let log = process.stderr.take().context("standard error is piped")?;
        let mut gateway = Self { process, url: String::new() };
        let mut lines = BufReader::new(log).lines();
        for line in &mut lines {
            let line = line.context("the gateway's log cannot be read")?;
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = entry["address"].as_str() {
                gateway.url = format!("http://{address}");
                break;
            }
            eprintln!("gateway: {line}");
        }
        ensure!(!gateway.url.is_empty(), "the gateway ended at its start; its log stands above");
        // Somebody has to read on, or the gateway would wait for room to log. Only what went wrong is worth showing.
        #[allow(clippy::disallowed_methods, reason = "not in a Worker")]
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.contains("\"ERROR\"") || line.contains("\"WARN\"") {
                    eprintln!("gateway: {line}");
                }
            }
        });
        Ok(gateway)
    }

    /// Its actions.
    #[must_use]
    pub fn endpoint(&self) -> Http {
        Http::new(&self.url, Some(KEY))
    }

    /// Makes a collection empty, and builds its indexes.
    ///
    /// # Errors
    /// When the store refuses one.
    pub fn declare(&self, schema: &CollectionSchema) -> Result<()> {
        let all = endpoint::body(schema.name, Map::from_iter([("filter".to_owned(), json!({}))]));
        let reply = self.endpoint().post("deleteMany", &all, endpoint::LOSSLESS)?;
        ensure!(reply.status == 200, "{} could not be emptied: {}", schema.name, reply.body);
        let Some(mut command) = schema.create_indexes() else { return Ok(()) };
        command.shift_remove("createIndexes");
        let body = endpoint::body(schema.name, command);
        let reply = self.endpoint().post_to("admin/createIndexes", &body, endpoint::LOSSLESS)?;
        ensure!(reply.status < 300, "the indexes of {} could not be built: {}", schema.name, reply.body);
        Ok(())
    }

    /// Whose behaviour is to be expected of it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        if std::env::var_os("POSTGRES_URI").is_some() { Engine::DocumentDb } else { Engine::MongoDb }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

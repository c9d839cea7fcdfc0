//! Programs of this repository that a suite runs beside the Worker: the gateway, in front of a real store, and the tool
//! that moves documents.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use reqwest::Client;
use serde_json::{Value, json};

use crate::PATIENCE;

/// Of a gateway that nobody but its test can reach.
const KEY: &str = "a-key-of-the-tests-of-more-than-32-characters";

/// A program of this repository, where cargo has put it. `cargo xtask test` has built it before.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let folder = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    let program = folder.join(name);
    assert!(program.exists(), "{name} has not been built. `cargo build --package {name}` does it.");
    program
}

/// A running gateway and a database of its own behind it. It ends when this value is dropped.
#[derive(Debug)]
pub struct Gateway {
    process: Child,
    client: Client,
    /// Its address.
    pub url: String,
    /// The database that belongs to this test.
    pub database: String,
}

impl Gateway {
    /// Starts it in front of the store that `POSTGRES_URI` or `MONGODB_URI` names; without one says loudly that the test
    /// is skipped.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        if ["POSTGRES_URI", "MONGODB_URI"].iter().all(|variable| std::env::var_os(variable).is_none()) {
            eprintln!("\n*** SKIPPED: neither POSTGRES_URI nor MONGODB_URI names a document store.\n");
            return None;
        }
        let mut process = Command::new(program("voxora-gateway"))
            .args(["--listen", "127.0.0.1:0"])
            .env("GATEWAY_KEYS", format!("tests:admin:{KEY}"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let mut lines = BufReader::new(process.stderr.take().expect("standard error is piped")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            entry["address"].as_str().map(str::to_owned)
        });
        // Somebody has to read on, or the gateway would wait for room to log.
        #[allow(clippy::disallowed_methods, reason = "not in a Worker")]
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Some(Self {
            process,
            client: Client::builder().timeout(PATIENCE).build().expect("a client can be made"),
            url: format!("http://{}", address.expect("the gateway says where it listens")),
            database: format!("test_{}", uuid::Uuid::new_v4().simple()),
        })
    }

    /// The variables by which a Worker, or the tool, finds the database.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("DATA_API_URL", &self.url),
            ("DATA_API_KEY", KEY),
            ("DATA_API_SOURCE", "tests"),
            ("DATA_API_DATABASE", &self.database),
        ]
    }

    /// Posts to `/action/<name>` what the action takes beside the namespace; gives the answer of a success.
    ///
    /// # Panics
    /// When it is not one.
    pub async fn action(&self, name: &str, collection: &str, mut fields: Value) -> Value {
        fields["dataSource"] = json!("tests");
        fields["database"] = json!(self.database);
        fields["collection"] = json!(collection);
        let request =
            self.client.post(format!("{}/action/{name}", self.url)).header("apiKey", KEY).json(&fields);
        let response = request.send().await.expect("the gateway answers");
        let status = response.status();
        let body = response.text().await.expect("the answer is whole");
        assert!(status.is_success(), "{name} on {collection}: {status} {body}");
        serde_json::from_str(&body).expect("the answer is JSON")
    }

    /// The documents that match, by `_id`.
    pub async fn find(&self, collection: &str, filter: Value) -> Vec<Value> {
        let fields = json!({ "filter": filter, "sort": { "_id": 1 }, "limit": 10_000 });
        let answer = self.action("find", collection, fields).await;
        answer["documents"].as_array().expect("find gives documents").clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

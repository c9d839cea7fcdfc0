//! The real gateway binary in front of a real DocumentDB, for the tests.

mod wire;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Client;
use serde_json::{Value, json};
use voxora_data_api::DataApiError;

pub const READ: &str = "read-secret-of-the-tests-0123456789";
pub const WRITE: &str = "write-secret-of-the-tests-0123456789";
pub const ADMIN: &str = "admin-secret-of-the-tests-0123456789";

const TIME_TO_START: Duration = Duration::from_secs(20);

/// Where the documents of the tests are; `None` on a machine that can have no store. Its scheme says what it is.
pub fn store() -> Option<&'static str> {
    static STORE: OnceLock<Option<String>> = OnceLock::new();
    STORE.get_or_init(find_store).as_deref()
}

fn find_store() -> Option<String> {
    // `cargo xtask test` names the one that it has started.
    if let Some(uri) = ["POSTGRES_URI", "MONGODB_URI"].into_iter().find_map(|name| std::env::var(name).ok()) {
        return Some(uri);
    }
    let mut xtask = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "xtask", "--", "documentdb"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo starts");
    let mut line = String::new();
    BufReader::new(xtask.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let answer: Value = serde_json::from_str(&line).expect("cargo xtask documentdb prints a line of JSON");
    let uri = answer["uri"].as_str().map(str::to_owned);
    if uri.is_some() {
        // It ends when its standard input closes, which is when this process ends.
        std::mem::forget(xtask);
    } else {
        xtask.wait().unwrap();
        // Not by a macro: the test harness would keep it to itself.
        let reason = answer["unavailable"].as_str().unwrap_or("cargo xtask documentdb gave no reason");
        let skipped = format!(
            "\n*** SKIPPED: every test of the gateway that needs a document store.\n*** {reason}\n\n"
        );
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
    }
    uri
}

/// A running gateway; ends when dropped.
pub struct Gateway {
    process: Child,
    address: String,
    log: Arc<Mutex<String>>,
    http: Client,
    pub database: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// The failure as the product's own client reads it.
    pub fn error(&self) -> DataApiError {
        assert!(self.status >= 400, "{self:?}");
        DataApiError::from_response(self.status, self.text.as_bytes())
    }
}

/// The command of a gateway with one key of each role, before its other settings.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxora-gateway"));
    command
        .env_clear()
        .env("GATEWAY_KEYS", format!("reader:read:{READ}, writer:write:{WRITE}, owner:admin:{ADMIN}"))
        .args(["--listen", "127.0.0.1:0"]);
    command
}

impl Gateway {
    /// In front of the tests' store; `None` where there is none.
    pub fn start(settings: &[&str]) -> Option<Self> {
        let uri = store()?;
        let flag = if uri.starts_with("mongodb") { "--mongodb-uri" } else { "--postgres-uri" };
        Some(Self::start_on(&[flag, uri], settings))
    }

    /// The same through MongoDB's driver.
    pub fn start_with_driver(settings: &[&str]) -> Option<Self> {
        let uri = store()?;
        if uri.starts_with("mongodb") {
            return Self::start(settings);
        }
        Some(Self::start_on(&["--mongodb-uri", &wire::serve(uri)], settings))
    }

    pub fn start_on(backend: &[&str], settings: &[&str]) -> Self {
        Self::start_with(&[], backend, settings)
    }

    /// With environment variables of its own.
    pub fn start_with(environment: &[(&str, &str)], backend: &[&str], settings: &[&str]) -> Self {
        let mut process = command()
            .envs(environment.iter().copied())
            .args(backend)
            .args(settings)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let log = Arc::new(Mutex::new(String::new()));
        let lines = follow(&mut process, Arc::clone(&log));
        let deadline = Instant::now() + TIME_TO_START;
        let address = loop {
            let line =
                lines.recv_timeout(deadline - Instant::now()).expect("the gateway says where it listens");
            let line: Value = serde_json::from_str(&line).expect("every line of the log is JSON");
            if line["message"] == "listening" {
                break format!("http://{}", line["address"].as_str().unwrap());
            }
        };
        // Its own database each time, so that tests do not see each other's documents.
        let database = format!("test-{}", uuid::Uuid::new_v4().simple());
        Self { process, address, log, http: Client::new(), database }
    }

    /// Posts a body as it is.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.address)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::answer(request.send().await.expect("the gateway answers")).await
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.get(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::answer(request.send().await.expect("the gateway answers")).await
    }

    async fn answer(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer is complete");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, body, text, headers }
    }

    /// The body of an action on the collection `c` of this test's database.
    pub fn body(&self, fields: Value) -> Value {
        let mut body = json!({ "dataSource": "voxora", "database": self.database, "collection": "c" });
        let Value::Object(fields) = fields else { panic!("fields are an object") };
        body.as_object_mut().unwrap().extend(fields);
        body
    }

    /// Carries out an action as the product's client does: with the key that may write, asking for relaxed EJSON.
    pub async fn act(&self, action: &str, fields: Value) -> Answer {
        let headers = [("apikey", WRITE), ("accept", "application/ejson;mode=relaxed")];
        self.post(&format!("/action/{action}"), &headers, self.body(fields).to_string()).await
    }

    pub async fn create_indexes(&self, key: &str, indexes: Value) -> Answer {
        let body = self.body(json!({ "indexes": indexes })).to_string();
        self.post("/admin/createIndexes", &[("apikey", key)], body).await
    }

    /// Stores documents, in portions that a body can hold.
    pub async fn fill(&self, documents: impl IntoIterator<Item = Value>) {
        let documents: Vec<_> = documents.into_iter().collect();
        for portion in documents.chunks(1000) {
            let answer = self.act("insertMany", json!({ "documents": portion })).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.process.id()).unwrap()), signal).unwrap();
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn follow(process: &mut Child, log: Arc<Mutex<String>>) -> Receiver<String> {
    let output = BufReader::new(process.stderr.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            log.lock().unwrap().extend([line.as_str(), "\n"]);
            // Nobody listens after the start.
            let _ = sender.send(line);
        }
    });
    receiver
}

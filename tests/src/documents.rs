//! A document store for the suites: a real endpoint of the Data API in a process of its own, killed and restarted at
//! will, and looked into from outside of the Worker.
//!
//! Where `POSTGRES_URI` or `MONGODB_URI` is set (`cargo xtask test` brings PostgreSQL with DocumentDB and sets the first),
//! it is the gateway on that, with a database of its own; elsewhere the embedded engine behind HTTP, and the run says so
//! where nobody overlooks it. [`Embedded`] looks into the Worker's own storage in the same words.

use std::{
    env,
    fs::File,
    io::Write,
    net::{Ipv4Addr, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, Once, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{PATIENCE, Server, free_port, log_file, program};

/// The key that opens every test's endpoint.
pub const DATA_API_KEY: &str = "the-key-of-the-tests-with-enough-characters";

/// The `Accept` header that asks for answers in which dates can be told from text.
const RELAXED: &str = "application/ejson;mode=relaxed";

/// The variables that name a real store, and the gateway's own names for them.
const STORES: [&str; 2] = ["POSTGRES_URI", "MONGODB_URI"];

/// Starts a program that ends when standard input does, as also happens when whoever started it is killed.
const UNTIL_INPUT_ENDS: &str = r#""$@" </dev/null & child=$!; read -r _; kill -9 $child"#;

/// Anything that carries out actions of the Data API.
pub trait Documents {
    /// Carries out one action; gives the answer's status and body.
    fn act(&self, action: &str, body: Value) -> impl Future<Output = (u16, Value)>;

    /// A conversation's messages, notes and events, in the order of their `seq`.
    fn log(&self, conversation: &str) -> impl Future<Output = Vec<Value>> {
        async move {
            let mut log = Vec::new();
            for collection in ["messages", "events"] {
                log.extend(
                    self.find(collection, json!({ "conversationId": conversation }), json!({ "_id": 1 }))
                        .await,
                );
            }
            log.sort_by_key(|document| document["seq"].as_u64());
            log
        }
    }

    /// All documents of a collection that a filter finds, in this order.
    fn find(&self, collection: &str, filter: Value, sort: Value) -> impl Future<Output = Vec<Value>> {
        async move {
            // More than any test stores, and as many as an endpoint may be asked for.
            let limit = 10_000;
            let body = json!({ "collection": collection, "filter": filter, "sort": sort, "limit": limit });
            let (status, mut answer) = self.act("find", body).await;
            assert_eq!(status, 200, "{answer}");
            let Value::Array(found) = answer["documents"].take() else { panic!("{answer}") };
            assert!(found.len() < limit, "{collection} has too many documents for this test");
            found
        }
    }
}

/// A running endpoint with a database of its own.
#[derive(Debug)]
pub struct DocumentStore {
    /// The database's name.
    pub database: String,
    port: u16,
    folder: TempDir,
    log: PathBuf,
    process: Mutex<Option<Process>>,
    http: reqwest::Client,
}

impl DocumentStore {
    /// Starts an endpoint over an empty database. `name` is what its log file is called.
    #[must_use]
    pub fn start(name: &str) -> Self {
        let store = Self {
            database: format!("voxora_tests_{}", Uuid::new_v4().simple()),
            port: free_port(),
            folder: TempDir::with_prefix("voxora-tests-").expect("a temporary folder can be made"),
            log: log_file(&format!("{name}-store")),
            process: Mutex::new(None),
            // No connection is kept: it might lead to an endpoint that has been killed since.
            http: reqwest::Client::builder()
                .timeout(PATIENCE)
                .pool_max_idle_per_host(0)
                .build()
                .expect("the client can be made"),
        };
        store.restart();
        store
    }

    /// The same, for what only the gateway does. Without a real store behind it, says loudly that the test is skipped.
    #[must_use]
    pub fn start_gateway(name: &str) -> Option<Self> {
        if real_store().is_none() {
            say_loudly(&format!(
                "SKIPPED {name}, because neither {} names a document store.",
                STORES.join(" nor ")
            ));
            return None;
        }
        Some(Self::start(name))
    }

    /// The variables by which a Worker, or the tool that moves documents, finds the database.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("DATA_API_URL", self.url()),
            ("DATA_API_KEY", DATA_API_KEY.to_owned()),
            ("DATA_API_SOURCE", "tests".to_owned()),
            ("DATA_API_DATABASE", self.database.clone()),
        ]
    }

    /// Where it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the endpoint, and nothing else, as a power cut would.
    pub fn kill_9(&self) {
        drop(self.process().take());
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        // A test that failed to start it must still be able to clean up.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts it again, on the same port and with the same documents.
    pub fn restart(&self) {
        let mut process = self.process();
        drop(process.take());
        *process = Some(Process::start(endpoint(self.port, self.folder.path()), &self.log, self.port));
    }
}

impl Documents for DocumentStore {
    async fn act(&self, action: &str, mut body: Value) -> (u16, Value) {
        body["dataSource"] = "tests".into();
        body["database"] = self.database.as_str().into();
        let request = self.http.post(format!("{}/action/{action}", self.url()));
        let request = request.header("apikey", DATA_API_KEY).header("accept", RELAXED).json(&body);
        let answer = request.send().await.expect("the document store answers");
        (answer.status().as_u16(), answer.json().await.expect("the document store answers in JSON"))
    }
}

impl Drop for DocumentStore {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// A server's own storage: its collection objects.
#[derive(Clone, Copy)]
pub struct Embedded<'a>(pub &'a Server);

impl Documents for Embedded<'_> {
    async fn act(&self, action: &str, body: Value) -> (u16, Value) {
        self.0.collection_action(action, &body)
    }
}

#[derive(Debug)]
struct Process(Child);

impl Process {
    fn start(mut program: Command, log: &Path, port: u16) -> Self {
        let log = File::options().create(true).append(true).open(log).expect("the log can be written");
        let child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            // A group of its own, so that one signal ends the endpoint and the shell that watches over it.
            .process_group(0)
            .spawn()
            .expect("the document store starts");
        let mut process = Self(child);
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = process.0.try_wait().expect("the process can be watched");
            assert_eq!(ended, None, "the document store ended at its start; see its log in tests/artifacts");
            assert!(start.elapsed() < PATIENCE, "the document store does not listen");
            sleep(Duration::from_millis(10));
        }
        process
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        kill_process_group(Pid::from_child(&self.0), Signal::KILL).expect("the process can be killed");
        self.0.wait().expect("a killed process ends");
    }
}

/// Whether a real document store was named, and by which variable.
fn real_store() -> Option<&'static str> {
    STORES.into_iter().find(|variable| env::var_os(variable).is_some())
}

/// Past the test harness, which keeps what a passing test prints.
fn say_loudly(what: &str) {
    let _ = writeln!(std::io::stderr(), "\n*** {what}\n");
}

/// The endpoint, to listen on this port.
fn endpoint(port: u16, folder: &Path) -> Command {
    let Some(variable) = real_store() else {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            say_loudly(&format!(
                "The tests of the document store run on the embedded engine behind HTTP, because neither {} names a real \
                 one. `cargo xtask test api` brings one.",
                STORES.join(" nor ")
            ));
        });
        let mut command = Command::new(program("examples/serve"));
        command.args(["--port", &port.to_string(), "--key", DATA_API_KEY, "--folder"]).arg(folder);
        return command;
    };
    let uri = env::var(variable).expect("the address is text");
    let mut command = Command::new("sh");
    for other in STORES {
        command.env_remove(other);
    }
    command
        .args(["-c", UNTIL_INPUT_ENDS, "sh"])
        .arg(program("voxora-gateway"))
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .env(variable, uri)
        .env("GATEWAY_KEYS", format!("tests:admin:{DATA_API_KEY}"));
    command
}

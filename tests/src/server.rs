//! The built Worker in real workerd, started, killed and restarted at will.
//!
//! Each server is a `node tests/harness/serve.mjs` with its workerd, in a process group of their own and with a
//! storage folder of their own. They end when the [`Server`] is dropped, and also when this process dies however it
//! dies, because `serve.mjs` ends when its standard input closes.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use voxora_domain::wire::AgentSession;

use crate::DocumentStore;

/// The secret that signs access tokens on every test server.
pub const JWT_SECRET: &str = "a-secret-of-the-tests-of-more-than-32-characters";
/// The secret that lets its holder read the metrics of every test server.
pub const METRICS_TOKEN: &str = "metrics-token-of-the-tests";
/// The secret that guards set-up on every test server.
pub const SETUP_TOKEN: &str = "setup-token-of-the-tests";

/// Says where documents are, for tests that do not: `gateway`, or in the Worker's own storage.
const DOCUMENTS: &str = "VOXORA_DOCUMENTS";

/// What is stored is in a folder of this name, in the server's own.
const STORAGE: &str = "state";

/// Whether documents of tests that do not say where they are are in a store of their own, not in the Worker's storage.
#[must_use]
pub fn are_documents_elsewhere() -> bool {
    env::var(DOCUMENTS).is_ok_and(|documents| documents == "gateway")
}

/// What a [`Server`] is started with.
#[derive(Debug, Clone)]
pub struct Builder {
    name: &'static str,
    bindings: BTreeMap<String, String>,
    rate_limit: Option<u32>,
    collections: bool,
    city: Option<&'static str>,
    email: bool,
}

impl Builder {
    /// Has every request come from this city.
    #[must_use]
    pub const fn in_city(mut self, city: &'static str) -> Self {
        self.city = Some(city);
        self
    }

    /// Sets a variable of the Worker.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.bindings.insert(name.into(), value.into());
        self
    }

    /// Leaves a variable or secret out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.bindings.remove(name);
        self
    }

    /// Lets a room take sends as fast as they come.
    #[must_use]
    pub fn with_generous_rooms(self) -> Self {
        self.variable("ROOM_SENDS_PER_SECOND", "100000").variable("ROOM_SEND_BURST", "100000")
    }

    /// Keeps documents in a store that is reached over HTTP at `url`.
    #[must_use]
    pub fn with_documents(self, url: &str, store: &DocumentStore) -> Self {
        let builder =
            store.variables().iter().fold(self, |builder, (name, value)| builder.variable(name, value));
        builder.variable("DATA_API_URL", url)
    }

    /// Lets the limits of `wrangler.toml` and the exact ones stand as they are deployed; otherwise they are out of the way.
    #[must_use]
    pub fn with_real_rate_limits(mut self) -> Self {
        self.rate_limit = None;
        self
    }

    /// Serves the collection objects themselves too, see [`Server::collections`].
    #[must_use]
    pub fn with_collections(mut self) -> Self {
        self.collections = true;
        self
    }

    /// Gives it the binding of Cloudflare's Email Service, which here writes each mail into files.
    #[must_use]
    pub fn with_email_binding(mut self) -> Self {
        self.email = true;
        self
    }

    /// A store of its own, where this run is of documents elsewhere and the test has not said where they are.
    fn documents_elsewhere(&self) -> Option<DocumentStore> {
        let is_said = self.bindings.contains_key("DATA_API_URL");
        (are_documents_elsewhere() && !is_said).then(|| DocumentStore::start(self.name))
    }

    /// Starts it, on a free port and with an empty storage folder.
    #[must_use]
    pub fn start(self) -> Server {
        self.start_with(|_| ())
    }

    /// Starts it on a free port, with what `fill` puts into its storage folder.
    #[must_use]
    pub fn start_with(self, fill: impl FnOnce(&Path)) -> Server {
        let folder = TempDir::with_prefix("voxora-tests-").expect("a temporary folder can be made");
        fill(&folder.path().join(STORAGE));
        let port = free_port();
        let documents = self.documents_elsewhere();
        let options =
            documents.iter().fold(self, |options, store| options.with_documents(&store.url(), store));
        let process = Mutex::new(Some(Process::start(&options, port, folder.path())));
        Server { options, port, folder, process, agent: OnceCell::new(), _documents: documents }
    }
}

/// A running Worker.
pub struct Server {
    options: Builder,
    port: u16,
    folder: TempDir,
    process: Mutex<Option<Process>>,
    pub(crate) agent: OnceCell<AgentSession>,
    /// Ends with the server.
    _documents: Option<DocumentStore>,
}

impl Server {
    /// A server of one's own. `name` is what its log file is called.
    #[must_use]
    pub fn named(name: &'static str) -> Builder {
        Builder {
            name,
            bindings: BTreeMap::from([
                ("JWT_SECRET".into(), JWT_SECRET.into()),
                ("METRICS_TOKEN".into(), METRICS_TOKEN.into()),
                ("SETUP_TOKEN".into(), SETUP_TOKEN.into()),
                ("MAIL_SENDER".into(), "mailbox".into()),
                // All tests are one network.
                ("LIMIT_WRONG_LOGINS_PER_ADDRESS".into(), "1000000/1".into()),
            ]),
            rate_limit: Some(1_000_000),
            collections: false,
            city: None,
            email: false,
        }
    }

    /// The server most tests share. Its rooms take sends as fast as they come; tests are isolated by their data.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| {
            let shared = Self::named("shared").with_generous_rooms();
            shared.variable("LIMIT_INVITATIONS", "100000/60").start()
        })
    }

    /// The server of the tests about limits: everything is as it is deployed, except for the limit on logins.
    pub fn as_deployed() -> &'static Self {
        static AS_DEPLOYED: OnceLock<Server> = OnceLock::new();
        AS_DEPLOYED.get_or_init(|| Self::named("as-deployed").start())
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the collection objects take actions, below `/action/`.
    ///
    /// # Panics
    /// When it was started without [`Builder::with_collections`].
    #[must_use]
    pub fn collections(&self) -> String {
        let process = self.process.lock().unwrap();
        let process = process.as_ref().expect("the server runs");
        process.documents.clone().expect("the server was started with its collections")
    }

    /// The folder that holds everything it stores.
    #[must_use]
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join(STORAGE)
    }

    /// Ends workerd and its parent in good order: what is stored is whole on disk afterwards.
    pub fn stop(&self) {
        drop(self.process.lock().unwrap().take());
    }

    /// Ends workerd and its parent as a power cut would: at once, with nothing said and nothing flushed.
    pub fn kill_9(&self) {
        if let Some(process) = self.process.lock().unwrap().take() {
            process.kill_9();
        }
    }

    /// Sets a variable of the Worker, from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.options.bindings.insert(name.into(), value.into());
    }

    /// Takes a variable of the Worker away, from its next start on.
    pub fn unset(&mut self, name: &str) {
        self.options.bindings.remove(name);
    }

    /// Starts it again, on the same port and with the same storage.
    pub fn restart(&self) {
        let mut process = self.process.lock().unwrap();
        if let Some(process) = process.take() {
            process.kill_9();
        }
        *process = Some(Process::start(&self.options, self.port, self.folder.path()));
    }

    /// Puts an object to sleep as the platform does with an idle one: its memory is gone, its sockets hibernate.
    pub fn hibernate(&self, class: &str, name: &str) {
        let answer = self.ask(&json!({ "evict": { "class": class, "name": name } }));
        assert_eq!(answer, json!({ "evicted": true }), "{class} {name} could not be hibernated");
    }

    /// Carries out an action of the Data API on the Worker's own storage; gives the answer's status and body.
    #[must_use]
    pub fn collection_action(&self, action: &str, body: &Value) -> (u16, Value) {
        let mut answer = self.ask(&json!({ "act": { "action": action, "body": body } }));
        let status = answer["status"].as_u64().and_then(|status| status.try_into().ok());
        (status.unwrap_or_else(|| panic!("{answer}")), answer["body"].take())
    }

    /// Asks an object as the Worker does; gives its answer.
    #[must_use]
    pub fn ask_object(&self, class: &str, name: &str, body: &Value) -> Value {
        self.ask(&json!({ "ask": { "class": class, "name": name, "body": body } }))["answer"].take()
    }

    /// Reads an object's database as it is on disk; gives the rows, each as an array.
    #[must_use]
    pub fn rows(&self, class: &str, name: &str, query: &str) -> Vec<Value> {
        let mut answer = self.ask(&json!({ "rows": { "class": class, "name": name, "query": query } }));
        match answer["rows"].take() {
            Value::Array(rows) => rows,
            _ => panic!("{query} on {class} {name}: {answer}"),
        }
    }

    fn ask(&self, command: &Value) -> Value {
        self.process.lock().unwrap().as_mut().expect("the server runs").ask(command)
    }

    /// What the Worker has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        let process = self.process.lock().unwrap();
        fs::read_to_string(&process.as_ref().expect("the server runs").log).expect("the log can be read")
    }
}

#[derive(Debug)]
struct Process {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    log: PathBuf,
    documents: Option<String>,
}

impl Process {
    fn start(options: &Builder, port: u16, folder: &Path) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository");
        assert!(
            root.join("build/index.js").exists(),
            "There is no built Worker in build/. `cargo xtask test` builds it; alone, `cargo xtask worker` does."
        );
        let node = root.join("node_modules/.bin/node");
        assert!(node.exists(), "There is no node_modules/.bin/node. `cargo xtask setup` brings it.");

        let log = log_file(options.name);
        let temporary = folder.join("tmp");
        fs::create_dir_all(&temporary).expect("the storage folder can be written");
        let mut bindings = options.bindings.clone();
        bindings.entry("PUBLIC_URL".into()).or_insert_with(|| format!("http://127.0.0.1:{port}"));
        let mut arguments = json!({
            "port": port, "persist": folder.join(STORAGE), "bindings": bindings, "documents": options.collections,
            "email": options.email,
        });
        if let Some(city) = options.city {
            arguments["cf"] = json!({ "city": city });
        }
        if let Some(limit) = options.rate_limit {
            arguments["rateLimit"] = limit.into();
        }
        let mut child = Command::new(node)
            .arg(root.join("tests/harness/serve.mjs"))
            .arg(arguments.to_string())
            // A killed Miniflare leaves its temporary files behind; these go with the storage folder.
            .env("TMPDIR", &temporary)
            .env("WRANGLER_SEND_METRICS", "false")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("the log can be written"))
            .process_group(0)
            .spawn()
            .expect("node starts");
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut process = Self { child, commands, answers, log, documents: None };
        let ready = process.answer();
        assert!(ready["ready"]["workerd"].is_u64(), "the server said {ready}");
        process.documents = ready["ready"]["documents"].as_str().map(str::to_owned);
        process
    }

    fn ask(&mut self, command: &Value) -> Value {
        let commands = self.commands.as_mut().expect("the server has not been told to end");
        writeln!(commands, "{command}").expect("the server takes commands");
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(length) if length > 0 => serde_json::from_str(&line).expect("the server answers in JSON"),
            _ => panic!(
                "the server ended by itself; its log:\n{}",
                fs::read_to_string(&self.log).unwrap_or_default()
            ),
        }
    }

    fn kill_9(mut self) {
        let group = Pid::from_child(&self.child);
        kill_process_group(group, Signal::KILL).expect("the server's processes can be killed");
        self.child.wait().expect("a killed process ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // `serve.mjs` stops workerd and ends by itself. After `kill_9` both are gone already.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}

/// A file for what a process of this run logs.
pub(crate) fn log_file(name: &str) -> PathBuf {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
    fs::create_dir_all(&folder).expect("tests/artifacts can be made");
    folder.join(format!("{name}-{}.log", STARTED.fetch_add(1, Ordering::Relaxed)))
}

/// A port nobody listens on, below those from which systems take the local ports of outgoing connections: between
/// a kill and a restart no client may happen to sit on it.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(15_000..32_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

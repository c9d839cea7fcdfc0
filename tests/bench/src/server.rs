//! The programs that are measured: each a Node script that serves on a free port of the loopback interface, says where
//! in one line of JSON, and ends when its standard input closes. So none outlives the bench, however the bench ends.

use std::{
    env,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio, id},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tempfile::TempDir;
use tokio::time::sleep;

/// Where the bench runs.
#[derive(Debug, Clone)]
pub struct Place {
    /// The repository.
    pub repository: PathBuf,
    /// The configuration of the product's Worker.
    pub worker: PathBuf,
    /// The folder in which all servers store.
    pub storage: PathBuf,
}

impl Place {
    /// In this repository, with its own Worker and the system's folder for temporary files if nothing else is said.
    pub fn new(worker: Option<PathBuf>, storage: Option<PathBuf>) -> Result<Self> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let repository = repository.context("the crate is two folders deep in the repository")?.to_path_buf();
        Ok(Self {
            worker: worker.unwrap_or_else(|| repository.join("wrangler.toml")),
            storage: storage.unwrap_or_else(env::temp_dir),
            repository,
        })
    }

    /// How long the disk takes to keep a page for good: the median of some. Every commit of every server waits for it.
    pub fn sync_time(&self) -> Result<Duration> {
        const TIMES: usize = 51;
        let mut file: File = tempfile::tempfile_in(&self.storage)?;
        let mut times = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            file.write_all(&[1; 4096])?;
            let start = Instant::now();
            file.sync_data()?;
            times.push(start.elapsed());
        }
        times.sort();
        times.get(TIMES / 2).copied().context("something was measured")
    }
}

/// A running server, with a folder of its own that goes when it goes.
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    /// What else it said of itself: the versions it runs.
    pub versions: Map<String, Value>,
    folder: TempDir,
    /// What it was started with, to be started again.
    command: (PathBuf, String),
}

#[derive(Deserialize)]
struct Ready {
    origin: String,
    #[serde(flatten)]
    versions: Map<String, Value>,
}

impl Server {
    /// Runs a script of `tests/bench` with its options; `persist`, the folder for what it stores, is added to them.
    pub fn start(place: &Place, script: &str, mut options: Value) -> Result<Self> {
        let node = node(&place.repository)?;
        let folder = TempDir::with_prefix_in("voxora-bench-", &place.storage)?;
        if let Some(options) = options.as_object_mut() {
            options.insert("persist".into(), folder.path().join("state").to_string_lossy().into());
        }
        let command = (place.repository.join("tests/bench").join(script), options.to_string());
        let (child, ready) = launch(&node, &command, &folder)?;
        Ok(Self::new(child, ready, folder, command))
    }

    fn new(mut child: Child, ready: Ready, folder: TempDir, command: (PathBuf, String)) -> Self {
        let stdin = child.stdin.take();
        Self { child, stdin, origin: ready.origin, versions: ready.versions, folder, command }
    }

    /// Kills all its processes, as a crash does, and starts it again on what it has stored; its address is another then.
    pub fn crash_and_start(&mut self) -> Result<()> {
        let mut system = System::new();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
        let root = Pid::from_u32(self.child.id());
        let own = |pid: Pid| {
            std::iter::successors(Some(pid), |&pid| system.process(pid)?.parent()).any(|pid| pid == root)
        };
        for process in system.processes().values().filter(|process| own(process.pid())) {
            process.kill();
        }
        self.child.wait()?;
        let node = node(&self.command.0)?;
        let (mut child, ready) = launch(&node, &self.command, &self.folder)?;
        self.stdin = child.stdin.take();
        self.child = child;
        self.origin = ready.origin;
        Ok(())
    }

    /// The processor time that it and all processes it started have used.
    pub fn cpu_time(&self) -> Duration {
        let root = Pid::from_u32(self.child.id());
        cpu_time(|system, pid| {
            let mut ancestors = std::iter::successors(Some(pid), |&pid| system.process(pid)?.parent());
            ancestors.any(|ancestor| ancestor == root)
        })
    }
}

/// The Node that `cargo xtask setup` brought into the repository that a path is in.
fn node(path: &Path) -> Result<PathBuf> {
    let found =
        path.ancestors().map(|folder| folder.join("node_modules/.bin/node")).find(|node| node.exists());
    found.context("there is no node_modules/.bin/node; `cargo xtask setup` brings it")
}

/// Starts a script with its options and waits until it serves.
fn launch(node: &Path, (script, options): &(PathBuf, String), folder: &TempDir) -> Result<(Child, Ready)> {
    let mut child = Command::new(node)
        .arg(script)
        .arg(options)
        .env("TMPDIR", folder.path())
        .env("WRANGLER_SEND_METRICS", "false")
        // wrangler would tell on standard output where it found secrets.
        .env("WRANGLER_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} does not start", script.display()))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let ready = serde_json::from_str(&line)
        .with_context(|| format!("{} ended before it served; what it wrote is above", script.display()))?;
    Ok((child, ready))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// The processor time that this process, the load generator, has used.
pub fn own_cpu_time() -> Duration {
    let own = Pid::from_u32(id());
    cpu_time(|_, pid| pid == own)
}

fn cpu_time(counts: impl Fn(&System, Pid) -> bool) -> Duration {
    let mut system = System::new();
    let what = ProcessRefreshKind::nothing().with_cpu().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    let milliseconds = system
        .processes()
        .iter()
        .filter(|&(&pid, _)| counts(&system, pid))
        .map(|(_, process)| process.accumulated_cpu_time())
        .sum();
    Duration::from_millis(milliseconds)
}

/// Waits until the servers do nothing, so that what one does after a round is not charged to the next one's.
pub async fn quiet(servers: impl Iterator<Item = &Server> + Clone) {
    const LOOK: Duration = Duration::from_millis(100);
    const LOOKS: u32 = 100;
    let used = || servers.clone().map(Server::cpu_time).sum::<Duration>();
    let mut before = used();
    let mut calm = 0;
    for _ in 0..LOOKS {
        sleep(LOOK).await;
        let now = used();
        calm = if now.saturating_sub(before) <= LOOK / 10 { calm + 1 } else { 0 };
        if calm == 2 {
            return;
        }
        before = now;
    }
}

//! `cargo xtask dev`: a working product on this machine, until Ctrl-C.
//!
//! wrangler serves it and rebuilds it when a file is saved; this module makes sure that it can, says where to look
//! once it answers, and takes everything down with it at the end.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use serde_json::Value;
use ureq::Agent;

use crate::setup::{self, Tools};
use crate::worker::{self, Profile};
use crate::{process, secrets};

const HOST: &str = "127.0.0.1";
const POLL: Duration = Duration::from_millis(200);
const TIME_TO_START: Duration = Duration::from_mins(3);
const TIME_TO_END: Duration = Duration::from_secs(5);
/// Where the demo's documents and rooms are, apart from those of a person's own deployment.
const DEMO_STORAGE: &str = ".wrangler/demo";
/// Those of `tests/demo/team.mjs`.
const DEMO_ACCOUNTS: &str = "  Sign in as   ada@example.com (admin), bo@example.com or chidi@example.com\n  Password     correct horse battery staple\n";

/// What a person may choose.
pub struct Options {
    pub port: u16,
    /// Serve a team with a history.
    pub demo: bool,
    /// Show all that wrangler says.
    pub verbose: bool,
}

/// What a person may want meanwhile.
enum Wish {
    End,
    Addresses,
}

pub fn run(options: &Options) -> Result<()> {
    // First of all: whoever must choose another port shall not wait for a build to hear of it.
    check_port(options.port)?;
    let tools = setup::tools()?;
    worker::build(&tools, Profile::Dev)?;

    let (wish, wishes) = mpsc::channel();
    let end = wish.clone();
    ctrlc::set_handler(move || {
        // Nobody listens any more when the end is already under way.
        let _ = end.send(Wish::End);
    })
    .context("cannot listen for Ctrl-C")?;

    process::announce("Starting wrangler");
    let mut server = Server::start(&tools, options)?;
    let address = format!("http://{HOST}:{}", options.port);
    if !server.wait_until(&wishes, Some(TIME_TO_START), || answers(&address))? {
        return Ok(());
    }
    if options.demo {
        process::announce("Filling in the demo's team and its conversations");
        process::run(
            tools
                .javascript
                .command("node")
                .args(["tests/demo/seed.mjs", &address])
                .env("SETUP_TOKEN", secrets::setup_token()?),
        )?;
    }
    server.show_rebuilds();
    let addresses = addresses(&address, options)?;
    println!("\n{addresses}");
    listen_for_enter(wish);
    while server.wait_until(&wishes, None, || false)? {
        println!("\n{addresses}");
    }
    Ok(())
}

fn check_port(port: u16) -> Result<()> {
    TcpListener::bind((HOST, port)).map(drop).with_context(|| {
        format!("port {port} is taken or not allowed: end what uses it, or choose another one with --port")
    })
}

/// Where there is a person at a terminal, their Enter asks for the addresses: rebuilds may have pushed them off the screen.
fn listen_for_enter(wish: Sender<Wish>) {
    if !io::stdin().is_terminal() {
        return;
    }
    thread::spawn(move || {
        for line in io::stdin().lines() {
            if line.is_err() || wish.send(Wish::Addresses).is_err() {
                return;
            }
        }
    });
}

/// wrangler, and all that it starts, in a process group of their own; nothing of it outlives this value.
struct Server {
    wrangler: Child,
    /// Whether what is built from now on is worth a line.
    rebuilds: Arc<AtomicBool>,
}

impl Server {
    fn start(tools: &Tools, options: &Options) -> Result<Self> {
        let mut command = tools.javascript.command("wrangler");
        command
            .args(["dev", "--ip", HOST, "--port", &options.port.to_string()])
            .args(["--show-interactive-dev-session", "false"])
            .env(Profile::VARIABLE, Profile::Dev.name())
            .stdin(Stdio::null())
            .process_group(0);
        if options.demo {
            command.args(["--persist-to", DEMO_STORAGE]);
        }
        if !options.verbose {
            command.stdout(Stdio::piped());
        }
        let mut wrangler = command.spawn().context("cannot start wrangler")?;
        let rebuilds = Arc::new(AtomicBool::new(false));
        if let Some(output) = wrangler.stdout.take() {
            let shown = Arc::clone(&rebuilds);
            thread::spawn(move || show(output, &shown));
        }
        Ok(Self { wrangler, rebuilds })
    }

    /// wrangler builds once when it starts, where there is nothing left to build.
    fn show_rebuilds(&self) {
        self.rebuilds.store(true, Ordering::Relaxed);
    }

    /// Waits for something: true when it came, or a person wants the addresses; false when a person asked to end before.
    fn wait_until(
        &mut self,
        wishes: &Receiver<Wish>,
        limit: Option<Duration>,
        mut came: impl FnMut() -> bool,
    ) -> Result<bool> {
        let start = Instant::now();
        loop {
            match wishes.recv_timeout(POLL) {
                Ok(Wish::End) | Err(RecvTimeoutError::Disconnected) => return Ok(false),
                Ok(Wish::Addresses) => return Ok(true),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.ended()? {
                bail!("wrangler ended by itself ({status})");
            }
            if came() {
                return Ok(true);
            }
            if limit.is_some_and(|limit| start.elapsed() > limit) {
                bail!("the Worker does not answer; what wrangler wrote above may say why");
            }
        }
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.wrangler.try_wait().context("cannot see whether wrangler runs")
    }

    fn signal_group(&self, signal: Signal) {
        if let Ok(group) = i32::try_from(self.wrangler.id()) {
            // It fails when nobody of the group is left, which is what is wanted.
            let _ = signal::killpg(Pid::from_raw(group), signal);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal_group(Signal::SIGINT);
        let start = Instant::now();
        while matches!(self.ended(), Ok(None)) && start.elapsed() < TIME_TO_END {
            std::thread::sleep(POLL);
        }
        // Whoever did not listen, and what wrangler may have left behind.
        self.signal_group(Signal::SIGKILL);
        let _ = self.wrangler.wait();
    }
}

/// Shows what a build has to say, and nothing else of wrangler's standard output: two lines for each request would push the
/// addresses off the screen in seconds. Its errors and warnings, and the Worker's, go to standard error and are always seen.
fn show(output: ChildStdout, rebuilds: &AtomicBool) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        if let Some(line) = of_a_build(&line).filter(|_| rebuilds.load(Ordering::Relaxed)) {
            println!("{line}");
        }
    }
}

fn of_a_build(line: &str) -> Option<&str> {
    let said = line.strip_prefix("[custom build] ")?;
    (!said.trim().is_empty() && !said.starts_with("Running: ")).then_some(said)
}

fn agent() -> Agent {
    Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into()
}

fn answers(address: &str) -> bool {
    agent().get(format!("{address}/healthz")).call().is_ok()
}

fn set_up_is_required(address: &str) -> Result<bool> {
    let answer = agent()
        .get(format!("{address}/api/v1/setup"))
        .call()
        .and_then(|mut response| response.body_mut().read_to_string())
        .context("the Worker does not say whether set-up is required")?;
    let status: Value = serde_json::from_str(&answer)
        .with_context(|| format!("the Worker's set-up status is not JSON: {answer}"))?;
    status
        .get("required")
        .and_then(Value::as_bool)
        .with_context(|| format!("the Worker's set-up status does not say `required`: {answer}"))
}

fn addresses(address: &str, options: &Options) -> Result<String> {
    let mut text = format!(
        "Voxora runs. Stop it with Ctrl-C.\n\n  Demo shop    {address}/demo/\n  Dashboard    {address}/dashboard/\n  API          {address}/docs/\n"
    );
    if set_up_is_required(address)? {
        // In the fragment, which browsers keep to themselves: the token reaches no log on its way.
        let token = secrets::setup_token()?;
        text.extend(["  First admin  ", address, "/dashboard/#setup=", &token, "\n"]);
    }
    if options.demo {
        text.push_str(DEMO_ACCOUNTS);
    }
    if io::stdin().is_terminal() {
        text.push_str("\n  Enter shows these again.");
        text.push_str(if options.verbose { "" } else { " --verbose shows every request." });
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_that_wrangler_says_only_builds_are_shown() {
        assert_eq!(
            of_a_build("[custom build] ==> Building the Worker (dev)"),
            Some("==> Building the Worker (dev)")
        );
        assert_eq!(
            of_a_build("[custom build] error[E0425]: cannot find value"),
            Some("error[E0425]: cannot find value")
        );
        assert_eq!(of_a_build("[custom build] Running: cargo xtask worker"), None);
        assert_eq!(of_a_build("[custom build] "), None);
        assert_eq!(of_a_build("[wrangler:info] GET /healthz 200 OK (3ms)"), None);
        assert_eq!(of_a_build(r#"{"level":"info","route":"/healthz"}"#), None);
    }
}

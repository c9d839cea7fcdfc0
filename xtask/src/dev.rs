//! `cargo xtask dev`: a working product on this machine, until Ctrl-C.
//!
//! wrangler serves it and rebuilds it when a file is saved; this module makes sure that it can, says where to look
//! once it answers, and takes everything down with it at the end.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
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

pub fn run(port: u16) -> Result<()> {
    let tools = setup::tools()?;
    check_port(port)?;
    worker::build(&tools, Profile::Dev)?;

    let (ask_to_end, asked_to_end) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listens any more when the end is already under way.
        let _ = ask_to_end.send(());
    })
    .context("cannot listen for Ctrl-C")?;

    process::announce("Starting wrangler");
    let mut server = Server::start(&tools, port)?;
    let address = format!("http://{HOST}:{port}");
    if server.wait_until(&asked_to_end, Some(TIME_TO_START), || answers(&address))? {
        print_addresses(&address)?;
        server.wait_until(&asked_to_end, None, || false)?;
    }
    Ok(())
}

fn check_port(port: u16) -> Result<()> {
    TcpListener::bind((HOST, port)).map(drop).with_context(|| {
        format!("port {port} is taken or not allowed: end what uses it, or choose another one with --port")
    })
}

/// wrangler, and all that it starts, in a process group of their own; nothing of it outlives this value.
struct Server {
    wrangler: Child,
}

impl Server {
    fn start(tools: &Tools, port: u16) -> Result<Self> {
        let wrangler = tools
            .javascript
            .command("wrangler")
            .args(["dev", "--ip", HOST, "--port", &port.to_string()])
            .args(["--show-interactive-dev-session", "false"])
            .env(Profile::VARIABLE, Profile::Dev.name())
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start wrangler")?;
        Ok(Self { wrangler })
    }

    /// Waits for something: true when it came, false when a person asked to end before.
    fn wait_until(
        &mut self,
        asked_to_end: &Receiver<()>,
        limit: Option<Duration>,
        mut came: impl FnMut() -> bool,
    ) -> Result<bool> {
        let start = Instant::now();
        loop {
            match asked_to_end.recv_timeout(POLL) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(false),
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

fn print_addresses(address: &str) -> Result<()> {
    let mut addresses = format!("  Demo shop    {address}/demo/\n  Dashboard    {address}/dashboard/\n");
    if set_up_is_required(address)? {
        // In the fragment, which browsers keep to themselves: the token reaches no log on its way.
        let token = secrets::setup_token()?;
        addresses.extend(["  First admin  ", address, "/dashboard/#setup=", &token, "\n"]);
    }
    // In one piece, so that wrangler's own lines do not come between.
    println!("\nVoxora runs. Stop it with Ctrl-C.\n\n{addresses}");
    Ok(())
}

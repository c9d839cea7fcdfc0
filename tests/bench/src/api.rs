//! `bench api`: what the pages of the team ask for, and how that compares with what such an API is usually made of.
//!
//! Two servers run side by side on this machine, with this load generator:
//!
//! * **ours**: the release Worker, built as it is deployed, in workerd, with documents in its own storage on the disk and
//!   nothing between it and the generator;
//! * **Express** (`tests/bench/express`): Express 5 with `jsonwebtoken`, `argon2` and `better-sqlite3` (`synchronous=FULL`)
//!   in one Node process: one function call from the request to its rows.
//!
//! Both hold the same people, conversations and settings, and give the same answers: before anything is measured each route is
//! asked of both, and what they say must be equal but for tokens and times of signing in. Both check the token alike (HS256
//! and nothing else, key, issuer, audience, time), and both find the rows by equal indexes, one more than the page has.
//!
//! # What ours does besides
//! The baseline is the least that gives the answer; ratios are what the following costs, together with what workerd and
//! WebAssembly cost:
//!
//! * every request: rules of the route table, a request id and a line of the log, which Miniflare reads here (some 5 % of the
//!   CPU of a list); and whoever has a token is looked up in the register of sessions, an object of each user's own, so that an
//!   ended session ends at once. The baseline believes a token until it expires;
//! * every read: the store is another object with a database of its own, asked by a Data API query that it compiles to
//!   SQL. The rows are JSON, which the object reads, the Worker reads again and writes once more. The list of people is
//!   looked through 200 at a time, for its filters;
//! * a log-in: three limits in objects of their own (network, account, and coarse in front), the known device, settings out of
//!   KV, and three writes in two objects (session, sessions that have run out, time of signing in), where the baseline has
//!   one transaction. KV and the coarse limiter are Miniflare's here, workers in the same workerd: in a deployment they cost
//!   a Worker waiting, and no CPU;
//! * a log-in hashes on the Worker's one thread, in WebAssembly without SIMD, one at a time for each isolate; `argon2`
//!   hashes natively in Node's thread pool, several at once. A deployment has more isolates as it has more to do.
//!
//! # How to read the figures
//! * So many requests are under way **at once**, each on a connection that is kept: the next is sent when the answer has come. With 1
//!   the rate shows how long one answer takes; 16 shows what the server can take.
//! * **Log-ins** are at most [`MOST_LOG_INS`] at once: ours turns the eighth away that would wait for an isolate's turn at
//!   hashing, which is its purpose. Everybody signs in in turn, from a device that the account knows. The limits by count are set out
//!   of the way by their variables and still asked. A round has so few log-ins that its p99 is its slowest.
//! * **p50, p95 and p99** are from sending a request until its whole answer is here.
//! * **CPU µs/request** is all processor time of the server's processes from the beginning of a round until it has come to
//!   rest, divided by the requests. On a machine where the generator has no core to itself, trust it most.
//! * **bytes/answer** are those of the body. Neither compresses: before a deployment Cloudflare does.
//! * **generator** is the load generator's own share of one core. Near 100 % the generator is what is measured.
//! * Rounds take turns, each after a warm-up, and each figure is the median of its rounds, as in [`crate::room`].
//!
//! Anything but a success ends the bench: an answer that refuses is quicker than one that does not.

mod data;
mod report;
mod target;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use futures::TryStreamExt as _;
use futures::stream::FuturesUnordered;
use hdrhistogram::Histogram;
use tokio::time::Instant;

use self::data::{CONVERSATIONS, Data, PEOPLE};
use self::report::{Configuration, Report, Round};
use self::target::{Kind, Route, Target};
use crate::room::milliseconds;
use crate::server::{Place, own_cpu_time, quiet};

/// So many log-ins are under way at most: one is hashed, five wait. With two more ours would begin to turn them away.
const MOST_LOG_INS: usize = 6;
/// How long a round is warmed up.
const WARM_UP: Duration = Duration::from_millis(300);

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Two minutes in place of seven, with figures that vary more
    #[arg(long)]
    quick: bool,
    /// Write everything that was measured, round by round, to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = [Kind::Voxora, Kind::Express], value_enum)]
    targets: Vec<Kind>,
    /// What to ask for
    #[arg(
        long,
        value_delimiter = ',',
        default_values_t = [Route::LogIn, Route::People, Route::Conversations, Route::Settings],
        value_enum
    )]
    routes: Vec<Route>,
    /// How many requests are under way at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16])]
    at_once: Vec<usize>,
    /// The configuration of the Worker to measure, to compare builds [default: wrangler.toml]
    #[arg(long, value_name = "FILE")]
    worker: Option<PathBuf>,
    /// Where the servers store [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIRECTORY")]
    storage: Option<PathBuf>,
    /// Rounds of each configuration [default: 7, quick: 3]
    #[arg(long)]
    rounds: Option<usize>,
    /// Seconds of each round [default: 2, quick: 0.5]
    #[arg(long)]
    seconds: Option<f64>,
}

impl Options {
    fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 3 } else { 7 })
    }

    fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 0.5 } else { 2.0 })
    }
}

/// Runs the bench, prints what it finds and writes it down.
pub async fn run(options: Options) -> Result<()> {
    let place = Place::new(options.worker.clone(), options.storage.clone())?;
    let duration =
        Duration::try_from_secs_f64(options.seconds()).context("--seconds must be a number of seconds")?;
    let data = Data::new()?;
    let mut targets = Vec::new();
    for &kind in &options.targets {
        targets.push(Target::start(&place, kind, &data).await.context(kind.label())?);
    }
    agree(&targets, &options.routes).await?;
    let lengths = (options.rounds(), options.seconds());
    let mut report = Report::new(lengths, (PEOPLE, CONVERSATIONS), place.sync_time()?);
    for target in &targets {
        report.versions.extend(target.server.versions.clone());
    }
    report.print_heading();

    for &route in &options.routes {
        let most = if route == Route::LogIn { MOST_LOG_INS } else { usize::MAX };
        let mut at_once: Vec<_> = options.at_once.iter().map(|&at_once| at_once.clamp(1, most)).collect();
        at_once.dedup();
        for at_once in at_once {
            let configuration = compare(&mut targets, route, at_once, options.rounds(), duration).await?;
            configuration.print();
            report.configurations.push(configuration);
        }
    }
    if let Some(file) = options.json {
        fs::write(&file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// Only who gives the same answer did the same work.
async fn agree(targets: &[Target], routes: &[Route]) -> Result<()> {
    let Some((first, others)) = targets.split_first() else { return Ok(()) };
    for &route in routes {
        let said = first.says(route).await.context(first.kind.label())?;
        for other in others {
            let label = other.kind.label();
            let says = other.says(route).await.context(label)?;
            ensure!(
                said == says,
                "{label} answers otherwise\n{said}\nis what it should say; it says\n{says}"
            );
        }
    }
    Ok(())
}

/// The same load on each target, in turns.
async fn compare(
    targets: &mut [Target],
    route: Route,
    at_once: usize,
    rounds: usize,
    duration: Duration,
) -> Result<Configuration> {
    for target in &mut *targets {
        target.renew().await?;
    }
    let mut found: BTreeMap<Kind, Vec<Round>> = BTreeMap::new();
    for round in 0..rounds {
        for turn in 0..targets.len() {
            // Each round begins with another one, so that none always follows the same.
            let Some(target) = targets.get((round + turn) % targets.len()) else { continue };
            quiet(targets.iter().map(|target| &target.server)).await;
            let measured = measure(target, route, at_once, duration).await;
            let measured = measured.with_context(|| format!("{}, {at_once} at once", target.kind.label()))?;
            found.entry(target.kind).or_default().push(measured);
        }
    }
    Ok(Configuration::new(route, at_once, found))
}

/// One round: connections are made, code is warm, then it counts.
async fn measure(target: &Target, route: Route, at_once: usize, duration: Duration) -> Result<Round> {
    load(target, route, at_once, WARM_UP).await?;
    quiet([&target.server].into_iter()).await;

    let (served, generated) = (target.server.cpu_time(), own_cpu_time());
    let outcome = load(target, route, at_once, duration).await?;
    let generated = own_cpu_time().saturating_sub(generated);
    quiet([&target.server].into_iter()).await;
    let served = target.server.cpu_time().saturating_sub(served);
    Ok(outcome.round(served, generated))
}

/// What came of a load.
struct Outcome {
    /// From the first request to the last answer.
    took: Duration,
    /// Microseconds from sending a request until its answer was here, for each.
    latency: Histogram<u64>,
    /// The bytes of the answers' bodies.
    bytes: u64,
}

/// So many at once ask again and again for so long.
async fn load(target: &Target, route: Route, at_once: usize, duration: Duration) -> Result<Outcome> {
    let tally = RefCell::new((Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?, 0));
    let start = Instant::now();
    let ask = async || {
        while start.elapsed() < duration {
            let sent = Instant::now();
            let body = target.ask(route).await?;
            let mut tally = tally.borrow_mut();
            tally.0.saturating_record(u64::try_from(sent.elapsed().as_micros())?);
            tally.1 += u64::try_from(body.len())?;
        }
        anyhow::Ok(())
    };
    let all: FuturesUnordered<_> = (0..at_once).map(|_| ask()).collect();
    all.try_collect::<()>().await?;
    let took = start.elapsed();
    let (latency, bytes) = tally.into_inner();
    ensure!(!latency.is_empty(), "nothing was answered");
    Ok(Outcome { took, latency, bytes })
}

#[allow(clippy::cast_precision_loss)] // counts and times of a few seconds
impl Outcome {
    fn round(&self, served: Duration, generated: Duration) -> Round {
        let (seconds, requests) = (self.took.as_secs_f64(), self.latency.len() as f64);
        Round {
            requests: self.latency.len(),
            seconds,
            requests_per_second: requests / seconds,
            p50_ms: milliseconds(&self.latency, 0.5),
            p95_ms: milliseconds(&self.latency, 0.95),
            p99_ms: milliseconds(&self.latency, 0.99),
            server_cpu_us_per_request: served.as_secs_f64() * 1e6 / requests,
            generator_core_share: generated.as_secs_f64() / seconds,
            bytes_per_answer: self.bytes as f64 / requests,
        }
    }
}

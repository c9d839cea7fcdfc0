//! `bench room`: how much a conversation's room can take, and how that compares.
//!
//! Three servers run side by side on this machine, with this load generator:
//!
//! * **our room**: the release Worker, built as it is deployed, in workerd;
//! * **the floor** (`tests/bench/floor`): a Durable Object in JavaScript that stores each message with one `INSERT` and
//!   echoes it, and does nothing else: no identity, no idempotency, no resume. It sends each message to each socket on its own,
//!   where ours sends what waits for a socket together. In the same workerd, stored on the same
//!   disk, and like ours without any proxy in between. What it takes is the price of the platform;
//! * **Socket.IO** (`tests/bench/socketio`): what such products are usually made of. One Node process, so that its
//!   Redis adapter publishes but never has to wait for another process, and a SQLite with `synchronous=FULL` that has
//!   the message before it is emitted.
//!
//! # How to read the figures
//! * One conversation with all participants in it; the first few of them send ([`MOST_SENDERS`]), everyone receives. A
//!   *window* of 1 means that each sender waits for its ack before it sends again, so the rate shows how long one
//!   message takes; 16 shows what the room can take.
//! * **messages/s** counts messages that are stored, acked and received by every participant; the clock stops at the
//!   last delivery, so a server cannot look fast by acking first and delivering later.
//! * **p50 and p99** are from a message's sending until another participant has it. With a window of 16 they contain
//!   the waiting behind the other messages under way.
//! * **CPU µs/message** is all processor time of the server's processes from the beginning of a round until it has come
//!   to rest, divided by the messages. Our room's outbox is in it where it falls into the round: between two runs of it
//!   five seconds pass. It varies far less with the machine's other work than the rate does. On a machine where the
//!   generator has no core to itself, trust it most.
//! * **bytes/delivery** is a frame that delivers a message, and the header of its text message or, behind the first frame of
//!   one, the line end before it. Each frame is a delivery, however many come together.
//! * **generator** is the load generator's own share of one core. Near 100 % the generator is what is measured.
//! * Every configuration is run in short rounds that take turns, each after a warm-up, and each figure is the median of
//!   its rounds: whatever else the machine does hits all three alike. A ratio is one of two such medians.
//! * Locally all three wait for the disk with each commit (workerd does so by itself), so a slow disk or a busy one
//!   brings their rates together and hides what each costs. The disk's own time is in the heading. `--storage` with a
//!   folder in memory, such as `/dev/shm`, takes it away. Cloudflare's network stores otherwise than either: ratios say
//!   something about a deployment, rates do not.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use futures::future::try_join_all;
use hdrhistogram::Histogram;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use crate::{
    load::{self, Load, Outcome, Stop},
    report::{Backlog, Configuration, Reconnection, Report, Resume, Round, Rows, Statement},
    server::{Place, own_cpu_time, quiet},
    socket::{Seat, Socket, TEXT},
    target::{Kind, Target},
};

/// So many participants send at most; with fewer, all do.
const MOST_SENDERS: usize = 4;
/// As far behind as a room lets a client resume.
const BACKLOG: u64 = 10_000;
/// Sockets that reconnect at once: conversations, and sockets in each.
const RECONNECTING: (usize, usize) = (20, 50);
/// Messages over which written rows are counted.
const COUNTED_MESSAGES: u64 = 1_000;

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Two minutes in place of six, with figures that vary more
    #[arg(long)]
    quick: bool,
    /// Write everything that was measured, round by round, to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = [Kind::Room, Kind::Floor, Kind::SocketIo], value_enum)]
    targets: Vec<Kind>,
    /// How many take part
    #[arg(long, value_delimiter = ',', default_values_t = [2, 10, 100])]
    participants: Vec<usize>,
    /// How many un-acked messages each sender may have
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16])]
    windows: Vec<u64>,
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
    let mut targets = Vec::new();
    for &kind in &options.targets {
        targets.push(Target::start(&place, kind).await?);
    }
    let mut report = Report::new(options.rounds(), options.seconds(), TEXT.len(), place.sync_time()?);
    for target in &targets {
        report.versions.extend(target.server.versions.clone());
    }
    report.print_heading();

    for &participants in &options.participants {
        for &window in &options.windows {
            let configuration = compare(&mut targets, &options, participants, window).await?;
            configuration.print();
            report.configurations.push(configuration);
        }
    }
    if let Some(position) = targets.iter().position(|target| target.kind == Kind::Room) {
        // From here on only ours is measured; the others end.
        let mut ours = targets.swap_remove(position);
        drop(targets);
        let resume = report.resume.insert(resume(&mut ours, &options).await?);
        resume.print();
        let reconnection = report.reconnection.insert(reconnect(&mut ours, &options).await?);
        reconnection.print();
        drop(ours);
        let rows = report.rows.insert(count_rows(&place).await?);
        rows.print();
    }
    if let Some(file) = options.json {
        fs::write(&file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// The same load on each target, in turns.
async fn compare(
    targets: &mut [Target],
    options: &Options,
    participants: usize,
    window: u64,
) -> Result<Configuration> {
    let senders = participants.min(MOST_SENDERS);
    let duration = Duration::from_secs_f64(options.seconds());
    let load = Load { senders, window, stop: Stop::After(duration) };
    let mut rooms = Vec::new();
    for target in &mut *targets {
        rooms.push((target.room(participants).await?, None));
    }
    let mut rounds: BTreeMap<Kind, Vec<Round>> = BTreeMap::new();
    for round in 0..options.rounds() {
        for turn in 0..targets.len() {
            // Each round begins with another one, so that none always follows the same.
            let index = (round + turn) % targets.len();
            let (Some(target), Some((seats, seen))) = (targets.get(index), rooms.get_mut(index)) else {
                continue;
            };
            quiet(targets.iter().map(|target| &target.server)).await;
            let measured = measure(target, seats, seen, load)
                .await
                .with_context(|| format!("{}, {participants} participants", target.kind.label()))?;
            rounds.entry(target.kind).or_default().push(measured);
        }
    }
    Ok(Configuration::new(participants, senders, window, rounds))
}

/// One round: everyone comes, warms up, is measured, and leaves.
async fn measure(target: &Target, seats: &[Seat], seen: &mut Option<u64>, load: Load) -> Result<Round> {
    let sockets = open_all(seats, *seen).await?;
    let warm_up = Load { stop: Stop::After(Duration::from_millis(300)), ..load };
    let (sockets, _) = load::run(sockets, warm_up).await?;
    quiet([&target.server].into_iter()).await;

    let (served, generated) = (target.server.cpu_time(), own_cpu_time());
    let (sockets, outcome) = load::run(sockets, load).await?;
    let generated = own_cpu_time().saturating_sub(generated);
    quiet([&target.server].into_iter()).await;
    let served = target.server.cpu_time().saturating_sub(served);

    *seen = sockets.iter().map(|socket| socket.seen).max();
    close_all(sockets).await;
    Ok(round(&outcome, served, generated))
}

#[allow(clippy::cast_precision_loss)] // counts and times of a few seconds
fn round(outcome: &Outcome, served: Duration, generated: Duration) -> Round {
    let seconds = outcome.took.as_secs_f64();
    let messages = outcome.messages as f64;
    Round {
        messages: outcome.messages,
        seconds,
        messages_per_second: messages / seconds,
        p50_ms: milliseconds(&outcome.latency, 0.5),
        p99_ms: milliseconds(&outcome.latency, 0.99),
        server_cpu_us_per_message: served.as_secs_f64() * 1e6 / messages,
        generator_core_share: generated.as_secs_f64() / seconds,
        bytes_per_delivery: outcome.bytes as f64 / outcome.deliveries as f64,
    }
}

/// How long a client that is far behind takes to be live again.
async fn resume(target: &mut Target, options: &Options) -> Result<Resume> {
    let seats = target.room(2).await?;
    let sockets = open_all(&seats, None).await?;
    let load = Load { senders: 1, window: 64, stop: Stop::At(BACKLOG) };
    let (sockets, _) = load::run(sockets, load).await?;
    close_all(sockets).await;
    let visitor = seats.first().context("the room has a seat")?;
    let mut times = Vec::new();
    for _ in 0..options.rounds() {
        quiet([&target.server].into_iter()).await;
        let start = Instant::now();
        // The conversation's first message has been seen; all others have not.
        let (socket, backlog) = visitor.open(Some(1)).await?;
        times.push((start.elapsed(), backlog));
        socket.close().await;
    }
    times.sort_by_key(|&(time, _)| time);
    let &(median, backlog) = times.get(times.len() / 2).context("there is a round")?;
    Ok(Resume {
        milliseconds: median.as_secs_f64() * 1e3,
        backlog: Backlog { events: backlog.events, bytes: backlog.bytes },
    })
}

/// How long it takes until everyone is back when all sockets were cut at once.
async fn reconnect(target: &mut Target, options: &Options) -> Result<Reconnection> {
    let (conversations, each) = RECONNECTING;
    let mut seats = Vec::new();
    for _ in 0..conversations {
        seats.push(target.room(each).await?);
    }
    let mut sockets = Vec::new();
    for seats in &seats {
        sockets.push(open_all(seats, None).await?);
    }
    let mut rounds = Vec::new();
    for _ in 0..options.rounds() {
        quiet([&target.server].into_iter()).await;
        let seen: Vec<_> = sockets.iter().flatten().map(|socket| socket.seen).collect();
        // As an outage does it: with no goodbye.
        drop(sockets);
        let start = Instant::now();
        let opened = try_join_all(seats.iter().flatten().zip(&seen).map(|(seat, &seen)| async move {
            let (socket, _) = seat.open(Some(seen)).await?;
            anyhow::Ok((socket, start.elapsed()))
        }))
        .await?;
        let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
        let mut all = Vec::new();
        for (socket, took) in opened {
            histogram.saturating_record(u64::try_from(took.as_micros())?);
            all.push(socket);
        }
        rounds.push(histogram);
        sockets = vec![all];
    }
    close_all(sockets.into_iter().flatten().collect()).await;
    rounds.sort_by_key(Histogram::max);
    let median = rounds.get(rounds.len() / 2).context("there is a round")?;
    Ok(Reconnection {
        sockets: conversations * each,
        conversations,
        p50_ms: milliseconds(median, 0.5),
        p99_ms: milliseconds(median, 0.99),
        all_live_ms: milliseconds(median, 1.0),
    })
}

/// Rows that the platform bills, counted by it: once for the messages alone, once with all that follows them.
async fn count_rows(place: &Place) -> Result<Rows> {
    #[derive(Deserialize)]
    struct Counted {
        statements: Vec<Statement>,
    }
    let mut target = Target::voxora(place, &[("wrap", "count-rows.mjs")]).await?;
    let url = format!("{}/count-rows", target.server.origin);
    let counted = async || -> Result<Vec<Statement>> {
        Ok(reqwest::get(&url).await?.error_for_status()?.json::<Counted>().await?.statements)
    };
    let seats = target.room(2).await?;
    let sockets = open_all(&seats, None).await?;
    quiet([&target.server].into_iter()).await;
    counted().await?;
    let load = Load { senders: 2, window: 1, stop: Stop::At(COUNTED_MESSAGES / 2) };
    let (sockets, outcome) = load::run(sockets, load).await?;
    // The outbox follows within seconds.
    sleep(Duration::from_secs(10)).await;
    quiet([&target.server].into_iter()).await;
    let statements = counted().await?;
    close_all(sockets).await;
    Ok(Rows::new(outcome.messages, statements))
}

async fn open_all(seats: &[Seat], after: Option<u64>) -> Result<Vec<Socket>> {
    let opened = try_join_all(seats.iter().map(|seat| seat.open(after))).await?;
    Ok(opened.into_iter().map(|(socket, _)| socket).collect())
}

async fn close_all(sockets: Vec<Socket>) {
    futures::future::join_all(sockets.into_iter().map(Socket::close)).await;
}

#[allow(clippy::cast_precision_loss)] // microseconds within minutes
pub fn milliseconds(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1e3
}

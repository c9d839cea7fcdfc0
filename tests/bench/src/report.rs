//! What was found, for people as tables and for programs as JSON.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sysinfo::System;

use crate::target::Kind;

/// Everything of one run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    machine: Machine,
    /// What ran, by name.
    pub versions: Map<String, Value>,
    rounds: usize,
    seconds_per_round: f64,
    message_characters: usize,
    /// The comparison, configuration by configuration.
    pub configurations: Vec<Configuration>,
    /// A client that is far behind.
    pub resume: Option<Resume>,
    /// Everyone at once, after an outage.
    pub reconnection: Option<Reconnection>,
    /// What the platform bills.
    pub rows: Option<Rows>,
}

/// What the figures were found on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    processor: String,
    cores: usize,
    system: String,
    disk_sync_ms: f64,
}

/// One round of one target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    pub messages: u64,
    pub seconds: f64,
    pub messages_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub server_cpu_us_per_message: f64,
    pub generator_core_share: f64,
    pub bytes_per_delivery: f64,
}

/// Medians over the rounds of one target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Medians {
    messages_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    server_cpu_us_per_message: f64,
    generator_core_share: f64,
    bytes_per_delivery: f64,
}

/// Our room's figures over another's.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ratios {
    messages_per_second: f64,
    server_cpu_per_message: f64,
}

/// One load and what each target made of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    participants: usize,
    senders: usize,
    window: u64,
    medians: BTreeMap<Kind, Medians>,
    /// Ours over each other's.
    ratios: BTreeMap<Kind, Ratios>,
    rounds: BTreeMap<Kind, Vec<Round>>,
}

/// What a client that was far behind received.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backlog {
    pub events: u64,
    pub bytes: u64,
}

/// How long that took, from opening the connection until it was live.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resume {
    pub milliseconds: f64,
    #[serde(flatten)]
    pub backlog: Backlog,
}

/// How long it took from the moment all were cut until each was live again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconnection {
    pub sockets: usize,
    pub conversations: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub all_live_ms: f64,
}

/// A statement, how often it ran, and how many rows it wrote, by the platform's own count.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    object: String,
    sql: String,
    runs: u64,
    rows_written: u64,
}

/// Rows written for messages: rows of tables and of indexes, as they are billed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rows {
    messages: u64,
    per_message: f64,
    per_message_by_object: BTreeMap<String, f64>,
    statements: Vec<Statement>,
}

impl Report {
    /// An empty one, of this machine.
    pub fn new(
        rounds: usize,
        seconds_per_round: f64,
        message_characters: usize,
        disk_sync: Duration,
    ) -> Self {
        Self {
            machine: Machine::this(disk_sync),
            versions: Map::new(),
            rounds,
            seconds_per_round,
            message_characters,
            configurations: Vec::new(),
            resume: None,
            reconnection: None,
            rows: None,
        }
    }

    /// What runs where.
    pub fn print_heading(&self) {
        self.machine.print(&self.versions);
        println!(
            "Medians of {} rounds of {} s; messages of {} characters, stored, acked and delivered to everyone",
            self.rounds, self.seconds_per_round, self.message_characters
        );
    }
}

impl Machine {
    /// This one, whose disk takes so long to keep a page for good.
    pub fn this(disk_sync: Duration) -> Self {
        let mut system = System::new();
        system.refresh_cpu_all();
        let cpus = system.cpus();
        Self {
            processor: cpus.first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default(),
            cores: cpus.len(),
            system: System::long_os_version().unwrap_or_default(),
            disk_sync_ms: disk_sync.as_secs_f64() * 1e3,
        }
    }

    /// As a line, and what runs on it as another.
    pub fn print(&self, versions: &Map<String, Value>) {
        let Self { processor, cores, system, disk_sync_ms } = self;
        println!("{cores} × {processor}, {system}; the disk syncs in {disk_sync_ms:.2} ms");
        let versions: Vec<_> = versions
            .iter()
            .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
            .collect();
        println!("{}", versions.join(", "));
    }
}

/// The middle one of what the rounds say; not a number where there is none.
pub fn median<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut figures: Vec<_> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Configuration {
    /// Sums up the rounds.
    pub fn new(participants: usize, senders: usize, window: u64, rounds: BTreeMap<Kind, Vec<Round>>) -> Self {
        let medians: BTreeMap<_, _> =
            rounds.iter().map(|(&kind, rounds)| (kind, Medians::of(rounds))).collect();
        let mut ratios = BTreeMap::new();
        if let Some(ours) = medians.get(&Kind::Room) {
            let others = medians.iter().filter(|&(&kind, _)| kind != Kind::Room);
            ratios.extend(others.map(|(&kind, other)| (kind, ours.over(other))));
        }
        Self { participants, senders, window, medians, ratios, rounds }
    }

    /// As a table.
    pub fn print(&self) {
        println!(
            "\n{} participants, {} of them send, window {}",
            self.participants, self.senders, self.window
        );
        println!(
            "  {:<10} {:>10} {:>9} {:>9} {:>15} {:>15} {:>10}",
            "", "messages/s", "p50 ms", "p99 ms", "CPU µs/message", "bytes/delivery", "generator"
        );
        for (kind, medians) in &self.medians {
            println!(
                "  {:<10} {:>10.0} {:>9.2} {:>9.2} {:>15.0} {:>15.0} {:>8.0} %",
                kind.label(),
                medians.messages_per_second,
                medians.p50_ms,
                medians.p99_ms,
                medians.server_cpu_us_per_message,
                medians.bytes_per_delivery,
                medians.generator_core_share * 100.0
            );
        }
        for (other, Ratios { messages_per_second, server_cpu_per_message }) in &self.ratios {
            println!(
                "  our room / {}: messages/s {messages_per_second:.2}, CPU {server_cpu_per_message:.2}",
                other.label()
            );
        }
    }
}

impl Medians {
    fn over(&self, other: &Self) -> Ratios {
        Ratios {
            messages_per_second: self.messages_per_second / other.messages_per_second,
            server_cpu_per_message: self.server_cpu_us_per_message / other.server_cpu_us_per_message,
        }
    }

    fn of(rounds: &[Round]) -> Self {
        let median = |figure: fn(&Round) -> f64| median(rounds, figure);
        Self {
            messages_per_second: median(|round| round.messages_per_second),
            p50_ms: median(|round| round.p50_ms),
            p99_ms: median(|round| round.p99_ms),
            server_cpu_us_per_message: median(|round| round.server_cpu_us_per_message),
            generator_core_share: median(|round| round.generator_core_share),
            bytes_per_delivery: median(|round| round.bytes_per_delivery),
        }
    }
}

impl Resume {
    /// As a line.
    pub fn print(&self) {
        let Self { milliseconds, backlog: Backlog { events, bytes } } = self;
        println!("\nResume of {events} events: live after {milliseconds:.0} ms and {} kB", bytes / 1000);
    }
}

impl Reconnection {
    /// As a line.
    pub fn print(&self) {
        let Self { sockets, conversations, p50_ms, p99_ms, all_live_ms } = self;
        println!(
            "{sockets} sockets of {conversations} conversations cut and reconnecting at once: live after \
             p50 {p50_ms:.0} ms, p99 {p99_ms:.0} ms, all {all_live_ms:.0} ms"
        );
    }
}

#[allow(clippy::cast_precision_loss)] // thousands
impl Rows {
    /// Sums up the statements.
    pub fn new(messages: u64, statements: Vec<Statement>) -> Self {
        let mut by_object: BTreeMap<String, f64> = BTreeMap::new();
        for statement in &statements {
            let rows = by_object.entry(statement.object.clone()).or_default();
            *rows += statement.rows_written as f64 / messages as f64;
        }
        Self { messages, per_message: by_object.values().sum(), per_message_by_object: by_object, statements }
    }

    /// As a line.
    pub fn print(&self) {
        let objects: Vec<_> =
            self.per_message_by_object.iter().map(|(object, rows)| format!("{object} {rows:.2}")).collect();
        println!(
            "Rows written per message, with everything that follows it: {:.2} ({})",
            self.per_message,
            objects.join(", ")
        );
    }
}

//! `bench documents`: what the document store's work costs, and how that grows with what is stored.
//!
//! The same code, the product's own port, drives three engines:
//!
//! * **native**: the embedded engine in this process, over SQLite in a file that waits for the disk as workerd's do;
//! * **workerd**: the embedded engine as it is deployed, the Worker's collection objects in real workerd, over HTTP. Between
//!   Worker and object nothing is left out; the way from the bench to workerd (a request on the loopback interface) is in
//!   every figure, so a Worker itself is a little faster;
//! * **gateway**: `voxora-gateway` in front of PostgreSQL with DocumentDB on the same machine, its files on the disk.
//!
//! # How to read the figures
//! * A **size** is a number of messages; there is a conversation for every ten of them. Each engine is filled to the
//!   smallest size and measured, filled on to the next and measured again. Filling is the figure for batches of 100.
//! * A query is repeated, each time with other parameters, until it has been run `--repeats` times or has taken
//!   `--seconds`. What is shown are percentiles of the time until the answer is there and parsed. One query at a time:
//!   a busy deployment has other queries waiting, an idle one has colder caches.
//! * **growth** is the last size's median over the one's before: with ten times as many documents 1 means that the cost
//!   does not grow, 10 that everything is looked at.

pub mod data;
mod target;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;
use voxora_data_api::DataApi;
use voxora_data_api::contract::Find;
use voxora_data_api::document::{Date, Document, as_date};
use voxora_data_api::query::{Expression, Filter, Gather, Pipeline, Sort, Unit};
use voxora_store::{conversations, messages};

use crate::server::Place;
use data::{COMMON, MESSAGES_PER_CONVERSATION, RARE};
use target::{Kind, Target};

/// How many documents a batch has.
const BATCH: u64 = 100;
/// A page of the inbox, as the dashboard asks for it.
const INBOX_PAGE: u32 = 30;
/// A page of what a search found.
const SEARCH_PAGE: u32 = 20;

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// 1,000 and 10,000 messages and fewer repeats: about a minute
    #[arg(long)]
    quick: bool,
    /// Write everything that was measured to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = [Kind::Native, Kind::Workerd, Kind::Gateway], value_enum)]
    targets: Vec<Kind>,
    /// How many messages are stored [default: 1000,10000,100000,1000000, quick: 1000,10000]
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<u64>,
    /// How often a query is run at most [default: 300, quick: 50]
    #[arg(long)]
    repeats: Option<u32>,
    /// How long a query is repeated at most, in seconds [default: 4, quick: 1]
    #[arg(long)]
    seconds: Option<f64>,
    /// The configuration of the Worker to measure, to compare builds [default: wrangler.toml]
    #[arg(long, value_name = "FILE")]
    worker: Option<PathBuf>,
    /// Where the servers store [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIRECTORY")]
    storage: Option<PathBuf>,
}

/// What was measured of one operation at one size.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    operation: &'static str,
    runs: u64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    per_second: f64,
}

/// One engine at one size.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AtSize {
    target: Kind,
    messages: u64,
    conversations: u64,
    database_bytes: Option<u64>,
    operations: Vec<Measured>,
}

/// How long to go on with a query.
#[derive(Clone, Copy)]
struct Effort {
    repeats: u32,
    time: Duration,
}

/// Runs the bench, prints what it finds and writes it down.
pub async fn run(options: Options) -> Result<()> {
    let place = Place::new(options.worker.clone(), options.storage.clone())?;
    let mut sizes = match (&options.sizes[..], options.quick) {
        ([], true) => vec![1_000, 10_000],
        ([], false) => vec![1_000, 10_000, 100_000, 1_000_000],
        (given, _) => given.to_vec(),
    };
    sizes.sort_unstable();
    ensure!(
        sizes.iter().all(|size| *size > 0 && size.is_multiple_of(BATCH * MESSAGES_PER_CONVERSATION)),
        "a size must be a multiple of {}",
        BATCH * MESSAGES_PER_CONVERSATION
    );
    let effort = Effort {
        repeats: options.repeats.unwrap_or(if options.quick { 50 } else { 300 }),
        time: Duration::try_from_secs_f64(options.seconds.unwrap_or(if options.quick { 1.0 } else { 4.0 }))
            .context("--seconds must be a number of seconds")?,
    };
    println!("The disk syncs in {:.2} ms", place.sync_time()?.as_secs_f64() * 1e3);
    let mut found = Vec::new();
    for &kind in &options.targets {
        let Some(target) = Target::start(&place, kind).await? else { continue };
        let mut filled = Filled::default();
        let mut before: Option<AtSize> = None;
        for &size in &sizes {
            let at_size = measure(&target, kind, size, &mut filled, effort).await?;
            at_size.print(before.as_ref());
            found.extend(before.replace(at_size));
        }
        found.extend(before);
    }
    if let Some(file) = options.json {
        let text = serde_json::to_string_pretty(&found)?;
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// How many documents an engine holds.
#[derive(Default)]
struct Filled {
    messages: u64,
    conversations: u64,
    /// Messages beyond those of the sizes, from inserting one by one.
    extra: u64,
}

async fn measure(
    target: &Target,
    kind: Kind,
    size: u64,
    filled: &mut Filled,
    effort: Effort,
) -> Result<AtSize> {
    let mut operations = Vec::new();
    operations.push(fill(target, size, filled).await?);

    // Apart from the others: far above the numbers that filling uses.
    let extra = filled.extra;
    let inserted = repeat("insert one", effort, async |run| {
        target.insert_one(messages::SCHEMA.name, &data::message((1 << 32) + extra + run)).await?;
        Ok(())
    });
    let inserted = inserted.await?;
    // And the warm-up.
    filled.extra += inserted.runs + 1;
    operations.push(inserted);

    operations.push(
        repeat("read by _id", effort, async |run| {
            let id = data::event_id(data::mixed(run) % size);
            let found: Option<Document> = target.find_one(messages::SCHEMA.name, Filter::id(id)).await?;
            ensure!(found.is_some(), "a stored message is not found");
            Ok(())
        })
        .await?,
    );

    operations.extend(inbox(target, size, effort).await?);
    operations.extend(searches(target, size, effort).await?);
    operations.extend(reports(target, effort).await?);
    Ok(AtSize {
        target: kind,
        messages: size,
        conversations: size / MESSAGES_PER_CONVERSATION,
        database_bytes: target.bytes().await?,
        operations,
    })
}

/// Some status, another each time.
fn status(run: u64) -> Filter {
    let statuses = ["open", "pending", "resolved", "closed"];
    let index = usize::try_from(run).unwrap_or_default() % statuses.len();
    Filter::eq("status", statuses.get(index).copied())
}

/// The list of conversations.
async fn inbox(target: &Target, size: u64, effort: Effort) -> Result<[Measured; 2]> {
    let newest = || Sort::descending("updatedAt").then_descending("_id");
    let page = async |filter: Filter| {
        let find = Find::new(filter).sort(newest()).limit(INBOX_PAGE);
        target.find::<Document>(conversations::SCHEMA.name, find).await
    };
    let first = repeat("inbox, first page", effort, async |run| {
        ensure!(!page(status(run)).await?.is_empty(), "the inbox is empty");
        Ok(())
    })
    .await?;
    let conversations = size / MESSAGES_PER_CONVERSATION;
    let later = repeat("inbox, a later page", effort, async |run| {
        let number = data::mixed(run) % conversations;
        let after = data::conversation(number);
        let updated_at = Date(after.get("updatedAt").and_then(as_date).unwrap_or_default());
        let position = [updated_at.into(), data::conversation_id(number).into()];
        page(status(run).and(newest().after(position))).await?;
        Ok(())
    })
    .await?;
    Ok([first, later])
}

/// Full text search in messages, the newest first.
async fn searches(target: &Target, size: u64, effort: Effort) -> Result<[Measured; 3]> {
    let conversations = size / MESSAGES_PER_CONVERSATION;
    let search = async |words: &str, within: Option<String>| {
        let text: Filter = serde_json::from_value(json!({ "$text": { "$search": words } }))?;
        let filter =
            within.map_or_else(|| text.clone(), |id| text.clone().and(Filter::eq("conversationId", id)));
        let find = Find::new(filter).sort(Sort::descending("createdAt")).limit(SEARCH_PAGE);
        anyhow::Ok(target.find::<Document>(messages::SCHEMA.name, find).await?)
    };
    let rare = repeat("search, rare word", effort, async |_| {
        ensure!(!search(RARE, None).await?.is_empty(), "the rare word is not found");
        Ok(())
    })
    .await?;
    let common = repeat("search, common word", effort, async |_| {
        ensure!(search(COMMON, None).await?.len() == SEARCH_PAGE as usize, "the common word is not found");
        Ok(())
    })
    .await?;
    let within = repeat("search in a conversation", effort, async |run| {
        // Every second conversation has the common word, in its first message.
        let number = data::mixed(run) % conversations / 2 * 2;
        let found = search(COMMON, Some(data::conversation_id(number))).await?;
        ensure!(found.len() == 1, "the common word is found {} times in a conversation", found.len());
        Ok(())
    })
    .await?;
    Ok([rare, common, within])
}

/// What reports ask.
async fn reports(target: &Target, effort: Effort) -> Result<[Measured; 2]> {
    let count = repeat("count by filter", effort, async |run| {
        target.count(conversations::SCHEMA.name, status(run)).await?;
        Ok(())
    })
    .await?;
    let per_day = repeat("per day and status", effort, async |_| {
        let day = Expression::truncated(Expression::field("createdAt"), Unit::Day, 0);
        let key = Expression::object([("day", day), ("status", Expression::field("status"))]);
        let pipeline = Pipeline::new().group(key, [("conversations", Gather::count())]).limit(1_000);
        let rows: Vec<Document> = target.aggregate(conversations::SCHEMA.name, pipeline).await?;
        ensure!(!rows.is_empty(), "the report is empty");
        Ok(())
    })
    .await?;
    Ok([count, per_day])
}

/// Fills an engine up to a size; gives how long the batches of messages took.
async fn fill(target: &Target, size: u64, filled: &mut Filled) -> Result<Measured> {
    let mut times = Histogram::new_with_bounds(1, 600_000_000, 3)?;
    while filled.messages < size {
        let messages: Vec<_> = (filled.messages..filled.messages + BATCH).map(data::message).collect();
        let start = Instant::now();
        target.insert_many(messages::SCHEMA.name, &messages).await?;
        times.saturating_record(microseconds(start.elapsed()));
        filled.messages += BATCH;
    }
    while filled.conversations < size / MESSAGES_PER_CONVERSATION {
        let to = filled.conversations + BATCH;
        let conversations: Vec<_> = (filled.conversations..to).map(data::conversation).collect();
        target.insert_many(conversations::SCHEMA.name, &conversations).await?;
        filled.conversations = to;
    }
    Ok(Measured::new("insert 100", &times, BATCH))
}

async fn repeat(
    operation: &'static str,
    effort: Effort,
    run: impl AsyncFn(u64) -> Result<()>,
) -> Result<Measured> {
    // The first is a warm-up: statements are compiled, connections are made.
    run(0).await.with_context(|| operation.to_owned())?;
    let mut times = Histogram::new_with_bounds(1, 600_000_000, 3)?;
    let begin = Instant::now();
    for number in 1..=u64::from(effort.repeats) {
        let start = Instant::now();
        run(number).await.with_context(|| operation.to_owned())?;
        times.saturating_record(microseconds(start.elapsed()));
        if begin.elapsed() > effort.time {
            break;
        }
    }
    Ok(Measured::new(operation, &times, 1))
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[allow(clippy::cast_precision_loss)] // minutes in microseconds
impl Measured {
    fn new(operation: &'static str, times: &Histogram<u64>, documents: u64) -> Self {
        let at = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
        let per_second = documents as f64 * 1e6 / times.mean().max(1.0);
        Self { operation, runs: times.len(), p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), per_second }
    }
}

impl AtSize {
    /// As a table; `before` is the same engine with fewer documents.
    fn print(&self, before: Option<&Self>) {
        #[allow(clippy::cast_precision_loss)] // megabytes
        let size =
            self.database_bytes.map_or_else(String::new, |bytes| format!(", {:.0} MB", bytes as f64 / 1e6));
        println!(
            "\n{}: {} messages, {} conversations{size}",
            self.target.label(),
            self.messages,
            self.conversations
        );
        println!(
            "  {:<26} {:>6} {:>9} {:>9} {:>9} {:>10} {:>7}",
            "", "runs", "p50 ms", "p95 ms", "p99 ms", "per second", "growth"
        );
        for measured in &self.operations {
            let Measured { operation, runs, p50_ms, p95_ms, p99_ms, per_second } = measured;
            let earlier = before
                .and_then(|before| before.operations.iter().find(|other| other.operation == *operation));
            let growth =
                earlier.map_or_else(String::new, |earlier| format!("{:.1}", p50_ms / earlier.p50_ms));
            println!(
                "  {operation:<26} {runs:>6} {p50_ms:>9.2} {p95_ms:>9.2} {p99_ms:>9.2} {per_second:>10.0} {growth:>7}"
            );
        }
    }
}

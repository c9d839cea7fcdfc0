//! `bench start`: how long a new isolate takes until its first answer.
//!
//! The product as it is deployed, beside the least that a Worker in Rust can be (`tests/bench/hello-worker`, built with the
//! same profile and the same tools), in one workerd, by turns. Each round makes a new isolate of each, asks it once and then
//! once more. The product is asked for `/healthz`, which does nothing but answer.
//!
//! # How to read the figures
//! * **first answer** is from sending the request until its answer is here: the isolate is made, the script is read, the
//!   WebAssembly compiled and instantiated, the request answered.
//! * **second answer** is the same request to the same isolate: what the way there and back costs in any case.
//! * **cold start** is the difference between the two, round by round. **Beside hello** is what the product's is more, and what
//!   the budget is about.
//! * Medians, and between them and the quartiles half of all rounds. On a machine that does other things as well all of
//!   them grow; the difference between the two Workers grows least.
//! * Every module that is started differs from all before it in its first section. Until 2026-11-27 it was the last one, and that
//!   measured something that no deployment has: V8 looks for a module among all that are alive in the process by a hash of what
//!   stands before the code, and in an ordered tree compares those of equal hash byte by byte. Sixty Workers that differ in their
//!   last bytes alone were compared whole, 2 MB with 2 MB and several times over: 8 ms of each start, more in each round. Modules of
//!   different programs never agree there, and one program's in further isolates of a process is found compiled. Figures from
//!   before that day have those 8 ms in them.
//! * What V8 compiles in the background goes on into the next rounds and takes a processor from them. Here that is measured as a
//!   slow start, and elsewhere it is paid for as well. workerd with the V8 flag `--trace-wasm-compilation-times` says what it is.
//! * workerd and V8 are those of production, the machine is not. What Cloudflare does before (fetching the code to where it
//!   is wanted) is not in here, nor what it hides (isolates are often started while TLS still shakes hands).

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::server::{Place, Server};

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How many isolates of each Worker are started
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// The folder of the built Worker that does nothing
    #[arg(long)]
    hello: PathBuf,
}

/// What a cold start may take more than the one of a Worker that does nothing.
const BUDGET: Duration = Duration::from_millis(25);
/// Each Worker, and what it is asked for.
const WORKERS: [(&str, &str); 2] = [("hello", ""), ("product", "healthz")];

/// Runs the bench and prints what it finds.
pub async fn run(options: Options) -> Result<()> {
    let place = Place::new(None, None)?;
    let workers = json!({ "hello": options.hello, "product": place.repository.join("build") });
    let bindings = json!({ "JWT_SECRET": "a secret of the bench that has more than 32 characters" });
    let server = Server::start(&place, "start.mjs", json!({ "workers": workers, "bindings": bindings }))?;
    let client = reqwest::Client::new();
    let ask = async |path: &str| -> Result<Duration> {
        let start = Instant::now();
        let answer = client.get(format!("{}/{path}", server.origin)).send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await?;
        Ok(start.elapsed())
    };

    // The process itself and the code of the loader are warm before anything counts.
    for (name, path) in WORKERS {
        ask(&format!("{name}/{}/{path}", u32::MAX)).await?;
    }
    let mut firsts = [Vec::new(), Vec::new()];
    let mut seconds = [Vec::new(), Vec::new()];
    for round in 0..options.rounds {
        let mut turn: Vec<_> = WORKERS.iter().zip(&mut firsts).zip(&mut seconds).collect();
        if round % 2 == 1 {
            turn.reverse();
        }
        for (((name, path), firsts), seconds) in turn {
            let path = format!("{name}/{round}/{path}");
            firsts.push(ask(&path).await?);
            seconds.push(ask(&path).await?);
        }
    }

    println!(
        "workerd {}; {} rounds; milliseconds, median (quartiles)",
        server.versions.get("workerd").and_then(Value::as_str).unwrap_or_default(),
        options.rounds
    );
    println!("{:<10}{:>24}{:>24}{:>24}", "", "first answer", "second answer", "cold start");
    let mut cold = Vec::new();
    for (((name, _), firsts), seconds) in WORKERS.iter().zip(&firsts).zip(&seconds) {
        let starts: Vec<_> =
            firsts.iter().zip(seconds).map(|(first, second)| millis(*first) - millis(*second)).collect();
        let [firsts, seconds] = [firsts, seconds].map(|times| times.iter().copied().map(millis).collect());
        println!(
            "{name:<10}{:>24}{:>24}{:>24}",
            quartiles(firsts),
            quartiles(seconds),
            quartiles(starts.clone())
        );
        cold.push(starts);
    }
    if let [hello, product] = &cold[..] {
        let more = product.iter().zip(hello).map(|(product, hello)| product - hello).collect();
        println!("beside hello: + {}; the budget is + {} ms", quartiles(more), BUDGET.as_millis());
    }
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The median, and the two quartiles in brackets.
fn quartiles(mut figures: Vec<f64>) -> String {
    figures.sort_by(f64::total_cmp);
    let at = |part: usize| figures.get(figures.len() * part / 4).copied().unwrap_or(f64::NAN);
    format!("{:.1} ({:.1} to {:.1})", at(2), at(1), at(3))
}

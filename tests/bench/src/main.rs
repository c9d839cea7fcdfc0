//! The load generator behind `cargo xtask bench NAME`. `room` measures conversation rooms, `storm` everybody coming
//! back after a crash, `start` a new isolate's first answer, `documents` the document store, `api` what the team's pages ask
//! for; see [`room`], [`storm`], [`start`], [`documents`] and [`api`] for what they compare and how to read their figures.
//!
//! A bench fails only when it cannot run. What it finds is for people to judge: no figure makes it fail.

// A program for a native machine: the clock that would panic in a Worker is the one to measure with here.
#![allow(clippy::disallowed_methods)]

mod api;
mod documents;
mod load;
mod report;
mod room;
mod server;
mod socket;
mod start;
mod storm;
mod target;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tokio::{runtime, task::LocalSet};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures the product on this machine")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Conversation rooms, beside a bare Durable Object and beside Socket.IO.
    Room(room::Options),
    /// Everybody comes back at once after a kill, beside a bare Durable Object.
    Storm(storm::Options),
    /// From a new isolate to its first answer, beside a Worker that does nothing.
    Start(start::Options),
    /// The document store: embedded natively and in workerd, and the gateway, from few documents to many.
    Documents(documents::Options),
    /// Log-in, people, conversations and settings, beside Express.
    Api(api::Options),
}

fn main() -> Result<()> {
    let Arguments { bench } = Arguments::parse();
    // One thread: on a small machine a second one would take its time from the server that is being measured.
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        match bench {
            Bench::Room(options) => room::run(options).await,
            Bench::Storm(options) => storm::run(options).await,
            Bench::Start(options) => start::run(options).await,
            Bench::Documents(options) => documents::run(options).await,
            Bench::Api(options) => api::run(options).await,
        }
    })
}

//! `bench storm`: everybody comes back at once after the server was killed.
//!
//! Our room and the floor (see [`crate::room`]), one after the other and round by round: sockets are opened, every process of
//! the server is killed (SIGKILL, as a crash does it), the server is started again on what it had stored, and all clients
//! connect at once with the last `seq` they saw.
//!
//! # How to read the figures
//! * **live, p50, p99 and last** are from the moment the new process takes connections until a socket is live: a page
//!   without `more` has come. The floor knows no pages; there an open socket counts.
//! * **CPU ms/socket** is the processor time of the new process over the storm, divided by the sockets, its start aside. It varies
//!   far less with the machine's other work than times do.
//! * **ours / floor** compares those: what our product adds to what an upgrade and a new object cost in any case.
//! * A new process compiles the Worker's code anew and runs it unoptimised at first; that is part of the storm, here and in a
//!   deployment alike.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use futures::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::room::milliseconds;
use crate::server::{Place, quiet};
use crate::socket::Seat;
use crate::target::{Kind, Target};

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How many conversations
    #[arg(long, default_value_t = 100)]
    conversations: usize,
    /// How many sockets each of them has
    #[arg(long, default_value_t = 30)]
    sockets: usize,
    /// How often each server is killed
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

struct Storm {
    live: Histogram<u64>,
    cpu: Duration,
}

/// Runs the bench and prints what it finds.
pub async fn run(options: Options) -> Result<()> {
    let place = Place::new(None, None)?;
    let sockets = options.conversations * options.sockets;
    println!("{sockets} sockets of {} conversations come back after a kill", options.conversations);
    let mut targets = Vec::new();
    for kind in [Kind::Room, Kind::Floor] {
        let mut target = Target::start(&place, kind).await?;
        let mut seats = Vec::new();
        for _ in 0..options.conversations {
            seats.extend(target.room(options.sockets).await?);
        }
        targets.push((target, seats, Vec::new()));
    }
    for _ in 0..options.rounds {
        for (target, seats, storms) in &mut targets {
            storms.push(storm(target, seats).await?);
        }
    }
    let mut cpu = Vec::new();
    for (target, _, mut storms) in targets {
        storms.sort_by_key(|storm| storm.cpu);
        let median = storms.get(storms.len() / 2).context("there is a round")?;
        #[allow(clippy::cast_precision_loss)] // some thousands
        let per_socket = median.cpu.as_secs_f64() * 1e3 / sockets as f64;
        println!(
            "{:<10} live after p50 {:>6.0} ms, p99 {:>6.0} ms, last {:>6.0} ms; CPU {per_socket:.2} ms/socket",
            target.kind.label(),
            milliseconds(&median.live, 0.5),
            milliseconds(&median.live, 0.99),
            milliseconds(&median.live, 1.0),
        );
        cpu.push(per_socket);
    }
    if let [ours, floor] = cpu[..] {
        println!("ours / floor, CPU: {:.2}", ours / floor);
    }
    Ok(())
}

/// One kill and what comes after it.
async fn storm(target: &mut Target, seats: &mut [Seat]) -> Result<Storm> {
    let before = try_join_all(seats.iter().map(|seat| seat.open(None))).await?;
    let seen: Vec<_> = before.iter().map(|(socket, _)| socket.seen).collect();
    target.server.crash_and_start()?;
    drop(before);
    let address = target.server.origin.trim_start_matches("http://");
    for seat in &mut *seats {
        address.clone_into(&mut seat.address);
    }
    quiet([&target.server].into_iter()).await;

    let (start, served) = (Instant::now(), target.server.cpu_time());
    let opened = try_join_all(seats.iter().zip(&seen).map(|(seat, &seen)| async move {
        let (socket, _) = seat.open(Some(seen)).await?;
        anyhow::Ok((socket, start.elapsed()))
    }))
    .await?;
    let cpu = target.server.cpu_time().saturating_sub(served);
    let mut live = Histogram::new_with_bounds(1, 600_000_000, 3)?;
    for (_, took) in &opened {
        live.saturating_record(u64::try_from(took.as_micros())?);
    }
    drop(opened);
    quiet([&target.server].into_iter()).await;
    Ok(Storm { live, cpu })
}

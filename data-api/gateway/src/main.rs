//! `voxora-gateway`: MongoDB's Data API as a server, in front of MongoDB or of PostgreSQL with DocumentDB.
//!
//! MongoDB closed its own hosted Data API in 2025; a Cloudflare Worker that wants to keep documents in MongoDB needs
//! something that speaks HTTP. This is that something. It promises: nobody gets in without a key; an answer is whole
//! or an error; a failure says what was wrong and never quotes what is stored; nothing of a document reaches a log.

// The rule against clocks and threads is for code that runs in a Worker. This is a native server.
#![allow(clippy::disallowed_methods)]

mod action;
mod backend;
mod config;
mod ejson;
mod failure;
mod keys;
mod metrics;
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;

use crate::config::Arguments;
use crate::server::Gateway;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(arguments.log)
        .with_writer(std::io::stderr)
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let keys = arguments.keys()?;
    let limits = arguments.limits();
    let backend = backend::connect(&arguments, &limits).await?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let address = listener.local_addr().context("cannot see which port was given")?;
    if !address.ip().is_loopback() {
        tracing::warn!(
            "listening beyond this machine: put TLS in front, keys travel in clear text otherwise"
        );
    }
    let gateway = Gateway::new(backend, keys, limits, arguments.namespaces())?;
    tracing::info!(address = %address, "listening");
    server::serve(listener, Arc::new(gateway)).await
}

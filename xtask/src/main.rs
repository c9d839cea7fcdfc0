//! Everything a person types: `cargo xtask` and one of the commands below.
//!
//! It promises that no command needs another one before it: each sets up what it needs (`setup`) and skips what is
//! already there, so that the second start takes seconds.

// The rule against threads, clocks and sleeping is for code that runs in a Worker. This is a native tool.
#![allow(clippy::disallowed_methods)]

mod attribution;
mod bench;
mod browser;
mod conformance;
mod dev;
mod documentdb;
mod files;
mod javascript;
mod lock;
mod migrate;
mod openapi;
mod pages;
mod process;
mod python;
mod reference;
mod repository;
mod rust;
mod screenshot;
mod secrets;
mod setup;
mod sizes;
mod target;
mod test;
mod types;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::worker::Profile;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Voxora's tools")]
#[command(disable_help_subcommand = true, arg_required_else_help = false)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Set up, build and serve a working product on this machine
    Dev {
        /// The port to serve on
        #[arg(long, default_value_t = 8787)]
        port: u16,
    },
    /// Run every test, or only the named suites
    Test {
        /// The suites to run; all of them when none is named
        #[arg(value_enum)]
        suites: Vec<test::Suite>,
    },
    /// Build the release, hold its sizes against the budgets and say what they grew by since the last release
    Build {
        /// Write them down as the last release's, in xtask/sizes.json
        #[arg(long)]
        record: bool,
    },
    /// Measure on this machine, for example `bench room`
    Bench {
        /// The bench to run
        name: String,
        /// What to hand on to it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Make a document store's indexes; move, back up and restore documents (`migrate --help` says how)
    #[command(disable_help_flag = true)]
    Migrate {
        /// What to hand on to it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Serve PostgreSQL with DocumentDB for tests, until standard input closes; prints its address as a line of JSON
    Documentdb {
        /// A folder that keeps the documents (fsync on); without it they live in memory and go with the server
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Feed the document engine malformed input for longer than the tests do
    Fuzz {
        /// How long each target takes
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The only target to run
        #[arg(value_enum)]
        target: Option<conformance::Target>,
    },
    /// Write domain/bindings/wire.ts anew from the Rust wire types
    Types,
    /// Write docs/openapi.json and domain/bindings/api.ts anew from the route table
    Openapi,
    /// Take the pictures in the README
    Screenshot,
    /// Bring every tool and make the local secrets, and nothing else
    Setup,
    /// Build the Worker and its pages into build/ (wrangler.toml calls this)
    Worker,
}

fn run() -> anyhow::Result<()> {
    match Arguments::parse().command {
        None => Ok(Arguments::command().print_help()?),
        Some(Command::Dev { port }) => dev::run(port),
        Some(Command::Test { suites }) => test::run(&suites),
        Some(Command::Build { record }) => sizes::build_and_check(record),
        Some(Command::Bench { name, arguments }) => bench::run(&name, &arguments),
        Some(Command::Migrate { arguments }) => migrate::run(&arguments),
        Some(Command::Documentdb { data }) => documentdb::run(data.as_deref()),
        Some(Command::Fuzz { seconds, target }) => conformance::fuzz(target, seconds),
        Some(Command::Types) => types::write(),
        Some(Command::Openapi) => openapi::write(),
        Some(Command::Screenshot) => screenshot::run(),
        Some(Command::Setup) => setup::run(),
        Some(Command::Worker) => worker::build_for_wrangler(Profile::from_environment()?),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

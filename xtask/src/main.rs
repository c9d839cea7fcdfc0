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
mod gallery;
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
mod stopwatch;
mod target;
mod test;
mod types;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::worker::Profile;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about = "Voxora's tools")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Set up, build and serve a working product on this machine
    Dev {
        /// The port to serve on
        #[arg(long, default_value_t = 8787, value_parser = port)]
        port: u16,
        /// Serve a team with a history instead of an empty deployment, on storage of its own
        #[arg(long)]
        demo: bool,
        /// Show every request, and all else that wrangler has to say
        #[arg(long)]
        verbose: bool,
    },
    /// Run every test, or only the named suites
    Test {
        /// The suites to run; all of them when none is named
        #[arg(value_enum)]
        suites: Vec<test::Suite>,
        /// Take the time: more schedules, outages of minutes, more kills. What is checked is the same
        #[arg(long)]
        long: bool,
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
    /// Write domain/bindings/ anew from the Rust types, and the table of marks from Unicode's
    Types,
    /// Write docs/openapi.json and domain/bindings/api.ts anew from the route table
    Openapi,
    /// Take the pictures in the README
    Screenshot,
    /// Take pictures of every screen and state, wide and narrow, light and dark, in both directions, into build/gallery/
    Gallery {
        /// Only of states that have one of these words in their names
        words: Vec<String>,
    },
    /// Bring every tool and make the local secrets, and nothing else
    Setup,
    /// Build the Worker and its pages into build/ (wrangler.toml calls this)
    Worker,
    /// Run a test program so that it says how long each test takes (cargo calls this)
    #[command(name = stopwatch::HARNESS, hide = true)]
    Harness {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        program: Vec<PathBuf>,
    },
}

/// A port as a person may write it.
fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("a port is a whole number from 1 to 65535, such as 8788".to_owned()),
    }
}

fn run() -> anyhow::Result<()> {
    match Arguments::parse().command {
        None => Ok(Arguments::command().print_help()?),
        Some(Command::Dev { port, demo, verbose }) => dev::run(&dev::Options { port, demo, verbose }),
        Some(Command::Test { suites, long }) => test::run(&suites, long),
        Some(Command::Build { record }) => sizes::build_and_check(record),
        Some(Command::Bench { name, arguments }) => bench::run(&name, &arguments),
        Some(Command::Migrate { arguments }) => migrate::run(&arguments),
        Some(Command::Documentdb { data }) => documentdb::run(data.as_deref()),
        Some(Command::Fuzz { seconds, target }) => conformance::fuzz(target, seconds),
        Some(Command::Types) => types::write(),
        Some(Command::Openapi) => openapi::write(),
        Some(Command::Screenshot) => screenshot::run(),
        Some(Command::Gallery { words }) => gallery::run(&words),
        Some(Command::Setup) => setup::run(),
        Some(Command::Worker) => worker::build_for_wrangler(Profile::from_environment()?),
        Some(Command::Harness { program }) => stopwatch::harness(&program),
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

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["xtask"], words].concat())
    }

    #[test]
    fn the_commands_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_and_version_are_there_however_they_are_asked_for() {
        for words in [&["help"][..], &["--help"], &["-h"], &["help", "dev"], &["dev", "--help"]] {
            assert_eq!(parse(words).err().unwrap().kind(), ErrorKind::DisplayHelp, "{words:?}");
        }
        for words in [&["--version"][..], &["-V"]] {
            let shown = parse(words).err().unwrap();
            assert_eq!(shown.kind(), ErrorKind::DisplayVersion);
            assert!(shown.to_string().contains(env!("CARGO_PKG_VERSION")), "{shown}");
        }
    }

    #[test]
    fn a_port_that_is_none_is_told_what_one_looks_like() {
        for wrong in ["abc", "0", "65536", ""] {
            let told = parse(&["dev", "--port", wrong]).err().unwrap().to_string();
            assert!(told.contains("from 1 to 65535"), "{told}");
        }
        assert!(parse(&["dev", "--port", "8788"]).is_ok());
    }
}

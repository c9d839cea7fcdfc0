//! `cargo xtask test`: every check there is, in the order in which a failure is cheapest, and a table at the end.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::python::Environment;
use crate::rust::WASM_TARGET;
use crate::setup::{self, Tools};
use crate::stopwatch::Run;
use crate::worker::{self, Profile};
use crate::{browser, conformance, documentdb, openapi, process, sizes, types};

/// A part of the tests that can be run alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Suite {
    /// Formatting of the Rust code
    Fmt,
    /// clippy for all crates, and the TypeScript compiler's checks
    Lint,
    /// Who imports whom, and what is said where: the rules of docs/ARCHITECTURE.md
    Architecture,
    /// rustdoc for all crates: no link in the documentation is broken
    Doc,
    /// The generated TypeScript types are those of the Rust wire types
    Types,
    /// The contract is that of the route table and the wire types
    Openapi,
    /// The rules of rooms and inboxes, with random schedules over real SQL
    Domain,
    /// The document engine and the Data API contract
    DataApi,
    /// What the product keeps: documents, their queries and versions
    Store,
    /// What the Durable Objects do with documents, without Cloudflare: the outbox in every kind of outage
    Objects,
    /// The edge without Cloudflare: the route table, what handlers take, cursors, origins, errors
    Workers,
    /// The native Data API server in front of a real DocumentDB
    Gateway,
    /// Every engine of the Data API against one set of cases, against each other, and against malformed input
    Conformance,
    /// The browser's half of the delivery promises, and what in the dashboard is no screen
    Client,
    /// These tools themselves
    Xtask,
    /// The built Worker in workerd: REST, sockets, kills, hibernation
    Api,
    /// The built Worker and a client in Python that was written from the documentation alone
    Python,
    /// Made-up requests, good and bad, to the built Worker: no answer that the contract does not know
    Schemathesis,
    /// The built Worker in a real Chromium
    Browser,
    /// The release build within its budgets
    Sizes,
}

/// The crates that only make sense inside of a Worker.
const WORKER_CRATES: [&str; 3] = ["voxora-durable-objects", "voxora-program", "voxora-hello-worker"];

/// The crates that are compiled into the Worker and also run natively.
const SHARED_CRATES: [&str; 4] = ["voxora-domain", "voxora-data-api", "voxora-store", "voxora-workers"];

/// How many tests of the built Worker run at once.
const API_THREADS: &str = "4";

/// Tells the browser suite where documents are kept.
const DOCUMENTS: &str = "VOXORA_DOCUMENTS";

/// What is built for tests that want an endpoint of the Data API, in front of a real store or of the embedded engine.
const GATEWAY: [&str; 2] = ["--package", "voxora-gateway"];
const EMBEDDED_ENDPOINT: [&str; 4] = ["--package", "voxora-store", "--example", "serve"];

struct Outcome {
    suite: Suite,
    took: Duration,
    failure: Option<String>,
}

/// How many of the slowest tests are named at the end.
const SLOWEST: usize = 20;

pub fn run(named: &[Suite], long: bool) -> Result<()> {
    let mut run = Run::new(setup::tools()?, long)?;
    let mut outcomes = Vec::new();
    for &suite in Suite::value_variants() {
        if !named.is_empty() && !named.contains(&suite) {
            continue;
        }
        eprintln!();
        process::announce(&format!("Test: {}", name(suite)));
        run.begin(&name(suite));
        let start = Instant::now();
        let failure = run_suite(&mut run, suite).err().map(|error| format!("{error:#}"));
        if let Some(failure) = &failure {
            eprintln!("\nerror: {failure}");
        }
        outcomes.push(Outcome { suite, took: start.elapsed(), failure });
    }
    run.print_slowest(SLOWEST);
    summarise(&outcomes)
}

fn run_suite(run: &mut Run, suite: Suite) -> Result<()> {
    match suite {
        Suite::Fmt => process::run(process::cargo().args(["fmt", "--all", "--check"])),
        Suite::Lint => lint(&run.tools),
        Suite::Architecture => run.cargo_test("voxora-architecture", None, |_| ()),
        Suite::Doc => doc(),
        Suite::Types => types::check(),
        Suite::Openapi => openapi::check(),
        Suite::Domain => run.cargo_test("voxora-domain", None, |_| ()),
        Suite::DataApi => run.cargo_test("voxora-data-api", None, |command| {
            command.args(["--features", "native-client,tls"]);
        }),
        Suite::Store => run.cargo_test("voxora-store", None, |_| ()),
        Suite::Objects => run.cargo_test("voxora-durable-objects", None, |_| ()),
        Suite::Workers => run.cargo_test("voxora-workers", None, |_| ()),
        Suite::Gateway => {
            let store = documentdb::for_tests()?;
            run.cargo_test("voxora-gateway", Some(&store), |_| ())
        }
        Suite::Conformance => conformance::test(run),
        Suite::Client => {
            let mut command = run.tools.javascript.command("node");
            command.args(["--test", "{widget,dashboard-static/src}/**/*.test.js"]);
            run.timed(command)
        }
        Suite::Xtask => run.cargo_test("xtask", None, |_| ()),
        Suite::Api => api(run),
        Suite::Python => python(&run.tools),
        Suite::Schemathesis => openapi::schemathesis(&run.tools),
        Suite::Browser => browser(run),
        Suite::Sizes => sizes::check(&run.tools),
    }
}

/// The suites on the built Worker; those about the document store on a real one.
fn api(run: &mut Run) -> Result<()> {
    worker::build(&run.tools, Profile::Dev)?;
    // Programs that these tests run.
    build(&["--package", "voxora-migrate"])?;
    let store = documentdb::for_tests()?;
    build(if store.is_there() { &GATEWAY } else { &EMBEDDED_ENDPOINT })?;
    run.cargo_test("voxora-tests", Some(&store), |command| {
        // They wait for their servers most of the time.
        command.env("RUST_TEST_THREADS", API_THREADS);
    })
}

fn python(tools: &Tools) -> Result<()> {
    let environment = Environment::set_up("client", "tests/python-client/requirements.txt")?;
    worker::build(tools, Profile::Dev)?;
    let mut command = environment.command("python");
    tools.javascript.prepare(&mut command);
    process::run(command.args(["-W", "error", "-m", "unittest", "discover", "tests/python-client"]))
}

fn build(what: &[&str]) -> Result<()> {
    process::run(process::cargo().args(["build", "--quiet"]).args(what))
}

/// All of it with documents in the Worker's own storage, and once more what touches documents on the gateway in front of a
/// real store.
fn browser(run: &mut Run) -> Result<()> {
    let browser = browser::set_up()?;
    worker::build(&run.tools, Profile::Dev)?;
    let mut with_documents = |documents: &str, store: Option<&documentdb::Store>| {
        process::announce(&format!("In the browser, with documents: {documents}"));
        let mut command = run.tools.javascript.command("node");
        if let Some(store) = store {
            store.tell(&mut command);
        }
        command.arg("tests/browser/run.mjs").env(browser::VARIABLE, &browser).env(DOCUMENTS, documents);
        run.timed(command)
    };
    // For its tests of outages, which want an endpoint in any case.
    build(&EMBEDDED_ENDPOINT)?;
    with_documents("embedded", None)?;
    let store = documentdb::for_tests()?;
    if !store.is_there() {
        return Ok(());
    }
    build(&GATEWAY)?;
    with_documents("gateway", Some(&store))
}

/// All four checks even when one fails: whoever mends one wants to know about the others.
fn lint(tools: &Tools) -> Result<()> {
    let mut native = clippy();
    native.args(["--workspace", "--all-targets"]);
    for package in WORKER_CRATES {
        native.args(["--exclude", package]);
    }
    let mut worker = clippy();
    worker.args(["--target", WASM_TARGET]);
    for package in SHARED_CRATES.iter().chain(&WORKER_CRATES) {
        worker.args(["--package", package]);
    }
    for command in [&mut native, &mut worker] {
        command.args(["--", "--deny", "warnings"]);
    }
    let typescript = ["widget", "dashboard-static"].map(|project| {
        let mut command = tools.javascript.command("tsc");
        command.args(["--noEmit", "--project", project]);
        command
    });
    let failures: Vec<_> = [native, worker]
        .into_iter()
        .chain(typescript)
        .filter_map(|mut command| process::run(&mut command).err())
        .map(|error| format!("{error:#}"))
        .collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

/// What a comment links to exists, also where only this repository reads it.
fn doc() -> Result<()> {
    let rustdoc = || {
        let mut command = process::cargo();
        command
            .args(["doc", "--no-deps", "--document-private-items"])
            // Links to private things are links like others where private things are documented.
            .env("RUSTDOCFLAGS", "--deny warnings --allow rustdoc::private_intra_doc_links");
        command
    };
    let mut native = rustdoc();
    native.arg("--workspace");
    let mut worker = rustdoc();
    worker.args(["--target", WASM_TARGET]);
    for package in WORKER_CRATES {
        native.args(["--exclude", package]);
        worker.args(["--package", package]);
    }
    process::run(&mut native)?;
    process::run(&mut worker)
}

fn clippy() -> Command {
    let mut command = process::cargo();
    command.args(["clippy", "--keep-going"]);
    command
}

fn summarise(outcomes: &[Outcome]) -> Result<()> {
    println!("\n{:<12}{:>8}", "suite", "seconds");
    for outcome in outcomes {
        let verdict = if outcome.failure.is_some() { "failed" } else { "passed" };
        println!("{:<12}{:>8.1}  {verdict}", name(outcome.suite), outcome.took.as_secs_f64());
    }
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .map(|outcome| name(outcome.suite))
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn name(suite: Suite) -> String {
    suite.to_possible_value().map_or_else(|| format!("{suite:?}"), |value| value.get_name().to_owned())
}

//! Runs tests, and tells how long each took by what the harnesses print: that of Rust and that of Node.

use std::cmp::Reverse;
use std::env;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::documentdb::Store;
use crate::process;
use crate::setup::Tools;

/// The command of these tools that cargo starts each test program by.
pub const HARNESS: &str = "harness";

/// Becomes a test program that says how long each test took. The harness does so in nightly toolchains only, unless this
/// variable tells it to; set here, it does not reach the compiler, which would build everything anew for it.
pub fn harness(program: &[PathBuf]) -> Result<()> {
    let (program, arguments) = program.split_first().context("which program?")?;
    let error = Command::new(program)
        .args(arguments)
        .args(["-Z", "unstable-options", "--report-time"])
        .env("RUSTC_BOOTSTRAP", "1")
        .exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// Tells the tests to take their time: more schedules, longer outages, more kills. What they check is the same.
const LONG: &str = "VOXORA_LONG";

/// One run of the tests, suite by suite.
pub struct Run {
    pub tools: Tools,
    /// This program, which starts each test program.
    program: PathBuf,
    long: bool,
    suite: String,
    times: Vec<Took>,
}

#[derive(PartialEq)]
struct Took {
    time: Duration,
    suite: String,
    test: String,
}

impl Run {
    pub fn new(tools: Tools, long: bool) -> Result<Self> {
        // Asked for once: the tests of these tools build them anew, and what runs has no name from then on.
        let program = env::current_exe().context("cannot find out what this program is called")?;
        Ok(Self { tools, program, long, suite: String::new(), times: Vec::new() })
    }

    /// What runs from now on is of this suite.
    pub fn begin(&mut self, suite: &str) {
        suite.clone_into(&mut self.suite);
    }

    /// Runs tests of a package, with a harness that says how long each took, told of a store where they want one. `prepare` adds what cargo is asked besides.
    pub fn cargo_test(
        &mut self,
        package: &str,
        store: Option<&Store>,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<()> {
        let runner =
            format!("target.'cfg(all())'.runner = [{:?}, {HARNESS:?}]", self.program.display().to_string());
        let mut command = process::cargo();
        command.args(["test", "--config", &runner]);
        self.tools.javascript.prepare(&mut command);
        if let Some(store) = store {
            store.tell(&mut command);
        }
        command.args(["--package", package]);
        prepare(&mut command);
        self.timed(command)
    }

    /// Runs a program that prints how long each test takes.
    pub fn timed(&mut self, mut command: Command) -> Result<()> {
        if self.long {
            command.env(LONG, "1");
        }
        process::run_and_read(&mut command, |line| {
            if let Some((test, time)) = of_rust(line).or_else(|| of_node(line)) {
                let took = Took { time, suite: self.suite.clone(), test: test.to_owned() };
                // Node names those that failed once more at its end.
                if !self.times.contains(&took) {
                    self.times.push(took);
                }
            }
        })
    }

    /// So many of the slowest tests, the slowest first.
    pub fn print_slowest(&mut self, count: usize) {
        self.times.sort_by_key(|took| Reverse(took.time));
        if self.times.is_empty() {
            return;
        }
        println!("\n{:<12}{:>8}  of {} tests", "the slowest", "seconds", self.times.len());
        for Took { time, suite, test } in self.times.iter().take(count) {
            println!("{suite:<12}{:>8.1}  {test}", time.as_secs_f64());
        }
    }
}

/// `test suite::name ... ok <1.234s>`
fn of_rust(line: &str) -> Option<(&str, Duration)> {
    let (test, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let (_, seconds) = outcome.strip_suffix("s>")?.split_once('<')?;
    Some((test, Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?))
}

/// `✔ name (1234.5ms)`, and `✖` for one that failed. Both kinds of marks are there for groups, too: those begin with `▶`.
fn of_node(line: &str) -> Option<(&str, Duration)> {
    let line = line.trim_start();
    let (test, time) = line.strip_prefix('✔').or_else(|| line.strip_prefix('✖'))?.trim().rsplit_once(" (")?;
    let milliseconds: f64 = time.strip_suffix("ms)")?.parse().ok()?;
    Some((test, Duration::try_from_secs_f64(milliseconds / 1000.0).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_both_harnesses_are_read() {
        let milliseconds = Duration::from_millis;
        assert_eq!(
            of_rust("test rooms::a_room ... ok <1.250s>"),
            Some(("rooms::a_room", milliseconds(1250)))
        );
        assert_eq!(of_rust("test a_room ... FAILED <0.500s>"), Some(("a_room", milliseconds(500))));
        assert_eq!(of_rust("test a_room ... ignored"), None);
        assert_eq!(of_rust("test result: ok. 2 passed; finished in 0.02s"), None);
        assert_eq!(
            of_node("  ✔ axe finds nothing (in the dark) (250.5ms)"),
            Some(("axe finds nothing (in the dark)", Duration::from_micros(250_500)))
        );
        assert_eq!(of_node("ℹ duration_ms 1234.5"), None);
    }
}

//! What was found, for people as tables and for programs as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::target::{Kind, Route};
use crate::report::{Machine, median};

/// Everything of one run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    machine: Machine,
    /// What ran, by name.
    pub versions: Map<String, Value>,
    rounds: usize,
    seconds_per_round: f64,
    people: u64,
    conversations: u64,
    /// The comparison, route by route.
    pub configurations: Vec<Configuration>,
}

/// One round of one target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    pub requests: u64,
    pub seconds: f64,
    pub requests_per_second: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub server_cpu_us_per_request: f64,
    pub generator_core_share: f64,
    pub bytes_per_answer: f64,
}

/// Medians over the rounds of one target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Medians {
    requests_per_second: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    server_cpu_us_per_request: f64,
    generator_core_share: f64,
    bytes_per_answer: f64,
}

/// Our figures over the other's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ratios {
    requests_per_second: f64,
    p50: f64,
    server_cpu_per_request: f64,
}

/// One route, so many requests at once, and what each target made of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    route: Route,
    at_once: usize,
    medians: BTreeMap<Kind, Medians>,
    /// Ours over the other's, where both were measured.
    ratios: Option<Ratios>,
    rounds: BTreeMap<Kind, Vec<Round>>,
}

impl Report {
    /// An empty one, of this machine.
    pub fn new(
        (rounds, seconds_per_round): (usize, f64),
        (people, conversations): (u64, u64),
        disk_sync: Duration,
    ) -> Self {
        Self {
            machine: Machine::this(disk_sync),
            versions: Map::new(),
            rounds,
            seconds_per_round,
            people,
            conversations,
            configurations: Vec::new(),
        }
    }

    /// What runs where.
    pub fn print_heading(&self) {
        let Self { rounds, seconds_per_round, people, conversations, .. } = self;
        self.machine.print(&self.versions);
        println!(
            "Medians of {rounds} rounds of {seconds_per_round} s; {people} people and {conversations} conversations, asked by an admin"
        );
    }
}

impl Configuration {
    /// Sums up the rounds.
    pub fn new(route: Route, at_once: usize, rounds: BTreeMap<Kind, Vec<Round>>) -> Self {
        let medians: BTreeMap<_, _> =
            rounds.iter().map(|(&kind, rounds)| (kind, Medians::of(rounds))).collect();
        let both = medians.get(&Kind::Voxora).zip(medians.get(&Kind::Express));
        let ratios = both.map(|(ours, express)| ours.over(express));
        Self { route, at_once, medians, ratios, rounds }
    }

    /// As a table.
    pub fn print(&self) {
        println!("\n{}, {} at once", self.route.label(), self.at_once);
        println!(
            "  {:<10} {:>10} {:>9} {:>9} {:>9} {:>15} {:>13} {:>10}",
            "", "requests/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs/request", "bytes/answer", "generator"
        );
        for (kind, medians) in &self.medians {
            println!(
                "  {:<10} {:>10.0} {:>9.2} {:>9.2} {:>9.2} {:>15.0} {:>13.0} {:>8.0} %",
                kind.label(),
                medians.requests_per_second,
                medians.p50_ms,
                medians.p95_ms,
                medians.p99_ms,
                medians.server_cpu_us_per_request,
                medians.bytes_per_answer,
                medians.generator_core_share * 100.0
            );
        }
        if let Some(Ratios { requests_per_second, p50, server_cpu_per_request }) = self.ratios {
            println!(
                "  {} / {}: requests/s {requests_per_second:.2}, p50 {p50:.2}, CPU {server_cpu_per_request:.2}",
                Kind::Voxora.label(),
                Kind::Express.label()
            );
        }
    }
}

impl Medians {
    fn over(&self, other: &Self) -> Ratios {
        Ratios {
            requests_per_second: self.requests_per_second / other.requests_per_second,
            p50: self.p50_ms / other.p50_ms,
            server_cpu_per_request: self.server_cpu_us_per_request / other.server_cpu_us_per_request,
        }
    }

    fn of(rounds: &[Round]) -> Self {
        let median = |figure: fn(&Round) -> f64| median(rounds, figure);
        Self {
            requests_per_second: median(|round| round.requests_per_second),
            p50_ms: median(|round| round.p50_ms),
            p95_ms: median(|round| round.p95_ms),
            p99_ms: median(|round| round.p99_ms),
            server_cpu_us_per_request: median(|round| round.server_cpu_us_per_request),
            generator_core_share: median(|round| round.generator_core_share),
            bytes_per_answer: median(|round| round.bytes_per_answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A round in which everything took so long.
    fn round(ms: f64) -> Round {
        Round {
            requests: 1_000,
            seconds: ms,
            requests_per_second: 1_000.0 / ms,
            p50_ms: ms,
            p95_ms: ms * 2.0,
            p99_ms: ms * 4.0,
            server_cpu_us_per_request: ms * 100.0,
            generator_core_share: 0.5,
            bytes_per_answer: 10.0,
        }
    }

    #[test]
    fn a_ratio_is_one_of_medians_and_one_bad_round_changes_none() {
        let rounds = BTreeMap::from([
            (Kind::Voxora, vec![round(2.0), round(400.0), round(2.0)]),
            (Kind::Express, vec![round(1.0), round(1.0), round(0.001)]),
        ]);
        let configuration = Configuration::new(Route::People, 16, rounds);
        let expected = Ratios { requests_per_second: 0.5, p50: 2.0, server_cpu_per_request: 2.0 };
        assert_eq!(configuration.ratios, Some(expected));
        assert_eq!(configuration.medians.get(&Kind::Voxora).map(|medians| medians.p99_ms), Some(8.0));
    }

    #[test]
    fn what_was_not_measured_is_not_compared() {
        let rounds = BTreeMap::from([(Kind::Voxora, vec![round(1.0)])]);
        assert_eq!(Configuration::new(Route::LogIn, 1, rounds).ratios, None);
    }
}

//! Asks an engine every case.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use voxora_data_api::ejson;

use crate::case::{Case, Engine, Exchange, Expected};
use crate::ejson::same_answer;
use crate::endpoint::{Endpoint, LOSSLESS, Reply};

/// A row that was not answered as expected.
#[derive(Debug)]
pub struct Failure {
    place: String,
    exchange: Exchange,
    reply: Reply,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, exchange, reply } = self;
        writeln!(formatter, "{place}\n  asked    {} {}", exchange.action, exchange.body)?;
        match &exchange.expected {
            Expected::Answer { body, .. } => writeln!(formatter, "  expected {body}")?,
            Expected::Failure { code, word } => writeln!(formatter, "  expected {code} with \"{word}\"")?,
        }
        write!(formatter, "  got      {} {}", reply.status, reply.body)
    }
}

/// Asks all rows of these cases and gives those that were answered otherwise than this engine should.
///
/// # Errors
/// When a request got no answer, or documents could not be put in place.
pub fn run(endpoint: &mut dyn Endpoint, engine: Engine, cases: &[Case]) -> Result<Vec<Failure>> {
    let mut failures = Vec::new();
    for case in cases {
        let place = format!("{}: {}", case.area, case.rule);
        arrange(endpoint, case).with_context(|| place.clone())?;
        for (index, row) in case.rows.iter().enumerate() {
            if index > 0 && row.starts_afresh() {
                arrange(endpoint, case).with_context(|| place.clone())?;
            }
            for exchange in row.exchanges(case, engine) {
                let reply = endpoint.post(&exchange.action, &exchange.body, &exchange.accept)?;
                if !exchange.is_answered_by(&reply) {
                    failures.push(Failure { place: format!("{place}, row {}", index + 1), exchange, reply });
                }
            }
        }
    }
    Ok(failures)
}

/// Leaves exactly the documents given in the collection.
fn arrange(endpoint: &mut dyn Endpoint, case: &Case) -> Result<()> {
    let mut post = |action: &str, fields: Value, status: u16| {
        let Value::Object(fields) = fields else { panic!("written as objects below") };
        let reply = endpoint.post(action, &case.body(fields), LOSSLESS)?;
        ensure!(reply.status == status, "{action} answered {} {}", reply.status, reply.body);
        Ok(())
    };
    post("deleteMany", json!({ "filter": {} }), 200)?;
    if !case.given.is_empty() {
        post("insertMany", json!({ "documents": case.given }), 201)?;
    }
    Ok(())
}

impl Exchange {
    fn is_answered_by(&self, reply: &Reply) -> bool {
        let Ok(got) = serde_json::from_str::<Value>(&reply.body) else { return false };
        match &self.expected {
            Expected::Answer { body, ordered, verbatim } => {
                let status = if self.action.starts_with("insert") { 201 } else { 200 };
                let same = if *verbatim {
                    same_answer(body, &got, *ordered)
                } else {
                    same_answer(&normal(body), &normal(&got), *ordered)
                };
                reply.status == status && same
            }
            Expected::Failure { code, word } => {
                let status = match code.as_str() {
                    "DuplicateKey" => 409,
                    "TooLarge" => 413,
                    _ => 400,
                };
                reply.status == status
                    && got["error_code"] == code.as_str()
                    && got["error"].as_str().is_some_and(|message| message.contains(word))
            }
        }
    }
}

/// Whether two engines say the same: both refuse for the same kind of reason, or both give the same.
#[must_use]
pub fn answers_alike(left: &Reply, right: &Reply, ordered: bool) -> bool {
    let read = |reply: &Reply| serde_json::from_str::<Value>(&reply.body).map(|body| normal(&body));
    let (Ok(one), Ok(other)) = (read(left), read(right)) else { return false };
    left.status == right.status
        && if left.status < 300 {
            same_answer(&one, &other, ordered)
        } else {
            one["error_code"] == other["error_code"]
        }
}

/// The value in the one form that documents have in memory, however EJSON wrote it; as it is when it holds a type that
/// documents here do not have.
fn normal(value: &Value) -> Value {
    ejson::parse(value.to_string().as_bytes()).unwrap_or_else(|_| value.clone())
}

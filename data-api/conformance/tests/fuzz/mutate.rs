//! Input made from the cases by random changes.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Value, json};
use voxora_conformance::cases;

/// What the cases post.
pub struct Corpus {
    requests: Vec<(String, Value)>,
    /// Every value in them, to put one in another's place.
    values: Vec<Value>,
    /// Every name in them, operators among them.
    names: Vec<String>,
}

/// A whole request.
#[derive(Debug, Clone)]
pub struct Request {
    pub action: &'static str,
    pub body: Vec<u8>,
}

const ACTIONS: [&str; 11] = [
    "findOne",
    "find",
    "insertOne",
    "insertMany",
    "updateOne",
    "updateMany",
    "replaceOne",
    "deleteOne",
    "deleteMany",
    "aggregate",
    "unknown",
];

/// What breaks programs.
fn awkward() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(-0.0),
        json!(0.5),
        json!(1e308),
        json!(-1e-308),
        json!(9_007_199_254_740_991_i64),
        json!(-9_007_199_254_740_992_i64),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(2_147_483_648_i64),
        json!(""),
        json!("$"),
        json!("$$"),
        json!("$a"),
        json!("$$ROOT"),
        json!("a.b"),
        json!("."),
        json!("\0"),
        json!("'"),
        json!("\""),
        json!("\\"),
        json!("%_*?[]"),
        json!("-\"a b\" c"),
        json!("\u{1f600}é"),
        json!("x".repeat(3000)),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "": 1 }),
        json!({ "$date": 0 }),
        json!({ "$date": "0001-01-01T00:00:00Z" }),
        json!({ "$date": "9999-12-31T23:59:59.999Z" }),
        json!({ "$numberLong": "-9007199254740991" }),
        json!({ "$numberDouble": "-0.0" }),
        json!({ "$oid": "0" }),
    ]
}

impl Corpus {
    pub fn from_cases() -> Self {
        let requests: Vec<_> = cases()
            .iter()
            .flat_map(voxora_conformance::Case::requests)
            .filter_map(|(action, body)| Some((action, serde_json::from_str::<Value>(&body).ok()?)))
            .collect();
        let (mut values, mut names) = (awkward(), BTreeSet::new());
        for (_, body) in &requests {
            gather(body, &mut values, &mut names);
        }
        Self { requests, values, names: names.into_iter().collect() }
    }

    /// A field of some request, changed a little or much.
    pub fn field(&self, name: &str, random: &mut Rng) -> Value {
        loop {
            let (_, body) = &self.requests[random.usize(..self.requests.len())];
            if let Some(field) = body.get(name) {
                return self.changed(field.clone(), random);
            }
        }
    }

    /// A whole request, changed in its values or its bytes.
    pub fn request(&self, random: &mut Rng) -> Request {
        let (action, body) = &self.requests[random.usize(..self.requests.len())];
        let action = if random.u8(..8) == 0 { ACTIONS[random.usize(..ACTIONS.len())] } else { action };
        let action = ACTIONS.into_iter().find(|known| *known == action).unwrap_or("unknown");
        let body = if random.bool() { self.changed(body.clone(), random) } else { body.clone() };
        let bytes = body.to_string().into_bytes();
        Request { action, body: if random.bool() { self.garbled(bytes, random) } else { bytes } }
    }

    /// A text that may be EJSON.
    pub fn bytes(&self, random: &mut Rng) -> Vec<u8> {
        let value = self.values[random.usize(..self.values.len())].clone();
        let bytes = self.changed(value, random).to_string().into_bytes();
        if random.bool() { self.garbled(bytes, random) } else { bytes }
    }

    fn changed(&self, mut value: Value, random: &mut Rng) -> Value {
        for _ in 0..random.usize(0..6) {
            let count = count(&value);
            self.change(&mut value, &mut random.usize(..count), random);
        }
        value
    }

    /// Changes the value that comes after so many others.
    fn change(&self, value: &mut Value, before: &mut usize, random: &mut Rng) -> bool {
        if *before == 0 {
            self.change_here(value, random);
            return true;
        }
        *before -= 1;
        match value {
            Value::Array(items) => items.iter_mut().any(|item| self.change(item, before, random)),
            Value::Object(members) => members.values_mut().any(|member| self.change(member, before, random)),
            _ => false,
        }
    }

    fn change_here(&self, value: &mut Value, random: &mut Rng) {
        let other = || self.values[random.clone().usize(..self.values.len())].clone();
        let (other, name) = (other(), self.names[random.usize(..self.names.len())].clone());
        let old = value.take();
        *value = match (random.u8(..8), old) {
            (0, Value::Array(mut items)) if !items.is_empty() => {
                items.remove(random.usize(..items.len()));
                Value::Array(items)
            }
            (0 | 1, Value::Array(mut items)) => {
                items.insert(random.usize(..=items.len()), other);
                Value::Array(items)
            }
            (0, Value::Object(members)) if !members.is_empty() => {
                let gone = random.usize(..members.len());
                members
                    .into_iter()
                    .enumerate()
                    .filter(|(index, _)| *index != gone)
                    .map(|(_, member)| member)
                    .collect()
            }
            (1, Value::Object(members)) if !members.is_empty() => {
                let renamed = random.usize(..members.len());
                let named = |(index, (old, member))| {
                    if index == renamed { (name.clone(), member) } else { (old, member) }
                };
                members.into_iter().enumerate().map(named).collect()
            }
            (0..=3, Value::Object(mut members)) => {
                members.insert(name, other);
                Value::Object(members)
            }
            (0..=3, Value::Number(number)) => json!(number.as_f64().unwrap_or_default() * random.f64() * 4.0),
            (4, old) => json!({ name: old }),
            (5, old) => json!([old]),
            (6, old) => json!({ name: [old, other] }),
            (..) => other,
        };
    }

    fn garbled(&self, mut bytes: Vec<u8>, random: &mut Rng) -> Vec<u8> {
        for _ in 0..random.usize(1..5) {
            let at = random.usize(..=bytes.len());
            match random.u8(..5) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] = random.u8(..),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 => bytes.insert(at, b"{}[]\",:\\0-e.$"[random.usize(..13)]),
                _ => {
                    let name = &self.names[random.usize(..self.names.len())];
                    drop(bytes.splice(at..at, name.bytes()));
                }
            }
        }
        bytes
    }
}

fn gather(value: &Value, values: &mut Vec<Value>, names: &mut BTreeSet<String>) {
    values.push(value.clone());
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, values, names)),
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            names.insert(name.clone());
            gather(member, values, names);
        }),
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

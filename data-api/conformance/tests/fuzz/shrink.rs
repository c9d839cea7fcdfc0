//! Makes an input smaller for as long as it still shows the fault.

use serde_json::{Map, Value, json};

use crate::mutate::Request;

/// An input that has smaller ones.
pub trait Shrink: Clone {
    /// Inputs that are each a step smaller, the smallest first.
    fn smaller(&self) -> Vec<Self>;
    /// The input for people.
    fn print(&self) -> String;
}

/// The smallest input, step by step, that still fails.
pub fn smallest<Input: Shrink>(mut input: Input, mut fails: impl FnMut(&Input) -> bool) -> Input {
    // Each step is smaller, so it ends by itself; the bound is for patience.
    for _ in 0..2000 {
        match input.smaller().into_iter().find(|smaller| fails(smaller)) {
            Some(smaller) => input = smaller,
            None => break,
        }
    }
    input
}

impl Shrink for Value {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Array(items) => {
                let without = (0..items.len()).map(|gone| {
                    items
                        .iter()
                        .enumerate()
                        .filter(|(index, _)| *index != gone)
                        .map(|(_, item)| item.clone())
                        .collect()
                });
                let inside = items.iter().enumerate().flat_map(|(index, item)| {
                    item.smaller().into_iter().map(move |smaller| {
                        let mut items = items.clone();
                        items[index] = smaller;
                        Self::Array(items)
                    })
                });
                items.iter().cloned().chain(without).chain(inside).collect()
            }
            Self::Object(members) => {
                let without = members.keys().map(|gone| {
                    members
                        .iter()
                        .filter(|(name, _)| *name != gone)
                        .map(|(name, member)| (name.clone(), member.clone()))
                        .collect::<Map<_, _>>()
                        .into()
                });
                let inside = members.iter().flat_map(|(name, member)| {
                    member.smaller().into_iter().map(move |smaller| {
                        let mut members = members.clone();
                        members.insert(name.clone(), smaller);
                        Self::Object(members)
                    })
                });
                members.values().cloned().chain(without).chain(inside).collect()
            }
            Self::String(text) if text.len() > 1 => {
                let half = text.chars().take(text.chars().count() / 2).collect::<String>();
                vec![json!(""), half.into()]
            }
            Self::Number(number) if number.as_f64() != Some(0.0) => vec![json!(0)],
            _ => Vec::new(),
        }
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

impl Shrink for Vec<u8> {
    fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut size = self.len() / 2;
        while size > 0 {
            for from in (0..self.len()).step_by(size) {
                let to = (from + size).min(self.len());
                all.push([&self[..from], &self[to..]].concat());
            }
            size /= 2;
        }
        all
    }

    fn print(&self) -> String {
        String::from_utf8_lossy(self).into_owned()
    }
}

impl Shrink for Request {
    fn smaller(&self) -> Vec<Self> {
        self.body.smaller().into_iter().map(|body| Self { action: self.action, body }).collect()
    }

    fn print(&self) -> String {
        format!("{} {}", self.action, self.body.print())
    }
}

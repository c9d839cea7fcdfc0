//! The list of known differences from MongoDB, made from the cases.

use std::fmt::Write as _;

use serde_json::Value;

use crate::case::{Case, Engine};

/// For an engine, every row in which it differs from MongoDB, as Markdown, by area.
#[must_use]
pub fn differences(cases: &[Case], engine: Engine) -> String {
    let mut text = String::new();
    let mut area = "";
    for case in cases {
        for row in &case.rows {
            let Some((gives, why)) = row.difference(engine) else { continue };
            if area != case.area {
                area = case.area;
                // Writing to a String cannot fail.
                let _ = write!(text, "\n### {}{}\n\n", area[..1].to_uppercase(), &area[1..]);
            }
            let _ = writeln!(text, "- {}: `{}`. {why}", case.rule, row.question());
            let _ = writeln!(text, "  MongoDB: {}. Here: {}.", shown(row.answer()), shown(gives));
        }
    }
    text
}

fn shown(answer: &Value) -> String {
    if let Some(word) = answer.get("$fails") {
        return match word.as_str() {
            None | Some("") => "refused".to_owned(),
            Some(word) => format!("refused (`{word}`)"),
        };
    }
    if answer.get("$missing").is_some() {
        return "nothing".to_owned();
    }
    match answer.get("$unordered") {
        Some(documents) => format!("`{documents}` in any order"),
        None => format!("`{answer}`"),
    }
}

//! `domain/bindings/api.ts`: what each route takes and gives, for the dashboard's client. The types are those of `wire.ts`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::operation::Resource;
use crate::routes::Row;

/// The module.
pub fn api(rows: &[Row], resources: &[Resource]) -> String {
    let mut names = BTreeSet::new();
    let mut lines = String::new();
    for operation in resources.iter().flat_map(|resource| &resource.operations) {
        let Some(row) = rows.iter().find(|row| row.name == operation.name) else { continue };
        let body = operation.takes.as_ref().map_or("undefined", |content| &content.name);
        let mut answers: Vec<_> = operation
            .gives
            .iter()
            .map(|answer| answer.content.as_ref().map_or("undefined", |content| &content.name))
            .collect();
        answers.dedup();
        let answer = answers.join(" | ");
        for word in [body, &answer].iter().flat_map(|text| text.split(['<', '>', '|', ' '])) {
            if word.starts_with(char::is_uppercase) {
                names.insert(word.to_owned());
            }
        }
        let _ = write!(
            lines,
            "  /** {} */\n  '{} {}': {{ body: {body}; answer: {answer} }};\n",
            operation.summary, row.method, row.path
        );
    }
    let names: Vec<_> = names.into_iter().collect();
    format!(
        "// Generated from workers/src/routes by `cargo xtask openapi`. Do not edit.\n\n\
         import type {{ {} }} from './wire';\n\n\
         /** What each route takes and gives, by method and path. */\nexport interface Routes {{\n{lines}}}\n",
        names.join(", ")
    )
}

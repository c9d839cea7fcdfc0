//! A list of texts that documents are found by: what MongoDB calls a multikey index.
//!
//! The index is a table with a row for each text of each document's list; triggers keep it in step, so a document costs a row
//! written for each text that its list gains or loses, and none while the list stays as it is.

use serde_json::Value as Json;

use super::path::json_path;
use crate::DataApiError;
use crate::document::Document;
use crate::error::invalid;
use crate::schema::CollectionSchema;

/// The table beside `documents`.
pub(super) const TABLE: &str = "documents_list";
/// The triggers that keep it in step.
pub(super) const TRIGGERS: [&str; 3] =
    ["documents_list_insert", "documents_list_update", "documents_list_delete"];
/// More documents than this are many: to read each and sort takes longer than to look along an index for the first of them.
pub(super) const MANY: i64 = 2_000;

/// How documents and the list's table come together. The result is the same; the time is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The table leads to the documents: best for few.
    Lead,
    /// Documents are taken in the order of another index, and looked up: best for many.
    Probe,
}

impl Access {
    /// The condition on a row of `documents`; `values` are the parameters, one of which its list must hold.
    pub(super) fn sql(self, values: &str) -> String {
        match self {
            Self::Lead => format!("id IN (SELECT id FROM {TABLE} WHERE value IN ({values}))"),
            Self::Probe => format!(
                "EXISTS (SELECT 1 FROM {TABLE} AS l WHERE l.value IN ({values}) AND l.id = documents.id)"
            ),
        }
    }
}

/// The texts of which a condition on a declared list wants one; `None` where it says something else.
pub(super) fn wanted(schema: &CollectionSchema, field: &str, condition: &Json) -> Option<Vec<String>> {
    schema.list.filter(|list| list.field == field)?;
    let texts = |values: &[Json]| {
        values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    };
    let found: Vec<String> = match condition {
        Json::String(text) => vec![text.clone()],
        Json::Object(operators) if operators.len() == 1 => texts(operators.get("$in")?.as_array()?)?,
        _ => return None,
    };
    Some(found).filter(|found| !found.is_empty())
}

/// Refuses a document whose declared list holds something else than texts.
pub(super) fn check(schema: &CollectionSchema, document: &Document) -> Result<(), DataApiError> {
    let Some(list) = &schema.list else { return Ok(()) };
    match document.get(list.field) {
        None | Some(Json::Null) => Ok(()),
        Some(Json::Array(items)) if items.iter().all(Json::is_string) => Ok(()),
        Some(_) => Err(invalid(format!("the field '{}' is declared as a list of strings", list.field))),
    }
}

/// The statements that make the index of a collection that declares one; none for the others.
pub(super) fn definitions(schema: &CollectionSchema) -> Vec<String> {
    let Some(list) = &schema.list else { return Vec::new() };
    let label = json_path(&[list.field]);
    let insert = |row: &str| {
        format!(
            "INSERT OR IGNORE INTO {TABLE} (value, id) SELECT value, {row}id FROM json_each({row}body, {label})"
        )
    };
    let delete = format!(
        "DELETE FROM {TABLE} WHERE id = old.id AND value IN (SELECT value FROM json_each(old.body, {label}))"
    );
    let [on_insert, on_update, on_delete] = TRIGGERS;
    vec![
        format!(
            "CREATE TABLE {TABLE} (value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (value, id)) WITHOUT ROWID"
        ),
        format!(
            "INSERT OR IGNORE INTO {TABLE} (value, id) \
             SELECT item.value, documents.id FROM documents, json_each(documents.body, {label}) AS item"
        ),
        format!("CREATE TRIGGER {on_insert} AFTER INSERT ON documents BEGIN {}; END", insert("new.")),
        format!(
            "CREATE TRIGGER {on_update} AFTER UPDATE OF body ON documents \
             WHEN (old.body -> {label}) IS NOT (new.body -> {label}) BEGIN {delete}; {}; END",
            insert("new.")
        ),
        format!("CREATE TRIGGER {on_delete} AFTER DELETE ON documents BEGIN {delete}; END"),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use voxora_domain::sql::object_database;

    use crate::contract::Find;
    use crate::embedded::Engine;
    use crate::query::Direction::Descending;
    use crate::query::{Filter, Sort, Update};
    use crate::schema::{CollectionSchema, Field, Index, Kind, ListIndex};
    use crate::{DataApi, DataApiError};

    static BEFORE: CollectionSchema = CollectionSchema::new(
        "things",
        1,
        &[Field { path: "at", kind: Kind::Number }],
        &[Index::new("at_-1__id_-1", &[("at", Descending), ("_id", Descending)])],
    );
    static THINGS: CollectionSchema =
        CollectionSchema { version: 2, ..BEFORE }.with_list(ListIndex { field: "tags", then: &[] });

    fn found(engine: &impl DataApi, filter: Filter) -> Vec<String> {
        let find = Find::new(filter).sort(Sort::descending("at").then_descending("_id")).limit(10_000);
        let found: Vec<Json> = futures::executor::block_on(engine.find("things", find)).unwrap();
        found.iter().map(|thing| thing["_id"].as_str().unwrap().to_owned()).collect()
    }

    fn tags(number: u32) -> Json {
        // Some have none, some have one twice.
        match number % 7 {
            0 => Json::Null,
            1 => json!([]),
            2 => json!(["a", "a", "b"]),
            3 => json!(["c"]),
            _ => json!(["a"]),
        }
    }

    /// The same finds the same without the index, with it, and with it made later; for few and for many.
    #[test]
    fn an_index_changes_nothing_but_the_time() {
        use futures::executor::block_on;
        let database = object_database().unwrap();
        let before = Engine::open(&database, &BEFORE, || 0).unwrap();
        for number in 0..4_500_u32 {
            let mut thing = json!({ "_id": format!("{number:05}"), "at": number / 3 });
            if number % 5 != 0 {
                thing["tags"] = tags(number);
            }
            block_on(before.insert_one("things", &thing)).unwrap();
        }
        let filters = || {
            [
                Filter::eq("tags", "a"),
                Filter::in_("tags", ["b", "c"]),
                Filter::in_("tags", ["b"]).and(Filter::lt("at", 700)),
                Filter::eq("tags", "c").or(Filter::eq("at", 3)),
                Filter::eq("tags", "a").negated(),
                Filter::ne("tags", "a"),
                Filter::eq("tags", "nobody's"),
                Filter::eq("tags", Option::<&str>::None),
                Filter::exists("tags", true),
            ]
        };
        let expected = filters().map(|filter| found(&before, filter));
        let engine = Engine::open(&database, &THINGS, || 0).unwrap();
        assert_eq!(filters().map(|filter| found(&engine, filter)), expected);
        for (filter, expected) in filters().into_iter().zip(&expected) {
            assert_eq!(block_on(engine.count("things", filter)).unwrap(), expected.len() as u64);
        }

        let only_b = || found(&engine, Filter::eq("tags", "b"));
        let count = only_b().len();
        block_on(engine.update_one("things", Filter::id("00003"), Update::new().add_to_set("tags", "b")))
            .unwrap();
        assert_eq!((only_b().len(), only_b().last().map(String::as_str)), (count + 1, Some("00002")));
        block_on(engine.update_one("things", Filter::id("00003"), Update::new().pull("tags", "b"))).unwrap();
        block_on(engine.delete_one("things", Filter::id("00002"))).unwrap();
        assert_eq!(only_b().len(), count - 1);
        for bad in [json!("a"), json!([1]), json!({ "a": 1 })] {
            let refused = block_on(engine.insert_one("things", &json!({ "_id": "x", "tags": bad })));
            assert!(matches!(refused, Err(DataApiError::Invalid(_))), "{refused:?}");
        }
    }
}

//! How a collection is declared: its fields, its indexes, and how older documents are brought up to date.
//!
//! A declared field promises that it holds one value of its kind, null, or nothing, and that no part of its path is an
//! array. The engine keeps that promise on every write; in return filters on the field use an index, and documents can
//! be sorted by it whatever their number. Fields that are not declared may hold anything.
//!
//! Whoever changes a collection here raises its `version`: the change is then made to what is already stored, on the
//! next opening. A unique index covers the documents that have a value there; those of one over several fields have a
//! value in each. [`CollectionSchema::create_indexes`] says the same to MongoDB.

use serde_json::{Value, json};

use crate::document::Document;
use crate::query::Direction::{self, Ascending, Descending};

/// A collection as declared.
#[derive(Debug, Clone, Copy)]
pub struct CollectionSchema {
    /// Its name.
    pub name: &'static str,
    /// Raised with every change of what follows.
    pub version: u32,
    /// The fields that filters and sorts rely on. `_id` is always one of them and is not listed.
    pub fields: &'static [Field],
    /// The indexes, `_id`'s own aside. Each costs a row written for every document that it covers.
    pub indexes: &'static [Index],
    /// The index that `$text` searches, where there is one; MongoDB has at most one for a collection.
    pub text: Option<TextIndex>,
    /// The list of texts that documents are found by, where there is one.
    pub list: Option<ListIndex>,
    /// Brings a document that an earlier version stored up to date, when the collection is opened for the first time since.
    pub upgrade: Option<fn(&mut Document)>,
}

/// A declared field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its dotted path.
    pub path: &'static str,
    /// What it holds when it holds something.
    pub kind: Kind,
}

/// What a declared field may hold, apart from null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number or a double.
    Number,
    /// A boolean.
    Boolean,
    /// A UTC date.
    Date,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Number, Self::Boolean, Self::Date];

    /// The least value of the kind, as relaxed EJSON: `$gte` of it holds for the values of this kind and for nothing else.
    fn least(self) -> Value {
        match self {
            Self::Text => "".into(),
            Self::Number => json!({ "$numberDouble": "-Infinity" }),
            Self::Boolean => false.into(),
            Self::Date => json!({ "$date": { "$numberLong": i64::MIN.to_string() } }),
        }
    }
}

/// An index over declared fields.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its name in MongoDB's manner. A duplicate key error carries it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [(&'static str, Direction)],
    /// Whether no two documents may have the same values.
    pub unique: bool,
    /// Which documents it covers, where not all: those for which this holds.
    pub partial: Option<Partial>,
}

/// Which documents a partial index covers. Only a filter that says the same, or more, can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// Those that have a value in a declared field.
    Present(&'static str),
    /// Those whose declared field holds this text.
    Text(&'static str, &'static str),
    /// Those whose declared field holds this boolean.
    Boolean(&'static str, bool),
}

impl Index {
    /// An index over all documents.
    #[must_use]
    pub const fn new(name: &'static str, keys: &'static [(&'static str, Direction)]) -> Self {
        Self { name, keys, unique: false, partial: None }
    }

    /// No two documents may have the same values.
    #[must_use]
    pub const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// It covers the documents for which this holds.
    #[must_use]
    pub const fn only(self, partial: Partial) -> Self {
        Self { partial: Some(partial), ..self }
    }
}

/// An index for full text search over declared fields that hold text.
#[derive(Debug, Clone, Copy)]
pub struct TextIndex {
    /// Its name in MongoDB's manner.
    pub name: &'static str,
    /// The fields.
    pub fields: &'static [&'static str],
}

/// An index over a field that holds a list of texts, null, or nothing: MongoDB makes it a multikey index.
#[derive(Debug, Clone, Copy)]
pub struct ListIndex {
    /// The field.
    pub field: &'static str,
    /// The order in which documents are then listed; it is for MongoDB, whose index it becomes a part of.
    pub then: &'static [(&'static str, Direction)],
}

impl CollectionSchema {
    /// A collection without a text index.
    #[must_use]
    pub const fn new(
        name: &'static str,
        version: u32,
        fields: &'static [Field],
        indexes: &'static [Index],
    ) -> Self {
        Self { name, version, fields, indexes, text: None, list: None, upgrade: None }
    }

    /// It has a text index.
    #[must_use]
    pub const fn with_text(self, index: TextIndex) -> Self {
        Self { text: Some(index), ..self }
    }

    /// Documents are found by a list of texts.
    #[must_use]
    pub const fn with_list(self, index: ListIndex) -> Self {
        Self { list: Some(index), ..self }
    }

    /// Documents that an earlier version stored are brought up to date by this, which leaves others as they are.
    #[must_use]
    pub const fn upgraded_by(self, upgrade: fn(&mut Document)) -> Self {
        Self { upgrade: Some(upgrade), ..self }
    }

    /// The kind of a declared field.
    #[must_use]
    pub fn kind(&self, path: &str) -> Option<Kind> {
        if path == "_id" {
            return Some(Kind::Text);
        }
        self.fields.iter().find(|field| field.path == path).map(|field| field.kind)
    }

    /// MongoDB's command `createIndexes` for this collection; `None` where it declares no index.
    ///
    /// MongoDB would take null for a value of a unique index, so one over a single field is made partial there: it covers
    /// the values of the declared kind. What it then rejects and lets through is what the embedded engine does. The
    /// condition is a comparison, because MongoDB uses a partial index only where it can tell that a filter implies the
    /// condition: `{email: "…"}` implies `{email: {$gte: ""}}`, but of `$type` it cannot tell. (DocumentDB cannot
    /// either.) An index over several fields is not partial, so that a filter on its first field alone can use it.
    #[must_use]
    pub fn create_indexes(&self) -> Option<Document> {
        let mut indexes: Vec<Value> = self.indexes.iter().map(|index| self.index_document(index)).collect();
        if let Some(list) = &self.list {
            let keys = || std::iter::once((list.field, Ascending)).chain(list.then.iter().copied());
            let number = |direction| if direction == Ascending { 1 } else { -1 };
            let name: Vec<String> = keys().map(|(field, way)| format!("{field}_{}", number(way))).collect();
            let keys: Document = keys().map(|(field, way)| (field.to_owned(), number(way).into())).collect();
            indexes.push(json!({ "key": keys, "name": name.join("_") }));
        }
        if let Some(text) = &self.text {
            let keys: Document =
                text.fields.iter().map(|field| ((*field).to_owned(), "text".into())).collect();
            indexes.push(json!({ "key": keys, "name": text.name, "default_language": "none" }));
        }
        if indexes.is_empty() {
            return None;
        }
        Some(Document::from_iter([
            ("createIndexes".to_owned(), self.name.into()),
            ("indexes".to_owned(), indexes.into()),
        ]))
    }

    fn index_document(&self, index: &Index) -> Value {
        let direction = |direction: &Direction| match direction {
            Ascending => 1,
            Descending => -1,
        };
        let keys = index.keys.iter().map(|(field, way)| ((*field).to_owned(), direction(way).into()));
        let mut covered = Document::new();
        if let ([(field, _)], true) = (index.keys, index.unique)
            && let Some(kind) = self.kind(field)
        {
            covered.insert((*field).to_owned(), json!({ "$gte": kind.least() }));
        }
        match index.partial {
            None => {}
            Some(Partial::Present(field)) => {
                let exists = || json!({ "$exists": true });
                covered.entry(field).or_insert_with(exists);
            }
            Some(Partial::Text(field, value)) => {
                covered.insert(field.to_owned(), value.into());
            }
            Some(Partial::Boolean(field, value)) => {
                covered.insert(field.to_owned(), value.into());
            }
        }
        let mut document = Document::from_iter([
            ("key".to_owned(), Value::Object(keys.collect())),
            ("name".to_owned(), index.name.into()),
        ]);
        if index.unique {
            document.insert("unique".to_owned(), true.into());
        }
        if !covered.is_empty() {
            document.insert("partialFilterExpression".to_owned(), Value::Object(covered));
        }
        Value::Object(document)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::samples::{COLLECTIONS, CONVERSATIONS, CUSTOMERS, EVENTS, USERS};

    #[test]
    fn mongodb_is_told_the_same() {
        let command = |schema: &super::CollectionSchema| schema.create_indexes().map(Value::Object);
        assert_eq!(
            command(&USERS),
            Some(json!({ "createIndexes": "users", "indexes": [
                { "key": { "email": 1 }, "name": "email_1", "unique": true,
                    "partialFilterExpression": { "email": { "$gte": "" } } },
                { "key": { "founder": 1 }, "name": "founder_1", "unique": true,
                    "partialFilterExpression": { "founder": { "$gte": false } } },
            ] }))
        );
        assert_eq!(
            command(&EVENTS),
            Some(json!({ "createIndexes": "events", "indexes": [
                { "key": { "conversationId": 1, "seq": 1 }, "name": "conversationId_1_seq_1", "unique": true },
                { "key": { "at": 1 }, "name": "at_1" },
                { "key": { "text": "text" }, "name": "text_text", "default_language": "none" },
            ] }))
        );
        let conversations = command(&CONVERSATIONS).unwrap();
        assert_eq!(
            conversations["indexes"][3].to_string(),
            r#"{"key":{"assignee.id":1,"updatedAt":-1,"_id":-1},"name":"assignee.id_1_updatedAt_-1__id_-1","partialFilterExpression":{"assignee.id":{"$exists":true}}}"#
        );
        assert_eq!(command(&CUSTOMERS), None);
    }

    /// MongoDB uses a partial index only for a filter of which it can tell that it implies the index' condition. Of a
    /// `$type` it cannot.
    #[test]
    fn partial_indexes_can_be_used() {
        for schema in COLLECTIONS {
            for index in
                schema.create_indexes().iter().flat_map(|command| command["indexes"].as_array().unwrap())
            {
                let conditions = index["partialFilterExpression"].as_object().into_iter().flatten();
                for (field, condition) in conditions {
                    assert_eq!(index["key"].as_object().unwrap().keys().next(), Some(field), "{index}");
                    let operators = condition.as_object().into_iter().flatten().map(|(operator, _)| operator);
                    assert!(
                        operators.into_iter().all(|name| ["$gte", "$exists"].contains(&name.as_str())),
                        "{index}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_are_mongodbs_own() {
        for schema in COLLECTIONS {
            for index in
                schema.create_indexes().iter().flat_map(|command| command["indexes"].as_array().unwrap())
            {
                let keys = index["key"].as_object().unwrap().iter();
                let keys = keys.map(|(field, way)| format!("{field}_{}", way.to_string().trim_matches('"')));
                assert_eq!(index["name"], keys.collect::<Vec<_>>().join("_"));
            }
        }
    }
}

//! The Data API's ten actions as types: what is posted to `/action/<name>`, and what comes back.
//!
//! A request body is `{dataSource, database, collection, …the action's own fields}`. A field that an action does not
//! know (`hint`, `collation`, …) is refused by name, because ignoring one would change what the answer means.
//!
//! Bodies are Extended JSON ([`crate::ejson`]): requests are read in any of its forms whatever their `Content-Type`, and
//! answers are written as `Accept` asks. Counts and ids are plain in every form. A request is written in relaxed EJSON.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use voxora_domain::json;

use crate::DataApiError;
use crate::document::Document;
use crate::ejson::{self, Extended, Format};
use crate::query::{Filter, Projection, Sort, Update};

pub use crate::error::ErrorBody;

/// How many documents `find` answers with when it does not say `limit`.
pub const DEFAULT_LIMIT: u32 = 1000;

/// Where a deployment keeps its documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Namespace {
    /// The cluster, as the endpoint names it.
    pub data_source: String,
    /// The database in it.
    pub database: String,
}

/// One action on one collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The collection.
    pub collection: String,
    /// What to do with it.
    pub operation: Operation,
}

/// What to do with a collection.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "each is named and documented by its ActionName and its struct")]
pub enum Operation {
    FindOne(FindOne),
    Find(Find),
    InsertOne(InsertOne),
    InsertMany(InsertMany),
    UpdateOne(UpdateOperation),
    UpdateMany(UpdateOperation),
    ReplaceOne(ReplaceOne),
    DeleteOne(Delete),
    DeleteMany(Delete),
    Aggregate(Aggregate),
}

/// The last part of an action's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionName {
    /// The first document that matches.
    FindOne,
    /// The documents that match.
    Find,
    /// Stores one new document.
    InsertOne,
    /// Stores several new documents.
    InsertMany,
    /// Changes the first document that matches.
    UpdateOne,
    /// Changes every document that matches.
    UpdateMany,
    /// Puts a whole document in another's place.
    ReplaceOne,
    /// Deletes the first document that matches.
    DeleteOne,
    /// Deletes every document that matches.
    DeleteMany,
    /// Runs a pipeline.
    Aggregate,
}

impl ActionName {
    /// All ten.
    pub const ALL: [Self; 10] = [
        Self::FindOne,
        Self::Find,
        Self::InsertOne,
        Self::InsertMany,
        Self::UpdateOne,
        Self::UpdateMany,
        Self::ReplaceOne,
        Self::DeleteOne,
        Self::DeleteMany,
        Self::Aggregate,
    ];

    /// As it stands in the path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FindOne => "findOne",
            Self::Find => "find",
            Self::InsertOne => "insertOne",
            Self::InsertMany => "insertMany",
            Self::UpdateOne => "updateOne",
            Self::UpdateMany => "updateMany",
            Self::ReplaceOne => "replaceOne",
            Self::DeleteOne => "deleteOne",
            Self::DeleteMany => "deleteMany",
            Self::Aggregate => "aggregate",
        }
    }
}

impl FromStr for ActionName {
    type Err = DataApiError;

    fn from_str(name: &str) -> Result<Self, DataApiError> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == name)
            .ok_or_else(|| DataApiError::Invalid(format!("there is no action '{}'", name.escape_debug())))
    }
}

/// `findOne`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FindOne {
    /// Which documents.
    #[serde(default)]
    pub filter: Filter,
    /// Which of its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<Projection>,
}

/// `find`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Find {
    /// Which documents.
    #[serde(default)]
    pub filter: Filter,
    /// Which of their fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<Projection>,
    /// In which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// How many at most; [`DEFAULT_LIMIT`] when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many to leave out at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<u32>,
}

impl Find {
    /// The documents that match, in no particular order.
    #[must_use]
    pub fn new(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Only these fields.
    #[must_use]
    pub fn project(self, projection: Projection) -> Self {
        Self { projection: Some(projection), ..self }
    }

    /// In this order.
    #[must_use]
    pub fn sort(self, sort: Sort) -> Self {
        Self { sort: Some(sort), ..self }
    }

    /// At most this many.
    #[must_use]
    pub fn limit(self, limit: u32) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Without the first ones.
    #[must_use]
    pub fn skip(self, skip: u32) -> Self {
        Self { skip: Some(skip), ..self }
    }
}

/// `insertOne`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InsertOne {
    /// The new document.
    pub document: Document,
}

/// `insertMany`: in order; at the first that fails it stops, and those before it stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InsertMany {
    /// The new documents.
    pub documents: Vec<Document>,
}

/// `updateOne` and `updateMany`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateOperation {
    /// Which documents.
    pub filter: Filter,
    /// What becomes of them.
    pub update: Update,
    /// Whether to insert a document where none matches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upsert: bool,
}

/// `replaceOne`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplaceOne {
    /// Which document.
    pub filter: Filter,
    /// What stands in its place.
    pub replacement: Document,
    /// Whether to insert it where none matches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upsert: bool,
}

/// `deleteOne` and `deleteMany`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delete {
    /// Which documents. Required, so that a forgotten filter cannot empty a collection.
    pub filter: Filter,
}

/// `aggregate`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The stages.
    pub pipeline: Vec<Document>,
}

impl Action {
    /// An action on a collection.
    #[must_use]
    pub fn new(collection: impl Into<String>, operation: Operation) -> Self {
        Self { collection: collection.into(), operation }
    }

    /// The last part of the path it is posted to.
    #[must_use]
    pub const fn name(&self) -> ActionName {
        match self.operation {
            Operation::FindOne(_) => ActionName::FindOne,
            Operation::Find(_) => ActionName::Find,
            Operation::InsertOne(_) => ActionName::InsertOne,
            Operation::InsertMany(_) => ActionName::InsertMany,
            Operation::UpdateOne(_) => ActionName::UpdateOne,
            Operation::UpdateMany(_) => ActionName::UpdateMany,
            Operation::ReplaceOne(_) => ActionName::ReplaceOne,
            Operation::DeleteOne(_) => ActionName::DeleteOne,
            Operation::DeleteMany(_) => ActionName::DeleteMany,
            Operation::Aggregate(_) => ActionName::Aggregate,
        }
    }

    /// The body to post, in relaxed EJSON.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] when it cannot be written as JSON.
    pub fn to_body(&self, namespace: &Namespace) -> Result<String, DataApiError> {
        let failed = |error: serde_json::Error| DataApiError::Invalid(format!("not a request: {error}"));
        let mut body = Document::from_iter([
            ("dataSource".to_owned(), namespace.data_source.as_str().into()),
            ("database".to_owned(), namespace.database.as_str().into()),
            ("collection".to_owned(), self.collection.as_str().into()),
        ]);
        if let Value::Object(fields) = serde_json::to_value(&self.operation).map_err(failed)? {
            body.extend(fields);
        }
        serde_json::to_string(&Extended(&Value::Object(body), Format::Relaxed)).map_err(failed)
    }

    /// Reads a posted body: plain JSON, relaxed or canonical EJSON.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] that says which field is missing, unknown or malformed.
    pub fn from_body(name: ActionName, body: &[u8]) -> Result<(Namespace, Self), DataApiError> {
        let Value::Object(mut fields) = ejson::parse(body).map_err(|error| malformed(name, &error))? else {
            return Err(DataApiError::Invalid(format!("{}: the body must be a JSON object", name.as_str())));
        };
        let mut text = |field: &'static str| match fields.shift_remove(field) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => {
                Err(DataApiError::Invalid(format!("{}: the field '{field}' must be a string", name.as_str())))
            }
            None => Err(DataApiError::Invalid(format!("{}: the field '{field}' is missing", name.as_str()))),
        };
        let namespace = Namespace { data_source: text("dataSource")?, database: text("database")? };
        let collection = text("collection")?;
        for field in ["skip", "limit"] {
            let counts = |value: &Value| value.as_u64().is_some_and(|count| u32::try_from(count).is_ok());
            if name == ActionName::Find && fields.get(field).is_some_and(|value| !counts(value)) {
                return Err(DataApiError::Invalid(format!(
                    "find: the field '{field}' must be a whole number from 0 on"
                )));
            }
        }
        let operation = match name {
            ActionName::FindOne => Operation::FindOne(read(name, fields)?),
            ActionName::Find => Operation::Find(read(name, fields)?),
            ActionName::InsertOne => Operation::InsertOne(read(name, fields)?),
            ActionName::InsertMany => Operation::InsertMany(read(name, fields)?),
            ActionName::UpdateOne => Operation::UpdateOne(read(name, fields)?),
            ActionName::UpdateMany => Operation::UpdateMany(read(name, fields)?),
            ActionName::ReplaceOne => Operation::ReplaceOne(read(name, fields)?),
            ActionName::DeleteOne => Operation::DeleteOne(read(name, fields)?),
            ActionName::DeleteMany => Operation::DeleteMany(read(name, fields)?),
            ActionName::Aggregate => Operation::Aggregate(read(name, fields)?),
        };
        Ok((namespace, Self { collection, operation }))
    }
}

fn read<T: DeserializeOwned>(name: ActionName, fields: Document) -> Result<T, DataApiError> {
    json::exactly(Value::Object(fields)).map_err(|misfit| malformed(name, &misfit))
}

fn malformed(name: ActionName, error: &impl Display) -> DataApiError {
    DataApiError::Invalid(format!("{}: {error}", name.as_str()))
}

/// What an action answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of `findOne`.
    Document(FoundOne),
    /// Of `find` and `aggregate`.
    Documents(Found),
    /// Of `insertOne`.
    Inserted(Inserted),
    /// Of `insertMany`.
    InsertedMany(InsertedMany),
    /// Of `updateOne`, `updateMany` and `replaceOne`.
    Updated(Updated),
    /// Of `deleteOne` and `deleteMany`.
    Deleted(Deleted),
}

/// `{"document": … or null}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundOne {
    /// The document, where one matched.
    pub document: Option<Document>,
}

/// `{"documents": […]}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The documents.
    pub documents: Vec<Document>,
}

/// `{"insertedId": …}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inserted {
    /// The new document's `_id`.
    pub inserted_id: String,
}

/// `{"insertedIds": […]}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertedMany {
    /// The new documents' `_id`s.
    pub inserted_ids: Vec<String>,
}

/// `{"matchedCount": …, "modifiedCount": …, "upsertedId": …}`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Updated {
    /// How many documents matched.
    pub matched_count: u64,
    /// How many of them are different now.
    pub modified_count: u64,
    /// The `_id` of the document that was inserted because none matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upserted_id: Option<String>,
}

/// `{"deletedCount": …}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// How many documents are gone.
    pub deleted_count: u64,
}

impl Answer {
    /// The HTTP status it is sent with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Inserted(_) | Self::InsertedMany(_) => 201,
            _ => 200,
        }
    }

    /// The body it is sent with.
    ///
    /// # Errors
    /// [`DataApiError::Decode`] when it cannot be written as JSON.
    pub fn to_body(&self, format: Format) -> Result<String, DataApiError> {
        /// Documents in a format; what stands around them is the same in all.
        struct Written<'a>(&'a Document, Format);

        impl Serialize for Written<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, Extended(value, self.1))))
            }
        }

        #[derive(Serialize)]
        struct One<'a> {
            document: Option<Written<'a>>,
        }

        #[derive(Serialize)]
        struct Many<'a> {
            documents: Vec<Written<'a>>,
        }

        match self {
            Self::Document(found) => serde_json::to_string(&One {
                document: found.document.as_ref().map(|document| Written(document, format)),
            }),
            Self::Documents(found) => serde_json::to_string(&Many {
                documents: found.documents.iter().map(|document| Written(document, format)).collect(),
            }),
            other => serde_json::to_string(other),
        }
        .map_err(|error| DataApiError::Decode(error.to_string()))
    }

    /// Reads the HTTP answer to an action, in any form.
    ///
    /// # Errors
    /// The [`DataApiError`] that was answered, or [`DataApiError::Decode`] when a success is not the action's answer.
    pub fn from_response(name: ActionName, status: u16, body: &[u8]) -> Result<Self, DataApiError> {
        fn read<T: DeserializeOwned>(name: ActionName, body: Value) -> Result<T, DataApiError> {
            json::from_value(body).map_err(|misfit| undecodable(name, &misfit))
        }
        if !(200..300).contains(&status) {
            return Err(DataApiError::from_response(status, body));
        }
        let body = ejson::parse(body).map_err(|error| undecodable(name, &error))?;
        Ok(match name {
            // A field that may be null may also be missing: then any answer would be "none found".
            ActionName::FindOne if body.get("document").is_none() => {
                return Err(undecodable(name, &"/document is missing"));
            }
            ActionName::FindOne => Self::Document(read(name, body)?),
            ActionName::Find | ActionName::Aggregate => Self::Documents(read(name, body)?),
            ActionName::InsertOne => Self::Inserted(read(name, body)?),
            ActionName::InsertMany => Self::InsertedMany(read(name, body)?),
            ActionName::UpdateOne | ActionName::UpdateMany | ActionName::ReplaceOne => {
                Self::Updated(read(name, body)?)
            }
            ActionName::DeleteOne | ActionName::DeleteMany => Self::Deleted(read(name, body)?),
        })
    }
}

fn undecodable(name: ActionName, error: &impl Display) -> DataApiError {
    DataApiError::Decode(format!("{}: {error}", name.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        Action, ActionName, Aggregate, Answer, Delete, Deleted, Find, FindOne, Found, FoundOne, InsertMany,
        InsertOne, Inserted, InsertedMany, Namespace, Operation, ReplaceOne, UpdateOperation, Updated,
    };
    use crate::DataApiError;
    use crate::document::Document;
    use crate::ejson::Format;
    use crate::query::{Filter, Projection, Sort, Update};

    fn document() -> Document {
        Document::from_iter([("_id".to_owned(), Value::from("u1"))])
    }

    fn examples() -> Vec<(Operation, Answer)> {
        let filter = Filter::id("u1");
        let change =
            || UpdateOperation { filter: filter.clone(), update: Update::new().inc("n", 1), upsert: true };
        let delete = || Delete { filter: filter.clone() };
        let found = Answer::Documents(Found { documents: vec![document()] });
        let updated = Answer::Updated(Updated { upserted_id: Some("u1".into()), ..Updated::default() });
        let deleted = Answer::Deleted(Deleted { deleted_count: 3 });
        vec![
            (Operation::FindOne(FindOne::default()), Answer::Document(FoundOne { document: None })),
            (
                Operation::Find(
                    Find::new(filter.clone())
                        .sort(Sort::descending("updatedAt").then_descending("_id"))
                        .project(Projection::include(&["name"]))
                        .limit(30)
                        .skip(1),
                ),
                found.clone(),
            ),
            (
                Operation::InsertOne(InsertOne { document: document() }),
                Answer::Inserted(Inserted { inserted_id: "u1".into() }),
            ),
            (
                Operation::InsertMany(InsertMany { documents: vec![document()] }),
                Answer::InsertedMany(InsertedMany { inserted_ids: vec!["u1".into()] }),
            ),
            (Operation::UpdateOne(change()), updated.clone()),
            (Operation::UpdateMany(change()), updated.clone()),
            (
                Operation::ReplaceOne(ReplaceOne {
                    filter: filter.clone(),
                    replacement: document(),
                    upsert: false,
                }),
                updated,
            ),
            (Operation::DeleteOne(delete()), deleted.clone()),
            (Operation::DeleteMany(delete()), deleted),
            (Operation::Aggregate(Aggregate { pipeline: vec![document()] }), found),
        ]
    }

    #[test]
    fn every_action_and_answer_survives_the_wire() {
        let namespace = Namespace { data_source: "Cluster0".into(), database: "voxora".into() };
        let examples = examples();
        assert_eq!(examples.len(), ActionName::ALL.len());
        for ((operation, answer), name) in examples.into_iter().zip(ActionName::ALL) {
            let action = Action::new("users", operation);
            assert_eq!(action.name(), name);
            assert_eq!(name.as_str().parse(), Ok(name));
            let body = action.to_body(&namespace).unwrap();
            let read = Action::from_body(name, body.as_bytes()).unwrap();
            assert_eq!(read, (namespace.clone(), action), "{body}");
            for format in [Format::Plain, Format::Canonical, Format::Relaxed] {
                let body = answer.to_body(format).unwrap();
                let read = Answer::from_response(name, answer.status(), body.as_bytes());
                assert_eq!(read.as_ref(), Ok(&answer), "{body}");
            }
        }
    }

    #[test]
    fn dates_travel_as_extended_json() {
        let namespace = Namespace { data_source: "s".into(), database: "d".into() };
        let document = json!({ "_id": "x", "n": 1.0, "at": { "$date": 1_795_377_932_000_i64 } })
            .as_object()
            .unwrap()
            .clone();
        let insert = Action::new("c", Operation::InsertOne(InsertOne { document: document.clone() }));
        let body = insert.to_body(&namespace).unwrap();
        assert_eq!(
            body,
            r#"{"dataSource":"s","database":"d","collection":"c","document":{"_id":"x","n":1.0,"at":{"$date":"2026-11-22T20:05:32Z"}}}"#
        );
        assert_eq!(
            Action::from_body(ActionName::InsertOne, body.as_bytes()),
            Ok((namespace.clone(), insert))
        );
        let canonical = br#"{"dataSource":"s","database":"d","collection":"c","filter":{"at":{"$lt":{"$date":{"$numberLong":"5"}}}},
            "limit":{"$numberInt":"7"},"sort":{"b":{"$numberInt":"-1"},"a":{"$numberDouble":"1"}}}"#;
        let filter = Filter(json!({ "at": { "$lt": { "$date": 5 } } }).as_object().unwrap().clone());
        let find = Find::new(filter).sort(Sort::descending("b").then_ascending("a")).limit(7);
        let expected = (namespace, Action::new("c", Operation::Find(find)));
        assert_eq!(Action::from_body(ActionName::Find, canonical), Ok(expected));
        let found = Answer::Documents(Found { documents: vec![document] });
        for (format, body) in [
            (Format::Plain, r#"{"documents":[{"_id":"x","n":1.0,"at":"2026-11-22T20:05:32Z"}]}"#),
            (
                Format::Canonical,
                r#"{"documents":[{"_id":"x","n":{"$numberDouble":"1.0"},"at":{"$date":{"$numberLong":"1795377932000"}}}]}"#,
            ),
            (Format::Relaxed, r#"{"documents":[{"_id":"x","n":1.0,"at":{"$date":"2026-11-22T20:05:32Z"}}]}"#),
        ] {
            assert_eq!(found.to_body(format).unwrap(), body);
        }
    }

    #[test]
    fn bodies_have_the_contracts_shape() {
        let namespace = Namespace { data_source: "Cluster0".into(), database: "voxora".into() };
        let find = Find::new(Filter::eq("status", "open")).sort(Sort::descending("updatedAt")).limit(2);
        let body = Action::new("conversations", Operation::Find(find)).to_body(&namespace).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap(),
            json!({ "dataSource": "Cluster0", "database": "voxora", "collection": "conversations",
                "filter": { "status": "open" }, "sort": { "updatedAt": -1 }, "limit": 2 })
        );
        assert_eq!(
            Answer::Document(FoundOne { document: None }).to_body(Format::Plain).unwrap(),
            r#"{"document":null}"#
        );
        let updated = Answer::Updated(Updated { matched_count: 1, modified_count: 0, upserted_id: None });
        assert_eq!(updated.to_body(Format::Plain).unwrap(), r#"{"matchedCount":1,"modifiedCount":0}"#);
    }

    #[test]
    fn a_wrong_body_is_refused_with_the_reason() {
        let base = json!({ "dataSource": "s", "database": "d", "collection": "c" });
        for (name, extra, word) in [
            (ActionName::Find, json!({ "hint": "x" }), "/hint is not known here"),
            (ActionName::Find, json!({ "collection": 7 }), "'collection' must be a string"),
            (ActionName::Find, json!({ "filter": [] }), "must be a map"),
            (ActionName::Find, json!({ "limit": -1 }), "'limit' must be a whole number"),
            (ActionName::Find, json!({ "skip": 1.5 }), "'skip' must be a whole number"),
            (ActionName::InsertOne, json!({ "document": { "$oid": "x" } }), "$oid is not supported"),
            (ActionName::Find, json!({ "sort": { "a": 7 } }), "must be 1 or -1"),
            (ActionName::InsertOne, json!({}), "/document is missing"),
            (ActionName::DeleteMany, json!({}), "/filter is missing"),
            (ActionName::UpdateOne, json!({ "filter": {}, "update": [] }), "must be a map"),
        ] {
            let mut body = base.clone();
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let error = Action::from_body(name, body.to_string().as_bytes()).unwrap_err();
            assert!(matches!(&error, DataApiError::Invalid(message) if message.contains(word)), "{error}");
        }
        let error = Action::from_body(ActionName::Find, br#"{"database":"d"}"#).unwrap_err();
        assert_eq!(error, DataApiError::Invalid("find: the field 'dataSource' is missing".into()));
        assert!(Action::from_body(ActionName::Find, b"[").is_err());
        let error = Action::from_body(ActionName::Find, b"[]").unwrap_err();
        assert_eq!(error, DataApiError::Invalid("find: the body must be a JSON object".into()));
        let twice = br#"{"dataSource":"s","database":"d","collection":"c","filter":{"a":{"$gt":1},"a":2}}"#;
        let error = Action::from_body(ActionName::Find, twice).unwrap_err().to_string();
        assert!(error.contains("\"a\" is there twice"), "{error}");
        assert!("findAndModify".parse::<ActionName>().is_err());
    }
}

//! The Data API's ten actions as types: what is posted to `/action/<name>`, and what comes back.
//!
//! A request body is `{dataSource, database, collection, …the action's own fields}`. A field that an action does not
//! know (`hint`, `collation`, …) is refused by name, because ignoring one would change what the answer means.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::DataApiError;
use crate::document::Document;
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
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
pub struct InsertOne {
    /// The new document.
    pub document: Document,
}

/// `insertMany`: in order; at the first that fails it stops, and those before it stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsertMany {
    /// The new documents.
    pub documents: Vec<Document>,
}

/// `updateOne` and `updateMany`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// Which documents. Required, so that a forgotten filter cannot empty a collection.
    pub filter: Filter,
}

/// `aggregate`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// The body to post.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] when it cannot be written as JSON.
    pub fn to_body(&self, namespace: &Namespace) -> Result<String, DataApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(flatten)]
            namespace: &'a Namespace,
            collection: &'a str,
            #[serde(flatten)]
            operation: &'a Operation,
        }
        let body = Body { namespace, collection: &self.collection, operation: &self.operation };
        serde_json::to_string(&body).map_err(|error| DataApiError::Invalid(format!("not a request: {error}")))
    }

    /// Reads a posted body.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] that says which field is missing, unknown or malformed.
    pub fn from_body(name: ActionName, body: &[u8]) -> Result<(Namespace, Self), DataApiError> {
        let mut fields = Fields(serde_json::from_slice(body).map_err(|error| malformed(name, &error))?);
        let mut text = |field: &'static str| {
            let value = fields.0.remove(field).ok_or_else(|| {
                DataApiError::Invalid(format!("{}: the field '{field}' is missing", name.as_str()))
            })?;
            serde_json::from_str::<String>(value.get()).map_err(|_| {
                DataApiError::Invalid(format!("{}: the field '{field}' must be a string", name.as_str()))
            })
        };
        let namespace = Namespace { data_source: text("dataSource")?, database: text("database")? };
        let collection = text("collection")?;
        let operation = match name {
            ActionName::FindOne => Operation::FindOne(fields.read(name)?),
            ActionName::Find => Operation::Find(fields.read(name)?),
            ActionName::InsertOne => Operation::InsertOne(fields.read(name)?),
            ActionName::InsertMany => Operation::InsertMany(fields.read(name)?),
            ActionName::UpdateOne => Operation::UpdateOne(fields.read(name)?),
            ActionName::UpdateMany => Operation::UpdateMany(fields.read(name)?),
            ActionName::ReplaceOne => Operation::ReplaceOne(fields.read(name)?),
            ActionName::DeleteOne => Operation::DeleteOne(fields.read(name)?),
            ActionName::DeleteMany => Operation::DeleteMany(fields.read(name)?),
            ActionName::Aggregate => Operation::Aggregate(fields.read(name)?),
        };
        Ok((namespace, Self { collection, operation }))
    }
}

/// A body's fields, their values unread: read as documents they would lose the order that a sort's keys have.
struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl Fields<'_> {
    fn read<T: DeserializeOwned>(self, name: ActionName) -> Result<T, DataApiError> {
        T::deserialize(MapDeserializer::new(self.0.into_iter())).map_err(|error| malformed(name, &error))
    }
}

fn malformed(name: ActionName, error: &serde_json::Error) -> DataApiError {
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
    pub fn to_body(&self) -> Result<String, DataApiError> {
        serde_json::to_string(self).map_err(|error| DataApiError::Decode(error.to_string()))
    }

    /// Reads the HTTP answer to an action.
    ///
    /// # Errors
    /// The [`DataApiError`] that was answered, or [`DataApiError::Decode`] when a success is not the action's answer.
    pub fn from_response(name: ActionName, status: u16, body: &[u8]) -> Result<Self, DataApiError> {
        fn read<T: DeserializeOwned>(name: ActionName, body: &[u8]) -> Result<T, DataApiError> {
            serde_json::from_slice(body)
                .map_err(|error| DataApiError::Decode(format!("{}: {error}", name.as_str())))
        }
        if !(200..300).contains(&status) {
            return Err(DataApiError::from_response(status, body));
        }
        Ok(match name {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        Action, ActionName, Aggregate, Answer, Delete, Deleted, Find, FindOne, Found, FoundOne, InsertMany,
        InsertOne, Inserted, InsertedMany, Namespace, Operation, ReplaceOne, UpdateOperation, Updated,
    };
    use crate::DataApiError;
    use crate::document::Document;
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
            let body = answer.to_body().unwrap();
            assert_eq!(Answer::from_response(name, answer.status(), body.as_bytes()).as_ref(), Ok(&answer));
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
        assert_eq!(Answer::Document(FoundOne { document: None }).to_body().unwrap(), r#"{"document":null}"#);
        let updated = Answer::Updated(Updated { matched_count: 1, modified_count: 0, upserted_id: None });
        assert_eq!(updated.to_body().unwrap(), r#"{"matchedCount":1,"modifiedCount":0}"#);
    }

    #[test]
    fn a_wrong_body_is_refused_with_the_reason() {
        let base = json!({ "dataSource": "s", "database": "d", "collection": "c" });
        for (name, extra, word) in [
            (ActionName::Find, json!({ "hint": "x" }), "unknown field `hint`"),
            (ActionName::Find, json!({ "collection": 7 }), "'collection' must be a string"),
            (ActionName::Find, json!({ "filter": [] }), "expected a map"),
            (ActionName::Find, json!({ "limit": -1 }), "-1"),
            (ActionName::Find, json!({ "sort": { "a": 7 } }), "must be 1 or -1"),
            (ActionName::InsertOne, json!({}), "missing field `document`"),
            (ActionName::DeleteMany, json!({}), "missing field `filter`"),
            (ActionName::UpdateOne, json!({ "filter": {}, "update": [] }), "expected a map"),
        ] {
            let mut body = base.clone();
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let error = Action::from_body(name, body.to_string().as_bytes()).unwrap_err();
            assert!(matches!(&error, DataApiError::Invalid(message) if message.contains(word)), "{error}");
        }
        let error = Action::from_body(ActionName::Find, br#"{"database":"d"}"#).unwrap_err();
        assert_eq!(error, DataApiError::Invalid("find: the field 'dataSource' is missing".into()));
        assert!(Action::from_body(ActionName::Find, b"[").is_err());
        assert!("findAndModify".parse::<ActionName>().is_err());
    }
}

//! The ten actions as MongoDB commands: what is posted becomes one command document, and what the command replied
//! becomes the contract's answer. Nothing here knows which backend runs it.

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use serde_json::{Map, Value, json};
use voxora_data_api::DataApiError;
use voxora_data_api::contract::{ActionName, DEFAULT_LIMIT};
use voxora_data_api::ejson::Format;
use voxora_data_api::embedded::MAX_LIMIT;

use crate::ejson;

/// The most bytes a database's name may have, as in MongoDB.
const LONGEST_DATABASE_NAME: usize = 63;
/// The most bytes a database's and a collection's name may have together, as in MongoDB.
const LONGEST_NAMESPACE: usize = 255;

/// What is refused wherever it stands in a filter, an update or a pipeline, and why.
const REFUSED: [(&str, &str); 10] = [
    ("$out", "a pipeline cannot write"),
    ("$merge", "a pipeline cannot write"),
    ("$where", "JavaScript does not run here"),
    ("$function", "JavaScript does not run here"),
    ("$accumulator", "JavaScript does not run here"),
    ("$code", "JavaScript does not run here"),
    ("$changeStream", "an answer is a list of documents, not a stream"),
    ("$currentOp", "the server's own state is not served"),
    ("$listSessions", "the server's own state is not served"),
    ("$listLocalSessions", "the server's own state is not served"),
];

/// A posted action, ready to be run.
#[derive(Debug)]
pub struct Request {
    /// The cluster, as the endpoint names it.
    pub data_source: String,
    /// The database in it.
    pub database: String,
    /// The collection.
    pub collection: String,
    /// What to run.
    pub command: Command,
}

/// A MongoDB command, and how its reply is to be read.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Answers with documents through a cursor.
    Read {
        /// `find` or `aggregate`.
        command: Document,
        /// The most documents there may be.
        limit: usize,
        /// What is answered.
        answer: Read,
    },
    /// Answers with counts.
    Write {
        /// `insert`, `update` or `delete`.
        command: Document,
        /// What is answered.
        answer: Write,
    },
    /// Builds indexes.
    CreateIndexes(Document),
}

/// What is answered to a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// `{document}`
    One,
    /// `{documents}`
    Many,
}

/// What is answered to a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// `{insertedId}`
    Inserted(Bson),
    /// `{insertedIds}`
    InsertedMany(Vec<Bson>),
    /// `{matchedCount, modifiedCount, upsertedId?}`
    Updated,
    /// `{deletedCount}`
    Deleted,
}

impl Request {
    /// Reads the body that was posted to an action.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] that says which field is missing, unknown or malformed.
    pub fn read(name: ActionName, body: &[u8]) -> Result<Self, DataApiError> {
        let mut fields = Fields::read(name.as_str(), body)?;
        let (data_source, database, collection) = fields.namespace()?;
        let command = match name {
            ActionName::FindOne => find_one(&mut fields, &collection)?,
            ActionName::Find => find(&mut fields, &collection)?,
            ActionName::InsertOne => insert_one(&mut fields, &collection)?,
            ActionName::InsertMany => insert_many(&mut fields, &collection)?,
            ActionName::UpdateOne => update(&mut fields, &collection, false)?,
            ActionName::UpdateMany => update(&mut fields, &collection, true)?,
            ActionName::ReplaceOne => replace(&mut fields, &collection)?,
            ActionName::DeleteOne => delete(&mut fields, &collection, 1)?,
            ActionName::DeleteMany => delete(&mut fields, &collection, 0)?,
            ActionName::Aggregate => aggregate(&mut fields, &collection)?,
        };
        fields.finish()?;
        Ok(Self { data_source, database, collection, command })
    }

    /// Reads the body that was posted to `createIndexes`.
    ///
    /// # Errors
    /// [`DataApiError::Invalid`] that says which field is missing, unknown or malformed.
    pub fn read_indexes(body: &[u8]) -> Result<Self, DataApiError> {
        let mut fields = Fields::read("createIndexes", body)?;
        let (data_source, database, collection) = fields.namespace()?;
        let indexes = fields
            .documents("indexes")?
            .into_iter()
            .enumerate()
            .map(|(at, index)| named_index(index, at))
            .collect::<Result<Vec<_>, _>>()?;
        fields.finish()?;
        let command = Command::CreateIndexes(doc! { "createIndexes": &collection, "indexes": indexes });
        Ok(Self { data_source, database, collection, command })
    }
}

fn find_one(fields: &mut Fields, collection: &str) -> Result<Command, DataApiError> {
    let mut command = doc! { "find": collection, "filter": fields.filter(false)? };
    insert_optional(&mut command, fields, &["projection"])?;
    command.extend(doc! { "limit": 1, "batchSize": 1 });
    Ok(Command::Read { command, limit: 1, answer: Read::One })
}

fn find(fields: &mut Fields, collection: &str) -> Result<Command, DataApiError> {
    let mut command = doc! { "find": collection, "filter": fields.filter(false)? };
    insert_optional(&mut command, fields, &["projection", "sort"])?;
    if let Some(skip) = fields.whole("skip")? {
        command.insert("skip", i64::from(skip));
    }
    let limit = fields.whole("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(DataApiError::Invalid(format!("limit must be 1 to {MAX_LIMIT}; it is {limit}")));
    }
    command.extend(doc! { "limit": i64::from(limit), "batchSize": i64::from(limit) });
    Ok(Command::Read { command, limit: limit as usize, answer: Read::Many })
}

fn aggregate(fields: &mut Fields, collection: &str) -> Result<Command, DataApiError> {
    let pipeline = fields.documents("pipeline")?;
    pipeline.iter().try_for_each(refuse_operators)?;
    // One more than may be answered, so that an answer that is too long is noticed within the first batch.
    let command = doc! {
        "aggregate": collection, "pipeline": pipeline, "cursor": { "batchSize": i64::from(MAX_LIMIT) + 1 },
    };
    Ok(Command::Read { command, limit: MAX_LIMIT as usize, answer: Read::Many })
}

fn insert_one(fields: &mut Fields, collection: &str) -> Result<Command, DataApiError> {
    let (document, id) = with_id(fields.document("document")?);
    let command = doc! { "insert": collection, "documents": [document], "ordered": true };
    Ok(Command::Write { command, answer: Write::Inserted(id) })
}

fn insert_many(fields: &mut Fields, collection: &str) -> Result<Command, DataApiError> {
    let documents = fields.documents("documents")?;
    if documents.is_empty() {
        return Err(fields.wrong("documents", "must hold at least one document"));
    }
    let (documents, ids): (Vec<_>, Vec<_>) = documents.into_iter().map(with_id).unzip();
    let command = doc! { "insert": collection, "documents": documents, "ordered": true };
    Ok(Command::Write { command, answer: Write::InsertedMany(ids) })
}

fn update(fields: &mut Fields, collection: &str, multi: bool) -> Result<Command, DataApiError> {
    let filter = fields.filter(true)?;
    let update = fields.value("update")?.ok_or_else(|| fields.missing("update"))?;
    match &update {
        // Without operators it would be a replacement, which is another action.
        Bson::Document(changes) if changes.keys().next().is_some_and(|name| name.starts_with('$')) => {
            refuse_operators(changes)?;
        }
        Bson::Array(stages) if !stages.is_empty() => {
            for stage in stages {
                let stage = stage
                    .as_document()
                    .ok_or_else(|| fields.wrong("update", "must be a list of objects when it is a list"))?;
                refuse_operators(stage)?;
            }
        }
        _ => {
            return Err(fields.wrong(
                "update",
                "must be an object of update operators such as $set, or a list of pipeline stages",
            ));
        }
    }
    update_command(fields, collection, filter, update, multi)
}

fn replace(fields: &mut Fields, collection: &str) -> Result<Command, DataApiError> {
    let filter = fields.filter(true)?;
    let replacement = fields.document("replacement")?;
    if replacement.keys().any(|name| name.starts_with('$')) {
        return Err(fields.wrong("replacement", "must be a document, without update operators"));
    }
    update_command(fields, collection, filter, Bson::Document(replacement), false)
}

fn update_command(
    fields: &mut Fields,
    collection: &str,
    filter: Document,
    update: Bson,
    multi: bool,
) -> Result<Command, DataApiError> {
    let upsert = fields.flag("upsert")?;
    let command = doc! {
        "update": collection,
        "updates": [{ "q": filter, "u": update, "multi": multi, "upsert": upsert }],
    };
    Ok(Command::Write { command, answer: Write::Updated })
}

fn delete(fields: &mut Fields, collection: &str, limit: i32) -> Result<Command, DataApiError> {
    let filter = fields.filter(true)?;
    let command = doc! { "delete": collection, "deletes": [{ "q": filter, "limit": limit }] };
    Ok(Command::Write { command, answer: Write::Deleted })
}

fn insert_optional(
    command: &mut Document,
    fields: &mut Fields,
    names: &[&'static str],
) -> Result<(), DataApiError> {
    for name in names {
        match fields.value(name)? {
            None => {}
            // MongoDB takes an empty one as none; DocumentDB refuses an empty sort.
            Some(Bson::Document(document)) if document.is_empty() => {}
            Some(Bson::Document(document)) => {
                refuse_operators(&document)?;
                command.insert(*name, document);
            }
            Some(_) => return Err(fields.wrong(name, "must be an object")),
        }
    }
    Ok(())
}

/// A document with its `_id`, made up as MongoDB's drivers do where it brings none.
fn with_id(document: Document) -> (Document, Bson) {
    if let Some(id) = document.get("_id") {
        let id = id.clone();
        return (document, id);
    }
    let id = Bson::ObjectId(ObjectId::new());
    let mut whole = doc! { "_id": id.clone() };
    whole.extend(document);
    (whole, id)
}

/// An index with its name, made up from its keys as MongoDB's drivers do where it brings none.
fn named_index(mut index: Document, at: usize) -> Result<Document, DataApiError> {
    let Ok(key) = index.get_document("key") else {
        return Err(DataApiError::Invalid(format!(
            "createIndexes: indexes.{at} needs a 'key', an object such as {{\"email\": 1}}"
        )));
    };
    if !index.contains_key("name") {
        let parts: Vec<_> = key
            .iter()
            .map(|(field, direction)| match direction {
                Bson::String(kind) => format!("{field}_{kind}"),
                other => format!("{field}_{other}"),
            })
            .collect();
        index.insert("name", parts.join("_"));
    }
    Ok(index)
}

/// Looks for what is refused, however deep it stands.
fn refuse_operators(document: &Document) -> Result<(), DataApiError> {
    fn refuse_in(value: &Bson) -> Result<(), DataApiError> {
        match value {
            Bson::Document(document) => refuse_operators(document),
            Bson::Array(items) => items.iter().try_for_each(refuse_in),
            _ => Ok(()),
        }
    }
    document.iter().try_for_each(|(name, value)| {
        if let Some((name, reason)) = REFUSED.iter().find(|(refused, _)| refused == name) {
            return Err(DataApiError::Invalid(format!("{name} is not supported: {reason}")));
        }
        refuse_in(value)
    })
}

/// A posted body's fields; each is taken once, and none may be left over.
struct Fields {
    action: &'static str,
    fields: Map<String, Value>,
}

impl Fields {
    fn read(action: &'static str, body: &[u8]) -> Result<Self, DataApiError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self { action, fields }),
            Ok(_) => Err(DataApiError::Invalid(format!("{action}: the body must be a JSON object"))),
            Err(error) => Err(DataApiError::Invalid(format!("{action}: the body is not JSON: {error}"))),
        }
    }

    fn namespace(&mut self) -> Result<(String, String, String), DataApiError> {
        let data_source = self.text("dataSource")?;
        let database = self.text("database")?;
        let collection = self.text("collection")?;
        let bad_database = database.is_empty()
            || database.len() > LONGEST_DATABASE_NAME
            || database.contains(['/', '\\', '.', ' ', '"', '$', '\0']);
        if bad_database {
            return Err(self.wrong("database", "is not a name that a database can have"));
        }
        let bad_collection = collection.is_empty()
            || database.len() + 1 + collection.len() > LONGEST_NAMESPACE
            || collection.contains(['$', '\0'])
            || collection.starts_with("system.")
            || collection.starts_with('.');
        if bad_collection {
            return Err(self.wrong("collection", "is not a name that a collection can have"));
        }
        Ok((data_source, database, collection))
    }

    fn text(&mut self, name: &'static str) -> Result<String, DataApiError> {
        match self.fields.remove(name) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.wrong(name, "must be a string")),
            None => Err(self.missing(name)),
        }
    }

    fn value(&mut self, name: &'static str) -> Result<Option<Bson>, DataApiError> {
        self.fields
            .remove(name)
            .map(|value| ejson::read(value, name).map_err(|error| self.prefixed(&error)))
            .transpose()
    }

    fn document(&mut self, name: &'static str) -> Result<Document, DataApiError> {
        let value = self.fields.remove(name).ok_or_else(|| self.missing(name))?;
        ejson::read_document(value, name).map_err(|error| self.prefixed(&error))
    }

    fn documents(&mut self, name: &'static str) -> Result<Vec<Document>, DataApiError> {
        match self.fields.remove(name) {
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| ejson::read_document(item, &format!("{name}.{index}")))
                .collect::<Result<_, _>>()
                .map_err(|error| self.prefixed(&error)),
            Some(_) => Err(self.wrong(name, "must be a list of objects")),
            None => Err(self.missing(name)),
        }
    }

    fn filter(&mut self, required: bool) -> Result<Document, DataApiError> {
        // Required where something is changed, so that a forgotten filter cannot empty a collection.
        if !required && !self.fields.contains_key("filter") {
            return Ok(Document::new());
        }
        let filter = self.document("filter")?;
        refuse_operators(&filter)?;
        Ok(filter)
    }

    fn whole(&mut self, name: &'static str) -> Result<Option<u32>, DataApiError> {
        let number = match self.value(name)? {
            None => return Ok(None),
            Some(Bson::Int32(number)) => u32::try_from(number).ok(),
            Some(Bson::Int64(number)) => u32::try_from(number).ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, "must be a whole number from 0 on"))
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, DataApiError> {
        match self.fields.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.wrong(name, "must be true or false")),
        }
    }

    fn finish(self) -> Result<(), DataApiError> {
        self.fields.keys().next().map_or(Ok(()), |unknown| {
            Err(DataApiError::Invalid(format!(
                "{}: the field '{}' is not known here",
                self.action,
                unknown.escape_debug()
            )))
        })
    }

    fn missing(&self, name: &str) -> DataApiError {
        DataApiError::Invalid(format!("{}: the field '{name}' is missing", self.action))
    }

    fn wrong(&self, name: &str, reason: &str) -> DataApiError {
        DataApiError::Invalid(format!("{}: the field '{name}' {reason}", self.action))
    }

    fn prefixed(&self, error: &DataApiError) -> DataApiError {
        DataApiError::Invalid(format!("{}: {error}", self.action))
    }
}

impl Read {
    /// The contract's answer.
    pub fn answer(self, documents: Vec<Document>, format: Format) -> Value {
        let mut documents =
            documents.into_iter().map(|document| ejson::write(Bson::Document(document), format));
        match self {
            Self::One => json!({ "document": documents.next() }),
            Self::Many => json!({ "documents": documents.collect::<Vec<_>>() }),
        }
    }
}

impl Write {
    /// The contract's answer. Counts are plain numbers in every format.
    ///
    /// # Errors
    /// [`DataApiError::Decode`] when the reply lacks its counts.
    pub fn answer(self, reply: &Document, format: Format) -> Result<Value, DataApiError> {
        Ok(match self {
            Self::Inserted(id) => json!({ "insertedId": ejson::write(id, format) }),
            Self::InsertedMany(ids) => {
                let ids: Vec<_> = ids.into_iter().map(|id| ejson::write(id, format)).collect();
                json!({ "insertedIds": ids })
            }
            Self::Updated => {
                let upserted = reply
                    .get_array("upserted")
                    .ok()
                    .and_then(|upserted| upserted.first()?.as_document()?.get("_id").cloned());
                // `n` counts an inserted document as matched in MongoDB; DocumentDB sometimes does and sometimes not.
                let matched = if upserted.is_some() { 0 } else { count(reply, "n")? };
                let mut answer =
                    json!({ "matchedCount": matched, "modifiedCount": count(reply, "nModified")? });
                if let (Some(id), Some(answer)) = (upserted, answer.as_object_mut()) {
                    answer.insert("upsertedId".to_owned(), ejson::write(id, format));
                }
                answer
            }
            Self::Deleted => json!({ "deletedCount": count(reply, "n")? }),
        })
    }

    /// Whether the HTTP status is 201.
    pub const fn is_created(&self) -> bool {
        matches!(self, Self::Inserted(_) | Self::InsertedMany(_))
    }
}

fn count(reply: &Document, name: &str) -> Result<i64, DataApiError> {
    match reply.get(name) {
        Some(Bson::Int32(count)) => Ok(i64::from(*count)),
        Some(Bson::Int64(count)) => Ok(*count),
        #[expect(clippy::cast_possible_truncation, reason = "a count of documents")]
        Some(Bson::Double(count)) => Ok(*count as i64),
        _ => Err(DataApiError::Decode(format!("the backend's reply does not say '{name}'"))),
    }
}

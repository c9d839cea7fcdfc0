//! The Data API on SQLite: one collection, in a Durable Object or natively.
//!
//! A document is one row, `(id, body)`; declared indexes are SQLite indexes over expressions on the body. What is found
//! is decided by SQLite (`filter`, `sort`); what becomes of it is decided here and stored back (`update`). An
//! action runs without interruption and an object is its database's only writer, so reading and then writing is safe.
//!
//! # What is supported
//! `findOne`, `find`, `insertOne`, `insertMany`, `updateOne`, `updateMany`, `replaceOne`, `deleteOne`, `deleteMany`,
//! and `aggregate`, whose stages and expressions the module `aggregate` lists.
//! - Filters: equality with strings, numbers, booleans, dates, null, whole arrays and whole objects (whose order of names
//!   counts), `$eq $ne $in $nin` with all of these, `$gt $gte $lt $lte` with all but arrays and objects, `$exists $not $and
//!   $or $nor $all $elemMatch $size`, `$type` by the types that JSON tells apart (`int` and `long` it does not), `$regex`
//!   (`pattern` says which patterns), and `$text` (`text` says how) at the top or in `$and`; on dotted paths and into arrays
//!   as MongoDB does. Not: positions in arrays (`items.0`).
//! - Updates: `$set $setOnInsert $unset $inc $mul $min $max $push` (`$each $position $slice $sort`) `$addToSet` (`$each`)
//!   `$pull` (a value, operators, or a filter for elements that are objects) `$pop $rename $currentDate` (dates), on dotted
//!   paths through objects and positions in arrays. Not: `$`, `$[]` and pipelines.
//! - Sorts by anything, as MongoDB orders it; more than 10,000 documents only by declared fields; not by several fields of
//!   which more than one leads through an array.
//! - Projections that include or exclude fields.
//! - Indexes as declared in [`crate::schema`]: in either direction, unique, partial, one for text, one for a list of texts.
//!
//! An answer of several documents may take 16 MiB of memory (`aggregate::memory` says how that is counted), and so may those
//! that are sorted here.
//!
//! Everything else is refused by name. [`crate::document`] says what a document may hold. One thing is freer in MongoDB: a
//! declared field holds its declared type only.

mod aggregate;
mod compare;
mod fields;
mod filter;
mod list;
mod path;
mod pattern;
mod projection;
mod sort;
mod text;
mod update;

use filter::Condition;
use path::Path;
use update::Circumstances;
use voxora_domain::json;
use voxora_domain::sql::{Row, Sql, SqlError, Value};

use crate::contract::{
    Action, Aggregate, Answer, DEFAULT_LIMIT, Deleted, Find, FindOne, Found, FoundOne, Inserted,
    InsertedMany, Operation, ReplaceOne, UpdateOperation, Updated,
};
use crate::document::{self, Document, MAX_DOCUMENT_BYTES};
use crate::error::invalid;
use crate::query::{Direction, Filter, Sort};
use crate::schema::{CollectionSchema, Index};
use crate::{DataApi, DataApiError};

/// How many documents one `find` may ask for.
pub const MAX_LIMIT: u32 = 10_000;
/// The columns of the table of documents.
const PLAIN: &str = "(id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID";
/// The same for a collection with a text index, which knows documents by number. It costs a second row written.
const NUMBERED: &str = "(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL)";
/// The most documents an `updateMany` reads before it writes them back.
const UPDATE_BATCH: u32 = 200;
/// The most bytes of documents that are read at once: an isolate has 128 MB, and a document may have 1 MiB.
const READ_BYTES: u32 = 8 * 1024 * 1024;
/// About how many bytes of objects are handed to SQLite at once; a text may have 2 MB there.
const MATCHED_BYTES: usize = 1024 * 1024;

/// One collection.
pub struct Engine<S> {
    sql: S,
    schema: &'static CollectionSchema,
    clock: fn() -> i64,
}

impl<S: Sql> Engine<S> {
    /// Opens the collection: makes its tables and brings them and its indexes to the schema's version. A database that a
    /// newer version has opened already is left as it is, so that a deploy can be rolled back. `clock` gives milliseconds
    /// since 1970.
    ///
    /// # Errors
    /// [`DataApiError::DuplicateKey`] when a new unique index does not fit what is stored, [`DataApiError::Invalid`]
    /// when a newly declared field does not, [`DataApiError::Unavailable`] when SQLite fails.
    pub fn open(sql: S, schema: &'static CollectionSchema, clock: fn() -> i64) -> Result<Self, DataApiError> {
        let engine = Self { sql, schema, clock };
        let table = if schema.text.is_some() { NUMBERED } else { PLAIN };
        engine.exec(&format!("CREATE TABLE IF NOT EXISTS documents {table}"), &[])?;
        engine.exec("CREATE TABLE IF NOT EXISTS documents_schema (version INTEGER NOT NULL)", &[])?;
        let stored = engine.number("SELECT version FROM documents_schema", &[])?;
        if stored < i64::from(schema.version) {
            engine.bring_up_to_date()?;
        }
        Ok(engine)
    }

    fn bring_up_to_date(&self) -> Result<(), DataApiError> {
        self.bring_documents_up_to_date()?;
        for field in self.schema.fields {
            let broken = fields::broken(field)?;
            let rows = self.exec(&format!("SELECT id FROM documents WHERE {broken} LIMIT 1"), &[])?;
            if let Some(id) = rows.first().and_then(|row| row.first()).and_then(Value::as_text) {
                return Err(invalid(format!(
                    "the collection '{}' cannot be opened: the document '{id}' does not hold what is declared for '{}'",
                    self.schema.name, field.path
                )));
            }
        }
        self.bring_text_index_up_to_date()?;
        for trigger in list::TRIGGERS {
            self.exec(&format!("DROP TRIGGER IF EXISTS {trigger}"), &[])?;
        }
        self.exec(&format!("DROP TABLE IF EXISTS {}", list::TABLE), &[])?;
        for statement in list::definitions(self.schema) {
            self.exec(&statement, &[])?;
        }
        let wanted = self.schema.indexes.iter().map(|index| self.index_sql(index));
        let wanted = wanted.collect::<Result<Vec<_>, DataApiError>>()?;
        let rows = self.exec(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'documents' AND sql IS NOT NULL",
            &[],
        )?;
        let mut present = Vec::new();
        for row in rows {
            if let [Value::Text(name), Value::Text(sql)] = row.as_slice() {
                if wanted.contains(sql) {
                    present.push(sql.clone());
                } else {
                    self.exec(&format!("DROP INDEX \"{name}\""), &[])?;
                }
            }
        }
        for statement in wanted.iter().filter(|statement| !present.contains(statement)) {
            self.exec(statement, &[])?;
        }
        self.exec("DELETE FROM documents_schema", &[])?;
        self.exec(
            "INSERT INTO documents_schema (version) VALUES (?)",
            &[i64::from(self.schema.version).into()],
        )?;
        Ok(())
    }

    /// Every document passes by once, in the order of `_id`. What was done before a failure stays done, and is left as it is
    /// the next time.
    fn bring_documents_up_to_date(&self) -> Result<(), DataApiError> {
        let Some(upgrade) = self.schema.upgrade else { return Ok(()) };
        let batch = format!("documents WHERE id > ? ORDER BY id LIMIT {UPDATE_BATCH}");
        let mut after = String::new();
        loop {
            let mut found = 0_u32;
            let parameters = [Value::Text(after.clone())];
            self.each(&batch, UPDATE_BATCH, &parameters, &mut |Stored { body, mut document }| {
                found += 1;
                document::id(&document)?.clone_into(&mut after);
                upgrade(&mut document);
                self.put_back(&body, document).map(drop)
            })?;
            if found == 0 {
                return Ok(());
            }
        }
    }

    fn bring_text_index_up_to_date(&self) -> Result<(), DataApiError> {
        let definitions = text::definitions(self.schema)?;
        let rows = self.exec(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' OR name IN ('documents', ?)",
            &[text::TABLE.into()],
        )?;
        let present: Vec<_> = rows.iter().filter_map(|row| row.first()).filter_map(Value::as_text).collect();
        // All but the statement that fills the index.
        let made = definitions.iter().filter(|statement| statement.starts_with("CREATE"));
        if !definitions.is_empty() && made.into_iter().all(|statement| present.contains(&statement.as_str()))
        {
            return Ok(());
        }
        for trigger in text::TRIGGERS {
            self.exec(&format!("DROP TRIGGER IF EXISTS {trigger}"), &[])?;
        }
        self.exec(&format!("DROP TABLE IF EXISTS {}", text::TABLE), &[])?;
        if !definitions.is_empty() && present.iter().any(|sql| sql.ends_with("WITHOUT ROWID")) {
            self.exec(&format!("CREATE TABLE documents_numbered {NUMBERED}"), &[])?;
            self.exec(
                "INSERT INTO documents_numbered (id, body) SELECT id, body FROM documents ORDER BY id",
                &[],
            )?;
            self.exec("DROP TABLE documents", &[])?;
            self.exec("ALTER TABLE documents_numbered RENAME TO documents", &[])?;
        }
        for statement in &definitions {
            self.exec(statement, &[])?;
        }
        Ok(())
    }

    fn index_sql(&self, index: &Index) -> Result<String, DataApiError> {
        let keys = index.keys.iter().map(|(name, direction)| {
            let column = fields::column(self.schema, &Path::parse(name)?).ok_or_else(|| {
                invalid(format!("the index '{}' needs '{name}' to be declared", index.name))
            })?;
            Ok(match direction {
                Direction::Ascending => column.sql,
                Direction::Descending => format!("{} DESC", column.sql),
            })
        });
        let keys = keys.collect::<Result<Vec<_>, DataApiError>>()?.join(", ");
        let unique = if index.unique { "UNIQUE " } else { "" };
        let only = match index.partial {
            Some(partial) => format!(" WHERE {}", fields::covered(self.schema, partial)?),
            None => String::new(),
        };
        Ok(format!("CREATE {unique}INDEX \"{}\" ON documents ({keys}){only}", index.name))
    }

    /// Carries out one action.
    ///
    /// # Errors
    /// [`DataApiError`], see there. Of actions on several documents, what was done before the failure stays done.
    pub fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        if action.collection != self.schema.name {
            return Err(invalid(format!(
                "this is the collection '{}', not '{}'",
                self.schema.name,
                action.collection.escape_debug()
            )));
        }
        match action.operation {
            Operation::FindOne(FindOne { filter, projection }) => {
                let find = Find { filter, projection, limit: Some(1), ..Find::default() };
                Ok(Answer::Document(FoundOne { document: self.select(&find)?.into_iter().next() }))
            }
            Operation::Find(find) => Ok(Answer::Documents(Found { documents: self.select(&find)? })),
            Operation::InsertOne(insert) => {
                let (id, body) = self.to_insert(insert.document)?;
                Ok(Answer::Inserted(Inserted { inserted_id: self.insert(id, body)? }))
            }
            Operation::InsertMany(insert) => {
                if insert.documents.is_empty() {
                    return Err(invalid("insertMany needs at least one document"));
                }
                // All are checked before any is stored; only a duplicate key stops it halfway, as in MongoDB.
                let bodies = insert.documents.into_iter().map(|document| self.to_insert(document));
                let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
                let ids = bodies.into_iter().map(|(id, body)| self.insert(id, body));
                Ok(Answer::InsertedMany(InsertedMany { inserted_ids: ids.collect::<Result<_, _>>()? }))
            }
            Operation::UpdateOne(operation) => self.update(&operation, false).map(Answer::Updated),
            Operation::UpdateMany(operation) => self.update(&operation, true).map(Answer::Updated),
            Operation::ReplaceOne(operation) => self.replace(operation).map(Answer::Updated),
            Operation::DeleteOne(delete) => self.remove_one(&delete.filter).map(Answer::Deleted),
            Operation::DeleteMany(delete) => self.remove_many(&delete.filter).map(Answer::Deleted),
            Operation::Aggregate(Aggregate { pipeline }) => {
                Ok(Answer::Documents(Found { documents: self.run_pipeline(&pipeline, (self.clock)())? }))
            }
        }
    }

    fn select(&self, find: &Find) -> Result<Vec<Document>, DataApiError> {
        let limit = find.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(invalid(format!("limit must be 1 to {MAX_LIMIT}; it is {limit}")));
        }
        let skip = find.skip.unwrap_or(0);
        let projection = find.projection.as_ref().map(projection::Plan::parse).transpose()?;
        let unsorted = Sort::default();
        let sort = find.sort.as_ref().unwrap_or(&unsorted);
        let project = |document| match &projection {
            None => document,
            Some(plan) => plan.apply(document),
        };
        match sort::Plan::parse(self.schema, sort)? {
            sort::Plan::Sql(order) => {
                let Condition { sql, parameters, .. } = self.condition(&find.filter, sort)?;
                let (mut memory, mut found) = (aggregate::Memory::default(), Vec::new());
                let page = format!("documents WHERE {sql}{order} LIMIT {limit} OFFSET {skip}");
                self.each(&page, limit, &parameters, &mut |stored| {
                    memory.answer(&mut found, project(stored.document))
                })?;
                Ok(found)
            }
            sort::Plan::Memory => {
                let Condition { sql, parameters, .. } = filter::compile(self.schema, &find.filter.0)?;
                let most = sort::MAX_IN_MEMORY;
                let some = format!("SELECT 1 FROM documents WHERE {sql} LIMIT {}", most + 1);
                if self.number(&format!("SELECT count(*) FROM ({some})"), &parameters)? > most {
                    return Err(DataApiError::TooLarge(format!(
                        "more than {most} documents match; so many are sorted by declared fields only"
                    )));
                }
                let found = self.sorted_in_memory(&find.filter, sort, skip as usize, limit as usize)?;
                Ok(found.into_iter().map(project).collect())
            }
        }
    }

    /// Gives one by one the documents that `wanted` leaves of the table `documents`, which are at most `limit`. One that is
    /// large is read by itself, so that no answer of SQLite has more than [`READ_BYTES`].
    fn each(
        &self,
        wanted: &str,
        limit: u32,
        parameters: &[Value],
        take: &mut dyn FnMut(Stored) -> Result<(), DataApiError>,
    ) -> Result<(), DataApiError> {
        let large = READ_BYTES / limit.max(1);
        let statement = format!(
            "SELECT documents.id, CASE WHEN octet_length(body) <= {large} THEN body END FROM {wanted}"
        );
        for row in self.exec(&statement, parameters)? {
            let mut row = row.into_iter();
            match (row.next(), row.next()) {
                (_, Some(Value::Text(body))) => take(Stored::parse(body)?)?,
                (Some(id), _) => {
                    let found = self.stored("SELECT body FROM documents WHERE id = ?", &[id])?;
                    found.into_iter().try_for_each(&mut *take)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The condition for a query that wants the first documents of an order. A search for words that many documents hold
    /// goes along an index that serves the rest of the query, where there is one.
    fn condition(&self, filter: &Filter, sort: &Sort) -> Result<Condition, DataApiError> {
        let condition = filter::compile(self.schema, &filter.0)?;
        if !condition.listed.is_empty() && self.is_served(filter, sort) {
            let values = vec!["?"; condition.listed.len()].join(", ");
            let some =
                format!("SELECT 1 FROM {} WHERE value IN ({values}) LIMIT {}", list::TABLE, list::MANY + 1);
            if self.number(&format!("SELECT count(*) FROM ({some})"), &condition.listed)? > list::MANY {
                return filter::compile_listed(self.schema, &filter.0, list::Access::Probe);
            }
        }
        let Some(expression) = condition.search.as_deref().filter(|_| self.is_served(filter, sort)) else {
            return Ok(condition);
        };
        match text::access(|statement| self.number(&statement, &[expression.into()]))? {
            text::Access::Lead => Ok(condition),
            access => filter::compile_with(self.schema, &filter.0, access),
        }
    }

    /// Whether an index gives documents in this order, or those that equalities of the filter ask for where there is none.
    fn is_served(&self, filter: &Filter, sort: &Sort) -> bool {
        let equal = filter::equalities(&filter.0).unwrap_or_default();
        let is_equal = |key: &str| equal.iter().any(|(field, _)| *field == key);
        let first = sort.0.first().map(|(field, _)| field.as_str());
        self.schema.indexes.iter().any(|index| {
            let mut keys = index.keys.iter().map(|(key, _)| *key);
            match first {
                Some(first) => keys.find(|key| !is_equal(key)) == Some(first),
                None => keys.next().is_some_and(is_equal),
            }
        })
    }

    /// The one number that a statement answers.
    fn number(&self, statement: &str, parameters: &[Value]) -> Result<i64, DataApiError> {
        let rows = self.exec(statement, parameters)?;
        Ok(rows.first().and_then(|row| row.first()).and_then(Value::as_integer).unwrap_or(0))
    }

    /// The documents whose bodies a statement gives.
    fn stored(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Stored>, DataApiError> {
        self.exec(statement, parameters)?
            .into_iter()
            .map(|row| match row.into_iter().next() {
                Some(Value::Text(body)) => Stored::parse(body),
                _ => Err(DataApiError::Decode("a stored document is not text".into())),
            })
            .collect()
    }

    /// Refuses what may not be stored.
    fn check(&self, document: &Document) -> Result<(), DataApiError> {
        document::id(document)?;
        document::check(document)?;
        list::check(self.schema, document)?;
        fields::check(self.schema, document)
    }

    /// The `_id` and the text of a document that may be stored.
    fn to_insert(&self, mut document: Document) -> Result<(String, String), DataApiError> {
        self.check(&document)?;
        let body = to_body(&mut document)?;
        Ok((document::id(&document)?.to_owned(), body))
    }

    fn insert(&self, id: String, body: String) -> Result<String, DataApiError> {
        self.exec("INSERT INTO documents (id, body) VALUES (?, ?)", &[id.as_str().into(), body.into()])?;
        Ok(id)
    }

    /// Stores a changed document; says whether it differs from what is stored.
    fn put_back(&self, stored: &str, mut document: Document) -> Result<bool, DataApiError> {
        self.check(&document)?;
        let body = to_body(&mut document)?;
        // Both were written by `to_body`, so equal documents are equal text, and 1 and 1.0 are not.
        if body == stored {
            return Ok(false);
        }
        let id = document::id(&document)?;
        self.exec("UPDATE documents SET body = ? WHERE id = ?", &[body.into(), id.into()])?;
        Ok(true)
    }

    fn update(&self, operation: &UpdateOperation, many: bool) -> Result<Updated, DataApiError> {
        let plan = update::Plan::parse(&operation.update.0)?;
        let matching = |condition: &Condition, objects: &mut dyn Iterator<Item = String>| {
            self.matching(condition, objects)
        };
        let now = (self.clock)();
        let changing = Circumstances { inserting: false, now, matching: &matching };
        let mut updated = Updated::default();
        let Condition { sql, parameters, .. } = filter::compile(self.schema, &operation.filter.0)?;
        // By `_id`, which no update changes: each is met once.
        let (limit, further) = if many { (UPDATE_BATCH, " AND id > ? ORDER BY id") } else { (1, "") };
        let batch = format!("documents WHERE {sql}{further} LIMIT {limit}");
        let mut after = String::new();
        loop {
            let mut parameters = parameters.clone();
            parameters.extend(many.then(|| Value::Text(after.clone())));
            let before = updated.matched_count;
            self.each(&batch, limit, &parameters, &mut |Stored { body, mut document }| {
                document::id(&document)?.clone_into(&mut after);
                plan.apply(&mut document, &changing)?;
                updated.matched_count += 1;
                updated.modified_count += u64::from(self.put_back(&body, document)?);
                Ok(())
            })?;
            if !many || updated.matched_count == before {
                break;
            }
        }
        if updated.matched_count == 0 && operation.upsert {
            let mut document = update::infer(&operation.filter.0)?;
            plan.apply(&mut document, &Circumstances { inserting: true, ..changing })?;
            let (id, body) = self.to_insert(document)?;
            updated.upserted_id = Some(self.insert(id, body)?);
        }
        Ok(updated)
    }

    /// Says for each object, given as JSON, whether a condition made by [`filter::compile_unstored`] on `given.value` holds
    /// for it.
    fn matching(
        &self,
        condition: &Condition,
        objects: &mut dyn Iterator<Item = String>,
    ) -> Result<Vec<bool>, DataApiError> {
        let statement = format!("SELECT key FROM json_each(?) AS given WHERE {}", condition.sql);
        let mut matched = Vec::new();
        loop {
            let first = matched.len();
            let mut list = String::new();
            while list.len() < MATCHED_BYTES
                && let Some(object) = objects.next()
            {
                list.push(if list.is_empty() { '[' } else { ',' });
                list.push_str(&object);
                matched.push(false);
            }
            if list.is_empty() {
                return Ok(matched);
            }
            list.push(']');
            let mut parameters = vec![Value::Text(list)];
            parameters.extend_from_slice(&condition.parameters);
            for row in self.exec(&statement, &parameters)? {
                let key = row.first().and_then(Value::as_integer).and_then(|key| usize::try_from(key).ok());
                if let Some(matched) = key.and_then(|key| matched.get_mut(first + key)) {
                    *matched = true;
                }
            }
        }
    }

    fn replace(&self, operation: ReplaceOne) -> Result<Updated, DataApiError> {
        let ReplaceOne { filter, mut replacement, upsert } = operation;
        let Condition { sql, parameters, .. } = filter::compile(self.schema, &filter.0)?;
        let one = format!("SELECT body FROM documents WHERE {sql} LIMIT 1");
        let stored = self.stored(&one, &parameters)?.into_iter().next();
        let id = match &stored {
            Some(stored) => stored.document.get("_id").cloned(),
            None if upsert => filter::equalities(&filter.0)?
                .into_iter()
                .find_map(|(field, value)| (field == "_id").then(|| value.clone())),
            None => return Ok(Updated::default()),
        };
        if let Some(id) = id
            && *replacement.entry("_id").or_insert_with(|| id.clone()) != id
        {
            return Err(invalid("The replacement would modify the immutable field '_id'"));
        }
        Ok(if let Some(stored) = stored {
            let modified = self.put_back(&stored.body, replacement)?;
            Updated { matched_count: 1, modified_count: modified.into(), upserted_id: None }
        } else {
            let (id, body) = self.to_insert(replacement)?;
            Updated { upserted_id: Some(self.insert(id, body)?), ..Updated::default() }
        })
    }

    fn remove_one(&self, filter: &Filter) -> Result<Deleted, DataApiError> {
        let Condition { sql, parameters, .. } = filter::compile(self.schema, &filter.0)?;
        let statement = format!(
            "DELETE FROM documents WHERE id = (SELECT id FROM documents WHERE {sql} LIMIT 1) RETURNING 1"
        );
        let rows = self.exec(&statement, &parameters)?;
        Ok(Deleted { deleted_count: rows.len() as u64 })
    }

    fn remove_many(&self, filter: &Filter) -> Result<Deleted, DataApiError> {
        let Condition { sql, parameters, .. } = filter::compile(self.schema, &filter.0)?;
        // Counted first: a row for each deleted document would take memory without bound.
        let count = self.number(&format!("SELECT count(*) FROM documents WHERE {sql}"), &parameters)?;
        if count > 0 {
            self.exec(&format!("DELETE FROM documents WHERE {sql}"), &parameters)?;
        }
        Ok(Deleted { deleted_count: count.unsigned_abs() })
    }

    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, DataApiError> {
        self.sql.exec(statement, parameters).map_err(|error| match error {
            // "… failed: index 'email_1'" for an index over expressions, "… failed: documents.id" for the key.
            SqlError::Unique(message) => {
                let index = message.split('\'').nth(1).unwrap_or("_id_");
                DataApiError::duplicate_key(self.schema.name, index)
            }
            // "string or blob too big", "Expression tree is too large": repeating it cannot help.
            SqlError::Other(message) if message.contains("too big") || message.contains("too large") => {
                DataApiError::TooLarge(message)
            }
            SqlError::Other(message) => DataApiError::Unavailable(message),
        })
    }
}

impl<S: Sql> DataApi for Engine<S> {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        Self::run(self, action)
    }
}

/// A document as it is stored.
struct Stored {
    body: String,
    document: Document,
}

impl Stored {
    fn parse(body: String) -> Result<Self, DataApiError> {
        let damaged = |why: &str| DataApiError::Decode(format!("a stored document is damaged: {why}"));
        match json::parse(&body) {
            Ok(serde_json::Value::Object(document)) => Ok(Self { body, document }),
            Ok(_) => Err(damaged("it is no object")),
            Err(error) => Err(damaged(&error.to_string())),
        }
    }
}

/// The text that is stored. MongoDB puts `_id` first, and so it is here.
fn to_body(document: &mut Document) -> Result<String, DataApiError> {
    if document.keys().next().is_some_and(|first| first != "_id")
        && let Some(id) = document.shift_remove("_id")
    {
        document.shift_insert(0, "_id".to_owned(), id);
    }
    let body =
        serde_json::to_string(document).map_err(|error| invalid(format!("not a document: {error}")))?;
    if body.len() > MAX_DOCUMENT_BYTES {
        let size = body.len();
        return Err(DataApiError::TooLarge(format!(
            "a document may have {MAX_DOCUMENT_BYTES} bytes of JSON; this one has {size}"
        )));
    }
    Ok(body)
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

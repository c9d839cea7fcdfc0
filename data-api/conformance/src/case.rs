//! The form in which cases are written down: tables of JSON, one file for each area, in `cases/`.
//!
//! A file says what it is `about` and lists `cases`. A case has a `rule` (what is being claimed), the documents `given`
//! (one without an `_id` is called by its position, from `"1"`), the `collection` where that is not `settings`, which
//! declares nothing and may hold anything, and one table. A row is what is asked, then what MongoDB gives:
//!
//! | table | a row |
//! |---|---|
//! | `find` | filter, the `_id`s that match, in any order |
//! | `sort` | sort, all `_id`s in order |
//! | `project` | projection, all documents by `_id` |
//! | `update` | a document, update, the document after `updateOne` |
//! | `upsert` | filter, update, the document that `updateOne` with `upsert` inserts |
//! | `expression` | an expression, its value for the first document given |
//! | `aggregate` | pipeline, the documents it gives, in order |
//! | `post` | action, its body without the namespace (a text is posted as it stands), the answer's body |
//!
//! Rows of `post` follow on each other; all others start from the documents given. In place of a result may stand
//! `{"$fails": "a word of the message"}` with a `kind` where the error's code is not `InvalidParameter`,
//! `{"$missing": true}` for an expression without a value, `{"$unordered": […]}` for documents in any order, and
//! `{"$any": true}` for a key that the engine makes up.
//! The last element of a row may be an object of options: `accept` (the header), and for an engine that
//! differs from MongoDB its name with what it `gives` and `why`.

use serde_json::{Map, Value, json};

use crate::ejson::same;

/// Whose behaviour is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The engine on SQLite, natively or in workerd.
    Embedded,
    /// The gateway in front of PostgreSQL with DocumentDB.
    DocumentDb,
    /// The gateway in front of MongoDB itself.
    MongoDb,
}

impl Engine {
    /// The option that says how it differs from MongoDB.
    const fn option(self) -> Option<&'static str> {
        match self {
            Self::Embedded => Some("embedded"),
            Self::DocumentDb => Some("documentdb"),
            Self::MongoDb => None,
        }
    }
}

/// A rule and the rows that show it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file it stands in.
    pub area: &'static str,
    /// What is being claimed.
    pub rule: String,
    pub(crate) collection: String,
    pub(crate) given: Vec<Value>,
    pub(crate) rows: Vec<Row>,
}

/// One question with its answer.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    table: Table,
    asked: Vec<Value>,
    /// What MongoDB gives.
    gives: Value,
    options: Map<String, Value>,
}

/// A request and the answer to it.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub action: String,
    /// The whole body.
    pub body: String,
    pub accept: String,
    pub expected: Expected,
}

/// The answer that is expected.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expected {
    /// This body, and the action's status of success. `ordered`: its documents come in a defined order. `verbatim`: it
    /// is the form that counts; otherwise dates and numbers may be written as EJSON likes.
    Answer { body: Value, ordered: bool, verbatim: bool },
    /// This code, and a message with this word in it.
    Failure { code: String, word: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Find,
    Sort,
    Project,
    Update,
    Upsert,
    Expression,
    Aggregate,
    Post,
}

impl Table {
    const ALL: [(&'static str, Self, usize); 8] = [
        ("find", Self::Find, 1),
        ("sort", Self::Sort, 1),
        ("project", Self::Project, 1),
        ("update", Self::Update, 2),
        ("upsert", Self::Upsert, 2),
        ("expression", Self::Expression, 1),
        ("aggregate", Self::Aggregate, 1),
        ("post", Self::Post, 2),
    ];
}

/// All cases, in the order of their files.
///
/// # Panics
/// When a file is not what this module's documentation says, with the place.
#[must_use]
pub fn cases() -> Vec<Case> {
    const FILES: [(&str, &str); 9] = [
        ("actions", include_str!("cases/actions.json")),
        ("filters", include_str!("cases/filters.json")),
        ("text", include_str!("cases/text.json")),
        ("updates", include_str!("cases/updates.json")),
        ("sorts and projections", include_str!("cases/sorts.json")),
        ("indexes", include_str!("cases/indexes.json")),
        ("pipelines", include_str!("cases/pipelines.json")),
        ("expressions", include_str!("cases/expressions.json")),
        ("EJSON", include_str!("cases/ejson.json")),
    ];
    FILES
        .into_iter()
        .flat_map(|(area, text)| {
            let file: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{area}: {error}"));
            assert!(file["about"].is_string(), "{area}: says not what it is about");
            let cases = file["cases"].as_array().unwrap_or_else(|| panic!("{area}: has no cases")).clone();
            cases.into_iter().map(move |case| Case::read(area, case))
        })
        .collect()
}

impl Case {
    fn read(area: &'static str, written: Value) -> Self {
        let Value::Object(mut written) = written else { panic!("{area}: a case is not an object") };
        let rule = written.remove("rule").and_then(|rule| rule.as_str().map(str::to_owned));
        let rule = rule.unwrap_or_else(|| panic!("{area}: a case without a rule"));
        let collection = written.remove("collection").map_or("settings".into(), |name| name);
        let given = match written.remove("given") {
            Some(Value::Array(given)) => given,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        assert_eq!(written.len(), 1, "{area}, {rule}: a case has one table, not {:?}", written.keys());
        let (name, rows) = written.into_iter().next().unwrap();
        let Some((_, table, width)) = Table::ALL.into_iter().find(|(table, ..)| *table == name) else {
            panic!("{area}, {rule}: there is no table '{name}'")
        };
        let rows = rows.as_array().unwrap_or_else(|| panic!("{area}, {rule}: a table is an array"));
        let rows = rows.iter().map(|row| {
            Row::read(table, width, row).unwrap_or_else(|why| panic!("{area}, {rule}: {why}: {row}"))
        });
        Self {
            area,
            collection: collection
                .as_str()
                .unwrap_or_else(|| panic!("{area}, {rule}: collection"))
                .to_owned(),
            given: given.into_iter().enumerate().map(|(index, document)| with_id(document, index)).collect(),
            rows: rows.collect(),
            rule,
        }
    }
}

/// The document with an `_id`, first as MongoDB stores it.
fn with_id(document: Value, index: usize) -> Value {
    if document.get("_id").is_some() {
        return document;
    }
    let Value::Object(fields) = document else { panic!("not a document: {document}") };
    let id = ("_id".to_owned(), Value::from((index + 1).to_string()));
    Value::Object(std::iter::once(id).chain(fields).collect())
}

impl Row {
    fn read(table: Table, width: usize, row: &Value) -> Result<Self, &'static str> {
        let mut asked = row.as_array().ok_or("a row is an array")?.clone();
        let options = match asked.len().checked_sub(width + 1).ok_or("the row is too short")? {
            0 => Map::new(),
            1 => match asked.pop() {
                Some(Value::Object(options)) => options,
                _ => return Err("options are an object"),
            },
            _ => return Err("the row is too long"),
        };
        for (name, option) in &options {
            let known = match name.as_str() {
                "accept" => option.is_string(),
                "embedded" | "documentdb" => option.get("gives").is_some() && option["why"].is_string(),
                _ => false,
            };
            if !known {
                return Err("an option is unknown or incomplete");
            }
        }
        let gives = asked.pop().ok_or("the row is empty")?;
        Ok(Self { table, asked, gives, options })
    }

    /// What the engine is known to do otherwise than MongoDB, and why.
    pub(crate) fn difference(&self, engine: Engine) -> Option<(&Value, &str)> {
        let difference = self.options.get(engine.option()?)?;
        Some((&difference["gives"], difference["why"].as_str().unwrap_or_default()))
    }

    /// What is asked, for people.
    pub(crate) fn question(&self) -> String {
        self.asked.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
    }

    /// What MongoDB gives, for people.
    pub(crate) fn answer(&self) -> &Value {
        &self.gives
    }

    /// Whether the collection must hold exactly the documents given before the row is asked.
    pub(crate) fn starts_afresh(&self) -> bool {
        matches!(self.table, Table::Update | Table::Upsert)
    }

    /// The requests that ask it, each with the answer that this engine is to give.
    pub(crate) fn exchanges(&self, case: &Case, engine: Engine) -> Vec<Exchange> {
        let gives = self.difference(engine).map_or(&self.gives, |(gives, _)| gives);
        let ask = |action: &str, fields: Value, answer: Value| {
            let Value::Object(fields) = fields else { panic!("{}: the fields are not an object", case.rule) };
            self.exchange(engine, action, case.body(fields), &answer)
        };
        // A failure stands for the whole answer, anything else is put into the answer's shape.
        let or_failure = |answer: Value| if gives.get("$fails").is_some() { gives.clone() } else { answer };
        let by_id = || json!({ "_id": 1 });
        match (self.table, self.asked.as_slice()) {
            (Table::Find, [filter]) => {
                let documents = ids(gives);
                let answer = or_failure(json!({ "documents": { "$unordered": documents } }));
                vec![ask("find", json!({ "filter": filter, "projection": { "_id": 1 } }), answer)]
            }
            (Table::Sort, [sort]) => {
                let answer = or_failure(json!({ "documents": ids(gives) }));
                vec![ask("find", json!({ "filter": {}, "projection": { "_id": 1 }, "sort": sort }), answer)]
            }
            (Table::Project, [projection]) => {
                let answer = or_failure(json!({ "documents": gives }));
                vec![ask("find", json!({ "filter": {}, "projection": projection, "sort": by_id() }), answer)]
            }
            (Table::Update, [before, update]) => {
                let before = with_id(before.clone(), 0);
                let unchanged = gives.get("$fails").is_some();
                let after = if unchanged { before.clone() } else { with_id(gives.clone(), 0) };
                let modified = u8::from(!same(&before, &after));
                let filter = json!({ "_id": before["_id"] });
                vec![
                    ask("insertOne", json!({ "document": before }), json!({ "insertedId": before["_id"] })),
                    ask(
                        "updateOne",
                        json!({ "filter": filter, "update": update }),
                        or_failure(json!({ "matchedCount": 1, "modifiedCount": modified })),
                    ),
                    ask("findOne", json!({ "filter": filter }), json!({ "document": after })),
                ]
            }
            (Table::Upsert, [filter, update]) => {
                let upserted = json!({ "matchedCount": 0, "modifiedCount": 0, "upsertedId": gives["_id"] });
                let mut documents = case.given.clone();
                if gives.get("$fails").is_none() {
                    documents.push(gives.clone());
                }
                vec![
                    ask(
                        "updateOne",
                        json!({ "filter": filter, "update": update, "upsert": true }),
                        or_failure(upserted),
                    ),
                    ask("find", json!({ "filter": {} }), json!({ "documents": { "$unordered": documents } })),
                ]
            }
            (Table::Expression, [expression]) => {
                let value =
                    if gives.get("$missing").is_some() { json!([{}]) } else { json!([{ "value": gives }]) };
                let pipeline = json!([
                    { "$sort": { "_id": 1 } },
                    { "$limit": 1 },
                    { "$project": { "_id": 0, "value": expression } },
                ]);
                vec![ask(
                    "aggregate",
                    json!({ "pipeline": pipeline }),
                    or_failure(json!({ "documents": value })),
                )]
            }
            (Table::Aggregate, [pipeline]) => {
                vec![ask(
                    "aggregate",
                    json!({ "pipeline": pipeline }),
                    or_failure(json!({ "documents": gives })),
                )]
            }
            (Table::Post, [action, Value::String(text)]) => {
                vec![self.exchange(engine, action.as_str().unwrap_or_default(), text.clone(), gives)]
            }
            (Table::Post, [action, body]) => {
                vec![ask(action.as_str().unwrap_or_default(), body.clone(), gives.clone())]
            }
            _ => panic!("{}: a row that its table does not know", case.rule),
        }
    }

    fn exchange(&self, engine: Engine, action: &str, body: String, answer: &Value) -> Exchange {
        let accept = self.options.get("accept").and_then(Value::as_str);
        let verbatim = accept.is_some();
        let expected = match answer.get("$fails") {
            Some(word) => Expected::Failure {
                code: answer.get("kind").and_then(Value::as_str).unwrap_or("InvalidParameter").to_owned(),
                // The messages of others are theirs.
                word: word.as_str().filter(|_| engine == Engine::Embedded).unwrap_or_default().to_owned(),
            },
            None => match answer.get("documents").and_then(|documents| documents.get("$unordered")) {
                Some(documents) => {
                    Expected::Answer { body: json!({ "documents": documents }), ordered: false, verbatim }
                }
                None => Expected::Answer { body: answer.clone(), ordered: true, verbatim },
            },
        };
        Exchange {
            action: action.to_owned(),
            body,
            accept: accept.unwrap_or(crate::endpoint::LOSSLESS).to_owned(),
            expected,
        }
    }
}

impl Case {
    /// All that it posts to the embedded engine: the actions' names and bodies.
    #[must_use]
    pub fn requests(&self) -> Vec<(String, String)> {
        let exchanges = self.rows.iter().flat_map(|row| row.exchanges(self, Engine::Embedded));
        exchanges.map(|exchange| (exchange.action, exchange.body)).collect()
    }

    /// A request's body: its fields behind the namespace.
    pub(crate) fn body(&self, fields: Map<String, Value>) -> String {
        crate::endpoint::body(&self.collection, fields)
    }
}

/// `["1", "2"]` as the documents of a find that asks for `_id` alone.
fn ids(gives: &Value) -> Value {
    gives.as_array().map(|ids| ids.iter().map(|id| json!({ "_id": id })).collect()).unwrap_or_default()
}

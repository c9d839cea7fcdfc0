//! The SQL port over a Durable Object's storage.
//!
//! Each value that crosses between WebAssembly and JavaScript costs a call, and each text a decoder. So a statement
//! crosses once: its parameters and its rows are one JSON text each way, which both sides read and write natively. (The
//! worker crate reads row by row and value by value, and lets an exception of the cursor escape as a trap.)

use std::cell::RefCell;

use voxora_domain::sorted::Sorted;
use voxora_domain::sql::{Row, Sql, SqlError, Value};
use wasm_bindgen::prelude::*;
use worker::State;

#[wasm_bindgen(module = "/src/sql.js")]
extern "C" {
    fn query(sql: &JsValue, statement: &JsValue, parameters: &str) -> String;
    fn write(sql: &JsValue, statement: &JsValue, parameters: &str) -> u8;
    fn refusal() -> String;
}

/// What `query` and `write` answer where SQLite refused the statement.
const REFUSED_QUERY: &str = "!";
const REFUSED_WRITE: u8 = 2;

/// How many statements are kept as JavaScript's strings. The product has some two hundred; those that the document engine
/// makes of filters may be any.
const STATEMENTS: usize = 500;

thread_local! {
    /// The statements that have been run, interned as JavaScript's strings: a text of hundreds of bytes is not decoded again
    /// for every message.
    static INTERNED: RefCell<Sorted<Box<str>, JsValue>> = const { RefCell::new(Sorted::new()) };
}

/// Hands a statement to `run` as JavaScript's string.
fn interned<T>(statement: &str, run: impl FnOnce(&JsValue) -> T) -> T {
    INTERNED.with_borrow_mut(|interned| {
        if let Some(known) = interned.get(statement) {
            return run(known);
        }
        if interned.len() >= STATEMENTS {
            interned.clear();
        }
        run(interned.or_insert_with(statement.into(), || JsValue::from_str(statement)))
    })
}

/// An object's SQLite.
#[derive(Clone)]
pub struct ObjectSql(JsValue);

impl ObjectSql {
    pub fn of(state: &State) -> Self {
        Self(AsRef::<JsValue>::as_ref(&state.storage().sql()).clone())
    }
}

impl Sql for ObjectSql {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
        let parameters = to_json(parameters)?;
        let rows = interned(statement, |statement| query(&self.0, statement, &parameters));
        match rows.as_str() {
            "" => Ok(Vec::new()),
            REFUSED_QUERY => Err(refused()),
            // Not by `json`, which makes a value first: every statement passes here, and a row is read from nothing else.
            rows => serde_json::from_str(rows).map_err(|error| unreadable(&error)),
        }
    }

    fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError> {
        let parameters = to_json(parameters)?;
        match interned(statement, |statement| write(&self.0, statement, &parameters)) {
            REFUSED_WRITE => Err(refused()),
            wrote => Ok(wrote != 0),
        }
    }
}

fn to_json(parameters: &[Value]) -> Result<String, SqlError> {
    serde_json::to_string(parameters).map_err(|error| unreadable(&error))
}

fn refused() -> SqlError {
    SqlError::from_message(refusal())
}

fn unreadable(error: &serde_json::Error) -> SqlError {
    SqlError::Other(error.to_string())
}

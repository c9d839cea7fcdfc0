//! The SQL port over a Durable Object's storage.
//!
//! Each value that crosses between WebAssembly and JavaScript costs a call, and each text a decoder. So a statement
//! crosses once: its parameters and its rows are one JSON text each way, which both sides read and write natively. (The
//! worker crate reads row by row and value by value, and lets an exception of the cursor escape as a trap.)

use voxora_domain::sql::{Row, Sql, SqlError, Value};
use wasm_bindgen::prelude::*;
use worker::State;

#[wasm_bindgen(module = "/src/sql.js")]
extern "C" {
    fn query(sql: &JsValue, statement: &str, parameters: &str) -> String;
    fn write(sql: &JsValue, statement: &str, parameters: &str) -> u8;
    fn refusal() -> String;
}

/// What `query` and `write` answer where SQLite refused the statement.
const REFUSED_QUERY: &str = "!";
const REFUSED_WRITE: u8 = 2;

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
        let rows = query(&self.0, statement, &to_json(parameters)?);
        match rows.as_str() {
            "" => Ok(Vec::new()),
            REFUSED_QUERY => Err(refused()),
            rows => serde_json::from_str(rows).map_err(|error| unreadable(&error)),
        }
    }

    fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError> {
        match write(&self.0, statement, &to_json(parameters)?) {
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

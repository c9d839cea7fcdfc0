//! The SQL port over a Durable Object's storage.
//!
//! Each value that crosses between WebAssembly and JavaScript costs a call, and each text a decoder. So a statement's
//! parameters and its rows cross as one JSON text each way, which both sides read and write natively. (The worker crate
//! reads row by row and value by value, and lets an exception of the cursor escape as a trap.)

use js_sys::{Array, JSON};
use voxora_domain::sql::{Row, Sql, SqlError, Value};
use wasm_bindgen::prelude::*;
use worker::State;

#[wasm_bindgen]
extern "C" {
    /// `ctx.storage.sql`.
    #[derive(Clone)]
    type Storage;

    /// What `exec` gives.
    type Cursor;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Storage, statement: &str, bindings: &Array) -> Result<Cursor, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(iterable: &JsValue) -> Result<Array, JsValue>;
}

/// An object's SQLite.
#[derive(Clone)]
pub struct ObjectSql(Storage);

impl ObjectSql {
    pub fn of(state: &State) -> Self {
        let sql = state.storage().sql();
        Self(AsRef::<JsValue>::as_ref(&sql).clone().unchecked_into())
    }

    fn run(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, String> {
        let js = |error: JsValue| crate::call::js_message(&error);
        let bindings = if parameters.is_empty() {
            Array::new()
        } else {
            let text = serde_json::to_string(parameters).map_err(|error| error.to_string())?;
            JSON::parse(&text).map_err(js)?.unchecked_into()
        };
        let rows =
            array_from(&self.0.exec(statement, &bindings).map_err(js)?.raw().map_err(js)?).map_err(js)?;
        if rows.length() == 0 {
            return Ok(Vec::new());
        }
        let text = String::from(JSON::stringify(&rows).map_err(js)?);
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }
}

impl Sql for ObjectSql {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
        self.run(statement, parameters).map_err(SqlError::from_message)
    }
}

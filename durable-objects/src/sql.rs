//! The SQL port over a Durable Object's storage.
//!
//! The worker crate reads a row in four crossings into JavaScript per value and lets an exception of the cursor escape
//! as a trap; here a whole answer comes over in one call that can fail, as an array of arrays.

use js_sys::Array;
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

    fn run(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, JsValue> {
        let bindings = parameters.iter().map(to_js).collect::<Array>();
        let rows = array_from(&self.0.exec(statement, &bindings)?.raw()?)?;
        Ok(rows.iter().map(|row| Array::from(&row).iter().map(|value| from_js(&value)).collect()).collect())
    }
}

impl Sql for ObjectSql {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
        self.run(statement, parameters)
            .map_err(|error| SqlError::from_message(crate::call::js_message(&error)))
    }
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[allow(clippy::cast_precision_loss)] // the port's values stay within ±2^53
        Value::Integer(value) => JsValue::from_f64(*value as f64),
        Value::Real(value) => JsValue::from_f64(*value),
        Value::Text(value) => JsValue::from_str(value),
    }
}

fn from_js(value: &JsValue) -> Value {
    if let Some(number) = value.as_f64() {
        let value = Value::Real(number);
        // JavaScript has one kind of number; one without a fraction is meant as an integer everywhere in this house.
        return value.as_integer().map_or(value, Value::Integer);
    }
    value.as_string().map_or(Value::Null, Value::Text)
}

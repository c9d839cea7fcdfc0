//! The one port through which room, inbox and document engine speak SQL.
//!
//! Two adapters exist: a Durable Object's storage (`durable-objects`) and, with the feature `native`, rusqlite (here).
//! Both run real SQLite. Statements between two awaits of an object commit together, so the port has no transactions.

/// A value that goes into a statement or comes out of one. As JSON it is what SQLite's own JSON would be.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// A whole number. An object's storage carries it as a double: keep within ±2^53.
    Integer(i64),
    /// A double.
    Real(f64),
    /// Text.
    Text(String),
}

impl Value {
    /// The whole number in it. A double without a fraction counts: an object's storage hands integers back as doubles.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            #[allow(clippy::cast_possible_truncation)] // within ±2^53 and without a fraction, so exact
            Self::Real(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
                Some(*value as i64)
            }
            _ => None,
        }
    }

    /// The text in it.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }
}

/// By hand, because serde's untagged enums keep a copy of what they read.
impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl serde::de::Visitor<'_> for Reader {
            type Value = Value;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("null, a number or a text")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Integer(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Real(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_string<E>(self, value: String) -> Result<Value, E> {
                Ok(value.into())
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        // Sequence numbers and times stay below 2^53; saturating keeps a wrong one visibly wrong.
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer, by column position.
pub type Row = Vec<Value>;

/// A statement failed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
pub enum SqlError {
    /// A `UNIQUE` or `PRIMARY KEY` constraint stood against it; SQLite's message names the columns or the index.
    #[error("unique constraint: {0}")]
    Unique(String),
    /// Anything else, in SQLite's words.
    #[error("{0}")]
    Other(String),
}

impl SqlError {
    /// Classifies SQLite's own message, the only thing an object's storage gives.
    #[must_use]
    pub fn from_message(message: String) -> Self {
        if message.contains("UNIQUE constraint failed") {
            Self::Unique(message)
        } else {
            Self::Other(message)
        }
    }
}

/// A SQLite database.
pub trait Sql {
    /// Runs one statement and gives all its rows.
    ///
    /// # Errors
    /// [`SqlError`] when SQLite refuses it. Earlier statements of the same block stay done.
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError>;

    /// Runs one statement that gives no rows, and says whether it wrote any. Cheaper than [`Sql::exec`].
    ///
    /// # Errors
    /// [`SqlError`] when SQLite refuses it. Earlier statements of the same block stay done.
    fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError>;
}

impl<T: Sql + ?Sized> Sql for &T {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
        (**self).exec(statement, parameters)
    }

    fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError> {
        (**self).write(statement, parameters)
    }
}

impl<T: Sql + ?Sized> Sql for std::rc::Rc<T> {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
        (**self).exec(statement, parameters)
    }

    fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError> {
        (**self).write(statement, parameters)
    }
}

/// Brings a database's tables to the newest version: runs those `steps` it has not seen, in order, and remembers how
/// many it has seen. A step may hold several statements, separated by `;` and a line end, each of which may be met again when
/// one after it has failed. Steps are only ever added.
///
/// # Errors
/// [`SqlError`] when a step is refused.
pub fn migrate(sql: &impl Sql, steps: &[&str]) -> Result<(), SqlError> {
    sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)", &[])?;
    let rows = sql.exec("SELECT version FROM schema_version", &[])?;
    let seen = rows.first().and_then(|row| row.first()).and_then(Value::as_integer);
    let done = usize::try_from(seen.unwrap_or(0)).unwrap_or(0);
    for step in steps.iter().skip(done) {
        for statement in step.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
            match sql.exec(statement.trim_end_matches(';'), &[]) {
                // SQLite has no ADD COLUMN IF NOT EXISTS.
                Err(SqlError::Other(message)) if message.contains("duplicate column name") => {}
                done => drop(done?),
            }
        }
    }
    if done < steps.len() {
        let version = i64::try_from(steps.len()).unwrap_or(i64::MAX);
        sql.exec("DELETE FROM schema_version", &[])?;
        sql.exec("INSERT INTO schema_version (version) VALUES (?)", &[version.into()])?;
    }
    Ok(())
}

#[cfg(feature = "native")]
pub use native::object_database;

#[cfg(feature = "native")]
mod native {
    use rusqlite::limits::Limit;
    use rusqlite::types::{ToSqlOutput, ValueRef};

    use super::{Row, Sql, SqlError, Value};

    impl rusqlite::ToSql for Value {
        fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
            Ok(ToSqlOutput::Borrowed(match self {
                Self::Null => ValueRef::Null,
                Self::Integer(value) => ValueRef::Integer(*value),
                Self::Real(value) => ValueRef::Real(*value),
                Self::Text(value) => ValueRef::Text(value.as_bytes()),
            }))
        }
    }

    impl From<rusqlite::Error> for SqlError {
        fn from(error: rusqlite::Error) -> Self {
            Self::from_message(error.to_string())
        }
    }

    /// An empty database in memory with the limits that workerd sets for an object's: what fits here fits there.
    ///
    /// # Errors
    /// When SQLite cannot open one.
    pub fn object_database() -> rusqlite::Result<rusqlite::Connection> {
        let connection = rusqlite::Connection::open_in_memory()?;
        for (limit, value) in [
            (Limit::SQLITE_LIMIT_LENGTH, 2_200_000),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
            (Limit::SQLITE_LIMIT_COLUMN, 100),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
            (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
            (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
            (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
        ] {
            connection.set_limit(limit, value)?;
        }
        Ok(connection)
    }

    /// The native adapter: a rusqlite connection, statements cached.
    impl Sql for rusqlite::Connection {
        fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlError> {
            let mut prepared = self.prepare_cached(statement)?;
            let columns = prepared.column_count();
            let mut rows = prepared.query(rusqlite::params_from_iter(parameters))?;
            let mut answer = Vec::new();
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|column| {
                    Ok(match row.get_ref(column)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(value) => Value::Integer(value),
                        ValueRef::Real(value) => Value::Real(value),
                        ValueRef::Text(text) | ValueRef::Blob(text) => {
                            Value::Text(String::from_utf8_lossy(text).into_owned())
                        }
                    })
                });
                answer.push(values.collect::<rusqlite::Result<Row>>()?);
            }
            Ok(answer)
        }

        fn write(&self, statement: &str, parameters: &[Value]) -> Result<bool, SqlError> {
            let mut prepared = self.prepare_cached(statement)?;
            Ok(prepared.execute(rusqlite::params_from_iter(parameters))? > 0)
        }
    }
}

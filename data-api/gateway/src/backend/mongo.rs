//! MongoDB through its official driver.

use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use voxora_data_api::DataApiError;

use crate::backend::{Backend, Gathered};
use crate::config::Limits;
use crate::failure::passed_on;

/// How long a server may take to be found before a request fails.
const TIME_TO_SELECT: Duration = Duration::from_secs(5);
/// How long a new connection may take.
const TIME_TO_CONNECT: Duration = Duration::from_secs(5);

/// Codes that mean: a unique index stands against it.
const DUPLICATE_KEY: [i32; 3] = [11_000, 11_001, 12_582];
/// Codes that mean: the request, a document or the answer is too large.
const TOO_LARGE: [i32; 4] = [10_334, 17_280, 17_419, 292];
/// Codes that mean: not now. The server is starting, stopping, electing, overloaded, or took too long.
const NOT_NOW: [i32; 28] = [
    1, 6, 7, 8, 24, 43, 46, 50, 64, 89, 91, 100, 112, 133, 134, 189, 202, 262, 317, 462, 9001, 10_058,
    10_107, 11_600, 11_601, 11_602, 13_435, 13_436,
];
/// Codes that mean: the gateway's own user may not do this.
const UNAUTHORIZED: [i32; 2] = [13, 18];

/// A client with its pool of connections.
pub struct MongoDb {
    client: Client,
    timeout: Duration,
    most_bytes: usize,
}

impl MongoDb {
    /// Prepares a client. Only a `mongodb+srv` address is looked up now; connections are made when they are needed.
    pub async fn connect(uri: &str, limits: &Limits) -> Result<Self> {
        // Not the driver's own error: it may quote the string, and with it the password.
        let mut options = ClientOptions::parse(uri).await.ok().context(
            "--mongodb-uri is not a MongoDB connection string (mongodb://user:password@host/), or its host is unknown",
        )?;
        options.app_name.get_or_insert_with(|| "voxora-gateway".to_owned());
        options.max_pool_size.get_or_insert(limits.pool.into());
        options.server_selection_timeout.get_or_insert(TIME_TO_SELECT);
        options.connect_timeout.get_or_insert(TIME_TO_CONNECT);
        let client = Client::with_options(options).context("cannot make a MongoDB client")?;
        Ok(Self { client, timeout: limits.timeout, most_bytes: limits.answer_bytes })
    }

    fn database(&self, name: &str) -> Database {
        self.client.database(name)
    }

    /// So that the server gives up when the gateway has.
    fn limited(&self, mut command: Document) -> Document {
        command.insert("maxTimeMS", i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX));
        command
    }

    async fn run(&self, database: &str, command: Document) -> Result<Document, DataApiError> {
        let reply = self.database(database).run_command(command).await.map_err(|error| classify(&error))?;
        if let Some(error) =
            reply.get_array("writeErrors").ok().and_then(|errors| errors.first()?.as_document())
        {
            return Err(reported(error));
        }
        match reply.get_document("writeConcernError") {
            // Written, but not yet by a majority: it may be rolled back, so nobody may rely on it.
            Ok(_) => {
                Err(DataApiError::Unavailable("no majority of the cluster has confirmed the write".into()))
            }
            Err(_) => Ok(reply),
        }
    }
}

#[async_trait]
impl Backend for MongoDb {
    async fn read(
        &self,
        database: &str,
        command: Document,
        limit: usize,
    ) -> Result<Vec<Document>, DataApiError> {
        let mut gathered = Gathered::new(limit, self.most_bytes);
        let database = self.database(database);
        let mut cursor =
            database.run_cursor_command(self.limited(command)).await.map_err(|error| classify(&error))?;
        while cursor.advance().await.map_err(|error| classify(&error))? {
            gathered.push(cursor.current())?;
        }
        Ok(gathered.documents)
    }

    async fn write(&self, database: &str, mut command: Document) -> Result<Document, DataApiError> {
        command.insert("writeConcern", doc! { "w": "majority" });
        self.run(database, self.limited(command)).await
    }

    async fn create_indexes(&self, database: &str, command: Document) -> Result<Document, DataApiError> {
        self.run(database, command).await
    }

    async fn ping(&self) -> Result<(), DataApiError> {
        self.run("admin", doc! { "ping": 1 }).await.map(drop)
    }
}

/// A failure that stands in a reply, as `{code, errmsg}`.
fn reported(error: &Document) -> DataApiError {
    failure(error.get_i32("code").unwrap_or_default(), error.get_str("errmsg").unwrap_or_default())
}

fn classify(error: &Error) -> DataApiError {
    match error.kind.as_ref() {
        ErrorKind::Command(command)
            if !error.contains_label("RetryableWriteError")
                && !error.contains_label("TransientTransactionError") =>
        {
            failure(command.code, &command.message)
        }
        ErrorKind::Bson(_) | ErrorKind::InvalidArgument { .. } => {
            DataApiError::Invalid("the request cannot be written as BSON".into())
        }
        ErrorKind::InvalidResponse { .. } => {
            DataApiError::Decode("MongoDB's reply was not understood".into())
        }
        ErrorKind::Command(_) => DataApiError::Unavailable("MongoDB asks to try again".into()),
        // How the driver sees the cluster: addresses and states, no documents.
        _ => DataApiError::Unavailable(passed_on(&format!("MongoDB cannot be reached: {error}"))),
    }
}

fn failure(code: i32, message: &str) -> DataApiError {
    if DUPLICATE_KEY.contains(&code) {
        let index = message.split("index: ").nth(1).and_then(|rest| rest.split_whitespace().next());
        return DataApiError::duplicate_key("", index.unwrap_or_default());
    }
    let message = passed_on(message);
    if TOO_LARGE.contains(&code) {
        DataApiError::TooLarge(message)
    } else if NOT_NOW.contains(&code) {
        DataApiError::Unavailable(format!("MongoDB failed with {code}: {message}"))
    } else if UNAUTHORIZED.contains(&code) {
        DataApiError::Unavailable(format!("the gateway's own MongoDB user may not do this ({code})"))
    } else {
        DataApiError::Invalid(message)
    }
}

#[cfg(test)]
mod tests {
    use voxora_data_api::DataApiError;

    use super::failure;

    #[test]
    fn every_kind_of_failure_is_told_apart() {
        let duplicate = failure(
            11_000,
            "E11000 duplicate key error collection: app.users index: email_1 dup key: { email: \"ada@example.org\" }",
        );
        assert_eq!(duplicate, DataApiError::duplicate_key("", "email_1"));
        for (code, expected) in [
            (2, "InvalidParameter"),
            (9, "InvalidParameter"),
            (40_324, "InvalidParameter"),
            (10_334, "TooLarge"),
            (50, "Unavailable"),
            (10_107, "Unavailable"),
            (13, "Unavailable"),
        ] {
            assert_eq!(failure(code, "words").code(), expected, "{code}");
        }
    }
}

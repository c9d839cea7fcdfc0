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
use crate::failure::{index_made_otherwise, not_converted, passed_on};

/// How long a server may take to be found before a request fails.
const TIME_TO_SELECT: Duration = Duration::from_secs(5);
/// How long a new connection may take.
const TIME_TO_CONNECT: Duration = Duration::from_secs(5);

/// Codes that mean: a unique index stands against it.
const DUPLICATE_KEY: [i32; 3] = [11_000, 11_001, 12_582];
/// Codes that mean: the request, a document, the answer or what is held on the way to it is too large.
const TOO_LARGE: [i32; 6] = [146, 292, 10_334, 17_280, 17_419, 17_420];
/// Codes that mean: a value in a document cannot be converted.
const NOT_CONVERTED: i32 = 241;
/// Codes that mean: an index of this name, or with these keys, is there and differs.
const INDEX_MADE_OTHERWISE: [i32; 2] = [85, 86];
/// Codes below [`FIRST_LOCATION`] that are known to be the request's own fault: it would fail again however often it is
/// made. Whoever keeps documents for later drops what fails so, hence everything that is unknown means: not now. A store
/// that is full, blocked for writing or overloaded has codes of many ranges (Atlas' quota is 8000).
const OWN_FAULT: [i32; 47] = [
    2, 4, 5, 9, 10, 14, 15, 16, 20, 21, 22, 27, 28, 29, 30, 34, 40, 52, 53, 54, 55, 56, 57, 59, 61, 66, 67,
    68, 72, 73, 115, 116, 121, 159, 165, 166, 167, 168, 171, 181, 197, 201, 224, 232, 238, 357, 378,
];
/// From here on a code is the place in MongoDB's source that refused the request, apart from those in [`NOT_NOW`].
const FIRST_LOCATION: i32 = 10_000;
/// Codes from [`FIRST_LOCATION`] on that mean: not now. The server is starting, stopping, electing, full, overloaded or
/// changing shape.
const NOT_NOW: [i32; 19] = [
    10_058, 10_107, 11_600, 11_601, 11_602, 12_586, 12_587, 13_104, 13_388, 13_435, 13_436, 14_031, 46_841,
    50_915, 56_846, 91_331, 4_938_500, 10_045_600, 10_171_600,
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
    if code == NOT_CONVERTED {
        return not_converted();
    }
    if INDEX_MADE_OTHERWISE.contains(&code) {
        return index_made_otherwise(message);
    }
    let message = passed_on(message);
    if TOO_LARGE.contains(&code) {
        DataApiError::TooLarge(message)
    } else if UNAUTHORIZED.contains(&code) {
        DataApiError::Unavailable(format!("the gateway's own MongoDB user may not do this ({code})"))
    } else if OWN_FAULT.contains(&code) || (code >= FIRST_LOCATION && !NOT_NOW.contains(&code)) {
        DataApiError::Invalid(message)
    } else {
        DataApiError::Unavailable(format!("MongoDB failed with {code}: {message}"))
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
            (121, "InvalidParameter"),
            (40_324, "InvalidParameter"),
            (4_161_102, "InvalidParameter"),
            (10_334, "TooLarge"),
            (17_420, "TooLarge"),
            (50, "Unavailable"),
            (10_107, "Unavailable"),
            (13, "Unavailable"),
            // A store that is full, blocked or overloaded: Atlas' quota, no space on disk, and others.
            (8000, "Unavailable"),
            (14_031, "Unavailable"),
            (365, "Unavailable"),
            (371, "Unavailable"),
            (402, "Unavailable"),
            (433, "Unavailable"),
            (96, "Unavailable"),
            (216, "Unavailable"),
            (12_587, "Unavailable"),
            (13_388, "Unavailable"),
            (10_045_600, "Unavailable"),
            // Codes that nobody here has heard of.
            (0, "Unavailable"),
            (3_999, "Unavailable"),
        ] {
            assert_eq!(failure(code, "words").code(), expected, "{code}");
        }
    }

    #[test]
    fn a_failed_conversion_does_not_quote_the_value() {
        let message = "PlanExecutor error during aggregation :: caused by :: Failed to parse number 'ada@example.org' in \
            $convert with no onError value: Did not consume whole string.";
        let error = failure(241, message);
        assert!(matches!(&error, DataApiError::Invalid(message) if !message.contains("ada")), "{error}");
    }

    #[test]
    fn an_index_that_is_made_otherwise_is_named() {
        let message = "An existing index has the same name as the requested index. When index names are not specified, \
            they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: \
            { v: 2, unique: true, key: { email: 1 }, name: \"email_1\" }, existing index: { v: 2, unique: true, key: \
            { email: 1 }, name: \"email_1\", partialFilterExpression: { email: { $type: \"string\" } } }";
        for code in [85, 86] {
            let error = failure(code, message);
            let DataApiError::Invalid(message) = error else { panic!("{error}") };
            assert!(message.contains("'email_1'"), "{message}");
        }
    }
}

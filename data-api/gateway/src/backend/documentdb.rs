//! PostgreSQL with the DocumentDB extension: each command is one call of a function of the schema `documentdb_api`.
//!
//! The functions take and give BSON. It crosses as `bytea`, so that no type of the extension has to be looked up.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use bson::{Document, RawBsonRef, RawDocument, doc};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Row;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;
use voxora_data_api::DataApiError;

use crate::backend::{Backend, Gathered};
use crate::config::Limits;
use crate::failure::{index_made_otherwise, not_converted, passed_on};

/// How often the building of an index is looked after.
const INDEX_POLL: Duration = Duration::from_millis(100);
/// How long a new connection may take.
const TIME_TO_CONNECT: Duration = Duration::from_secs(5);
/// DocumentDB's own code for a duplicate key, in the place of an SQLSTATE.
const DUPLICATE_KEY: &str = "M001C";
/// A value in a document cannot be converted.
const NOT_CONVERTED: &str = "M0015";
/// An index of this name, or with these keys, is there and differs.
const INDEX_MADE_OTHERWISE: [&str; 2] = ["M000R", "M000S"];
/// A document, the answer or what is held on the way to it is too large.
const TOO_LARGE: [&str; 5] = ["M000W", "M001B", "M003A", "M003B", "M00AH"];
/// Not the request's fault: an error inside of DocumentDB, a cursor that is gone, an index that is being built or could
/// not be, no right to do it, a server that is starting, stopping, not the primary, or took too long, a conflict with
/// another operation.
const NOT_NOW: [&str; 23] = [
    "M0000", "M0007", "M000E", "M0017", "M001D", "M00E7", "M00E8", "M00EL", "M00ER", "M00EU", "M00EV",
    "M00EW", "M00EX", "M00EZ", "M00F0", "M00F1", "M00F2", "M00F5", "M00F6", "M00F7", "M00F8", "M00F9",
    "M00FE",
];
/// The last of DocumentDB's own codes that is known here. Whoever keeps documents for later drops what is the request's
/// fault, so a newer one means: not now.
const LAST_KNOWN: &str = "M00FG";

/// A pool of connections.
pub struct DocumentDb {
    pool: Pool,
    most_bytes: usize,
}

impl DocumentDb {
    /// Prepares a pool; connections are made when they are needed.
    pub fn connect(uri: &str, authorities: Option<&Path>, limits: &Limits) -> Result<Self> {
        // The error of the parser may quote the string, and with it the password.
        let mut config: tokio_postgres::Config = uri.parse().ok().context(
            "--postgres-uri is not a PostgreSQL connection string (postgres://user:password@host/db)",
        )?;
        // The server gives up on its own when the gateway has: what nobody waits for must not go on for ever.
        let timeout = format!("-c statement_timeout={}", limits.timeout.as_millis());
        config.options(match config.get_options() {
            Some(given) => format!("{timeout} {given}"),
            None => timeout,
        });
        if config.get_application_name().is_none() {
            config.application_name("voxora-gateway");
        }
        config.connect_timeout(TIME_TO_CONNECT);
        if authorities.is_some() && config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Require);
        }
        let manager = Manager::from_config(
            config,
            MakeRustlsConnect::new(tls(authorities)?),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(usize::from(limits.pool))
            .build()
            .context("cannot make a pool of connections to PostgreSQL")?;
        Ok(Self { pool, most_bytes: limits.answer_bytes })
    }

    async fn lease(&self) -> Result<Lease, DataApiError> {
        match self.pool.get().await {
            Ok(connection) => Ok(Lease { connection: Some(connection), unfinished: false }),
            Err(PoolError::Backend(error)) => Err(classify(&error)),
            Err(error) => Err(DataApiError::Unavailable(format!("no connection to PostgreSQL: {error}"))),
        }
    }
}

fn tls(authorities: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let unreadable = || format!("cannot read certificates from {}", file.display());
            for certificate in CertificateDer::pem_file_iter(file).with_context(unreadable)? {
                roots.add(certificate.with_context(unreadable)?).with_context(unreadable)?;
            }
        }
    }
    let provider = rustls::crypto::ring::default_provider().into();
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS cannot be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// A connection that goes back to the pool only when its work is over. One that is given up in the middle (a time limit,
/// a client that left, an answer too large) may still run a statement or hold a cursor open, and is closed.
struct Lease {
    connection: Option<Object>,
    unfinished: bool,
}

impl Lease {
    async fn call(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row, DataApiError> {
        let Some(connection) = &self.connection else {
            return Err(DataApiError::Unavailable("the connection is gone".into()));
        };
        self.unfinished = true;
        let row = match connection.prepare_cached(sql).await {
            Ok(statement) => connection.query_one(&statement, parameters).await,
            Err(error) => Err(error),
        };
        self.unfinished = false;
        row.map_err(|error| classify(&error))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.unfinished
        {
            drop(Object::take(connection));
        }
    }
}

const FIND: &str = "SELECT documentdb_core.bson_to_bytea(cursorpage) AS reply, \
    documentdb_core.bson_to_bytea(continuation) AS continuation \
    FROM documentdb_api.find_cursor_first_page($1, documentdb_core.bson_from_bytea($2))";
const AGGREGATE: &str = "SELECT documentdb_core.bson_to_bytea(cursorpage) AS reply, \
    documentdb_core.bson_to_bytea(continuation) AS continuation \
    FROM documentdb_api.aggregate_cursor_first_page($1, documentdb_core.bson_from_bytea($2))";
const GET_MORE: &str = "SELECT documentdb_core.bson_to_bytea(cursorpage) AS reply, \
    documentdb_core.bson_to_bytea(continuation) AS continuation \
    FROM documentdb_api.cursor_get_more($1, documentdb_core.bson_from_bytea($2), documentdb_core.bson_from_bytea($3))";
const INSERT: &str = "SELECT documentdb_core.bson_to_bytea(p_result) AS reply \
    FROM documentdb_api.insert($1, documentdb_core.bson_from_bytea($2))";
const UPDATE: &str = "SELECT documentdb_core.bson_to_bytea(p_result) AS reply \
    FROM documentdb_api.update($1, documentdb_core.bson_from_bytea($2))";
const DELETE: &str = "SELECT documentdb_core.bson_to_bytea(p_result) AS reply \
    FROM documentdb_api.delete($1, documentdb_core.bson_from_bytea($2))";
const CREATE_INDEXES: &str = "SELECT documentdb_core.bson_to_bytea(retval) AS reply, \
    documentdb_core.bson_to_bytea(requests) AS builds \
    FROM documentdb_api.create_indexes_background($1, documentdb_core.bson_from_bytea($2))";
const INDEX_STATUS: &str = "SELECT documentdb_core.bson_to_bytea(retval) AS reply, complete \
    FROM documentdb_api_internal_readonly.check_build_index_status(documentdb_core.bson_from_bytea($1))";
const PING: &str = "SELECT documentdb_api.binary_version()";

#[async_trait]
impl Backend for DocumentDb {
    async fn read(
        &self,
        database: &str,
        command: Document,
        limit: usize,
    ) -> Result<Vec<Document>, DataApiError> {
        let (sql, collection) = match command.get_str("find") {
            Ok(collection) => (FIND, collection),
            Err(_) => (AGGREGATE, command.get_str("aggregate").unwrap_or_default()),
        };
        let mut gathered = Gathered::new(limit, self.most_bytes);
        let mut lease = self.lease().await?;
        let mut page = lease.call(sql, &[&database, &to_bytes(&command)?]).await?;
        loop {
            let continuation: Option<&[u8]> = column(&page, "continuation")?;
            lease.unfinished = continuation.is_some();
            let cursor = gather(&mut gathered, column(&page, "reply")?)?;
            let Some(continuation) = continuation.filter(|_| cursor != 0) else {
                lease.unfinished = false;
                return Ok(gathered.documents);
            };
            let more = to_bytes(&doc! { "getMore": cursor, "collection": collection })?;
            let next = lease.call(GET_MORE, &[&database, &more, &continuation]).await?;
            page = next;
        }
    }

    async fn write(&self, database: &str, command: Document) -> Result<Document, DataApiError> {
        let sql = match command.keys().next().map(String::as_str) {
            Some("insert") => INSERT,
            Some("update") => UPDATE,
            _ => DELETE,
        };
        let row = self.lease().await?.call(sql, &[&database, &to_bytes(&command)?]).await?;
        let reply = document(column(&row, "reply")?)?;
        match reply.get_array("writeErrors").ok().and_then(|errors| errors.first()?.as_document()) {
            None => Ok(reply),
            Some(error) => Err(reported(error)),
        }
    }

    async fn create_indexes(&self, database: &str, command: Document) -> Result<Document, DataApiError> {
        let mut lease = self.lease().await?;
        let row = lease.call(CREATE_INDEXES, &[&database, &to_bytes(&command)?]).await?;
        let created = index_reply(column(&row, "reply")?)?;
        let builds: &[u8] = column(&row, "builds")?;
        if !document(builds)?.is_empty() {
            loop {
                let status = lease.call(INDEX_STATUS, &[&builds]).await?;
                index_reply(column(&status, "reply")?)?;
                if column(&status, "complete")? {
                    break;
                }
                tokio::time::sleep(INDEX_POLL).await;
            }
        }
        Ok(created)
    }

    async fn ping(&self) -> Result<(), DataApiError> {
        self.lease().await?.call(PING, &[]).await.map(drop)
    }
}

fn to_bytes(document: &Document) -> Result<Vec<u8>, DataApiError> {
    document.to_vec().map_err(|_| DataApiError::Invalid("the request cannot be written as BSON".into()))
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T, DataApiError> {
    row.try_get(name).map_err(|_| DataApiError::Decode(format!("DocumentDB's answer lacks '{name}'")))
}

fn document(bytes: &[u8]) -> Result<Document, DataApiError> {
    Document::from_reader(bytes).map_err(|_| not_understood())
}

fn not_understood() -> DataApiError {
    DataApiError::Decode("DocumentDB's answer is not a reply as MongoDB gives it".into())
}

/// Takes the documents out of a page and gives the cursor's id, 0 at its end.
fn gather(gathered: &mut Gathered, page: &[u8]) -> Result<i64, DataApiError> {
    let cursor = RawDocument::from_bytes(page).ok().and_then(|page| page.get_document("cursor").ok());
    let cursor = cursor.ok_or_else(not_understood)?;
    let batch = cursor.get_array("firstBatch").or_else(|_| cursor.get_array("nextBatch"));
    for document in batch.map_err(|_| not_understood())? {
        let document = document.ok().and_then(RawBsonRef::as_document).ok_or_else(not_understood)?;
        gathered.push(document)?;
    }
    cursor.get_i64("id").map_err(|_| not_understood())
}

/// What `createIndexes` replied, out of the wrapping that it has on sharded clusters.
fn index_reply(reply: &[u8]) -> Result<Document, DataApiError> {
    let reply = document(reply)?;
    let shard = reply.get_document("raw").and_then(|raw| raw.get_document("defaultShard")).unwrap_or(&reply);
    if shard.contains_key("errmsg") { Err(reported(shard)) } else { Ok(shard.clone()) }
}

/// A failure that stands in a reply, as `{code, errmsg}`.
fn reported(error: &Document) -> DataApiError {
    let code = error.get_i32("code").map(unpacked).unwrap_or_default();
    failure(&code, error.get_str("errmsg").unwrap_or_default())
}

/// PostgreSQL packs the five characters of an SQLSTATE into a number, six bits each from the lowest on.
fn unpacked(code: i32) -> String {
    (0..5)
        .filter_map(|place| u8::try_from((code >> (6 * place)) & 0x3F).ok())
        .map(|six| char::from(b'0' + six))
        .collect()
}

fn classify(error: &tokio_postgres::Error) -> DataApiError {
    match error.as_db_error() {
        Some(answered) => failure(answered.code().code(), answered.message()),
        // The connection, not the statement. Its words hold addresses at most.
        None => DataApiError::Unavailable(format!("PostgreSQL cannot be reached: {}", with_causes(error))),
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Which kind of failure a code means: an SQLSTATE, or one of DocumentDB's own, which begin with M.
fn failure(code: &str, message: &str) -> DataApiError {
    // The message names the index last, in quotes.
    if [DUPLICATE_KEY, "23505", "23P01"].contains(&code) {
        let index = message.rsplit('\'').nth(1).unwrap_or_default();
        return DataApiError::duplicate_key("", index);
    }
    if code == NOT_CONVERTED {
        return not_converted();
    }
    if INDEX_MADE_OTHERWISE.contains(&code) {
        return index_made_otherwise(message);
    }
    let message = passed_on(message);
    match code.get(..2).unwrap_or_default() {
        "54" => DataApiError::TooLarge(message),
        "M0" if TOO_LARGE.contains(&code) => DataApiError::TooLarge(message),
        // They count in the order of their text.
        "M0" if NOT_NOW.contains(&code) || code > LAST_KNOWN => {
            DataApiError::Unavailable(format!("DocumentDB failed with {code}: {message}"))
        }
        "M0" | "22" | "0A" => DataApiError::Invalid(message),
        "42" | "3F" => DataApiError::Unavailable(format!(
            "PostgreSQL lacks the DocumentDB extension, or this user the right to use it ({code}: {message})"
        )),
        _ => DataApiError::Unavailable(format!("PostgreSQL failed with {code}: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use voxora_data_api::DataApiError;

    use super::{failure, unpacked};

    #[test]
    fn a_packed_code_is_an_sqlstate() {
        assert_eq!(unpacked(319_029_277), "M001C");
        assert_eq!(unpacked(83_906_754), "23505");
    }

    #[test]
    fn every_kind_of_failure_is_told_apart() {
        let duplicate =
            failure("M001C", "Duplicate key violation on the requested collection: Index 'email_1'");
        assert_eq!(duplicate, DataApiError::duplicate_key("", "email_1"));
        for (code, expected) in [
            ("M0001", "InvalidParameter"),
            ("M00AH", "TooLarge"),
            ("M001B", "TooLarge"),
            ("M003A", "TooLarge"),
            ("M003B", "TooLarge"),
            ("M000W", "TooLarge"),
            // A sort that is neither 1 nor -1.
            ("M00FG", "InvalidParameter"),
            ("M0000", "Unavailable"),
            ("M000E", "Unavailable"),
            ("M001D", "Unavailable"),
            ("M00E8", "Unavailable"),
            ("M00ER", "Unavailable"),
            ("M00EU", "Unavailable"),
            ("M00EW", "Unavailable"),
            ("M00EX", "Unavailable"),
            ("M00F0", "Unavailable"),
            ("M00F1", "Unavailable"),
            ("M00F2", "Unavailable"),
            ("M00FE", "Unavailable"),
            // Newer than what is known here.
            ("M0100", "Unavailable"),
            ("22P02", "InvalidParameter"),
            ("54000", "TooLarge"),
            ("57014", "Unavailable"),
            ("40P01", "Unavailable"),
            ("53300", "Unavailable"),
            ("42883", "Unavailable"),
            ("XX000", "Unavailable"),
            ("", "Unavailable"),
        ] {
            assert_eq!(failure(code, "words").code(), expected, "{code}");
        }
    }

    #[test]
    fn a_failed_conversion_does_not_quote_the_value() {
        let error = failure("M0015", "Failed to parse number 'ada@example.org' in $convert");
        assert!(matches!(&error, DataApiError::Invalid(message) if !message.contains("ada")), "{error}");
    }
}

//! A Data API endpoint for tests, benches and the migration tool: the embedded engine behind real HTTP.
//!
//!     cargo run -p voxora-store --example serve -- --port 8790 --key SECRET [--folder DATA]
//!
//! It knows the collections of the product, answers `POST [/app/<id>][/endpoint/data/v1]/action/<name>`, asks for the key in
//! the header `apiKey`, as a bearer token or as a password, and keeps everything in memory unless it is given a folder.
//! One line of JSON on standard output, `{"ready":{"url":…}}`, says that it listens on loopback. It ends when standard
//! input closes, so that it never outlives whoever started it. Not for production: that is what the gateway is for.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::Connection;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use voxora_data_api::DataApiError;
use voxora_data_api::contract::{Action, ActionName, Answer};
use voxora_data_api::ejson::Format;
use voxora_data_api::embedded::Engine;
use voxora_store::collections::schema;

/// The largest request body, in bytes.
const BODY_BYTES: usize = 32 << 20;

struct Store {
    key: String,
    folder: Option<PathBuf>,
    engines: Mutex<BTreeMap<String, Engine<Connection>>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let known = ["--port", "--key", "--folder"].contains(&name.as_str());
        match arguments.next().filter(|_| known) {
            Some(value) => options.insert(name, value),
            None => {
                return Err(
                    format!("cannot read {name}; it takes --port N --key SECRET --folder PATH").into()
                );
            }
        };
    }
    let key = options.remove("--key").ok_or("--key SECRET is missing")?;
    let port = options.get("--port").map_or(Ok(0), |port| port.parse())?;
    let folder = options.remove("--folder").map(PathBuf::from);
    let store = Arc::new(Store { key, folder, engines: Mutex::default() });
    let router =
        Router::new().fallback(post(answer)).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(store);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", serde_json::json!({ "ready": { "url": format!("http://{}", listener.local_addr()?) } }));
    let closed = async {
        let mut input = tokio::io::stdin();
        while matches!(input.read(&mut [0; 64]).await, Ok(1..)) {}
    };
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        () = closed => {}
    }
    Ok(())
}

async fn answer(
    State(store): State<Arc<Store>>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let format = Format::from_accept(headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()));
    let answer = store.run(uri.path(), &headers, &body).and_then(|answer| {
        let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::OK);
        Ok((status, [(CONTENT_TYPE, format.media_type())], answer.to_body(format)?))
    });
    match answer {
        Ok(answer) => answer.into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(error.body())).into_response()
        }
    }
}

impl Store {
    fn run(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, DataApiError> {
        if !self.accepts(headers) {
            return Err(DataApiError::Auth("this is not the key".to_owned()));
        }
        let (_, name) = path.rsplit_once("/action/").unwrap_or(("", path));
        let name: ActionName = name.parse()?;
        let (_, action) = Action::from_body(name, body)?;
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        if !engines.contains_key(&action.collection) {
            engines.insert(action.collection.clone(), self.open(&action.collection)?);
        }
        let opened = engines.get(&action.collection);
        opened.ok_or_else(|| DataApiError::Unavailable("the collection is not open".to_owned()))?.run(action)
    }

    fn open(&self, collection: &str) -> Result<Engine<Connection>, DataApiError> {
        let schema = schema(collection)
            .ok_or_else(|| DataApiError::Invalid("there is no such collection".to_owned()))?;
        let connection = match &self.folder {
            Some(folder) => Connection::open(folder.join(format!("{}.sqlite", schema.name))),
            None => Connection::open_in_memory(),
        };
        let connection = connection.map_err(|error| DataApiError::Unavailable(error.to_string()))?;
        Engine::open(connection, schema, now)
    }

    /// Plain comparison: whoever can measure its time on loopback can read this process.
    fn accepts(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let authorization = text(AUTHORIZATION.as_str());
        let password = authorization.strip_prefix("Basic ").and_then(|encoded| {
            let pair = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
            Some(pair.split_once(':')?.1.to_owned())
        });
        text("apikey") == self.key
            || authorization.strip_prefix("Bearer ") == Some(&self.key)
            || password.as_deref() == Some(&self.key)
    }
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "a native program has a clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

//! The client against a server of real sockets that misbehaves as a script says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Breaker, Broken, Client, Credentials, Http, Limits, Post, Posted, Runtime, Settings};
use crate::contract::{Action, ActionName, Answer, Namespace};
use crate::document::Document;
use crate::ejson::Format;
use crate::embedded::Engine;
use crate::query::{Filter, Update};
use crate::{DataApi, DataApiError, samples};

/// What the server does with one request.
#[derive(Clone)]
enum Step {
    /// Answers with this status, these header lines and this body.
    Answer(u16, &'static str, String),
    /// Carries the action out and answers.
    Serve,
    /// Carries the action out and closes the connection.
    Lose,
    /// Carries an insert out up to its first document, and closes the connection.
    LoseAfterOne,
    /// Closes the connection without a word.
    Close,
    /// Says nothing until the client gives up.
    Hang,
    /// Sends the status line and then one header's letters, for ever.
    Trickle,
    /// Carries the action out, and announces more of the answer than it sends.
    Half,
    /// Sends what is not HTTP.
    Garbage,
    /// Sends this many bytes without announcing how many.
    Flood(usize),
}

fn status(status: u16) -> Step {
    Step::Answer(status, "", json!({ "error": "something", "error_code": "" }).to_string())
}

fn found(documents: &Value) -> Step {
    Step::Answer(200, "content-type: application/json\r\n", json!({ "documents": documents }).to_string())
}

/// A request as it came in.
struct Seen {
    head: String,
    body: Value,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    engine: Arc<Mutex<Engine<rusqlite::Connection>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Follows the script, then serves.
    async fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let engine =
            Engine::open(rusqlite::Connection::open_in_memory().unwrap(), &samples::SETTINGS, || NOW)
                .unwrap();
        let (seen, engine) = (Arc::default(), Arc::new(Mutex::new(engine)));
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let task = tokio::spawn({
            let (seen, engine) = (Arc::clone(&seen), Arc::clone(&engine));
            async move {
                loop {
                    let (socket, _) = listener.accept().await.unwrap();
                    let (script, seen, engine) = (script.clone(), Arc::clone(&seen), Arc::clone(&engine));
                    tokio::spawn(async move {
                        let _ = serve(socket, &script, &seen, &engine).await;
                    });
                }
            }
        });
        Self { url, seen, engine, task }
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn put(&self, document: Value) {
        let action = insert_action(&[document]);
        self.engine.lock().unwrap().run(action).unwrap();
    }

    fn stored(&self) -> Vec<String> {
        let body =
            json!({ "dataSource": "s", "database": "d", "collection": "settings", "sort": { "_id": 1 } });
        let (_, action) = Action::from_body(ActionName::Find, body.to_string().as_bytes()).unwrap();
        match self.engine.lock().unwrap().run(action).unwrap() {
            Answer::Documents(found) => {
                found.documents.iter().map(|document| Value::Object(document.clone()).to_string()).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn serve(
    mut socket: TcpStream,
    script: &Mutex<VecDeque<Step>>,
    seen: &Mutex<Vec<Seen>>,
    engine: &Mutex<Engine<rusqlite::Connection>>,
) -> std::io::Result<()> {
    let mut received = Vec::new();
    let head = loop {
        let mut chunk = [0; 4096];
        let length = socket.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        received.extend_from_slice(&chunk[..length]);
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8(received.drain(..end + 4).collect()).unwrap();
        }
    };
    let mut request = Seen { head, body: Value::Null };
    let length: usize = request.header("content-length").unwrap().parse().unwrap();
    let missing = length - received.len();
    received.resize(length, 0);
    socket.read_exact(&mut received[length - missing..]).await?;
    request.body = serde_json::from_slice(&received).unwrap();
    let name: ActionName =
        request.head.split_whitespace().nth(1).unwrap().rsplit('/').next().unwrap().parse().unwrap();
    seen.lock().unwrap().push(request);
    let carry_out = || {
        let (_, action) = Action::from_body(name, &received).unwrap();
        match engine.lock().unwrap().run(action) {
            Ok(answer) => (answer.status(), answer.to_body(Format::Relaxed).unwrap()),
            Err(error) => (error.status(), serde_json::to_string(&error.body()).unwrap()),
        }
    };
    let answer = |status: u16, headers: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
    };
    let step = script.lock().unwrap().pop_front().unwrap_or(Step::Serve);
    match step {
        Step::Answer(status, headers, body) => {
            socket.write_all(answer(status, headers, &body).as_bytes()).await
        }
        Step::Serve => {
            let (status, body) = carry_out();
            socket.write_all(answer(status, "", &body).as_bytes()).await
        }
        Step::Lose => {
            carry_out();
            Ok(())
        }
        Step::LoseAfterOne => {
            let mut body: Value = serde_json::from_slice(&received).unwrap();
            body["documents"].as_array_mut().unwrap().truncate(1);
            let (_, action) = Action::from_body(name, body.to_string().as_bytes()).unwrap();
            engine.lock().unwrap().run(action).unwrap();
            Ok(())
        }
        Step::Close => Ok(()),
        Step::Hang => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(())
        }
        Step::Trickle => {
            socket.write_all(b"HTTP/1.1 200 OK\r\nx-slow: ").await?;
            loop {
                socket.write_all(b"a").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Step::Half => {
            let (status, body) = carry_out();
            let answer = answer(status, "", &body);
            socket.write_all(&answer.as_bytes()[..answer.len() - body.len() / 2]).await
        }
        Step::Garbage => socket.write_all(b"\0\x01 not HTTP\r\n\r\n").await,
        Step::Flood(length) => {
            socket.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"documents\":[\"").await?;
            socket.write_all(&vec![b'a'; length]).await?;
            socket.write_all(b"\"]}").await
        }
    }
}

/// A clock that goes ten times as fast as the real one, chance that is none, and a record of the pauses.
#[derive(Clone)]
struct Fast {
    start: Instant,
    slept: Arc<Mutex<Vec<Duration>>>,
    http: Http,
}

const SPEED: u32 = 10;
/// When the tests begin.
const NOW: i64 = 1_795_377_932_000;

impl Default for Fast {
    fn default() -> Self {
        Self { start: Instant::now(), slept: Arc::default(), http: Http::new().unwrap() }
    }
}

impl Fast {
    /// The pauses between attempts, in milliseconds; waits for a time-out are longer.
    fn pauses(&self) -> Vec<u128> {
        let slept = self.slept.lock().unwrap();
        slept.iter().map(Duration::as_millis).filter(|pause| *pause < 5_000).collect()
    }
}

impl Runtime for Fast {
    fn now(&self) -> i64 {
        NOW + i64::try_from((self.start.elapsed() * SPEED).as_millis()).unwrap()
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        self.slept.lock().unwrap().push(duration);
        tokio::time::sleep(duration / SPEED)
    }

    async fn post(&self, post: Post<'_>) -> Result<Posted, Broken> {
        self.http.post(post).await
    }
}

const SECRET: &str = "correct-horse-battery-staple";

fn client(url: &str, runtime: &Fast) -> Client<Fast> {
    client_within(url, runtime, Limits::default())
}

fn client_within(url: &str, runtime: &Fast, limits: Limits) -> Client<Fast> {
    let namespace = Namespace { data_source: "Cluster0".into(), database: "voxora".into() };
    let settings = Settings::new(url, namespace, &Credentials::ApiKey(SECRET.into())).unwrap();
    Client::new(settings.with_limits(limits), Arc::new(Breaker::new()), runtime.clone())
}

fn document(value: Value) -> Document {
    match value {
        Value::Object(document) => document,
        other => panic!("{other}"),
    }
}

fn insert_action(documents: &[Value]) -> Action {
    let body =
        json!({ "dataSource": "s", "database": "d", "collection": "settings", "documents": documents });
    Action::from_body(ActionName::InsertMany, body.to_string().as_bytes()).unwrap().1
}

async fn find(client: &Client<Fast>) -> Result<Option<Value>, DataApiError> {
    client.find_one("settings", Filter::id("a")).await
}

#[tokio::test]
async fn a_request_is_what_the_contract_says() {
    let server = Server::start([]).await;
    server.put(json!({ "_id": "a", "at": { "$date": 5 } }));
    let client = client(&format!("{}/endpoint/data/v1", server.url), &Fast::default());
    let client = client.with_request_id("r-17");
    assert_eq!(find(&client).await, Ok(Some(json!({ "_id": "a", "at": { "$date": 5 } }))));
    let seen = server.seen.lock().unwrap();
    let request = &seen[0];
    assert!(
        request.head.starts_with("POST /endpoint/data/v1/action/findOne HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    for (name, value) in [
        ("apiKey", SECRET),
        ("x-request-id", "r-17"),
        ("content-type", "application/json"),
        ("accept", "application/ejson;mode=relaxed"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    let expected = json!({ "dataSource": "Cluster0", "database": "voxora", "collection": "settings",
        "filter": { "_id": "a" } });
    assert_eq!(request.body, expected);
}

#[tokio::test]
async fn answers_are_read_in_every_form() {
    for (body, expected) in [
        (
            r#"{"document":{"_id":"a","at":{"$date":{"$numberLong":"5"}},"n":{"$numberInt":"1"}}}"#,
            json!({ "_id": "a", "at": { "$date": 5 }, "n": 1 }),
        ),
        (
            r#"{"document":{"_id":"a","at":"1970-01-01T00:00:00Z","n":1}}"#,
            json!({ "_id": "a", "at": "1970-01-01T00:00:00Z", "n": 1 }),
        ),
    ] {
        let server = Server::start([Step::Answer(200, "", body.to_owned())]).await;
        assert_eq!(find(&client(&server.url, &Fast::default())).await, Ok(Some(expected)));
    }
    // An insert may be answered 200 as well as 201.
    let server = Server::start([Step::Answer(200, "", r#"{"insertedId":"a"}"#.into())]).await;
    let client = client(&server.url, &Fast::default());
    assert_eq!(client.insert_one("settings", &json!({ "_id": "a" })).await, Ok(()));
}

#[tokio::test]
async fn what_may_pass_is_tried_again_after_growing_pauses() {
    for step in [
        status(429),
        status(408),
        status(500),
        status(502),
        status(503),
        status(504),
        Step::Close,
        Step::Half,
        Step::Garbage,
        Step::Answer(200, "", "{\"document\":".into()),
        Step::Answer(200, "content-type: text/html\r\n", "<html>sign in</html>".into()),
    ] {
        let server = Server::start([step.clone(), step.clone(), step]).await;
        let runtime = Fast::default();
        assert_eq!(find(&client(&server.url, &runtime)).await, Ok(None));
        assert_eq!(server.count(), 4);
        assert_eq!(runtime.pauses(), [50, 100, 200]);
    }
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    for (code, expected) in [
        (400, "Invalid"),
        (401, "Auth"),
        (403, "Auth"),
        (404, "Unavailable"),
        (409, "DuplicateKey"),
        (413, "TooLarge"),
        (422, "Invalid"),
    ] {
        let server = Server::start([status(code)]).await;
        let error = find(&client(&server.url, &Fast::default())).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{code}: {error:?}");
        assert_eq!(server.count(), 1);
    }
    // JSON, but not the action's answer.
    let server = Server::start([Step::Answer(200, "", r#"{"ok":1}"#.into())]).await;
    let error = find(&client(&server.url, &Fast::default())).await.unwrap_err();
    assert!(matches!(error, DataApiError::Decode(_)), "{error:?}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn attempts_are_bounded() {
    let server = Server::start((0..10).map(|_| status(503))).await;
    let runtime = Fast::default();
    let error = find(&client(&server.url, &runtime)).await.unwrap_err();
    assert_eq!(error, DataApiError::Unavailable("something".into()));
    assert_eq!(server.count(), 4);
    let limits = Limits { attempts: 1, ..Limits::default() };
    assert!(find(&client_within(&server.url, &runtime, limits)).await.is_err());
    assert_eq!(server.count(), 5);
}

#[tokio::test]
async fn nobody_listening_is_said_quickly_and_leaves_even_an_increment_undone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let runtime = Fast::default();
    let client = client(&url, &runtime);
    let update = client.update_one("settings", Filter::id("a"), Update::new().inc("n", 1));
    let error = update.await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
    assert_eq!(runtime.pauses(), [50, 100, 200]);
}

#[tokio::test]
async fn an_endpoint_that_hangs_costs_the_deadline_at_most() {
    for step in [Step::Hang, Step::Trickle] {
        let server = Server::start((0..10).map(|_| step.clone())).await;
        let runtime = Fast::default();
        let limits = Limits {
            timeout: Duration::from_secs(6),
            deadline: Duration::from_secs(20),
            ..Limits::default()
        };
        let error = find(&client_within(&server.url, &runtime, limits)).await.unwrap_err();
        assert!(error.to_string().contains("no answer within"), "{error}");
        // The fourth had only what was left of the deadline.
        assert_eq!(server.count(), 4);
        let took = runtime.start.elapsed() * SPEED;
        assert!((Duration::from_secs(19)..Duration::from_secs(24)).contains(&took), "{took:?}");
    }
}

#[tokio::test]
async fn retry_after_is_honoured_within_the_deadline() {
    let after = |seconds| Step::Answer(429, seconds, "{\"error\":\"slow down\"}".into());
    let server = Server::start([after("retry-after: 3\r\n")]).await;
    let runtime = Fast::default();
    assert_eq!(find(&client(&server.url, &runtime)).await, Ok(None));
    assert_eq!(runtime.pauses(), [3_000]);

    let server = Server::start([after("retry-after: 60\r\n")]).await;
    let runtime = Fast::default();
    let error = find(&client(&server.url, &runtime)).await.unwrap_err();
    assert_eq!(error, DataApiError::Unavailable("slow down".into()));
    assert_eq!(server.count(), 1);
    assert_eq!(runtime.pauses(), [0_u128; 0]);

    // A refusal to start is no reason to doubt: whatever it is, it may be sent again.
    let server = Server::start([after("retry-after: never\r\n")]).await;
    server.put(json!({ "_id": "a", "n": 1 }));
    let client = client(&server.url, &Fast::default());
    let update = client.update_one("settings", Filter::id("a"), Update::new().inc("n", 1));
    assert_eq!(update.await.unwrap().matched_count, 1);
    assert_eq!(server.stored(), [r#"{"_id":"a","n":2}"#]);
}

#[tokio::test]
async fn what_would_count_twice_is_not_sent_twice() {
    for step in [Step::Lose, Step::Half, status(500)] {
        let server = Server::start([step]).await;
        server.put(json!({ "_id": "a", "n": 1 }));
        let client = client(&server.url, &Fast::default());
        let update = client.update_one("settings", Filter::id("a"), Update::new().inc("n", 1));
        assert!(matches!(update.await, Err(DataApiError::Unavailable(_))));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_insert_is_not_a_duplicate() {
    for lost in [Step::Lose, Step::Half] {
        let server = Server::start([lost]).await;
        let client = client(&server.url, &Fast::default());
        let inserted = json!({ "at": { "$date": 5 }, "_id": "a", "n": 1.5 });
        assert_eq!(client.insert_one("settings", &inserted).await, Ok(()));
        assert_eq!(server.stored().len(), 1);
        // The insert, its repeat, and the look at what is stored.
        assert_eq!(server.count(), 3);
        let again = client.insert_one("settings", &inserted).await;
        assert!(matches!(again, Err(DataApiError::DuplicateKey { .. })), "a plain repeat is one: {again:?}");
    }
}

#[tokio::test]
async fn an_insert_broken_off_in_the_middle_is_finished() {
    let server = Server::start([Step::LoseAfterOne]).await;
    let client = client(&server.url, &Fast::default());
    let documents = ["a", "b", "c"].map(|id| json!({ "_id": id }));
    let answer = client.run(insert_action(&documents)).await.unwrap();
    assert_eq!(answer.to_body(Format::Plain).unwrap(), r#"{"insertedIds":["a","b","c"]}"#);
    assert_eq!(server.stored(), [r#"{"_id":"a"}"#, r#"{"_id":"b"}"#, r#"{"_id":"c"}"#]);

    // Its last answer is lost as well.
    let server = Server::start([Step::LoseAfterOne, Step::Serve, Step::Serve, Step::Lose]).await;
    let client = self::client(&server.url, &Fast::default());
    let answer = client.run(insert_action(&documents)).await.unwrap();
    assert_eq!(answer.to_body(Format::Plain).unwrap(), r#"{"insertedIds":["a","b","c"]}"#);
    assert_eq!(server.stored().len(), 3);
}

#[tokio::test]
async fn somebody_elses_document_stays_a_duplicate_key() {
    let server = Server::start([status(503)]).await;
    server.put(json!({ "_id": "a", "by": "another" }));
    let client = client(&server.url, &Fast::default());
    let error = client.insert_one("settings", &json!({ "_id": "a", "by": "us" })).await.unwrap_err();
    assert_eq!(error, DataApiError::duplicate_key("settings", "_id_"));
    assert_eq!(server.stored(), [r#"{"_id":"a","by":"another"}"#]);

    let server = Server::start([status(503)]).await;
    server.put(json!({ "_id": "b", "by": "another" }));
    let client = self::client(&server.url, &Fast::default());
    let documents = [json!({ "_id": "a" }), json!({ "_id": "b", "by": "us" }), json!({ "_id": "c" })];
    let error = client.run(insert_action(&documents)).await.unwrap_err();
    assert_eq!(error, DataApiError::duplicate_key("settings", "_id_"));
    assert_eq!(server.stored(), [r#"{"_id":"a"}"#, r#"{"_id":"b","by":"another"}"#]);
}

#[tokio::test]
async fn a_huge_answer_is_refused_before_it_is_read() {
    let limits = Limits { answer_bytes: 10_000, ..Limits::default() };
    for step in [Step::Flood(10_000_000), found(&json!(["a".repeat(10_000)]))] {
        let server = Server::start([step]).await;
        let error = find(&client_within(&server.url, &Fast::default(), limits)).await.unwrap_err();
        assert!(matches!(error, DataApiError::TooLarge(_)), "{error:?}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let thief = Server::start([]).await;
    for code in [301, 302, 303, 307, 308] {
        let location: &'static str = format!("location: {}/action/findOne\r\n", thief.url).leak();
        let server = Server::start([Step::Answer(code, location, String::new())]).await;
        let error = find(&client(&server.url, &Fast::default())).await.unwrap_err();
        assert!(error.to_string().contains("redirect"), "{error}");
        assert_eq!((server.count(), thief.count()), (1, 0));
    }
}

#[tokio::test]
async fn the_breaker_spares_an_endpoint_that_fails_and_lets_it_come_back() {
    let server = Server::start((0..5).map(|_| status(500))).await;
    let runtime = Fast::default();
    let client = client(&server.url, &runtime);
    assert!(find(&client).await.is_err());
    assert!(find(&client).await.is_err());
    assert_eq!(server.count(), 5);
    let error = find(&client).await.unwrap_err().to_string();
    assert!(error.contains("left alone"), "{error}");
    assert_eq!(server.count(), 5);
    runtime.sleep(Duration::from_secs(3)).await;
    assert_eq!(find(&client).await, Ok(None));
    assert_eq!(find(&client).await, Ok(None));
}

#[tokio::test]
async fn one_breaker_serves_many_clients() {
    let server = Server::start((0..5).map(|_| status(500))).await;
    let breaker = Arc::new(Breaker::new());
    let namespace = Namespace { data_source: "s".into(), database: "d".into() };
    for expected in [4, 5, 5, 5] {
        let settings =
            Settings::new(&server.url, namespace.clone(), &Credentials::Bearer(SECRET.into())).unwrap();
        let client = Client::new(settings, Arc::clone(&breaker), Fast::default());
        assert!(find(&client).await.is_err());
        assert_eq!(server.count(), expected);
    }
}

#[tokio::test]
async fn refusals_do_not_open_the_breaker() {
    let server = Server::start((0..20).map(|_| status(400))).await;
    let client = client(&server.url, &Fast::default());
    for _ in 0..20 {
        assert!(matches!(find(&client).await, Err(DataApiError::Invalid(_))));
    }
    assert_eq!(server.count(), 20);
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let server = Server::start((0..20).map(|_| Step::Hang)).await;
    let limits = Limits { concurrency: 3, attempts: 1, ..Limits::default() };
    let client = client_within(&server.url, &Fast::default(), limits);
    let finds = futures::future::join_all((0..10).map(|_| find(&client)));
    let _ = tokio::time::timeout(Duration::from_millis(400), finds).await;
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn no_error_holds_a_secret_or_an_address() {
    let echo = json!({ "error": format!("no such key: {SECRET}") }).to_string();
    let mut errors = Vec::new();
    for step in [
        Step::Answer(401, "", echo.clone()),
        Step::Answer(400, "", echo.clone()),
        Step::Answer(409, "", echo.clone()),
        Step::Answer(500, "", echo.clone()),
        Step::Answer(502, "", format!("<html>{SECRET}</html>")),
        Step::Answer(307, "location: http://127.0.0.1:1/\r\n", echo),
        Step::Close,
        Step::Garbage,
        Step::Half,
        Step::Flood(1_000_000),
        Step::Hang,
    ] {
        let server = Server::start([step]).await;
        let limits =
            Limits { attempts: 1, answer_bytes: 1000, timeout: Duration::from_secs(6), ..Limits::default() };
        let client = client_within(&server.url, &Fast::default(), limits);
        let insert = client.insert_one("settings", &document(json!({ "_id": "a" }))).await;
        errors.push(insert.unwrap_err());
    }
    for error in errors {
        let text = format!("{error} {error:?}");
        assert!(!text.contains(SECRET) && !text.contains("127.0.0.1"), "{text}");
    }
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn https_is_spoken_or_nothing_is_sent() {
    let server = Server::start([]).await;
    let client = client(&server.url.replace("http://", "https://"), &Fast::default());
    let error = find(&client).await.unwrap_err();
    assert!(matches!(error, DataApiError::Unavailable(_)), "{error:?}");
    assert_eq!(server.count(), 0);
}

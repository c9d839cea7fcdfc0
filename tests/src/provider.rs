//! Somebody who takes mails, with an API of Resend's shape, and with moods: a real HTTP server in a thread of its own.
//!
//! As Resend does, it delivers once what comes again under the same idempotency key.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::watch,
    time::timeout,
};

use crate::faults::{answer, hold, read_request, reset};
use crate::{PATIENCE, free_port};

/// The key that opens it.
pub const MAIL_API_KEY: &str = "re_the_key_of_the_tests";

/// What it does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    /// It takes the mail and says so.
    Take,
    /// It answers with this status, these headers (each with its line end) and this body, and takes nothing.
    Answer(u16, &'static str, &'static str),
    /// It says nothing, and takes nothing.
    Hang,
    /// It takes the mail, and the answer is lost.
    TakeAndLose,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Post {
    /// The idempotency key.
    pub key: String,
    /// What was sent.
    pub mail: Value,
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    posts: Vec<Post>,
    /// What was delivered, by its key.
    delivered: BTreeMap<String, Value>,
}

/// A running provider.
pub struct Provider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    changes: watch::Sender<usize>,
    end: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Provider").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Provider {
    /// One that takes what comes.
    #[must_use]
    pub fn start() -> Self {
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        let (state, changes) = (Arc::<Mutex<State>>::default(), watch::Sender::new(0));
        let (end, mut ended) = watch::channel(false);
        let (listening, listens) = std::sync::mpsc::channel();
        let own = (Arc::clone(&state), changes.clone());
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                let listener = TcpListener::bind(address).await.expect("the provider's port is free");
                listening.send(()).expect("the starting thread waits");
                let accept = async {
                    loop {
                        let Ok((stream, _)) = listener.accept().await else { continue };
                        tokio::spawn(serve(stream, Arc::clone(&own.0), own.1.clone()));
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = ended.changed() => {}
                }
            });
        });
        listens.recv().expect("the provider listens");
        Self { address, state, changes, end, thread: Some(thread) }
    }

    /// The variables by which a Worker finds it.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("MAIL_SENDER", "resend".to_owned()),
            ("MAIL_API_URL", format!("http://{}", self.address)),
            ("MAIL_API_KEY", MAIL_API_KEY.to_owned()),
        ]
    }

    /// What the next requests meet, in order; it takes what comes after that.
    pub fn expect(&self, moods: &[Mood]) {
        self.state.lock().unwrap().moods = moods.iter().cloned().collect();
    }

    /// What came so far.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        self.state.lock().unwrap().posts.clone()
    }

    /// What was delivered so far, by its key.
    #[must_use]
    pub fn delivered(&self) -> BTreeMap<String, Value> {
        self.state.lock().unwrap().delivered.clone()
    }

    /// Waits until so many requests came.
    pub async fn until(&self, posts: usize) -> Vec<Post> {
        let mut changes = self.changes.subscribe();
        let came = timeout(PATIENCE, changes.wait_for(|count| *count >= posts)).await;
        assert!(came.is_ok(), "{} of {posts} requests came", self.posts().len());
        self.posts()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.end.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>, changes: watch::Sender<usize>) {
    let Ok(request) = read_request(&mut stream).await else { return };
    let header = |name: &str| {
        request.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    };
    let refuse =
        |status, name: &str| (status, json!({ "statusCode": status, "name": name, "message": name }));
    let key = header("idempotency-key").unwrap_or_default().to_owned();
    let (mood, (status, body)) = {
        let mut state = state.lock().unwrap();
        let mood = state.moods.pop_front().unwrap_or(Mood::Take);
        let mail: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        state.posts.push(Post { key: key.clone(), mail: mail.clone() });
        changes.send_replace(state.posts.len());
        let answer = if request.path != "/emails" {
            refuse(404, "not_found")
        } else if header("authorization") != Some(&format!("Bearer {MAIL_API_KEY}")) {
            refuse(403, "invalid_api_key")
        } else if !(1..=256).contains(&key.len()) || mail["to"][0].as_str().is_none() {
            refuse(422, "validation_error")
        } else if !matches!(mood, Mood::Take | Mood::TakeAndLose) {
            (0, Value::Null)
        } else if state.delivered.get(&key).is_some_and(|delivered| *delivered != mail) {
            refuse(409, "invalid_idempotent_request")
        } else {
            state.delivered.insert(key.clone(), mail);
            (200, json!({ "id": format!("id-of-{key}") }))
        };
        (mood, answer)
    };
    let body = body.to_string();
    match mood {
        Mood::Take => answer(&mut stream, status, "", body.as_bytes(), body.len()).await,
        Mood::Answer(status, headers, body) => {
            answer(&mut stream, status, headers, body.as_bytes(), body.len()).await
        }
        Mood::Hang => hold(&mut stream).await,
        Mood::TakeAndLose => reset(stream),
    }
}

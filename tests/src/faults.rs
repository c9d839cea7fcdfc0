//! A document store's bad days: a proxy in front of a real endpoint that refuses, hangs, answers nonsense or loses
//! answers, as it is told, at run time and at random.
//!
//! It understands as much HTTP as it takes to know where a request ends, and closes every connection after one answer,
//! so that each request meets the fault of its moment. It runs in a thread of its own: a test that waits for a process
//! does not hold it up.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
    sync::watch,
    time::{sleep, timeout},
};

use crate::{PATIENCE, free_port};

/// How long a slow endpoint takes at most, in milliseconds.
const SLOW: u64 = 1_500;
/// How soon a client that is asked for patience may come back, in seconds.
const RETRY_AFTER: u32 = 1;

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Nobody listens. In a mixture, where others must find a listener, the connection is reset instead.
    Refuse,
    /// It is taken, and nothing ever comes back. It is not carried out.
    Hang,
    /// It is answered 500. It is not carried out.
    Error500,
    /// It is answered 429 with `Retry-After`. It is not carried out.
    TooMany,
    /// It is carried out, and half of the answer comes back.
    HalfAnswer,
    /// It is carried out, and nothing ever comes back.
    DoneThenHang,
    /// It is carried out, and then the connection is reset.
    DoneThenReset,
    /// It is carried out, some time later.
    Slow,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Refuse,
        Self::Hang,
        Self::Error500,
        Self::TooMany,
        Self::HalfAnswer,
        Self::DoneThenHang,
        Self::DoneThenReset,
        Self::Slow,
    ];
}

/// What the proxy does with requests.
#[derive(Debug, Clone, Default)]
struct Weather {
    /// One of these, at random; none: requests pass.
    faults: Vec<Fault>,
    /// How many of a hundred requests pass all the same.
    pass_percent: u8,
}

/// What has happened so far.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Requests that came, refused connections aside.
    pub requests: u32,
    /// Requests that passed, and whose answers went back whole.
    pub passed: u32,
    /// Requests that are kept waiting for ever, at this moment.
    pub held: u32,
    /// How often each fault has happened.
    pub faults: BTreeMap<Fault, u32>,
}

struct Shared {
    upstream: String,
    address: SocketAddr,
    random: Mutex<fastrand::Rng>,
    /// The faults of a mixture that are still to come before any comes again.
    bag: Mutex<Vec<Fault>>,
    weather: watch::Sender<Weather>,
    seen: watch::Sender<Seen>,
    /// Requests with this in their bodies are refused as what a collection's validator does not allow.
    forbidden: Mutex<Option<String>>,
    http: reqwest::Client,
}

/// A running proxy.
pub struct FaultProxy {
    shared: Arc<Shared>,
    end: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FaultProxy")
            .field("seen", &*self.shared.seen.borrow())
            .finish_non_exhaustive()
    }
}

impl FaultProxy {
    /// A proxy in front of an endpoint, in fair weather. The seed decides its choices.
    #[must_use]
    pub fn before(upstream: &str, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            address: (Ipv4Addr::LOCALHOST, free_port()).into(),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            bag: Mutex::default(),
            weather: watch::Sender::default(),
            seen: watch::Sender::default(),
            forbidden: Mutex::default(),
            http: reqwest::Client::builder().timeout(PATIENCE).build().expect("the client can be made"),
        });
        let (end, mut ended) = watch::channel(false);
        let (listening, listens) = std::sync::mpsc::channel();
        let own = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                let listener = TcpListener::bind(own.address).await.expect("the proxy's port is free");
                listening.send(()).expect("the starting thread waits");
                tokio::select! {
                    () = accept(own, listener) => {}
                    _ = ended.changed() => {}
                }
            });
        });
        listens.recv().expect("the proxy listens");
        Self { shared, end, thread: Some(thread) }
    }

    /// Where it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// From now on every request meets this.
    pub fn set(&self, fault: Fault) {
        self.mix(&[fault], 0);
    }

    /// From now on every request meets one of these in random order, all of them before one comes again; but so many of a
    /// hundred pass.
    pub fn mix(&self, faults: &[Fault], pass_percent: u8) {
        self.shared.bag.lock().unwrap().clear();
        self.shared.weather.send_replace(Weather { faults: faults.to_vec(), pass_percent });
    }

    /// From now on every request passes. Those that were held before stay so, as on a network that lost them.
    pub fn heal(&self) {
        self.mix(&[], 0);
    }

    /// Refuses whatever has this in its body, whatever the weather; `None`: nothing.
    pub fn forbid(&self, words: Option<&str>) {
        *self.shared.forbidden.lock().unwrap() = words.map(str::to_owned);
    }

    /// What has happened so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits for something to have happened.
    pub async fn until(&self, what: &str, happened: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.shared.seen.subscribe();
        let Ok(seen) = timeout(PATIENCE, seen.wait_for(happened)).await else {
            panic!("the proxy has not seen {what}: {:?}", self.seen())
        };
        seen.expect("the proxy runs").clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.end.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(shared: Arc<Shared>, first: TcpListener) {
    let mut weather = shared.weather.subscribe();
    let mut listener = Some(first);
    loop {
        let refuses = weather.borrow_and_update().faults == [Fault::Refuse];
        if refuses {
            // The port is nobody's now; it is below those that systems hand out by themselves.
            drop(listener.take());
            shared.count(Fault::Refuse);
            let _ = weather.changed().await;
            continue;
        }
        let open = match listener.take() {
            Some(open) => open,
            None => TcpListener::bind(shared.address).await.expect("the proxy's port is still free"),
        };
        tokio::select! {
            accepted = open.accept() => {
                if let Ok((stream, _)) = accepted {
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move { shared.serve(stream).await });
                }
            }
            _ = weather.changed() => {}
        }
        listener = Some(open);
    }
}

/// A request, taken apart.
pub(crate) struct Request {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Shared {
    fn count(&self, fault: Fault) {
        self.seen.send_modify(|seen| *seen.faults.entry(fault).or_default() += 1);
    }

    /// What this request meets.
    fn draw(&self) -> Option<Fault> {
        let Weather { faults, pass_percent } = self.weather.borrow().clone();
        let mut random = self.random.lock().unwrap();
        if random.u8(0..100) < pass_percent {
            return None;
        }
        let mut bag = self.bag.lock().unwrap();
        if bag.is_empty() {
            bag.extend(faults);
            random.shuffle(&mut bag);
        }
        bag.pop()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Ok(request) = read_request(&mut stream).await else { return };
        self.seen.send_modify(|seen| seen.requests += 1);
        let fault = self.draw();
        if let Some(fault) = fault {
            self.count(fault);
        }
        let forbidden = self.forbidden.lock().unwrap().clone();
        if forbidden.is_some_and(|words| String::from_utf8_lossy(&request.body).contains(&words)) {
            let refusal =
                r#"{"error":"Document failed validation","error_code":"DocumentValidationFailure"}"#;
            return answer(&mut stream, 400, "", refusal.as_bytes(), refusal.len()).await;
        }
        match fault {
            Some(Fault::Refuse) => return reset(stream),
            Some(Fault::Hang) => return self.hold(stream).await,
            Some(Fault::Error500) => return answer(&mut stream, 500, "", b"Internal Server Error", 21).await,
            Some(Fault::TooMany) => {
                let retry = format!("retry-after: {RETRY_AFTER}\r\n");
                return answer(&mut stream, 429, &retry, b"Too Many Requests", 17).await;
            }
            Some(Fault::Slow) => {
                let milliseconds = self.random.lock().unwrap().u64(50..SLOW);
                sleep(Duration::from_millis(milliseconds)).await;
            }
            None | Some(Fault::HalfAnswer | Fault::DoneThenHang | Fault::DoneThenReset) => {}
        }
        // The endpoint itself may have been killed.
        let Ok((status, body)) = self.pass_on(request).await else { return reset(stream) };
        match fault {
            Some(Fault::HalfAnswer) => {
                answer(&mut stream, status, "", &body[..body.len() / 2], body.len()).await;
            }
            Some(Fault::DoneThenHang) => self.hold(stream).await,
            Some(Fault::DoneThenReset) => reset(stream),
            _ => {
                answer(&mut stream, status, "", &body, body.len()).await;
                self.seen.send_modify(|seen| seen.passed += 1);
            }
        }
    }

    async fn pass_on(&self, request: Request) -> reqwest::Result<(u16, Vec<u8>)> {
        let mut onward = self.http.post(format!("{}{}", self.upstream, request.path)).body(request.body);
        for (name, value) in request.headers {
            if ["accept", "content-type", "apikey", "x-request-id"].contains(&name.as_str()) {
                onward = onward.header(name, value);
            }
        }
        let response = onward.send().await?;
        Ok((response.status().as_u16(), response.bytes().await?.to_vec()))
    }

    /// Keeps a connection open and says nothing, until the other side gives up.
    async fn hold(&self, mut stream: TcpStream) {
        self.seen.send_modify(|seen| seen.held += 1);
        hold(&mut stream).await;
        self.seen.send_modify(|seen| seen.held -= 1);
    }
}

/// Says nothing until the other side gives up.
pub(crate) async fn hold(stream: &mut TcpStream) {
    while matches!(stream.read(&mut [0; 64]).await, Ok(1..)) {}
}

pub(crate) fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
    drop(stream);
}

/// Answers with a body that says to be `length` bytes long, and closes.
pub(crate) async fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8], length: usize) {
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/ejson\r\ncontent-length: {length}\r\n{headers}connection: \
         close\r\n\r\n"
    );
    let written = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        stream.shutdown().await
    };
    // Whoever asked may be gone.
    let _ = written.await;
}

pub(crate) async fn read_request(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length =
        length.and_then(|(_, value)| value.parse::<usize>().ok()).expect("the client sends a length");
    let mut body = bytes.split_off(head_end);
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Request { path, headers, body })
}

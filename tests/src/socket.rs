//! A WebSocket that keeps everything it received, word for word, and pings by itself as `docs/PROTOCOL.md` asks: whoever is
//! silent for three heartbeats is closed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::sync::Mutex;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};
use voxora_domain::wire::{BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL};

use crate::PATIENCE;

/// What came over a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A frame: a line of a text message.
    Text(String),
    /// The end, with the close code, if the server said one.
    Closed(Option<u16>),
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How often a socket pings: less than the heartbeat of a server that nobody told another, and more than that of the tests
/// about silence.
const PING_EVERY: Duration = Duration::from_secs(25);

/// What is sent over a socket, by its holder and by its own heartbeat.
#[derive(Debug)]
struct Outgoing {
    sink: Mutex<SplitSink<Stream, Message>>,
    /// Pings that are not answered yet; the holder sees nothing of the answers.
    pings: AtomicUsize,
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    incoming: SplitStream<Stream>,
    outgoing: Arc<Outgoing>,
    /// Every frame so far, word for word.
    pub received: Vec<String>,
    /// How many text messages have come.
    pub messages: usize,
    /// Frames that came with those before them and are still to be read.
    lines: VecDeque<String>,
}

impl Socket {
    /// Opens a socket.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn try_open(origin: &str, path: &str, token: &str) -> Result<Self, tungstenite::Error> {
        let address = format!("{}{path}", origin.replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        let protocols = format!("{SUBPROTOCOL}, {BEARER_SUBPROTOCOL_PREFIX}{token}");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", HeaderValue::from_str(&protocols).expect("a token is ASCII"));
        let (stream, answer) = timeout(PATIENCE, connect_async(request)).await.expect("connecting hangs")?;
        let protocol = answer.headers().get("sec-websocket-protocol");
        assert_eq!(protocol.map(HeaderValue::as_bytes), Some(SUBPROTOCOL.as_bytes()), "{answer:?}");
        let (sink, incoming) = stream.split();
        let outgoing = Arc::new(Outgoing { sink: Mutex::new(sink), pings: AtomicUsize::new(0) });
        tokio::spawn(beat(Arc::downgrade(&outgoing)));
        Ok(Self { incoming, outgoing, received: Vec::new(), messages: 0, lines: VecDeque::new() })
    }

    /// Opens a socket that must open.
    pub async fn open(origin: &str, path: &str, token: &str) -> Self {
        match Self::try_open(origin, path, token).await {
            Ok(socket) => socket,
            Err(error) => panic!("{path} did not open: {error:?}"),
        }
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// When the socket is dead.
    pub async fn try_send(&mut self, text: &str) -> Result<(), tungstenite::Error> {
        let sent = async { self.outgoing.sink.lock().await.send(Message::text(text)).await };
        timeout(PATIENCE, sent).await.expect("sending hangs")
    }

    /// Sends a text message over a socket that must be alive.
    pub async fn send(&mut self, text: &str) {
        self.try_send(text).await.expect("the socket is open");
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, bytes: &[u8]) {
        let message = Message::binary(bytes.to_vec());
        self.outgoing.sink.lock().await.send(message).await.expect("the socket is open");
    }

    /// The next frame, or the end.
    pub async fn next(&mut self) -> Incoming {
        loop {
            if let Some(line) = self.lines.pop_front() {
                self.received.push(line.clone());
                return Incoming::Text(line);
            }
            let Ok(message) = timeout(PATIENCE, self.incoming.next()).await else {
                panic!("nothing came any more; so far: {:#?}", self.received)
            };
            match message {
                Some(Ok(Message::Text(text))) if text.as_str() == "pong" && self.outgoing.is_answered() => {}
                Some(Ok(Message::Text(text))) => {
                    self.messages += 1;
                    self.lines.extend(text.split('\n').map(str::to_owned));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Incoming::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(Message::Binary(bytes))) => panic!("a binary message came: {bytes:?}"),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(_)) | None => return Incoming::Closed(None),
            }
        }
    }

    /// The next frame of a socket that must stay open.
    pub async fn next_text(&mut self) -> String {
        match self.next().await {
            Incoming::Text(text) => text,
            Incoming::Closed(code) => panic!("the socket closed with {code:?} after {:#?}", self.received),
        }
    }

    /// Waits for the end, whatever else comes before it.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Incoming::Closed(code) = self.next().await {
                return code;
            }
        }
    }

    /// Says goodbye and waits for the other side's.
    pub async fn close(mut self) {
        let _ = self.outgoing.sink.lock().await.close().await;
        self.closed().await;
    }
}

impl Outgoing {
    /// Takes note of a pong; whether it is the answer to one of the socket's own pings.
    fn is_answered(&self) -> bool {
        let less = |pings: usize| pings.checked_sub(1);
        self.pings.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Pings for as long as the socket is held.
async fn beat(outgoing: Weak<Outgoing>) {
    loop {
        tokio::time::sleep(PING_EVERY).await;
        let Some(outgoing) = outgoing.upgrade() else { return };
        outgoing.pings.fetch_add(1, Ordering::Relaxed);
        if outgoing.sink.lock().await.send(Message::text("ping")).await.is_err() {
            return;
        }
    }
}

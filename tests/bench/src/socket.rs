//! A participant's socket, in whichever of the three protocols its room speaks.
//!
//! Each send is named by who sends it and when, so whoever receives it knows how long it took: the generator keeps no
//! table of what is under way, and all three servers carry a name of the same length.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Bytes, Message, Utf8Bytes, client::IntoClientRequest as _, http::HeaderValue},
};
use voxora_domain::wire::{ClientFrame, FrameError, SendKind, ServerFrame};

/// What everyone says: 85 characters, the length of a usual chat message.
pub const TEXT: &str =
    "Where is my order? It should have come on Monday, and the tracking page says nothing.";

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How a room is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// `docs/PROTOCOL.md`.
    Voxora,
    /// The same frames, of which `tests/bench/floor/room.js` knows `send`, `event` and `ack`.
    Floor,
    /// Engine.IO 4 and Socket.IO 5 over a plain WebSocket, in this room.
    SocketIo(String),
}

/// A place in a room, where a socket can be opened any number of times.
#[derive(Debug, Clone)]
pub struct Seat {
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// Path and query of the socket.
    pub path: String,
    /// The `Sec-WebSocket-Protocol` to ask with.
    pub subprotocols: Option<String>,
    /// How the room is spoken to.
    pub protocol: Protocol,
    /// Which seat of its room it is.
    pub index: u32,
}

/// What came before a socket was live.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backlog {
    /// Replayed events.
    pub events: u64,
    /// Bytes of the frames they came in.
    pub bytes: u64,
}

/// Something that came over a live socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// A message that `from` sent `age` ago.
    Delivery { from: u32, age: Duration, bytes: u64 },
    /// One of this socket's own sends is stored.
    Ack,
    /// Nothing that is measured.
    Other,
}

/// A live socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    protocol: Protocol,
    index: u32,
    /// What has not been read yet of the last text message.
    rest: Bytes,
    sends: u64,
    last_stamp: u128,
    /// The highest `seq` it has seen.
    pub seen: u64,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivered<'a> {
    client_id: Option<&'a str>,
    seq: u64,
}

impl Seat {
    /// Opens a socket that has seen everything up to `after`, and returns when it is live.
    pub async fn open(&self, after: Option<u64>) -> Result<(Socket, Backlog)> {
        let tcp = TcpStream::connect(&self.address).await.context("the server takes no connection")?;
        tcp.set_nodelay(true)?;
        let after = match (&self.protocol, after) {
            (Protocol::Voxora, Some(seq)) => format!("?after={seq}"),
            _ => String::new(),
        };
        let mut request = format!("ws://{}{}{after}", self.address, self.path).into_client_request()?;
        if let Some(subprotocols) = &self.subprotocols {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_str(subprotocols)?);
        }
        let (stream, _) = client_async(request, tcp).await.context("the socket does not open")?;
        let mut socket = Socket {
            stream,
            protocol: self.protocol.clone(),
            index: self.index,
            rest: Bytes::new(),
            sends: 0,
            last_stamp: 0,
            seen: 0,
        };
        let backlog = match &self.protocol {
            Protocol::Voxora => socket.catch_up().await?,
            Protocol::Floor => Backlog::default(),
            Protocol::SocketIo(room) => socket.join(room).await?,
        };
        Ok((socket, backlog))
    }
}

impl Socket {
    /// Reads pages until there are no more: from then on the room sends what happens as it happens.
    async fn catch_up(&mut self) -> Result<Backlog> {
        let mut backlog = Backlog::default();
        loop {
            let (text, bytes) = self.frame().await?;
            match serde_json::from_str(&text)? {
                ServerFrame::Page { events, more, prev, .. } => {
                    backlog.events += events.len() as u64;
                    backlog.bytes += bytes;
                    self.seen = events.last().map_or(prev, |event| event.seq);
                    if !more {
                        return Ok(backlog);
                    }
                    self.resume().await?;
                }
                ServerFrame::Error(FrameError { retry_after_ms: Some(wait), .. }) => {
                    sleep(Duration::from_millis(wait.into())).await;
                    self.resume().await?;
                }
                ServerFrame::Reset { head } => bail!("the room would not replay up to {head}"),
                ServerFrame::Error(error) => bail!("the room refused: {}", error.message),
                _ => {}
            }
        }
    }

    async fn resume(&mut self) -> Result<()> {
        let frame = serde_json::to_string(&ClientFrame::Resume { after: self.seen })?;
        self.stream.send(Message::text(frame)).await.context("the server closed a socket")
    }

    /// Engine.IO's opening, Socket.IO's, and the server's own `join`.
    async fn join(&mut self, room: &str) -> Result<Backlog> {
        self.expect("0").await?;
        self.stream.send(Message::text("40")).await?;
        self.expect("40").await?;
        self.stream.send(Message::text(format!("420[\"join\",\"{room}\"]"))).await?;
        self.expect("430").await?;
        Ok(Backlog::default())
    }

    async fn expect(&mut self, start: &str) -> Result<()> {
        let text = self.text().await?;
        if text.starts_with(start) { Ok(()) } else { bail!("Socket.IO said {text} in place of {start}…") }
    }

    /// Hands one message to the socket; [`Socket::flush`] sees that it goes out.
    pub async fn feed(&mut self) -> Result<()> {
        self.last_stamp = EPOCH.elapsed().as_nanos().max(self.last_stamp + 1);
        self.sends += 1;
        let client_id = format!("b{}_{}", self.index, self.last_stamp);
        let frame = match self.protocol {
            Protocol::Voxora | Protocol::Floor => serde_json::to_string(&ClientFrame::Send {
                client_id,
                kind: SendKind::Message,
                text: TEXT.to_owned(),
            })?,
            Protocol::SocketIo(_) => {
                format!(r#"42{}["send",{{"clientId":"{client_id}","text":"{TEXT}"}}]"#, self.sends)
            }
        };
        self.stream.feed(Message::text(frame)).await.context("the server closed a socket")
    }

    /// Sends out what was fed.
    pub async fn flush(&mut self) -> Result<()> {
        self.stream.flush().await.context("the server closed a socket")
    }

    /// The next thing that comes. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Result<Incoming> {
        let (text, bytes) = self.frame().await?;
        let message = match self.protocol {
            Protocol::Voxora | Protocol::Floor => match serde_json::from_str::<Frame<'_>>(&text)?.kind {
                "event" => text.as_str(),
                "ack" => return Ok(Incoming::Ack),
                "error" | "reset" => bail!("the room said {text}"),
                _ => return Ok(Incoming::Other),
            },
            Protocol::SocketIo(_) => {
                if text.starts_with("43") {
                    return Ok(Incoming::Ack);
                }
                if text.as_str() == "2" {
                    self.stream.send(Message::text("3")).await?;
                    return Ok(Incoming::Other);
                }
                let event = text.strip_prefix(r#"42["event","#).and_then(|rest| rest.strip_suffix(']'));
                event.with_context(|| format!("Socket.IO said {text}"))?
            }
        };
        let Delivered { client_id, seq } = serde_json::from_str(message)?;
        self.seen = seq;
        let name = client_id.and_then(|id| id.strip_prefix('b')?.split_once('_'));
        let Some((from, stamp)) = name else { return Ok(Incoming::Other) };
        let sent = Duration::from_nanos(stamp.parse()?);
        Ok(Incoming::Delivery { from: from.parse()?, age: EPOCH.elapsed().saturating_sub(sent), bytes })
    }

    /// The next frame, and what it takes on the wire: several may come in one text message, one a line.
    async fn frame(&mut self) -> Result<(Utf8Bytes, u64)> {
        let mut bytes = 1;
        if self.rest.is_empty() {
            let text = self.text().await?;
            bytes = header_bytes(&text);
            self.rest = text.into();
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let line = self.rest.split_to(end);
        if !self.rest.is_empty() {
            self.rest = self.rest.slice(1..);
        }
        bytes += line.len() as u64;
        Ok((Utf8Bytes::try_from(line)?, bytes))
    }

    async fn text(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.stream.next().await.context("the server closed a socket")?? {
                Message::Text(text) => return Ok(text),
                Message::Close(frame) => bail!("the server closed a socket: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Says goodbye and waits until the server has, so that the next round does not meet this one's sockets.
    pub async fn close(mut self) {
        let goodbye = async {
            let _ = self.stream.close(None).await;
            while let Some(Ok(_)) = self.stream.next().await {}
        };
        let _ = timeout(Duration::from_secs(2), goodbye).await;
    }
}

/// What is put before a text on the wire (RFC 6455, 5.2).
fn header_bytes(text: &str) -> u64 {
    match text.len() {
        0..126 => 2,
        126..=65_535 => 4,
        _ => 10,
    }
}

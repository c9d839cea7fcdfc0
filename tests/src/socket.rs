//! A WebSocket that keeps everything it received, word for word.

use futures::{SinkExt, StreamExt};
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
    /// A text message.
    Text(String),
    /// The end, with the close code, if the server said one.
    Closed(Option<u16>),
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Every text message so far, word for word.
    pub received: Vec<String>,
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
        Ok(Self { stream, received: Vec::new() })
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
        timeout(PATIENCE, self.stream.send(Message::text(text))).await.expect("sending hangs")
    }

    /// Sends a text message over a socket that must be alive.
    pub async fn send(&mut self, text: &str) {
        self.try_send(text).await.expect("the socket is open");
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.stream.send(Message::binary(bytes.to_vec())).await.expect("the socket is open");
    }

    /// The next message, or the end.
    pub async fn next(&mut self) -> Incoming {
        loop {
            let Ok(message) = timeout(PATIENCE, self.stream.next()).await else {
                panic!("nothing came any more; so far: {:#?}", self.received)
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    self.received.push(text.to_string());
                    return Incoming::Text(text.to_string());
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

    /// The next text message of a socket that must stay open.
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
        let _ = self.stream.close(None).await;
        self.closed().await;
    }
}

//! The hibernatable sockets of an object, by connection, and how its outputs reach them.
//!
//! What must survive hibernation about a connection is its attachment, kept with the socket as JSON. In memory the
//! sockets are an index over `getWebSockets()` that is rebuilt whenever the object wakes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;
use voxora_domain::Millis;
use voxora_domain::sockets::{Attachment, ConnectionId, Output};
use voxora_domain::wire::SUBPROTOCOL;
use wasm_bindgen::prelude::*;
use worker::{Response, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

#[wasm_bindgen]
extern "C" {
    /// A server-side WebSocket, for what the worker crate does not wrap: a string that is sent to many is made once.
    type Socket;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Socket, frame: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = readyState)]
    fn ready_state(this: &Socket) -> u16;

    /// The connection, remembered on the socket object itself, so that a frame's sender is found without parsing.
    #[wasm_bindgen(method, getter, js_name = voxoraConnection)]
    fn connection(this: &Socket) -> JsValue;

    #[wasm_bindgen(method, setter, js_name = voxoraConnection)]
    fn set_connection(this: &Socket, connection: f64);

    /// `DurableObjectState`, for the same reason.
    type Context;

    #[wasm_bindgen(method, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn auto_response_timestamp(this: &Context, socket: &JsValue) -> Result<JsValue, JsValue>;
}

/// `WebSocket.OPEN`
const OPEN: u16 = 1;

/// An object's sockets.
#[derive(Default)]
pub struct Sockets {
    by_connection: RefCell<BTreeMap<ConnectionId, WebSocket>>,
}

/// What is found of an object's sockets after a loss of memory.
#[derive(Default)]
pub struct Restored {
    /// Of those that are open: what was kept with them.
    pub open: Vec<Attachment>,
    /// Of those that are closing, by either side: the numbers, which nobody else may get while their end is still to come.
    pub closing: Vec<ConnectionId>,
}

impl Sockets {
    /// Finds the sockets that outlived the object's memory, with their attachments. One whose attachment cannot be read
    /// (a shape this version does not know) is closed; its client connects anew.
    pub fn restore(&self, state: &State) -> Restored {
        let mut restored = Restored::default();
        let mut sockets = self.by_connection.borrow_mut();
        for socket in state.get_websockets() {
            let Some(attachment) = self.attachment(&socket) else {
                ask_to_connect_again(&socket);
                continue;
            };
            if raw(&socket).ready_state() == OPEN {
                mark(&socket, attachment.id);
                sockets.insert(attachment.id, socket);
                restored.open.push(attachment);
            } else {
                restored.closing.push(attachment.id);
            }
        }
        restored
    }

    /// What was kept with a socket.
    #[allow(clippy::unused_self)] // it is these sockets' way of keeping things
    pub fn attachment(&self, socket: &WebSocket) -> Option<Attachment> {
        Attachment::read(&socket.deserialize_attachment::<String>().ok().flatten()?)
    }

    /// Accepts a socket for a connection and gives the answer that hands it to the client.
    pub fn accept<A: Serialize>(
        &self,
        state: &State,
        connection: ConnectionId,
        attachment: &A,
    ) -> worker::Result<Response> {
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        keep(&server, attachment)?;
        state.accept_web_socket(&server);
        mark(&server, connection);
        self.by_connection.borrow_mut().insert(connection, server);
        to_response(client)
    }

    /// Answers an upgrade with a socket that is closed at once: a browser never sees why an upgrade itself was refused.
    pub fn refuse(code: u16, reason: &str) -> worker::Result<Response> {
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        server.accept()?;
        server.close(Some(code), Some(reason))?;
        to_response(client)
    }

    /// Which connection a socket is.
    #[allow(clippy::unused_self)] // it is these sockets' index that is asked
    pub fn connection(&self, socket: &WebSocket) -> Option<ConnectionId> {
        let number = raw(socket).connection().as_f64()?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // set from a ConnectionId, above
        Some(number as ConnectionId)
    }

    /// Forgets a socket that has closed.
    pub fn forget(&self, connection: ConnectionId) {
        self.by_connection.borrow_mut().remove(&connection);
    }

    /// When the runtime last answered a connection's ping.
    pub fn last_ping(&self, state: &State, connection: ConnectionId) -> Option<Millis> {
        let sockets = self.by_connection.borrow();
        let context: &Context = AsRef::<JsValue>::as_ref(state.as_raw()).unchecked_ref();
        let time = context.auto_response_timestamp(raw(sockets.get(&connection)?)).ok()?;
        #[allow(clippy::cast_possible_truncation)] // milliseconds of a Date are within ±2^53
        Some(time.dyn_ref::<js_sys::Date>()?.get_time() as Millis)
    }

    /// Carries out what the domain decided, in order; what is not about sockets is for `rest` to see to.
    pub fn carry_out<A: Serialize>(
        &self,
        outputs: Vec<Output>,
        attachment: impl Fn(ConnectionId) -> Option<A>,
        mut rest: impl FnMut(Output),
    ) {
        let mut sockets = self.by_connection.borrow_mut();
        for output in outputs {
            match output {
                Output::Send { to, frame } => {
                    let frame = JsValue::from_str(&frame);
                    for socket in to.iter().filter_map(|connection| sockets.get(connection)) {
                        // A socket that is closing refuses; its close event follows by itself.
                        let _ = raw(socket).send(&frame);
                    }
                }
                Output::Remember(connection) => {
                    if let (Some(socket), Some(kept)) = (sockets.get(&connection), attachment(connection)) {
                        let _ = keep(socket, &kept);
                    }
                }
                Output::Close { connection, code, reason } => {
                    if let Some(socket) = sockets.remove(&connection) {
                        let _ = socket.close(Some(code), Some(reason));
                    }
                }
                output @ (Output::Renew { .. } | Output::Changed) => rest(output),
            }
        }
    }
}

/// Lets the runtime answer pings, so that a heartbeat wakes nobody.
pub fn answer_pings(state: &State) {
    if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
        state.set_websocket_auto_response(&pair);
    }
}

/// The 101 that hands a socket to its client.
fn to_response(client: WebSocket) -> worker::Result<Response> {
    let response = Response::from_websocket(client)?;
    response.headers().set("Sec-WebSocket-Protocol", SUBPROTOCOL)?;
    Ok(response)
}

/// Closes a socket that the object does not know, so that its client connects anew.
pub fn ask_to_connect_again(socket: &WebSocket) {
    let _ = socket.close(Some(1012), Some("connect again"));
}

/// A code that may be sent back in a close frame: those that only say how a connection ended may not.
pub fn close_back(socket: &WebSocket, code: u32) {
    let sendable = |code: &u16| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    let code = u16::try_from(code).ok().filter(sendable).unwrap_or(1000);
    let _ = socket.close(Some(code), Some(""));
}

fn mark(socket: &WebSocket, connection: ConnectionId) {
    raw(socket).set_connection(f64::from(connection));
}

fn keep<A: Serialize>(socket: &WebSocket, attachment: &A) -> worker::Result<()> {
    socket.serialize_attachment(serde_json::to_string(attachment)?)
}

fn raw(socket: &WebSocket) -> &Socket {
    let socket: &web_sys::WebSocket = socket.as_ref();
    socket.unchecked_ref()
}

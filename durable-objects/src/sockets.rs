//! The hibernatable sockets of an object, by connection, and how its outputs reach them.
//!
//! What must survive hibernation about a connection is its attachment, kept with the socket as JSON. In memory the
//! sockets are an index over `getWebSockets()` that is rebuilt whenever the object wakes. What is sent goes through
//! [`Outgoing`], which says when; the timer that it asks for keeps the object in memory until it has gone off.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use voxora_domain::Millis;
use voxora_domain::sockets::{Attachment, ConnectionId, Due, Message, Outgoing, Output};
use voxora_domain::sorted::Sorted;
use voxora_domain::wire::SUBPROTOCOL;
use wasm_bindgen::prelude::*;
use worker::{Response, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

use crate::time::now;

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

    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(then: &JsValue, milliseconds: f64) -> Result<JsValue, JsValue>;
}

/// `WebSocket.OPEN`
const OPEN: u16 = 1;

/// An object's sockets.
pub struct Sockets {
    open: Rc<Open>,
    /// Made once: what the timer calls.
    timer: Closure<dyn FnMut()>,
}

/// What the timer needs of them.
#[derive(Default)]
struct Open {
    by_connection: RefCell<Sorted<ConnectionId, WebSocket>>,
    outgoing: RefCell<Outgoing>,
}

/// What is found of an object's sockets after a loss of memory.
#[derive(Default)]
pub struct Restored {
    /// Of those that are open: what was kept with them.
    pub open: Vec<Attachment>,
    /// Of those that are closing, by either side: the numbers, which nobody else may get while their end is still to come.
    pub closing: Vec<ConnectionId>,
}

impl Default for Sockets {
    fn default() -> Self {
        let open = Rc::<Open>::default();
        let shared = Rc::clone(&open);
        let timer = Closure::new(move || {
            let messages = shared.outgoing.borrow_mut().timer_went_off(now());
            shared.send(messages);
        });
        Self { open, timer }
    }
}

impl Open {
    fn send(&self, messages: Vec<Message>) {
        let sockets = self.by_connection.borrow();
        for Message { to, text } in messages {
            let text = JsValue::from_str(&text);
            for socket in to.iter().filter_map(|connection| sockets.get(connection)) {
                // A socket that is closing refuses; its close event follows by itself.
                let _ = raw(socket).send(&text);
            }
        }
    }

    fn remove(&self, connection: ConnectionId) -> Option<WebSocket> {
        self.outgoing.borrow_mut().forget(connection);
        self.by_connection.borrow_mut().remove(&connection)
    }
}

impl Sockets {
    /// Finds the sockets that outlived the object's memory, with their attachments. One whose attachment cannot be read
    /// (a shape this version does not know) is closed; its client connects anew.
    pub fn restore(&self, state: &State) -> Restored {
        let mut restored = Restored::default();
        let mut sockets = self.open.by_connection.borrow_mut();
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
    pub fn accept(
        &self,
        state: &State,
        connection: ConnectionId,
        attachment: &Option<Attachment>,
    ) -> worker::Result<Response> {
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        keep(&server, attachment)?;
        state.accept_web_socket(&server);
        mark(&server, connection);
        self.open.by_connection.borrow_mut().insert(connection, server);
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
        self.open.remove(connection);
    }

    /// When the runtime last answered a connection's ping.
    pub fn last_ping(&self, state: &State, connection: ConnectionId) -> Option<Millis> {
        let sockets = self.open.by_connection.borrow();
        let context: &Context = AsRef::<JsValue>::as_ref(state.as_raw()).unchecked_ref();
        let time = context.auto_response_timestamp(raw(sockets.get(&connection)?)).ok()?;
        #[allow(clippy::cast_possible_truncation)] // milliseconds of a Date are within ±2^53
        Some(time.dyn_ref::<js_sys::Date>()?.get_time() as Millis)
    }

    /// Carries out what the domain decided, in order, about the frame of `asker` if it was one; what is not about sockets is
    /// for `rest` to see to.
    pub fn carry_out(
        &self,
        outputs: Vec<Output>,
        asker: Option<ConnectionId>,
        attachment: &dyn Fn(ConnectionId) -> Option<Attachment>,
        rest: &mut dyn FnMut(Output),
    ) {
        for output in outputs {
            match output {
                Output::Send { to, frame } => self.open.outgoing.borrow_mut().add(&to, frame),
                Output::Remember(connection) => {
                    let sockets = self.open.by_connection.borrow();
                    if let (Some(socket), Some(kept)) = (sockets.get(&connection), attachment(connection)) {
                        let _ = keep(socket, &kept);
                    }
                }
                Output::Close { connection, code, reason } => {
                    self.flush();
                    if let Some(socket) = self.open.remove(connection) {
                        let _ = socket.close(Some(code), Some(reason));
                    }
                }
                output @ (Output::Renew { .. } | Output::Changed) => rest(output),
            }
        }
        let Due { messages, starts_timer } = self.open.outgoing.borrow_mut().due(asker, now());
        self.open.send(messages);
        if starts_timer && set_timeout(self.timer.as_ref(), 0.0).is_err() {
            self.flush();
        }
    }

    /// Sends whatever waits.
    pub fn flush(&self) {
        let messages = self.open.outgoing.borrow_mut().take(now());
        self.open.send(messages);
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

//! The shell that every object with sockets shares: opening its logic once over storage and surviving sockets, accepting
//! and closing sockets, handing frames in, carrying outputs out, renewing a socket's authority, and doing what is due when
//! the alarm goes off: the duty that sockets bring (see `voxora_domain::sockets`) and the object's own.
//!
//! Nothing in here awaits while it works on the logic. [`Hub::renew`] asks for a session in the background and comes back with
//! the answer; each duty runs in the background, too, so that one that hangs holds up no other.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use voxora_domain::Millis;
use voxora_domain::access::{Principal, token};
use voxora_domain::limits::{HEARTBEAT_SECONDS, SOCKETS_PER_AGENT};
use voxora_domain::schedule::{Backoff, Pace, Run, Schedule};
use voxora_domain::sessions::Place;
use voxora_domain::sockets::{Attachment, ConnectionId, Output, SocketLogic};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::ErrorCode;
use wasm_bindgen::JsValue;
use worker::{Env, Response, State, WebSocket, console_error};

use crate::alarm::Alarm;
use crate::keys;
use crate::sessions::client as sessions;
use crate::sockets::{Sockets, answer_pings, ask_to_connect_again};
use crate::time::{now, within};
use crate::work::{Work, all, in_background};

/// How long an alarm waits for what it has begun before it leaves it to the background.
const PATIENCE: Duration = Duration::from_millis(250);

/// What an object adds to the logic that it is the shell of.
pub trait Shell: SocketLogic {
    /// What the log calls the object.
    const OBJECT: &'static str;

    /// Opens the logic over the object's storage.
    ///
    /// # Errors
    /// When the storage fails.
    fn open(state: &State, env: &Env) -> Result<Self, SqlError>;

    /// Where its sockets are, for the register of sessions.
    fn place(state: &State) -> Option<Place>;

    /// What the object does in time.
    type Duty: Copy + Eq + 'static;

    /// The duty of sweeping its sockets.
    const SOCKETS: Self::Duty;

    /// All duties, with how each is done.
    fn duties() -> impl IntoIterator<Item = (Self::Duty, Pace)>;

    /// The alarm goes off; what is to be done again after a loss of memory?
    fn alarm_began(&mut self, _schedule: &mut Schedule<Self::Duty>, _now: Millis) {}

    /// Has the schedule know what is to be done, apart from its sockets.
    ///
    /// # Errors
    /// When the storage fails.
    fn plan(&self, _schedule: &mut Schedule<Self::Duty>, _now: Millis) -> Result<(), SqlError> {
        Ok(())
    }
}

/// An object's logic and sockets.
pub struct Hub<L: Shell> {
    pub state: State,
    pub env: Env,
    pub alarm: Alarm<L::Duty>,
    sockets: Sockets,
    logic: RefCell<Option<L>>,
}

impl<L: Shell + 'static> Hub<L> {
    pub fn new(state: State, env: Env) -> Rc<Self> {
        answer_pings(&state);
        let (sockets, logic) = (Sockets::default(), RefCell::new(None));
        Rc::new(Self { state, env, alarm: Alarm::new(L::duties()), sockets, logic })
    }

    /// Works on the logic, opening it over the storage and the sockets that are there when memory was lost.
    pub fn with<T, E: From<SqlError>>(
        &self,
        work: impl FnOnce(&mut L, Millis) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&mut *self.opened()?, now())
    }

    /// The logic, for [`Hub::with`]: what it takes to open it is there once, and not for each kind of work.
    fn opened(&self) -> Result<RefMut<'_, L>, SqlError> {
        let mut logic = self.logic.borrow_mut();
        if logic.is_none() {
            let now = now();
            let mut opened = L::open(&self.state, &self.env)?;
            let sockets = self.sockets.restore(&self.state);
            sockets.closing.into_iter().for_each(|connection| opened.reserve(connection));
            sockets.open.into_iter().for_each(|attachment| opened.restore(attachment, now));
            // The alarm that was to see to it may have been lost with the memory, or may be far away; sockets from
            // before this version have none.
            self.alarm.set(&self.state, |schedule, now| self.plan(&opened, schedule, now));
            *logic = Some(opened);
        }
        RefMut::filter_map(logic, Option::as_mut)
            .map_err(|_| SqlError::Other(format!("the {} could not be opened", L::OBJECT)))
    }

    /// Hands in a socket's message and carries out what it caused. Says whether what the logic stores has changed.
    pub fn message(self: &Rc<Self>, socket: &WebSocket, message: &JsValue) -> bool {
        let text = message.as_string();
        let frame = text.as_deref();
        let bytes = frame.map_or_else(|| byte_length(message), str::len);
        let outputs = self.with::<_, SqlError>(|logic, now| {
            let connection = self.sockets.connection(socket);
            let known = connection.filter(|connection| logic.attachment(*connection).is_some());
            let Some(connection) = known else { return Ok(None) };
            let mut outputs = logic.hear(connection, frame, bytes, now);
            outputs.extend(logic.sweep(now, false, |connection| self.last_ping(connection)));
            Ok(Some((connection, outputs)))
        });
        match outputs {
            Ok(Some((connection, outputs))) => return self.carry_out_for(Some(connection), outputs),
            Ok(None) => ask_to_connect_again(socket),
            // It could not be opened. The client will come back and resume.
            Err(error) => {
                log_failure(L::OBJECT, "open", &error.to_string());
                let _ = socket.close(Some(1011), Some("the object could not be opened"));
            }
        }
        false
    }

    /// Takes down that a socket has closed.
    pub fn closed(&self, socket: &WebSocket) -> Vec<Output> {
        let outputs = self.with::<_, SqlError>(|logic, now| {
            if let Some(connection) = self.sockets.connection(socket) {
                self.sockets.forget(connection);
                return Ok(logic.disconnect(connection, now));
            }
            // Its closing woke the object, which therefore never took it back. The others must hear all the same.
            let Some(gone) = self.sockets.attachment(socket) else { return Ok(Vec::new()) };
            let connection = gone.id;
            logic.restore(gone, now);
            Ok(logic.disconnect(connection, now))
        });
        outputs.unwrap_or_default()
    }

    /// Accepts the socket of a connection that the logic has taken in, and gives the answer that hands it to its client.
    pub fn accept(
        self: &Rc<Self>,
        connection: ConnectionId,
        outputs: Vec<Output>,
    ) -> worker::Result<Response> {
        let attachment = self.attachment(connection);
        let accepted = self.sockets.accept(&self.state, connection, attachment.as_ref());
        if accepted.is_err() {
            // Nobody is there, whatever the logic took down.
            drop(self.with::<_, SqlError>(|logic, now| Ok(logic.disconnect(connection, now))));
            return accepted;
        }
        self.carry_out(outputs);
        self.wake();
        accepted
    }

    /// Closes all sockets that are overdue.
    pub fn sweep(&self) -> Result<Vec<Output>, SqlError> {
        self.with(|logic, now| Ok(logic.sweep(now, true, |id| self.last_ping(id))))
    }

    /// Sets the alarm for whatever is due next.
    pub fn wake(&self) {
        let planned = self.with::<_, SqlError>(|logic, _| {
            self.alarm.set(&self.state, |schedule, now| self.plan(logic, schedule, now));
            Ok(())
        });
        if let Err(error) = planned {
            log_failure(L::OBJECT, "open", &error.to_string());
            // Sweeping will fail, and be tried again until it can be opened.
            self.alarm.set(&self.state, |schedule, now| schedule.set(L::SOCKETS, Some(now), now));
        }
    }

    /// Has the schedule know what is to be done. What could not be read is read again.
    fn plan(&self, logic: &L, schedule: &mut Schedule<L::Duty>, now: Millis) {
        let mut due = logic.sweep_due(|id| self.last_ping(id));
        if let Err(error) = logic.plan(schedule, now) {
            log_failure(L::OBJECT, "read", &error.to_string());
            let again = now + Backoff::HOUSE.least;
            due = Some(due.map_or(again, |due| due.min(again)));
        }
        schedule.set(L::SOCKETS, due, now);
    }

    /// The alarm goes off: begins every duty that is due, each in the background, and waits a moment for them.
    pub async fn alarm_went_off(&self, run: &dyn Fn(Run<L::Duty>) -> Work<'static, ()>) {
        // Whatever happens in the object now need not set the alarm: this is it, and it sets the next one at its end. A kill
        // before that has the runtime let it go off again.
        self.alarm.with(Schedule::alarm_began);
        // What a timer was to send that never came.
        self.sockets.flush();
        let began = self.with::<_, SqlError>(|logic, _| {
            self.alarm.with(|schedule, now| logic.alarm_began(schedule, now));
            Ok(())
        });
        // What fails here is logged, and seen to, there.
        drop(began);
        self.wake();
        let mut under_way: Vec<Work<'_>> = Vec::new();
        while let Some(begun) = self.alarm.with(Schedule::begin_next) {
            let (done, is_done) = oneshot::channel::<()>();
            let running = run(begun);
            let running = async move {
                running.await;
                drop(done);
            };
            in_background(&self.state, Box::pin(running));
            // It is dropped when the work is over.
            under_way.push(Box::pin(is_done.map(|_| Ok(()))));
        }
        let _ = within(PATIENCE, all(under_way, usize::MAX)).await;
        self.alarm.with(|schedule, _| schedule.alarm_ended());
        self.wake();
    }

    /// A duty has ended, well or with a cause for the log; `since` as for [`Alarm::ended`].
    pub fn ended(&self, run: Run<L::Duty>, name: &str, outcome: Result<(), String>, since: Option<Millis>) {
        let is_done = outcome.is_ok();
        if let Err(cause) = outcome {
            log_failure(L::OBJECT, name, &cause);
        }
        self.alarm.ended(run, is_done, since);
    }

    /// Carries out what the logic decided, in order. Says whether what it stores has changed.
    pub fn carry_out(self: &Rc<Self>, outputs: Vec<Output>) -> bool {
        self.carry_out_for(None, outputs)
    }

    /// The same, about the frame of `asker`.
    fn carry_out_for(self: &Rc<Self>, asker: Option<ConnectionId>, outputs: Vec<Output>) -> bool {
        let mut changed = false;
        self.sockets.carry_out(outputs, asker, &|connection| self.attachment(connection), &mut |output| {
            match output {
                Output::Renew { connection, token } => self.renew(connection, token),
                _ => changed = true,
            }
        });
        changed
    }

    /// Finds out in the background whether a connection may go on with a token, and says so to the logic.
    fn renew(self: &Rc<Self>, connection: ConnectionId, token: String) {
        let hub = Rc::clone(self);
        let renewing = async move {
            let verified = verify(&hub.env, L::place(&hub.state), L::OBJECT, &token).await;
            let outputs = hub.with::<_, SqlError>(|logic, now| Ok(logic.renewed(connection, verified, now)));
            hub.carry_out(outputs.unwrap_or_default());
        };
        in_background(&self.state, Box::pin(renewing));
    }

    fn attachment(&self, connection: ConnectionId) -> Option<Attachment> {
        self.logic.borrow().as_ref()?.attachment(connection).cloned()
    }

    fn last_ping(&self, connection: ConnectionId) -> Option<Millis> {
        self.sockets.last_ping(&self.state, connection)
    }
}

/// Whom a token makes of the holder of a socket in this place, if their session goes on.
async fn verify(
    env: &Env,
    place: Option<Place>,
    object: &'static str,
    token: &str,
) -> Result<Principal, ErrorCode> {
    let keys = keys::read(env).map_err(|_| ErrorCode::Internal)?;
    let principal = token::verify_access(&keys, token, now()).map_err(|_| ErrorCode::Unauthenticated)?;
    let Some(place) = place.filter(|_| principal.user_id().is_some()) else { return Ok(principal) };
    match sessions::open_socket(env, &principal, place).await {
        Ok(true) => Ok(principal),
        Ok(false) => Err(ErrorCode::Unauthenticated),
        Err(error) => {
            log_failure(object, "renew", &error.to_string());
            Err(ErrorCode::Internal)
        }
    }
}

/// How long a binary message is.
fn byte_length(message: &JsValue) -> usize {
    usize::try_from(js_sys::Uint8Array::new(message).length()).unwrap_or(usize::MAX)
}

/// How often clients ping, in seconds: the deployment's variable, where it is a number of seconds, else the default.
pub fn heartbeat_seconds(env: &Env) -> u32 {
    let value = env.var("SOCKET_HEARTBEAT_SECONDS").ok().and_then(|value| value.to_string().parse().ok());
    value.filter(|seconds| *seconds > 0).unwrap_or(HEARTBEAT_SECONDS)
}

/// How many sockets a member of the team may hold to an object: the deployment's variable, or the default.
pub fn sockets_per_agent(env: &Env) -> usize {
    let value = env.var("SOCKETS_PER_AGENT").ok().and_then(|value| value.to_string().parse().ok());
    value.filter(|sockets| *sockets > 0).unwrap_or(SOCKETS_PER_AGENT)
}

/// A line for the log.
pub fn log_failure(object: &str, step: &str, cause: &str) {
    console_error!(
        "{}",
        serde_json::json!({ "level": "error", "object": object, "step": step, "cause": cause })
    );
}

//! The team's inbox: the switchboard. The numbered feed of the conversations that changed, the dashboards that follow it, who of the
//! team is there, and who looks at what.
//!
//! Rooms tell it their summaries, late and more than once if need be; of two summaries of a conversation the one with
//! the higher `head` counts. Plain logic over the [`Sql`] port, like the room. What is in memory is a cache of the tables and of the
//! sockets' attachments, and can be lost between any two calls.

mod attention;
mod backlogs;
mod cases;
mod duties;
mod feed;
mod presence;
mod queue;

use serde::{Deserialize, Serialize};

pub use backlogs::BACKLOGS;
use cases::Cases;
pub use duties::Duty;
use feed::Whereabouts;
pub use feed::{KEPT, PAGE};
pub use presence::GRACE;
use presence::{Cause, People};
pub use queue::Decision;
use queue::Decisions;

use crate::Millis;
use crate::access::{Permission, Principal, Reach};
use crate::directory::Directory;
use crate::json;
use crate::limits::{self, Buckets, SIGNALS};
use crate::sessions::Ending;
use crate::sockets::{Attachment, ConnectionId, Connections, Output, Refusal, SocketLogic, parse, send};
use crate::sql::{Sql, SqlError, Value, migrate};
use crate::wire::{ErrorCode, InboxClientFrame, InboxServerFrame};

/// The inbox.
pub struct Inbox<S> {
    sql: S,
    head: u64,
    /// Everyone who follows.
    connections: Connections<Held>,
    /// How many sockets one person may hold.
    sockets_per_agent: usize,
    /// How fast each person may ask.
    signals: Buckets,
    cases: Cases,
    people: People,
    decisions: Decisions,
    directory: Directory,
    /// When the directory was last read from the store; 0 while it never was.
    directory_read_at: Millis,
}

/// What the inbox knows of a connection besides.
#[derive(Debug, Default)]
struct Held {
    /// The end of the page it has just been sent, when more follows. Asking for that costs nothing: the inbox set the pace.
    continues_after: Option<u64>,
}

/// Why a dashboard is not connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ConnectError {
    /// They have as many sockets here as one person may have.
    #[error("one person may hold no more connections to the inbox")]
    TooManyConnections,
    /// The storage failed.
    #[error("storage: {0}")]
    Storage(#[from] SqlError),
}

impl<S: Sql> SocketLogic for Inbox<S> {
    fn restore(&mut self, attachment: Attachment, now: Millis) {
        self.connections.restore(attachment, Held::default(), now);
    }

    fn reserve(&mut self, connection: ConnectionId) {
        self.connections.reserve(connection);
    }

    fn attachment(&self, connection: ConnectionId) -> Option<&Attachment> {
        self.connections.get(connection).map(|connection| &connection.attachment)
    }

    fn hear(&mut self, id: ConnectionId, frame: Option<&str>, _bytes: usize, now: Millis) -> Vec<Output> {
        self.receive(id, frame, now)
    }

    fn disconnect(&mut self, id: ConnectionId, now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.leave(id, now, &mut outputs);
        outputs
    }

    fn sweep(
        &mut self,
        now: Millis,
        all: bool,
        last_ping: impl Fn(ConnectionId) -> Option<Millis>,
    ) -> Vec<Output> {
        let overdue = self.connections.overdue(now, all, last_ping);
        self.close_all(overdue, now)
    }

    fn sweep_due(&self, last_ping: impl Fn(ConnectionId) -> Option<Millis>) -> Option<Millis> {
        self.connections.due(last_ping)
    }

    fn renewed(&mut self, id: ConnectionId, by: Result<Principal, ErrorCode>, now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        let before = self.connections.get(id).map(|connection| connection.attachment.principal.clone());
        let sees_as_before = match (&before, &by) {
            (Some(before), Ok(by)) => before.sees_as(by),
            _ => true,
        };
        match self.connections.renewed(id, by) {
            Ok(None) => {}
            Ok(Some(_)) if !sees_as_before => self.close(id, 1012, "connect again", now, &mut outputs),
            Ok(Some(until)) => {
                outputs.push(Output::Remember(id));
                send(&mut outputs, vec![id], &InboxServerFrame::Renewed { until });
            }
            Err(refusal) => self.refuse(id, refusal, now, &mut outputs),
        }
        outputs
    }

    fn end_session(&mut self, ending: &Ending, now: Millis) -> Vec<Output> {
        let ended = self.connections.ended(ending);
        self.close_all(ended, now)
    }
}

impl<S: Sql> Inbox<S> {
    /// Opens the inbox over its database, bringing the tables up to date. Clients ping every `heartbeat_seconds`, and one
    /// person may hold `sockets_per_agent` sockets.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S, heartbeat_seconds: u32, sockets_per_agent: usize) -> Result<Self, SqlError> {
        migrate(&sql, feed::STEPS)?;
        let rows = sql.exec("SELECT MAX(seq) FROM changes", &[])?;
        let head = rows.first().and_then(|row| row.first()).and_then(Value::as_integer).unwrap_or(0);
        let rows = sql.exec("SELECT read_at, directory FROM directory", &[])?;
        let kept = rows.first().and_then(|row| Some((row.first()?.as_integer()?, row.get(1)?.as_text()?)));
        // What an older version wrote and this one cannot read is read from the store again.
        let kept = kept.and_then(|(read_at, text)| Some((read_at, json::from_text(text).ok()?)));
        let (directory_read_at, directory) = kept.unwrap_or_default();
        let (cases, people) = (feed::read_cases(&sql, directory_read_at)?, People::read(&sql)?);
        let decisions = queue::read_decisions(&sql)?;
        Ok(Self {
            sql,
            head: u64::try_from(head).unwrap_or(0),
            connections: Connections::new(heartbeat_seconds),
            sockets_per_agent,
            signals: Buckets::default(),
            cases,
            people,
            decisions,
            directory,
            directory_read_at,
        })
    }

    /// The directory is not what it was: it is to be read from the store anew.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn doubt_directory(&mut self) -> Result<(), SqlError> {
        self.directory_read_at = 0;
        self.sql.write("UPDATE directory SET read_at = 0", &[])?;
        Ok(())
    }

    /// Takes in the directory, which began to be read from the store at `read_at`.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn learn(
        &mut self,
        directory: Directory,
        read_at: Millis,
        now: Millis,
    ) -> Result<Vec<Output>, SqlError> {
        let mut outputs = Vec::new();
        let text = serde_json::to_string(&directory).map_err(|error| SqlError::Other(error.to_string()))?;
        self.sql.write(
            "INSERT OR REPLACE INTO directory (id, read_at, directory) VALUES (1, ?, ?)",
            &[read_at.into(), text.into()],
        )?;
        self.directory_read_at = read_at;
        if directory != self.directory {
            let before = std::mem::replace(&mut self.directory, directory);
            self.terms_changed(&before, &mut outputs)?;
            let everyone = self.connections.iter().map(|(id, _)| id).collect();
            send(&mut outputs, everyone, &InboxServerFrame::People { people: self.team() });
            self.route(now, &mut outputs)?;
        }
        Ok(outputs)
    }

    /// Connects a dashboard: welcomes it and sends what changed after `after`, or a snapshot. `scope` is that of the welcome with which
    /// it learned of what is before `after`: who sees otherwise than then begins anew.
    ///
    /// # Errors
    /// When they have too many sockets already, or the storage fails.
    pub fn connect(
        &mut self,
        by: &Principal,
        after: Option<u64>,
        scope: Option<&str>,
        now: Millis,
    ) -> Result<(ConnectionId, Vec<Output>), ConnectError> {
        let held = self.connections.iter().filter(|(_, other)| other.is_held_by(by)).count();
        if held >= self.sockets_per_agent {
            return Err(ConnectError::TooManyConnections);
        }
        let id = self.connections.open(by.clone(), Held::default(), now);
        match self.welcome(id, by, after, scope, now) {
            Ok(outputs) => Ok((id, outputs)),
            Err(error) => {
                self.connections.remove(id);
                Err(error.into())
            }
        }
    }

    fn welcome(
        &mut self,
        id: ConnectionId,
        by: &Principal,
        after: Option<u64>,
        scope: Option<&str>,
        now: Millis,
    ) -> Result<Vec<Output>, SqlError> {
        let mut outputs = Vec::new();
        let mut arrival = Vec::new();
        if let Some(user) = by.user_id() {
            self.look_at(user, Cause::Came, now, &mut arrival)?;
        }
        let present_scope = scope_of(by);
        let chosen = by.user_id().map(|user| self.people.get(user).chosen).unwrap_or_default();
        let sees_as_before = scope.is_none_or(|scope| scope == present_scope);
        let welcome = InboxServerFrame::Welcome {
            you: by.actor(),
            head: self.head,
            heartbeat_seconds: self.connections.heartbeat_seconds(),
            until: by.expires_at,
            scope: present_scope,
            chosen,
            people: self.team(),
        };
        send(&mut outputs, vec![id], &welcome);
        if after.is_some() && !sees_as_before {
            send(&mut outputs, vec![id], &InboxServerFrame::Reset { head: self.head });
        }
        self.resume(id, after.filter(|_| sees_as_before), &mut outputs)?;
        // After its welcome, which is the first frame: it is told of its own arrival as all are.
        outputs.append(&mut arrival);
        self.route(now, &mut outputs)?;
        Ok(outputs)
    }

    /// Takes in a frame, text or not. Whatever is wrong with it concerns its sender alone.
    pub fn receive(&mut self, id: ConnectionId, frame: Option<&str>, now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        let author = match self.connections.hear(id, now, &mut outputs) {
            None => return outputs,
            Some(Err((code, reason))) => {
                self.close(id, code, reason, now, &mut outputs);
                return outputs;
            }
            Some(Ok(connection)) => connection.attachment.principal.subject.uuid(),
        };
        let parsed = match frame {
            Some(frame) if frame.len() > limits::FRAME_BYTES => {
                let message = format!("A frame has at most {} bytes.", limits::FRAME_BYTES);
                Err(Refusal::new(ErrorCode::FrameTooLarge, message))
            }
            Some(frame) => parse(frame, &InboxClientFrame::NAMES).map_err(|(_, refusal)| refusal),
            None => Err(Refusal::new(ErrorCode::MalformedFrame, "A frame is a text message.")),
        };
        let paid = parsed.and_then(|parsed| {
            if self.is_owed(id, &parsed) {
                return Ok(parsed);
            }
            self.signals.take(author, SIGNALS, now).map(|()| parsed).map_err(|wait| Refusal {
                code: ErrorCode::RateLimited,
                message: format!("Too many frames at once; try again in {wait} ms."),
                retry_after_ms: Some(wait),
            })
        });
        let result = paid.and_then(|frame| {
            self.obey(id, frame, now, &mut outputs).map_err(|_| Refusal {
                code: ErrorCode::Internal,
                message: "The inbox could not do this; send it again.".to_owned(),
                retry_after_ms: Some(1000),
            })
        });
        match result {
            Ok(()) => {
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.done();
                }
            }
            Err(refusal) => self.refuse(id, refusal, now, &mut outputs),
        }
        outputs
    }

    /// Whether a frame asks for what follows the page that its sender was given.
    fn is_owed(&self, id: ConnectionId, frame: &InboxClientFrame) -> bool {
        let InboxClientFrame::Resume { after } = frame else { return false };
        self.connections.get(id).is_some_and(|connection| connection.state.continues_after == Some(*after))
    }

    /// Does what a frame asks for.
    fn obey(
        &mut self,
        id: ConnectionId,
        frame: InboxClientFrame,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let user = self.connections.get(id).and_then(|connection| connection.attachment.principal.user_id());
        match frame {
            InboxClientFrame::Resume { after } => self.resume(id, Some(after), outputs)?,
            InboxClientFrame::Renew { token } => outputs.push(Output::Renew { connection: id, token }),
            InboxClientFrame::Presence { chosen, give_back } => {
                if let Some(user) = user {
                    self.choose(user, chosen, now, outputs)?;
                    if give_back {
                        self.give_back(user, outputs)?;
                    }
                    self.route(now, outputs)?;
                }
            }
            InboxClientFrame::Idle { active } => {
                let Some(connection) = self.connections.get_mut(id) else { return Ok(()) };
                if connection.attachment.idle != active {
                    connection.attachment.idle = active;
                    outputs.push(Output::Remember(id));
                    if let Some(user) = user {
                        self.look_at(user, Cause::Idle, now, outputs)?;
                        self.route(now, outputs)?;
                    }
                }
            }
            InboxClientFrame::Attend { conversation, replying } => {
                self.attend(id, conversation, replying, now, outputs)?;
            }
            InboxClientFrame::Claim { conversation } => self.claim(id, conversation, now, outputs)?,
            InboxClientFrame::People => {
                send(outputs, vec![id], &InboxServerFrame::People { people: self.team() });
            }
        }
        Ok(())
    }

    /// The live connections of those whom `wanted` picks.
    fn live(&self, wanted: impl Fn(&Principal) -> bool) -> Vec<ConnectionId> {
        let live = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.attachment.live && wanted(&connection.attachment.principal));
        live.map(|(id, _)| id).collect()
    }

    /// Forgets a connection, and tells the others what its end changes.
    fn leave(&mut self, id: ConnectionId, now: Millis, outputs: &mut Vec<Output>) {
        let Some(gone) = self.connections.remove(id) else { return };
        let Attachment { principal, attends, .. } = gone.attachment;
        let told = attends.map_or(Ok(()), |attends| self.tell_attention(attends.conversation, outputs));
        let looked = principal.user_id().map_or(Ok(()), |user| self.look_at(user, Cause::Gone, now, outputs));
        // What could not be written down is noticed by the duty, which asks who is there without a socket.
        drop((told, looked));
    }

    fn close_all(&mut self, overdue: Vec<(ConnectionId, u16, &'static str)>, now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        for (id, code, reason) in overdue {
            self.close(id, code, reason, now, &mut outputs);
        }
        outputs
    }

    fn close(
        &mut self,
        id: ConnectionId,
        code: u16,
        reason: &'static str,
        now: Millis,
        outputs: &mut Vec<Output>,
    ) {
        outputs.push(Output::Close { connection: id, code, reason });
        self.leave(id, now, outputs);
    }

    fn refuse(&mut self, id: ConnectionId, refusal: Refusal, now: Millis, outputs: &mut Vec<Output>) {
        let code = refusal.code;
        send(outputs, vec![id], &InboxServerFrame::Error(refusal.about(None)));
        if let Some((code, reason)) =
            self.connections.get_mut(id).and_then(|connection| connection.refused(code))
        {
            self.close(id, code, reason, now, outputs);
        }
    }
}

/// What somebody sees of the feed, as a text that is another one when they see otherwise. It is no secret: it says what they know.
fn scope_of(principal: &Principal) -> String {
    let reach = principal.permissions.reach(Permission::ReadConversations);
    match reach {
        None => "none".to_owned(),
        Some(Reach::All) => "all".to_owned(),
        Some(Reach::Own) => "own".to_owned(),
        Some(Reach::Departments) => {
            let ids = principal.departments().iter().map(|id| id.uuid().as_u128());
            // Whatever their order.
            format!(
                "departments-{:032x}",
                ids.fold(0, |sum: u128, id| sum.wrapping_add(id.wrapping_mul(id | 1)))
            )
        }
    }
}

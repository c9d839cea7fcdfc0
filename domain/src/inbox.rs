//! The team's inbox: the numbered feed of the conversations that changed, and the dashboards that follow it.
//!
//! Rooms tell it their summaries, late and more than once if need be; of two summaries of a conversation the one with
//! the higher `head` counts. The feed keeps one row per conversation, its newest, so a dashboard that was away for a
//! week catches up with one short page. Plain logic over the [`Sql`] port, like the room.
//!
//! Each follower is told of the conversations that they may see, and of no other. Where one was moved or assigned elsewhere, so
//! that they may see it no more, they are told that it is gone: once, and only who could see it before. For that, a
//! conversation's row remembers where it was before, as long as the feed has the row.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::access::{Permission, Principal};
use crate::id::{ConversationId, DepartmentId, UserId};
use crate::json;
use crate::limits::{self, Buckets, SIGNALS};
use crate::schedule::{Backoff, Pace};
use crate::sessions::Ending;
use crate::sockets::{Attachment, ConnectionId, Connections, Output, Refusal, SocketLogic, parse, send};
use crate::sql::{Row, Sql, SqlError, Value, migrate};
use crate::wire::{
    Backlog, Conversation, ConversationSummary, ErrorCode, InboxChange, InboxClientFrame, InboxGone,
    InboxServerFrame, OutboxStatus,
};

/// How many conversations the feed remembers. Older changes are found over REST.
pub const KEPT: u64 = 500;
/// How many changes one page holds, and how many a connection without `after` is shown.
pub const PAGE: u64 = 100;
/// How many conversations behind the document store are listed.
pub const BACKLOGS: u64 = 50;
/// How many rooms are asked at once to store what waits.
const NUDGED: u64 = 8;

const STEPS: &[&str] = &["
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY, conversation_id TEXT NOT NULL UNIQUE, head INTEGER NOT NULL, summary TEXT NOT NULL
);
", "
CREATE TABLE IF NOT EXISTS backlogs (
    conversation_id TEXT PRIMARY KEY, events INTEGER NOT NULL, since INTEGER, set_aside INTEGER NOT NULL, reason TEXT
) WITHOUT ROWID;
", "
ALTER TABLE changes ADD COLUMN earlier TEXT;
"];

/// How many of the earlier places of a conversation are remembered.
const EARLIER: usize = 8;

/// What decides who may see a conversation: whom it is assigned to, and its department.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Whereabouts {
    assignee: Option<String>,
    department: Option<DepartmentId>,
}

impl Whereabouts {
    fn of(conversation: &Conversation) -> Self {
        let assignee = conversation.assignee.as_ref().map(|assignee| assignee.id.clone());
        Self { assignee, department: conversation.department }
    }

    fn are_seen_by(&self, principal: &Principal) -> bool {
        principal.reaches(Permission::ReadConversations, self.assignee.as_deref(), self.department)
    }
}

/// Where a conversation was before the change of the feed that has this `seq`.
#[derive(Debug, Serialize, Deserialize)]
struct Earlier {
    until: u64,
    assignee: Option<String>,
    department: Option<DepartmentId>,
}

/// Something that the inbox does in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Closes sockets whose time is over and those that are silent.
    Sockets,
    /// Asks some of the rooms that are behind the document store to try again: it has taken what another room had.
    Nudge,
}

impl Duty {
    /// All of them, with how each is done. Rooms are nudged one handful a second: they come to the store one after the other.
    pub const ALL: [(Self, Pace); 2] = {
        let brief = Pace { after: 0, every: 0, retry: Backoff::HOUSE, watch: 30_000, limit: 60_000 };
        let nudge = Pace { after: 1_000, every: 1_000, limit: 120_000, ..brief };
        [(Self::Sockets, brief), (Self::Nudge, nudge)]
    };
}

/// The inbox.
pub struct Inbox<S> {
    sql: S,
    head: u64,
    /// Everyone who follows.
    connections: Connections<()>,
    /// How many sockets one person may hold.
    sockets_per_agent: usize,
    /// How fast each person may ask.
    signals: Buckets,
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
        self.connections.restore(attachment, (), now);
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

    fn disconnect(&mut self, id: ConnectionId) -> Vec<Output> {
        self.connections.remove(id);
        Vec::new()
    }

    fn sweep(
        &mut self,
        now: Millis,
        all: bool,
        last_ping: impl Fn(ConnectionId) -> Option<Millis>,
    ) -> Vec<Output> {
        let overdue = self.connections.overdue(now, all, last_ping);
        self.close_all(overdue)
    }

    fn sweep_due(&self, last_ping: impl Fn(ConnectionId) -> Option<Millis>) -> Option<Millis> {
        self.connections.due(last_ping)
    }

    fn renewed(&mut self, id: ConnectionId, by: Result<Principal, ErrorCode>) -> Vec<Output> {
        let mut outputs = Vec::new();
        let before = self.connections.get(id).map(|connection| connection.attachment.principal.clone());
        let sees_as_before = match (&before, &by) {
            (Some(before), Ok(by)) => before.sees_as(by),
            _ => true,
        };
        match self.connections.renewed(id, by) {
            Ok(None) => {}
            Ok(Some(_)) if !sees_as_before => self.close(id, 1012, "connect again", &mut outputs),
            Ok(Some(until)) => {
                outputs.push(Output::Remember(id));
                send(&mut outputs, vec![id], &InboxServerFrame::Renewed { until });
            }
            Err(refusal) => self.refuse(id, refusal, &mut outputs),
        }
        outputs
    }

    fn end_session(&mut self, ending: &Ending) -> Vec<Output> {
        let ended = self.connections.ended(ending);
        self.close_all(ended)
    }
}

impl<S: Sql> Inbox<S> {
    /// Puts another name in the place of somebody's in what the feed remembers: they are to be forgotten. Dashboards that follow
    /// read it when they next connect.
    ///
    /// # Errors
    /// When the storage fails; done again it comes to the same.
    pub fn rename(&self, user: UserId, name: &str) -> Result<(), SqlError> {
        let id = user.to_string();
        let rows = self.sql.exec("SELECT seq, summary FROM changes", &[])?;
        for row in &rows {
            let Some((seq, text)) =
                row.first().and_then(Value::as_integer).zip(row.get(1).and_then(Value::as_text))
            else {
                continue;
            };
            let Ok(mut summary) = json::from_text::<ConversationSummary>(text) else { continue };
            let before = summary.clone();
            let people = [
                summary.conversation.assignee.as_mut(),
                summary.last_message.as_mut().map(|last| &mut last.actor),
            ];
            for actor in people.into_iter().flatten().filter(|actor| actor.id == id) {
                name.clone_into(&mut actor.name);
            }
            if summary != before {
                let text =
                    serde_json::to_string(&summary).map_err(|error| SqlError::Other(error.to_string()))?;
                self.sql.write("UPDATE changes SET summary = ? WHERE seq = ?", &[text.into(), seq.into()])?;
            }
        }
        Ok(())
    }

    /// Opens the inbox over its database, bringing the tables up to date. Clients ping every `heartbeat_seconds`, and one
    /// person may hold `sockets_per_agent` sockets.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S, heartbeat_seconds: u32, sockets_per_agent: usize) -> Result<Self, SqlError> {
        migrate(&sql, STEPS)?;
        let rows = sql.exec("SELECT MAX(seq) FROM changes", &[])?;
        let head = rows.first().and_then(|row| row.first()).and_then(Value::as_integer).unwrap_or(0);
        Ok(Self {
            sql,
            head: u64::try_from(head).unwrap_or(0),
            connections: Connections::new(heartbeat_seconds),
            sockets_per_agent,
            signals: Buckets::default(),
        })
    }

    /// Takes in a conversation's summary. One that is no news changes nothing.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn tell(&mut self, summary: ConversationSummary) -> Result<Vec<Output>, SqlError> {
        let id = summary.conversation.id.to_string();
        let known_row = "SELECT head, summary ->> '$.assignee.id', summary ->> '$.department', earlier FROM changes \
                         WHERE conversation_id = ?";
        let rows = self.sql.exec(known_row, &[id.as_str().into()])?;
        let row = rows.first();
        let known = row.and_then(|row| row.first()).and_then(Value::as_integer);
        let told = i64::try_from(summary.conversation.head).unwrap_or(i64::MAX);
        if known.is_some_and(|known| known >= told) {
            return Ok(Vec::new());
        }
        let text = serde_json::to_string(&summary).map_err(|error| SqlError::Other(error.to_string()))?;
        let seq = self.head + 1;
        let column = |number: usize| row.and_then(|row| row.get(number)).and_then(Value::as_text);
        let before = row.map(|_| Whereabouts {
            assignee: column(1).map(str::to_owned),
            department: column(2).and_then(|id| id.parse().ok()),
        });
        let now = Whereabouts::of(&summary.conversation);
        let mut earlier = column(3).map_or_else(Vec::new, read_earlier);
        let left = before.filter(|before| *before != now);
        if let Some(whereabouts) = left.clone() {
            let forgotten = (earlier.len() + 1).saturating_sub(EARLIER);
            earlier.drain(..forgotten);
            let Whereabouts { assignee, department } = whereabouts;
            earlier.push(Earlier { until: seq, assignee, department });
        }
        let earlier = if earlier.is_empty() {
            Value::Null
        } else {
            Value::Text(serde_json::to_string(&earlier).map_err(|error| SqlError::Other(error.to_string()))?)
        };
        // One statement: REPLACE takes the conversation's older change away and puts the newer one in.
        self.sql.exec(
            "INSERT OR REPLACE INTO changes (seq, conversation_id, head, summary, earlier) VALUES (?, ?, ?, ?, ?)",
            &[seq.into(), id.into(), told.into(), text.into(), earlier],
        )?;
        self.head = seq;
        if known.is_none() {
            // The change is stored and must be told of even if tidying fails; the next new conversation tidies again.
            let _untidied = self.sql.exec(
                "DELETE FROM changes WHERE seq <= (SELECT seq FROM changes ORDER BY seq DESC LIMIT 1 OFFSET ?)",
                &[KEPT.into()],
            );
        }
        let mut outputs = Vec::new();
        let live = self.connections.iter().filter(|(_, connection)| connection.attachment.live);
        let (mut to, mut lost) = (Vec::new(), Vec::new());
        for (id, connection) in live {
            let principal = &connection.attachment.principal;
            if now.are_seen_by(principal) {
                to.push(id);
            } else if left.as_ref().is_some_and(|before| before.are_seen_by(principal)) {
                lost.push(id);
            }
        }
        let gone = InboxGone { seq, id: summary.conversation.id };
        send(&mut outputs, lost, &InboxServerFrame::Gone(gone));
        send(&mut outputs, to, &InboxServerFrame::Change(InboxChange { seq, conversation: summary }));
        Ok(outputs)
    }

    /// Takes in how far a room is behind the document store. Rooms report when storing failed, and when it has succeeded
    /// again; those that have nothing to report are not known here. Says whether others should be nudged: this one has been
    /// waiting for the store, which now took what it had, and others still wait.
    ///
    /// Each nudge needs a room that has caught up since the last one, so there is an end to them, and a store that is away
    /// again is left alone.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn report(&self, backlog: &Backlog) -> Result<bool, SqlError> {
        let id = backlog.conversation_id.to_string();
        if backlog.is_clear() {
            let was_behind =
                self.sql.write("DELETE FROM backlogs WHERE conversation_id = ?", &[id.into()])?;
            Ok(was_behind && !self.to_nudge()?.is_empty())
        } else {
            self.sql.write(
                "INSERT OR REPLACE INTO backlogs (conversation_id, events, since, set_aside, reason) \
                 VALUES (?, ?, ?, ?, ?)",
                &[
                    id.into(),
                    backlog.events.into(),
                    backlog.since.into(),
                    backlog.set_aside.into(),
                    backlog.reason.as_deref().into(),
                ],
            )?;
            Ok(false)
        }
    }

    /// The rooms to nudge next: some that have been waiting longest. What was set aside waits for an admin.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn to_nudge(&self) -> Result<Vec<ConversationId>, SqlError> {
        let rows = self.sql.exec(
            "SELECT conversation_id FROM backlogs WHERE events > 0 ORDER BY since IS NULL, since LIMIT ?",
            &[NUDGED.into()],
        )?;
        Ok(rows.iter().filter_map(|row| row.first()?.as_text()?.parse().ok()).collect())
    }

    /// What is waiting for the document store, as rooms have reported it; the first [`BACKLOGS`] conversations.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn outbox(&self) -> Result<OutboxStatus, SqlError> {
        let number = |row: &Row, column: usize| {
            let value = row.get(column).and_then(Value::as_integer).unwrap_or(0);
            u64::try_from(value).unwrap_or(0)
        };
        let total = "SELECT SUM(events > 0), SUM(events), MIN(since), SUM(set_aside) FROM backlogs";
        let rows = self.sql.exec(total, &[])?;
        let mut status = rows.first().map_or_else(OutboxStatus::default, |row| OutboxStatus {
            conversations: number(row, 0),
            events: number(row, 1),
            since: row.get(2).and_then(Value::as_integer),
            set_aside: number(row, 3),
            backlogs: Vec::new(),
        });
        let rows = self.sql.exec(
            "SELECT events, since, set_aside, reason, conversation_id FROM backlogs \
             ORDER BY since IS NULL, since LIMIT ?",
            &[BACKLOGS.into()],
        )?;
        let backlogs = rows.iter().filter_map(|row| {
            Some(Backlog {
                events: number(row, 0),
                since: row.get(1).and_then(Value::as_integer),
                set_aside: number(row, 2),
                reason: row.get(3).and_then(Value::as_text).map(str::to_owned),
                conversation_id: row.get(4)?.as_text()?.parse().ok()?,
            })
        });
        status.backlogs = backlogs.collect();
        Ok(status)
    }

    /// Connects a dashboard: welcomes it and sends what changed after `after`, or the newest changes.
    ///
    /// # Errors
    /// When they have too many sockets already, or the storage fails.
    pub fn connect(
        &mut self,
        by: &Principal,
        after: Option<u64>,
        now: Millis,
    ) -> Result<(ConnectionId, Vec<Output>), ConnectError> {
        let held = self.connections.iter().filter(|(_, other)| other.is_held_by(by)).count();
        if held >= self.sockets_per_agent {
            return Err(ConnectError::TooManyConnections);
        }
        let id = self.connections.open(by.clone(), (), now);
        let mut outputs = Vec::new();
        let welcome = InboxServerFrame::Welcome {
            you: by.actor(),
            head: self.head,
            heartbeat_seconds: self.connections.heartbeat_seconds(),
            until: by.expires_at,
        };
        send(&mut outputs, vec![id], &welcome);
        if let Err(error) = self.resume(id, after, &mut outputs) {
            self.connections.remove(id);
            return Err(error.into());
        }
        Ok((id, outputs))
    }

    /// Takes in a frame, text or not. Whatever is wrong with it concerns its sender alone.
    pub fn receive(&mut self, id: ConnectionId, frame: Option<&str>, now: Millis) -> Vec<Output> {
        let mut outputs = Vec::new();
        let author = match self.connections.hear(id, now, &mut outputs) {
            None => return outputs,
            Some(Err((code, reason))) => {
                self.close(id, code, reason, &mut outputs);
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
        let paid = parsed.and_then(|parsed| match self.signals.take(author, SIGNALS, now) {
            Ok(()) => Ok(parsed),
            Err(wait) => Err(Refusal {
                code: ErrorCode::RateLimited,
                message: format!("Too many frames at once; try again in {wait} ms."),
                retry_after_ms: Some(wait),
            }),
        });
        let result = paid.and_then(|frame| match frame {
            InboxClientFrame::Resume { after } => {
                self.resume(id, Some(after), &mut outputs).map_err(|_| Refusal {
                    code: ErrorCode::Internal,
                    message: "The inbox could not read this; send it again.".to_owned(),
                    retry_after_ms: Some(1000),
                })
            }
            InboxClientFrame::Renew { token } => {
                outputs.push(Output::Renew { connection: id, token });
                Ok(())
            }
        });
        match result {
            Ok(()) => {
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.done();
                }
            }
            Err(refusal) => self.refuse(id, refusal, &mut outputs),
        }
        outputs
    }

    fn close_all(&mut self, overdue: Vec<(ConnectionId, u16, &'static str)>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for (id, code, reason) in overdue {
            self.close(id, code, reason, &mut outputs);
        }
        outputs
    }

    fn close(&mut self, id: ConnectionId, code: u16, reason: &'static str, outputs: &mut Vec<Output>) {
        self.connections.remove(id);
        outputs.push(Output::Close { connection: id, code, reason });
    }

    fn refuse(&mut self, id: ConnectionId, refusal: Refusal, outputs: &mut Vec<Output>) {
        let code = refusal.code;
        send(outputs, vec![id], &InboxServerFrame::Error(refusal.about(None)));
        if let Some((code, reason)) =
            self.connections.get_mut(id).and_then(|connection| connection.refused(code))
        {
            self.close(id, code, reason, outputs);
        }
    }

    fn resume(
        &mut self,
        id: ConnectionId,
        after: Option<u64>,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let head = self.head;
        let lost = match after {
            Some(seq) => seq > head || seq < self.floor()?,
            None => false,
        };
        let Some(principal) = self.connections.get(id).map(|it| it.attachment.principal.clone()) else {
            return Ok(());
        };
        let Page { changes, gone, more } = if lost { Page::default() } else { self.page(&principal, after)? };
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        if connection.attachment.live == more {
            connection.attachment.live = !more;
            outputs.push(Output::Remember(id));
        }
        // After a reset the client reads the list over REST; it is live at once, so nothing falls between.
        let frame = if lost {
            InboxServerFrame::Reset { head }
        } else {
            InboxServerFrame::Page { changes, gone, more }
        };
        send(outputs, vec![id], &frame);
        Ok(())
    }

    /// The `seq` up to which changes have been given up.
    fn floor(&self) -> Result<u64, SqlError> {
        let rows = self.sql.exec("SELECT COUNT(*), MIN(seq) FROM changes", &[])?;
        let number = |column: usize| {
            let value = rows.first().and_then(|row| row.get(column)).and_then(Value::as_integer);
            u64::try_from(value.unwrap_or(0)).unwrap_or(0)
        };
        // With fewer than KEPT rows none was ever given up: a row that is gone was replaced by a newer one.
        Ok(if number(0) < KEPT { 0 } else { number(1).saturating_sub(1) })
    }

    /// What somebody is told of what changed after `after`, or of the newest changes.
    fn page(&self, principal: &Principal, after: Option<u64>) -> Result<Page, SqlError> {
        let mut page = Page::default();
        let mut edge = after.unwrap_or(self.head + 1);
        let (beyond, order) = if after.is_some() { ("seq > ?", "ASC") } else { ("seq < ?", "DESC") };
        let query = format!(
            "SELECT seq, summary, earlier FROM changes WHERE {beyond} ORDER BY seq {order} LIMIT {PAGE}"
        );
        'reading: loop {
            let rows = self.sql.exec(&query, &[edge.into()])?;
            for row in &rows {
                let (Some(seq), Some(text)) =
                    (row.first().and_then(Value::as_integer), row.get(1).and_then(Value::as_text))
                else {
                    continue;
                };
                if page.len() >= PAGE {
                    page.more = after.is_some();
                    break 'reading;
                }
                edge = u64::try_from(seq).unwrap_or(0);
                let conversation: ConversationSummary =
                    json::from_text(text).map_err(|error| SqlError::Other(error.to_string()))?;
                let left = |after: u64| {
                    let earlier = row.get(2).and_then(Value::as_text).map_or_else(Vec::new, read_earlier);
                    let mut since = earlier.iter().filter(|earlier| earlier.until > after);
                    since.any(|Earlier { assignee, department, .. }| {
                        principal.reaches(Permission::ReadConversations, assignee.as_deref(), *department)
                    })
                };
                if Whereabouts::of(&conversation.conversation).are_seen_by(principal) {
                    page.changes.push(InboxChange { seq: edge, conversation });
                } else if after.is_some_and(left) {
                    page.gone.push(InboxGone { seq: edge, id: conversation.conversation.id });
                }
            }
            if (rows.len() as u64) < PAGE {
                break;
            }
        }
        if after.is_none() {
            page.changes.reverse();
        }
        Ok(page)
    }
}

/// What somebody is told at once.
#[derive(Default)]
struct Page {
    changes: Vec<InboxChange>,
    gone: Vec<InboxGone>,
    /// Whether there may be more to tell.
    more: bool,
}

impl Page {
    const fn len(&self) -> u64 {
        (self.changes.len() + self.gone.len()) as u64
    }
}

/// Where a conversation was before, as its row has it.
fn read_earlier(text: &str) -> Vec<Earlier> {
    json::from_text(text).unwrap_or_default()
}

//! The feed: one row for each conversation, its newest, numbered anew with each change (a compacted log). What is not done is kept as
//! long as it is not; of what is done, the last [`KEPT`].
//!
//! Each follower is told of the conversations that they may see, and of no other. Where one was moved or assigned elsewhere, so
//! that they may see it no more, they are told that it is gone: once, and only who could see it before. For that, a
//! conversation's row remembers where it was before, as long as the feed has the row.

use serde::{Deserialize, Serialize};

use super::Inbox;
use super::cases::{Case, Cases};
use super::queue::Decision;
use crate::Millis;
use crate::access::{Permission, Principal};
use crate::id::{ConversationId, DepartmentId, UserId};
use crate::json;
use crate::sockets::{ConnectionId, Output, send};
use crate::sorted::sort_by;
use crate::sql::{Row, Sql, SqlError, Value};
use crate::wire::{Conversation, ConversationSummary, InboxChange, InboxGone, InboxServerFrame, Standing};

/// How many conversations that are done the feed remembers. Older changes are found over REST.
pub const KEPT: u64 = 500;
/// How many more it lets gather before it tidies: that reads and writes.
const SLACK: u64 = 50;
/// How many changes one page holds, and how many of each sort a snapshot has.
pub const PAGE: u64 = 100;

/// The feed's tables, by version; the inbox's others are beside them.
pub(super) const STEPS: &[&str] = &["
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY, conversation_id TEXT NOT NULL UNIQUE, head INTEGER NOT NULL, summary TEXT NOT NULL
);
", "
CREATE TABLE IF NOT EXISTS backlogs (
    conversation_id TEXT PRIMARY KEY, events INTEGER NOT NULL, since INTEGER, set_aside INTEGER NOT NULL, reason TEXT
) WITHOUT ROWID;
", "
ALTER TABLE changes ADD COLUMN earlier TEXT;
", "
ALTER TABLE changes ADD COLUMN done INTEGER;
UPDATE changes SET done = 1 WHERE summary ->> '$.status' IN ('resolved', 'closed');
CREATE INDEX IF NOT EXISTS changes_done ON changes (seq) WHERE done = 1;
CREATE TABLE IF NOT EXISTS tidied (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
INSERT OR IGNORE INTO tidied (id, seq) SELECT 1, CASE WHEN COUNT(*) < 500 THEN 0 ELSE MIN(seq) - 1 END FROM changes;
CREATE TABLE IF NOT EXISTS people (
    user_id TEXT PRIMARY KEY, chosen TEXT NOT NULL, presence TEXT NOT NULL, since INTEGER NOT NULL, gone_at INTEGER,
    given_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger (
    id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, at INTEGER NOT NULL, presence TEXT NOT NULL, cause TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS directory (id INTEGER PRIMARY KEY, read_at INTEGER NOT NULL, directory TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decisions (conversation_id TEXT PRIMARY KEY, decision TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS untold (conversation_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS customers (visitor_id TEXT PRIMARY KEY, user_id TEXT NOT NULL) WITHOUT ROWID;
ALTER TABLE changes ADD COLUMN revision INTEGER;
ALTER TABLE changes ADD COLUMN queued_at INTEGER;
"];

/// How many of the earlier places of a conversation are remembered.
const EARLIER: usize = 8;

/// What decides who may see a conversation: whom it is assigned to, and its department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whereabouts {
    assignee: Option<String>,
    department: Option<DepartmentId>,
}

impl Whereabouts {
    fn of(conversation: &Conversation) -> Self {
        let assignee = conversation.assignee.as_ref().map(|assignee| assignee.id.clone());
        Self { assignee, department: conversation.department }
    }

    pub fn are_seen_by(&self, principal: &Principal) -> bool {
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

/// Reads the conversations that are not done.
///
/// Of whose they are the inbox is taken to have been told at `now`.
pub(super) fn read_cases(sql: &impl Sql, now: Millis) -> Result<Cases, SqlError> {
    let mut cases = Cases::default();
    let rows = sql.exec(
        "SELECT c.seq, c.summary, c.queued_at, k.user_id FROM changes AS c LEFT JOIN customers AS k \
         ON c.queued_at IS NOT NULL AND k.visitor_id = c.summary ->> '$.visitor.id' \
         WHERE c.done IS NULL ORDER BY c.conversation_id",
        &[],
    )?;
    for row in &rows {
        let Some((seq, summary)) = read_row(row) else { continue };
        let case = Case::of(seq, &summary).map(|case| Case {
            queued_at: row.get(2).and_then(Value::as_integer).unwrap_or(0),
            last_agent: row.get(3).and_then(Value::as_text).and_then(|id| id.parse().ok()),
            assigned_at: now,
            ..case
        });
        cases.put(summary.conversation.id, case);
    }
    Ok(cases)
}

/// A row's `seq` and summary, its first columns.
fn read_row(row: &Row) -> Option<(u64, ConversationSummary)> {
    let seq = u64::try_from(row.first()?.as_integer()?).ok()?;
    Some((seq, json::from_text(row.get(1)?.as_text()?).ok()?))
}

fn words(error: impl std::fmt::Display) -> SqlError {
    SqlError::Other(error.to_string())
}

impl<S: Sql> Inbox<S> {
    /// Takes in a conversation's summary, and routes what can be routed now. One that is no news changes nothing.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn tell(&mut self, summary: ConversationSummary, now: Millis) -> Result<Vec<Output>, SqlError> {
        let mut outputs = self.take_in(summary, now)?;
        // The change is stored and must be told of, whatever becomes of routing; what waits is routed with the next change.
        let _unrouted = self.route(now, &mut outputs);
        Ok(outputs)
    }

    /// Takes in a conversation's summary. One that is no news changes nothing.
    pub(super) fn take_in(
        &mut self,
        summary: ConversationSummary,
        at: Millis,
    ) -> Result<Vec<Output>, SqlError> {
        let id = summary.conversation.id;
        let key = id.to_string();
        let known_row = "SELECT head, summary ->> '$.assignee.id', summary ->> '$.department', earlier, revision \
                         FROM changes WHERE conversation_id = ?";
        let rows = self.sql.exec(known_row, &[key.as_str().into()])?;
        let row = rows.first();
        let number = |column: usize| row.and_then(|row| row.get(column)).and_then(Value::as_integer);
        let known = number(0).map(|head| (head, number(4).unwrap_or(0)));
        let head = i64::try_from(summary.conversation.head).unwrap_or(i64::MAX);
        let revision = i64::try_from(summary.conversation.revision.unwrap_or(0)).unwrap_or(i64::MAX);
        if known.is_some_and(|known| known >= (head, revision)) {
            return Ok(Vec::new());
        }
        let text = serde_json::to_string(&summary).map_err(words)?;
        let seq = self.head + 1;
        let column = |number: usize| row.and_then(|row| row.get(number)).and_then(Value::as_text);
        let before = row.map(|_| Whereabouts {
            assignee: column(1).map(str::to_owned),
            department: column(2).and_then(|id| id.parse().ok()),
        });
        let now = Whereabouts::of(&summary.conversation);
        let mut earlier = column(3).map_or_else(Vec::new, read_earlier);
        if let Some(Whereabouts { assignee, department }) = before.clone().filter(|before| *before != now) {
            let forgotten = (earlier.len() + 1).saturating_sub(EARLIER);
            earlier.drain(..forgotten);
            earlier.push(Earlier { until: seq, assignee, department });
        }
        let earlier = if earlier.is_empty() {
            Value::Null
        } else {
            Value::Text(serde_json::to_string(&earlier).map_err(words)?)
        };
        let is_done = summary.conversation.status.is_done();
        let done = if is_done { Value::Integer(1) } else { Value::Null };
        let case = Case::of(seq, &summary).map(|case| self.placed(case, id, &summary, at)).transpose()?;
        let queued_at = case.as_ref().map(|case| case.queued_at).filter(|at| *at > 0);
        let revision = Some(revision).filter(|revision| *revision > 0);
        // One statement: REPLACE takes the conversation's older change away and puts the newer one in.
        self.sql.exec(
            "INSERT OR REPLACE INTO changes (seq, conversation_id, head, summary, earlier, done, revision, queued_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                seq.into(),
                key.into(),
                head.into(),
                text.into(),
                earlier,
                done,
                revision.into(),
                queued_at.into(),
            ],
        )?;
        self.head = seq;
        let is_void = self.decisions.get(&id).is_some_and(|decision| !fits(decision, case.as_ref()));
        let was = self.cases.put(id, case).map(|case| case.was());
        if is_void {
            // Where it stays in the table, its room refuses it, which takes it out.
            let _kept = self.drop_decision(id);
        }
        if is_done && (known.is_none() || was.is_some()) {
            // The change is stored and must be told of even if tidying fails; the next conversation that is done tidies again.
            let _untidied = self.tidy();
        }
        let mut outputs = Vec::new();
        let live = self.connections.iter().filter(|(_, connection)| connection.attachment.live);
        let (mut to, mut newcomers, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        for (id, connection) in live {
            let principal = &connection.attachment.principal;
            let saw = before.as_ref().is_some_and(|before| before.are_seen_by(principal));
            match (now.are_seen_by(principal), saw) {
                (true, true) => to.push(id),
                (true, false) => newcomers.push(id),
                (false, true) => lost.push(id),
                (false, false) => {}
            }
        }
        send(&mut outputs, lost, &InboxServerFrame::Gone(InboxGone { seq, id, was: was.clone() }));
        let mut change = InboxChange { seq, conversation: summary, was: None };
        if was.is_none() {
            to.extend(newcomers.iter());
        } else if !newcomers.is_empty() {
            send(&mut outputs, newcomers.clone(), &InboxServerFrame::Change(change.clone()));
        }
        change.was = was;
        send(&mut outputs, to, &InboxServerFrame::Change(change));
        let attention = self.attention_of(id, &now);
        if !attention.people.is_empty() {
            send(&mut outputs, newcomers, &InboxServerFrame::Attention(attention));
        }
        Ok(outputs)
    }

    /// A conversation with its place in the queue, which it keeps while it stays there; and whom its customer knows.
    fn placed(
        &self,
        case: Case,
        id: ConversationId,
        summary: &ConversationSummary,
        now: Millis,
    ) -> Result<Case, SqlError> {
        let visitor = summary.conversation.visitor.id.as_str();
        let before = self.cases.get(id);
        if !case.is_queued() {
            if let Some(before) = before.filter(|before| before.assignee == case.assignee) {
                return Ok(Case { assigned_at: before.assigned_at, ..case });
            }
            if let Some(user) = case.assignee {
                self.sql.write(
                    "INSERT OR REPLACE INTO customers (visitor_id, user_id) VALUES (?, ?)",
                    &[visitor.into(), user.to_string().into()],
                )?;
            }
            return Ok(Case { assigned_at: now, ..case });
        }
        if let Some(before) =
            before.filter(|before| before.is_queued() && before.department == case.department)
        {
            return Ok(Case { queued_at: before.queued_at, last_agent: before.last_agent, ..case });
        }
        let rows = self.sql.exec("SELECT user_id FROM customers WHERE visitor_id = ?", &[visitor.into()])?;
        let last = rows.first().and_then(|row| row.first()).and_then(Value::as_text);
        Ok(Case { queued_at: now, last_agent: last.and_then(|id| id.parse().ok()), ..case })
    }

    /// Takes a conversation out that there is not.
    pub(super) fn forget(&mut self, id: ConversationId, outputs: &mut Vec<Output>) -> Result<(), SqlError> {
        let Some(whereabouts) = self.whereabouts(id)? else { return Ok(()) };
        self.sql.write("DELETE FROM changes WHERE conversation_id = ?", &[id.to_string().into()])?;
        let was = self.cases.put(id, None).map(|case| case.was());
        let to = self.live(|principal| whereabouts.are_seen_by(principal));
        send(outputs, to, &InboxServerFrame::Gone(InboxGone { seq: self.head, id, was }));
        Ok(())
    }

    /// Forgets what is done and has not changed for long.
    fn tidy(&self) -> Result<(), SqlError> {
        let rows = self.sql.exec("SELECT COUNT(*) FROM changes WHERE done = 1", &[])?;
        let done = rows.first().and_then(|row| row.first()).and_then(Value::as_integer).unwrap_or(0);
        if u64::try_from(done).unwrap_or(0) < KEPT + SLACK {
            return Ok(());
        }
        let last = "SELECT seq FROM changes WHERE done = 1 ORDER BY seq DESC LIMIT 1 OFFSET ?";
        let rows = self.sql.exec(last, &[KEPT.into()])?;
        let Some(last) = rows.first().and_then(|row| row.first()).and_then(Value::as_integer) else {
            return Ok(());
        };
        // First, so that what is gone is known to be, wherever this ends.
        self.sql.write("INSERT OR REPLACE INTO tidied (id, seq) VALUES (1, ?)", &[last.into()])?;
        self.sql.write("DELETE FROM changes WHERE done = 1 AND seq <= ?", &[last.into()])?;
        Ok(())
    }

    /// Puts another name in the place of somebody's in what the feed remembers: they are to be forgotten. Dashboards that follow
    /// read it when they next connect.
    ///
    /// # Errors
    /// When the storage fails; done again it comes to the same.
    pub fn rename(&self, user: UserId, name: &str) -> Result<(), SqlError> {
        let id = user.to_string();
        let rows = self.sql.exec("SELECT seq, summary FROM changes", &[])?;
        for row in &rows {
            let Some((seq, mut summary)) = read_row(row) else { continue };
            let before = summary.clone();
            let people = [
                summary.conversation.assignee.as_mut(),
                summary.last_message.as_mut().map(|last| &mut last.actor),
            ];
            for actor in people.into_iter().flatten().filter(|actor| actor.id == id) {
                name.clone_into(&mut actor.name);
            }
            if summary != before {
                let text = serde_json::to_string(&summary).map_err(words)?;
                self.sql.write("UPDATE changes SET summary = ? WHERE seq = ?", &[text.into(), seq.into()])?;
            }
        }
        Ok(())
    }

    /// Sends a connection what it missed, or a snapshot where it begins anew or missed too much.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) fn resume(
        &mut self,
        id: ConnectionId,
        after: Option<u64>,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SqlError> {
        let head = self.head;
        let after = match after {
            Some(seq) if seq > head || seq < self.floor()? => {
                send(outputs, vec![id], &InboxServerFrame::Reset { head });
                None
            }
            after => after,
        };
        let Some(principal) = self.connections.get(id).map(|it| it.attachment.principal.clone()) else {
            return Ok(());
        };
        let (frame, continues_after) = match after {
            None => {
                let changes = self.snapshot(&principal)?;
                let standing = self.standing(&principal)?;
                (InboxServerFrame::Snapshot { head, changes, standing }, None)
            }
            Some(after) => {
                let Page { changes, gone, more } = self.page(&principal, after)?;
                let standing = if more { None } else { Some(self.standing(&principal)?) };
                let told = changes.iter().map(|change| change.seq).chain(gone.iter().map(|gone| gone.seq));
                let last = told.max().filter(|_| more);
                (InboxServerFrame::Page { changes, gone, more, standing }, last)
            }
        };
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        let live = continues_after.is_none();
        if connection.attachment.live != live {
            connection.attachment.live = live;
            outputs.push(Output::Remember(id));
        }
        connection.state.continues_after = continues_after;
        send(outputs, vec![id], &frame);
        Ok(())
    }

    /// Where a conversation is, as far as the feed knows.
    pub(super) fn whereabouts(&self, id: ConversationId) -> Result<Option<Whereabouts>, SqlError> {
        if let Some(case) = self.cases.get(id) {
            let assignee = case.assignee.map(|assignee| assignee.to_string());
            return Ok(Some(Whereabouts { assignee, department: case.department }));
        }
        let place = "SELECT summary ->> '$.assignee.id', summary ->> '$.department' FROM changes \
                     WHERE conversation_id = ?";
        let rows = self.sql.exec(place, &[id.to_string().into()])?;
        let column = |row: &Row, number: usize| row.get(number).and_then(Value::as_text).map(str::to_owned);
        Ok(rows.first().map(|row| Whereabouts {
            assignee: column(row, 0),
            department: column(row, 1).and_then(|id| id.parse().ok()),
        }))
    }

    /// How things stand in all, as far as somebody may see.
    fn standing(&self, principal: &Principal) -> Result<Standing, SqlError> {
        let sees = |case: &Case| {
            let assignee = case.assignee.map(|assignee| assignee.to_string());
            principal.reaches(Permission::ReadConversations, assignee.as_deref(), case.department)
        };
        let counts = self.cases.counts(principal.user_id(), sees);
        let attention = self.all_attention(|whereabouts| whereabouts.are_seen_by(principal))?;
        Ok(Standing { counts, attention })
    }

    /// The `seq` up to which changes have been given up.
    fn floor(&self) -> Result<u64, SqlError> {
        let rows = self.sql.exec("SELECT seq FROM tidied", &[])?;
        let seq = rows.first().and_then(|row| row.first()).and_then(Value::as_integer);
        Ok(u64::try_from(seq.unwrap_or(0)).unwrap_or(0))
    }

    /// What is most worth showing to somebody: the first [`PAGE`] each of their own, of the queue from its front, and of what changed
    /// last, by `seq`.
    fn snapshot(&self, principal: &Principal) -> Result<Vec<InboxChange>, SqlError> {
        let user = principal.user_id();
        let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let sees = |case: &&Case| {
            let assignee = case.assignee.map(|assignee| assignee.to_string());
            principal.reaches(Permission::ReadConversations, assignee.as_deref(), case.department)
        };
        let cases = || self.cases.iter().map(|(_, case)| case).filter(sees);
        let mine =
            cases().filter(|case| case.assignee.is_some() && case.assignee == user).map(|case| case.seq);
        let mut mine: Vec<u64> = mine.collect();
        sort_by(&mut mine, |one: &u64, other| other.cmp(one));
        let queued = cases().filter(|case| case.is_queued()).map(|case| (case.place(), case.seq));
        let mut queued: Vec<_> = queued.collect();
        sort_by(&mut queued, |one: &(i64, u64), other| one.cmp(other));
        let mut wanted: Vec<u64> = mine.into_iter().take(limit).collect();
        wanted.extend(queued.into_iter().take(limit).map(|(_, seq)| seq));
        let wanted = serde_json::to_string(&wanted).map_err(words)?;
        let mut changes: Vec<InboxChange> = Vec::new();
        let mut take = |rows: &[Row], limit: usize| -> usize {
            let mut taken = 0;
            for row in rows {
                let Some((seq, conversation)) = read_row(row) else { continue };
                if taken < limit && Whereabouts::of(&conversation.conversation).are_seen_by(principal) {
                    taken += 1;
                    if changes.iter().all(|known| known.seq != seq) {
                        changes.push(InboxChange { seq, conversation, was: None });
                    }
                }
            }
            taken
        };
        let picked = "SELECT seq, summary FROM changes WHERE seq IN (SELECT value FROM json_each(?))";
        take(&self.sql.exec(picked, &[wanted.into()])?, usize::MAX);
        let (mut left, mut edge) = (limit, self.head + 1);
        while left > 0 {
            let newest = "SELECT seq, summary FROM changes WHERE seq < ? ORDER BY seq DESC LIMIT ?";
            let rows = self.sql.exec(newest, &[edge.into(), PAGE.into()])?;
            left -= take(&rows, left).min(left);
            let last = rows.last().and_then(|row| row.first()).and_then(Value::as_integer);
            match last.and_then(|last| u64::try_from(last).ok()) {
                Some(last) if rows.len() as u64 == PAGE => edge = last,
                _ => break,
            }
        }
        sort_by(&mut changes, |one: &InboxChange, other| one.seq.cmp(&other.seq));
        Ok(changes)
    }

    /// What somebody is told of what changed after `after`.
    fn page(&self, principal: &Principal, after: u64) -> Result<Page, SqlError> {
        let mut page = Page::default();
        let mut edge = after;
        let query = "SELECT seq, summary, earlier FROM changes WHERE seq > ? ORDER BY seq LIMIT ?";
        loop {
            let rows = self.sql.exec(query, &[edge.into(), PAGE.into()])?;
            for row in &rows {
                let Some((seq, conversation)) = read_row(row) else {
                    return Err(SqlError::Other("a row of the feed could not be read".to_owned()));
                };
                if page.len() >= PAGE {
                    page.more = true;
                    return Ok(page);
                }
                edge = seq;
                let left = || {
                    let earlier = row.get(2).and_then(Value::as_text).map_or_else(Vec::new, read_earlier);
                    let mut since = earlier.iter().filter(|earlier| earlier.until > after);
                    since.any(|Earlier { assignee, department, .. }| {
                        principal.reaches(Permission::ReadConversations, assignee.as_deref(), *department)
                    })
                };
                if Whereabouts::of(&conversation.conversation).are_seen_by(principal) {
                    page.changes.push(InboxChange { seq, conversation, was: None });
                } else if left() {
                    page.gone.push(InboxGone { seq, id: conversation.conversation.id, was: None });
                }
            }
            if (rows.len() as u64) < PAGE {
                return Ok(page);
            }
        }
    }
}

/// Whether a decision is still one, now that its conversation stands so.
fn fits(decision: &Decision, case: Option<&Case>) -> bool {
    case.is_some_and(|case| match decision {
        Decision::Assign { department, .. } => case.is_queued() && case.department == *department,
        Decision::GiveBack { user, .. } => case.loads(*user),
        Decision::MoveOn { from, .. } => case.is_queued() && case.department == *from,
    })
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

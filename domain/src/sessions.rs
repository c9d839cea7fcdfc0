//! Which sessions of a user have ended, and where their sockets are: one such register per user.
//!
//! An access token cannot be taken back; it is good until it expires. So the end of a session is written down here until
//! the last token that was issued for it has expired, and whoever would believe an agent's token asks first. A session that
//! nobody ended needs no row: the token's signature says that there was one. And because a socket is authority that was
//! granted once, the places where a user holds sockets are written down with the time until which those can last; an
//! ending is pushed to all of them (at-least-once, with back-off) until they have answered or that time is over.
//!
//! Plain logic over the [`Sql`] port, like the room. The tables are made by the first write: a check costs no storage.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::access::Principal;
use crate::access::token::{AGENT_SECONDS, LEEWAY_SECONDS};
use crate::id::{ConversationId, SessionId, UserId};
use crate::json;
use crate::sql::{Row, Sql, SqlError, Value, migrate};

/// How long an ending is remembered, in milliseconds: for as long as a token lives, twice. A token may be issued for a
/// session by a request that was under way when the session ended.
#[allow(clippy::cast_lossless)] // `from` is not for constants
const REMEMBERED: Millis = 2 * (AGENT_SECONDS as Millis + LEEWAY_SECONDS) * 1000;
/// How long to wait before a push is tried again, at least and at most, in milliseconds; in between as long as the
/// ending is old.
const RETRY: (Millis, Millis) = (1_000, 60_000);

const STEPS: &[&str] = &["
CREATE TABLE IF NOT EXISTS endings (id INTEGER PRIMARY KEY, ending TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS places (place TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pushes (ending INTEGER NOT NULL, place TEXT NOT NULL, PRIMARY KEY (ending, place)) WITHOUT ROWID;
"];

/// What ended: all tokens that it covers are worthless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// Whose sessions.
    pub user: UserId,
    /// Which of them.
    pub scope: Scope,
    /// When. Where more than one session is meant, tokens that were issued later are good: a person whose role
    /// changed goes on with a fresh one.
    pub at: Millis,
}

/// Which of a user's sessions an ending is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// This one: somebody signed out.
    One(SessionId),
    /// All: somebody was deactivated, or changed role.
    All,
    /// All but this one: somebody signed out everywhere else, or chose another password.
    AllBut(SessionId),
}

impl Ending {
    /// Whether it takes this principal's authority away. One about whom nothing is known loses it, too.
    #[must_use]
    pub fn ends(&self, principal: &Principal) -> bool {
        let before = principal.issued_at <= self.at;
        principal.user_id() == Some(self.user)
            && match self.scope {
                Scope::One(session) => principal.session.is_none_or(|its| its == session),
                Scope::All => before,
                Scope::AllBut(session) => before && principal.session != Some(session),
            }
    }
}

/// An object that holds sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// A conversation's room.
    Room(ConversationId),
    /// The team's inbox.
    Inbox,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Room(id) => id.fmt(formatter),
            Self::Inbox => formatter.write_str("inbox"),
        }
    }
}

impl Place {
    fn read(name: &str) -> Option<Self> {
        if name == "inbox" { Some(Self::Inbox) } else { name.parse().ok().map(Self::Room) }
    }
}

/// An ending that a place has not heard of yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The row of the ending.
    id: i64,
    /// Who is to hear of it.
    pub place: Place,
    /// What ended.
    pub ending: Ending,
}

/// A user's sessions.
pub struct Sessions<S> {
    sql: S,
    /// Whether the tables have been made.
    is_prepared: bool,
    /// The endings that are remembered, with their rows.
    endings: Vec<(i64, Ending)>,
    /// When pushes were last tried; they may be tried at once after a loss of memory.
    tried_at: Millis,
}

impl<S: Sql> Sessions<S> {
    /// Opens the register over its database.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        let begun = sql.exec("SELECT name FROM sqlite_master WHERE name = 'endings'", &[])?;
        let mut sessions = Self { sql, is_prepared: false, endings: Vec::new(), tried_at: 0 };
        if !begun.is_empty() {
            sessions.prepare()?;
            let rows = sessions.sql.exec("SELECT id, ending FROM endings ORDER BY id", &[])?;
            let read = |row: &Row| {
                let ending = row.get(1).and_then(Value::as_text)?;
                Some((row.first().and_then(Value::as_integer)?, json::from_text(ending).ok()?))
            };
            sessions.endings = rows.iter().filter_map(read).collect();
        }
        Ok(sessions)
    }

    /// Whether the session that a token belongs to goes on.
    #[must_use]
    pub fn is_live(&self, principal: &Principal, now: Millis) -> bool {
        let ends = |ending: &Ending| now < ending.at + REMEMBERED && ending.ends(principal);
        !self.endings.iter().any(|(_, ending)| ends(ending))
    }

    /// Writes down that a socket was opened, or renewed, by a principal. Says whether their session goes on; if not, nothing
    /// is written and the socket must not be handed out.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open_socket(
        &mut self,
        principal: &Principal,
        place: Place,
        now: Millis,
    ) -> Result<bool, SqlError> {
        if !self.is_live(principal, now) {
            return Ok(false);
        }
        self.prepare()?;
        let until = principal.expires_at;
        let written = self.sql.write(
            "INSERT INTO places (place, until) VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET until = excluded.until \
             WHERE excluded.until > until",
            &[place.to_string().into(), until.into()],
        )?;
        if written {
            // Those whose sockets have all expired need not be told of anything. If this fails, the next one tidies.
            let _untidied = self.sql.write("DELETE FROM places WHERE until < ?", &[now.into()]);
        }
        Ok(true)
    }

    /// Ends sessions: from now on their tokens are refused here, and every place with a socket is to be told.
    ///
    /// # Errors
    /// When the storage fails; then nothing has ended, and it can be done again.
    pub fn end(&mut self, ending: &Ending, now: Millis) -> Result<(), SqlError> {
        self.prepare()?;
        let forgotten = now - REMEMBERED;
        for (id, _) in self.endings.extract_if(.., |(_, ending)| ending.at < forgotten) {
            self.sql.write("DELETE FROM pushes WHERE ending = ?", &[id.into()])?;
            self.sql.write("DELETE FROM endings WHERE id = ?", &[id.into()])?;
        }
        if self.endings.iter().any(|(_, known)| known.scope == ending.scope && known.at == ending.at) {
            return Ok(());
        }
        let text = serde_json::to_string(ending).map_err(|error| SqlError::Other(error.to_string()))?;
        let id = self.endings.last().map_or(0, |(id, _)| *id) + 1;
        self.sql.write(
            "INSERT OR IGNORE INTO pushes (ending, place) SELECT ?, place FROM places WHERE until > ?",
            &[id.into(), now.into()],
        )?;
        self.sql.write(
            "INSERT INTO endings (id, ending, at) VALUES (?, ?, ?)",
            &[id.into(), text.into(), ending.at.into()],
        )?;
        self.endings.push((id, ending.clone()));
        self.tried_at = 0;
        Ok(())
    }

    /// When the next push is due; `None` when everybody has been told, or need not be any more.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn due(&self, now: Millis) -> Result<Option<Millis>, SqlError> {
        let oldest = self.pushes(now)?.iter().map(|push| push.ending.at).min();
        Ok(oldest.map(|at| match self.tried_at {
            0 => now,
            tried => tried + now.saturating_sub(at).clamp(RETRY.0, RETRY.1),
        }))
    }

    /// Whom to tell what. Whoever has answered is taken off the list by [`Self::pushed`].
    ///
    /// # Errors
    /// When the storage fails.
    pub fn pushes(&self, now: Millis) -> Result<Vec<Push>, SqlError> {
        if self.endings.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.sql.exec("SELECT ending, place FROM pushes ORDER BY ending, place", &[])?;
        let read = |row: &Row| {
            let id = row.first().and_then(Value::as_integer)?;
            let place = Place::read(row.get(1)?.as_text()?)?;
            let (_, ending) = self.endings.iter().find(|(known, _)| *known == id)?;
            (now < ending.at + REMEMBERED).then(|| Push { id, place, ending: ending.clone() })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Takes down that pushes have been tried, with or without success.
    pub const fn tried(&mut self, now: Millis) {
        self.tried_at = now;
    }

    /// Takes down that a place has heard of an ending.
    ///
    /// # Errors
    /// When the storage fails; it is told again.
    pub fn pushed(&self, push: &Push) -> Result<(), SqlError> {
        let key = [push.id.into(), push.place.to_string().into()];
        self.sql.write("DELETE FROM pushes WHERE ending = ? AND place = ?", &key)?;
        Ok(())
    }

    fn prepare(&mut self) -> Result<(), SqlError> {
        if !self.is_prepared {
            migrate(&self.sql, STEPS)?;
            self.is_prepared = true;
        }
        Ok(())
    }
}

//! The frames of the room's and the inbox's sockets. Each is one JSON object with a `type`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Actor, CompactEvent, Conversation, ConversationStatus, ConversationSummary, People, Presence, Present,
};
use crate::Millis;
use crate::id::{ConversationId, DepartmentId, UserId};

/// What a client may say in a room.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ClientFrame {
    /// Say something. Answered by `ack` or `error`.
    Send {
        /// The client's name for this send; a repeat of the same gets the first one's ack.
        client_id: String,
        /// A message for everyone or a note for agents.
        kind: SendKind,
        /// 1–10,000 characters of plain text.
        text: String,
    },
    /// Replace the text of a message. Answered by `ack` or `error`.
    Edit {
        /// The client's name for this edit.
        client_id: String,
        /// The `seq` of the message.
        #[cfg_attr(test, ts(type = "number"))]
        target: u64,
        /// 1–10,000 characters of plain text.
        text: String,
    },
    /// Take a message back. Answered by `ack` or `error`.
    Delete {
        /// The client's name for this deletion.
        client_id: String,
        /// The `seq` of the message.
        #[cfg_attr(test, ts(type = "number"))]
        target: u64,
    },
    /// "I have read everything up to here." Answered by the `read` event when that is news.
    Read {
        /// The last `seq` read.
        #[cfg_attr(test, ts(type = "number"))]
        up_to: u64,
    },
    /// "I started, or stopped, typing."
    Typing {
        /// Started or stopped.
        active: bool,
    },
    /// "The conversation is before my eyes", or no more. Each socket begins without.
    Viewing {
        /// It is, or it is not.
        active: bool,
    },
    /// "Send me what came after this." Answered by `page` or `reset`.
    Resume {
        /// The last `seq` the client has.
        #[cfg_attr(test, ts(type = "number"))]
        after: u64,
    },
    /// "Go on with this token." Answered by `renewed` or `error`.
    Renew {
        /// A fresh access token of the same person.
        token: String,
    },
}

impl ClientFrame {
    /// The `type` of each.
    pub const NAMES: [&str; 8] = ["send", "edit", "delete", "read", "typing", "viewing", "resume", "renew"];
}

/// By hand, in one pass: serde's derived form keeps a copy of the whole frame until it knows the `type`, and that code
/// alone would be a hundredth of the Worker.
impl<'de> Deserialize<'de> for ClientFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The fields of all frames.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            r#type: String,
            client_id: Option<String>,
            kind: Option<SendKind>,
            text: Option<String>,
            target: Option<u64>,
            up_to: Option<u64>,
            active: Option<bool>,
            after: Option<u64>,
            token: Option<String>,
        }

        let Fields { r#type, client_id, kind, text, target, up_to, active, after, token } =
            Fields::deserialize(deserializer)?;
        Ok(match r#type.as_str() {
            "send" => Self::Send {
                client_id: required(client_id, "clientId")?,
                kind: required(kind, "kind")?,
                text: required(text, "text")?,
            },
            "edit" => Self::Edit {
                client_id: required(client_id, "clientId")?,
                target: required(target, "target")?,
                text: required(text, "text")?,
            },
            "delete" => Self::Delete {
                client_id: required(client_id, "clientId")?,
                target: required(target, "target")?,
            },
            "read" => Self::Read { up_to: required(up_to, "upTo")? },
            "typing" => Self::Typing { active: required(active, "active")? },
            "viewing" => Self::Viewing { active: required(active, "active")? },
            "resume" => Self::Resume { after: required(after, "after")? },
            "renew" => Self::Renew { token: required(token, "token")? },
            other => return Err(D::Error::unknown_variant(other, &Self::NAMES)),
        })
    }
}

/// For whom something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum SendKind {
    /// For everyone.
    Message,
    /// For agents only.
    Note,
}

/// What a room may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(clippy::large_enum_variant)] // one is made for each connection
pub enum ServerFrame {
    /// The first frame of every connection.
    Welcome {
        /// Who the room takes this connection for.
        you: Actor,
        /// The conversation as it stands.
        conversation: Conversation,
        /// Who is here, this client included, each once however many sockets they hold.
        present: Vec<Present>,
        /// How often to send `ping`, in seconds.
        heartbeat_seconds: u32,
        /// What the room holds this client to.
        limits: Limits,
        /// When the socket ends, unless it is renewed.
        #[cfg_attr(test, ts(type = "number"))]
        until: Millis,
    },
    /// Stored events, in order: the answer to connecting and to `resume`.
    Page {
        /// Who every `by` among the events is; on a page without `more`, also who every number is that events to come may
        /// name without saying.
        people: People,
        /// The events, ascending.
        events: Vec<CompactEvent>,
        /// Whether more are waiting; ask with `resume` after the last of these. Until then nothing is live.
        more: bool,
        /// The `seq` of the last event of this audience before the page; 0 when the page begins at the first.
        #[cfg_attr(test, ts(type = "number"))]
        prev: u64,
    },
    /// Something has just happened and is stored.
    Event(CompactEvent),
    /// The client's send, edit or deletion is stored.
    Ack {
        /// The client's name for it.
        client_id: String,
        /// The `seq` it got.
        #[cfg_attr(test, ts(type = "number"))]
        seq: u64,
        /// When it was stored.
        #[cfg_attr(test, ts(type = "number"))]
        at: Millis,
        /// Whether it had been stored before this frame came.
        duplicate: bool,
    },
    /// Someone else started or stopped typing. Forget it after six seconds without another.
    Typing {
        /// Who.
        actor: Actor,
        /// Started or stopped.
        active: bool,
    },
    /// Someone came or left, or has the conversation before their eyes now, or no more.
    Presence {
        /// Who.
        actor: Actor,
        /// Whether they are here.
        online: bool,
        /// Whether they have it before their eyes, on any of their sockets.
        viewing: bool,
    },
    /// The socket goes on with the token of `renew`.
    Renewed {
        /// When it ends, unless it is renewed again.
        #[cfg_attr(test, ts(type = "number"))]
        until: Millis,
    },
    /// The client's frame was refused, and nothing of it was done.
    Error(FrameError),
    /// The client is too far behind to resume: forget everything, page the history over REST, then `resume`.
    Reset {
        /// The `seq` of the last event this audience may see.
        #[cfg_attr(test, ts(type = "number"))]
        head: u64,
    },
}

/// Why a frame was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FrameError {
    /// A stable name for the reason.
    pub code: ErrorCode,
    /// What was wrong and what would be right, in English, for a developer.
    pub message: String,
    /// The client's name for what it tried, where the frame had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub client_id: Option<String>,
    /// When it is worth trying again, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub retry_after_ms: Option<u32>,
}

/// The reasons for which a frame is refused. `docs/PROTOCOL.md` explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ErrorCode {
    /// Not a JSON object with the fields its type needs.
    MalformedFrame,
    /// A `type` this room does not know.
    UnknownFrame,
    /// Longer than 128 KiB; the socket is closed with 1009.
    FrameTooLarge,
    /// A `clientId` that is not 1–64 of `A–Z a–z 0–9 _ -`.
    InvalidClientId,
    /// The author has used this `clientId` in this conversation for something else.
    ClientIdReused,
    /// Nothing that can be seen.
    EmptyMessage,
    /// More than 10,000 characters.
    MessageTooLong,
    /// Too many sends, or too many signals; wait `retryAfterMs`.
    RateLimited,
    /// The token of `renew` is malformed, expired, or not of this deployment.
    Unauthenticated,
    /// This actor may not do this.
    Forbidden,
    /// No such message, or one that is deleted, or that this actor may not see.
    NoSuchMessage,
    /// The time to edit or delete it has passed.
    TooLate,
    /// The conversation has as many tags as one may have.
    TooManyTags,
    /// The conversation is closed.
    ConversationClosed,
    /// The room failed; the frame may be sent again.
    Internal,
}

/// What a room holds a client to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Limits {
    /// The largest frame, in bytes.
    pub frame_bytes: u32,
    /// The longest message, in Unicode scalar values.
    pub message_characters: u32,
    /// How many sends may come at once.
    pub send_burst: u32,
    /// How many sends come back each second; where it is a fraction, the next whole number.
    pub sends_per_second: u32,
}

/// What a dashboard may say on the inbox's socket.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum InboxClientFrame {
    /// "Send me what changed after this." Answered by `page`, or by `reset` and `snapshot`.
    Resume {
        /// The last `seq` of the feed the client has.
        #[cfg_attr(test, ts(type = "number"))]
        after: u64,
    },
    /// "Go on with this token." Answered by `renewed` or `error`.
    Renew {
        /// A fresh access token of the same person.
        token: String,
    },
    /// "I am there so, from now on, on whatever device." Answered by `person`, to everyone.
    Presence {
        /// What was chosen.
        chosen: Presence,
        /// Whether the open conversations that are assigned to me go back to the queue.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        give_back: bool,
    },
    /// "Nobody has touched this device for a while", or somebody does again. Each socket begins with somebody.
    Idle {
        /// Nobody has.
        active: bool,
    },
    /// "This conversation is before my eyes", or none, and whether I am writing to its visitor. Each socket begins without.
    Attend {
        /// Which; `null` for none.
        #[cfg_attr(test, ts(type = "string | null"))]
        conversation: Option<ConversationId>,
        /// Whether a reply is being written.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        replying: bool,
    },
    /// "I answer this one", although somebody else has begun to.
    Claim {
        /// Which.
        #[cfg_attr(test, ts(type = "string"))]
        conversation: ConversationId,
    },
    /// "Who is there, and how much do they have?" Answered by `people`.
    People,
}

impl InboxClientFrame {
    /// The `type` of each.
    pub const NAMES: [&str; 7] = ["resume", "renew", "presence", "idle", "attend", "claim", "people"];
}

/// By hand, as a [`ClientFrame`].
impl<'de> Deserialize<'de> for InboxClientFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            r#type: String,
            after: Option<u64>,
            token: Option<String>,
            chosen: Option<Presence>,
            give_back: Option<bool>,
            active: Option<bool>,
            conversation: Option<ConversationId>,
            replying: Option<bool>,
        }

        let Fields { r#type, after, token, chosen, give_back, active, conversation, replying } =
            Fields::deserialize(deserializer)?;
        match r#type.as_str() {
            "resume" => Ok(Self::Resume { after: required(after, "after")? }),
            "renew" => Ok(Self::Renew { token: required(token, "token")? }),
            "presence" => Ok(Self::Presence {
                chosen: required(chosen, "chosen")?,
                give_back: give_back.unwrap_or_default(),
            }),
            "idle" => Ok(Self::Idle { active: required(active, "active")? }),
            "attend" => Ok(Self::Attend { conversation, replying: replying.unwrap_or_default() }),
            "claim" => Ok(Self::Claim { conversation: required(conversation, "conversation")? }),
            "people" => Ok(Self::People),
            other => Err(D::Error::unknown_variant(other, &Self::NAMES)),
        }
    }
}

/// A field that a frame of its type must have.
fn required<T, E: Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
    field.ok_or_else(|| E::missing_field(name))
}

/// What the inbox may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(clippy::large_enum_variant, reason = "a frame is made, sent and dropped, never kept by the thousand")]
pub enum InboxServerFrame {
    /// The first frame of every connection.
    Welcome {
        /// Who the inbox takes this connection for.
        you: Actor,
        /// The last `seq` of the feed.
        #[cfg_attr(test, ts(type = "number"))]
        head: u64,
        /// How often to send `ping`, in seconds.
        heartbeat_seconds: u32,
        /// When the socket ends, unless it is renewed.
        #[cfg_attr(test, ts(type = "number"))]
        until: Millis,
        /// What the client may see, as an opaque text: to be handed back as `scope` when it resumes.
        scope: String,
        /// What they have chosen to be.
        chosen: Presence,
        /// The team: everyone who can sign in.
        people: Vec<Colleague>,
    },
    /// Conversations that changed, each once with its newest summary, by ascending `seq`.
    Page {
        /// The changes.
        changes: Vec<InboxChange>,
        /// Conversations that whoever follows could see before, and may see no more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(test, ts(optional, as = "Option<Vec<InboxGone>>"))]
        gone: Vec<InboxGone>,
        /// Whether more are waiting; ask with `resume`.
        more: bool,
        /// How things stand in all, on the last page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        standing: Option<Standing>,
    },
    /// The conversations most worth showing, in place of all that the client knows: those of its person, those that have waited
    /// longest, and those that changed last. What changes from here on follows.
    Snapshot {
        /// The last `seq` of the feed: go on after it.
        #[cfg_attr(test, ts(type = "number"))]
        head: u64,
        /// The conversations, by ascending `seq`.
        changes: Vec<InboxChange>,
        /// How things stand in all.
        standing: Standing,
    },
    /// A conversation has just changed.
    Change(InboxChange),
    /// A conversation may be seen no more.
    Gone(InboxGone),
    /// Somebody's presence is another now.
    Person(Colleague),
    /// The team, as it stands.
    People {
        /// Everyone who can sign in.
        people: Vec<Colleague>,
    },
    /// Others look at a conversation now, or write in it.
    Attention(Attention),
    /// The socket goes on with the token of `renew`.
    Renewed {
        /// When it ends, unless it is renewed again.
        #[cfg_attr(test, ts(type = "number"))]
        until: Millis,
    },
    /// The client's frame was refused.
    Error(FrameError),
    /// Too far behind to resume, or with other rights than before: forget everything. A `snapshot` follows.
    Reset {
        /// The last `seq` of the feed.
        #[cfg_attr(test, ts(type = "number"))]
        head: u64,
    },
}

/// How things stand in all, as far as its reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Standing {
    /// How many conversations are open, pending or snoozed: a number for each status, kind of assignee and department that has any.
    pub counts: Vec<Count>,
    /// The conversations that somebody looks at.
    pub attention: Vec<Attention>,
}

/// Whose a conversation is, seen by somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Whose {
    /// Theirs.
    Mine,
    /// A colleague's.
    Others,
    /// Nobody's: it is in the queue.
    Nobodys,
}

/// How many conversations there are of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Count {
    /// Where they stand.
    pub status: ConversationStatus,
    /// Whose they are.
    pub whose: Whose,
    /// The department they belong to; absent: the general queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "string | undefined", optional))]
    pub department: Option<DepartmentId>,
    /// How many.
    pub conversations: u32,
}

/// Somebody of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Colleague {
    /// Who.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: UserId,
    /// The name to show.
    pub name: String,
    /// Whether they are there.
    pub presence: Presence,
    /// Since when; 0 where nobody has seen them yet.
    #[cfg_attr(test, ts(type = "number"))]
    pub since: Millis,
    /// The departments they are in.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub departments: Vec<DepartmentId>,
    /// How many open conversations are assigned to them.
    pub load: u32,
    /// How many the product gives them at most.
    pub capacity: u32,
}

/// Who of the team looks at a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Attention {
    /// Which.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: ConversationId,
    /// Who, each once; empty when nobody does any more.
    pub people: Vec<Attending>,
}

/// Somebody who looks at a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Attending {
    /// Who.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: UserId,
    /// The name to show.
    pub name: String,
    /// Whether they are writing to its visitor.
    pub replying: bool,
    /// Whether they are the one who answers: of those who write, the first, or the last who said so by `claim`.
    pub claims: bool,
}

/// A conversation that whoever follows the feed could see before, and may see no more: it was moved or assigned elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxGone {
    /// Its place in the feed.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// Which.
    #[cfg_attr(test, ts(type = "string"))]
    pub id: ConversationId,
    /// Where it was counted before; live alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub was: Option<Was>,
}

/// One change in the inbox's feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxChange {
    /// Its place in the feed: ascending, with gaps (only a conversation's newest change is kept).
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// The conversation as agents see it now.
    pub conversation: ConversationSummary,
    /// Where it was counted before; live alone, and absent where its reader could not see it, or it was not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub was: Option<Was>,
}

/// Where a conversation was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Was {
    /// Its status then.
    pub status: ConversationStatus,
    /// To whom it was assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "string | undefined", optional))]
    pub assignee: Option<UserId>,
    /// The department it belonged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "string | undefined", optional))]
    pub department: Option<DepartmentId>,
}

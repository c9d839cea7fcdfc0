//! The frames of the room's and the inbox's sockets. Each is one JSON object with a `type`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Actor, CompactEvent, Conversation, ConversationSummary, People, Present};
use crate::Millis;
use crate::id::ConversationId;

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

        fn required<T, E: Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
            field.ok_or_else(|| E::missing_field(name))
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
    /// "Send me what changed after this." Answered by `page` or `reset`.
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
}

impl InboxClientFrame {
    /// The `type` of each.
    pub const NAMES: [&str; 2] = ["resume", "renew"];
}

/// By hand, as a [`ClientFrame`].
impl<'de> Deserialize<'de> for InboxClientFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            r#type: String,
            after: Option<u64>,
            token: Option<String>,
        }

        let Fields { r#type, after, token } = Fields::deserialize(deserializer)?;
        match r#type.as_str() {
            "resume" => Ok(Self::Resume { after: after.ok_or_else(|| D::Error::missing_field("after"))? }),
            "renew" => Ok(Self::Renew { token: token.ok_or_else(|| D::Error::missing_field("token"))? }),
            other => Err(D::Error::unknown_variant(other, &Self::NAMES)),
        }
    }
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
    },
    /// A conversation has just changed.
    Change(InboxChange),
    /// A conversation may be seen no more.
    Gone(InboxGone),
    /// The socket goes on with the token of `renew`.
    Renewed {
        /// When it ends, unless it is renewed again.
        #[cfg_attr(test, ts(type = "number"))]
        until: Millis,
    },
    /// The client's frame was refused.
    Error(FrameError),
    /// Too far behind: list the conversations over REST; changes after `head` follow by themselves.
    Reset {
        /// The last `seq` of the feed.
        #[cfg_attr(test, ts(type = "number"))]
        head: u64,
    },
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
}

//! What a deployment of the last version had stored: its storage folder, packed, and beside it what is in there, in words
//! that no later change of the protocol or of documents touches.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use voxora_domain::wire::{ConversationSummary, Event};
use voxora_tests::{Chat, History, Server, whole_history};

/// What is in the saved storage.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// The commit whose Worker stored it.
    pub commit: String,
    pub admin: Admin,
    pub visitors: Vec<SavedVisitor>,
    /// The end of the inbox's feed when a dashboard last looked.
    pub inbox_seq: u64,
    pub conversations: Vec<SavedConversation>,
}

/// The first admin, and a browser where they are signed in.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Admin {
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: String,
    /// `name=value`, of a session whose end is far away.
    pub refresh_cookie: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedVisitor {
    pub id: String,
    /// Signed with the secret of all test servers; its end is far away.
    pub renewal_token: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedConversation {
    /// What it is good for in the tests.
    pub name: String,
    pub id: String,
    /// The place of its visitor among the visitors.
    pub visitor: usize,
    /// How it stood for agents: `status`, `assignee`, `createdAt`, `head`, `read`, `updatedAt`, `lastMessage`, `unread`.
    pub standing: Value,
    /// Its history as agents had it, oldest first: `seq`, `at`, `by` (an id), `clientId`, `kind`, `payload`.
    pub events: Vec<Value>,
    /// The `seq` of the events that the visitor had too.
    pub public: Vec<u64>,
    /// Whether its room had given its events back to the document store.
    pub archived: bool,
    /// Whether the document store had not heard of its last events.
    pub behind: bool,
}

impl Saved {
    /// The state that the repository has.
    pub fn read() -> Self {
        let file = folder().join(CONTENTS);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        serde_json::from_str(&text).unwrap()
    }

    /// Makes it the state that the repository has.
    pub fn write(&self, storage: &Path) {
        fs::create_dir_all(folder()).unwrap();
        let file = File::create(folder().join(STORAGE)).unwrap();
        let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::best()));
        archive.append_dir_all(".", storage).unwrap();
        archive.into_inner().unwrap().finish().unwrap();
        let text = serde_json::to_string_pretty(self).unwrap() + "\n";
        fs::write(folder().join(CONTENTS), text).unwrap();
    }

    /// Puts a copy of the saved storage into a server's folder.
    pub fn unpack(storage: &Path) {
        let file = File::open(folder().join(STORAGE)).unwrap();
        tar::Archive::new(GzDecoder::new(file)).unpack(storage).unwrap();
    }
}

const CONTENTS: &str = "contents.json";
const STORAGE: &str = "storage.tar.gz";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/last-version")
}

/// An event in words that stay.
pub fn told(event: &Event) -> Value {
    let body = json!(event.body);
    json!({
        "seq": event.seq,
        "at": event.at,
        "by": event.actor.id,
        "clientId": event.client_id,
        "kind": body["kind"],
        "payload": body["payload"],
    })
}

/// The whole history as agents have it, and the `seq`s that the visitor has of it.
pub async fn histories(chat: &Chat) -> (Vec<Value>, Vec<u64>) {
    let events = whole_history(chat).await.iter().map(told).collect();
    let mut public: Vec<u64> = Vec::new();
    loop {
        let after = public.last().copied().unwrap_or_default();
        let page: History = chat.visitor.history(&chat.id, &format!("?limit=200&after={after}")).await;
        public.extend(page.events.iter().map(|event| event.seq));
        if !page.more {
            return (events, public);
        }
    }
}

/// Whether a room has given its events back: all but the last.
pub fn is_archived(server: &Server, conversation: &str) -> bool {
    server.rows("Room", conversation, "SELECT MIN(seq) FROM events")[0][0].as_u64() > Some(1)
}

/// How a conversation stands, in words that stay.
pub fn standing(summary: &ConversationSummary) -> Value {
    let conversation = &summary.conversation;
    let assignee = conversation.assignee.as_ref().map(|actor| &actor.id);
    let last = summary
        .last_message
        .as_ref()
        .map(|last| json!({ "seq": last.seq, "at": last.at, "by": last.actor.id, "preview": last.preview }));
    json!({
        "status": conversation.status,
        "assignee": assignee,
        "createdAt": conversation.created_at,
        "head": conversation.head,
        "read": { "visitor": conversation.read.visitor, "agents": conversation.read.agents },
        "updatedAt": summary.updated_at,
        "lastMessage": last,
        "unread": summary.unread,
    })
}

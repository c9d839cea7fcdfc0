//! The documents of the bench: conversations and their messages as a shop would have them, the same in every run.

use serde_json::{Value, json};
use voxora_data_api::document::Document;

/// So many messages make a conversation.
pub const MESSAGES_PER_CONVERSATION: u64 = 10;
/// A word that every twentieth message holds.
pub const COMMON: &str = "delivery";
/// A word that every ten-thousandth message holds, and the first.
pub const RARE: &str = "xylophone";
/// The first conversation's beginning, in milliseconds since 1970.
const BEGIN: u64 = 1_750_000_000_000;
/// The time between two messages anywhere in the deployment, in milliseconds.
const BETWEEN: u64 = 20_000;

/// Ordinary words; which of them a message holds is chosen by its number.
const WORDS: [&str; 32] = [
    "hello", "order", "number", "please", "where", "thanks", "today", "package", "still", "waiting",
    "refund", "colour", "size", "large", "small", "return", "label", "email", "address", "street", "change",
    "payment", "card", "invoice", "shipping", "week", "tomorrow", "question", "answer", "problem", "solved",
    "great",
];

/// A conversation's id.
pub fn conversation_id(number: u64) -> String {
    // Spread as UUIDs are: documents arrive in no order.
    let spread = mixed(number);
    format!(
        "{:08x}-{:04x}-8{:03x}-8{:03x}-{number:012x}",
        spread >> 32,
        spread >> 16 & 0xffff,
        spread >> 4 & 0xfff,
        spread & 0xfff
    )
}

/// An event's id.
pub fn event_id(number: u64) -> String {
    format!(
        "{}-{}",
        conversation_id(number / MESSAGES_PER_CONVERSATION),
        number % MESSAGES_PER_CONVERSATION + 1
    )
}

/// The message of this number, from 0.
pub fn message(number: u64) -> Document {
    let conversation = conversation_id(number / MESSAGES_PER_CONVERSATION);
    let seq = number % MESSAGES_PER_CONVERSATION + 1;
    let visitor = seq % 2 == 1;
    object(json!({
        "_id": format!("{conversation}-{seq}"),
        "version": 1,
        "conversationId": conversation,
        "seq": seq,
        "kind": "message",
        "author": { "kind": if visitor { "visitor" } else { "agent" }, "id": conversation, "name": "Ada" },
        "clientId": format!("c_{:016x}", mixed(number)),
        "text": text(number),
        "createdAt": { "$date": BEGIN + number * BETWEEN },
        "prevPublic": seq - 1,
        "state": { "status": "open", "assignee": null, "read": { "visitor": seq - 1, "agents": seq - 1 } },
    }))
}

/// The conversation of this number, from 0.
pub fn conversation(number: u64) -> Document {
    let id = conversation_id(number);
    let began = BEGIN + number * MESSAGES_PER_CONVERSATION * BETWEEN;
    let visitor = json!({ "kind": "visitor", "id": id, "name": "Visitor" });
    // Most are over, as in any shop that has been open for a while.
    let status = match mixed(number) % 20 {
        0 => "open",
        1 => "pending",
        2..=5 => "resolved",
        _ => "closed",
    };
    let ended = began + (MESSAGES_PER_CONVERSATION - 1) * BETWEEN;
    object(json!({
        "_id": id,
        "customerId": id,
        "visitor": visitor,
        "status": status,
        "assignee": number.is_multiple_of(3).then(|| json!({ "kind": "agent", "id": format!("agent-{}", number % 7), "name": "Bob" })),
        "version": 2,
        "createdAt": { "$date": began },
        "updatedAt": { "$date": ended },
        "head": MESSAGES_PER_CONVERSATION,
        "publicHead": MESSAGES_PER_CONVERSATION,
        "read": { "visitor": 9, "agents": 9 },
        "lastMessage": { "seq": 10, "createdAt": { "$date": ended }, "author": visitor, "preview": text(number).chars().take(100).collect::<String>() },
        "unreadByAgents": 0,
        "unreadByVisitor": 1,
    }))
}

/// About 85 characters.
fn text(number: u64) -> String {
    let mut seed = mixed(number ^ 0x5eed);
    let mut words = Vec::with_capacity(15);
    for _ in 0..14 {
        seed = mixed(seed);
        words.extend(
            usize::try_from(seed % WORDS.len() as u64).ok().and_then(|index| WORDS.get(index)).copied(),
        );
    }
    if number.is_multiple_of(20) {
        words.push(COMMON);
    }
    if number.is_multiple_of(10_000) {
        words.push(RARE);
    }
    words.join(" ")
}

/// `SplitMix64`: numbers that look random, and are the same in every run.
pub const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn object(value: Value) -> Document {
    match value {
        Value::Object(document) => document,
        _ => Document::new(),
    }
}

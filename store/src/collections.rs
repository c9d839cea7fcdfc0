//! All collections of the product: what export, import, the migration tool and the Collection object go by.

use voxora_data_api::schema::CollectionSchema;

pub use crate::collection::{Collection, Renewal};
use crate::{
    audit, conversations, customers, departments, events, invitations, mails, messages, roles, sessions,
    settings, tags, users,
};

/// All of them.
pub static COLLECTIONS: [&Collection; 13] = [
    &users::COLLECTION,
    &sessions::COLLECTION,
    &customers::COLLECTION,
    &conversations::COLLECTION,
    &messages::COLLECTION,
    &events::COLLECTION,
    &settings::COLLECTION,
    &audit::COLLECTION,
    &tags::COLLECTION,
    &mails::COLLECTION,
    &invitations::COLLECTION,
    &departments::COLLECTION,
    &roles::COLLECTION,
];

/// The collection of this name.
#[must_use]
pub fn collection(name: &str) -> Option<&'static Collection> {
    COLLECTIONS.into_iter().find(|collection| collection.name() == name)
}

/// Its schema: what an embedded engine is opened with.
#[must_use]
pub fn schema(name: &str) -> Option<&'static CollectionSchema> {
    collection(name).map(|collection| collection.schema)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{COLLECTIONS, collection};
    use crate::audit::Entry;
    use crate::conversations::ConversationDocument;
    use crate::customers::CustomerDocument;
    use crate::departments::DepartmentDocument;
    use crate::events::EventDocument;
    use crate::invitations::InvitationDocument;
    use crate::mails::MailDocument;
    use crate::messages::MessageDocument;
    use crate::roles::RoleDocument;
    use crate::sessions::SessionDocument;
    use crate::settings::SettingsDocument;
    use crate::tags::TagDocument;
    use crate::users::UserDocument;

    const ID: &str = "0197a0c0-0000-7000-8000-00000000000a";

    /// A collection's name, a document of it with all that it may have, and whether somebody can read one like it.
    type Sample = (&'static str, Value, fn(Value) -> bool);

    #[allow(clippy::too_many_lines, reason = "a sample of every collection")]
    fn samples() -> [Sample; 13] {
        let ada = json!({ "kind": "agent", "id": ID, "name": "Ada" });
        let date = json!({ "$date": 1 });
        let state =
            json!({ "status": "open", "assignee": ada, "read": { "visitor": 0, "agents": 1 }, "tags": [ID] });
        let hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let entry = json!({
            "_id": "e", "version": 1, "createdAt": date, "by": ada, "action": "tag.created",
            "target": { "kind": "tag", "id": ID }, "request": "r", "from": null, "to": { "name": "VIP" },
        });
        let hours = json!({
            "timeZone": "Europe/Oslo", "holidays": [], "week": {
                "monday": [{ "from": "09:00", "to": "12:00" }], "tuesday": [], "wednesday": [], "thursday": [], "friday": [],
                "saturday": [], "sunday": [],
            },
        });
        let policy = json!({
            "routing": {
                "mode": "manual", "sameAgentFirst": true, "skills": "ignored", "giveBackAfterSeconds": 120,
                "overflow": { "department": ID, "afterSeconds": 60 },
            },
            "targets": {
                "low": {}, "normal": { "firstResponse": 5, "nextResponse": 5, "resolution": 60 }, "high": {}, "urgent": {},
                "businessHours": true, "pauseWhilePending": false,
            },
            "autoResolve": { "afterMinutes": 60, "warning": "Still there?", "warnMinutesBefore": 5 },
        });
        [
            (
                "conversations",
                json!({
                    "_id": ID, "version": 2, "customerId": ID, "visitor": ada, "status": "open", "assignee": ada,
                    "createdAt": date, "updatedAt": date, "head": 5, "publicHead": 5,
                    "read": { "visitor": 1, "agents": 0 }, "unreadByAgents": 0, "unreadByVisitor": 1, "tags": [ID],
                    "lastMessage": { "seq": 5, "createdAt": date, "author": ada, "preview": "Hello" },
                }),
                |value| voxora_domain::json::from_value::<ConversationDocument>(value).is_ok(),
            ),
            (
                "customers",
                json!({ "_id": ID, "version": 2, "name": "Ann", "createdAt": date, "lastMessageAt": date }),
                |value| voxora_domain::json::from_value::<CustomerDocument>(value).is_ok(),
            ),
            (
                "messages",
                json!({
                    "_id": format!("{ID}-2"), "version": 1, "conversationId": ID, "seq": 2, "kind": "message", "author": ada,
                    "clientId": "c", "text": "Hello", "createdAt": date, "editedAt": date, "deletedAt": date, "prevPublic": 1,
                    "amendedBy": 3, "state": state,
                }),
                |value| voxora_domain::json::from_value::<MessageDocument>(value).is_ok(),
            ),
            (
                "events",
                json!({
                    "_id": format!("{ID}-5"), "version": 2, "conversationId": ID, "seq": 5, "kind": "message_edited",
                    "actor": ada, "clientId": "c", "target": 2, "replacement": "new", "previous": "old",
                    "tag": { "id": ID, "name": "VIP" }, "createdAt": date, "public": true, "prevPublic": 4, "state": state,
                }),
                |value| voxora_domain::json::from_value::<EventDocument>(value).is_ok(),
            ),
            (
                "tags",
                json!({
                    "_id": ID, "version": 1, "name": "VIP", "folded": "vip", "color": "#1f6feb", "description": "Big",
                    "archived": true, "archivedAt": date, "mergedInto": ID, "revision": 1, "request": "r",
                    "createdAt": date, "updatedAt": date, "unaudited": [entry], "deleted": true,
                }),
                |value| voxora_domain::json::from_value::<TagDocument>(value).is_ok(),
            ),
            ("audit", entry.clone(), |value| voxora_domain::json::from_value::<Entry>(value).is_ok()),
            (
                "users",
                json!({
                    "_id": ID, "version": 3, "email": "ada@example.com", "name": "Ada", "role": "agent", "password": hash,
                    "founder": true, "departments": [ID], "capacity": 5, "skills": [ID],
                    "workingHours": hours, "language": "de", "timeZone": "Europe/Berlin",
                    "notifications": { "desktop": "mine", "email": "nothing", "sound": true }, "status": "active",
                    "lastSeenAt": date, "revision": 1, "createdAt": date, "updatedAt": date, "folded": "ada",
                    "credentials": {
                        "passwords": 1, "kept": ID, "resets": 1, "resetUntil": date, "emailChanges": 1, "nextEmail": "a@example.com",
                        "formerEmail": "b@example.com", "emailUntil": date,
                    },
                    "leaving": { "by": "x", "until": date }, "outdated": date, "sessionsFrom": date, "unaudited": [entry],
                    "deleted": true,
                }),
                |value| voxora_domain::json::from_value::<UserDocument>(value).is_ok(),
            ),
            (
                "sessions",
                json!({
                    "_id": ID, "version": 3, "userId": ID, "generation": 1, "usedHash": "h", "usedAt": date, "createdAt": date,
                    "expiresAt": date, "device": { "browser": "Firefox", "system": "Linux" },
                    "place": { "city": "Oslo", "region": "Oslo", "country": "NO" }, "passwords": 1,
                }),
                |value| voxora_domain::json::from_value::<SessionDocument>(value).is_ok(),
            ),
            (
                "settings",
                json!({
                    "_id": "general", "version": 1, "name": "Voxora", "language": "en", "timeZone": "Europe/Oslo",
                    "mailFrom": "chat@example.com", "sessionDays": 30, "agentsSee": "departments",
                    "policy": policy, "revision": 1,
                    "createdAt": date, "updatedAt": date, "unaudited": [entry],
                }),
                |value| voxora_domain::json::from_value::<SettingsDocument>(value).is_ok(),
            ),
            (
                "mails",
                json!({
                    "_id": "test-1", "version": 1, "template": "test", "to": "ada@example.com", "sender": "resend",
                    "state": "waiting", "attempts": 1, "messageId": "m", "reason": "HTTP 500", "createdAt": date,
                    "updatedAt": date,
                }),
                |value| voxora_domain::json::from_value::<MailDocument>(value).is_ok(),
            ),
            (
                "invitations",
                json!({
                    "_id": ID, "version": 1, "email": "lin@example.com", "role": "agent", "departments": [ID], "invitedBy": ada,
                    "stage": "accepting", "pending": true, "generation": 1, "expiresAt": date, "acceptingAt": date,
                    "revision": 1, "request": "r", "createdAt": date, "updatedAt": date, "unaudited": [entry], "deleted": true,
                }),
                |value| voxora_domain::json::from_value::<InvitationDocument>(value).is_ok(),
            ),
            (
                "departments",
                json!({
                    "_id": ID, "version": 1, "name": "Sales", "folded": "sales", "color": "#1f6feb", "description": "Big",
                    "hours": hours, "policy": policy,
                    "archived": true, "archivedAt": date, "revision": 1, "request": "r", "createdAt": date, "updatedAt": date,
                    "unaudited": [entry], "deleted": true,
                }),
                |value| voxora_domain::json::from_value::<DepartmentDocument>(value).is_ok(),
            ),
            (
                "roles",
                json!({
                    "_id": ID, "version": 1, "name": "Lead", "folded": "lead", "description": "Big",
                    "permissions": ["read_people"], "revision": 1, "request": "r", "createdAt": date, "updatedAt": date,
                    "unaudited": [entry], "deleted": true,
                }),
                |value| voxora_domain::json::from_value::<RoleDocument>(value).is_ok(),
            ),
        ]
    }

    /// The places of a document, as JSON pointers.
    fn places(value: &Value, place: &str) -> Vec<String> {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
            }
            _ => Vec::new(),
        };
        let below = children.into_iter().flat_map(|(name, child)| {
            let place = format!("{place}/{name}");
            let mut all = places(child, &place);
            all.push(place);
            all
        });
        below.collect()
    }

    #[test]
    fn what_is_taken_in_can_be_read() {
        assert_eq!(
            samples().map(|(name, ..)| name).into_iter().collect::<BTreeSet<_>>().len(),
            COLLECTIONS.len()
        );
        for (name, sample, can_read) in samples() {
            let check = collection(name).unwrap().check;
            check(sample.as_object().unwrap()).unwrap();
            assert!(can_read(sample.clone()), "{name}");
            for place in places(&sample, "") {
                for odd in [
                    json!(null),
                    json!(-5),
                    json!(0),
                    json!(1.5),
                    json!(1_u64 << 40),
                    json!(1e300),
                    json!(""),
                    json!("x"),
                    json!(true),
                    json!([]),
                    json!([null]),
                    json!({}),
                    json!({ "$date": "noon" }),
                ] {
                    let mut document = sample.clone();
                    *document.pointer_mut(&place).unwrap() = odd.clone();
                    let is_taken = check(document.as_object().unwrap()).is_ok();
                    assert!(!is_taken || can_read(document), "{name}: {place} is {odd}");
                }
            }
        }
    }
}

//! What several routes have in their examples.

use serde_json::{Value, json};
use voxora_domain::access::{Permissions, token};
use voxora_domain::wire::Role;

/// Values that stand for what each deployment has of its own: name, value, meaning.
pub const STAND_INS: [(&str, &str, &str); 23] = [
    ("conversationId", CONVERSATION, "A conversation"),
    ("userId", USER, "A member of the team"),
    ("colleagueId", COLLEAGUE, "Another member of the team"),
    ("formerColleagueId", FORMER_COLLEAGUE, "A member of the team who leaves"),
    ("invitationId", INVITATION, "An invitation"),
    ("spareInvitationId", SPARE_INVITATION, "An invitation that is taken back"),
    ("invitationToken", INVITATION_TOKEN, "What is behind `#invitation=` in a link"),
    ("acceptedToken", ACCEPTED_TOKEN, "The same, of an invitation to accept"),
    ("visitorId", VISITOR, "A visitor"),
    ("tagId", TAG, "A tag"),
    ("mergedTagId", MERGED_TAG, "A tag to merge"),
    ("spareTagId", SPARE_TAG, "A tag that no conversation has"),
    ("sessionId", OTHER_SESSION, "Another session of one's own"),
    ("resetToken", RESET_TOKEN, "What is behind `#reset=` in a link"),
    ("emailToken", EMAIL_TOKEN, "What is behind `#email=` in a link"),
    ("departmentId", DEPARTMENT, "A department"),
    ("spareDepartmentId", SPARE_DEPARTMENT, "A department that nothing is in"),
    ("roleId", ROLE, "A role of the team's"),
    ("spareRoleId", SPARE_ROLE, "A role that nobody has"),
    ("accessToken", TOKEN, "An access token"),
    ("renewalToken", RENEWAL_TOKEN, "A visitor's renewal token"),
    ("mailId", MAIL, "A mail"),
    ("setupToken", SETUP_TOKEN, "The secret `SETUP_TOKEN` of a deployment"),
];

pub const CONVERSATION: &str = "5f0c7a52-8c1e-8b0e-9d3c-6a2f4e1b7d90";
pub const USER: &str = "0c9d4a1e-2b7f-4e63-8a55-d1f03b6c9e72";
pub const COLLEAGUE: &str = "4d2b8f6e-0c95-4a17-b3e8-7f61d9a2c540";
pub const FORMER_COLLEAGUE: &str = "e81c5a37-6d40-4f2b-9c0e-13b7f8d6a295";
pub const INVITATION: &str = "7c3e9b14-58da-4f06-a1c7-2e90d6b84f35";
pub const SPARE_INVITATION: &str = "a95f1d02-3b7c-4e68-8d14-c60e2f97b8a1";
pub const INVITATION_TOKEN: &str =
    "7c3e9b14-58da-4f06-a1c7-2e90d6b84f36.1.bm90IGEgc2lnbmF0dXJlLCBidXQgYXMgbG9uZyBhcw";
pub const ACCEPTED_TOKEN: &str =
    "2f60d8ae-91b3-4c75-8e0a-5b74c1f93d26.1.bm90IGEgc2lnbmF0dXJlLCBidXQgYXMgbG9uZyBhcw";
pub const INVITATION_LINK: &str =
    "https://chat.example.com/dashboard/#invitation=7c3e9b14-58da-4f06-a1c7-2e90d6b84f35.1.c2lnbmF0dXJl";
pub const RESET_LINK: &str =
    "https://chat.example.com/dashboard/#reset=4d2b8f6e-0c95-4a17-b3e8-7f61d9a2c540.1.c2lnbmF0dXJl";
pub const NEWCOMER: &str = "lin@example.com";
pub const VISITOR: &str = "b7e1f0a4-93c2-4d58-a6ee-40d2c8f5b193";
pub const TAG: &str = "3f7d2a10-5c4b-4a7e-8d21-6e0f9b1c2d3e";
pub const MERGED_TAG: &str = "9b4e6c70-2f1d-4e85-b3a9-7c0d5e8f1a42";
pub const SPARE_TAG: &str = "c2a8e5d4-71f0-4b96-9f3e-58d1a7b60c24";
pub const OTHER_SESSION: &str = "8d1f5b3a-6e2c-4a97-b0d8-3c4e5f6a7b81";
pub const RESET_TOKEN: &str = "7a4e2c81-95d3-4f06-b1a7-e08c3d5f6b29.1.cmVzZXQgb2YgYSBwYXNzd29yZA";
pub const EMAIL_TOKEN: &str = "7a4e2c81-95d3-4f06-b1a7-e08c3d5f6b29.1.YW5vdGhlciBhZGRyZXNz";
pub const DEPARTMENT: &str = "7d1e9b38-6a2c-4f05-9e47-b08c3d5f2a61";
pub const SPARE_DEPARTMENT: &str = "e5b04f92-1c7d-4a83-8d26-93f1c0a7e548";
pub const ROLE: &str = "4a6f8c21-93de-4b70-a1c5-0e7d2f9b5836";
pub const SPARE_ROLE: &str = "d81c5b07-2e94-4f6a-b3d0-6c9a4e1f7725";
pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwYzlkIn0.c2lnbmF0dXJl";
pub const RENEWAL_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2UiOiJyIn0.c2lnbmF0dXJl";
pub const SETUP_TOKEN: &str = "3f9a0c5e7b21d846";

/// When things happen in examples.
const AT: i64 = 1_795_672_800_000;

const TEXT: &str = "Hi! Will the fern I ordered be on Thursday’s boat?";

/// A user as the store keeps them.
pub const USER_DOCUMENT: &str = "{\"_id\":\"6f1d2c3b-0a4e-4b5f-8c7d-9e0f1a2b3c4d\",\"version\":2,\"email\":\"grace@example.com\",\
    \"name\":\"Grace\",\"role\":\"agent\",\"password\":\"$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiBhbiBleGFtcGxl$\
    aGFzaCBvZiBhbiBleGFtcGxlLCAzMiBieXRlcyBsb25nISE\",\"createdAt\":{\"$date\":\"2026-11-26T06:00:00Z\"}}\n";

fn visitor() -> Value {
    json!({ "kind": "visitor", "id": VISITOR, "name": "Visitor b7e1" })
}

pub fn user() -> Value {
    json!({
        "id": USER, "email": "ada@example.com", "name": "Ada", "role": "admin", "departments": [], "capacity": 5,
        "skills": [],
        "notifications": { "desktop": "mine", "email": "nothing", "sound": true }, "status": "active",
        "lastSeenAt": AT, "version": 1, "createdAt": AT, "updatedAt": AT,
    })
}

pub fn colleague() -> Value {
    let mut colleague = user();
    for (name, value) in [
        ("id", json!(COLLEAGUE)),
        ("email", json!("bob@example.com")),
        ("name", json!("Bob")),
        ("role", json!("agent")),
    ] {
        colleague[name] = value;
    }
    colleague
}

pub fn invitation() -> Value {
    json!({
        "id": INVITATION, "email": "kim@example.com", "role": "agent", "departments": [], "status": "open",
        "invitedBy": "Ada", "expiresAt": AT + 7 * 24 * 60 * 60 * 1_000, "version": 1, "createdAt": AT, "updatedAt": AT,
    })
}

pub fn sent_invitation() -> Value {
    json!({ "invitation": invitation(), "link": INVITATION_LINK, "mailed": false })
}

pub fn agent_session() -> Value {
    json!({ "accessToken": TOKEN, "expiresIn": token::AGENT_SECONDS, "user": user(),
        "permissions": Permissions::of(Some(Role::Admin)) })
}

pub fn own_session() -> Value {
    json!({
        "id": OTHER_SESSION, "device": {}, "place": {}, "current": false, "createdAt": AT, "lastUsedAt": AT,
    })
}

pub fn conversation() -> Value {
    json!({
        "id": CONVERSATION, "visitor": visitor(), "status": "open", "assignee": null, "createdAt": AT, "head": 1,
        "read": { "visitor": 0, "agents": 0 },
    })
}

pub fn tag() -> Value {
    json!({
        "id": TAG, "name": "Late delivery", "color": "#1f6feb", "conversations": 1, "version": 1, "createdAt": AT,
        "updatedAt": AT,
    })
}

pub fn department() -> Value {
    json!({
        "id": DEPARTMENT, "name": "Deliveries", "color": "#8250df", "members": 0, "conversations": 0, "version": 1,
        "createdAt": AT, "updatedAt": AT,
    })
}

pub fn hours() -> Value {
    json!({
        "timeZone": "Europe/Berlin",
        "week": {
            "monday": [{ "from": "09:00", "to": "12:00" }, { "from": "13:00", "to": "17:30" }],
            "tuesday": [], "wednesday": [], "thursday": [], "friday": [],
            "saturday": [{ "from": "22:00", "to": "02:00" }], "sunday": [],
        },
        "holidays": [{ "date": "2026-12-25", "name": "Christmas", "hours": [] }],
    })
}

pub fn department_with_hours() -> Value {
    let mut department = department();
    department["name"] = "Parcels".into();
    department["hours"] = hours();
    department["policy"] = policy();
    department
}

pub fn policy() -> Value {
    json!({
        "routing": { "mode": "least_busy", "sameAgentFirst": true, "skills": "preferred", "giveBackAfterSeconds": 120 },
        "targets": {
            "low": {}, "normal": { "firstResponse": 5, "nextResponse": 10 }, "high": {}, "urgent": { "firstResponse": 1 },
            "businessHours": true, "pauseWhilePending": true,
        },
        "autoResolve": { "afterMinutes": 2880, "warning": "Is there anything else we can do for you?", "warnMinutesBefore": 1440 },
    })
}

/// As it is before anybody has changed it.
fn first_policy() -> Value {
    json!({
        "routing": { "mode": "manual", "sameAgentFirst": true, "skills": "ignored", "giveBackAfterSeconds": 120 },
        "targets": {
            "low": {}, "normal": {}, "high": {}, "urgent": {}, "businessHours": false, "pauseWhilePending": false,
        },
    })
}

pub fn built_in_role() -> Value {
    json!({
        "id": "agent", "name": "Agent", "builtIn": true, "permissions": Permissions::of(Some(Role::Agent)), "people": 0,
        "version": 1,
    })
}

pub fn role() -> Value {
    json!({
        "id": ROLE, "name": "Reader", "builtIn": false,
        "permissions": ["read_conversations", "read_own_account", "update_own_account"], "people": 0, "version": 1,
        "createdAt": AT, "updatedAt": AT,
    })
}

pub fn trainee() -> Value {
    let mut role = role();
    role["name"] = "Trainee".into();
    role["permissions"] = json!([
        "read_conversations:own",
        "write_messages:own",
        "follow_inbox",
        "read_own_account",
        "update_own_account",
    ]);
    role
}

pub fn merged_tag() -> Value {
    let mut merged = tag();
    for (name, value) in [
        ("id", json!(MERGED_TAG)),
        ("name", json!("Too late")),
        ("archivedAt", json!(AT)),
        ("mergedInto", json!(TAG)),
        ("version", json!(2)),
    ] {
        merged[name] = value;
    }
    merged
}

/// As an agent sees it.
pub fn conversation_for_agents() -> Value {
    let mut conversation = conversation();
    conversation["tags"] = json!([]);
    conversation["openedAt"] = AT.into();
    conversation["waitingSince"] = AT.into();
    conversation
}

pub fn tagged_conversation() -> Value {
    let mut conversation = conversation();
    conversation["tags"] = json!([TAG]);
    conversation["openedAt"] = AT.into();
    conversation["waitingSince"] = AT.into();
    conversation
}

pub fn started(duplicate: bool) -> Value {
    json!({ "conversation": conversation(), "seq": 1, "at": AT, "duplicate": duplicate })
}

pub fn summary() -> Value {
    let mut summary = conversation();
    summary["updatedAt"] = AT.into();
    summary["lastMessage"] = json!({ "seq": 1, "at": AT, "actor": visitor(), "preview": TEXT });
    summary["unread"] = 1.into();
    summary
}

pub fn history() -> Value {
    json!({
        "people": { "0": visitor() },
        "events": [{ "seq": 1, "at": AT, "by": 0, "clientId": "c_8f14e45f", "kind": "message", "payload": { "text": TEXT } }],
        "prev": 0, "more": false, "head": 1,
    })
}

pub fn readiness() -> Value {
    let ok = "ok";
    json!({
        "ready": true,
        "checks": { "configuration": ok, "objects": ok, "cache": ok, "documents": ok, "outbox": ok },
    })
}

pub const MAIL: &str = "test-4e0b7c19-6a2d-8f35-9b81-2d7c6e5a4f03";

pub fn settings() -> Value {
    json!({
        "name": "Fern & Moss", "language": "en", "timeZone": "Europe/Berlin", "sessionDays": 30,
        "agentsSee": "departments", "policy": first_policy(), "version": 2, "updatedAt": AT,
    })
}

pub fn test_mail() -> Value {
    json!({ "id": MAIL, "to": "ada@example.com" })
}

pub fn mail_status() -> Value {
    json!({
        "sender": "mailbox", "publicUrl": "http://127.0.0.1:8787", "from": "no-reply@voxora.test", "missing": [],
        "recent": [{
            "id": MAIL, "template": "test", "to": "ada@example.com", "state": "sent", "attempts": 1, "messageId": MAIL,
            "createdAt": AT, "updatedAt": AT,
        }],
    })
}

pub fn mailbox_mail() -> Value {
    json!({
        "id": MAIL, "at": AT,
        "headers": [["From", "Voxora <no-reply@voxora.test>"], ["To", "ada@example.com"], ["Subject", "Test mail from Voxora"]],
        "text": "Mail works\n", "html": "<!doctype html>",
    })
}

//! What crosses between a Worker and a room while a new version is rolled out: old forms are read, new ones are such that the
//! last version reads them.

#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

use serde_json::{Value, json};
use voxora_domain::sql::SqlError;
use voxora_domain::wire::ErrorCode;

use super::*;
use crate::call;

const ID: &str = "6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11";

fn actor() -> Value {
    json!({ "kind": "agent", "id": ID, "name": "Ada" })
}

fn read(request: Value) -> Request {
    serde_json::from_value(request).unwrap()
}

#[test]
fn the_requests_of_the_last_version_are_read() {
    let visitor = json!({ "kind": "visitor", "id": ID, "name": "Visitor 6F1C" });
    let start = json!({ "Start": {
        "id": ID, "visitor": visitor, "request": { "clientId": "c_1", "text": "Hello" } } });
    let Request::Start { id, visitor, request } = read(start) else { panic!("start") };
    assert_eq!((id.to_string(), request.text), (ID.to_owned(), "Hello".to_owned()));
    assert_eq!(visitor.visitor(), Some(ID.parse().unwrap()));
    let Request::Get { actor: by } = read(json!({ "Get": { "actor": actor() } })) else { panic!("get") };
    assert_eq!((by.user_id(), by.actor().name), (Some(ID.parse().unwrap()), "Ada".to_owned()));
    for part in [json!("Last"), json!({ "Before": 7 }), json!({ "After": 7 })] {
        let history = json!({ "History": { "actor": actor(), "part": part, "limit": 50 } });
        assert!(matches!(read(history), Request::History { limit: 50, .. }));
    }
    let update = json!({ "Update": { "actor": actor(), "change": { "status": "closed" } } });
    assert!(matches!(read(update), Request::Update { .. }));
    assert!(matches!(read(json!("Store")), Request::Store));
    // The last version's probe.
    let system = json!({ "kind": "system", "id": "system", "name": "Voxora" });
    assert!(matches!(read(json!({ "Get": { "actor": system } })), Request::Get { .. }));
}

#[test]
fn the_last_version_reads_actors_out_of_our_requests() {
    let (id, session) = (ID.parse().unwrap(), ID.parse().unwrap());
    let by = Principal::of_user(id, voxora_domain::wire::Role::Admin, "Ada".to_owned(), session, 1, 2);
    let written = serde_json::to_value(Request::Get { actor: by.clone() }).unwrap();
    let read: Actor = serde_json::from_value(written["Get"]["actor"].clone()).unwrap();
    assert_eq!(read, by.actor());
    let header = call::write_principal(&by).unwrap();
    assert_eq!(call::read_principal(&header).unwrap(), by);
    let ending = Ending { user: id, scope: voxora_domain::sessions::Scope::One(session), at: 3 };
    let written = serde_json::to_value(Request::EndSession { ending }).unwrap();
    let expected = json!({ "user": ID, "scope": { "one": ID }, "at": 3 });
    assert_eq!(written, json!({ "EndSession": { "ending": expected } }));
}

#[test]
fn answers_have_these_forms() {
    let stored = Stored { backlog: None, failed: true };
    let good: Answer<Stored> = Ok(stored);
    assert_eq!(serde_json::to_value(good).unwrap(), json!({ "Ok": { "backlog": null, "failed": true } }));
    let refusal = voxora_domain::sockets::Refusal {
        code: ErrorCode::Forbidden,
        message: "No.".to_owned(),
        retry_after_ms: None,
    };
    for (error, expected) in [
        (RoomError::NotFound, json!("NotFound")),
        (RoomError::TooManyConnections, json!("TooManyConnections")),
        (RoomError::Archived, json!("Archived")),
        (RoomError::Incomplete("two".to_owned()), json!({ "Incomplete": "two" })),
        (
            RoomError::Refused(refusal),
            json!({ "Refused": { "code": "forbidden", "message": "No.", "retry_after_ms": null } }),
        ),
        (RoomError::Storage(SqlError::Other("disk".to_owned())), json!({ "Storage": { "Other": "disk" } })),
    ] {
        let answer: Answer<()> = Err(error);
        let written = serde_json::to_value(&answer).unwrap();
        assert_eq!(written, json!({ "Err": expected }));
        assert_eq!(serde_json::from_value::<Answer<()>>(written).unwrap(), answer);
    }
}

#[test]
fn the_header_of_the_last_version_is_read() {
    // {"kind":"agent","id":"6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11","name":"Ada"}
    let header = "eyJraW5kIjoiYWdlbnQiLCJpZCI6IjZmMWMxYTUyLTZmMGUtNGMxZi05YTUxLTBhM2Y2ZjFmN2MxMSIsIm5hbWUiOiJBZGEifQ==";
    let by = call::read_principal(header).unwrap();
    assert_eq!((by.user_id(), by.session, by.expires_at), (Some(ID.parse().unwrap()), None, 0));
    assert_eq!(by.lasting_from(1_000).expires_at, 1_000 + 15 * 60 * 1000);
}

#[test]
fn a_change_has_this_form() {
    let department = json!({ "id": ID, "name": "Sales" });
    for change in [
        json!({ "status": "open", "assignee": null, "department": department }),
        json!({ "status": null, "department": null }),
        // As the last version sends it.
        json!({ "status": null, "assignee": null }),
    ] {
        let sent = json!({ "Update": { "actor": actor(), "change": change } });
        let Request::Update { change: read, .. } = read(sent) else { panic!("update") };
        assert_eq!(serde_json::to_value(&read).unwrap(), change);
    }
}

#[test]
fn requests_about_tags_have_these_forms() {
    let tag = json!({ "id": ID, "name": "VIP" });
    let put = json!({ "Tag": { "actor": actor(), "tag": tag, "wanted": true } });
    let Request::Tag { actor: by, tag: put_on, wanted: true } = read(put) else { panic!("tag") };
    let written =
        serde_json::to_value(Request::Tag { actor: by.clone(), tag: put_on, wanted: false }).unwrap();
    assert_eq!((&written["Tag"]["tag"], &written["Tag"]["wanted"]), (&tag, &json!(false)));
    assert_eq!(serde_json::from_value::<Principal>(written["Tag"]["actor"].clone()).unwrap(), by);

    let replace =
        json!({ "ReplaceTag": { "actor": actor(), "tag": tag, "into": { "id": ID, "name": "Gold" } } });
    let request = read(replace.clone());
    assert!(matches!(request, Request::ReplaceTag { .. }));
    assert_eq!(serde_json::to_value(request).unwrap(), replace);
    let request = read(json!({ "Rename": { "user": ID, "name": "Team member" } }));
    assert!(matches!(request, Request::Rename { .. }));
}

#[test]
fn what_the_inbox_asks_for_has_these_forms() {
    let reason = json!({ "rule": "least_busy", "waitingSince": 4, "candidates": [
        { "id": ID, "name": "Ada", "presence": "online", "load": 2, "capacity": 5 }], "considered": 1 });
    let department = json!({ "id": ID, "name": "Sales" });
    let keeps = |request: Value| {
        let read = read(request.clone());
        assert_eq!(serde_json::to_value(&read).unwrap(), request);
        read
    };
    let queued = json!({ "Assign": { "assignee": actor(), "reason": reason } });
    assert!(matches!(
        keeps(queued),
        Request::Assign(Assignment { from: None, department: None, by: None, .. })
    ));
    keeps(json!({ "Assign": {
        "assignee": actor(), "from": ID, "department": ID, "reason": reason, "by": actor() } }));
    // As the last version asks, and as this one does: that reads no more of it than it knows.
    let asked = json!({ "TakeFrom": { "actor": actor(), "user": ID } });
    assert!(matches!(keeps(asked), Request::GiveBack { actor: Some(_), reason: None, .. }));
    keeps(json!({ "TakeFrom": { "actor": actor(), "user": ID, "reason": reason } }));
    keeps(json!({ "TakeFrom": { "user": ID, "reason": reason } }));
    keeps(json!({ "MoveOn": { "from": null, "to": department, "reason": reason } }));
    keeps(json!({ "MoveOn": { "from": ID, "to": department, "reason": reason } }));
    let Request::Terms(terms) = read(json!({ "Terms": {} })) else { panic!("terms") };
    assert_eq!(terms, Terms::default());
    // A room of the last version says nothing of what it gave back, and an inbox of it nothing of terms.
    assert_eq!(serde_json::from_value::<Answer<Option<Routed>>>(json!({ "Ok": null })).unwrap(), Ok(None));
    let routed = json!({ "conversation": null, "done": true });
    let read: Routed = serde_json::from_value(routed.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), routed);
    let known = voxora_domain::json::from_text::<Result<Option<Terms>, SqlError>>(r#"{"Ok":null}"#).unwrap();
    assert_eq!(known, Ok(None));
}

#[test]
fn a_change_of_what_is_new_has_this_form() {
    let change = json!({ "status": "snoozed", "snoozed_until": 7, "priority": "high" });
    let sent = json!({ "Update": { "actor": actor(), "change": change } });
    let Request::Update { change: read, .. } = read(sent) else { panic!("update") };
    assert_eq!(serde_json::to_value(&read).unwrap(), change);
}

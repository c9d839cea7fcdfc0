//! Authority: which tokens are believed, when it ends, and who may send which frame.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use support::{NOON, Storage, agent, conversation_id, frames_for, stranger, visitor};
use uuid::Uuid;
use voxora_domain::access::{Keys, Permission, Permissions, Principal, Reach, Subject, token};
use voxora_domain::id::{DepartmentId, RoleId, SessionId, UserId};
use voxora_domain::inbox::{ConnectError, Inbox};
use voxora_domain::limits::{
    DEPARTMENTS_PER_USER, HEARTBEAT_SECONDS, Rates, SOCKETS_PER_AGENT, SOCKETS_PER_VISITOR,
};
use voxora_domain::room::{Room, RoomError};
use voxora_domain::sessions::{Ending, Place, Scope, Sessions};
use voxora_domain::sockets::{Attachment, ConnectionId, Output, SocketLogic};
use voxora_domain::wire::{
    ClientFrame, ErrorCode, InboxClientFrame, InboxServerFrame, Notifications, Presence, Role, SendKind,
    ServerFrame, StartConversationRequest, User, UserStatus,
};

const SECRET: &str = "a-secret-of-the-tests-of-more-than-32-characters";
const HEARTBEAT: i64 = HEARTBEAT_SECONDS as i64 * 1000;
const ID: &str = "6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11";
const SESSION: &str = "0197a0c0-0000-7000-8000-00000000005e";

type TestRoom = Room<Rc<Storage>>;

fn inbox() -> Inbox<Rc<Storage>> {
    Inbox::open(Storage::new(), HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap()
}

fn begun() -> TestRoom {
    let mut room = Room::open(Storage::new(), Rates::default()).unwrap();
    let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
    room.start(conversation_id(1), &visitor(), &request, NOON).unwrap();
    room
}

fn closes(outputs: &[Output]) -> Vec<(ConnectionId, u16)> {
    let closes = outputs.iter().filter_map(|output| match output {
        Output::Close { connection, code, .. } => Some((*connection, *code)),
        _ => None,
    });
    closes.collect()
}

fn never(_: ConnectionId) -> Option<i64> {
    None
}

// What is stored with sockets and crosses between versions.

#[test]
fn the_attachments_of_the_last_version_are_read_and_end_in_time() {
    let agent = format!(
        r#"{{"v":1,"id":7,"actor":{{"kind":"agent","id":"{ID}","name":"Ada"}},"live":true,"since":{NOON}}}"#
    );
    let read = Attachment::read(&agent).unwrap();
    assert_eq!((read.v, read.id, read.live, read.since, read.heard_at), (1, 7, true, NOON, 0));
    assert!(!read.viewing, "it did not ask");
    assert_eq!(read.principal.user_id(), Some(ID.parse().unwrap()));
    assert_eq!(read.principal.expires_at, NOON + 15 * 60 * 1000);
    assert_eq!(read.principal.actor().name, "Ada");
    assert!(
        read.principal.permits(Permission::ReadNotes) && !read.principal.permits(Permission::ManageOutbox)
    );

    let visitor = format!(
        r#"{{"v":1,"id":0,"actor":{{"kind":"visitor","id":"{ID}","name":"Visitor 6F1C"}},"live":false,"since":{NOON}}}"#
    );
    let read = Attachment::read(&visitor).unwrap();
    assert_eq!(read.principal.visitor(), Some(ID.parse().unwrap()));
    assert!(!read.principal.permits(Permission::ReadNotes));
    assert_eq!(Attachment::read("{}"), None);
    assert_eq!(Attachment::read("not json"), None);
}

#[test]
fn attachments_are_written_so_that_the_last_version_reads_an_actor_out_of_them() {
    let principal = ada();
    let written = serde_json::to_value(Attachment::new(3, principal.clone(), NOON)).unwrap();
    let expected = json!({
        "v": 2, "id": 3, "live": false, "since": NOON, "heardAt": NOON, "viewing": false,
        "actor": {
            "kind": "agent", "id": ID, "name": "Ada", "role": "agent", "session": SESSION,
            "permissions": [
                "read_conversations:departments", "write_messages:departments", "read_notes",
                "write_notes:departments", "delete_messages:departments", "update_conversations:departments",
                "tag_conversations:departments", "follow_inbox", "read_own_account", "update_own_account",
                "read_departments", "read_tags",
            ],
            "issuedAt": NOON, "expiresAt": NOON + 1000,
        },
    });
    assert_eq!(written, expected);
    let actor: voxora_domain::wire::Actor = serde_json::from_value(written["actor"].clone()).unwrap();
    assert_eq!(actor, principal.actor());
    assert_eq!(Attachment::read(&written.to_string()).unwrap().principal, principal);
    let mut unasked = written.clone();
    unasked.as_object_mut().unwrap().remove("viewing");
    let read = Attachment::read(&unasked.to_string()).unwrap();
    assert_eq!(
        (read.v, read.viewing),
        (2, false),
        "a socket from before anybody was asked what they look at"
    );
    let visitor = serde_json::to_value(visitor()).unwrap();
    assert_eq!(visitor["kind"], "visitor");
    assert_eq!(
        visitor["permissions"],
        json!(["start_conversations", "read_conversations", "write_messages"])
    );
}

/// The last version saw whether a room answers by asking as the product itself.
#[test]
fn the_product_itself_is_nobody_and_may_do_nothing() {
    let read: Principal =
        serde_json::from_value(json!({ "kind": "system", "id": "system", "name": "Voxora" })).unwrap();
    assert_eq!(read, Principal::nobody());
    assert!(Permission::ALL.into_iter().all(|permission| !read.permits(permission)));
}

#[test]
fn endings_and_places_have_these_names() {
    let (user, session): (UserId, SessionId) = (ID.parse().unwrap(), SESSION.parse().unwrap());
    for (scope, expected) in [
        (Scope::One(session), json!({ "one": SESSION })),
        (Scope::All, json!("all")),
        (Scope::AllBut(session), json!({ "allBut": SESSION })),
    ] {
        let ending = Ending { user, scope, at: NOON };
        let written = serde_json::to_value(&ending).unwrap();
        assert_eq!(written, json!({ "user": ID, "scope": expected, "at": NOON }));
        assert_eq!(serde_json::from_value::<Ending>(written).unwrap(), ending);
    }
    assert_eq!(serde_json::to_value(Place::Inbox).unwrap(), json!("inbox"));
    assert_eq!(serde_json::to_value(Place::Room(ID.parse().unwrap())).unwrap(), json!({ "room": ID }));
}

fn ada() -> Principal {
    let (id, session) = (ID.parse().unwrap(), SESSION.parse().unwrap());
    Principal::of_user(id, Role::Agent, "Ada".to_owned(), session, NOON, NOON + 1000)
}

// Tokens.

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn header() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

fn agents_claims() -> Value {
    let now = NOON / 1000;
    json!({ "iss": "voxora", "aud": "agent", "sub": ID, "iat": now, "exp": now + 900,
        "role": "agent", "name": "Ada", "sid": SESSION })
}

fn visitors_claims() -> Value {
    let now = NOON / 1000;
    json!({ "iss": "voxora", "aud": "visitor", "sub": ID, "iat": now, "exp": now + 900 })
}

fn with(mut value: Value, changes: &[(&str, Value)]) -> Value {
    for (name, change) in changes {
        match change {
            Value::Null => drop(value.as_object_mut().unwrap().remove(*name)),
            change => value[*name] = change.clone(),
        }
    }
    value
}

fn user(role: Role) -> User {
    User {
        id: ID.parse().unwrap(),
        email: String::new(),
        name: "Ada".to_owned(),
        role,
        departments: Vec::new(),
        capacity: 5,
        skills: Vec::new(),
        working_hours: None,
        language: None,
        time_zone: None,
        notifications: Notifications::default(),
        status: UserStatus::Active,
        last_seen_at: None,
        version: 1,
        created_at: NOON,
        updated_at: NOON,
    }
}

/// All departments that somebody may be in, and every right at a reach of its own, are the most that a token has to carry.
#[test]
fn a_token_carries_departments_and_what_a_role_of_the_teams_may_do() {
    let departments: Vec<DepartmentId> = (1..=DEPARTMENTS_PER_USER)
        .map(|number| DepartmentId::new(Uuid::from_u128(u128::MAX - number as u128)))
        .collect();
    let role = Role::Custom(RoleId::new(Uuid::from_u128(7)));
    let lead = User { departments: departments.clone(), name: "\u{1f469}".repeat(100), ..user(role) };
    let permissions = Permissions::of(Some(Role::Admin)).within(Reach::Departments);
    let session = SESSION.parse().unwrap();
    let token = token::sign_agent(&keys(), &lead, permissions, session, NOON).unwrap();
    assert!(token.len() <= token::TOKEN_BYTES, "{} bytes", token.len());
    let principal = token::verify_access(&keys(), &token, NOON).unwrap();
    assert_eq!((principal.role(), principal.permissions), (Some(role), permissions));
    let Subject::User { departments: carried, .. } = principal.subject else { panic!("a visitor") };
    assert_eq!(carried, departments);
    // Of a role that the team has made nothing is known but what the token says.
    let silent = token::sign_agent(&keys(), &user(role), Permissions::NONE, session, NOON).unwrap();
    assert_eq!(token::verify_access(&keys(), &silent, NOON).unwrap().permissions, Permissions::NONE);
}

fn keys() -> Keys {
    Keys::new(SECRET, None)
}

#[test]
fn what_is_signed_is_believed_until_it_expires() {
    let user = user(Role::Admin);
    let permissions = Permissions::of(Some(Role::Admin));
    let token = token::sign_agent(&keys(), &user, permissions, SESSION.parse().unwrap(), NOON + 123).unwrap();
    let principal = token::verify_access(&keys(), &token, NOON).unwrap();
    let session = Some(SESSION.parse().unwrap());
    assert_eq!(
        (principal.user_id(), principal.role(), principal.session),
        (Some(user.id), Some(Role::Admin), session)
    );
    assert_eq!((principal.issued_at, principal.expires_at), (NOON + 123, NOON + 900_000));
    assert_eq!(principal.permissions, Permissions::of(Some(Role::Admin)));
    assert!(
        token::verify_access(&keys(), &token, NOON + 905_000).is_ok(),
        "clocks may differ by five seconds"
    );
    assert!(token::verify_access(&keys(), &token, NOON + 906_000).is_err());
    let (access, renewal) = token::sign_visitor(&keys(), ID.parse().unwrap(), NOON).unwrap();
    assert_eq!(token::verify_access(&keys(), &access, NOON).unwrap().visitor(), Some(ID.parse().unwrap()));
    assert_eq!(token::verify_renewal(&keys(), &renewal, NOON), Ok(ID.parse().unwrap()));
    assert!(token::verify_renewal(&keys(), &access, NOON).is_err());
    assert!(token::verify_access(&keys(), &renewal, NOON).is_err());
    // What the last version signed.
    assert!(token::verify_access(&keys(), &signed(&header(), &agents_claims(), SECRET), NOON).is_ok());
    assert!(token::verify_access(&keys(), &signed(&header(), &visitors_claims(), SECRET), NOON).is_ok());
}

#[test]
fn a_token_is_believed_under_the_key_it_names_and_under_the_key_before() {
    const NEXT: &str = "the-next-secret-of-more-than-32-characters";
    let (before, both, after) = (keys(), Keys::new(NEXT, Some(SECRET)), Keys::new(NEXT, None));
    let (access, renewal) = token::sign_visitor(&before, ID.parse().unwrap(), NOON).unwrap();
    let bare = signed(&header(), &agents_claims(), SECRET);
    for token in [&access, &bare] {
        assert!(token::verify_access(&before, token, NOON).is_ok());
        assert!(token::verify_access(&both, token, NOON).is_ok(), "{token}");
        assert!(token::verify_access(&after, token, NOON).is_err(), "{token}");
    }
    assert!(token::verify_renewal(&both, &renewal, NOON).is_ok());
    assert!(token::verify_renewal(&after, &renewal, NOON).is_err());
    let (access, _) = token::sign_visitor(&both, ID.parse().unwrap(), NOON).unwrap();
    assert!(token::verify_access(&after, &access, NOON).is_ok(), "the new one signs");
    assert!(token::verify_access(&before, &access, NOON).is_err());
    // Signed by one key in the name of the other.
    let (old, new) = (before.signing().id(), after.signing().id());
    for (kid, secret, believed) in
        [(old, SECRET, true), (new, NEXT, true), (new, SECRET, false), (old, NEXT, false)]
    {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid });
        let token = signed(&header, &agents_claims(), secret);
        assert_eq!(token::verify_access(&both, &token, NOON).is_ok(), believed, "{kid}");
    }
}

#[test]
fn forged_tokens_are_refused() {
    let now = NOON / 1000;
    let headers = [
        json!({ "alg": "HS256", "typ": "JWT", "crit": ["exp"] }),
        json!({ "alg": "HS256", "typ": "JWT", "crit": [] }),
        json!({ "alg": "HS256", "typ": "JWT", "crit": "exp" }),
        json!({ "alg": "HS256", "typ": "JWT", "b64": false }),
        json!({ "alg": "HS256", "typ": "JWT", "kid": "1" }),
        json!({ "alg": "HS256", "typ": "JWT", "jwk": { "kty": "oct", "k": "c2VjcmV0" } }),
        json!({ "alg": "HS256", "typ": "at+jwt" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "hs256", "typ": "JWT" }),
        json!({ "alg": "HS384", "typ": "JWT" }),
        json!({ "alg": "RS256", "typ": "JWT" }),
        json!({ "alg": "none", "typ": "JWT" }),
        json!({ "typ": "JWT" }),
        json!([]),
    ];
    for header in headers {
        let token = signed(&header, &agents_claims(), SECRET);
        assert!(token::verify_access(&keys(), &token, NOON).is_err(), "header {header}");
    }
    let claims: [(Value, &[(&str, Value)]); 28] = [
        (agents_claims(), &[("iat", json!(now + 6))]),
        (agents_claims(), &[("nbf", json!(now + 6))]),
        (agents_claims(), &[("nbf", json!("soon"))]),
        (agents_claims(), &[("exp", json!(now - 6))]),
        (agents_claims(), &[("exp", json!("later"))]),
        (agents_claims(), &[("exp", json!(1e300))]),
        (agents_claims(), &[("exp", Value::Null)]),
        (agents_claims(), &[("iat", Value::Null)]),
        (agents_claims(), &[("iss", Value::Null)]),
        (agents_claims(), &[("iss", json!("else"))]),
        (agents_claims(), &[("iss", json!(["voxora"]))]),
        (agents_claims(), &[("sub", Value::Null)]),
        (agents_claims(), &[("sub", json!("ada"))]),
        (agents_claims(), &[("aud", Value::Null)]),
        (agents_claims(), &[("aud", json!("admin"))]),
        (agents_claims(), &[("aud", json!(["agent"]))]),
        (agents_claims(), &[("aud", json!(["agent", "visitor"]))]),
        (agents_claims(), &[("role", Value::Null)]),
        (agents_claims(), &[("role", json!("owner"))]),
        (agents_claims(), &[("name", Value::Null)]),
        (agents_claims(), &[("sid", Value::Null)]),
        (agents_claims(), &[("sid", json!("1"))]),
        // An audience that does not fit what the token says.
        (agents_claims(), &[("aud", json!("visitor"))]),
        (visitors_claims(), &[("aud", json!("agent"))]),
        (visitors_claims(), &[("role", json!("admin"))]),
        (visitors_claims(), &[("sid", json!(SESSION))]),
        (visitors_claims(), &[("name", json!("Ada"))]),
        (visitors_claims(), &[("aud", json!("visitor-renewal"))]),
    ];
    for (claims, changes) in claims {
        let token = signed(&header(), &with(claims, changes), SECRET);
        assert!(token::verify_access(&keys(), &token, NOON).is_err(), "{changes:?}");
    }
    let good = signed(&header(), &agents_claims(), SECRET);
    let (rest, signature) = good.rsplit_once('.').unwrap();
    let other = signed(&header(), &visitors_claims(), SECRET);
    let long = with(agents_claims(), &[("name", json!("x".repeat(token::TOKEN_BYTES)))]);
    for token in [
        String::new(),
        "..".to_owned(),
        rest.to_owned(),
        format!("{rest}."),
        format!("{rest}.{}", &signature[1..]),
        format!("{rest}.{}", other.rsplit_once('.').unwrap().1),
        format!("{good}."),
        format!("{good}="),
        format!(" {good}"),
        signed(&header(), &agents_claims(), "another-secret-of-more-than-32-characters"),
        signed(&header(), &agents_claims(), ""),
        signed(&header(), &long, SECRET),
        "a.".repeat(1_000_000),
    ] {
        assert!(token::verify_access(&keys(), &token, NOON).is_err(), "{}", &token[..token.len().min(80)]);
    }
    // Just within the clocks' difference.
    for changes in [[("iat", json!(now + 5))], [("nbf", json!(now + 5))], [("exp", json!(now - 5))]] {
        let token = signed(&header(), &with(agents_claims(), &changes), SECRET);
        assert!(token::verify_access(&keys(), &token, NOON).is_ok(), "{changes:?}");
    }
}

// The register of sessions.

fn session_of(principal: &Principal) -> SessionId {
    principal.session.unwrap()
}

fn ended(principal: &Principal, scope: Scope, at: i64) -> Ending {
    Ending { user: principal.user_id().unwrap(), scope, at }
}

#[test]
fn a_register_that_was_only_asked_has_made_no_tables() {
    let storage = Storage::new();
    let sessions = Sessions::open(Rc::clone(&storage)).unwrap();
    assert!(sessions.is_live(&agent(1), NOON));
    assert_eq!(sessions.due(NOON), Ok(None));
    assert!(storage.rows("SELECT name FROM sqlite_master", &[]).is_empty());
}

#[test]
fn an_ended_session_stays_ended_until_its_tokens_have_expired() {
    let storage = Storage::new();
    let ada = agent(1);
    let elsewhere = Principal { session: Some(SessionId::new(Uuid::from_u128(9))), ..ada.clone() };
    let mut sessions = Sessions::open(Rc::clone(&storage)).unwrap();
    sessions.end(&ended(&ada, Scope::One(session_of(&ada)), NOON), NOON).unwrap();
    for mut sessions in [sessions, Sessions::open(Rc::clone(&storage)).unwrap()] {
        // A token that a request under way got afterwards is none, either.
        let later = Principal { issued_at: NOON + 1000, ..ada.clone() };
        assert!(!sessions.is_live(&ada, NOON) && !sessions.is_live(&later, NOON + 1000));
        assert!(!sessions.is_live(&ada, NOON + 16 * 60 * 1000));
        assert!(sessions.is_live(&elsewhere, NOON) && sessions.is_live(&agent(2), NOON));
        assert_eq!(sessions.open_socket(&ada, Place::Inbox, NOON), Ok(false));
        assert!(sessions.is_live(&ada, NOON + 31 * 60 * 1000), "it is not remembered for ever");
    }
}

#[test]
fn a_change_of_role_ends_what_was_issued_before_it() {
    let mut sessions = Sessions::open(Storage::new()).unwrap();
    let ada = agent(1);
    sessions.end(&ended(&ada, Scope::All, NOON + 500), NOON + 500).unwrap();
    let issued = |at| Principal { issued_at: at, ..ada.clone() };
    assert!(!sessions.is_live(&issued(NOON + 499), NOON + 500));
    assert!(sessions.is_live(&issued(NOON + 501), NOON + 501), "a fresh token of the same second is good");

    let kept = session_of(&ada);
    let mut sessions = Sessions::open(Storage::new()).unwrap();
    sessions.end(&ended(&ada, Scope::AllBut(kept), NOON), NOON).unwrap();
    assert!(sessions.is_live(&ada, NOON));
    let elsewhere = Principal { session: Some(SessionId::new(Uuid::from_u128(9))), ..ada.clone() };
    assert!(!sessions.is_live(&elsewhere, NOON));
}

#[test]
fn every_place_with_a_socket_is_told_until_it_has_answered() {
    let storage = Storage::new();
    let ada = Principal { expires_at: NOON + 900_000, ..agent(1) };
    let room = |number| Place::Room(conversation_id(number));
    let mut sessions = Sessions::open(Rc::clone(&storage)).unwrap();
    for place in [room(1), room(2), Place::Inbox, room(1)] {
        assert_eq!(sessions.open_socket(&ada, place, NOON), Ok(true));
    }
    let short = Principal { expires_at: NOON + 1_000, ..ada.clone() };
    assert_eq!(sessions.open_socket(&short, room(3), NOON), Ok(true));
    assert_eq!(sessions.due(NOON), Ok(None));
    let at = NOON + 2_000;
    sessions.end(&ended(&ada, Scope::One(session_of(&ada)), at), at).unwrap();
    assert_eq!(sessions.due(at), Ok(Some(at)), "at once");
    let pushes = sessions.pushes(at).unwrap();
    let places = pushes.iter().map(|push| push.place).collect::<Vec<_>>();
    assert_eq!(places, [room(1), room(2), Place::Inbox], "sockets that have expired need not be told");

    sessions.tried(at);
    sessions.pushed(&pushes[1]).unwrap();
    assert_eq!(sessions.due(at), Ok(Some(at + 1_000)), "then with back-off");
    assert_eq!(sessions.due(at + 600_000), Ok(Some(at + 60_000)));
    // A loss of memory tells them at once, and nobody twice who has answered.
    let sessions = Sessions::open(Rc::clone(&storage)).unwrap();
    let places = sessions.pushes(at).unwrap().into_iter().map(|push| push.place).collect::<Vec<_>>();
    assert_eq!(places, [room(1), Place::Inbox]);
    for push in sessions.pushes(at).unwrap() {
        sessions.pushed(&push).unwrap();
    }
    assert_eq!(sessions.due(at), Ok(None));
}

#[test]
fn an_ending_that_could_not_be_stored_can_be_tried_again() {
    for spare in 0..8 {
        let storage = Storage::new();
        let ada = agent(1);
        let ending = ended(&ada, Scope::One(session_of(&ada)), NOON);
        let mut sessions = Sessions::open(Rc::clone(&storage)).unwrap();
        sessions.open_socket(&ada, Place::Inbox, NOON).unwrap();
        storage.fail_after(spare);
        let first = sessions.end(&ending, NOON);
        storage.heal();
        if first.is_err() {
            assert!(sessions.is_live(&ada, NOON), "what was refused has not happened");
            sessions.end(&ending, NOON).unwrap();
        }
        let again = Sessions::open(storage).unwrap();
        assert!(!sessions.is_live(&ada, NOON) && !again.is_live(&ada, NOON));
        assert_eq!(again.pushes(NOON).unwrap().len(), 1);
    }
}

// Sockets end in time.

#[test]
fn a_socket_ends_with_its_token_whether_or_not_anybody_writes() {
    let mut room = begun();
    let ada = Principal { expires_at: NOON + 60_000, ..agent(1) };
    let (expiring, outputs) = room.connect(&ada, None, NOON).unwrap();
    let [ServerFrame::Welcome { until, .. }, ..] = &frames_for::<ServerFrame>(&outputs, expiring)[..] else {
        panic!("no welcome: {outputs:?}")
    };
    assert_eq!(*until, NOON + 60_000);
    let (other, _) = room.connect(&visitor(), None, NOON).unwrap();
    assert_eq!(room.sweep_due(never), Some(NOON + 60_000));
    assert_eq!(closes(&room.sweep(NOON + 59_999, true, |_| Some(NOON + 59_999))), []);
    let outputs = room.sweep(NOON + 60_000, true, |_| Some(NOON + 60_000));
    assert_eq!(closes(&outputs), [(expiring, 4401)]);
    let told = frames_for::<ServerFrame>(&outputs, other);
    assert!(matches!(&told[..], [ServerFrame::Presence { online: false, .. }]));
    assert!(room.attachment(expiring).is_none());
}

#[test]
fn a_frame_of_an_expired_socket_is_not_handled() {
    let mut room = begun();
    let ada = Principal { expires_at: NOON + 60_000, ..agent(1) };
    let (expired, _) = room.connect(&ada, None, NOON).unwrap();
    let say =
        json!({ "type": "send", "clientId": "late", "kind": "message", "text": "Too late" }).to_string();
    let outputs = room.receive(expired, &say, NOON + 60_000);
    assert_eq!(closes(&outputs), [(expired, 4401)]);
    assert!(!outputs.contains(&Output::Changed));
}

#[test]
fn an_ended_session_closes_its_sockets_and_no_others() {
    let mut room = begun();
    let (ada, bob) = (agent(1), agent(2));
    let elsewhere = Principal { session: Some(SessionId::new(Uuid::from_u128(9))), ..ada.clone() };
    let mut connect = |principal: &Principal| room.connect(principal, None, NOON).unwrap().0;
    let (first, second) = (connect(&ada), connect(&ada));
    let others = [connect(&elsewhere), connect(&bob), connect(&visitor())];
    let ending = ended(&ada, Scope::One(session_of(&ada)), NOON);
    assert_eq!(closes(&room.end_session(&ending, NOON)), [(first, 4401), (second, 4401)]);
    assert_eq!(closes(&room.end_session(&ending, NOON)), []);
    assert!(others.into_iter().all(|connection| room.attachment(connection).is_some()));
    let all = ended(&ada, Scope::All, NOON);
    assert_eq!(closes(&room.end_session(&all, NOON)), [(others[0], 4401)]);

    let mut inbox = inbox();
    let (connection, _) = inbox.connect(&ada, None, None, NOON).unwrap();
    inbox.connect(&bob, None, None, NOON).unwrap();
    assert_eq!(closes(&inbox.end_session(&ending, NOON)), [(connection, 4401)]);
}

#[test]
fn a_socket_is_renewed_by_its_own_person_alone() {
    let mut room = begun();
    let ada = Principal { expires_at: NOON + 60_000, ..agent(1) };
    let (connection, _) = room.connect(&ada, None, NOON).unwrap();
    let asked = room.receive(connection, r#"{"type":"renew","token":"a.b.c"}"#, NOON);
    assert_eq!(asked, [Output::Renew { connection, token: "a.b.c".to_owned() }]);

    let fresh = Principal { expires_at: NOON + 900_000, ..ada.clone() };
    let outputs = room.renewed(connection, Ok(fresh.clone()), NOON);
    assert_eq!(outputs[0], Output::Remember(connection));
    let frames = frames_for::<ServerFrame>(&outputs, connection);
    assert_eq!(frames, [ServerFrame::Renewed { until: NOON + 900_000 }]);
    assert_eq!(room.attachment(connection).unwrap().principal, fresh);
    let here = |_| Some(NOON + 60_000);
    assert_eq!(closes(&room.sweep(NOON + 60_000, true, here)), []);

    for (verified, code) in [
        (Ok(agent(2)), ErrorCode::Forbidden),
        (Ok(visitor()), ErrorCode::Forbidden),
        (Err(ErrorCode::Unauthenticated), ErrorCode::Unauthenticated),
        (Err(ErrorCode::Internal), ErrorCode::Internal),
    ] {
        let frames = frames_for::<ServerFrame>(&room.renewed(connection, verified, NOON), connection);
        assert!(matches!(&frames[..], [ServerFrame::Error(error)] if error.code == code), "{frames:?}");
        assert_eq!(room.attachment(connection).unwrap().principal, fresh);
    }
    // Somebody who may not read notes any more begins anew.
    let less = Principal { permissions: fresh.permissions.without(Permission::ReadNotes), ..fresh };
    assert_eq!(closes(&room.renewed(connection, Ok(less.clone()), NOON)), [(connection, 1012)]);
    assert_eq!(room.renewed(connection, Ok(less), NOON), [], "it has closed meanwhile");

    let mut inbox = inbox();
    let (connection, _) = inbox.connect(&ada, None, None, NOON).unwrap();
    let asked = inbox.receive(connection, Some(r#"{"type":"renew","token":"a.b.c"}"#), NOON);
    assert_eq!(asked, [Output::Renew { connection, token: "a.b.c".to_owned() }]);
    let fresh = Principal { expires_at: NOON + 900_000, ..ada };
    let frames = frames_for::<InboxServerFrame>(&inbox.renewed(connection, Ok(fresh), NOON), connection);
    assert_eq!(frames, [InboxServerFrame::Renewed { until: NOON + 900_000 }]);
    let frames = frames_for::<InboxServerFrame>(&inbox.renewed(connection, Ok(agent(2)), NOON), connection);
    assert!(matches!(&frames[..], [InboxServerFrame::Error(error)] if error.code == ErrorCode::Forbidden));
}

/// An alarm at each time that is due, and a room that loses its memory before each: a dead socket is closed in time, one
/// that pings never is.
#[test]
fn silent_sockets_are_closed_by_the_alarm_alone_though_the_room_sleeps() {
    let storage = Storage::new();
    let mut room = Room::open(Rc::clone(&storage), Rates::default()).unwrap();
    let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
    room.start(conversation_id(1), &visitor(), &request, NOON).unwrap();
    let (dead, _) = room.connect(&visitor(), None, NOON).unwrap();
    let (beating, _) = room.connect(&agent(1), None, NOON).unwrap();
    let mut kept: BTreeMap<_, _> =
        [dead, beating].into_iter().map(|id| (id, room.attachment(id).unwrap().clone())).collect();
    let mut due = room.sweep_due(never).unwrap();
    let (mut wakes, mut closed_at) = (0, None);
    while due < NOON + 3_600_000 {
        wakes += 1;
        let now = due;
        let ping = move |id: ConnectionId| (id == beating).then_some(now - now % HEARTBEAT);
        room = Room::open(Rc::clone(&storage), Rates::default()).unwrap();
        for attachment in kept.values() {
            room.restore(attachment.clone(), now);
        }
        for (connection, code) in closes(&room.sweep(now, true, ping)) {
            assert_eq!((connection, code), (dead, 1001));
            kept.remove(&connection);
            closed_at = Some(now);
        }
        due = room.sweep_due(ping).unwrap();
        assert!(due > now, "the alarm must not run in circles");
    }
    let closed_at = closed_at.expect("a dead socket is closed");
    assert!((NOON + 3 * HEARTBEAT..=NOON + 6 * HEARTBEAT).contains(&closed_at), "after {}", closed_at - NOON);
    assert!(wakes <= 42, "{wakes} wake-ups an hour");
    assert!(kept.contains_key(&beating));
    room.disconnect(beating, NOON);
    assert_eq!(room.sweep_due(never), None, "an empty room sleeps for ever");
}

#[test]
fn frames_are_a_sign_of_life_that_survives_sleep() {
    let mut room = begun();
    let (talking, _) = room.connect(&visitor(), None, NOON).unwrap();
    let typing = r#"{"type":"typing","active":true}"#;
    let mut remembered = 0;
    for now in (NOON..NOON + 600_000).step_by(1_000) {
        let outputs = room.receive(talking, typing, now);
        remembered += outputs.iter().filter(|output| matches!(output, Output::Remember(_))).count();
    }
    assert!(remembered <= 20, "kept {remembered} times in 20 heartbeats");
    let (kept, now) = (room.attachment(talking).unwrap().clone(), NOON + 600_000);
    let mut room = begun();
    room.restore(kept, now + 2 * HEARTBEAT);
    assert_eq!(closes(&room.sweep(now + 2 * HEARTBEAT, true, never)), []);
    assert_eq!(closes(&room.sweep(now + 5 * HEARTBEAT, true, never)), [(talking, 1001)]);
}

#[test]
fn ten_dead_sockets_lock_nobody_out() {
    let mut room = begun();
    for _ in 0..SOCKETS_PER_VISITOR {
        room.connect(&visitor(), None, NOON).unwrap();
    }
    assert_eq!(room.connect(&visitor(), None, NOON), Err(RoomError::TooManyConnections));
    let later = NOON + 3 * HEARTBEAT;
    assert_eq!(closes(&room.sweep(later, true, never)).len(), SOCKETS_PER_VISITOR);
    room.connect(&visitor(), None, later).unwrap();
}

#[test]
fn a_member_of_the_team_has_so_many_sockets_and_no_more_also_after_a_loss_of_memory() {
    let mut room = begun();
    let mut connected: Vec<_> =
        (0..SOCKETS_PER_AGENT).map(|_| room.connect(&agent(1), None, NOON).unwrap().0).collect();
    assert_eq!(room.connect(&agent(1), None, NOON), Err(RoomError::TooManyConnections));
    let kept: Vec<_> = connected.iter().map(|id| room.attachment(*id).unwrap().clone()).collect();
    let mut room = begun();
    for attachment in kept {
        room.restore(attachment, NOON);
    }
    assert_eq!(room.connect(&agent(1), None, NOON), Err(RoomError::TooManyConnections));
    room.connect(&agent(2), None, NOON).unwrap();
    room.disconnect(connected.pop().unwrap(), NOON);
    room.connect(&agent(1), None, NOON).unwrap();

    let mut inbox = inbox();
    let connected: Vec<_> =
        (0..SOCKETS_PER_AGENT).map(|_| inbox.connect(&agent(1), None, None, NOON).unwrap().0).collect();
    assert_eq!(inbox.connect(&agent(1), None, None, NOON), Err(ConnectError::TooManyConnections));
    inbox.connect(&agent(2), None, None, NOON).unwrap();
    inbox.disconnect(connected[0], NOON);
    inbox.connect(&agent(1), None, None, NOON).unwrap();
}

#[test]
fn signals_are_a_persons_over_all_of_their_sockets() {
    let mut room = begun();
    let is_refused = |outputs: &[Output]| {
        outputs
            .iter()
            .any(|output| matches!(output, Output::Send { frame, .. } if frame.contains("rate_limited")))
    };
    let typing = r#"{"type":"typing","active":true}"#;
    for _ in 0..30 {
        let (connection, _) = room.connect(&agent(1), None, NOON).unwrap();
        assert!(!is_refused(&room.receive(connection, typing, NOON)));
        room.disconnect(connection, NOON);
    }
    let (connection, _) = room.connect(&agent(1), None, NOON).unwrap();
    assert!(is_refused(&room.receive(connection, typing, NOON)), "a new socket gave a new burst");
    let (other, _) = room.connect(&agent(2), None, NOON).unwrap();
    assert!(!is_refused(&room.receive(other, typing, NOON)));
    assert!(!is_refused(&room.receive(connection, typing, NOON + 200)));

    let mut inbox = inbox();
    let resume = r#"{"type":"resume","after":0}"#;
    for _ in 0..30 {
        let (connection, _) = inbox.connect(&agent(1), None, None, NOON).unwrap();
        assert!(!is_refused(&inbox.receive(connection, Some(resume), NOON)));
        inbox.disconnect(connection, NOON);
    }
    let (connection, _) = inbox.connect(&agent(1), None, None, NOON).unwrap();
    assert!(is_refused(&inbox.receive(connection, Some(resume), NOON)));
}

// Every frame, every kind of caller.

/// A frame of each type there is: one that is added without a row here fails this.
fn frame(name: &str) -> Vec<ClientFrame> {
    let client_id = || "c_1".to_owned();
    let text = || "Words".to_owned();
    match name {
        "send" => vec![
            ClientFrame::Send { client_id: client_id(), kind: SendKind::Message, text: text() },
            ClientFrame::Send { client_id: client_id(), kind: SendKind::Note, text: text() },
        ],
        "edit" => vec![ClientFrame::Edit { client_id: client_id(), target: 1, text: text() }],
        "delete" => vec![ClientFrame::Delete { client_id: client_id(), target: 1 }],
        "read" => vec![ClientFrame::Read { up_to: 1 }],
        "typing" => vec![ClientFrame::Typing { active: true }],
        "viewing" => vec![ClientFrame::Viewing { active: true }],
        "resume" => vec![ClientFrame::Resume { after: 0 }],
        "renew" => vec![ClientFrame::Renew { token: "a.b.c".to_owned() }],
        other => panic!("no row for the frame {other}"),
    }
}

/// What becomes of the frame: how often its sender was refused, and how its socket was closed.
fn outcome(by: &Principal, frame: &ClientFrame, now: i64) -> String {
    let mut room = begun();
    let connection = match room.connect(by, None, NOON) {
        Ok((connection, _)) => connection,
        Err(RoomError::Refused(refusal)) => return format!("not let in: {:?}", refusal.code),
        Err(error) => panic!("{error}"),
    };
    let outputs = room.receive(connection, &serde_json::to_string(frame).unwrap(), now);
    if let [(_, code)] = closes(&outputs)[..] {
        return format!("closed {code}");
    }
    let frames = frames_for::<ServerFrame>(&outputs, connection);
    match frames
        .iter()
        .find_map(|frame| if let ServerFrame::Error(error) = frame { Some(error.code) } else { None })
    {
        Some(code) => format!("{code:?}"),
        None => "done".to_owned(),
    }
}

#[test]
fn every_frame_is_decided_for_every_kind_of_caller() {
    let ada = agent(1);
    let without = |permission| Principal { permissions: ada.permissions.without(permission), ..ada.clone() };
    let admin = match &ada.subject {
        Subject::User { id, name, .. } => Principal::of_user(
            *id,
            Role::Admin,
            name.clone(),
            session_of(&ada),
            ada.issued_at,
            ada.expires_at,
        ),
        Subject::Visitor(_) => panic!("an agent"),
    };
    let expired = |principal: Principal| Principal { expires_at: NOON + 1, ..principal };
    let callers = [
        ("owner", visitor()),
        ("stranger", stranger()),
        ("nobody", Principal::nobody()),
        ("agent", ada.clone()),
        ("admin", admin),
        ("no write", without(Permission::WriteMessages)),
        ("no notes", without(Permission::WriteNotes)),
        ("no delete", without(Permission::DeleteMessages)),
        ("no read", without(Permission::ReadConversations)),
        ("expired owner", expired(visitor())),
        ("expired agent", expired(ada.clone())),
    ];
    let mut refused = BTreeMap::new();
    for name in ClientFrame::NAMES {
        for frame in frame(name) {
            let label = match &frame {
                ClientFrame::Send { kind, .. } => format!("{name} {kind:?}"),
                _ => name.to_owned(),
            };
            for (caller, principal) in &callers {
                let outcome = outcome(principal, &frame, NOON + 1);
                if outcome != "done" {
                    refused.insert((label.clone(), *caller), outcome);
                }
            }
        }
    }
    let all = ["send Message", "send Note", "edit", "delete", "read", "typing", "viewing", "resume", "renew"];
    let mut expected = BTreeMap::new();
    let mut expect = |frames: &[&str], callers: &[&'static str], outcome: &str| {
        for frame in frames {
            for caller in callers {
                expected.insert(((*frame).to_owned(), *caller), outcome.to_owned());
            }
        }
    };
    expect(&all, &["stranger", "nobody", "no read"], "not let in: Forbidden");
    expect(&all, &["expired owner", "expired agent"], "closed 4401");
    expect(&["send Note"], &["owner", "no notes"], "Forbidden");
    // The first message is the visitor's.
    expect(&["edit"], &["agent", "admin", "no write", "no notes", "no delete"], "Forbidden");
    expect(&["delete"], &["no delete"], "Forbidden");
    expect(&["send Message", "typing"], &["no write"], "Forbidden");
    assert_eq!(refused, expected);
}

#[test]
fn every_inbox_frame_has_an_answer() {
    for name in InboxClientFrame::NAMES {
        let frame = match name {
            "resume" => InboxClientFrame::Resume { after: 0 },
            "renew" => InboxClientFrame::Renew { token: "a.b.c".to_owned() },
            "presence" => InboxClientFrame::Presence { chosen: Presence::Busy, give_back: true },
            "idle" => InboxClientFrame::Idle { active: true },
            "attend" => InboxClientFrame::Attend { conversation: Some(conversation_id(1)), replying: true },
            "claim" => InboxClientFrame::Claim { conversation: conversation_id(1) },
            "people" => InboxClientFrame::People,
            other => panic!("no row for the frame {other}"),
        };
        let frame = serde_json::to_string(&frame).unwrap();
        let mut inbox = inbox();
        let ada = Principal { expires_at: NOON + 1, ..agent(1) };
        let (connection, _) = inbox.connect(&ada, None, None, NOON).unwrap();
        assert_eq!(closes(&inbox.receive(connection, Some(&frame), NOON)), [], "{name}");
        assert_eq!(
            closes(&inbox.receive(connection, Some(&frame), NOON + 1)),
            [(connection, 4401)],
            "{name}"
        );
    }
}

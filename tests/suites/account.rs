//! One's own account: sign-ins, and the password.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{COOKIE, USER_AGENT};
use serde_json::{Value, json};
use voxora_domain::wire::{AgentSession, CLOSE_SESSION_ENDED, EndedSessions, List, OwnSession};
use voxora_tests::{ADMIN_PASSWORD, Agent, Answer, Api, Chat, JWT_SECRET, Server, sign_in, tokens};

const SESSIONS: &str = "/api/v1/auth/sessions";
const OTHERS: &str = "/api/v1/auth/sessions/end-others";
const PASSWORD: &str = "/api/v1/auth/password";
const NEW_PASSWORD: &str = "sunflower meadow at noon";

async fn sessions(agent: &Agent) -> Vec<OwnSession> {
    agent.api.get(SESSIONS).await.ok::<List<OwnSession>>(200).items
}

fn session_of(agent: &Agent) -> String {
    tokens::claims(&agent.token)["sid"].as_str().unwrap().to_owned()
}

/// The same person, signed in on one more device; and the cookie that goes on with that session.
async fn another_session(server: &Server, agent: &Agent) -> (Agent, String) {
    let api = Api::anonymous(server);
    let answer = sign_in(&api, &agent.user.email, ADMIN_PASSWORD).await;
    (Agent::of(&api, &answer.ok(200)), answer.cookie().0)
}

async fn refresh(server: &Server, cookie: &str) -> Answer {
    Api::anonymous(server).with_cookie(cookie).post_nothing("/api/v1/auth/refresh").await
}

async fn change_password(agent: &Agent, current: &str, new: &str) -> Answer {
    agent.api.post(PASSWORD, &json!({ "currentPassword": current, "newPassword": new })).await
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in() {
    let server = Server::named("own-sessions").in_city("Oslo").start();
    let (phone, _) = Agent::colleague(&server, "agent").await;
    let api = Api::anonymous(&server).with_header(
        USER_AGENT,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    );
    let answer = sign_in(&api, &phone.user.email, ADMIN_PASSWORD).await;
    let laptop = Agent::of(&api, &answer.ok(200));
    let seen = sessions(&laptop).await;
    assert_eq!(seen.len(), 2, "{seen:?}");
    let mine = seen.iter().find(|session| session.current).unwrap();
    assert_eq!(mine.id.to_string(), session_of(&laptop));
    assert_eq!(
        (mine.device.browser.as_deref(), mine.device.system.as_deref()),
        (Some("Firefox"), Some("Windows"))
    );
    assert_eq!(mine.place.city.as_deref(), Some("Oslo"));
    let other = seen.iter().find(|session| !session.current).unwrap();
    assert_eq!((&other.id.to_string(), other.device.browser.as_deref()), (&session_of(&phone), None));
    // Seen from the other one.
    assert!(sessions(&phone).await.iter().all(|session| session.current == (session.id == other.id)));
    // What is used comes first.
    let cookie = answer.cookie().0;
    let later = another_session(&server, &phone).await;
    refresh(&server, &cookie).await.is(200);
    let order: Vec<_> = sessions(&phone).await.iter().map(|session| session.id.to_string()).collect();
    assert_eq!(order, [session_of(&laptop), session_of(&later.0), session_of(&phone)]);
    // Page by page.
    let mut walked = Vec::new();
    let mut next = format!("{SESSIONS}?limit=1");
    loop {
        let page: List<OwnSession> = phone.api.get(&next).await.ok(200);
        walked.extend(page.items.iter().map(|session| session.id.to_string()));
        let Some(cursor) = page.next_cursor else { break };
        next = format!("{SESSIONS}?limit=1&cursor={cursor}");
    }
    assert_eq!(walked, order);
    phone.api.get(&format!("{SESSIONS}?limit=0")).await.problem(400, "invalid_request");
    phone.api.get(&format!("{SESSIONS}?cursor=x")).await.problem(400, "invalid_request");
}

#[tokio::test]
async fn ending_one_session_ends_its_tokens_and_sockets_at_once_and_no_others() {
    let server = Server::shared();
    let (here, _) = Agent::colleague(server, "agent").await;
    let (there, cookie) = another_session(server, &here).await;
    let (stranger, _) = Agent::colleague(server, "agent").await;
    let chat = Chat::begin(server, "Hello").await;
    let (mut room, mut inbox) = (there.join(&chat.id).await, there.inbox().await);
    let mut mine = here.join(&chat.id).await;
    let path = format!("{SESSIONS}/{}", session_of(&there));
    // Somebody else's is none of one's own.
    stranger.api.call(Method::DELETE, &path, |request| request).await.is(204);
    there.api.get("/api/v1/auth/me").await.is(200);

    let before = Instant::now();
    here.api.call(Method::DELETE, &path, |request| request).await.is(204);
    there.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert_eq!(inbox.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert!(before.elapsed() < Duration::from_secs(5), "closed after {:?}", before.elapsed());
    refresh(server, &cookie).await.problem(401, "session_ended");
    mine.say("Still here").await;
    assert_eq!(sessions(&here).await.len(), 1);
    // Again, and of one that never was.
    here.api.call(Method::DELETE, &path, |request| request).await.is(204);
    let path = format!("{SESSIONS}/{}", uuid::Uuid::new_v4());
    here.api.call(Method::DELETE, &path, |request| request).await.is(204);
    // The one that asks signs itself out.
    let path = format!("{SESSIONS}/{}", session_of(&here));
    here.api.call(Method::DELETE, &path, |request| request).await.is(204);
    here.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn ending_all_others_ends_them_at_once_and_leaves_the_one_that_asks() {
    let server = Server::shared();
    let (here, answer) = Agent::colleague(server, "agent").await;
    let (there, cookie) = another_session(server, &here).await;
    another_session(server, &here).await;
    let chat = Chat::begin(server, "Hello").await;
    let mut room = there.join(&chat.id).await;
    let mut mine = here.join(&chat.id).await;
    assert_eq!(here.api.post_nothing(OTHERS).await.ok::<EndedSessions>(200).ended, 2);
    there.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    refresh(server, &cookie).await.problem(401, "session_ended");
    mine.say("Still here").await;
    refresh(server, &answer.cookie().0).await.is(200);
    assert_eq!(here.api.post_nothing(OTHERS).await.ok::<EndedSessions>(200).ended, 0);
    // Who signs in afterwards is none of those.
    another_session(server, &here).await.0.api.get("/api/v1/auth/me").await.is(200);
}

#[tokio::test]
async fn w14_another_password_ends_every_other_session_at_once() {
    let server = Server::shared();
    let (here, answer) = Agent::colleague(server, "agent").await;
    let (there, cookie) = another_session(server, &here).await;
    let chat = Chat::begin(server, "Hello").await;
    let (mut room, mut inbox) = (there.join(&chat.id).await, there.inbox().await);
    let mut mine = here.join(&chat.id).await;
    // The present one is needed, and the new one must be fit. Nothing of that ends anything.
    for (current, new, pointer) in [
        ("not the password", NEW_PASSWORD, "/currentPassword"),
        (ADMIN_PASSWORD, "short", "/newPassword"),
        (ADMIN_PASSWORD, "Password2026!", "/newPassword"),
        (ADMIN_PASSWORD, ADMIN_PASSWORD, "/newPassword"),
    ] {
        let problem = change_password(&here, current, new).await.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, pointer, "{problem:?}");
    }
    there.api.get("/api/v1/auth/me").await.is(200);

    let before = Instant::now();
    change_password(&here, ADMIN_PASSWORD, NEW_PASSWORD).await.is(204);
    there.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert_eq!(inbox.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert!(before.elapsed() < Duration::from_secs(5), "closed after {:?}", before.elapsed());
    refresh(server, &cookie).await.problem(401, "session_ended");
    // Whoever changed it goes on, in what they have open and with their cookie.
    mine.say("Still here").await;
    here.api.get("/api/v1/auth/me").await.is(200);
    refresh(server, &answer.cookie().0).await.ok::<AgentSession>(200);
    assert_eq!(sessions(&here).await.len(), 1);
    let api = Api::anonymous(server);
    sign_in(&api, &here.user.email, ADMIN_PASSWORD).await.problem(401, "wrong_credentials");
    sign_in(&api, &here.user.email, NEW_PASSWORD).await.ok::<AgentSession>(200);
    // The audit log knows that it was changed, and by whom, and no password.
    let admin = Agent::first(server).await;
    let entries = voxora_tests::eventually(async || {
        let log = admin.api.get("/api/v1/export/audit?limit=200").await.is(200).body.clone();
        let found =
            log.lines().find(|line| line.contains("user.password_changed") && line.contains(&here.id));
        found.map(str::to_owned)
    })
    .await;
    assert!(!entries.contains("argon2id"), "{entries}");
}

#[tokio::test]
async fn guesses_at_the_present_password_are_counted_with_log_ins() {
    let server = Server::shared();
    let (agent, answer) = Agent::colleague(server, "agent").await;
    let (device, _) = answer.cookie_called("voxora-device");
    let mut answered = 0;
    for number in 0..20 {
        let answer = change_password(&agent, &format!("wrong {number}"), NEW_PASSWORD).await;
        if answer.status == 429 {
            answer.problem(429, "rate_limited");
        } else {
            answer.problem(422, "invalid_field");
            answered += 1;
        }
    }
    assert!(answered < 12, "{answered} of 20 guesses were answered");
    let credentials = json!({ "email": agent.user.email, "password": ADMIN_PASSWORD });
    let api = Api::anonymous(server);
    api.post("/api/v1/auth/login", &credentials).await.problem(429, "rate_limited");
    // The owner's device is counted apart.
    let own = agent.api.with_header(COOKIE, &device);
    own.post(PASSWORD, &json!({ "currentPassword": ADMIN_PASSWORD, "newPassword": NEW_PASSWORD }))
        .await
        .is(204);
}

#[tokio::test]
async fn replacing_the_secret_ends_no_session() {
    const NEXT: &str = "the-next-secret-of-the-tests-of-more-than-32-characters";
    let mut server = Server::named("keys").start();
    let chat = Chat::begin(&server, "Hello").await;
    let (agent, answer) = Agent::colleague(&server, "agent").await;
    let (device, _) = answer.cookie_called("voxora-device");
    let kid = |token: &str| tokens::header(token)["kid"].clone();
    assert!(kid(&agent.token).is_string());
    // What the version before signed says nothing of a key.
    let bare = tokens::sign(&tokens::claims(&agent.token), JWT_SECRET);
    server.set("JWT_SECRET", NEXT);
    server.set("JWT_SECRET_BEFORE", JWT_SECRET);
    server.restart();
    for token in [&agent.token, &bare] {
        agent.api.with_token(token).get("/api/v1/auth/me").await.is(200);
    }
    agent.join(&chat.id).await.say("With a token of before").await;
    chat.visitor.join(&chat.id).await.say("So am I").await;
    let renewal = json!({ "renewalToken": chat.visitor.renewal_token });
    let renewed: Value = agent.api.post("/api/v1/widget/session", &renewal).await.ok(200);
    assert_eq!(renewed["visitorId"], chat.visitor.id.as_str());
    let refreshed = refresh(&server, &answer.cookie().0).await;
    let session: AgentSession = refreshed.ok(200);
    assert_ne!(kid(&session.access_token), kid(&agent.token), "the new secret signs");
    // The device is still known: it is not slowed by what strangers did.
    let stranger = Api::anonymous(&server);
    while sign_in_once(&stranger, &agent.user.email, "wrong").await.status != 429 {}
    let known = stranger.with_cookie(&device);
    sign_in_once(&known, &agent.user.email, ADMIN_PASSWORD).await.ok::<AgentSession>(200);

    // Once the secret of before is gone, so is what it signed, and nothing else.
    server.unset("JWT_SECRET_BEFORE");
    server.restart();
    agent.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    agent.api.with_token(&session.access_token).get("/api/v1/auth/me").await.is(200);
    refresh(&server, &refreshed.cookie().0).await.ok::<AgentSession>(200);
    refresh(&server, &answer.cookie().0).await.problem(401, "session_ended");
}

async fn sign_in_once(api: &Api, email: &str, password: &str) -> Answer {
    api.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
}

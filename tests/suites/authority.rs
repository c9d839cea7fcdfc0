//! Authority ends when it should: with the session, with the token, with silence; in the real objects, asleep or awake.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use voxora_domain::wire::{AgentSession, CLOSE_SESSION_ENDED};
use voxora_tests::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Api, Chat, Inbox, Incoming, JWT_SECRET, Person, Server, Socket,
    tokens,
};

/// The first admin, signed in once more, and the cookie that signs this session out.
async fn signed_in(server: &Server) -> (Agent, String) {
    Agent::first(server).await;
    let api = Api::anonymous(server);
    let credentials = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
    let answer = api.post("/api/v1/auth/login", &credentials).await;
    let session: AgentSession = answer.ok(200);
    (Agent::of(&api, &session), answer.cookie().0)
}

/// The same person with a token that expires in so many seconds.
fn expiring(server: &Server, person: &Person, seconds: i64) -> Person {
    let claims = tokens::claims(&person.token);
    let exp = seconds_now() + seconds;
    let token = tokens::sign(&with(claims, "exp", json!(exp)), JWT_SECRET);
    Person { api: Api::anonymous(server).with_token(&token), token, id: person.id.clone() }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn seconds_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test]
async fn signing_out_ends_token_and_sockets_of_that_session_and_of_no_other() {
    let server = Server::shared();
    let (mut here, cookie) = signed_in(server).await;
    let (there, _) = signed_in(server).await;
    let chat = Chat::begin(server, "Hello").await;
    let (mut mine, mut my_inbox) = (here.join(&chat.id).await, here.inbox().await);
    let (mut theirs, mut visitor) = (there.join(&chat.id).await, chat.visitor.join(&chat.id).await);
    // Also where everybody sleeps.
    server.hibernate("Room", &chat.id);
    let before = Instant::now();
    Api::anonymous(server).with_cookie(&cookie).post_nothing("/api/v1/auth/logout").await.is(204);
    assert_eq!(mine.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert_eq!(my_inbox.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    assert!(before.elapsed() < Duration::from_secs(5), "closed after {:?}", before.elapsed());

    here.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    here.api.get(&format!("/api/v1/conversations/{}", chat.id)).await.problem(401, "unauthenticated");
    for path in [format!("/api/v1/conversations/{}/socket", chat.id), "/api/v1/inbox/socket".to_owned()] {
        here.api.upgrade(&path, Some(&here.token)).await.problem(401, "unauthenticated");
    }
    there.api.get("/api/v1/auth/me").await.is(200);
    let said = visitor.say("Still there?").await;
    theirs.seq(said.seq).await;
    // What ended stays ended, whoever has forgotten it.
    server.hibernate("Sessions", &here.id);
    here.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    here = signed_in(server).await.0;
    here.api.get("/api/v1/auth/me").await.is(200);
}

#[tokio::test]
async fn a_socket_ends_with_its_token_and_its_frames_with_it() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let agent = expiring(server, &chat.agent, 3);
    let visitor = expiring(server, &chat.visitor, 3);
    let (mut agents, mut visitors) = (agent.join(&chat.id).await, visitor.join(&chat.id).await);
    let mut inbox = Socket::open(&agent.api.origin, "/api/v1/inbox/socket", &agent.token).await;
    server.hibernate("Room", &chat.id);
    server.hibernate("Inbox", "team");
    for socket in [&mut agents.socket, &mut visitors.socket, &mut inbox] {
        assert_eq!(socket.closed().await, Some(CLOSE_SESSION_ENDED));
    }
    let now = seconds_now();
    assert!(now >= tokens::claims(&agent.token)["exp"].as_i64().unwrap(), "closed before its time");
    assert!(now <= tokens::claims(&agent.token)["exp"].as_i64().unwrap() + 5, "closed long after its time");
}

async fn renew(socket: &mut Socket, token: &str) -> Value {
    socket.send(&json!({ "type": "renew", "token": token }).to_string()).await;
    loop {
        let Incoming::Text(text) = socket.next().await else { panic!("closed: {:?}", socket.received) };
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["type"] == "renewed" || frame["type"] == "error" {
            return frame;
        }
    }
}

#[tokio::test]
async fn a_renewed_socket_goes_on_beyond_its_first_token() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let agent = expiring(server, &chat.agent, 4);
    let visitor = expiring(server, &chat.visitor, 4);
    let (mut agents, mut visitors) = (agent.join(&chat.id).await, visitor.join(&chat.id).await);
    let mut inbox = Inbox::follow(&agent.api.origin, &agent.token, None).await;
    let until = agents.welcome.until;
    for (socket, token) in [
        (&mut agents.socket, &chat.agent.token),
        (&mut visitors.socket, &chat.visitor.token),
        (&mut inbox.socket, &chat.agent.token),
    ] {
        let answer = renew(socket, token).await;
        assert_eq!(answer["type"], "renewed", "{answer}");
        assert_eq!(answer["until"], json!(tokens::claims(token)["exp"].as_i64().unwrap() * 1000));
        assert!(answer["until"].as_i64().unwrap() > until);
    }
    // Asleep over the first token's end.
    server.hibernate("Room", &chat.id);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let said = visitors.say("After the first token").await;
    agents.seq(said.seq).await;
    inbox.change(&chat.id, |change| change.conversation.conversation.head >= said.seq).await;
}

#[tokio::test]
async fn a_socket_is_not_renewed_with_what_is_not_its_persons() {
    let server = Server::shared();
    let (agent, cookie) = signed_in(server).await;
    let chat = Chat::begin(server, "Hello").await;
    let mut room = agent.join(&chat.id).await;
    let expired = tokens::with_claim(&agent.token, "exp", json!(1), JWT_SECRET);
    let forged =
        tokens::with_claim(&agent.token, "role", json!("admin"), "another-secret-of-more-than-32-bytes");
    let other =
        tokens::with_claim(&agent.token, "sub", json!("0197a0c0-0000-7000-8000-00000000000b"), JWT_SECRET);
    for (token, code) in [
        ("", "unauthenticated"),
        ("a.b.c", "unauthenticated"),
        (expired.as_str(), "unauthenticated"),
        (forged.as_str(), "unauthenticated"),
        (other.as_str(), "forbidden"),
        (chat.visitor.token.as_str(), "forbidden"),
    ] {
        let answer = renew(&mut room.socket, token).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{token}");
    }
    let mut elsewhere = chat.agent.join(&chat.id).await;
    Api::anonymous(server).with_cookie(&cookie).post_nothing("/api/v1/auth/logout").await.is(204);
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    // The token of a session that has ended renews no socket of another.
    assert_eq!(renew(&mut elsewhere.socket, &agent.token).await["code"], json!("unauthenticated"));
}

#[tokio::test]
async fn forged_tokens_are_refused_on_every_kind_of_route() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let (agent, visitor) = (&chat.agent.token, &chat.visitor.token);
    let future = seconds_now() + 60;
    let agents = tokens::claims(agent);
    let mut mixed = tokens::claims(visitor);
    for name in ["role", "name", "sid"] {
        mixed[name] = agents[name].clone();
    }
    let forged = [
        tokens::with_claim(agent, "nbf", json!(future), JWT_SECRET),
        tokens::with_claim(agent, "iat", json!(future), JWT_SECRET),
        tokens::with_claim(agent, "aud", json!("visitor"), JWT_SECRET),
        tokens::with_claim(agent, "aud", json!(["agent", "visitor"]), JWT_SECRET),
        tokens::sign(&mixed, JWT_SECRET),
        tokens::with_claim(agent, "name", json!("x".repeat(5_000)), JWT_SECRET),
    ];
    for token in forged {
        let api = Api::anonymous(server).with_token(&token);
        for path in
            ["/api/v1/auth/me", "/api/v1/conversations", &format!("/api/v1/conversations/{}", chat.id)]
        {
            api.get(path).await.problem(401, "unauthenticated");
        }
        for path in [format!("/api/v1/conversations/{}/socket", chat.id), "/api/v1/inbox/socket".to_owned()] {
            api.upgrade(&path, Some(&token)).await.problem(401, "unauthenticated");
        }
    }
}

/// With a short heartbeat: nobody writes, nobody but the alarm is there to notice.
#[tokio::test]
async fn silent_sockets_are_closed_though_everybody_sleeps() {
    let server = Server::named("silence").variable("SOCKET_HEARTBEAT_SECONDS", "2").start();
    let chat = Chat::begin(&server, "Hello").await;
    let (mut dead, mut beating) = (chat.visitor.join(&chat.id).await, chat.agent.join(&chat.id).await);
    let mut inbox = chat.agent.inbox().await;
    assert_eq!(beating.welcome.heartbeat_seconds, 2);
    server.hibernate("Room", &chat.id);
    let all_closed = Cell::new(false);
    let beats = async {
        // Pings are answered by the runtime; the room sleeps on.
        while !all_closed.get() {
            beating.socket.send("ping").await;
            while beating.socket.next_text().await != "pong" {}
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let silence = async {
        let closed = (dead.socket.closed().await, inbox.socket.closed().await);
        all_closed.set(true);
        closed
    };
    let ((), closed) = tokio::join!(beats, silence);
    assert_eq!(closed, (Some(1001), Some(1001)));
    // Presence is true, and whoever pinged is still there.
    let left = |frame: &String| frame.contains(r#""online":false"#) && frame.contains(&chat.visitor.id);
    while !beating.socket.received.iter().any(left) {
        beating.socket.next_text().await;
    }
    beating.say("Still here").await;
}

#[tokio::test]
async fn ten_dead_sockets_lock_no_visitor_out() {
    let server = Server::named("lock-out").variable("SOCKET_HEARTBEAT_SECONDS", "1").start();
    let chat = Chat::begin(&server, "Hello").await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(chat.visitor.join(&chat.id).await);
    }
    let path = format!("/api/v1/conversations/{}/socket", chat.id);
    let token = chat.visitor.token.as_str();
    chat.visitor.api.upgrade(&path, Some(token)).await.problem(429, "too_many_connections");
    tokio::time::sleep(Duration::from_secs(7)).await;
    chat.visitor.join(&chat.id).await;
}

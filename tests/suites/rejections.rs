//! Everything that is refused before a socket opens, and every token that is none.

use serde_json::json;
use voxora_domain::wire::{BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL};
use voxora_tests::{Answer, Api, Chat, JWT_SECRET, Server, Socket, Visitor, tokens, unknown_conversation};

async fn upgrade_as(api: &Api, path: &str, token: &str) -> Answer {
    api.upgrade(path, Some(token)).await
}

fn room(id: &str) -> String {
    format!("/api/v1/conversations/{id}/socket")
}

const INBOX: &str = "/api/v1/inbox/socket";

#[tokio::test]
async fn a_good_upgrade_is_accepted_with_the_subprotocol() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let api = Api::anonymous(Server::shared());
    for (path, token) in [
        (room(&chat.id), &chat.visitor.token),
        (room(&chat.id), &chat.agent.token),
        (INBOX.to_owned(), &chat.agent.token),
    ] {
        let answer = upgrade_as(&api, &path, token).await;
        answer.is(101);
        assert_eq!(answer.header("sec-websocket-protocol").as_deref(), Some(SUBPROTOCOL));
    }
}

#[tokio::test]
async fn what_is_no_websocket_of_ours_needs_an_upgrade() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let bearer = format!("{BEARER_SUBPROTOCOL_PREFIX}{}", chat.agent.token);
    for path in [room(&chat.id), INBOX.to_owned()] {
        chat.agent.api.get(&path).await.problem(426, "upgrade_required");
        for protocols in
            ["", "chat", &*bearer, &*format!("voxora.v2, {bearer}"), &*format!("VOXORA.V1, {bearer}")]
        {
            chat.agent.api.upgrade_to(&path, protocols).await.problem(426, "upgrade_required");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_none_opens_nothing() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let anonymous = Api::anonymous(server);
    let paths = [room(&chat.id), INBOX.to_owned()];
    for path in &paths {
        anonymous.upgrade(path, None).await.problem(401, "unauthenticated");
    }

    for good in [&chat.visitor.token, &chat.agent.token] {
        let claims = tokens::claims(good);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let header = signed.split('.').next().unwrap();
        let mut timeless = claims.clone();
        timeless.as_object_mut().unwrap().remove("exp");
        let mut elevated = claims.clone();
        elevated["role"] = json!("admin");
        elevated["name"] = json!("Somebody else");
        let forged_payload = tokens::sign(&elevated, JWT_SECRET);
        let forged_payload = forged_payload.split('.').nth(1).unwrap();
        assert_eq!(tokens::sign(&claims, JWT_SECRET).matches('.').count(), 2);

        let bad = [
            ("nothing", String::new()),
            ("garbage", "garbage".into()),
            ("three dots", "...".into()),
            ("no signature", signed.to_owned()),
            ("an empty signature", format!("{signed}.")),
            ("a cut signature", good[..good.len() - 2].to_owned()),
            ("another payload under the old signature", format!("{header}.{forged_payload}.{signature}")),
            ("expired", tokens::with_claim(good, "exp", json!(1_000_000_000), JWT_SECRET)),
            ("without an end", tokens::sign(&timeless, JWT_SECRET)),
            ("an end that is no number", tokens::with_claim(good, "exp", json!("never"), JWT_SECRET)),
            ("signed by someone else", tokens::sign(&claims, "another secret of more than 32 characters")),
            ("signed with an empty secret", tokens::sign(&claims, "")),
            ("for another audience", tokens::with_claim(good, "aud", json!("someone-else"), JWT_SECRET)),
            ("by another issuer", tokens::with_claim(good, "iss", json!("someone-else"), JWT_SECRET)),
            ("of nobody", tokens::with_claim(good, "sub", json!("nobody"), JWT_SECRET)),
            ("that needs no signature", tokens::unsigned(&claims)),
            ("the renewal token", chat.visitor.renewal_token.clone()),
        ];
        for (what, token) in bad {
            for path in &paths {
                let answer = upgrade_as(&anonymous, path, &token).await;
                assert_eq!(answer.status, 401, "{what} at {path}: {answer:?}");
                answer.problem(401, "unauthenticated");
            }
            let answer = anonymous.with_token(&token).get("/api/v1/conversations").await;
            assert_eq!(answer.status, 401, "{what} over REST: {answer:?}");
            answer.problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn an_agents_token_names_a_role_that_exists() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = Api::anonymous(Server::shared());
    for role in [json!("owner"), json!(""), json!(null), json!(7)] {
        let token = tokens::with_claim(&chat.agent.token, "role", role, JWT_SECRET);
        upgrade_as(&anonymous, INBOX, &token).await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_visitor_with_an_agents_role_is_still_a_visitor() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = Api::anonymous(Server::shared());
    let token = tokens::with_claim(&chat.visitor.token, "role", json!("admin"), JWT_SECRET);
    assert!(!upgrade_as(&anonymous, INBOX, &token).await.status.is_informational());
}

#[tokio::test]
async fn a_token_in_the_url_is_not_looked_at() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = Api::anonymous(Server::shared());
    for name in ["token", "access_token", "bearer", "authorization"] {
        let path = format!("{}?{name}={}", room(&chat.id), chat.agent.token);
        anonymous.upgrade(&path, None).await.problem(401, "unauthenticated");
        let path = format!("/api/v1/conversations?{name}={}", chat.agent.token);
        let answer = anonymous.get(&path).await;
        answer.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_authorization_of_another_kind_is_none() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = Api::anonymous(Server::shared());
    for value in
        [format!("Basic {}", chat.agent.token), chat.agent.token.clone(), "Bearer".into(), "Bearer ".into()]
    {
        let api = anonymous.with_header(reqwest::header::AUTHORIZATION, &value);
        api.get("/api/v1/conversations").await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn another_visitors_conversation_and_the_inbox_are_forbidden_to_visitors() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let stranger = Visitor::new(server).await;
    let anonymous = Api::anonymous(server);
    upgrade_as(&anonymous, &room(&chat.id), &stranger.token).await.problem(403, "forbidden");
    upgrade_as(&anonymous, INBOX, &chat.visitor.token).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_conversation_that_does_not_exist_is_not_found_and_not_made() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = Api::anonymous(Server::shared());
    let unknown = unknown_conversation();
    for token in [&chat.visitor.token, &chat.agent.token] {
        upgrade_as(&anonymous, &room(&unknown), token).await.problem(404, "not_found");
        let path = format!("/api/v1/conversations/{unknown}");
        anonymous.with_token(token).get(&path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_malformed_id_or_place_is_refused() {
    let chat = Chat::begin(Server::shared(), "Hello").await;
    let anonymous = Api::anonymous(Server::shared());
    let id = &chat.id;
    for path in [
        room("not-a-uuid"),
        room(&id.replace('-', "")),
        room(&format!("{{{id}}}")),
        format!("{}?after=x", room(id)),
        format!("{}?after=-1", room(id)),
        format!("{}?after=1.5", room(id)),
        format!("{}?after=", room(id)),
        format!("{}?after=99999999999999999999", room(id)),
        format!("{INBOX}?after=x"),
    ] {
        upgrade_as(&anonymous, &path, &chat.agent.token).await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_visitor_has_at_most_ten_sockets_in_a_conversation() {
    let server = Server::shared();
    let chat = Chat::begin(server, "Hello").await;
    let anonymous = Api::anonymous(server);
    let path = room(&chat.id);
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(chat.visitor.join(&chat.id).await);
    }
    upgrade_as(&anonymous, &path, &chat.visitor.token).await.problem(429, "too_many_connections");

    // The ten go on, agents are not counted, and other conversations have their own count.
    let mut agent = chat.agent.join(&chat.id).await;
    let ack = agent.say("Still there?").await;
    for socket in &mut sockets {
        socket.seq(ack.seq).await;
    }
    let other = chat.visitor.start("Another").await;
    chat.visitor.join(&other).await;

    // A place that becomes free can be taken.
    sockets.pop().unwrap().socket.close().await;
    let again = Socket::open(&anonymous.origin, &path, &chat.visitor.token).await;
    drop(again);
}

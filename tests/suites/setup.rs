//! Making the first admin: once, by whoever holds the set-up token.

use futures::future::join_all;
use serde_json::{Value, json};
use voxora_domain::wire::{AgentSession, Role, SetupStatus, User};
use voxora_tests::{ADMIN_PASSWORD, Api, SETUP_TOKEN, Server};

fn request(token: &str, email: &str) -> Value {
    json!({ "setupToken": token, "name": "Ada", "email": email, "password": ADMIN_PASSWORD })
}

#[tokio::test]
async fn set_up_makes_one_admin_and_is_over_then() {
    let server = Server::named("setup").start();
    let api = Api::anonymous(&server);
    assert!(api.get("/api/v1/setup").await.ok::<SetupStatus>(200).required);

    let wrong = api.post("/api/v1/setup", &request("not the token", "ada@example.com")).await;
    wrong.problem(403, "wrong_setup_token");
    let missing = api.post("/api/v1/setup", &request("", "ada@example.com")).await;
    missing.problem(403, "wrong_setup_token");
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("   ")),
        ("name", json!("\u{200b}\u{2800}")),
        ("name", json!("Ada\u{202e}")),
        ("name", json!("x".repeat(101))),
        ("email", json!("not an address")),
        ("email", json!("")),
        ("password", json!("too short")),
        ("password", json!("x".repeat(201))),
        ("password", json!("Password2026!")),
        ("password", json!("Ada@example.com")),
    ] {
        let mut body = request(SETUP_TOKEN, "ada@example.com");
        body[field] = value;
        let problem = api.post("/api/v1/setup", &body).await.problem(422, "invalid_field");
        assert!(problem.detail.contains(field), "{problem:?}");
    }
    assert!(
        api.get("/api/v1/setup").await.ok::<SetupStatus>(200).required,
        "a refused set-up changed something"
    );

    let made = api.post("/api/v1/setup", &request(SETUP_TOKEN, "Ada@Example.COM")).await;
    let session: AgentSession = made.ok(201);
    assert_eq!(session.user.email, "ada@example.com");
    assert_eq!(session.user.name, "Ada");
    assert_eq!(session.user.role, Role::Admin);
    assert!(!made.cookie().0.is_empty(), "set-up signs in, with a refresh cookie");
    let me: User = api.with_token(&session.access_token).get("/api/v1/auth/me").await.ok(200);
    assert_eq!(me, session.user);

    assert!(!api.get("/api/v1/setup").await.ok::<SetupStatus>(200).required);
    let again = api.post("/api/v1/setup", &request(SETUP_TOKEN, "eve@example.com")).await;
    again.problem(409, "already_set_up");
    // Whether the product is set up is no secret; whether a token is right stays one.
    let guess = api.post("/api/v1/setup", &request("a guess", "eve@example.com")).await;
    assert!(!guess.status.is_success(), "{guess:?}");
}

#[tokio::test]
async fn of_many_set_ups_at_once_exactly_one_makes_an_admin() {
    let server = Server::named("setup-race").start();
    let api = Api::anonymous(&server);
    let attempts = (0..8).map(|number| {
        let api = api.clone();
        async move {
            let email = format!("admin{number}@example.com");
            (email.clone(), api.post("/api/v1/setup", &request(SETUP_TOKEN, &email)).await)
        }
    });
    let (mut winners, mut losers) = (Vec::new(), Vec::new());
    for (email, answer) in join_all(attempts).await {
        if answer.status.is_success() { &mut winners } else { &mut losers }.push((email, answer));
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    for (email, answer) in &losers {
        answer.problem(409, "already_set_up");
        let login = json!({ "email": email, "password": ADMIN_PASSWORD });
        api.post("/api/v1/auth/login", &login).await.problem(401, "wrong_credentials");
    }
    let login = json!({ "email": winners[0].0, "password": ADMIN_PASSWORD });
    api.post("/api/v1/auth/login", &login).await.ok::<AgentSession>(200);

    // What SQLite refused was handled: no reason to fill the log with stacks.
    assert!(!server.log().contains("UNIQUE"), "{}", server.log());

    server.restart();
    assert!(!api.get("/api/v1/setup").await.ok::<SetupStatus>(200).required, "a restart forgot the admin");
}

#[tokio::test]
async fn without_a_setup_token_nobody_can_set_up() {
    let server = Server::named("setup-without-token").without("SETUP_TOKEN").start();
    let api = Api::anonymous(&server);
    for token in ["", "undefined", "null", SETUP_TOKEN] {
        let answer = api.post("/api/v1/setup", &request(token, "eve@example.com")).await;
        let problem = answer.problem(500, "misconfigured");
        assert!(problem.detail.contains("SETUP_TOKEN"), "{problem:?}");
    }
}

//! What every answer promises, whichever route gives it: health, unknown routes and methods, problem documents,
//! request ids, bodies, and logs that keep secrets.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use voxora_domain::wire::Readiness;
use voxora_tests::{ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Answer, Api, Chat, JWT_SECRET, SETUP_TOKEN, Server};

#[tokio::test]
async fn the_worker_says_that_it_is_alive() {
    let api = Api::anonymous(Server::shared());
    assert_eq!(api.get("/healthz").await.ok::<Value>(200), json!({ "status": "ok" }));
}

#[tokio::test]
async fn readiness_names_every_part_the_product_stands_on() {
    let readiness: Readiness = Api::anonymous(Server::shared()).get("/readyz").await.ok(200);
    assert!(readiness.ready);
    let checks: Vec<_> =
        readiness.checks.iter().map(|(name, state)| (name.as_str(), state.as_str())).collect();
    let parts = ["cache", "configuration", "documents", "objects", "outbox"].map(|name| (name, "ok"));
    assert_eq!(checks, parts);
}

#[tokio::test]
async fn a_missing_secret_is_named_and_everything_that_needs_it_says_misconfigured() {
    let server = Server::named("misconfigured").without("JWT_SECRET").start();
    let api = Api::anonymous(&server);
    api.get("/healthz").await.is(200);
    let readiness: Readiness = api.get("/readyz").await.ok(503);
    assert!(!readiness.ready);
    assert!(readiness.checks["configuration"].contains("JWT_SECRET"), "{readiness:?}");
    let problem = api.post("/api/v1/widget/session", &json!({})).await.problem(500, "misconfigured");
    assert!(problem.detail.contains("JWT_SECRET"), "{problem:?}");
}

#[tokio::test]
async fn an_unknown_route_is_a_problem_document_too() {
    let api = Api::anonymous(Server::shared());
    for path in ["/api/v1/nothing", "/api/v2/conversations", "/api", "/api/v1/conversations/"] {
        api.get(path).await.problem(404, "not_found");
    }
}

/// As a browser asks for an address that a person typed.
async fn visit(api: &Api, path: &str) -> Answer {
    let headers = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("sec-fetch-mode", "navigate")];
    api.call(Method::GET, path, |request| {
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    })
    .await
}

#[tokio::test]
async fn a_person_at_an_unknown_address_is_given_a_page() {
    let api = Api::anonymous(Server::shared());
    for path in ["/nope", "/dashboard/nope", "/panel/nope.html", "/api/v1/nothing"] {
        let page = visit(&api, path).await;
        page.is(404);
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"), "{page:?}");
        assert!(page.body.contains("There is no page at this address"), "{page:?}");
    }
    // What there is answers as it does to programs.
    assert_eq!(visit(&api, "/healthz").await.ok::<Value>(200), json!({ "status": "ok" }));
    visit(&api, "/api/v1/tags").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn what_browsers_and_crawlers_ask_for_by_themselves_is_there() {
    let api = Api::anonymous(Server::shared());
    let robots = api.get("/robots.txt").await;
    assert!(robots.is(200).body.contains("Disallow: /\n"), "{robots:?}");
    for (path, kind) in [("/favicon.ico", "image/"), ("/404.css", "text/css")] {
        let file = api.call(Method::HEAD, path, |request| request).await;
        assert!(file.is(200).header("content-type").unwrap().starts_with(kind), "{path}: {file:?}");
    }
}

#[tokio::test]
async fn a_known_route_refuses_other_methods() {
    let api = Api::anonymous(Server::shared());
    for (method, path) in [
        (Method::DELETE, "/api/v1/conversations"),
        (Method::PUT, "/api/v1/setup"),
        (Method::GET, "/api/v1/auth/login"),
        (Method::POST, "/healthz"),
    ] {
        api.call(method, path, |request| request).await.problem(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let api = Api::anonymous(Server::shared());
    let mut ids = vec![
        api.get("/healthz").await.request_id(),
        api.get("/healthz").await.request_id(),
        api.get("/api/v1/setup").await.request_id(),
        api.get("/api/v1/nothing").await.request_id(),
    ];
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused_with_a_reason() {
    let api = Api::anonymous(Server::shared());
    let login = "/api/v1/auth/login";
    let as_json = Some("application/json");
    api.post_raw(login, as_json, "{").await.problem(400, "malformed_body");
    api.post_raw(login, as_json, "").await.problem(400, "malformed_body");
    api.post_raw(login, as_json, vec![0xff, 0xfe]).await.problem(400, "malformed_body");
    let renewal = "/api/v1/widget/session";
    api.post_raw(renewal, as_json, b"{\"x\":\"\xff\"}".to_vec()).await.problem(400, "malformed_body");
    api.post_raw(renewal, as_json, b"{\"renewalToken\":\"\xff\"}".to_vec())
        .await
        .problem(400, "malformed_body");
    api.post_raw(login, as_json, r#"{"email":"a","password":"b","email":"c"}"#)
        .await
        .problem(400, "malformed_body");
    api.post_raw(login, as_json, "{".repeat(100_000)).await.problem(400, "malformed_body");
    api.post_raw(login, Some("text/plain"), "{}").await.problem(415, "unsupported_media_type");
    api.post_raw(login, None, "{}").await.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_body_that_lacks_a_field_or_has_the_wrong_type_is_refused_with_a_reason() {
    let api = Api::anonymous(Server::shared());
    for (body, pointer) in [
        (json!({ "email": "a@example.com" }), "/password"),
        (json!({ "email": 7, "password": "x" }), "/email"),
        (json!({ "email": null, "password": "x" }), "/email"),
        (json!({ "email": "a", "password": "x", "remember": true }), "/remember"),
        (json!(["a@example.com", "x"]), ""),
        (json!([]), ""),
        (json!("x"), ""),
    ] {
        let problem = api.post("/api/v1/auth/login", &body).await.problem(422, "invalid_field");
        let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, [pointer], "{body}: {problem:?}");
    }
    api.post("/api/v1/widget/session", &json!([])).await.problem(422, "invalid_field");
}

#[tokio::test]
async fn a_header_that_http_does_not_allow_is_refused_like_anything_else() {
    let origin = Api::anonymous(Server::shared()).origin;
    let address = origin.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nX: a\u{1}b\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("\"code\":\"invalid_request\"") && answer.contains("x-request-id"), "{answer}");
}

#[tokio::test]
async fn a_body_over_128_kib_is_refused() {
    let api = Api::anonymous(Server::shared());
    let text = "x".repeat(128 * 1024);
    let body = json!({ "email": ADMIN_EMAIL, "password": text }).to_string();
    api.post_raw("/api/v1/auth/login", Some("application/json"), body).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn the_log_tells_of_every_request_and_keeps_every_secret() {
    let server = Server::named("logs").with_generous_rooms().start();
    let chat = Chat::begin(&server, "CONFIDENTIAL-FIRST").await;
    let (mut visitor, mut agent) = chat.join().await;
    agent.say("CONFIDENTIAL-REPLY").await;
    let note = agent.note("CONFIDENTIAL-NOTE").await;
    agent.edit(note.seq, "CONFIDENTIAL-EDIT").await.unwrap();
    visitor.socket.send("{ CONFIDENTIAL-FRAME").await;
    visitor.error().await;
    let api = Api::anonymous(&server);
    api.post("/api/v1/auth/login", &json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD }))
        .await
        .is(200);
    api.post("/api/v1/auth/login", &json!({ "email": ADMIN_EMAIL, "password": "WRONG-PASSWORD" }))
        .await
        .is(401);
    let last = api.get("/api/v1/nothing").await.request_id();

    // The log is written beside the answers: wait until it has the last of them.
    while !server.log().contains(&last) {
        tokio::task::yield_now().await;
    }
    let log = server.log();
    let Agent { person, .. } = &chat.agent;
    for secret in [
        "CONFIDENTIAL",
        "WRONG-PASSWORD",
        ADMIN_PASSWORD,
        JWT_SECRET,
        SETUP_TOKEN,
        &person.token,
        &chat.visitor.token,
        &chat.visitor.renewal_token,
    ] {
        assert!(!log.contains(secret), "the log contains {secret}:\n{log}");
    }
    let line = log.lines().find(|line| line.contains(&last)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert_eq!(line["method"], "GET", "{line}");
    assert_eq!(line["status"], 404, "{line}");
    for field in ["route", "requestId"] {
        assert!(line[field].is_string(), "there is no {field}: {line}");
    }
}

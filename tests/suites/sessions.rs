//! Signing in and staying signed in: login, rotating refresh cookies, logout, and visitors' sessions.

use futures::future::join_all;
use serde_json::{Value, json};
use voxora_domain::wire::{AgentSession, User, VisitorSession, VisitorSessionRequest};
use voxora_tests::{ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Answer, Api, Server, Visitor, tokens};

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGOUT: &str = "/api/v1/auth/logout";

async fn login(api: &Api, email: &str, password: &str) -> Answer {
    api.post(LOGIN, &json!({ "email": email, "password": password })).await
}

/// Signs the first admin in; gives the API without a cookie, and the refresh cookie.
async fn signed_in() -> (Api, String) {
    let server = Server::shared();
    Agent::first(server).await;
    let api = Api::anonymous(server);
    let answer = login(&api, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    answer.ok::<AgentSession>(200);
    let (cookie, _) = answer.cookie();
    (api, cookie)
}

async fn refresh(api: &Api, cookie: &str) -> Answer {
    api.with_cookie(cookie).post_nothing(REFRESH).await
}

#[tokio::test]
async fn a_user_signs_in_with_an_address_in_any_case() {
    let (api, _) = signed_in().await;
    let session: AgentSession = login(&api, "ADA@Example.com", ADMIN_PASSWORD).await.ok(200);
    assert_eq!(session.user.email, ADMIN_EMAIL);
    assert_eq!(session.expires_in, 15 * 60);
    let me: User = api.with_token(&session.access_token).get("/api/v1/auth/me").await.ok(200);
    assert_eq!(me, session.user);
}

#[tokio::test]
async fn an_access_token_says_who_for_whom_and_until_when() {
    let (api, _) = signed_in().await;
    let session: AgentSession = login(&api, ADMIN_EMAIL, ADMIN_PASSWORD).await.ok(200);
    let claims = tokens::claims(&session.access_token);
    assert_eq!(claims["sub"], session.user.id.to_string());
    assert_eq!(claims["role"], "admin");
    for claim in ["iss", "aud", "sid"] {
        assert!(claims[claim].as_str().is_some_and(|value| !value.is_empty()), "{claim}: {claims}");
    }
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 15 * 60, "{claims}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let (api, _) = signed_in().await;
    let wrong = login(&api, ADMIN_EMAIL, "not the password").await.problem(401, "wrong_credentials");
    let unknown =
        login(&api, "nobody@example.com", "not the password").await.problem(401, "wrong_credentials");
    assert_eq!((wrong.title, wrong.detail), (unknown.title, unknown.detail));
    login(&api, "", "").await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let (api, _) = signed_in().await;
    let answer = login(&api, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let (pair, attributes) = answer.cookie();
    for attribute in ["httponly", "samesite=strict", "max-age=2592000"] {
        assert!(attributes.iter().any(|found| found == attribute), "no {attribute}: {attributes:?}");
    }
    let value = pair.split_once('=').unwrap().1;
    assert!(value.len() >= 32, "a refresh token of {} characters can be guessed", value.len());
    assert!(!answer.body.contains(value), "the refresh token is in the body, where scripts can read it");
}

#[tokio::test]
async fn each_refresh_replaces_the_cookie() {
    let (api, first) = signed_in().await;
    let answer = refresh(&api, &first).await;
    let session: AgentSession = answer.ok(200);
    api.with_token(&session.access_token).get("/api/v1/auth/me").await.ok::<User>(200);
    let (second, attributes) = answer.cookie();
    assert_ne!(first, second);
    assert!(attributes.iter().any(|found| found == "httponly"), "{attributes:?}");
    refresh(&api, &second).await.ok::<AgentSession>(200);
}

#[tokio::test]
async fn two_tabs_may_refresh_at_once() {
    let (api, cookie) = signed_in().await;
    let answers = join_all([refresh(&api, &cookie), refresh(&api, &cookie)]).await;
    for answer in &answers {
        answer.ok::<AgentSession>(200);
    }
    // Both tabs share one cookie jar; whichever answer came last, with its cookie both go on.
    for answer in answers.iter().rev() {
        refresh(&api, &answer.cookie().0).await.ok::<AgentSession>(200);
    }
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_made_again() {
    let (api, first) = signed_in().await;
    for _ in 0..3 {
        refresh(&api, &first).await.ok::<AgentSession>(200);
    }
    let (second, _) = refresh(&api, &first).await.cookie();
    refresh(&api, &second).await.ok::<AgentSession>(200);
}

#[tokio::test]
async fn a_refresh_token_of_long_ago_ends_the_session() {
    let (api, first) = signed_in().await;
    let mut last = first.clone();
    for _ in 0..3 {
        last = refresh(&api, &last).await.cookie().0;
    }
    refresh(&api, &first).await.problem(401, "session_ended");
    refresh(&api, &last).await.problem(401, "session_ended");
}

#[tokio::test]
async fn a_refresh_needs_a_good_cookie() {
    let (api, cookie) = signed_in().await;
    api.post_nothing(REFRESH).await.problem(401, "session_ended");
    let (name, value) = cookie.split_once('=').unwrap();
    for forged in ["", "garbage", &value[..value.len() - 1], &format!("{value}x"), &value.to_uppercase()] {
        refresh(&api, &format!("{name}={forged}")).await.problem(401, "session_ended");
    }
    // None of these was the thief's copy of a good token, so the session goes on.
    refresh(&api, &cookie).await.ok::<AgentSession>(200);
}

#[tokio::test]
async fn logout_ends_the_session_and_clears_the_cookie() {
    let (api, cookie) = signed_in().await;
    let answer = api.with_cookie(&cookie).post_nothing(LOGOUT).await;
    answer.is(204);
    let (pair, attributes) = answer.cookie();
    assert_eq!(pair.split_once('=').unwrap().1, "");
    assert!(attributes.iter().any(|found| found == "max-age=0"), "{attributes:?}");
    refresh(&api, &cookie).await.problem(401, "session_ended");
    api.with_cookie(&cookie).post_nothing(LOGOUT).await.is(204);
    api.post_nothing(LOGOUT).await.is(204);
}

#[tokio::test]
async fn other_sites_can_neither_refresh_nor_log_out() {
    let (api, cookie) = signed_in().await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let other = api.with_cookie(&cookie).from_site(origin);
        other.post_nothing(REFRESH).await.problem(403, "forbidden");
        other.post_nothing(LOGOUT).await.problem(403, "forbidden");
    }
    let own = api.with_cookie(&cookie).from_site(&api.origin);
    own.post_nothing(REFRESH).await.ok::<AgentSession>(200);
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let server = Server::named("sessions").start();
    let agent = Agent::first(&server).await;
    let api = Api::anonymous(&server);
    let (cookie, _) = login(&api, ADMIN_EMAIL, ADMIN_PASSWORD).await.cookie();
    let visitor = Visitor::new(&server).await;
    server.kill_9();
    server.restart();
    agent.api.get("/api/v1/auth/me").await.ok::<User>(200);
    refresh(&api, &cookie).await.ok::<AgentSession>(200);
    let renewal = VisitorSessionRequest { renewal_token: Some(visitor.renewal_token.clone()) };
    let renewed: VisitorSession = api.post("/api/v1/widget/session", &renewal).await.ok(200);
    assert_eq!(renewed.visitor_id.to_string(), visitor.id);
}

#[tokio::test]
async fn a_returning_visitor_keeps_their_id_and_finds_their_conversation() {
    let server = Server::shared();
    let api = Api::anonymous(server);
    let visitor = Visitor::new(server).await;
    let id = visitor.start("I will be back").await;

    let renewal = VisitorSessionRequest { renewal_token: Some(visitor.renewal_token.clone()) };
    let session: VisitorSession = api.post("/api/v1/widget/session", &renewal).await.ok(200);
    assert_eq!(session.visitor_id.to_string(), visitor.id);
    assert_eq!(session.expires_in, 60 * 60);
    let returned = Visitor::of(&api, session);
    returned.summary(&id, |_| true).await;
    assert_eq!(returned.history(&id, "").await.events.len(), 1);
}

#[tokio::test]
async fn a_renewal_token_that_is_no_good_begins_a_new_visitor() {
    let server = Server::shared();
    let (api, visitor) = (Api::anonymous(server), Visitor::new(server).await);
    let agent = Agent::first(server).await;
    for token in ["", "garbage", &visitor.token, &agent.token, &"x".repeat(10_000)] {
        let session: VisitorSession =
            api.post("/api/v1/widget/session", &json!({ "renewalToken": token })).await.ok(200);
        assert_ne!(session.visitor_id.to_string(), visitor.id, "{token}");
    }
}

#[tokio::test]
async fn a_renewal_token_is_no_access_token() {
    let server = Server::shared();
    let visitor = Visitor::new(server).await;
    let api = Api::anonymous(server).with_token(&visitor.renewal_token);
    api.get("/api/v1/conversations").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_page_view_leaves_no_customer_behind() {
    let server = Server::shared();
    let visitor = Visitor::new(server).await;
    assert!(visitor.list("").await.items.is_empty());
}

#[tokio::test]
async fn a_visitor_is_no_agent() {
    let visitor = Visitor::new(Server::shared()).await;
    visitor.api.get("/api/v1/auth/me").await.problem(403, "forbidden");
}

#[tokio::test]
async fn too_many_logins_are_slowed_down() {
    let server = Server::named("login-limit").with_real_rate_limits().start();
    Agent::first(&server).await;
    let api = Api::anonymous(&server);
    for _ in 0..1000 {
        let answer = login(&api, ADMIN_EMAIL, "not the password").await;
        if answer.status == 429 {
            answer.problem(429, "rate_limited");
            let seconds: Value = answer.header("retry-after").unwrap().parse().unwrap();
            assert!(seconds.as_u64().is_some_and(|seconds| seconds > 0), "{answer:?}");
            // The right password does not get through either, or the limit could be guessed around.
            login(&api, ADMIN_EMAIL, ADMIN_PASSWORD).await.problem(429, "rate_limited");
            return;
        }
        answer.problem(401, "wrong_credentials");
    }
    panic!("a thousand wrong passwords in a row were answered");
}

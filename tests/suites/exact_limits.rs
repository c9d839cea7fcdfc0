//! Limits that a new connection, another address or a restart does not get around: guessing passwords, log-ins at once,
//! visitors and conversations.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::header::HeaderName;
use serde_json::{Value, json};
use voxora_domain::wire::{AgentSession, VisitorSession};
use voxora_tests::{ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Answer, Api, Chat, Server, Visitor, fresh_client_id};

/// The API as it is reached from another network.
fn from_address(server: &Server, address: &str) -> Api {
    Api::anonymous(server).with_header(HeaderName::from_static("cf-connecting-ip"), address)
}

async fn log_in(api: &Api, email: &str, password: &str) -> Answer {
    api.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
}

/// A refusal that says when to come back.
#[track_caller]
fn seconds_to_wait(answer: &Answer) -> u64 {
    answer.problem(429, "rate_limited");
    let seconds = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 0);
    seconds
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slowed_down_and_the_owner_gets_in() {
    let server = Server::named("guessing").start();
    Agent::first(&server).await;
    let home = from_address(&server, "198.51.100.1");
    let first = log_in(&home, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    first.ok::<AgentSession>(200);
    let (device, attributes) = first.cookie_called("voxora-device");
    for attribute in ["httponly", "samesite=strict", "path=/", "max-age=34560000"] {
        assert!(attributes.iter().any(|found| found == attribute), "no {attribute}: {attributes:?}");
    }

    // Whether there is such an account makes no difference.
    for email in ["nobody@example.com", ADMIN_EMAIL] {
        let (mut answered, mut wait) = (0, 0);
        for number in 0..120 {
            let stranger = from_address(&server, &format!("203.0.113.{number}"));
            let answer = log_in(&stranger, &email.to_uppercase(), &format!("wrong password {number}")).await;
            if answer.status == 429 {
                wait = seconds_to_wait(&answer);
            } else {
                answer.problem(401, "wrong_credentials");
                answered += 1;
            }
        }
        // Five at once, and one each after 2, 4, 8, … seconds, for as long as this took.
        assert!((5..=11).contains(&answered), "{email}: {answered} of 120 guesses were answered");
        assert!(wait > 0, "{email}: nobody was told to wait");
    }
    // The right password from a stranger waits like the others, or the limit could be guessed around.
    wait_grows(&home).await;
    seconds_to_wait(&log_in(&from_address(&server, "192.0.2.1"), ADMIN_EMAIL, ADMIN_PASSWORD).await);
    // Not after a restart either.
    wait_grows(&home).await;
    server.restart();
    seconds_to_wait(&log_in(&from_address(&server, "192.0.2.2"), ADMIN_EMAIL, ADMIN_PASSWORD).await);

    wait_grows(&home).await;
    // The owner's device is unharmed, wherever it is, also after a mistake.
    let owner = from_address(&server, "192.0.2.3").with_cookie(&device);
    log_in(&owner, ADMIN_EMAIL, "mistyped").await.problem(401, "wrong_credentials");
    log_in(&owner, ADMIN_EMAIL, ADMIN_PASSWORD).await.ok::<AgentSession>(200);
    // A cookie that somebody made up is no good.
    let forged = format!("{}AAAA", &device[..device.len() - 4]);
    let forger = from_address(&server, "192.0.2.4").with_cookie(&forged);
    // The owner's log-in was right, but from its own device: strangers wait on.
    seconds_to_wait(&log_in(&forger, ADMIN_EMAIL, ADMIN_PASSWORD).await);
}

/// Guesses until strangers have to wait for longer than what follows takes, however slow the machine is.
async fn wait_grows(home: &Api) {
    loop {
        let answer = log_in(home, ADMIN_EMAIL, "wrong").await;
        if answer.status == 401 {
            continue;
        }
        let wait = seconds_to_wait(&answer);
        if wait > 30 {
            return;
        }
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

#[tokio::test]
async fn a_stolen_device_guesses_no_faster() {
    let server = Server::named("stolen-device").start();
    Agent::first(&server).await;
    let api = Api::anonymous(&server);
    let (device, _) = log_in(&api, ADMIN_EMAIL, ADMIN_PASSWORD).await.cookie_called("voxora-device");
    let thief = api.with_cookie(&device);
    let guesses = join_all((0..40).map(|n| {
        let thief = thief.clone();
        async move { log_in(&thief, ADMIN_EMAIL, &format!("wrong {n}")).await }
    }));
    let answered = guesses.await.iter().filter(|answer| answer.status == 401).count();
    assert!(answered <= 8, "{answered} of 40 guesses at once were answered");
}

#[tokio::test]
async fn one_address_tries_so_many_log_ins_and_no_more_at_whichever_accounts() {
    let server = Server::named("login-addresses").variable("LIMIT_LOGINS_PER_ADDRESS", "5/6000").start();
    let api = from_address(&server, "203.0.113.7");
    for number in 0..5 {
        let answer = log_in(&api, &format!("agent{number}@example.com"), "wrong").await;
        answer.problem(401, "wrong_credentials");
    }
    let refused = log_in(&api, "agent5@example.com", "wrong").await;
    seconds_to_wait(&refused);
    assert_eq!(refused.header("ratelimit-policy").as_deref(), Some("\"logins-per-address\";q=5;w=6000"));
    server.restart();
    seconds_to_wait(&log_in(&api, "agent5@example.com", "wrong").await);
    let elsewhere = from_address(&server, "203.0.113.8");
    log_in(&elsewhere, "agent5@example.com", "wrong").await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn many_log_ins_at_once_keep_no_visitor_waiting() {
    let server = Server::named("log-in-storm").start();
    let chat = Chat::begin(&server, "Hello").await;
    let mut visitor = chat.visitor.join(&chat.id).await;
    let one = Instant::now();
    log_in(&Api::anonymous(&server), "someone@example.com", "wrong").await.problem(401, "wrong_credentials");
    let one = one.elapsed();

    let api = Api::anonymous(&server);
    let storm = tokio::spawn(join_all((0..30).map(move |number| {
        let api = api.clone();
        async move { log_in(&api, &format!("agent{number}@example.com"), "wrong").await }
    })));
    let mut slowest = Duration::ZERO;
    while !storm.is_finished() {
        let sent = Instant::now();
        visitor.say("Is anybody there?").await;
        slowest = slowest.max(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let answers = storm.await.unwrap();
    let shed: Vec<_> = answers.iter().filter(|answer| answer.status == 429).map(seconds_to_wait).collect();
    let shed = shed.len();
    println!("a log-in takes {one:?}; the slowest message in the storm {slowest:?}; {shed} of 30 shed");
    assert!(answers.iter().all(|answer| answer.status == 429 || answer.status == 401), "{answers:?}");
    assert!(shed >= 10, "{shed} of 30 were shed");
    assert!(slowest < one * 4 + Duration::from_millis(500), "a message took {slowest:?}, a log-in {one:?}");
    // Who was shed had no try counted against them.
    tokio::time::sleep(Duration::from_secs(3)).await;
    log_in(&Api::anonymous(&server), "agent29@example.com", "wrong").await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn one_address_makes_so_many_visitors_and_no_more() {
    let server = Server::named("session-limit").variable("LIMIT_SESSIONS_PER_ADDRESS", "5/6000").start();
    let api = from_address(&server, "203.0.113.7");
    let new = json!({});
    let mut last = None;
    for _ in 0..5 {
        last = Some(api.post("/api/v1/widget/session", &new).await.ok::<VisitorSession>(200));
    }
    let refused = api.post("/api/v1/widget/session", &new).await;
    assert!(seconds_to_wait(&refused) <= 1_200, "one comes back every twenty minutes: {refused:?}");
    assert_eq!(refused.header("ratelimit-policy").as_deref(), Some("\"sessions-per-address\";q=5;w=6000"));
    assert!(
        refused.header("ratelimit").unwrap().starts_with("\"sessions-per-address\";r=0;t="),
        "{refused:?}"
    );
    // Neither a restart nor another address of the same IPv6 network helps; another network is not meant.
    server.restart();
    seconds_to_wait(&api.post("/api/v1/widget/session", &new).await);
    for number in 0..6 {
        let api = from_address(&server, &format!("2001:db8:0:1::{number}"));
        let answer = api.post("/api/v1/widget/session", &new).await;
        assert_eq!(answer.status == 429, number == 5, "{answer:?}");
    }
    from_address(&server, "203.0.113.8").post("/api/v1/widget/session", &new).await.ok::<VisitorSession>(200);
    // Who was here before comes back whenever they like.
    let renewal = json!({ "renewalToken": last.unwrap().renewal_token });
    for _ in 0..10 {
        api.post("/api/v1/widget/session", &renewal).await.ok::<VisitorSession>(200);
    }
}

#[tokio::test]
async fn one_visitor_starts_so_many_conversations_and_no_more() {
    let server = Server::named("start-limit")
        .variable("LIMIT_STARTS_PER_VISITOR", "3/3600")
        .variable("LIMIT_STARTS_PER_ADDRESS", "5/6000")
        .start();
    let start = |visitor: Visitor| async move {
        let body = json!({ "clientId": fresh_client_id(), "text": "Hello" });
        visitor.api.post("/api/v1/conversations", &body).await
    };
    let first = Visitor::new(&server).await;
    for _ in 0..3 {
        start(first.clone()).await.ok::<Value>(201);
    }
    let refused = start(first.clone()).await;
    seconds_to_wait(&refused);
    assert_eq!(
        refused.header("ratelimit-policy").as_deref(),
        Some("\"conversations-per-visitor\";q=3;w=3600")
    );
    // Another visitor, from the same address, has what is left of that.
    let second = Visitor::new(&server).await;
    for _ in 0..2 {
        start(second.clone()).await.ok::<Value>(201);
    }
    let refused = start(second).await;
    seconds_to_wait(&refused);
    assert_eq!(
        refused.header("ratelimit-policy").as_deref(),
        Some("\"conversations-per-address\";q=5;w=6000")
    );
}

#[tokio::test]
async fn a_limit_that_is_no_limit_is_named() {
    let server = Server::named("limit-unfit").variable("LIMIT_SESSIONS_PER_ADDRESS", "many").start();
    let problem = Api::anonymous(&server).post("/api/v1/widget/session", &json!({})).await;
    let problem = problem.problem(500, "misconfigured");
    assert!(problem.detail.contains("LIMIT_SESSIONS_PER_ADDRESS"), "{problem:?}");
}

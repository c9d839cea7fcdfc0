//! One's own account: profile, sign-ins, password and address.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{COOKIE, IF_MATCH, USER_AGENT};
use serde_json::{Value, json};
use voxora_domain::wire::{
    AgentSession, CLOSE_SESSION_ENDED, ConfirmedEmail, EndedSessions, List, MailboxMail, Mailed, NotifyAbout,
    OneTimeLink, OwnSession, User,
};
use voxora_tests::{
    ADMIN_PASSWORD, Agent, Answer, Api, Chat, JWT_SECRET, Server, are_documents_elsewhere, eventually,
    link_in, mails, sign_in, tokens,
};

const SESSIONS: &str = "/api/v1/auth/sessions";
const OTHERS: &str = "/api/v1/auth/sessions/end-others";
const PASSWORD: &str = "/api/v1/auth/password";
const FORGOT: &str = "/api/v1/auth/password/forgot";
const RESET: &str = "/api/v1/auth/password/reset";
const EMAIL: &str = "/api/v1/auth/email";
const CONFIRM: &str = "/api/v1/auth/email/confirm";
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
    if are_documents_elsewhere() {
        // Export, by which the audit log is read here, is of the Worker's own storage.
        return;
    }
    // The audit log knows that it was changed, and by whom, and no password.
    let admin = Agent::first(server).await;
    let entries = eventually(async || {
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

#[tokio::test]
async fn a_person_changes_what_their_account_says_of_them() {
    const ME: &str = "/api/v1/auth/me";
    let server = Server::shared();
    let (agent, signed_in) = Agent::colleague(server, "agent").await;
    let read = agent.api.get(ME).await;
    let before: User = read.ok(200);
    assert_eq!(read.header("etag"), Some(format!("\"{}\"", before.version)));
    let change = json!({
        "language": "pt-br", "timeZone": "Europe/Lisbon",
        "notifications": { "desktop": "all", "email": "mine", "sound": false },
    });
    let changed = agent.api.patch(ME, &change).await;
    let after: User = changed.ok(200);
    assert_eq!(
        (after.language.as_deref(), after.time_zone.as_deref()),
        (Some("pt-BR"), Some("Europe/Lisbon"))
    );
    assert_eq!(after.notifications.desktop, NotifyAbout::All);
    assert_eq!((&after.name, &after.email, after.role), (&before.name, &before.email, before.role));
    assert_eq!(changed.header("etag"), Some(format!("\"{}\"", after.version)));
    // Meant for the version before.
    let stale = agent.api.with_header(IF_MATCH, &format!("\"{}\"", before.version));
    stale.patch(ME, &json!({ "language": null })).await.problem(412, "precondition_failed");
    // Everything that is wrong at once; and what is not one's own to change.
    let wrong = json!({ "name": " ", "language": "!", "timeZone": "Nowhere" });
    let problem = agent.api.patch(ME, &wrong).await.problem(422, "invalid_field");
    let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/language", "/timeZone"]);
    for (field, value) in [
        ("role", json!("admin")),
        ("departments", json!([])),
        ("capacity", json!(50)),
        ("email", json!("eve@example.com")),
        ("status", json!("active")),
        ("password", json!(NEW_PASSWORD)),
    ] {
        let problem = agent.api.patch(ME, &json!({ field: value })).await.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, format!("/{field}"));
    }
    agent.api.patch(ME, &json!({})).await.problem(422, "nothing_to_change");
    // Tokens say the name: with another one there are fresh ones.
    agent.api.patch(ME, &json!({ "name": "Grace Hopper", "language": null })).await.ok::<User>(200);
    agent.api.get(ME).await.problem(401, "unauthenticated");
    let session: AgentSession = refresh(server, &signed_in.cookie().0).await.ok(200);
    assert_eq!((session.user.name.as_str(), session.user.language), ("Grace Hopper", None));
    assert_eq!(tokens::claims(&session.access_token)["name"], "Grace Hopper");
}

/// What a mail to an address has behind `#` in its link, once it has come.
async fn token_mailed(server: &Server, to: &str, name: &str) -> String {
    let link = eventually(async || {
        let to_them = |mail: &MailboxMail| mail.header("To") == to;
        let links = mails(server).await.into_iter().filter(to_them).map(|mail| link_in(&mail));
        links.into_iter().find(|link| link.contains(&format!("#{name}=")))
    })
    .await;
    link.split_once('=').unwrap().1.to_owned()
}

async fn forgot(api: &Api, email: &str) -> Answer {
    api.post(FORGOT, &json!({ "email": email })).await
}

async fn reset(api: &Api, token: &str, password: &str) -> Answer {
    api.post(RESET, &json!({ "token": token, "password": password })).await
}

#[tokio::test]
async fn w1_w2_w20_a_password_is_reset_by_the_link_in_the_mail_alone_once_and_ends_every_session() {
    let server = Server::named("reset").start();
    let (agent, answer) = Agent::colleague(&server, "agent").await;
    let chat = Chat::begin(&server, "Hello").await;
    let mut room = agent.join(&chat.id).await;
    let api = Api::anonymous(&server);
    // An address alone, an operator, or a token that somebody made up resets nothing.
    let operator = json!({ "token": { "$ne": null }, "password": NEW_PASSWORD });
    api.post(RESET, &operator).await.problem(422, "invalid_field");
    let nobody_asked = tokens::one_time("password reset", &agent.id, 1, JWT_SECRET);
    let forged =
        tokens::one_time("password reset", &agent.id, 1, "another secret of more than 32 characters");
    let other_purpose = tokens::one_time("e-mail change", &agent.id, 1, JWT_SECRET);
    for token in ["", "x", &agent.id, &forged, &other_purpose, &nobody_asked] {
        reset(&api, token, NEW_PASSWORD).await.problem(410, "link_spent");
    }

    let mailed: Mailed = forgot(&api, &agent.user.email.to_uppercase()).await.ok(202);
    assert!(mailed.mailed);
    let token = token_mailed(&server, &agent.user.email, "reset").await;
    // Nothing is said of a password without a good link; with one, what is unfit does not use it up.
    reset(&api, &forged, "short").await.problem(410, "link_spent");
    reset(&api, &token, "Password2026!").await.problem(422, "invalid_field");
    let done = reset(&api, &token, NEW_PASSWORD).await;
    done.is(204);
    let (device, _) = done.cookie_called("voxora-device");
    assert!(
        !done.headers.get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().contains("refresh"))
    );
    reset(&api, &token, "another meadow at noon").await.problem(410, "link_spent");

    agent.api.get("/api/v1/auth/me").await.problem(401, "unauthenticated");
    assert_eq!(room.socket.closed().await, Some(CLOSE_SESSION_ENDED));
    refresh(&server, &answer.cookie().0).await.problem(401, "session_ended");
    sign_in(&api, &agent.user.email, ADMIN_PASSWORD).await.problem(401, "wrong_credentials");
    // Whoever guesses does not keep the owner out, whose device is known by the link.
    while sign_in_once(&api, &agent.user.email, "wrong").await.status != 429 {}
    let own = api.with_cookie(&device);
    sign_in_once(&own, &agent.user.email, NEW_PASSWORD).await.ok::<AgentSession>(200);
}

#[tokio::test]
async fn a_colleague_hands_over_a_link_where_no_mail_comes() {
    let server = Server::shared();
    let admin = Agent::first(server).await;
    let person = admin.invite("agent").await;
    let email = admin.api.get(&format!("/api/v1/users/{}", person.id)).await.ok::<User>(200).email;
    let path = format!("/api/v1/users/{}/password-reset-link", person.id);
    person.api.post_nothing(&path).await.problem(403, "forbidden");
    let link = async || {
        let OneTimeLink { link, .. } = admin.api.post_nothing(&path).await.ok(200);
        link.split_once("/dashboard/#reset=").unwrap().1.to_owned()
    };
    let (first, second) = (link().await, link().await);
    let api = Api::anonymous(server);
    reset(&api, &first, NEW_PASSWORD).await.problem(410, "link_spent");
    reset(&api, &second, NEW_PASSWORD).await.is(204);
    reset(&api, &second, NEW_PASSWORD).await.problem(410, "link_spent");
    sign_in(&api, &email, NEW_PASSWORD).await.ok::<AgentSession>(200);
    // Nobody who may not sign in comes back by a link.
    let third = link().await;
    admin.api.post_nothing(&format!("/api/v1/users/{}/deactivate", person.id)).await.is(200);
    reset(&api, &third, NEW_PASSWORD).await.problem(410, "link_spent");
    admin.api.post_nothing(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn w15_nobody_learns_whether_an_address_has_an_account_from_asking_for_a_link() {
    let server = Server::named("forgot").start();
    let (agent, _) = Agent::colleague(&server, "agent").await;
    let api = Api::anonymous(&server);
    let nobody = "nobody@example.com";
    let answer = |answer: &Answer| (answer.status, answer.body.clone());
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..8 {
        for (place, email) in [agent.user.email.as_str(), nobody].into_iter().enumerate() {
            let before = Instant::now();
            let given = forgot(&api, email).await;
            times[place].push(before.elapsed());
            // What is done after an answer is over before the next is timed.
            tokio::time::sleep(Duration::from_secs(2)).await;
            assert_eq!(answer(&given), (202.try_into().unwrap(), "{\"mailed\":true}".to_owned()), "{round}");
        }
    }
    let in_order: Vec<_> = times[0].iter().zip(&times[1]).map(|(known, unknown)| known > unknown).collect();
    let [known, unknown] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!("half of the answers took {known:?} with an account, {unknown:?} without");
    let (less, more) = (known.min(unknown), known.max(unknown));
    // Whatever else the machine does makes one of the two slower now and then, an account would every time.
    let is_alike = more < less + less / 2 + Duration::from_millis(10);
    let differs_every_time = in_order.iter().all(|order| *order == in_order[0]);
    assert!(is_alike || !differs_every_time, "{known:?} and {unknown:?}");
    // Where mails cannot be sent, that is said of every address.
    let server = Server::named("forgot-unmailed").variable("MAIL_SENDER", "").start();
    let (agent, _) = Agent::colleague(&server, "agent").await;
    for email in [&agent.user.email, nobody] {
        let mailed: Mailed = forgot(&Api::anonymous(&server), email).await.ok(202);
        assert!(!mailed.mailed);
    }
}

#[tokio::test]
async fn links_are_asked_for_so_often_and_no_more_and_a_stranger_uses_up_nothing_of_the_owners() {
    let server = Server::named("forgot-limit").variable("LIMIT_RESETS_PER_ACCOUNT", "3/3600").start();
    let (agent, answer) = Agent::colleague(&server, "agent").await;
    let (device, _) = answer.cookie_called("voxora-device");
    let stranger = Api::anonymous(&server);
    // Whether there is such an account makes no difference.
    for email in ["nobody@example.com", &agent.user.email] {
        for _ in 0..3 {
            forgot(&stranger, email).await.is(202);
        }
        forgot(&stranger, email).await.problem(429, "rate_limited");
    }
    forgot(&stranger.with_cookie(&device), &agent.user.email).await.is(202);
}

#[tokio::test]
async fn another_address_is_confirmed_by_whoever_reads_it_and_both_are_told() {
    let server = Server::named("email-change").start();
    let (agent, _) = Agent::colleague(&server, "agent").await;
    let (old, new) = (agent.user.email.clone(), "grace@example.org");
    let change = async |email: &str, password: &str| {
        agent.api.post(EMAIL, &json!({ "email": email, "currentPassword": password })).await
    };
    let pointer = |answer: Answer| answer.problem(422, "invalid_field").errors[0].pointer.clone();
    assert_eq!(pointer(change(new, "not the password").await), "/currentPassword");
    assert_eq!(pointer(change("not an address", ADMIN_PASSWORD).await), "/email");
    assert_eq!(pointer(change(&old.to_uppercase(), ADMIN_PASSWORD).await), "/email");
    change(voxora_tests::ADMIN_EMAIL, ADMIN_PASSWORD).await.problem(409, "duplicate_key");

    assert!(change("Grace@Example.org", ADMIN_PASSWORD).await.ok::<Mailed>(202).mailed);
    let token = token_mailed(&server, new, "email").await;
    eventually(async || mails(&server).await.into_iter().find(|mail| mail.header("To") == old)).await;
    // Nothing has changed yet.
    assert_eq!(agent.api.get("/api/v1/auth/me").await.ok::<User>(200).email, old);
    let api = Api::anonymous(&server);
    let confirm = async |token: &str| api.post(CONFIRM, &json!({ "token": token })).await;
    confirm(&tokens::one_time("password reset", &agent.id, 1, JWT_SECRET)).await.problem(410, "link_spent");
    assert_eq!(confirm(&token).await.ok::<ConfirmedEmail>(200).email, new);
    confirm(&token).await.problem(410, "link_spent");
    assert_eq!(agent.api.get("/api/v1/auth/me").await.ok::<User>(200).email, new);
    sign_in(&api, &old, ADMIN_PASSWORD).await.problem(401, "wrong_credentials");
    sign_in(&api, "GRACE@example.org", ADMIN_PASSWORD).await.ok::<AgentSession>(200);
    // Without mail there is no way to prove an address.
    let server = Server::named("email-change-unmailed").variable("MAIL_SENDER", "").start();
    let (agent, _) = Agent::colleague(&server, "agent").await;
    let request = json!({ "email": new, "currentPassword": ADMIN_PASSWORD });
    agent.api.post(EMAIL, &request).await.problem(409, "mail_not_set_up");
}

#[tokio::test]
async fn the_owner_is_told_when_a_device_signs_in_that_the_account_does_not_know() {
    let server = Server::named("new-device").in_city("Oslo").start();
    let (agent, answer) = Agent::colleague(&server, "agent").await;
    let email = &agent.user.email;
    let told = async || {
        let mails = mails(&server).await.into_iter();
        mails.filter(|mail| mail.header("To") == *email).collect::<Vec<_>>()
    };
    // A device that it knows; the first sign-in was none to be told of.
    let (device, _) = answer.cookie_called("voxora-device");
    let known = Api::anonymous(&server).with_cookie(&device);
    sign_in(&known, email, ADMIN_PASSWORD).await.ok::<AgentSession>(200);
    // One that it does not, which ends its session before anybody could look at it.
    let stranger = Api::anonymous(&server);
    let answer = sign_in(&stranger, email, ADMIN_PASSWORD).await;
    stranger.with_cookie(&answer.cookie().0).post_nothing("/api/v1/auth/logout").await.is(204);
    let first = eventually(async || told().await.into_iter().next()).await;
    assert!(first.id.starts_with("new-device-"), "{first:?}");
    let browser = stranger.with_header(USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0");
    sign_in(&browser, email, ADMIN_PASSWORD).await.ok::<AgentSession>(200);
    let mail = eventually(async || told().await.into_iter().find(|mail| mail.text.contains("Firefox"))).await;
    assert!(mail.text.contains("Linux") && mail.text.contains("Oslo"), "{}", mail.text);
    assert_eq!(told().await.len(), 2);
}

async fn sign_in_once(api: &Api, email: &str, password: &str) -> Answer {
    api.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
}

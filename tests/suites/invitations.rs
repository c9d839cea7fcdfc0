//! Invitations: for one address, once, and without any mail.

use futures::future::join_all;
use reqwest::header::HeaderName;
use reqwest::{Method, header::IF_MATCH};
use serde_json::{Value, json};
use voxora_domain::wire::{
    AgentSession, Invitation, InvitationSeen, InvitationStatus, List, OneTimeLink, Role, SentInvitation, User,
};
use voxora_tests::{ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Answer, Api, Server, fresh_client_id};

const INVITATIONS: &str = "/api/v1/invitations";
const ACCEPT: &str = "/api/v1/invitations/accept";

fn fresh_email() -> String {
    format!("{}@example.com", fresh_client_id()).to_lowercase()
}

async fn accept(api: &Api, token: &str, password: &str) -> Answer {
    api.post(ACCEPT, &json!({ "token": token, "name": "Lin", "password": password })).await
}

async fn look(api: &Api, token: &str) -> Answer {
    api.post("/api/v1/invitations/look", &json!({ "token": token })).await
}

async fn revoke(api: &Api, invitation: &Invitation) -> Answer {
    api.call(Method::DELETE, &format!("{INVITATIONS}/{}", invitation.id), |request| request).await
}

fn token_of(link: &str) -> &str {
    link.split_once("/dashboard/#invitation=").unwrap_or_else(|| panic!("{link}")).1
}

#[tokio::test]
async fn somebody_joins_by_a_link_alone() {
    let server = Server::shared();
    let (admin, stranger) = (Agent::first(server).await, Api::anonymous(server));
    let email = fresh_email();
    let answer = admin
        .api
        .post(INVITATIONS, &json!({ "email": format!(" {} ", email.to_uppercase()), "role": "agent" }))
        .await;
    let sent: SentInvitation = answer.ok(201);
    assert!(sent.link.starts_with(&format!("{}/dashboard/#", server.origin())), "{}", sent.link);
    assert_eq!((&sent.invitation.email, sent.invitation.status), (&email, InvitationStatus::Open));
    assert_eq!(sent.invitation.expires_at - sent.invitation.created_at, 7 * 24 * 60 * 60 * 1_000);
    let again: OneTimeLink =
        admin.api.get(&format!("{INVITATIONS}/{}/link", sent.invitation.id)).await.ok(200);
    assert_eq!(again.link, sent.link, "it can be copied again");
    let token = token_of(&sent.link);
    // Programs that look at links use nothing up, however often.
    for _ in 0..3 {
        let seen: InvitationSeen = look(&stranger, token).await.ok(200);
        assert_eq!((seen.email.as_str(), seen.invited_by.as_str()), (email.as_str(), "Ada"));
    }
    stranger.get(ACCEPT).await.problem(405, "method_not_allowed");
    let accepted = accept(&stranger, token, ADMIN_PASSWORD).await;
    let session: AgentSession = accepted.ok(201);
    assert_eq!(
        (session.user.email.as_str(), session.user.name.as_str(), session.user.role),
        (email.as_str(), "Lin", Role::Agent)
    );
    let lin = stranger.with_token(&session.access_token);
    assert_eq!(lin.get("/api/v1/auth/me").await.ok::<User>(200), session.user);
    stranger
        .with_cookie(&accepted.cookie().0)
        .post_nothing("/api/v1/auth/refresh")
        .await
        .ok::<AgentSession>(200);
    accept(&stranger, token, ADMIN_PASSWORD).await.problem(410, "invitation_over");
    look(&stranger, token).await.problem(410, "invitation_over");
    let found: Invitation = admin.api.get(&format!("{INVITATIONS}/{}", sent.invitation.id)).await.ok(200);
    assert_eq!(
        (found.status, found.id.to_string()),
        (InvitationStatus::Accepted, session.user.id.to_string())
    );
    revoke(&admin.api, &found).await.problem(410, "invitation_over");
    // Nor does it make an account anew that was deleted.
    let path = format!("/api/v1/users/{}", session.user.id);
    admin.api.call(Method::DELETE, &path, |request| request).await.is(204);
    accept(&stranger, token, ADMIN_PASSWORD).await.problem(410, "invitation_over");
}

#[tokio::test]
async fn what_does_not_fit_is_said_all_at_once_and_uses_nothing_up() {
    let server = Server::shared();
    let (admin, stranger) = (Agent::first(server).await, Api::anonymous(server));
    let bad = json!({ "email": "lin", "role": "owner" });
    admin.api.post(INVITATIONS, &bad).await.problem(422, "invalid_field");
    let (_, token) = admin.invitation_for(&fresh_email(), "agent").await;
    let bad = json!({ "token": token, "name": " ", "password": "short", "language": "?", "timeZone": "?" });
    let problem = stranger.post(ACCEPT, &bad).await.problem(422, "invalid_field");
    let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/password", "/language", "/timeZone"]);
    let other =
        json!({ "token": token, "name": "Lin", "password": ADMIN_PASSWORD, "email": "eve@example.com" });
    stranger.post(ACCEPT, &other).await.problem(422, "invalid_field");
    accept(&stranger, &token, ADMIN_PASSWORD).await.ok::<AgentSession>(201);
}

/// W2: `{"$ne": null}` in place of a token matched somebody's invitation.
#[tokio::test]
async fn w2_a_token_is_a_text_that_the_deployment_signed() {
    let server = Server::shared();
    let (admin, stranger) = (Agent::first(server).await, Api::anonymous(server));
    let (invitation, token) = admin.invitation_for(&fresh_email(), "admin").await;
    for operator in [json!({ "$ne": null }), json!([token]), json!(null), json!(7), json!({ "$gt": "" })] {
        let body = json!({ "token": operator, "name": "Eve", "password": ADMIN_PASSWORD });
        stranger.post(ACCEPT, &body).await.problem(422, "invalid_field");
    }
    let (named, signature) = token.rsplit_once('.').unwrap();
    for forged in [
        String::new(),
        invitation.id.to_string(),
        format!("{}.1", invitation.id),
        format!("{}.2.{signature}", invitation.id),
        format!("{named}.{}", signature.to_uppercase()),
        format!("{token}x"),
    ] {
        look(&stranger, &forged).await.problem(410, "invitation_over");
        accept(&stranger, &forged, ADMIN_PASSWORD).await.problem(410, "invitation_over");
    }
    look(&stranger, &token).await.is(200);
}

/// W1 and W16: an account could be taken over by its address, and an invitation activated whoever was signed in.
#[tokio::test]
async fn w1_w16_an_invitation_makes_its_own_account_and_touches_no_other() {
    let server = Server::shared();
    let (admin, stranger) = (Agent::first(server).await, Api::anonymous(server));
    // Nobody who has an account is invited, however the address is typed.
    let taken = json!({ "email": ADMIN_EMAIL.to_uppercase(), "role": "agent" });
    let problem = admin.api.post(INVITATIONS, &taken).await.problem(409, "duplicate_key");
    assert_eq!(problem.errors[0].pointer, "/email");
    let before: User = admin.api.get("/api/v1/auth/me").await.ok(200);
    let email = fresh_email();
    let (_, token) = admin.invitation_for(&email, "agent").await;
    let log_in = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
    let signed_in = voxora_tests::eventually(async || {
        let answer = stranger.post("/api/v1/auth/login", &log_in).await;
        (answer.status != 429).then_some(answer)
    })
    .await;
    let adas: AgentSession = signed_in.ok(200);
    // Ada is signed in in this browser, by cookie and by token.
    let browser = stranger.with_cookie(&signed_in.cookie().0).with_token(&adas.access_token);
    let accepted = accept(&browser, &token, "another horse battery").await;
    let session: AgentSession = accepted.ok(201);
    assert_eq!(session.user.email, email);
    assert_ne!(session.user.id, adas.user.id);
    assert_ne!(accepted.cookie().0, signed_in.cookie().0, "from here on the browser speaks for Lin");
    let after: User = admin.api.get("/api/v1/auth/me").await.ok(200);
    // She has signed in meanwhile.
    assert_eq!(User { last_seen_at: before.last_seen_at, ..after }, before);
    let refreshed: AgentSession =
        stranger.with_cookie(&signed_in.cookie().0).post_nothing("/api/v1/auth/refresh").await.ok(200);
    assert_eq!(refreshed.user.id, adas.user.id, "Ada's own session goes on");
}

#[tokio::test]
async fn two_who_accept_at_once_make_one_account() {
    let server = Server::shared();
    let (admin, stranger) = (Agent::first(server).await, Api::anonymous(server));
    let email = fresh_email();
    let (_, token) = admin.invitation_for(&email, "agent").await;
    let passwords = ["the first password", "the second password", "the third password"];
    let answers = join_all(passwords.map(|password| accept(&stranger, &token, password))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(accepted, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.problem(410, "invitation_over");
    }
    let found: List<User> = admin.api.get(&format!("/api/v1/users?search={email}")).await.ok(200);
    assert_eq!(found.items.len(), 1);
}

#[tokio::test]
async fn one_that_is_sent_again_or_taken_back_makes_earlier_links_worthless() {
    let server = Server::shared();
    let (admin, stranger) = (Agent::first(server).await, Api::anonymous(server));
    let (invitation, first) = admin.invitation_for(&fresh_email(), "agent").await;
    let resend = format!("{INVITATIONS}/{}/resend", invitation.id);
    let stale = admin.api.with_header(IF_MATCH, "\"9\"");
    stale.post_nothing(&resend).await.problem(412, "precondition_failed");
    let sent: SentInvitation = admin.api.post_nothing(&resend).await.ok(200);
    let second = token_of(&sent.link);
    assert!(sent.invitation.expires_at >= invitation.expires_at && second != first);
    accept(&stranger, &first, ADMIN_PASSWORD).await.problem(410, "invitation_over");
    look(&stranger, second).await.is(200);
    revoke(&stale, &invitation).await.problem(412, "precondition_failed");
    for _ in 0..2 {
        revoke(&admin.api, &invitation).await.is(204);
    }
    accept(&stranger, second, ADMIN_PASSWORD).await.problem(410, "invitation_over");
    admin.api.post_nothing(&resend).await.problem(410, "invitation_over");
    admin.api.get(&format!("{INVITATIONS}/{}/link", invitation.id)).await.problem(410, "invitation_over");
    let revoked: List<Invitation> = admin.api.get(&format!("{INVITATIONS}?status=revoked")).await.ok(200);
    assert!(revoked.items.iter().any(|found| found.id == invitation.id));
    // The address may be invited anew.
    admin.invitation_for(&invitation.email, "agent").await;
    let again = json!({ "email": invitation.email, "role": "agent" });
    admin.api.post(INVITATIONS, &again).await.problem(409, "duplicate_key");
}

#[tokio::test]
async fn a_repeat_makes_nothing_again() {
    let admin = Agent::first(Server::shared()).await;
    let keyed = admin
        .api
        .with_header(HeaderName::from_static("idempotency-key"), &format!("k-{}", fresh_client_id()));
    let request = json!({ "email": fresh_email(), "role": "agent" });
    let first: SentInvitation = keyed.post(INVITATIONS, &request).await.ok(201);
    assert_eq!(keyed.post(INVITATIONS, &request).await.ok::<SentInvitation>(201), first);
    let other = json!({ "email": fresh_email(), "role": "agent" });
    keyed.post(INVITATIONS, &other).await.problem(409, "client_id_reused");
}

#[tokio::test]
async fn one_person_invites_so_many_a_day() {
    let server = Server::named("invitation-limit").variable("LIMIT_INVITATIONS", "2/86400").start();
    let admin = Agent::first(&server).await;
    let (invitation, _) = admin.invitation_for("one@example.com", "agent").await;
    admin.invitation_for("two@example.com", "agent").await;
    let third = json!({ "email": "three@example.com", "role": "agent" });
    admin.api.post(INVITATIONS, &third).await.problem(429, "rate_limited");
    let resend = format!("{INVITATIONS}/{}/resend", invitation.id);
    let refused = admin.api.post_nothing(&resend).await;
    refused.problem(429, "rate_limited");
    let policy: Value = json!(refused.header("ratelimit-policy"));
    assert_eq!(policy, "\"invitations-per-account\";q=2;w=86400");
}

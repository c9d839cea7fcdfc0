//! The matrix: every route of the table × every kind of caller × every state a token can be in, and what must come of it.
//! A route that is added is tried by itself; it only has to say here what a good request to it is.

use reqwest::{Method, header::ALLOW};
use serde_json::{Value, json};
use voxora_domain::access::token::verify_access;
use voxora_domain::access::{Keys, Permissions};
use voxora_domain::wire::AgentSession;
use voxora_tests::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Answer, Api, Chat, JWT_SECRET, METRICS_TOKEN, SETUP_TOKEN, Server,
    Visitor, are_documents_elsewhere, eventually, tokens, unknown_conversation,
};
use voxora_workers::auth::Access;
use voxora_workers::routes::{Row, table};

/// A good request to a route, and what whoever may make it is answered.
struct Sample {
    body: Option<Value>,
    answer: u16,
}

fn sample(name: &str) -> Sample {
    let get = |answer| Sample { body: None, answer };
    let send = |body, answer| Sample { body: Some(body), answer };
    match name {
        "dashboard" => get(307),
        "health.alive" | "health.ready" | "metrics" | "setup.show" | "account.show" => get(200),
        "setup.create" => send(
            json!({ "setupToken": "not it", "name": "Eve", "email": "eve@example.com", "password": "0123456789" }),
            403,
        ),
        // Another account each time: guesses at one are limited.
        "auth.login" => {
            let email = format!("{}@example.com", voxora_tests::fresh_client_id());
            send(json!({ "email": email, "password": "0123456789" }), 401)
        }
        // Nobody here brings a cookie.
        "auth.refresh" => get(401),
        "auth.logout" => get(204),
        "account.sessions" | "account.end_other_sessions" => get(200),
        "account.end_session" => get(204),
        // Before any password is tried: tries are limited.
        "account.change_password" => {
            send(json!({ "currentPassword": "not it", "newPassword": "short" }), 422)
        }
        "account.update" => send(json!({ "timeZone": null }), 200),
        "account.change_email" => {
            send(json!({ "email": "not an address", "currentPassword": "not it" }), 422)
        }
        "account.forgot_password" => {
            let email = format!("{}@example.com", voxora_tests::fresh_client_id());
            send(json!({ "email": email }), 202)
        }
        "account.reset_password" => send(json!({ "token": "not it", "password": "0123456789" }), 410),
        "account.confirm_email" => send(json!({ "token": "not it" }), 410),
        "widget.session" => send(json!({}), 200),
        "conversations.list" | "conversations.show" | "conversations.events" => get(200),
        "conversations.start" => {
            send(json!({ "clientId": voxora_tests::fresh_client_id(), "text": "Hello" }), 201)
        }
        "conversations.update" => send(json!({ "status": "pending" }), 200),
        "conversations.socket" | "inbox.socket" => get(101),
        "tags.list" | "tags.show" | "tags.put_on" => get(200),
        "tags.create" => send(json!({ "name": voxora_tests::fresh_client_id(), "color": "#1f6feb" }), 201),
        "tags.update" => send(json!({ "color": "#1f6feb" }), 200),
        "tags.merge" => send(json!({ "into": TAG_PLACE }), 202),
        "tags.delete" | "tags.take_off" => get(204),
        "users.list"
        | "users.show"
        | "users.deactivate"
        | "users.reactivate"
        | "users.password_reset_link" => get(200),
        "users.update" => send(json!({ "capacity": 5 }), 200),
        "users.delete" | "invitations.revoke" => get(204),
        "invitations.list" | "invitations.show" | "invitations.resend" | "invitations.link" => get(200),
        "invitations.create" => {
            let email = format!("{}@example.com", voxora_tests::fresh_client_id());
            send(json!({ "email": email, "role": "agent" }), 201)
        }
        "invitations.look" => send(json!({ "token": "not it" }), 410),
        "invitations.accept" => {
            send(json!({ "token": "not it", "name": "Eve", "password": ADMIN_PASSWORD }), 410)
        }
        "roles.list" | "roles.presets" | "roles.show" => get(200),
        "roles.preview" => send(json!({ "permissions": ["read_conversations:own"] }), 200),
        "roles.create" => send(
            json!({ "name": voxora_tests::fresh_client_id(), "permissions": ["read_conversations:own"] }),
            201,
        ),
        "roles.update" => send(json!({ "description": "x" }), 200),
        "roles.delete" => get(204),
        "departments.list" | "departments.show" => get(200),
        "departments.create" => {
            send(json!({ "name": voxora_tests::fresh_client_id(), "color": "#8250df" }), 201)
        }
        "departments.update" => send(json!({ "color": "#8250df" }), 200),
        "departments.delete" => get(204),
        "jobs.list" | "jobs.dead_letters" => get(200),
        "jobs.retry" => send(json!({}), 200),
        "settings.show" | "mail.show" | "mailbox.list" => get(200),
        "settings.update" => send(json!({ "sessionDays": 30 }), 200),
        "mail.test" => get(202),
        // No test of the matrix sends one of this name.
        "mailbox.show" => get(404),
        "outbox.show" | "outbox.retry" | "export.read" | "import.write" | "import.users" => get(200),
        other => panic!("say what a good request to {other} is, and its answer"),
    }
}

/// Stands in a body for the tag of the scene.
const TAG_PLACE: &str = "THE-TAG";

/// Somebody who asks.
struct Caller {
    who: &'static str,
    token: Option<String>,
    /// What they may do, as their token says.
    may: Permissions,
    is_visitor: bool,
    /// Whether the conversation of the scene is theirs to see.
    sees: bool,
    /// Whether there is an account of theirs. Their tokens are tried in every state one can be in; one of each kind is enough.
    is_known: bool,
}

struct Scene {
    chat: Chat,
    /// Somebody whose sessions nobody else needs.
    spare: Agent,
    /// A tag, and one that is there to be merged into it.
    tags: [String; 2],
    /// Somebody of the team, beside the admin who asks.
    colleague: String,
    invitation: String,
    department: String,
    role: String,
    anonymous: Api,
    callers: Vec<Caller>,
    /// The token of somebody who has signed out.
    ended: String,
}

impl Scene {
    async fn set() -> Self {
        let server = Server::shared();
        let chat = Chat::begin(server, "Hello").await;
        let stranger = Visitor::new(server).await;
        let admin = chat.agent.token.clone();
        let tags = [chat.agent.make_tag().await, chat.agent.make_tag().await];
        let (spare, _) = Agent::colleague(server, "agent").await;
        let colleague = chat.agent.invite("agent").await.id.clone();
        let email = format!("{}@example.com", voxora_tests::fresh_client_id());
        let invitation = chat.agent.invitation_for(&email, "agent").await.0.id.to_string();
        let department = chat.agent.make_department().await;
        // It is in a department, and assigned to the admin, who is at times an agent here.
        let change = json!({ "departmentId": department, "assigneeId": chat.agent.id });
        chat.agent.api.patch(&format!("/api/v1/conversations/{}", chat.id), &change).await.is(200);
        let member = |claims: &[(&str, Value)]| {
            let claims = claims.iter().fold(tokens::claims(&admin), |mut all, (name, value)| {
                all[*name] = value.clone();
                all
            });
            tokens::sign(&claims, JWT_SECRET)
        };
        let (agent, else_id) = (("role", json!("agent")), ("sub", json!(unknown_conversation())));
        let custom = ("role", json!(unknown_conversation()));
        let reading = ["read_conversations", "follow_inbox", "read_own_account", "manage_departments"];
        let callers = [
            ("its visitor", chat.visitor.token.clone(), true, true),
            ("another visitor", stranger.token.clone(), false, true),
            ("the assigned agent", member(std::slice::from_ref(&agent)), true, true),
            ("an admin", admin.clone(), true, true),
            ("an agent outside", member(&[agent.clone(), else_id.clone()]), false, false),
            (
                "an agent of the department",
                member(&[agent.clone(), else_id.clone(), ("departments", json!([department]))]),
                true,
                false,
            ),
            (
                "an agent who sees only what is theirs",
                member(&[
                    agent.clone(),
                    else_id.clone(),
                    ("departments", json!([department])),
                    ("permissions", json!(["read_conversations:own", "update_conversations:own"])),
                ]),
                false,
                false,
            ),
            (
                "somebody of a role that reads everything and writes nothing",
                member(&[custom.clone(), else_id.clone(), ("permissions", json!(reading))]),
                true,
                false,
            ),
            ("somebody of a role that is gone", member(&[custom, else_id]), false, false),
        ];
        let callers = callers.into_iter().map(|(who, token, sees, is_known)| {
            let principal = verify_access(&Keys::new(JWT_SECRET, None), &token, milliseconds_now()).unwrap();
            Caller {
                who,
                may: principal.permissions,
                is_visitor: principal.visitor().is_some(),
                token: Some(token),
                sees,
                is_known,
            }
        });
        let callers = callers.collect();
        let role = chat.agent.make_role(&["read_conversations:own"]).await;
        let (anonymous, ended) = (Api::anonymous(server), Self::ended(server).await);
        Self { chat, spare, tags, colleague, invitation, department, role, anonymous, callers, ended }
    }

    async fn ended(server: &Server) -> String {
        let api = Api::anonymous(server);
        let credentials = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
        // Few log-ins are hashed at once; the others are asked to come back.
        let answer = eventually(async || {
            let answer = api.post("/api/v1/auth/login", &credentials).await;
            (answer.status != 429).then_some(answer)
        })
        .await;
        let session: AgentSession = answer.ok(200);
        api.with_cookie(&answer.cookie().0).post_nothing("/api/v1/auth/logout").await.is(204);
        session.access_token
    }

    /// A caller's token for a route: for their own account, that of the spare person.
    fn token(&self, row: &Row, caller: &Caller) -> String {
        let token = caller.token.clone().unwrap();
        if caller.is_visitor || !row.name.starts_with("account.") {
            return token;
        }
        tokens::with_claim(&token, "sub", json!(self.spare.id), JWT_SECRET)
    }

    fn path(&self, row: &Row) -> String {
        let [tag, merged] = &self.tags;
        let id = match row.name {
            "tags.merge" => merged.clone(),
            // Of nothing that another route needs: what is gone is deleted, too.
            "tags.delete"
            | "departments.delete"
            | "roles.delete"
            | "users.delete"
            | "invitations.revoke"
            | "account.end_session" => unknown_conversation(),
            name if name.starts_with("users.") => self.colleague.clone(),
            name if name.starts_with("invitations.") => self.invitation.clone(),
            name if name.starts_with("roles.") => self.role.clone(),
            name if name.starts_with("departments.") => self.department.clone(),
            name if name.starts_with("tags.") && !row.path.contains("/conversations/") => tag.clone(),
            _ => self.chat.id.clone(),
        };
        row.path
            .replace("{id}", &id)
            .replace("{tag}", tag)
            .replace("{collection}", "settings")
            .replace("{kind}", "audit")
    }

    async fn ask(&self, row: &Row, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
        if matches!(row.access, Access::Socket(_)) {
            return self.anonymous.upgrade(path, token).await;
        }
        let api = token.map_or_else(|| self.anonymous.clone(), |token| self.anonymous.with_token(token));
        api.call(row.method.clone(), path, |request| match body {
            Some(body) => {
                let text = body.to_string().replace(TAG_PLACE, &self.tags[0]);
                request.header("content-type", "application/json").body(text)
            }
            None => request,
        })
        .await
    }

    async fn try_row(&self, row: &Row, who: &str, token: Option<&str>, expected: u16) {
        let Sample { body, .. } = sample(row.name);
        // Few log-ins are hashed at once; the others are asked to come back.
        let answer = eventually(async || {
            let answer = self.ask(row, &self.path(row), token, body.as_ref()).await;
            (row.name != "auth.login" || answer.status != 429).then_some(answer)
        })
        .await;
        assert_eq!(answer.status.as_u16(), expected, "{} as {who}: {answer:?}", row.name);
        if expected == 401 && row.access.permission().is_some() {
            answer.problem(401, "unauthenticated");
        }
    }
}

fn milliseconds_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// What a caller with a good token is answered.
fn expected(row: &Row, caller: &Caller) -> u16 {
    let Sample { answer, .. } = sample(row.name);
    match (row.access, row.access.permission()) {
        (Access::MetricsToken, _) => 401,
        (_, None) => answer,
        (_, Some(permission)) if !caller.may.contains(permission) => 403,
        // The door is open to whoever has the right; behind it, a conversation is whose it is.
        _ if !caller.sees && row.path.contains("/conversations/{id}") => 403,
        _ => answer,
    }
}

#[tokio::test]
async fn every_route_answers_every_kind_of_caller_as_the_table_says() {
    let scene = Scene::set().await;
    for row in table() {
        let nobody = match (row.access, row.access.permission()) {
            (Access::MetricsToken, _) | (_, Some(_)) => 401,
            (_, None) => sample(row.name).answer,
        };
        scene.try_row(row, "nobody", None, nobody).await;
        scene.try_row(row, "somebody who has signed out", Some(&scene.ended), nobody).await;
        for caller in &scene.callers {
            let good = &*scene.token(row, caller);
            scene.try_row(row, caller.who, Some(good), expected(row, caller)).await;
            if !caller.is_known {
                continue;
            }
            let (signed, _) = good.rsplit_once('.').unwrap();
            let claims = tokens::claims(good);
            let other = if caller.is_visitor { "agent" } else { "visitor" };
            let critical = json!({ "alg": "HS256", "typ": "JWT", "crit": ["exp"] });
            let far = json!(10_000_000_000_i64);
            for (state, token) in [
                ("expired", tokens::with_claim(good, "exp", json!(1_000_000_000), JWT_SECRET)),
                ("forged", tokens::sign(&claims, "another secret of more than 32 characters")),
                (
                    "of another audience",
                    tokens::with_claim(good, "aud", json!("visitor-renewal"), JWT_SECRET),
                ),
                ("of the others' audience", tokens::with_claim(good, "aud", json!(other), JWT_SECRET)),
                ("that has not begun", tokens::with_claim(good, "nbf", far.clone(), JWT_SECRET)),
                ("issued in the future", tokens::with_claim(good, "iat", far, JWT_SECRET)),
                ("with a critical header", tokens::sign_under(&critical, &claims, JWT_SECRET)),
                ("without a signature", format!("{signed}.")),
                ("of alg none", tokens::unsigned(&claims)),
            ] {
                let who = format!("{} with a token {state}", caller.who);
                scene.try_row(row, &who, Some(&token), nobody).await;
            }
        }
    }
}

#[tokio::test]
async fn secrets_of_the_deployment_open_what_is_theirs_and_nothing_else() {
    let scene = Scene::set().await;
    for row in table() {
        let nobody = match (row.access, row.access.permission()) {
            (Access::MetricsToken, _) | (_, Some(_)) => 401,
            (_, None) => sample(row.name).answer,
        };
        let metrics = if row.access == Access::MetricsToken { 200 } else { nobody };
        scene.try_row(row, "holder of METRICS_TOKEN", Some(METRICS_TOKEN), metrics).await;
        // The shared server has its first admin; and where documents are elsewhere a backup opens nothing.
        let restores = matches!(row.access, Access::Restore(_)) && !are_documents_elsewhere();
        let setup = if restores { 409 } else { nobody };
        scene.try_row(row, "holder of SETUP_TOKEN", Some(SETUP_TOKEN), setup).await;
    }
}

#[tokio::test]
async fn who_may_not_is_told_so_before_anything_else_is_looked_at() {
    let scene = Scene::set().await;
    for row in table() {
        let Some(permission) = row.access.permission() else { continue };
        let nowhere = row.path.replace("{id}", "not-a-uuid").replace("{collection}", "sessions");
        let path = format!("{nowhere}?unknown=1");
        let body = json!(["not an object"]);
        scene.ask(row, &path, None, Some(&body)).await.problem(401, "unauthenticated");
        for caller in scene.callers.iter().filter(|caller| !caller.may.contains(permission)) {
            scene.ask(row, &path, caller.token.as_deref(), Some(&body)).await.problem(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn every_path_names_its_methods_and_refuses_the_others() {
    let scene = Scene::set().await;
    let rows = table();
    for row in rows {
        let taken: Vec<_> =
            rows.iter().filter(|other| other.path == row.path).map(|row| &row.method).collect();
        let allowed = |method: &Method| {
            taken.contains(&method) || (method == Method::HEAD && taken.contains(&&Method::GET))
        };
        let path = scene.path(row);
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if allowed(&method) {
                continue;
            }
            let answer = scene.anonymous.call(method.clone(), &path, |request| request).await;
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            let listed = answer.header(ALLOW.as_str()).unwrap();
            assert!(
                taken.iter().all(|method| listed.split(", ").any(|it| it == method.as_str())),
                "{listed}"
            );
            if method != Method::HEAD {
                answer.problem(405, "method_not_allowed");
            }
        }
        let options = scene.anonymous.call(Method::OPTIONS, &path, |request| request).await;
        options.is(204);
        assert!(options.header(ALLOW.as_str()).unwrap().ends_with("OPTIONS"), "{options:?}");
        if row.method == Method::GET && !matches!(row.access, Access::Socket(_)) {
            let admin = scene.anonymous.with_token(&scene.chat.agent.token);
            let head = admin.call(Method::HEAD, &path, |request| request).await;
            let get = admin.get(&path).await;
            assert_eq!(head.status, get.status, "{path}");
            assert!(head.body.is_empty(), "{head:?}");
        }
    }
}

#[tokio::test]
async fn routes_about_the_cookie_refuse_pages_of_other_sites() {
    let scene = Scene::set().await;
    let own = scene.anonymous.origin.clone();
    for row in table().iter().filter(|row| matches!(row.access, Access::Cookie | Access::SetupToken)) {
        let Sample { body, answer } = sample(row.name);
        let ask = async |headers: &[(&str, &str)]| {
            scene
                .anonymous
                .call(row.method.clone(), row.path, |request| {
                    let request =
                        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                    body.iter().fold(request, reqwest::RequestBuilder::json)
                })
                .await
        };
        for headers in [
            &[][..],
            &[("origin", &*own)],
            &[("origin", &*own), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            ask(headers).await.is(answer);
        }
        // An empty `Origin` is refused too, but workerd does not hand headers without a value on.
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", &*own), ("sec-fetch-site", "cross-site")],
        ] {
            let refused = ask(headers).await;
            let problem = refused.problem(403, "forbidden");
            assert!(problem.detail.contains("own site"), "{problem:?}");
            assert_eq!(refused.header("set-cookie"), None, "{refused:?}");
        }
    }
}

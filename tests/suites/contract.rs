//! The examples of `docs/openapi.json`, carried out on the built Worker: each request works as it stands there, and gets an
//! answer of the example's shape.

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::{
    Method,
    header::{
        CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use serde_json::{Value, json};
use voxora_tests::{
    ADMIN_EMAIL, Agent, Answer, Api, JWT_SECRET, METRICS_TOKEN, Person, SETUP_TOKEN, Server, Visitor,
    eventually, mail, tokens, unknown_conversation,
};

fn document() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// A deployment in which the examples can be carried out.
struct Deployment {
    server: Server,
    admin: Agent,
    visitor: Visitor,
    /// Somebody who changes their password, which nobody else needs.
    colleague: Agent,
    /// What an example's value stands for here.
    stand_ins: Vec<(String, String)>,
}

impl Deployment {
    /// Set up by the example of set-up itself.
    async fn set_up(document: &Value) -> Self {
        let server = Server::named("contract").with_generous_rooms().start();
        let of = |name: &str| document["components"]["examples"][name]["value"].as_str().unwrap().to_owned();
        let mut stand_ins = vec![(of("setupToken"), SETUP_TOKEN.to_owned())];
        let api = Api::anonymous(&server);
        let setup = &document["paths"]["/api/v1/setup"]["post"];
        let body = replaced(&setup["requestBody"]["content"]["application/json"]["example"], &stand_ins);
        let answer = api.post("/api/v1/setup", &body).await;
        expect_as_documented(setup, &answer);
        let admin = Agent::of(&api, &answer.ok(201));
        let visitor = Visitor::new(&server).await;
        let colleague = admin.with_colleague(&api, "agent").await.0;
        let (reset_token, email_token) = links(&admin, &api).await;
        let conversation = visitor.start("Hello?").await;
        visitor.summary(&conversation, |_| true).await;
        let tag = async |name: &str| {
            let made = admin.api.post("/api/v1/tags", &json!({ "name": name, "color": "#1f6feb" })).await;
            made.ok::<Value>(201)["id"].as_str().unwrap().to_owned()
        };
        let sent: Value = admin.api.post_nothing("/api/v1/mail/test").await.ok(202);
        mail(&server, ADMIN_EMAIL, "Test").await;
        let is_sent = async || {
            let status: Value = admin.api.get("/api/v1/mail").await.ok(200);
            (status["recent"][0]["state"] == "sent").then_some(())
        };
        eventually(is_sent).await;
        let invite = async |email: &str| admin.invitation_for(email, "agent").await;
        let (invitation, _) = invite("kim@example.com").await;
        let (spare, _) = invite("sam@example.com").await;
        let (_, looked_at) = invite("joe@example.com").await;
        let (_, accepted) = invite("max@example.com").await;
        stand_ins.extend([
            (of("mailId"), sent["id"].as_str().unwrap().to_owned()),
            (of("colleagueId"), admin.invite("agent").await.id.clone()),
            (of("formerColleagueId"), admin.invite("agent").await.id.clone()),
            (of("invitationId"), invitation.id.to_string()),
            (of("spareInvitationId"), spare.id.to_string()),
            (of("invitationToken"), looked_at),
            (of("acceptedToken"), accepted),
            (of("tagId"), tag("A tag").await),
            (of("mergedTagId"), tag("A tag to merge").await),
            (of("spareTagId"), tag("Another tag").await),
            (of("conversationId"), conversation),
            (of("resetToken"), reset_token),
            (of("emailToken"), email_token),
            (of("sessionId"), unknown_conversation()),
            (of("userId"), admin.id.clone()),
            (of("visitorId"), visitor.id.clone()),
            (of("accessToken"), admin.token.clone()),
            (of("renewalToken"), visitor.renewal_token.clone()),
        ]);
        Self { server, admin, visitor, colleague, stand_ins }
    }

    fn person(&self, path: &str, who: &str) -> &Person {
        if ["/api/v1/auth/password", "/api/v1/auth/email"].contains(&path) {
            return &self.colleague;
        }
        if who.starts_with("visitors") { &self.visitor } else { &self.admin }
    }

    /// The example's request, as whoever the route is for.
    async fn carry_out(&self, method: &str, path: &str, operation: &Value) -> Answer {
        let address = self.address(path, operation);
        let person = self.person(path, operation["x-who"].as_str().unwrap());
        let scheme = operation["security"][0].as_object().and_then(|schemes| schemes.keys().next());
        let scheme = scheme.map_or("", String::as_str);
        let api = Api::anonymous(&self.server);
        let api = match scheme {
            "accessToken" => person.api.clone(),
            "metricsToken" => api.with_token(METRICS_TOKEN),
            "refreshCookie" => api.with_cookie(&self.fresh_cookie().await),
            _ => api,
        };
        let content =
            operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
        let protocols = format!("voxora.v1, bearer.{}", person.token);
        api.call(method, &address, |request| {
            let request = match content {
                Some((media, content)) => {
                    let body = match replaced(&content["example"], &self.stand_ins) {
                        Value::String(text) => text,
                        json => json.to_string(),
                    };
                    request.header(CONTENT_TYPE, media).body(body)
                }
                None => request,
            };
            if scheme != "accessTokenOfSocket" {
                return request;
            }
            request
                .header(CONNECTION, "upgrade")
                .header(UPGRADE, "websocket")
                .header(SEC_WEBSOCKET_VERSION, "13")
                .header(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
                .header(SEC_WEBSOCKET_PROTOCOL, protocols)
        })
        .await
    }

    /// The cookie of a session that nothing else uses.
    async fn fresh_cookie(&self) -> String {
        let request = json!({ "email": voxora_tests::ADMIN_EMAIL, "password": voxora_tests::ADMIN_PASSWORD });
        let answer = Api::anonymous(&self.server).post("/api/v1/auth/login", &request).await;
        answer.is(200).cookie().0
    }

    fn address(&self, path: &str, operation: &Value) -> String {
        let mut address = path.to_owned();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let value = match replaced(&parameter["example"], &self.stand_ins) {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            match parameter["in"].as_str().unwrap() {
                "path" => address = address.replace(&format!("{{{name}}}"), &value),
                "query" => query.push(format!("{name}={value}")),
                other => panic!("{name} is in {other}"),
            }
        }
        if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
    }
}

/// A link that resets somebody's password, and one that confirms somebody's address.
async fn links(admin: &Agent, api: &Api) -> (String, String) {
    let forgetful = admin.with_colleague(api, "agent").await.0;
    let email = &forgetful.user.email;
    api.post("/api/v1/auth/password/forgot", &json!({ "email": email })).await.is(202);
    let moving = admin.with_colleague(api, "agent").await.0;
    let request =
        json!({ "email": "ada.lovelace@example.org", "currentPassword": voxora_tests::ADMIN_PASSWORD });
    moving.api.post("/api/v1/auth/email", &request).await.is(202);
    // The link is made after the answer.
    eventually(async || {
        let users = admin.api.get("/api/v1/export/users?limit=200").await.is(200).body.clone();
        users.contains("\"resetUntil\"").then_some(())
    })
    .await;
    (
        tokens::one_time("password reset", &forgetful.id, 1, JWT_SECRET),
        tokens::one_time("e-mail change", &moving.id, 1, JWT_SECRET),
    )
}

/// An example with what its values stand for.
fn replaced(example: &Value, stand_ins: &[(String, String)]) -> Value {
    let mut text = example.to_string();
    for (example, value) in stand_ins {
        text = text.replace(example, value);
    }
    serde_json::from_str(&text).unwrap()
}

#[track_caller]
fn expect_as_documented(operation: &Value, answer: &Answer) {
    let response = &operation["responses"][answer.status.as_str()];
    assert!(response.is_object(), "the document does not know of this: {answer:?}");
    assert!(answer.status.as_u16() < 400, "the example does not work: {answer:?}");
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let is_there = answer.header(name).is_some();
        assert!(is_there || !header["$ref"].is_string(), "{name} is missing: {answer:?}");
    }
    let Some((media, content)) = response["content"].as_object().and_then(|content| content.iter().next())
    else {
        assert_eq!(answer.body, "", "{answer:?}");
        return;
    };
    let given = answer.header("content-type").unwrap_or_default();
    assert_eq!(given.split(';').next(), Some(media.as_str()), "{answer:?}");
    if media == "application/json" {
        let given = serde_json::from_str(&answer.body).unwrap();
        expect_same_shape(&content["example"], &given, "");
    }
}

/// The same fields everywhere. `null` stands for whatever there may be, and the first item of a list for all.
#[track_caller]
fn expect_same_shape(example: &Value, given: &Value, place: &str) {
    match (example, given) {
        (Value::Object(example), Value::Object(given)) => {
            let names =
                |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
            // Numbers are names that nobody chose.
            if !example.keys().all(|name| name.parse::<u32>().is_ok()) {
                assert_eq!(
                    names(example),
                    names(given),
                    "the example at {place:?} has other fields than the answer"
                );
            }
            for (name, example) in example {
                if let Some(given) = given.get(name) {
                    expect_same_shape(example, given, &format!("{place}/{name}"));
                }
            }
        }
        (Value::Array(example), Value::Array(given)) => {
            if let Some(example) = example.first() {
                let given = given.first().unwrap_or_else(|| panic!("the answer has nothing at {place:?}"));
                expect_same_shape(example, given, &format!("{place}/0"));
            }
        }
        (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) => {}
        (Value::Null, _) | (_, Value::Null) | (Value::Bool(_), Value::Bool(_)) => {}
        _ => panic!("at {place:?} the example has {example}, and the answer {given}"),
    }
}

#[tokio::test]
async fn every_example_of_the_contract_works() {
    let document = document();
    let deployment = Deployment::set_up(&document).await;
    let mut carried_out = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // Set-up has been carried out already, and there is no second time.
            if operation["operationId"] == "setup.create" {
                continue;
            }
            let answer = deployment.carry_out(method, path, operation).await;
            expect_as_documented(operation, &answer);
            carried_out += 1;
        }
    }
    assert!(carried_out > 0);
}

/// The reference and the document are static files, and the page may run no script.
#[tokio::test]
async fn the_reference_is_served() {
    let api = Api::anonymous(Server::shared());
    let page = api.get("/docs/").await;
    assert!(page.is(200).body.contains("id=\"conversations.start\""), "{page:?}");
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let served: Value = serde_json::from_str(&api.get("/docs/openapi.json").await.is(200).body).unwrap();
    assert_eq!(served, document());
}

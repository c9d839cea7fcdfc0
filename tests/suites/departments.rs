//! Departments: kept by admins, known to the team, and never seen by a visitor.

use reqwest::{Method, header::HeaderName, header::IF_MATCH};
use serde_json::{Value, json};
use voxora_domain::wire::{Department, List, SentInvitation};
use voxora_tests::{Agent, Answer, Api, Server, fresh_client_id, unknown_conversation};

const DEPARTMENTS: &str = "/api/v1/departments";

fn path(department: &Department) -> String {
    format!("{DEPARTMENTS}/{}", department.id)
}

async fn make(admin: &Agent, name: &str) -> Department {
    admin.api.post(DEPARTMENTS, &json!({ "name": name, "color": "#8250DF" })).await.ok(201)
}

async fn delete(api: &Api, department: &Department) -> Answer {
    api.call(Method::DELETE, &path(department), |request| request).await
}

/// A week with these blocks on Monday, Tuesday and Friday.
fn week(monday: &Value, tuesday: &Value, friday: &Value) -> Value {
    json!({
        "monday": monday, "tuesday": tuesday, "wednesday": [], "thursday": [], "friday": friday, "saturday": [],
        "sunday": [],
    })
}

fn hours() -> Value {
    let friday = json!([{ "from": "22:00", "to": "06:00" }, { "from": "09:00", "to": "17:00" }]);
    json!({
        "timeZone": "America/Argentina/Buenos_Aires",
        "week": week(&json!([]), &json!([]), &friday),
        "holidays": [{ "date": "2026-12-25", "name": "Christmas", "hours": [] }],
    })
}

#[tokio::test]
async fn a_department_is_made_changed_and_deleted() {
    let admin = Agent::first(Server::shared()).await;
    let name = format!("  Verkauf  {} ", fresh_client_id());
    let answer = admin
        .api
        .post(DEPARTMENTS, &json!({ "name": name, "color": "#ABCDEF", "description": "x", "hours": hours() }))
        .await;
    let made: Department = answer.ok(201);
    assert_eq!((made.name.as_str(), made.color.as_str()), (name.trim(), "#abcdef"));
    assert_eq!((made.members, made.conversations, made.version), (0, 0, 1));
    assert_eq!(answer.header("etag").as_deref(), Some("\"1\""));
    let week = &made.hours.as_ref().unwrap().week;
    assert_eq!(week.friday.iter().map(|block| block.from.as_str()).collect::<Vec<_>>(), ["09:00", "22:00"]);
    assert_eq!(admin.api.get(&path(&made)).await.ok::<Department>(200), made);

    let change = json!({ "description": null, "hours": null, "archived": true });
    let changed: Department = admin.api.patch(&path(&made), &change).await.ok(200);
    assert_eq!((changed.description, changed.hours, changed.version), (None, None, 2));
    assert!(changed.archived_at.is_some());
    delete(&admin.api, &made).await.is(204);
    delete(&admin.api, &made).await.is(204);
    admin.api.get(&path(&made)).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_does_not_fit_is_said_all_at_once() {
    let admin = Agent::first(Server::shared()).await;
    let monday = json!([{ "from": "9", "to": "17:00" }, { "from": "22:00", "to": "07:00" }]);
    let tuesday = json!([{ "from": "06:00", "to": "08:00" }]);
    let bad = json!({ "name": "\u{202e}", "color": "red", "hours": {
        "timeZone": "Berlin", "week": week(&monday, &tuesday, &json!([])),
        "holidays": [{ "date": "2026-02-30", "hours": [] }],
    } });
    let problem = admin.api.post(DEPARTMENTS, &bad).await.problem(422, "invalid_field");
    let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/name",
            "/color",
            "/hours/timeZone",
            "/hours/week/monday/0/from",
            "/hours/week/tuesday/0",
            "/hours/holidays/0/date"
        ]
    );
    let unknown = json!({ "name": "x", "color": "#8250df", "hours": {
        "timeZone": "UTC", "week": { "someday": [] }, "holidays": [],
    } });
    let problem = admin.api.post(DEPARTMENTS, &unknown).await.problem(422, "invalid_field");
    assert_eq!(problem.errors[0].pointer, "/hours/week/someday");
}

#[tokio::test]
async fn a_name_is_one_department_however_it_is_typed_and_a_repeat_makes_nothing_again() {
    let admin = Agent::first(Server::shared()).await;
    let name = fresh_client_id();
    let first = make(&admin, &format!("É {name}")).await;
    let again = json!({ "name": format!("e\u{301}  {}", name.to_uppercase()), "color": "#000000" });
    let problem = admin.api.post(DEPARTMENTS, &again).await.problem(409, "duplicate_key");
    assert_eq!(problem.errors[0].pointer, "/name");
    admin.api.patch(&path(&first), &json!({ "archived": true })).await.ok::<Department>(200);
    let keyed = admin
        .api
        .with_header(HeaderName::from_static("idempotency-key"), &format!("k-{}", fresh_client_id()));
    let made: Department = keyed.post(DEPARTMENTS, &again).await.ok(201);
    assert_eq!(keyed.post(DEPARTMENTS, &again).await.ok::<Department>(201), made);
    keyed
        .post(DEPARTMENTS, &json!({ "name": name, "color": "#000000" }))
        .await
        .problem(409, "client_id_reused");
}

#[tokio::test]
async fn a_change_is_meant_for_the_version_its_author_saw() {
    let admin = Agent::first(Server::shared()).await;
    let department = make(&admin, &fresh_client_id()).await;
    let careful = admin.api.with_header(IF_MATCH, "\"1\"");
    careful.patch(&path(&department), &json!({ "color": "#000000" })).await.ok::<Department>(200);
    careful
        .patch(&path(&department), &json!({ "color": "#ffffff" }))
        .await
        .problem(412, "precondition_failed");
    delete(&careful, &department).await.problem(412, "precondition_failed");
}

#[tokio::test]
async fn a_walk_through_the_list_meets_every_department_once() {
    let admin = Agent::first(Server::shared()).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(make(&admin, &fresh_client_id()).await.id);
    }
    let (mut met, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: List<Department> = admin.api.get(&format!("{DEPARTMENTS}?limit=2{cursor}")).await.ok(200);
        met.extend(page.items.into_iter().map(|department| department.id));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for id in made {
        assert_eq!(met.iter().filter(|other| **other == id).count(), 1);
    }
}

#[tokio::test]
async fn nobody_comes_into_a_department_that_is_archived_or_not_there() {
    let admin = Agent::first(Server::shared()).await;
    let bob = admin.invite("agent").await;
    let department = make(&admin, &fresh_client_id()).await;
    let put = async |ids: Value| {
        admin.api.patch(&format!("/api/v1/users/{}", bob.id), &json!({ "departments": ids })).await
    };
    let refused = |answer: Answer| {
        assert_eq!(answer.problem(422, "invalid_field").errors[0].pointer, "/departments");
    };
    refused(put(json!([unknown_conversation()])).await);
    put(json!([department.id])).await.is(200);
    admin.api.patch(&path(&department), &json!({ "archived": true })).await.is(200);
    put(json!([department.id])).await.is(200);
    put(json!([])).await.is(200);
    refused(put(json!([department.id])).await);

    let invite = async |department: &Department| {
        let email = format!("{}@example.com", fresh_client_id());
        let request = json!({ "email": email, "role": "agent", "departments": [department.id] });
        admin.api.post("/api/v1/invitations", &request).await
    };
    refused(invite(&department).await);
    let other = make(&admin, &fresh_client_id()).await;
    let sent: SentInvitation = invite(&other).await.ok(201);
    delete(&admin.api, &other).await.problem(409, "in_use");
    let invitation = format!("/api/v1/invitations/{}", sent.invitation.id);
    admin.api.call(Method::DELETE, &invitation, |request| request).await.is(204);
    delete(&admin.api, &other).await.is(204);
}

#[tokio::test]
async fn a_department_has_a_policy_of_its_own_until_it_is_taken_away() {
    let admin = Agent::first(Server::shared()).await;
    let department = make(&admin, &fresh_client_id()).await;
    assert_eq!(department.policy, None, "as the general queue");
    let other = admin.make_department().await;
    let policy = json!({
        "routing": {
            "mode": "round_robin", "skills": "required", "giveBackAfterSeconds": 0,
            "overflow": { "department": other, "afterSeconds": 300 },
        },
        "targets": { "urgent": { "firstResponse": 1 }, "businessHours": true },
        "autoResolve": { "afterMinutes": 60, "warning": "  Still there? ", "warnMinutesBefore": 10 },
    });
    let changed: Department = admin.api.patch(&path(&department), &json!({ "policy": policy })).await.ok(200);
    let kept = changed.policy.unwrap();
    assert!(kept.routing.same_agent_first, "what is not named is as it is before anybody sets anything");
    assert_eq!(kept.routing.overflow.unwrap().department.to_string(), other);
    assert_eq!(kept.targets.urgent.first_response, Some(1));
    assert_eq!(kept.auto_resolve.unwrap().warning.as_deref(), Some("Still there?"));
    let named: Department = admin.api.patch(&path(&department), &json!({ "color": "#000000" })).await.ok(200);
    assert!(named.policy.is_some(), "what is not named stays");
    let whole = json!({ "policy": { "routing": { "mode": "least_busy" } } });
    let replaced: Department = admin.api.patch(&path(&department), &whole).await.ok(200);
    assert_eq!(replaced.policy.unwrap().auto_resolve, None, "a policy is changed as a whole");
    let gone: Department = admin.api.patch(&path(&department), &json!({ "policy": null })).await.ok(200);
    assert_eq!(gone.policy, None);
}

#[tokio::test]
async fn what_does_not_fit_a_policy_is_said_all_at_once() {
    let admin = Agent::first(Server::shared()).await;
    let department = make(&admin, &fresh_client_id()).await;
    let overflow = |into: &str, seconds: u32| {
        json!({ "policy": {
            "routing": { "overflow": { "department": into, "afterSeconds": seconds } },
            "targets": { "low": { "resolution": 0 } },
            "autoResolve": { "afterMinutes": 4, "warnMinutesBefore": 4, "warning": "" },
        } })
    };
    let id = department.id.to_string();
    let change = overflow(&id, 29);
    let problem = admin.api.patch(&path(&department), &change).await.problem(422, "invalid_field");
    let said: Vec<_> =
        problem.errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
    assert_eq!(
        said,
        [
            "/policy/routing/overflow/afterSeconds must be 30 to 86400 seconds",
            "/policy/targets/low/resolution must be 1 to 43200 minutes",
            "/policy/autoResolve/afterMinutes must be 5 to 129600 minutes",
            "/policy/autoResolve/warnMinutesBefore must be at least 1, and fewer than afterMinutes",
            "/policy/autoResolve/warning needs at least one visible character",
            "/policy/routing/overflow/department must be another department",
        ]
    );
    let archived = make(&admin, &fresh_client_id()).await;
    admin.api.patch(&path(&archived), &json!({ "archived": true })).await.ok::<Department>(200);
    for into in [archived.id.to_string(), unknown_conversation()] {
        let policy =
            json!({ "policy": { "routing": { "overflow": { "department": into, "afterSeconds": 30 } } } });
        let problem = admin.api.patch(&path(&department), &policy).await.problem(422, "invalid_field");
        assert_eq!(problem.errors[0].pointer, "/policy/routing/overflow/department");
    }
    let unknown = json!({ "policy": { "routing": { "mode": "auction" } } });
    admin.api.patch(&path(&department), &unknown).await.problem(422, "invalid_field");
}

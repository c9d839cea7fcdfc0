//! Background work in the built Worker: a job that was taken down has its effect, once, whenever the power goes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use reqwest::Client;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use voxora_domain::wire::{DeadJob, JobKind, JobQueue, List};
use voxora_tests::{Agent, Api, METRICS_TOKEN, Server, fresh_client_id, long};

fn entry(name: &str) -> Value {
    json!({
        "job": "audit",
        "at": 1_795_348_800_000_i64,
        "by": { "kind": "agent", "id": "ada", "name": "Ada" },
        "action": "tag.renamed",
        "targetKind": "tag",
        "targetId": "t-1",
        "from": { "name": "vip" },
        "to": { "name": name },
    })
}

fn enqueue(server: &Server, key: &str, job: &Value) -> Value {
    let request = json!({ "Enqueue": { "key": key, "job": job, "not_before": null } });
    server.ask_object("Jobs", "audit", &request)
}

fn entries(server: &Server) -> Vec<Value> {
    let (status, mut body) =
        server.collection_action("find", &json!({ "collection": "audit", "filter": {} }));
    assert_eq!(status, 200, "{body}");
    match body["documents"].take() {
        Value::Array(entries) => entries,
        other => panic!("{other}"),
    }
}

async fn wait_for(server: &Server, count: usize) {
    for _ in 0..300 {
        if entries(server).len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("there are {} of {count} entries; log:\n{}", entries(server).len(), server.log());
}

#[tokio::test]
async fn jobs_survive_kills_and_repeats_and_have_their_effect_once() {
    let server = Server::named("jobs").start();
    let mut handed_over = Vec::new();
    for round in 0..6 {
        for number in 0..5 {
            let (key, job) = (format!("request-{round}-{number}"), entry(&format!("VIP {round} {number}")));
            let first = enqueue(&server, &key, &job);
            assert_eq!(first, json!({ "Ok": "new" }));
            // The caller never hears of it, and asks again; another job under its key is refused.
            assert_eq!(enqueue(&server, &key, &job), json!({ "Ok": "duplicate" }));
            assert_eq!(enqueue(&server, &key, &entry("another")), json!({ "Err": "KeyReused" }));
            handed_over.push((key, job));
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..60))).await;
        server.kill_9();
        server.restart();
        // Whatever was killed on the way is asked for again, as a client would.
        for (key, job) in &handed_over {
            assert_eq!(enqueue(&server, key, job), json!({ "Ok": "duplicate" }), "{key} was lost");
        }
    }
    // A run that a kill cut off is due again when its lease is over; that takes a minute.
    for _ in 0..90 {
        if entries(&server).len() == handed_over.len() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    wait_for(&server, handed_over.len()).await;
    let mut found: Vec<_> =
        entries(&server).iter().map(|entry| entry["_id"].as_str().unwrap().to_owned()).collect();
    found.sort();
    let keys: Vec<_> = handed_over.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(found, keys);
    assert_eq!(
        server.ask_object("Jobs", "audit", &json!("Counts")),
        json!({ "Ok": { "waiting": 0, "dead": 0 } })
    );
}

/// Goes with the answer that is the last one, while other requests are under way.
struct Power<'a> {
    server: &'a Server,
    left: Cell<u32>,
}

impl Power<'_> {
    fn answered(&self) {
        self.left.set(self.left.get().saturating_sub(1));
        if self.left.get() == 0 {
            self.server.kill_9();
        }
    }
}

/// Makes a tag, changes it, tries a change that is refused, and deletes it, until the power goes. Gives what was answered:
/// the tag, and its version or its end.
async fn live(client: &Client, tags: &str, token: &str, power: &Power<'_>) -> Vec<(String, Option<u64>)> {
    let mut answered = Vec::new();
    let ask = async |request: reqwest::RequestBuilder| -> Option<Value> {
        let answer = request.bearer_auth(token).send().await.ok()?;
        assert!(answer.status() != 500, "{answer:?}");
        let body = answer.json().await.ok();
        power.answered();
        body
    };
    let new = json!({ "name": fresh_client_id(), "color": "#1f6feb" });
    let Some(tag) = ask(client.post(tags).json(&new)).await else { return answered };
    let Some(id) = tag["id"].as_str() else { return answered };
    answered.push((id.to_owned(), tag["version"].as_u64()));
    let path = format!("{tags}/{id}");
    for _ in 0..fastrand::u32(0..3) {
        let change = json!({ "name": fresh_client_id() });
        let Some(tag) = ask(client.patch(&path).json(&change)).await else { return answered };
        answered.push((id.to_owned(), tag["version"].as_u64()));
        if ask(client.patch(&path).header(IF_MATCH, "\"99\"").json(&change)).await.is_none() {
            return answered;
        }
    }
    let deleted = client.delete(&path).bearer_auth(token).send().await;
    if deleted.is_ok_and(|answer| answer.status() == 204) {
        answered.push((id.to_owned(), None));
    }
    answered
}

/// Why the audit log does not tell exactly what became of the tags; nothing where it does.
fn untold(server: &Server, answered: &[(String, Option<u64>)]) -> Option<String> {
    let (_, mut body) = server.collection_action("find", &json!({ "collection": "tags", "filter": {} }));
    let tags: BTreeMap<String, Value> = match body["documents"].take() {
        Value::Array(tags) => tags.into_iter().map(|tag| (tag["_id"].as_str().unwrap().to_owned(), tag)),
        other => panic!("{other}"),
    }
    .collect();
    let mut told: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for entry in entries(server) {
        let id = entry["target"]["id"].as_str().unwrap().to_owned();
        let name = entry["_id"].as_str().unwrap().strip_prefix(&format!("tag-{id}-")).unwrap().to_owned();
        let revision = name.split('-').next().unwrap().parse().unwrap();
        told.entry(id).or_default().push((revision, entry["action"].as_str().unwrap().to_owned()));
    }
    for (id, entries) in &mut told {
        entries.sort();
        let revisions: Vec<u64> = entries.iter().map(|(revision, _)| *revision).collect();
        if !revisions.iter().copied().eq(1..=entries.len() as u64) {
            return Some(format!("{id}: not one entry for each change: {entries:?}"));
        }
        let is_over = entries.last().unwrap().1 == "tag.deleted";
        let last = tags.get(id).map(|tag| tag["revision"].as_u64().unwrap());
        if last != (!is_over).then_some(entries.len() as u64) {
            return Some(format!("{id} is at {last:?}, and the log says {entries:?}"));
        }
    }
    let unknown = tags.keys().find(|id| !told.contains_key(*id));
    let lost = answered.iter().find(|(id, version)| {
        let entries = told.get(id).map(Vec::as_slice).unwrap_or_default();
        !entries
            .iter()
            .any(|(revision, action)| version.map_or(action == "tag.deleted", |it| it == *revision))
    });
    unknown.map(|id| format!("{id} is not told of")).or_else(|| lost.map(|lost| format!("{lost:?} is lost")))
}

#[tokio::test]
async fn the_audit_log_tells_each_change_once_wherever_the_power_goes() {
    let server = Server::named("audit").start();
    let admin = Agent::first(&server).await;
    let client = Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let tags = format!("{}/api/v1/tags", server.origin());
    let mut answered = Vec::new();
    for _ in 0..if long() { 16 } else { 5 } {
        let power = Power { server: &server, left: Cell::new(fastrand::u32(1..15)) };
        let lives = join_all((0..6).map(|_| live(&client, &tags, &admin.token, &power))).await;
        answered.extend(lives.into_iter().flatten());
        server.restart();
    }
    assert!(answered.len() >= 5, "too little was done: {answered:?}");
    // A run that a kill cut off is due again when its lease is over; that takes a minute.
    let mut untold_of = None;
    for _ in 0..150 {
        untold_of = untold(&server, &answered);
        if untold_of.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{untold_of:?}; log:\n{}", server.log());
}

#[tokio::test]
async fn what_was_given_up_is_listed_counted_and_tried_again() {
    let server = Server::named("dead-letters").start();
    let admin = Agent::first(&server).await;
    // No document store takes this for a date.
    for number in 0..5 {
        let mut job = entry("VIP");
        job["to"] = json!({ "$date": "never" });
        assert_eq!(enqueue(&server, &format!("k-{number}"), &job), json!({ "Ok": "new" }));
    }
    let queue = async || -> JobQueue {
        let list: List<JobQueue> = admin.api.get("/api/v1/jobs").await.ok(200);
        assert_eq!((list.items.len(), &list.next_cursor), (JobKind::ALL.len(), &None));
        list.items.into_iter().find(|queue| queue.kind == JobKind::Audit).unwrap()
    };
    let all_are_dead = async || {
        for _ in 0..100 {
            if queue().await.dead == 5 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(queue().await, JobQueue { kind: JobKind::Audit, waiting: 0, dead: 5 });
    };
    all_are_dead().await;
    let (mut keys, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page: List<DeadJob> =
            admin.api.get(&format!("/api/v1/jobs/audit/dead-letters{query}")).await.ok(200);
        for letter in &page.items {
            assert!(!letter.reason.is_empty() && letter.job.contains("tag.renamed"), "{letter:?}");
        }
        keys.extend(page.items.into_iter().map(|letter| letter.key));
        let Some(cursor) = page.next_cursor else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(keys, ["k-0", "k-1", "k-2", "k-3", "k-4"]);
    let metrics = Api::anonymous(&server).with_token(METRICS_TOKEN).get("/metrics").await;
    assert!(metrics.body.contains("voxora_jobs_dead{kind=\"audit\"} 5\n"), "{metrics:?}");
    assert!(metrics.body.contains("voxora_jobs_waiting{kind=\"merge-tag\"} 0\n"), "{metrics:?}");

    let retry =
        async |kind: &str, body: &Value| admin.api.post(&format!("/api/v1/jobs/{kind}/retry"), body).await;
    let nothing: JobQueue = retry("audit", &json!({ "key": "unknown" })).await.ok(200);
    assert_eq!((nothing.waiting, nothing.dead), (0, 5));
    for body in [json!({ "key": "k-3" }), json!({})] {
        let tried: JobQueue = retry("audit", &body).await.ok(200);
        assert_eq!(tried.waiting + tried.dead, 5, "{tried:?}");
        all_are_dead().await;
    }
    retry("fax", &json!({})).await.problem(404, "not_found");
    admin.api.get("/api/v1/jobs/fax/dead-letters").await.problem(404, "not_found");
}

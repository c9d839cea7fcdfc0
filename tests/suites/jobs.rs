//! Background work in the built Worker: a job that was taken down has its effect, once, whenever the power goes.

use std::time::Duration;

use serde_json::{Value, json};
use voxora_tests::Server;

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

//! The document store fails in every way it can, and people chat on: what was acked is stored afterwards, each event once,
//! in order, as the room has it.
//!
//! That nobody waits for the store is shown by what happens while it answers nothing, not by how long something took.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;
use voxora_domain::wire::{AgentSession, OutboxStatus, Readiness};
use voxora_tests::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Agent, Api, Chat, DocumentStore, Documents, Fault, FaultProxy,
    METRICS_TOKEN, Server, Talk, eventually, expect_as_the_room_has_it, expect_stored, long, seed,
    the_only_customers,
};

/// How often the Worker, or the store's endpoint, is killed.
const KILLS: u32 = 8;
/// How long an outage lasts at least, in seconds.
const OUTAGE: u64 = 10;
/// The same when the tests are to take their time.
const LONG_OUTAGE: u64 = 120;
/// How often the store fails in an outage, at least: the breaker opens, and rooms come back in vain. Nobody counts connections
/// that are refused.
const FAILURES: u32 = 6;
/// How long people think between two rounds of messages, at most, in milliseconds.
const THOUGHT: u64 = 2_000;

fn outage() -> Duration {
    Duration::from_secs(if long() { LONG_OUTAGE } else { OUTAGE })
}

/// A server whose document store has a proxy in front of it.
struct Stage {
    server: Server,
    proxy: FaultProxy,
    store: DocumentStore,
    seed: u64,
}

impl Stage {
    fn set(name: &'static str) -> Self {
        let seed = seed();
        let store = DocumentStore::start(name);
        let proxy = FaultProxy::before(&store.url(), seed);
        let server = Server::named(name).with_generous_rooms().with_documents(&proxy.url(), &store).start();
        Self { server, proxy, store, seed }
    }

    /// A conversation whose both sides are there.
    async fn talk(&self, number: u64) -> Talk {
        let chat = Chat::begin(&self.server, &format!("Conversation {number}")).await;
        Talk::join(chat, self.seed.wrapping_add(number)).await
    }

    async fn ready(&self, status: u16) -> Readiness {
        Api::anonymous(&self.server).get("/readyz").await.ok(status)
    }

    /// The sample of a metric.
    async fn metric(&self, name: &str) -> u64 {
        let answer = Api::anonymous(&self.server).with_token(METRICS_TOKEN).get("/metrics").await;
        let samples = answer.is(200).body.lines().filter_map(|line| line.split_once(' '));
        let sample = samples.filter(|(sample, _)| *sample == name).map(|(_, value)| value).next();
        sample.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {answer:?}"))
    }
}

async fn outbox(talk: &Talk) -> OutboxStatus {
    talk.chat.agent.api.get("/api/v1/outbox").await.ok(200)
}

/// What waits for the store, once it is as wanted.
async fn outbox_when(talk: &Talk, wanted: impl Fn(&OutboxStatus) -> bool) -> OutboxStatus {
    eventually(async || Some(outbox(talk).await).filter(&wanted)).await
}

/// People chat all through an outage of this kind, in a conversation from before it and in one that begins meanwhile.
async fn chat_goes_on_while(name: &'static str, faults: &[Fault], pass_percent: u8) {
    let stage = Stage::set(name);
    let mut before = stage.talk(1).await;
    expect_stored(&stage.store, &[&before.chat]).await;
    assert_eq!(stage.ready(200).await.checks["outbox"], "ok");

    stage.proxy.mix(faults, pass_percent);
    let passed = stage.proxy.seen().passed;
    let mut during = stage.talk(2).await;
    // They chat at least until the lag shows and everything that can happen has.
    let over = sleep(outage());
    tokio::pin!(over);
    let mut random = fastrand::Rng::with_seed(stage.seed);
    let status = loop {
        before.go_on(4).await;
        during.go_on(4).await;
        let status = outbox(&before).await;
        let seen = stage.proxy.seen();
        let everything = faults.iter().all(|fault| seen.faults.contains_key(fault))
            && (faults == [Fault::Refuse] || seen.faults.values().sum::<u32>() >= FAILURES);
        if status.conversations > 0 && everything && over.is_elapsed() {
            break status;
        }
        tokio::select! {
            () = &mut over, if !over.is_elapsed() => {}
            () = sleep(Duration::from_millis(random.u64(..THOUGHT))) => {}
        }
    };
    assert!(status.events > 0 && status.since.is_some() && !status.backlogs.is_empty(), "{status:?}");
    assert_eq!(status.set_aside, 0, "nothing was refused for good: {status:?}");
    if pass_percent == 0 {
        assert!(stage.metric("voxora_outbox_events").await > 0);
        assert_ne!(stage.ready(503).await.checks["documents"], "ok");
        before.go_on(4).await;
        assert_eq!(stage.proxy.seen().passed, passed, "chat did not wait for an answer: there was none");
    }

    stage.proxy.heal();
    let chats = [&before.chat, &during.chat];
    expect_stored(&stage.store, &chats).await;
    the_only_customers(&stage.store, &chats).await;
    outbox_when(&before, |status| *status == OutboxStatus::default()).await;
    assert_eq!(stage.metric("voxora_outbox_events").await, 0);
    assert_eq!(stage.ready(200).await.checks["outbox"], "ok");
}

#[tokio::test]
async fn chat_goes_on_while_the_store_refuses_connections() {
    chat_goes_on_while("outage-refuse", &[Fault::Refuse], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_hangs() {
    chat_goes_on_while("outage-hang", &[Fault::Hang], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_answers_500() {
    chat_goes_on_while("outage-500", &[Fault::Error500], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_asks_for_patience() {
    chat_goes_on_while("outage-429", &[Fault::TooMany], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_breaks_off_its_answers() {
    chat_goes_on_while("outage-half", &[Fault::HalfAnswer], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_does_everything_and_never_says_so() {
    chat_goes_on_while("outage-done-hang", &[Fault::DoneThenHang], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_does_everything_and_then_breaks_off() {
    chat_goes_on_while("outage-done-reset", &[Fault::DoneThenReset], 0).await;
}

#[tokio::test]
async fn chat_goes_on_while_the_store_does_a_bit_of_everything() {
    // Few failures in a row: the client would leave the store alone, and meet its faults one a minute.
    chat_goes_on_while("outage-mixture", &Fault::ALL, 60).await;
}

#[tokio::test]
async fn rooms_catch_up_by_themselves_once_the_store_is_back() {
    let stage = Stage::set("outage-by-itself");
    let mut talk = stage.talk(1).await;
    expect_stored(&stage.store, &[&talk.chat]).await;
    stage.proxy.set(Fault::Error500);
    talk.go_on(4).await;
    outbox_when(&talk, |status| status.events > 0).await;
    stage.proxy.heal();
    // Nobody asks for it, and nothing more is said that would wake the room.
    outbox_when(&talk, |status| *status == OutboxStatus::default()).await;
    expect_as_the_room_has_it(&stage.store, &talk.chat).await;
}

#[tokio::test]
async fn what_the_store_refuses_for_good_is_set_aside_and_stored_once_it_no_longer_does() {
    let stage = Stage::set("outage-poison");
    stage.proxy.forbid(Some("POISON"));
    let mut talk = stage.talk(1).await;
    let fine = talk.say("Fine, for now").await;
    talk.say("A word of POISON").await;
    let status = outbox_when(&talk, |status| status.set_aside > 0 && status.events == 0).await;
    let [backlog] = &status.backlogs[..] else { panic!("{status:?}") };
    assert_eq!(backlog.conversation_id.to_string(), talk.chat.id);
    assert_eq!((status.set_aside, backlog.set_aside), (1, 1));
    let reason = backlog.reason.as_deref().unwrap_or_default();
    assert!(reason.contains("Document failed validation"), "{reason}");
    assert!(!reason.contains("POISON"), "a reason quotes nothing");

    // It holds up nobody: not others, and not the same conversation, whose own document showed the refused words.
    let mut other = stage.talk(2).await;
    other.go_on(5).await;
    expect_stored(&stage.store, &[&other.chat]).await;
    talk.say("And on it goes").await;
    talk.edit(fine, "POISON, too").await;
    talk.edit(fine, "Fine again").await;
    // The second edit has the refused words as those that it took away.
    let status = outbox_when(&talk, |status| status.set_aside == 3 && status.events == 0).await;
    assert_eq!(stage.metric("voxora_outbox_set_aside").await, 3);
    let readiness = stage.ready(200).await;
    assert!(readiness.ready && readiness.checks["outbox"].contains("refused 3"), "{readiness:?}");
    let stored = stage.store.log(&talk.chat.id).await;
    let head = talk.chat.agent.conversation(&talk.chat.id).await.head;
    assert_eq!(u64::try_from(stored.len()).unwrap(), head - 3, "{status:?}");

    // Trying again in vain loses nothing.
    let status: OutboxStatus = talk.chat.agent.api.post_nothing("/api/v1/outbox/retry").await.ok(200);
    assert_eq!(status.set_aside, 3);
    stage.proxy.forbid(None);
    let status: OutboxStatus = talk.chat.agent.api.post_nothing("/api/v1/outbox/retry").await.ok(200);
    assert_eq!(status, OutboxStatus::default());
    expect_stored(&stage.store, &[&talk.chat, &other.chat]).await;
}

#[tokio::test]
async fn kills_of_the_worker_while_it_stores_lose_nothing_and_double_nothing() {
    let stage = Stage::set("outage-kills");
    let mut random = fastrand::Rng::with_seed(stage.seed);
    let mut talks = vec![stage.talk(1).await, stage.talk(2).await, stage.talk(3).await];
    for round in 0..KILLS {
        // Killed into requests that are not carried out, or are and nobody says so, or are late.
        let fault = random.choice([Fault::Hang, Fault::DoneThenHang, Fault::Slow]).unwrap();
        stage.proxy.set(fault);
        let seen = stage.proxy.seen().requests;
        for talk in &mut talks {
            talk.go_on(random.u32(1..6)).await;
        }
        let more = random.u32(1..=3);
        println!("round {round}: killed into request {more} while the store has {fault:?}");
        stage.proxy.until("requests to kill into", |now| now.requests >= seen + more).await;
        stage.server.kill_9();
        if random.bool() {
            stage.proxy.heal();
        }
        stage.server.restart();
        for talk in &mut talks {
            talk.come_back().await;
        }
    }
    stage.proxy.heal();
    for talk in &mut talks {
        talk.go_on(1).await;
    }
    let chats: Vec<_> = talks.iter().map(|talk| &talk.chat).collect();
    expect_stored(&stage.store, &chats).await;
    the_only_customers(&stage.store, &chats).await;
    outbox_when(&talks[0], |status| *status == OutboxStatus::default()).await;
}

#[tokio::test]
async fn kills_of_the_endpoint_while_it_stores_lose_nothing_and_double_nothing() {
    let stage = Stage::set("outage-endpoint-kills");
    let mut random = fastrand::Rng::with_seed(stage.seed);
    let mut talks = vec![stage.talk(1).await, stage.talk(2).await, stage.talk(3).await];
    for round in 0..KILLS {
        let seen = stage.proxy.seen().requests;
        for talk in &mut talks {
            talk.go_on(random.u32(1..6)).await;
        }
        let more = random.u32(1..=3);
        println!("round {round}: killed at request {more}");
        stage.proxy.until("requests to kill at", |now| now.requests >= seen + more).await;
        stage.store.kill_9();
        for talk in &mut talks {
            talk.go_on(1).await;
        }
        stage.store.restart();
    }
    let chats: Vec<_> = talks.iter().map(|talk| &talk.chat).collect();
    expect_stored(&stage.store, &chats).await;
    the_only_customers(&stage.store, &chats).await;
    outbox_when(&talks[0], |status| *status == OutboxStatus::default()).await;
}

#[tokio::test]
async fn a_log_in_does_not_wait_long_for_a_store_that_hangs_and_is_no_wrong_guess() {
    let store = DocumentStore::start("log-in-hang");
    let proxy = FaultProxy::before(&store.url(), seed());
    let server = Server::named("log-in-hang").with_documents(&proxy.url(), &store).start();
    Agent::first(&server).await;
    let api = Api::anonymous(&server);
    let credentials = json!({ "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD });
    let log_in = async || api.post("/api/v1/auth/login", &credentials).await;
    proxy.set(Fault::Hang);
    for _ in 0..7 {
        let began = Instant::now();
        log_in().await.problem(503, "unavailable");
        assert!(began.elapsed() < Duration::from_secs(8), "the answer took {:?}", began.elapsed());
    }
    proxy.heal();
    let answer = eventually(async || Some(log_in().await).filter(|answer| answer.status != 503)).await;
    answer.ok::<AgentSession>(200);
}

//! The document store fails in every way it can, and people chat on: what was acked is stored afterwards, each event once,
//! in order, as the room has it.
//!
//! That nobody waits for the store is shown by what happens while it answers nothing, not by how long something took.

use voxora_domain::wire::{OutboxStatus, Readiness};
use voxora_tests::{
    Api, Chat, DocumentStore, Fault, FaultProxy, METRICS_TOKEN, Server, Talk, expect_stored, seed,
    the_only_customers,
};

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

/// People chat before, all through and after an outage of this kind.
async fn chat_goes_on_while(name: &'static str, faults: &[Fault], pass_percent: u8) {
    let stage = Stage::set(name);
    let mut before = stage.talk(1).await;
    before.go_on(5).await;
    expect_stored(&stage.store, &[&before.chat]).await;
    assert_eq!(stage.ready(200).await.checks["outbox"], "ok");

    stage.proxy.mix(faults, pass_percent);
    let passed = stage.proxy.seen().passed;
    let mut during = stage.talk(2).await;
    // They chat at least as long as it takes until the lag shows.
    let status = loop {
        before.go_on(4).await;
        during.go_on(4).await;
        let status = outbox(&before).await;
        if status.conversations > 0 {
            break status;
        }
    };
    assert!(status.events > 0 && status.since.is_some() && !status.backlogs.is_empty(), "{status:?}");
    assert_eq!(status.set_aside, 0, "nothing was refused for good: {status:?}");
    assert!(stage.metric("voxora_outbox_events").await > 0);
    before.go_on(4).await;
    if pass_percent == 0 {
        assert_eq!(stage.proxy.seen().passed, passed, "chat did not wait for an answer: there was none");
    }
    for fault in faults {
        let fault_happened = |seen: &voxora_tests::Seen| seen.faults.contains_key(fault);
        stage.proxy.until(&format!("{fault:?}"), fault_happened).await;
    }

    stage.proxy.heal();
    let chats = [&before.chat, &during.chat];
    expect_stored(&stage.store, &chats).await;
    the_only_customers(&stage.store, &chats).await;
    assert_eq!(outbox(&before).await, OutboxStatus::default());
    assert_eq!(stage.metric("voxora_outbox_events").await, 0);
    assert_eq!(stage.ready(200).await.checks["outbox"], "ok");
    before.go_on(2).await;
    expect_stored(&stage.store, &[&before.chat]).await;
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
    chat_goes_on_while("outage-mixture", &Fault::ALL, 20).await;
}

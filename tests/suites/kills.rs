//! Power cuts while people talk: workerd and its parent are killed with SIGKILL at random moments, between a send and
//! its ack and right after an ack. What was acked is in the log once, everyone agrees on the log, and clients that
//! reconnect with their last `seq` and send again what was not acked lose nothing and double nothing.

use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicU32, Ordering},
};

use futures::future::join_all;
use voxora_domain::wire::{ClientFrame, SendKind, ServerFrame};
use voxora_tests::{Chat, Log, Person, Room, Server, fresh_client_id, long, text_of};

/// How often the server is killed, and how often when the tests are to take their time. `VOXORA_KILLS` sets another number.
const KILLS: u32 = 12;
const MANY_KILLS: u32 = 24;

/// When the server is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So many frames have been sent: between a send and its ack.
    Sends(u32),
    /// So many acks have come: right after an ack.
    Acks(u32),
}

/// Counts down to the kill, and carries it out.
struct Fuse<'a> {
    server: &'a Server,
    moment: Moment,
    sends: AtomicU32,
    acks: AtomicU32,
}

impl Fuse<'_> {
    fn sent(&self) {
        self.burn(self.sends.fetch_add(1, Ordering::Relaxed) + 1, matches!(self.moment, Moment::Sends(_)));
    }

    fn acked(&self) {
        self.burn(self.acks.fetch_add(1, Ordering::Relaxed) + 1, matches!(self.moment, Moment::Acks(_)));
    }

    fn burn(&self, count: u32, counts: bool) {
        let (Moment::Sends(limit) | Moment::Acks(limit)) = self.moment;
        if counts && count == limit {
            self.server.kill_9();
        }
    }
}

/// A client as the widget and the dashboard are: a log that it resumes from and an outbox that it empties.
struct Client {
    person: Person,
    conversation: String,
    name: String,
    log: Log,
    /// Sent or to be sent, not acked, in order: name and text.
    outbox: Vec<(String, String)>,
    /// What was acked, and with which `seq`.
    acked: BTreeMap<String, u64>,
    written: u32,
    /// How many acks said that an earlier attempt had been stored already.
    stored_before: u32,
}

impl Client {
    fn new(name: String, person: &Person, conversation: &str) -> Self {
        Self {
            person: person.clone(),
            conversation: conversation.into(),
            name,
            log: Log::default(),
            outbox: Vec::new(),
            acked: BTreeMap::new(),
            written: 0,
            stored_before: 0,
        }
    }

    fn write(&mut self, messages: u32) {
        for _ in 0..messages {
            self.written += 1;
            self.outbox.push((fresh_client_id(), format!("{} {}", self.name, self.written)));
        }
    }

    /// Catches up and sends until the outbox is empty or the server is gone; never more than `window` without an ack.
    async fn go_on(&mut self, window: usize, fuse: Option<&Fuse<'_>>) {
        let Person { token, api, .. } = &self.person;
        let joined = Room::try_join(&api.origin, token, &self.conversation, Some(self.log.head)).await;
        let Ok(mut room) = joined else { return };
        assert_eq!(room.reset, None, "the room has lost events that {} has seen", self.name);
        self.keep(&room.log);
        let mut sent = 0;
        while !self.outbox.is_empty() {
            while sent < window.min(self.outbox.len()) {
                let (client_id, text) = self.outbox[sent].clone();
                let frame = ClientFrame::Send { client_id, kind: SendKind::Message, text };
                if room.try_send(&frame).await.is_err() {
                    return;
                }
                sent += 1;
                if let Some(fuse) = fuse {
                    fuse.sent();
                }
            }
            let Ok(frame) = room.try_next().await else { break };
            match frame {
                ServerFrame::Ack { client_id, seq, duplicate, .. } => {
                    let (expected, _) = self.outbox.remove(0);
                    assert_eq!(client_id, expected, "acks come in the order of sends");
                    assert!(room.log.head >= seq, "the ack came before the event");
                    self.acked.insert(client_id, seq);
                    self.stored_before += u32::from(duplicate);
                    sent -= 1;
                    if let Some(fuse) = fuse {
                        fuse.acked();
                    }
                }
                ServerFrame::Error(error) => panic!("{error:?}"),
                _ => {}
            }
        }
        self.keep(&room.log);
    }

    /// Adds what a connection has seen. `Log::push` checks that it joins on without a gap.
    fn keep(&mut self, log: &Log) {
        for event in log.events.range(self.log.head + 1..).map(|(_, event)| event) {
            self.log.push(event);
        }
    }
}

#[tokio::test]
async fn nothing_acked_is_lost_and_nothing_is_doubled_by_kills() {
    let seed =
        env::var("VOXORA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    let kills = env::var("VOXORA_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(if long() {
        MANY_KILLS
    } else {
        KILLS
    });
    // Shown when the test fails; VOXORA_SEED repeats its choices.
    println!("VOXORA_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);

    let server = Server::named("kills").with_generous_rooms().start();
    let chat = Chat::begin(&server, "Hello").await;
    let mut clients: Vec<_> = (0..5)
        .map(|number| {
            let (side, person) = if number % 2 == 0 {
                ("visitor", &chat.visitor.person)
            } else {
                ("agent", &chat.agent.person)
            };
            Client::new(format!("{side}-{number}"), person, &chat.id)
        })
        .collect();

    for round in 1..=kills {
        for client in &mut clients {
            client.write(random.u32(5..15));
        }
        let waiting: u32 = clients.iter().map(|client| u32::try_from(client.outbox.len()).unwrap()).sum();
        // The last ack is a moment too; after the last send nothing but acks can follow.
        let limit = random.u32(1..=waiting);
        let moment = if random.bool() { Moment::Sends(limit) } else { Moment::Acks(limit) };
        let window = if random.bool() { 1 } else { random.usize(2..=16) };
        println!("round {round}: {waiting} waiting, window {window}, killed after {moment:?}");
        let fuse = Fuse { server: &server, moment, sends: AtomicU32::new(0), acks: AtomicU32::new(0) };
        join_all(clients.iter_mut().map(|client| client.go_on(window, Some(&fuse)))).await;
        let (count, Moment::Sends(limit) | Moment::Acks(limit)) = match moment {
            Moment::Sends(_) => (&fuse.sends, moment),
            Moment::Acks(_) => (&fuse.acks, moment),
        };
        assert!(count.load(Ordering::Relaxed) >= limit, "the server was not killed");
        server.restart();
    }
    while clients.iter().any(|client| !client.outbox.is_empty()) {
        join_all(clients.iter_mut().map(|client| client.go_on(16, None))).await;
    }
    // Everyone has sent everything; now everyone catches up with what the others said last.
    join_all(clients.iter_mut().map(|client| client.go_on(16, None))).await;

    let stored_before: u32 = clients.iter().map(|client| client.stored_before).sum();
    println!("{stored_before} sends had been stored, and their acks were lost with the power");
    let written: u32 = clients.iter().map(|client| client.written).sum();
    let stored = chat.agent.rejoin(&chat.id, 0).await.log;
    assert_eq!(
        stored.events.keys().copied().collect::<Vec<_>>(),
        (1..=u64::from(written) + 1).collect::<Vec<_>>()
    );
    for client in &clients {
        assert_eq!(client.log.events, stored.events, "{} disagrees", client.name);
        assert_eq!(client.acked.len(), usize::try_from(client.written).unwrap());
        for (client_id, seq) in &client.acked {
            let event = stored.at(*seq);
            assert_eq!(event.client_id.as_ref(), Some(client_id));
            assert_eq!(event.actor.id, client.person.id);
        }
        let prefix = format!("{} ", client.name);
        let own: Vec<_> =
            stored.events.values().filter_map(text_of).filter(|text| text.starts_with(&prefix)).collect();
        let wanted: Vec<_> = (1..=client.written).map(|number| format!("{prefix}{number}")).collect();
        assert_eq!(own, wanted, "each message once, in its author's order");
    }
    // The list is fed by an outbox, which has to survive as well.
    let head = stored.head;
    chat.agent.summary(&chat.id, |summary| summary.conversation.head == head).await;
}

#[tokio::test]
async fn a_conversation_whose_start_was_cut_off_is_started_once() {
    let server = Server::named("kills-start").with_generous_rooms().start();
    let agent = voxora_tests::Agent::first(&server).await;
    let visitor = voxora_tests::Visitor::new(&server).await;
    for round in 0..4 {
        let name = fresh_client_id();
        let request = serde_json::json!({ "clientId": name, "text": format!("Round {round}") });
        let client = reqwest::Client::new();
        let attempt = client
            .post(format!("{}/api/v1/conversations", server.origin()))
            .bearer_auth(&visitor.token)
            .json(&request)
            .send();
        // The request is on its way, and its answer is not waited for: killed at some moment in between.
        let attempt = tokio::spawn(attempt);
        for _ in 0..round * 40 {
            tokio::task::yield_now().await;
        }
        server.kill_9();
        drop(attempt.await);
        server.restart();

        let repeats = join_all((0..3).map(|_| visitor.api.post("/api/v1/conversations", &request))).await;
        let ids: std::collections::BTreeSet<_> = repeats
            .iter()
            .map(|answer| {
                assert!(answer.status.is_success(), "{answer:?}");
                let started: voxora_domain::wire::StartedConversation =
                    serde_json::from_str(&answer.body).unwrap();
                started.conversation.id.to_string()
            })
            .collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let id = ids.first().unwrap();
        assert_eq!(visitor.history(id, "").await.events.len(), 1);
        visitor.summary(id, |_| true).await;
        agent.summary(id, |_| true).await;
        assert_eq!(visitor.list("").await.items.len(), round + 1);
    }
}

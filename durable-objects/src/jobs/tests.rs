//! An audit entry on the real engine, through a network that refuses, loses answers and dies: it is there once.

use std::cell::{Cell, RefCell};

use futures::executor::block_on;
use rusqlite::Connection;
use serde_json::{Value, json};
use voxora_data_api::contract::{Action, Answer, Find};
use voxora_data_api::embedded::Engine;
use voxora_data_api::query::Filter;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::id::ConversationId;
use voxora_domain::jobs::{Audit, Counts, DeadLetter, EnqueueError, Enqueued, Job, LEASE, Outcome, Queue};
use voxora_domain::sessions::Ending;
use voxora_domain::wire::{Actor, ActorKind, TagName};
use voxora_store::audit;

use super::end_tokens::Registers;
use super::mail::PostOffice;
use super::merge_tag::Rooms;
use super::{Context, Request, run};
use crate::mail::{Letter, Mailer, Post, Refused, Taken};

const NOON: Millis = 1_795_348_800_000;

/// The engine, and what becomes of the calls to it, in order; after that all go well.
struct Network {
    engine: RefCell<Engine<Connection>>,
    fates: RefCell<Vec<Fate>>,
    calls: Cell<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Done,
    Refused,
    AnswerLost,
    /// Whoever runs the job dies after the call.
    Killed,
}

impl Network {
    fn new(fates: &[Fate]) -> Self {
        let engine = Engine::open(Connection::open_in_memory().unwrap(), &audit::SCHEMA, || NOON).unwrap();
        let fates = RefCell::new(fates.iter().rev().copied().collect());
        Self { engine: RefCell::new(engine), fates, calls: Cell::new(0) }
    }

    fn entries(&self) -> Vec<Value> {
        self.fates.borrow_mut().clear();
        block_on(self.find(audit::SCHEMA.name, Find::new(Filter::all()))).unwrap()
    }
}

impl DataApi for Network {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        self.calls.set(self.calls.get() + 1);
        let fate = self.fates.borrow_mut().pop().unwrap_or(Fate::Done);
        if fate == Fate::Refused {
            return Err(DataApiError::Unavailable("refused".to_owned()));
        }
        let answer = self.engine.borrow_mut().run(action);
        if fate == Fate::AnswerLost {
            return Err(DataApiError::Unavailable("answer lost".to_owned()));
        }
        answer
    }
}

struct NoRooms;

impl Rooms for NoRooms {
    async fn replace_tag(&self, _: ConversationId, _: Actor, _: TagName, _: TagName) -> Result<(), String> {
        panic!("no entry of the audit log asks a room")
    }
}

impl Mailer for NoRooms {
    async fn send(&self, _: &str, _: &Letter) -> Result<Taken, Refused> {
        panic!("no entry of the audit log is sent")
    }
}

impl PostOffice for NoRooms {
    fn post(&self) -> Post {
        panic!("no entry of the audit log is sent")
    }

    fn keys(&self) -> Option<voxora_domain::access::Keys> {
        None
    }

    fn moment(&self, _: Millis, _: &str, _: &str) -> String {
        String::new()
    }
}

impl Registers for NoRooms {
    async fn end(&self, _: Ending) -> Result<(), String> {
        panic!("no entry of the audit log ends a session")
    }
}

fn entry() -> Job {
    Job::Audit(Audit {
        at: NOON,
        by: Actor { kind: ActorKind::Agent, id: "ada".to_owned(), name: "Ada".to_owned() },
        action: "tag.renamed".to_owned(),
        target_kind: "tag".to_owned(),
        target_id: "t-1".to_owned(),
        from: json!({ "name": "vip" }),
        to: json!({ "name": "VIP" }),
    })
}

/// All patterns of four fates, each with the job handed over twice.
#[test]
fn an_entry_is_written_once_whatever_becomes_of_its_runs() {
    let all = [Fate::Done, Fate::Refused, Fate::AnswerLost, Fate::Killed];
    for pattern in 0..4_usize.pow(4) {
        let fates: Vec<_> = (0..4_u32).map(|place| all[pattern / 4_usize.pow(place) % 4]).collect();
        let network = Network::new(&fates);
        let database = std::rc::Rc::new(Connection::open_in_memory().unwrap());
        let mut queue = Queue::open(std::rc::Rc::clone(&database)).unwrap();
        let payload = serde_json::to_string(&entry()).unwrap();
        assert_eq!(queue.enqueue("request-1", &payload, None, NOON), Ok(Enqueued::New));
        let mut now = NOON;
        while queue.counts().unwrap().waiting > 0 {
            now = now.max(queue.next_due().unwrap().unwrap());
            for taken in queue.take(10, now).unwrap() {
                let job: Job = serde_json::from_str(&taken.payload).unwrap();
                let dies = network.fates.borrow().last() == Some(&Fate::Killed);
                let context = Context { key: &taken.key, documents: &network, rooms: &NoRooms, now: NOON };
                let outcome = block_on(run(&job, &context));
                if dies {
                    queue = Queue::open(std::rc::Rc::clone(&database)).unwrap();
                } else {
                    queue.ended(&taken, outcome, now, 0.5).unwrap();
                }
            }
            assert_eq!(queue.enqueue("request-1", &payload, None, now), Ok(Enqueued::Duplicate));
            assert!(now < NOON + 6 * LEASE, "{fates:?}");
        }
        assert_eq!(queue.counts(), Ok(Counts::default()), "{fates:?}");
        assert_eq!(network.entries().len(), 1, "{fates:?}");
    }
}

/// Pinned: what reads the audit log later must find it so.
#[test]
fn the_document_is_pinned() {
    let network = Network::new(&[]);
    let context = Context { key: "request-1", documents: &network, rooms: &NoRooms, now: NOON };
    assert_eq!(block_on(run(&entry(), &context)), Outcome::Done);
    let mut document = network.entries().remove(0);
    let created_at = document["createdAt"].take();
    assert!(created_at.get("$date").is_some(), "a BSON date: {created_at}");
    document.as_object_mut().unwrap().remove("createdAt");
    assert_eq!(
        document,
        json!({
            "_id": "request-1",
            "version": 1,
            "by": { "kind": "agent", "id": "ada", "name": "Ada" },
            "action": "tag.renamed",
            "target": { "kind": "tag", "id": "t-1" },
            "from": { "name": "vip" },
            "to": { "name": "VIP" },
        })
    );
}

/// Pinned: what crosses between a Worker and the object while a new version is rolled out.
#[test]
fn requests_and_answers_have_these_forms() {
    let job = serde_json::to_value(entry()).unwrap();
    for request in [
        json!({ "Enqueue": { "key": "k", "job": job, "not_before": null } }),
        json!({ "Enqueue": { "key": "k", "job": job, "not_before": NOON } }),
        json!({ "DeadLetters": { "after": 7, "most": 100 } }),
        json!({ "Retry": { "key": null } }),
        json!({ "Retry": { "key": "k" } }),
        json!("Counts"),
    ] {
        let read: Request = serde_json::from_value(request.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), request);
    }
    let letter = DeadLetter {
        seq: 7,
        key: "k".to_owned(),
        payload: "{}".to_owned(),
        attempts: 36,
        failing_since: Some(NOON),
        reason: "no".to_owned(),
    };
    for (answer, expected) in [
        (serde_json::to_value(Enqueued::New), json!("new")),
        (serde_json::to_value(Enqueued::Duplicate), json!("duplicate")),
        (serde_json::to_value(EnqueueError::KeyReused), json!("KeyReused")),
        (serde_json::to_value(EnqueueError::InvalidKey), json!("InvalidKey")),
        (serde_json::to_value(EnqueueError::Storage("disk".to_owned())), json!({ "Storage": "disk" })),
        (serde_json::to_value(Counts { waiting: 1, dead: 2 }), json!({ "waiting": 1, "dead": 2 })),
        (
            serde_json::to_value(letter),
            json!({
                "seq": 7, "key": "k", "payload": "{}", "attempts": 36, "failingSince": NOON, "reason": "no"
            }),
        ),
    ] {
        assert_eq!(answer.unwrap(), expected);
    }
}

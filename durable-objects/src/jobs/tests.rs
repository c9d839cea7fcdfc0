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
use voxora_domain::jobs::{Audit, Counts, Enqueued, Job, LEASE, Outcome, Queue};
use voxora_domain::wire::{Actor, ActorKind, TagName};
use voxora_store::audit;

use super::merge_tag::Rooms;
use super::{Context, run};

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

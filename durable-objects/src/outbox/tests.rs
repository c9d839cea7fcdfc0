//! A room, the real engine on SQLite, and an outage between them: calls that fail before they are done, calls that are
//! done but whose answer is lost, calls that arrive a second time much later, and rooms that lose their memory.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::executor::block_on;
use rusqlite::Connection;
use serde_json::{Value, json};
use voxora_data_api::contract::{Action, Answer, Operation};
use voxora_data_api::embedded::Engine;
use voxora_data_api::query::Filter;
use voxora_data_api::{DataApi, DataApiError};
use voxora_domain::Millis;
use voxora_domain::access::{Audience, Principal};
use voxora_domain::id::ConversationId;
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{Change, Episode, Part, Record, Room, RoomError};
use voxora_domain::sockets::SocketLogic as _;
use voxora_domain::wire::{ConversationStatus, Role, StartConversationRequest};

use voxora_store::collections::COLLECTIONS;
use voxora_store::conversations::ConversationDocument;
use voxora_store::log;

use super::{RoomHandle, archive, flush, flush_aside, flush_summary, history, unarchive};

const NOON: Millis = 1_795_348_800_000;

/// A room whose memory can be lost.
struct Memory {
    database: Rc<Connection>,
    room: RefCell<Option<Room<Rc<Connection>>>>,
    now: Cell<Millis>,
    clients: Cell<u32>,
}

impl RoomHandle for Memory {
    type Database = Rc<Connection>;

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Room<Rc<Connection>>, Millis) -> Result<T, RoomError>,
    ) -> Result<T, RoomError> {
        let rate = Rate { burst: 1e9, per_second: 1e9 };
        let mut room = self.room.borrow_mut();
        let opened = match room.take() {
            Some(room) => room,
            None => Room::open(
                Rc::clone(&self.database),
                Rates { sends: rate, signals: rate, ..Rates::default() },
            )?,
        };
        self.now.set(self.now.get() + 1);
        work(room.insert(opened), self.now.get())
    }
}

impl Memory {
    fn new() -> Self {
        Self::begun_at(NOON)
    }

    fn begun_at(now: Millis) -> Self {
        let database = Rc::new(Connection::open_in_memory().unwrap());
        let room = Self { database, room: RefCell::new(None), now: Cell::new(now), clients: Cell::new(0) };
        let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
        room.with(|room, now| room.start(id(), &ann(), &request, now)).unwrap();
        room
    }

    fn lose(&self) {
        *self.room.borrow_mut() = None;
    }

    fn send(&self, by: &Principal, mut frame: Value) {
        let number = self.clients.replace(self.clients.get() + 1);
        frame["clientId"] = json!(format!("c{number}"));
        self.with(|room, now| {
            let (connection, _) = room.connect(by, None, now)?;
            room.receive(connection, &frame.to_string(), now);
            room.disconnect(connection, 0);
            Ok(())
        })
        .unwrap();
    }

    fn say(&self, text: &str) {
        self.send(&bob(), json!({ "type": "send", "kind": "message", "text": text }));
    }

    fn close(&self) {
        let change = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
        self.with(|room, now| room.update(&bob(), change, now)).unwrap();
    }

    fn head(&self) -> u64 {
        self.with(|room, _| Ok(room.summary_head())).unwrap().unwrap()
    }

    fn document(&self) -> ConversationDocument {
        let both = |room: &Room<_>| Ok((room.summary(Audience::Agents)?, room.summary(Audience::Visitor)?));
        let (agents, visitor) = self.with(|room, _| both(room)).unwrap();
        ConversationDocument::new(agents.unwrap(), &visitor.unwrap())
    }
}

fn id() -> ConversationId {
    "0197a0c0-0000-7000-8000-000000000001".parse().unwrap()
}

fn ann() -> Principal {
    visitor("0197a0c0-0000-7000-8000-00000000000a")
}

fn visitor(id: &str) -> Principal {
    Principal::of_visitor(id.parse().unwrap(), NOON, Millis::MAX)
}

fn bob() -> Principal {
    let (id, session) = ("0197a0c0-0000-7000-8000-00000000000b", "0197a0c0-0000-7000-8000-00000000005e");
    let (id, session) = (id.parse().unwrap(), session.parse().unwrap());
    Principal::of_user(id, Role::Agent, "Bob".to_owned(), session, NOON, Millis::MAX)
}

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Done,
    NotDone,
    /// Done, but nobody hears of it.
    AnswerLost,
    /// Not done now, but carried out again at some later time, as a request that hung may be.
    Late,
}

/// The real engine, and a network that decides about each call.
struct Network<F> {
    collections: Vec<Engine<Connection>>,
    fate: RefCell<F>,
    late: RefCell<Vec<Action>>,
}

impl<F: FnMut(&Action) -> Fate> Network<F> {
    fn new(fate: F) -> Self {
        let open = |schema| Engine::open(Connection::open_in_memory().unwrap(), schema, || NOON).unwrap();
        let collections = COLLECTIONS.iter().map(|collection| open(collection.schema)).collect();
        Self { collections, fate: RefCell::new(fate), late: RefCell::default() }
    }

    fn carry_out(&self, action: Action) -> Result<Answer, DataApiError> {
        let place = COLLECTIONS.iter().position(|collection| collection.name() == action.collection);
        self.collections[place.unwrap()].run(action)
    }

    /// The whole log of the conversation.
    fn events(&self) -> Vec<Record> {
        let mut events = Vec::new();
        let direct = Direct(self);
        block_on(log::read_all(&direct, id(), |records| {
            events.extend(records);
            Ok::<(), DataApiError>(())
        }))
        .unwrap();
        events.sort_by_key(|record| record.seq);
        events
    }

    fn texts(&self) -> Vec<String> {
        self.events().into_iter().filter_map(|record| record.text).collect()
    }
}

/// The engines, without the network before them.
struct Direct<'a, F>(&'a Network<F>);

impl<F: FnMut(&Action) -> Fate> DataApi for Direct<'_, F> {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        self.0.carry_out(action)
    }
}

impl<F: FnMut(&Action) -> Fate> DataApi for Network<F> {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let lost = || Err(DataApiError::Unavailable("timed out".to_owned()));
        let fate = (self.fate.borrow_mut())(&action);
        match fate {
            Fate::Done => self.carry_out(action),
            Fate::NotDone => lost(),
            Fate::AnswerLost => {
                let _ = self.carry_out(action);
                lost()
            }
            Fate::Late => {
                self.late.borrow_mut().push(action);
                lost()
            }
        }
    }
}

/// A small generator, so that a failing seed can be run again.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    }
}

#[test]
fn whatever_the_network_does_every_event_is_stored_once_and_as_it_is_now() {
    for seed in 0..100 {
        let room = Memory::new();
        let mut dice = random(seed);
        let weather = Rc::new(Cell::new(true));
        let bad = Rc::clone(&weather);
        let mut fates = random(seed ^ 0xfa7e);
        let network = Network::new(move |_| match (bad.get(), fates(4)) {
            (false, _) | (true, 0) => Fate::Done,
            (true, 1) => Fate::NotDone,
            (true, 2) => Fate::AnswerLost,
            (true, _) => Fate::Late,
        });
        for step in 0..60 {
            match dice(10) {
                0..=2 => room.say(&format!("message {step}")),
                3 => room.send(&bob(), json!({ "type": "send", "kind": "note", "text": "between us" })),
                4 | 5 => {
                    // Few, so that one is edited again and again.
                    let target = 1 + dice(room.head().min(5));
                    room.send(
                        &bob(),
                        json!({ "type": "edit", "target": target, "text": format!("edit {step}") }),
                    );
                }
                6 => room.send(&bob(), json!({ "type": "delete", "target": 1 + dice(room.head()) })),
                7 => room.lose(),
                8 => {
                    let late = network.late.borrow_mut().pop();
                    // It may be refused by what has been stored since; nobody waits for it any more.
                    if let Some(action) = late {
                        drop(network.carry_out(action));
                    }
                }
                _ => {}
            }
            if dice(2) == 0 {
                let _ = block_on(flush(&room, &network));
                let _ = block_on(flush_summary(&room, &network, &room.document()));
            }
        }
        weather.set(false);
        while block_on(flush(&room, &network)).unwrap().0 {}
        block_on(flush_summary(&room, &network, &room.document())).unwrap();
        // What hung all the time arrives only now.
        for action in network.late.take() {
            let _ = network.carry_out(action);
        }

        let stored = network.events();
        let head = room.head();
        assert!(stored.iter().map(|record| record.seq).eq(1..=head), "seed {seed}");
        room.with(|room, _| {
            let mut expected = Vec::new();
            room.flush_again()?;
            while let Some(up_to) = room.unflushed()?.up_to() {
                expected.extend(room.unflushed()?.records);
                room.flushed(up_to, &[], NOON)?;
            }
            assert_eq!(stored, expected, "seed {seed}");
            Ok(())
        })
        .unwrap();
        let filter = Filter::id(id().to_string());
        let found: Option<ConversationDocument> =
            block_on(network.find_one("conversations", filter)).unwrap();
        assert_eq!(found.unwrap(), room.document(), "seed {seed}");
    }
}

#[test]
fn what_is_refused_for_good_is_set_aside_and_stored_on_demand() {
    let room = Memory::new();
    for text in ["one", "poison", "three"] {
        room.say(text);
    }
    let cured = Rc::new(Cell::new(false));
    let network = Network::new(|_| Fate::Done);
    let picky = Picky { network, cured: Rc::clone(&cured), word: "poison" };
    let (some, refused) = block_on(flush(&room, &picky)).unwrap();
    assert!(some);
    assert_eq!(refused.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [3]);
    assert_eq!(picky.network.texts(), ["Hello", "one", "three"]);
    let backlog = room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap();
    assert_eq!((backlog.events, backlog.set_aside), (0, 1));
    assert_eq!(backlog.reason.as_deref(), Some("InvalidParameter: the document is not to our taste"));

    block_on(flush_aside(&room, &picky)).unwrap();
    assert_eq!(room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap().set_aside, 1);
    // It is edited while it is set aside; in the end it is stored as it is then.
    room.send(&bob(), json!({ "type": "edit", "target": 3, "text": "sugar" }));
    block_on(flush(&room, &picky)).unwrap();
    cured.set(true);
    block_on(flush_aside(&room, &picky)).unwrap();
    assert_eq!(picky.network.texts(), ["Hello", "one", "sugar", "three"]);
    assert!(room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap().is_clear());
}

#[test]
fn what_another_room_stored_under_the_same_ids_is_seen_and_stays() {
    // A backup brought a conversation back, and a repeat of its very first message began its room anew.
    let network = Network::new(|_| Fate::Done);
    let before = Memory::new();
    for text in ["one", "two"] {
        before.say(text);
    }
    block_on(flush(&before, &network)).unwrap();
    let stored = network.events();

    let anew = Memory::begun_at(NOON + 1_000_000);
    for text in ["other", "words", "that go on"] {
        anew.say(text);
    }
    anew.send(&bob(), json!({ "type": "edit", "target": 2, "text": "other words" }));
    let (_, refused) = block_on(flush(&anew, &network)).unwrap();
    assert_eq!(refused.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(refused.iter().all(|(_, reason)| reason.starts_with("DuplicateKey")), "{refused:?}");
    let now = network.events();
    assert_eq!(now[..3], stored[..], "nothing of the other room is changed");
    assert_eq!(now[3..].iter().map(|record| record.seq).collect::<Vec<_>>(), [4, 5]);
    let backlog = anew.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap();
    assert_eq!((backlog.events, backlog.set_aside), (0, 3));
    assert_eq!(anew.with(|room, _| Ok(room.archivable_since()?)).unwrap(), None);
}

#[test]
fn a_summary_that_is_refused_for_good_is_seen_and_holds_up_nothing() {
    let room = Memory::new();
    room.say("poison");
    let cured = Rc::new(Cell::new(false));
    let picky = Picky { network: Network::new(|_| Fate::Done), cured: Rc::clone(&cured), word: "poison" };
    let refused = block_on(flush_summary(&room, &picky, &room.document())).unwrap();
    assert_eq!(refused.map(|(seq, _)| seq), Some(2));
    let backlog = room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap();
    assert_eq!(backlog.set_aside, 1);
    assert_eq!(backlog.reason.as_deref(), Some("InvalidParameter: the document is not to our taste"));

    cured.set(true);
    block_on(flush(&room, &picky)).unwrap();
    block_on(flush_aside(&room, &picky)).unwrap();
    assert_eq!(block_on(flush_summary(&room, &picky, &room.document())).unwrap(), None);
    assert!(room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap().is_clear());
}

/// A store that refuses documents with a certain word.
struct Picky<F> {
    network: Network<F>,
    cured: Rc<Cell<bool>>,
    word: &'static str,
}

impl<F: FnMut(&Action) -> Fate> DataApi for Picky<F> {
    async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
        let written = matches!(
            action.operation,
            Operation::InsertOne(_) | Operation::InsertMany(_) | Operation::ReplaceOne(_)
        );
        if written && !self.cured.get() && format!("{:?}", action.operation).contains(self.word) {
            return Err(DataApiError::Invalid("the document is not to our taste".to_owned()));
        }
        self.network.run(action).await
    }
}

#[test]
fn a_store_that_refuses_everything_is_an_outage() {
    struct Misconfigured;
    impl DataApi for Misconfigured {
        async fn run(&self, _: Action) -> Result<Answer, DataApiError> {
            Err(DataApiError::Invalid("there is no data source of this name".to_owned()))
        }
    }
    let room = Memory::new();
    let error = block_on(flush(&room, &Misconfigured)).unwrap_err();
    assert!(error.to_string().contains("it refuses whatever is written"), "{error}");
    block_on(flush_summary(&room, &Misconfigured, &room.document())).unwrap_err();
    let backlog = room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap();
    assert_eq!((backlog.events, backlog.set_aside), (1, 0));
}

#[test]
fn a_store_that_is_full_is_an_outage() {
    /// Reads go on, and every write is refused for good.
    struct Full<F>(Network<F>);
    impl<F: FnMut(&Action) -> Fate> DataApi for Full<F> {
        async fn run(&self, action: Action) -> Result<Answer, DataApiError> {
            match action.operation {
                Operation::Find(_) | Operation::FindOne(_) | Operation::Aggregate(_) => {
                    self.0.run(action).await
                }
                _ => Err(DataApiError::Invalid("you are over your space quota".to_owned())),
            }
        }
    }
    let room = Memory::new();
    room.say("one");
    let full = Full(Network::new(|_| Fate::Done));
    let error = block_on(flush(&room, &full)).unwrap_err();
    assert!(error.to_string().contains("over your space quota"), "{error}");
    block_on(flush_summary(&room, &full, &room.document())).unwrap_err();
    let backlog = room.with(|room, _| Ok(room.backlog()?)).unwrap().unwrap();
    assert_eq!((backlog.events, backlog.set_aside), (2, 0));
    block_on(flush(&room, &full.0)).unwrap();
    assert_eq!(full.0.texts(), ["Hello", "one"]);
}

#[test]
fn an_older_summary_never_replaces_a_newer_one() {
    let room = Memory::new();
    let network = Network::new(|_| Fate::Done);
    let older = room.document();
    room.say("news");
    let newer = room.document();
    block_on(flush_summary(&room, &network, &newer)).unwrap();
    block_on(flush_summary(&room, &network, &older)).unwrap();
    let filter = Filter::id(id().to_string());
    let found: Option<ConversationDocument> = block_on(network.find_one("conversations", filter)).unwrap();
    assert_eq!(found, Some(newer));
}

#[test]
fn an_archived_conversation_is_read_from_the_store_and_comes_back() {
    let room = Memory::new();
    for number in 0..450 {
        room.say(&format!("message {number}"));
    }
    room.send(&bob(), json!({ "type": "edit", "target": 2, "text": "edited" }));
    room.send(&bob(), json!({ "type": "edit", "target": 3, "text": "edited, too" }));
    room.send(&bob(), json!({ "type": "send", "kind": "note", "text": "between us" }));
    room.close();
    let network = Network::new(|_| Fate::Done);
    while block_on(flush(&room, &network)).unwrap().0 {}
    let pages = |from_store: bool| {
        let mut pages = Vec::new();
        for actor in [ann(), bob()] {
            for part in [Part::Last, Part::Before(100), Part::After(440), Part::After(451)] {
                pages.push(format!(
                    "{:?}",
                    if from_store {
                        block_on(history(&room, &network, &actor, part, 20)).unwrap()
                    } else {
                        room.with(|room, now| room.history(&actor, part, 20, now)).unwrap()
                    }
                ));
            }
        }
        pages
    };
    let before = pages(false);
    let rows =
        || room.database.query_row("SELECT COUNT(*) FROM events", [], |row| row.get::<_, i64>(0)).unwrap();
    let all = rows();
    block_on(archive(&room, &network)).unwrap();
    assert_eq!(rows(), 1);
    assert_eq!(pages(true), before);
    let stranger = visitor("0197a0c0-0000-7000-8000-0000000000ff");
    assert!(block_on(history(&room, &network, &stranger, Part::Last, 20)).is_err());
    room.lose();
    block_on(unarchive(&room, &network)).unwrap();
    assert_eq!(rows(), all);
    assert_eq!(pages(false), before);
}

#[test]
fn nothing_is_given_back_that_the_store_does_not_have() {
    let room = Memory::new();
    room.say("one");
    room.close();
    let network = Network::new(|_| Fate::Done);
    while block_on(flush(&room, &network)).unwrap().0 {}
    block_on(network.delete_many("messages", Filter::eq("seq", 2))).unwrap();
    let error = block_on(archive(&room, &network)).unwrap_err().to_string();
    assert!(error.contains("2 of the 3 events"), "{error}");
    // It is stored again, and then there is nothing against it.
    while block_on(flush(&room, &network)).unwrap().0 {}
    block_on(archive(&room, &network)).unwrap();
    assert!(room.with(|room, _| Ok(room.is_archived())).unwrap());

    // Lost afterwards: the room says so and does not begin anew.
    block_on(network.delete_many("messages", Filter::eq("seq", 2))).unwrap();
    let error = block_on(unarchive(&room, &network)).unwrap_err().to_string();
    assert!(error.contains("2 of its 3 events"), "{error}");
    assert!(room.with(|room, _| Ok(room.is_archived())).unwrap());
}

/// The log as the version before stored it: one collection, times as numbers.
fn as_the_version_before(records: &[Record]) -> Vec<Value> {
    records
        .iter()
        .map(|record| {
            let mut document = json!({
                "_id": record.id, "conversationId": record.conversation_id, "seq": record.seq, "at": record.at,
                "kind": record.kind, "public": record.public, "prevPublic": record.prev_public, "actor": record.actor,
                "status": record.status, "assignee": record.assignee, "read": record.read,
            });
            let optional = [
                ("clientId", json!(record.client_id)),
                ("target", json!(record.target)),
                ("text", json!(record.text)),
                ("replacement", json!(record.replacement)),
                ("previous", json!(record.previous)),
                ("editedAt", json!(record.edited_at)),
                ("deletedAt", json!(record.deleted_at)),
            ];
            for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
                document[name] = value;
            }
            document
        })
        .collect()
}

/// A room with all kinds of events, its records, and a store that has them as the version before stored them.
fn stored_by_the_version_before() -> (Memory, Vec<Record>, Network<impl FnMut(&Action) -> Fate>) {
    let room = Memory::new();
    for number in 0..120 {
        room.say(&format!("message {number}"));
    }
    room.send(&bob(), json!({ "type": "edit", "target": 2, "text": "edited" }));
    room.send(&bob(), json!({ "type": "send", "kind": "note", "text": "between us" }));
    room.send(&bob(), json!({ "type": "delete", "target": 3 }));
    room.close();
    let network = Network::new(|_| Fate::Done);
    while block_on(flush(&room, &network)).unwrap().0 {}
    let records = network.events();
    block_on(network.delete_many("messages", Filter::all())).unwrap();
    block_on(network.delete_many("events", Filter::all())).unwrap();
    block_on(network.insert_many("events", &as_the_version_before(&records))).unwrap();
    room.database.execute("UPDATE destinations SET format = 1", []).unwrap();
    (room, records, network)
}

fn former_events<F: FnMut(&Action) -> Fate>(network: &Network<F>) -> u64 {
    block_on(network.count("events", Filter::exists("version", false))).unwrap()
}

#[test]
fn a_room_stores_anew_what_the_version_before_has_stored() {
    let (room, records, network) = stored_by_the_version_before();
    room.lose();
    assert!(room.with(|room, _| Ok(room.is_behind())).unwrap());
    block_on(flush(&room, &network)).unwrap();
    room.lose();
    while block_on(flush(&room, &network)).unwrap().0 {}
    assert_eq!(former_events(&network), 0);
    assert_eq!(network.events(), records);
    block_on(archive(&room, &network)).unwrap();
    assert!(room.with(|room, _| Ok(room.is_archived())).unwrap());
}

#[test]
fn what_the_version_before_has_archived_is_read_comes_back_and_is_stored_anew() {
    let (room, records, network) = stored_by_the_version_before();
    let page = |room: &Memory| {
        let parts = [Part::Last, Part::Before(50), Part::After(100)];
        parts.map(|part| room.with(|room, now| room.history(&bob(), part, 30, now)).unwrap())
    };
    let before = page(&room);
    let head = room.head();
    room.database.execute("UPDATE outbox SET archived = 1", []).unwrap();
    room.database.execute("INSERT OR IGNORE INTO outbox VALUES (1, 0, 0, 1, 0)", []).unwrap();
    room.database.execute("DELETE FROM events WHERE seq < ?", [i64::try_from(head).unwrap()]).unwrap();
    room.lose();
    assert!(room.with(|room, _| Ok(room.is_archived() && !room.is_behind())).unwrap());
    let parts = [Part::Last, Part::Before(50), Part::After(100)];
    let archived = parts.map(|part| block_on(history(&room, &network, &bob(), part, 30)).unwrap());
    assert_eq!(format!("{archived:?}"), format!("{before:?}"));

    block_on(unarchive(&room, &network)).unwrap();
    assert_eq!(format!("{:?}", page(&room)), format!("{before:?}"));
    assert!(room.with(|room, _| Ok(room.is_behind())).unwrap());
    while block_on(flush(&room, &network)).unwrap().0 {}
    // What that version did not know of time nobody knows any more.
    let known = records.into_iter().map(|record| Record { episode: Episode::default(), ..record });
    assert_eq!((former_events(&network), network.events()), (0, known.collect()));
}

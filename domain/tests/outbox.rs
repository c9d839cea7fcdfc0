//! The outbox: whatever happens in a room reaches a document store once and in order, from any point at which the room
//! may have lost its memory; and an archived conversation reads, and comes back, as it was.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use support::{NOON, Storage, agent, conversation_id, stranger, visitor};
use voxora_domain::access::{Audience, Principal};
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{Change, Part, Record, Room, RoomError, history_of, is_whole};
use voxora_domain::sockets::SocketLogic;
use voxora_domain::sql::Sql;
use voxora_domain::wire::{ConversationStatus, History, StartConversationRequest};

type TestRoom = Room<Rc<Storage>>;

const EVENTS: &str = "SELECT * FROM events ORDER BY seq";

fn open(storage: &Rc<Storage>) -> TestRoom {
    let rate = Rate { burst: 1e9, per_second: 1e9 };
    Room::open(Rc::clone(storage), Rates { sends: rate, signals: rate, ..Rates::default() }).unwrap()
}

fn begun() -> (Rc<Storage>, TestRoom) {
    let storage = Storage::new();
    let mut room = open(&storage);
    let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
    room.start(conversation_id(1), &visitor(), &request, NOON).unwrap();
    (storage, room)
}

/// Something a person does.
#[derive(Debug, Clone)]
enum Deed {
    Say { agent: bool, note: bool, text: String },
    Edit { target: u64, text: String },
    Delete { target: u64 },
    Read { agent: bool, up_to: u64 },
    Status(ConversationStatus),
}

fn deeds() -> impl Strategy<Value = Deed> {
    let say = (any::<bool>(), any::<bool>(), "[a-zé\"]{1,8}");
    prop_oneof![
        4 => say.prop_map(|(agent, note, text)| Deed::Say { agent, note: note && agent, text }),
        3 => (1..20u64, "[a-z]{1,8}").prop_map(|(target, text)| Deed::Edit { target, text }),
        1 => (1..20u64).prop_map(|target| Deed::Delete { target }),
        1 => (any::<bool>(), 1..20u64).prop_map(|(agent, up_to)| Deed::Read { agent, up_to }),
        1 => prop_oneof![
            Just(ConversationStatus::Pending),
            Just(ConversationStatus::Resolved),
            Just(ConversationStatus::Snoozed)
        ]
            .prop_map(Deed::Status),
    ]
}

/// Does it, or is refused; both are fine.
fn act(room: &mut TestRoom, deed: &Deed, number: usize) {
    let now = NOON + i64::try_from(number).unwrap();
    let client_id = format!("c{number}");
    let actor = match deed {
        Deed::Say { agent: false, .. } | Deed::Read { agent: false, .. } => visitor(),
        _ => agent(1),
    };
    let frame = match deed {
        Deed::Say { note, text, .. } => {
            json!({ "type": "send", "clientId": client_id, "kind": if *note { "note" } else { "message" }, "text": text })
        }
        Deed::Edit { target, text } => {
            json!({ "type": "edit", "clientId": client_id, "target": target, "text": text })
        }
        Deed::Delete { target } => json!({ "type": "delete", "clientId": client_id, "target": target }),
        Deed::Read { up_to, .. } => json!({ "type": "read", "upTo": up_to }),
        Deed::Status(status) => {
            let change =
                Change { status: Some(*status), assignee: Some(Some(agent(2).actor())), ..Change::default() };
            let _ = room.update(&agent(1), change, now);
            return;
        }
    };
    let (connection, _) = room.connect(&actor, None, now).unwrap();
    room.receive(connection, &frame.to_string(), now);
    room.disconnect(connection, NOON);
}

/// A document store that takes everything: events by id, each only once, amended in place.
#[derive(Default)]
struct Store(BTreeMap<u64, Record>);

impl Store {
    /// Stores one batch, and tells the room, unless that is lost.
    fn take(&mut self, room: &mut TestRoom, told: bool) -> bool {
        let batch = room.unflushed().unwrap();
        let Some(up_to) = batch.up_to() else { return false };
        for record in batch.records {
            self.0.entry(record.seq).or_insert(record);
        }
        for (_, record) in batch.amended {
            let stored = self.0.get_mut(&record.seq).expect("only what is stored is amended");
            (stored.text, stored.edited_at, stored.deleted_at) =
                (record.text, record.edited_at, record.deleted_at);
        }
        if told {
            room.flushed(up_to, &[], NOON).unwrap();
        }
        true
    }

    fn records(&self) -> Vec<Record> {
        self.0.values().cloned().collect()
    }

    /// History as the shell serves it from the document store.
    fn history(&self, room: &TestRoom, actor: &Principal, part: Part, limit: usize) -> History {
        let (audience, head) = room.view(actor, NOON).unwrap();
        let visible = self.0.values().filter(|record| audience == Audience::Agents || record.public);
        let mut records: Vec<_> = match part {
            Part::After(seq) => visible.filter(|record| record.seq > seq).cloned().collect(),
            Part::Before(seq) => visible.filter(|record| record.seq < seq).rev().cloned().collect(),
            Part::Last => visible.rev().cloned().collect(),
        };
        records.truncate(limit);
        assert!(is_whole(&records, audience, part, head), "{part:?}");
        if records.len() > 2 {
            let mut gap = records.clone();
            gap.remove(1);
            assert!(!is_whole(&gap, audience, part, head), "{part:?}");
        }
        let quoted = records.iter().filter_map(Record::quotes);
        let quoted = quoted.map(|seq| (seq, self.0[&seq].text.clone().unwrap_or_default())).collect();
        history_of(records, &quoted, audience, part, limit, head)
    }
}

fn parts(head: u64) -> Vec<Part> {
    let ends = (0..=head + 1).flat_map(|seq| [Part::Before(seq), Part::After(seq)]);
    ends.chain([Part::Last]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_reaches_the_store_once_and_comes_back_as_it_was(
        schedule in vec((deeds(), 0..6u8), 1..40),
        afterwards in vec(deeds(), 0..8),
        limit in 1..8usize,
    ) {
        let (storage, mut room) = begun();
        let mut store = Store::default();
        for (number, (deed, what_next)) in schedule.iter().enumerate() {
            act(&mut room, deed, number);
            match what_next {
                0 => { store.take(&mut room, true); }
                // Stored, but the room dies before it can remember.
                1 => { store.take(&mut room, false); room = open(&storage); }
                2 => room = open(&storage),
                _ => {}
            }
        }
        let close = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
        room.update(&agent(1), close, NOON + 1000).unwrap();
        prop_assert_eq!(room.archivable_since().unwrap(), None);
        for (number, deed) in afterwards.iter().enumerate() {
            // A conversation that was opened again is not archived.
            if !matches!(deed, Deed::Status(_)) { act(&mut room, deed, 1000 + number); }
        }
        while store.take(&mut room, true) {}
        let head = room.backlog().unwrap().unwrap();
        prop_assert!(head.is_clear());

        let rows = storage.rows(EVENTS, &[]);
        let seqs: Vec<_> = store.0.keys().copied().collect();
        prop_assert_eq!(&seqs, &(1..=rows.len() as u64).collect::<Vec<_>>());

        let people = [visitor(), agent(1)];
        let pages = |room: &TestRoom| people.iter().flat_map(|actor| {
            parts(rows.len() as u64).into_iter().map(|part| room.history(actor, part, limit, NOON).unwrap())
        }).collect::<Vec<_>>();
        let before = pages(&room);
        let conversation = room.conversation(&agent(1), NOON).unwrap();

        prop_assert!(room.archivable_since().unwrap() >= Some(NOON + 1000));
        prop_assert!(!room.archive(rows.len() as u64 - 1).unwrap(), "another head than what was checked");
        prop_assert!(room.archive(rows.len() as u64).unwrap());
        room = open(&storage);
        prop_assert!(room.is_archived());
        prop_assert_eq!(storage.rows(EVENTS, &[]).len(), 1);
        prop_assert_eq!(room.conversation(&agent(1), NOON).unwrap(), conversation);
        let from_store: Vec<_> = people.iter().flat_map(|actor| {
            parts(rows.len() as u64).into_iter().map(|part| store.history(&room, actor, part, limit)).collect::<Vec<_>>()
        }).collect();
        prop_assert_eq!(format!("{from_store:#?}"), format!("{before:#?}"));

        // Restored, wherever the storage fails on the way.
        for spare in 0.. {
            storage.fail_after(spare);
            let restored = store.records().chunks(limit).try_for_each(|part| room.take_back(part));
            let restored = restored.map_err(RoomError::from).and_then(|()| room.unarchive());
            storage.heal();
            room = open(&storage);
            if restored.is_ok() { break; }
            prop_assert!(room.is_archived());
        }
        prop_assert!(!room.is_archived());
        prop_assert_eq!(&storage.rows(EVENTS, &[]), &rows);
        prop_assert!(!room.is_behind(), "what is in the store already is not stored again");
        prop_assert_eq!(format!("{:#?}", pages(&room)), format!("{before:#?}"));
    }
}

#[test]
fn an_archived_room_asks_to_be_restored_before_anyone_acts_in_it() {
    let (storage, mut room) = begun();
    let close = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
    room.update(&agent(1), close, NOON).unwrap();
    let mut store = Store::default();
    assert!(store.take(&mut room, true));
    assert!(room.archive(2).unwrap());

    let request = StartConversationRequest { client_id: "first".to_owned(), text: "Hello".to_owned() };
    let archived = Some(RoomError::Archived);
    assert_eq!(room.start(conversation_id(1), &visitor(), &request, NOON).err(), archived);
    assert_eq!(room.connect(&visitor(), None, NOON).err(), archived);
    let reopen = Change { status: Some(ConversationStatus::Open), ..Change::default() };
    assert_eq!(room.update(&agent(1), reopen.clone(), NOON).err(), archived);
    assert_eq!(room.history(&visitor(), Part::Last, 10, NOON).err(), archived);
    assert_eq!(room.summary(Audience::Agents).unwrap(), None);
    assert_ne!(room.connect(&stranger(), None, NOON).err(), archived, "a stranger learns nothing");
    assert_ne!(room.view(&stranger(), NOON).err(), archived);

    // Not with another conversation's events, and not with a part of its own.
    let mut records = store.records();
    records[0].conversation_id = conversation_id(2);
    assert!(room.take_back(&records).is_err());
    room.take_back(&store.records()[1..]).unwrap();
    assert!(room.unarchive().is_err());
    assert!(room.is_archived());

    room.take_back(&store.records()).unwrap();
    room.unarchive().unwrap();
    let (started, _) = room.start(conversation_id(1), &visitor(), &request, NOON).unwrap();
    assert!(started.duplicate, "what was sent before the archive is still known");
    room.update(&agent(1), reopen, NOON + 1).unwrap();
    assert!(room.is_behind());
    assert_eq!(storage.rows(EVENTS, &[]).len(), 3);
}

#[test]
fn a_room_with_someone_in_it_or_something_set_aside_keeps_its_storage() {
    let (_, mut room) = begun();
    let close = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
    room.update(&agent(1), close, NOON).unwrap();
    room.flushed(2, &[], NOON).unwrap();
    assert_eq!(room.archivable_since().unwrap(), Some(NOON));
    let (connection, _) = room.connect(&visitor(), None, NOON).unwrap();
    assert!(room.is_occupied());
    assert!(!room.archive(2).unwrap());
    room.disconnect(connection, NOON);
    assert!(!room.is_occupied());
    room.set_aside(2, "the store says no", NOON + 5).unwrap();
    assert_eq!(room.archivable_since().unwrap(), None);
    assert!(!room.archive(2).unwrap());

    let aside = room.next_aside(0).unwrap();
    assert_eq!((aside.records.len(), aside.up_to()), (1, Some(2)));
    assert_eq!(room.next_aside(2).unwrap().up_to(), None);
    let backlog = room.backlog().unwrap().unwrap();
    assert_eq!(backlog.reason.as_deref(), Some("the store says no"));
    assert_eq!(backlog.set_aside, 1);
    room.taken(2).unwrap();
    assert!(room.archive(2).unwrap());
}

#[test]
fn a_backlog_says_how_much_and_since_when() {
    let (_, mut room) = begun();
    for number in 1..=250 {
        let text = "x".repeat(number);
        act(&mut room, &Deed::Say { agent: true, note: false, text }, number);
    }
    let backlog = room.backlog().unwrap().unwrap();
    assert_eq!((backlog.events, backlog.since), (251, Some(NOON)));
    let first = room.unflushed().unwrap();
    assert_eq!((first.records.len(), first.up_to()), (100, Some(100)));
    room.flushed(100, &[], NOON).unwrap();
    room.flushed(50, &[], NOON).unwrap();
    let backlog = room.backlog().unwrap().unwrap();
    assert_eq!((backlog.events, backlog.since), (151, Some(NOON + 100)));
    room.flushed(u64::MAX / 2, &[], NOON).unwrap();
    assert!(room.backlog().unwrap().unwrap().is_clear(), "the cursor never passes the head");
}

#[test]
fn what_one_store_refused_is_no_matter_once_another_has_taken_it() {
    let (_, mut room) = begun();
    room.stores_in(7).unwrap();
    room.flushed(1, &[(1, "too long for this one".to_owned())], NOON).unwrap();
    assert_eq!(room.backlog().unwrap().unwrap().set_aside, 1);
    room.stores_in(8).unwrap();
    assert_eq!(room.unflushed().unwrap().up_to(), Some(1));
    room.flushed(1, &[], NOON).unwrap();
    assert!(room.backlog().unwrap().unwrap().is_clear());
}

#[test]
fn the_cursor_is_booked_on_the_store_that_has_the_events() {
    let (storage, mut room) = begun();
    room.stores_in(7).unwrap();
    // Nothing got into the first store, and the inbox was told so.
    room.reported(Some(NOON)).unwrap();
    room.stores_in(8).unwrap();
    // A statement that fails has the room read anew what it knows.
    let (connection, _) = room.connect(&agent(1), None, NOON).unwrap();
    // After it has read how much they sent lately.
    storage.fail_after(1);
    let say = json!({ "type": "send", "clientId": "lost", "kind": "message", "text": "lost" });
    room.receive(connection, &say.to_string(), NOON);
    storage.heal();
    room.disconnect(connection, NOON);
    room.flushed(1, &[], NOON).unwrap();
    let mut room = open(&storage);
    room.stores_in(8).unwrap();
    assert!(!room.is_behind(), "the second store has them");
    room.stores_in(7).unwrap();
    assert!(room.is_behind(), "the first one has not");

    // Archived in one store, and taken back from another that it was copied to.
    let close = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
    room.update(&agent(1), close, NOON).unwrap();
    room.flushed(2, &[], NOON).unwrap();
    room.flush_again().unwrap();
    let records = room.unflushed().unwrap().records;
    room.flushed(2, &[], NOON).unwrap();
    assert!(room.archive(2).unwrap());
    room.stores_in(9).unwrap();
    room.take_back(&records).unwrap();
    room.unarchive().unwrap();
    let mut room = open(&storage);
    room.stores_in(9).unwrap();
    assert!(!room.is_behind());
    room.stores_in(7).unwrap();
    assert!(room.is_behind());
}

#[test]
fn batches_are_bounded_by_their_text() {
    let (_, mut room) = begun();
    for number in 1..=120 {
        let text = "é".repeat(4_000);
        act(&mut room, &Deed::Say { agent: true, note: false, text }, number);
    }
    let batch = room.unflushed().unwrap();
    assert!(batch.records.len() > 10 && batch.records.len() < 60, "{}", batch.records.len());
}

#[test]
fn rooms_of_the_version_before_have_everything_still_to_store() {
    let (storage, room) = begun();
    drop(room);
    for statement in [
        "DROP TABLE outbox",
        "DROP TABLE destinations",
        "DROP TABLE set_aside",
        "UPDATE schema_version SET version = 1",
    ] {
        storage.exec(statement, &[]).unwrap();
    }
    let room = open(&storage);
    assert!(room.is_behind());
    let batch = room.unflushed().unwrap();
    assert_eq!(batch.records.len(), 1);
    assert!(batch.replaces, "it may have been killed before it wrote down what the store had taken");
}

#[test]
fn documents_of_an_earlier_form_are_stored_again() {
    let (storage, mut room) = begun();
    act(&mut room, &Deed::Say { agent: true, note: false, text: "one".to_owned() }, 1);
    room.stores_in(7).unwrap();
    room.flushed(2, &[], NOON).unwrap();
    act(&mut room, &Deed::Say { agent: true, note: false, text: "two".to_owned() }, 2);
    drop(room);
    // As the version before left it.
    for statement in [
        "DROP TABLE destinations",
        "INSERT OR REPLACE INTO outbox (id, store, flushed, archived, reported) VALUES (1, 7, 2, 0, 5)",
        "UPDATE schema_version SET version = 2",
    ] {
        storage.exec(statement, &[]).unwrap();
    }
    let mut room = open(&storage);
    room.stores_in(7).unwrap();
    assert_eq!(room.reported_since(), Some(5));
    let batch = room.unflushed().unwrap();
    assert!(batch.replaces && batch.records.len() == 3);
    room.flushed(1, &[], NOON).unwrap();
    let mut room = open(&storage);
    room.stores_in(7).unwrap();
    let batch = room.unflushed().unwrap();
    assert!(batch.replaces && batch.records.len() == 2, "up to the last event of the version before");
    room.flushed(3, &[], NOON).unwrap();
    act(&mut room, &Deed::Say { agent: true, note: false, text: "three".to_owned() }, 3);
    assert!(!room.unflushed().unwrap().replaces);

    // An archived one stores nothing before it has everything back.
    let close = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
    room.update(&agent(1), close, NOON).unwrap();
    room.flush_again().unwrap();
    let records = room.unflushed().unwrap().records;
    room.flushed(5, &[], NOON).unwrap();
    assert!(room.archive(5).unwrap());
    storage.exec("UPDATE destinations SET format = 1, former = 0", &[]).unwrap();
    let mut room = open(&storage);
    assert!(!room.is_behind());
    room.take_back(&records).unwrap();
    room.unarchive().unwrap();
    let room = open(&storage);
    let batch = room.unflushed().unwrap();
    assert!(batch.replaces && batch.records.len() == 5);
}

#[test]
fn another_document_store_is_given_everything_again() {
    let (storage, mut room) = begun();
    act(&mut room, &Deed::Say { agent: true, note: false, text: "one".to_owned() }, 1);
    room.stores_in(7).unwrap();
    room.flushed(2, &[], NOON).unwrap();
    let mut room = open(&storage);
    room.stores_in(7).unwrap();
    assert!(!room.is_behind());
    room.stores_in(8).unwrap();
    assert_eq!(room.unflushed().unwrap().records.len(), 2);
    let mut room = open(&storage);
    room.stores_in(8).unwrap();
    assert!(room.is_behind(), "remembered also when nothing could be stored yet");
    room.flushed(2, &[], NOON).unwrap();

    let close = Change { status: Some(ConversationStatus::Closed), ..Change::default() };
    room.update(&agent(1), close, NOON).unwrap();
    room.flushed(3, &[], NOON).unwrap();
    assert!(room.archive(3).unwrap());
    room.stores_in(9).unwrap();
    assert!(!room.is_behind(), "an archived room has nothing to give");
}

#[test]
fn a_conversation_that_only_the_store_knows_is_an_archived_one() {
    let (_, mut room) = begun();
    for number in 1..30 {
        act(
            &mut room,
            &Deed::Say { agent: number % 2 == 0, note: false, text: format!("m{number}") },
            number,
        );
    }
    let mut store = Store::default();
    while store.take(&mut room, true) {}
    let records = store.records();

    let mut restored = open(&Storage::new());
    restored.adopt(&records[0], records.last().unwrap()).unwrap();
    assert!(restored.is_archived() && !restored.is_behind());
    for actor in [visitor(), agent(1), stranger()] {
        assert_eq!(restored.conversation(&actor, NOON), room.conversation(&actor, NOON));
    }
    // Once more, late, changes nothing.
    restored.adopt(&records[0], &records[3]).unwrap();
    restored.take_back(&records).unwrap();
    restored.unarchive().unwrap();
    act(&mut restored, &Deed::Say { agent: true, note: false, text: "on".to_owned() }, 99);
    assert_eq!(restored.summary_head(), room.summary_head().map(|head| head + 1));
}

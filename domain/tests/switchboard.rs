//! The switchboard: who is there, who looks at what, and who is given what. Over random arrivals, departures, transfers, presence,
//! lost answers and lost memory: nobody is given more than they can take, nobody waits while somebody free could take them, who
//! came first comes first, nothing is assigned twice or lost, every queue drains, and the same history gives the same decisions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing
#![allow(clippy::needless_for_each, reason = "a line for each of several that the same happens to")]

mod support;

use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use support::{DEPARTMENTS, NOON, Storage, agent_of, conversation_id, frames_for, visitor};
use voxora_domain::Millis;
use voxora_domain::access::Principal;
use voxora_domain::directory::{Directory, DirectoryDepartment, Person};
use voxora_domain::id::{ConversationId, DepartmentId, UserId};
use voxora_domain::inbox::{Decision, GRACE, Inbox};
use voxora_domain::limits::{HEARTBEAT_SECONDS, SOCKETS_PER_AGENT};
use voxora_domain::routing::place;
use voxora_domain::sockets::{ConnectionId, Output, SocketLogic};
use voxora_domain::wire::{
    Actor, Attending, Conversation, ConversationStatus, ConversationSummary, Count, InboxServerFrame,
    Overflow, Policy, Presence, Priority, ReadMarks, Role, RoutingMode, Rule, Was, Whose,
};

type Board = Inbox<Rc<Storage>>;

fn open(storage: &Rc<Storage>) -> Board {
    Inbox::open(Rc::clone(storage), HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap()
}

fn policy(mode: RoutingMode) -> Policy {
    let mut policy = Policy::default();
    policy.routing.mode = mode;
    policy
}

/// Both departments, the first worked off by turns, the second as the general queue: by who is least busy.
fn directory(people: &[(Principal, u32)]) -> Directory {
    let person = |(principal, capacity): &(Principal, u32)| Person {
        id: principal.user_id().unwrap(),
        name: principal.actor().name,
        role: Role::Agent,
        departments: principal.departments().to_vec(),
        capacity: *capacity,
        skills: Vec::new(),
        working_hours: None,
    };
    let mut people: Vec<_> = people.iter().map(person).collect();
    people.sort_by_key(|person| person.id);
    let department = |number: usize, policy| DirectoryDepartment {
        id: DEPARTMENTS[number],
        name: format!("{number}"),
        hours: None,
        policy,
    };
    let mut departments = vec![department(0, Some(policy(RoutingMode::RoundRobin))), department(1, None)];
    departments.sort_by_key(|department| department.id);
    Directory { people, departments, policy: policy(RoutingMode::LeastBusy), time_zone: "UTC".to_owned() }
}

fn person(number: u128, departments: &[DepartmentId]) -> Principal {
    agent_of(number, &format!("Agent {number}"), departments)
}

fn conversation(number: u128) -> Conversation {
    Conversation {
        id: conversation_id(number),
        visitor: visitor().actor(),
        status: ConversationStatus::Open,
        assignee: None,
        created_at: NOON,
        head: 1,
        read: ReadMarks::default(),
        tags: Some(Vec::new()),
        department: None,
        priority: None,
        opened_at: Some(NOON),
        waiting_since: Some(NOON),
        snoozed_until: None,
        due: None,
        revision: None,
    }
}

fn summary(conversation: &Conversation) -> ConversationSummary {
    let conversation = conversation.clone();
    ConversationSummary { conversation, updated_at: NOON, last_message: None, unread: 0 }
}

fn ledger(storage: &Storage) -> Vec<(Millis, String, String)> {
    let rows = storage.rows("SELECT at, presence, cause FROM ledger ORDER BY id", &[]);
    let text = |value: &voxora_domain::sql::Value| value.as_text().unwrap().to_owned();
    rows.iter().map(|row| (row[0].as_integer().unwrap(), text(&row[1]), text(&row[2]))).collect()
}

fn say(board: &mut Board, connection: ConnectionId, frame: &str, now: Millis) -> Vec<Output> {
    let outputs = board.receive(connection, Some(frame), now);
    let answers = frames_for::<InboxServerFrame>(&outputs, connection);
    assert!(
        !answers.iter().any(|answer| matches!(answer, InboxServerFrame::Error(_))),
        "{frame}: {answers:?}"
    );
    outputs
}

fn presences(outputs: &[Output], to: ConnectionId) -> Vec<Presence> {
    let frames = frames_for::<InboxServerFrame>(outputs, to).into_iter();
    let presence = |frame| match frame {
        InboxServerFrame::Person(colleague) => Some(colleague.presence),
        _ => None,
    };
    frames.filter_map(presence).collect()
}

/// When the inbox wants to be woken for presence, as its alarm would be.
fn settle(board: &mut Board, now: Millis) -> Vec<Output> {
    board.settle_presence(now).unwrap()
}

#[test]
fn somebody_is_there_while_they_hold_a_socket_and_for_a_grace_after_the_last() {
    let storage = Storage::new();
    let mut board = open(&storage);
    let (ada, bob) = (person(1, &[]), person(2, &[]));
    let (watch, outputs) = board.connect(&bob, None, None, NOON).unwrap();
    assert_eq!(presences(&outputs, watch), [Presence::Online], "one's own coming is told as well");
    let (laptop, outputs) = board.connect(&ada, None, None, NOON + 1).unwrap();
    assert_eq!(presences(&outputs, watch), [Presence::Online]);
    let (phone, outputs) = board.connect(&ada, None, None, NOON + 2).unwrap();
    assert_eq!(presences(&outputs, watch), [], "a second device changes nothing");
    assert_eq!(presences(&board.disconnect(laptop, NOON + 3), watch), []);
    assert_eq!(presences(&board.disconnect(phone, NOON + 4), watch), []);
    // A reload within the grace is none.
    assert_eq!(presences(&settle(&mut board, NOON + 3 + GRACE), watch), []);
    let (again, outputs) = board.connect(&ada, None, None, NOON + 3 + GRACE).unwrap();
    assert_eq!(presences(&outputs, watch), []);
    board.disconnect(again, NOON + 100_000);
    assert_eq!(presences(&settle(&mut board, NOON + 100_000 + GRACE - 1), watch), []);
    assert_eq!(presences(&settle(&mut board, NOON + 100_000 + GRACE), watch), [Presence::Offline]);
    let expected = [(NOON, "online"), (NOON + 1, "online"), (NOON + 100_000, "offline")];
    let written: Vec<_> = ledger(&storage).into_iter().map(|(at, presence, _)| (at, presence)).collect();
    assert_eq!(
        written,
        expected.map(|(at, presence)| (at, presence.to_owned())),
        "gone since the last socket was"
    );
}

#[test]
fn what_somebody_chose_stands_above_sockets_and_idleness_makes_away() {
    let storage = Storage::new();
    let mut board = open(&storage);
    let (ada, bob) = (person(1, &[]), person(2, &[]));
    let (watch, _) = board.connect(&bob, None, None, NOON).unwrap();
    let (laptop, _) = board.connect(&ada, None, None, NOON).unwrap();
    let (phone, _) = board.connect(&ada, None, None, NOON).unwrap();
    let idle = r#"{"type":"idle","active":true}"#;
    assert_eq!(presences(&say(&mut board, laptop, idle, NOON + 1), watch), [], "the other device is in use");
    assert_eq!(presences(&say(&mut board, phone, idle, NOON + 2), watch), [Presence::Away]);
    let woke = say(&mut board, laptop, r#"{"type":"idle","active":false}"#, NOON + 3);
    assert_eq!(presences(&woke, watch), [Presence::Online]);
    let busy = say(&mut board, laptop, r#"{"type":"presence","chosen":"busy"}"#, NOON + 4);
    assert_eq!(presences(&busy, watch), [Presence::Busy]);
    assert_eq!(presences(&say(&mut board, laptop, idle, NOON + 5), watch), [], "busy is busy, idle or not");
    let offline = say(&mut board, laptop, r#"{"type":"presence","chosen":"offline"}"#, NOON + 6);
    assert_eq!(presences(&offline, watch), [Presence::Offline]);
    // It is remembered across devices and days.
    [laptop, phone].into_iter().for_each(|id| drop(board.disconnect(id, NOON + 7)));
    settle(&mut board, NOON + 7 + GRACE);
    let (back, outputs) = board.connect(&ada, None, None, NOON + 86_400_000).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, back);
    assert!(matches!(frames[0], InboxServerFrame::Welcome { chosen: Presence::Offline, .. }));
    assert_eq!(presences(&outputs, watch), []);
    let causes: Vec<_> =
        ledger(&storage).into_iter().skip(2).map(|(_, presence, cause)| (presence, cause)).collect();
    let expected = [("away", "idle"), ("online", "idle"), ("busy", "chosen"), ("offline", "chosen")];
    assert_eq!(causes, expected.map(|(presence, cause)| (presence.to_owned(), cause.to_owned())));
}

#[test]
fn a_kill_that_takes_all_sockets_makes_offline_after_the_grace_and_sleep_changes_nothing() {
    let storage = Storage::new();
    let mut board = open(&storage);
    let (ada, bob) = (person(1, &[]), person(2, &[]));
    let (adas, _) = board.connect(&ada, None, None, NOON).unwrap();
    board.connect(&bob, None, None, NOON).unwrap();
    let kept = board.attachment(adas).unwrap().clone();
    // The object sleeps, and its sockets outlive that; Bob's machine is gone without a word.
    let mut board = open(&storage);
    board.restore(kept, NOON + 50_000);
    assert_eq!(presences(&settle(&mut board, NOON + 50_000), adas), [], "it is noticed now");
    assert_eq!(presences(&settle(&mut board, NOON + 50_000 + GRACE), adas), [Presence::Offline]);
    assert_eq!(ledger(&storage).len(), 3);
    // When the process was killed nobody is left.
    let mut board = open(&storage);
    settle(&mut board, NOON + 90_000);
    settle(&mut board, NOON + 90_000 + GRACE);
    assert_eq!(ledger(&storage).last().unwrap(), &(NOON + 90_000, "offline".to_owned(), "gone".to_owned()));
    settle(&mut board, NOON + 900_000);
    assert_eq!(ledger(&storage).len(), 4, "once");
}

#[test]
fn a_heartbeat_writes_nothing() {
    let storage = Storage::new();
    let mut board = open(&storage);
    let (ada, _) = board.connect(&person(1, &[]), None, None, NOON).unwrap();
    let changes = |storage: &Storage| storage.rows("SELECT total_changes()", &[])[0][0].as_integer();
    let before = changes(&storage);
    for minute in 1..60 {
        board.sweep(NOON + minute * 60_000, false, |_| Some(NOON + minute * 60_000));
        say(&mut board, ada, r#"{"type":"idle","active":false}"#, NOON + minute * 60_000);
    }
    assert_eq!(changes(&storage), before);
}

fn attention(outputs: &[Output], to: ConnectionId) -> Vec<Vec<(String, bool, bool)>> {
    let seen = |Attending { name, replying, claims, .. }: Attending| (name, replying, claims);
    let frames = frames_for::<InboxServerFrame>(outputs, to).into_iter();
    let told = |frame| match frame {
        InboxServerFrame::Attention(told) => Some(told.people.into_iter().map(seen).collect()),
        _ => None,
    };
    frames.filter_map(told).collect()
}

#[test]
fn who_may_see_a_conversation_is_told_who_looks_at_it_and_who_answers() {
    let storage = Storage::new();
    let mut board = open(&storage);
    let sales = [DEPARTMENTS[0]];
    let (ada, bob, eve) = (person(1, &sales), person(2, &sales), person(3, &[]));
    let [ada, bob, eve] = [ada, bob, eve].map(|one| board.connect(&one, None, None, NOON).unwrap().0);
    let mut it = Conversation { department: Some(DEPARTMENTS[0]), ..conversation(1) };
    board.tell(summary(&it), NOON).unwrap();
    let attend = |replying: bool| {
        let id = conversation_id(1);
        format!(r#"{{"type":"attend","conversation":"{id}","replying":{replying}}}"#)
    };
    let seen = |name: &str, replying, claims| (name.to_owned(), replying, claims);
    let outputs = say(&mut board, ada, &attend(false), NOON);
    assert_eq!(attention(&outputs, bob), [[seen("Agent 1", false, false)]]);
    assert_eq!(attention(&outputs, eve), [] as [Vec<_>; 0], "it is out of her reach");
    // Who may not see it looks at nothing.
    assert_eq!(attention(&say(&mut board, eve, &attend(true), NOON), bob).concat().len(), 1);
    say(&mut board, bob, &attend(true), NOON + 1);
    let both = say(&mut board, ada, &attend(true), NOON + 2);
    let claimed_by_bob = [seen("Agent 1", true, false), seen("Agent 2", true, true)];
    assert_eq!(attention(&both, ada), [claimed_by_bob], "he began first");
    let claim = format!(r#"{{"type":"claim","conversation":"{}"}}"#, conversation_id(1));
    let claimed = say(&mut board, ada, &claim, NOON + 3);
    assert_eq!(attention(&claimed, bob), [[seen("Agent 1", true, true), seen("Agent 2", true, false)]]);
    // All of it stands with the sockets.
    let kept = [ada, bob].map(|id| board.attachment(id).unwrap().clone());
    let mut board = open(&storage);
    kept.into_iter().for_each(|kept| board.restore(kept, NOON + 4));
    let (late, outputs) = board.connect(&person(4, &sales), None, None, NOON + 4).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, late);
    let InboxServerFrame::Snapshot { standing, .. } = &frames[1] else { panic!("{frames:?}") };
    assert_eq!(standing.attention[0].people.len(), 2);
    // Whoever comes to see it is told who looks at it.
    let (eve, _) = board.connect(&eve_again(), None, None, NOON + 5).unwrap();
    it.department = None;
    it.head = 2;
    let outputs = board.tell(summary(&it), NOON + 6).unwrap();
    assert_eq!(attention(&outputs, eve).concat().len(), 2);
    // A tab that is gone looks at nothing.
    let outputs = board.disconnect(ada, NOON + 7);
    assert_eq!(attention(&outputs, bob), [[seen("Agent 2", true, true)]]);
}

fn eve_again() -> Principal {
    person(3, &[])
}

/// What a dashboard makes of counts: those it was told at first, moved by each change.
#[derive(Debug, Default)]
struct Counted(BTreeMap<(String, String), i64>);

impl Counted {
    fn add(&mut self, status: ConversationStatus, whose: Whose, department: Option<DepartmentId>, by: i64) {
        let key = (format!("{status:?} {whose:?}"), format!("{department:?}"));
        let number = self.0.entry(key.clone()).or_default();
        *number += by;
        if *number == 0 {
            self.0.remove(&key);
        }
    }

    fn of(counts: &[Count]) -> Self {
        let mut counted = Self::default();
        for count in counts {
            counted.add(count.status, count.whose, count.department, count.conversations.into());
        }
        counted
    }

    fn hear(&mut self, me: UserId, frame: &InboxServerFrame) {
        let whose = |assignee: Option<UserId>| match assignee {
            None => Whose::Nobodys,
            Some(id) if id == me => Whose::Mine,
            Some(_) => Whose::Others,
        };
        let (was, now) = match frame {
            InboxServerFrame::Change(change) => (&change.was, Some(&change.conversation.conversation)),
            InboxServerFrame::Gone(gone) => (&gone.was, None),
            _ => return,
        };
        if let Some(Was { status, assignee, department }) = was {
            self.add(*status, whose(*assignee), *department, -1);
        }
        if let Some(now) = now.filter(|now| !now.status.is_done()) {
            let assignee = now.assignee.as_ref().map(|assignee| assignee.id.parse().unwrap());
            self.add(now.status, whose(assignee), now.department, 1);
        }
    }
}

/// What can happen.
#[derive(Debug, Clone)]
enum Step {
    /// A visitor begins a conversation.
    Begin {
        department: Option<usize>,
        priority: usize,
    },
    /// A conversation changes.
    Change {
        which: usize,
        what: usize,
        by: usize,
    },
    /// An old summary of a conversation comes once more.
    Stale(usize),
    /// Somebody opens a dashboard, or closes one.
    Come(usize),
    Go(usize),
    /// Somebody chooses to be something, and perhaps gives their conversations back.
    Choose {
        who: usize,
        what: usize,
        give_back: bool,
    },
    /// A room hears of a decision; its answer may be lost.
    Tell {
        which: usize,
        lost: bool,
    },
    /// Time goes by.
    Time(Millis),
    /// The inbox loses its memory.
    Forget,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any = any::<usize>;
    let step = prop_oneof![
        6 => (proptest::option::of(0..2_usize), 0..4_usize)
            .prop_map(|(department, priority)| Step::Begin { department, priority }),
        6 => (any(), 0..8_usize, any()).prop_map(|(which, what, by)| Step::Change { which, what, by }),
        1 => any().prop_map(Step::Stale),
        4 => any().prop_map(Step::Come),
        2 => any().prop_map(Step::Go),
        2 => (any(), 0..4_usize, proptest::bool::weighted(0.2))
            .prop_map(|(who, what, give_back)| Step::Choose { who, what, give_back }),
        6 => (any(), proptest::bool::weighted(0.2)).prop_map(|(which, lost)| Step::Tell { which, lost }),
        3 => (0..200_000_i64).prop_map(Step::Time),
        1 => Just(Step::Forget),
    ];
    vec(step, 0..80)
}

/// Rooms, dashboards and the inbox between them.
struct World {
    storage: Rc<Storage>,
    board: Board,
    people: Vec<(Principal, u32)>,
    sockets: Vec<Option<ConnectionId>>,
    /// What dashboards make of the counts they were told.
    counted: Vec<Counted>,
    rooms: Vec<Conversation>,
    /// What the inbox has been told.
    told: BTreeMap<ConversationId, Conversation>,
    /// Everything that was ever decided, in order.
    decided: Vec<(ConversationId, Decision)>,
    now: Millis,
}

impl World {
    fn new() -> Self {
        let [sales, support] = DEPARTMENTS;
        let people = vec![
            (person(1, &[sales]), 2),
            (person(2, &[sales, support]), 3),
            (person(3, &[support]), 2),
            (person(4, &[]), 1),
        ];
        let storage = Storage::new();
        let mut board = open(&storage);
        board.learn(directory(&people), NOON, NOON).unwrap();
        let (sockets, counted) =
            (vec![None; people.len()], people.iter().map(|_| Counted::default()).collect());
        Self {
            storage,
            board,
            people,
            sockets,
            counted,
            rooms: Vec::new(),
            told: BTreeMap::new(),
            decided: Vec::new(),
            now: NOON,
        }
    }

    fn known(&self) -> BTreeMap<ConversationId, Decision> {
        self.board.undelivered().into_iter().collect()
    }

    /// Does something to the inbox, and looks at what it decides.
    fn with(&mut self, work: impl FnOnce(&mut Board, Millis) -> Vec<Output>) {
        let before = self.known();
        let outputs = work(&mut self.board, self.now);
        for (who, socket) in self.sockets.iter().enumerate() {
            let Some(socket) = socket else { continue };
            let me = self.people[who].0.user_id().unwrap();
            for frame in frames_for::<InboxServerFrame>(&outputs, *socket) {
                self.counted[who].hear(me, &frame);
            }
        }
        let after = self.known();
        let news: Vec<_> =
            after.into_iter().filter(|(id, decision)| before.get(id) != Some(decision)).collect();
        assert!(news.is_empty() || outputs.contains(&Output::Changed), "rooms are to be told");
        for (id, decision) in &news {
            if let Decision::Assign { to, reason, .. } = decision {
                let chosen = &reason.candidates[0];
                assert_eq!(chosen.id, to.id);
                assert_eq!(chosen.presence, Presence::Online, "{id} was given to somebody who is not there");
                assert!(chosen.load < chosen.capacity, "{id} is more than they can take");
                self.check_came_first(*id, &to.id);
            }
        }
        self.decided.extend(news);
    }

    /// The inbox is about to hear how a room stands.
    fn hear(&mut self, which: usize) -> ConversationSummary {
        let room = &self.rooms[which];
        self.told.insert(room.id, room.clone());
        summary(room)
    }

    /// A room tells the inbox how it stands.
    fn tell(&mut self, which: usize) {
        let told = self.hear(which);
        self.with(|board, now| board.tell(told, now).unwrap());
    }

    /// Nobody whom this person could have been given waits before the one whom they were given; but for a customer whom they know.
    fn check_came_first(&self, given: ConversationId, to: &str) {
        let place = |room: &Conversation| place(room.priority.unwrap_or_default(), room.opened_at.unwrap());
        let (principal, _) = self.people.iter().find(|(one, _)| one.actor().id == to).unwrap();
        let decided = self.known();
        let waits = |room: &&Conversation| {
            let belongs = room.department.is_none_or(|it| principal.departments().contains(&it));
            let is_queued = room.status == ConversationStatus::Open && room.assignee.is_none();
            belongs && is_queued && !decided.contains_key(&room.id)
        };
        for room in self.told.values().filter(waits) {
            assert!(place(room) >= place(&self.told[&given]), "{} was there before {given}", room.id);
        }
    }

    /// A room carries a decision out, if it still stands as it did.
    fn carry_out(&mut self, id: ConversationId, decision: &Decision) -> usize {
        let which = self.rooms.iter().position(|room| room.id == id).unwrap();
        let room = &mut self.rooms[which];
        let is_open = room.status == ConversationStatus::Open;
        let is_queued = is_open && room.assignee.is_none();
        match decision {
            Decision::Assign { to, .. } if is_queued => room.assignee = Some(to.clone()),
            Decision::GiveBack { user, .. }
                if is_open && room.assignee.as_ref().is_some_and(|one| one.id == user.to_string()) =>
            {
                room.assignee = None;
            }
            Decision::MoveOn { from, to, .. } if is_queued && room.department == *from => {
                room.department = Some(to.id);
            }
            _ => return which,
        }
        room.head += 1;
        which
    }

    fn connect(&mut self, who: usize) {
        if self.sockets[who].is_none() {
            let by = self.people[who].0.clone();
            let mut connection = None;
            let mut first = Vec::new();
            self.with(|board, now| {
                let (id, outputs) = board.connect(&by, None, None, now).unwrap();
                first = frames_for::<InboxServerFrame>(&outputs, id);
                connection = Some(id);
                outputs
            });
            self.sockets[who] = connection;
            let InboxServerFrame::Snapshot { standing, .. } = &first[1] else { panic!("{first:?}") };
            self.counted[who] = Counted::of(&standing.counts);
        }
    }

    fn step(&mut self, step: &Step) {
        let people = self.people.len();
        match *step {
            Step::Begin { department, priority } => {
                let number = self.rooms.len() as u128 + 1;
                self.rooms.push(Conversation {
                    department: department.map(|number| DEPARTMENTS[number]),
                    priority: Some(Priority::ALL[priority]),
                    opened_at: Some(self.now),
                    waiting_since: Some(self.now),
                    visitor: Actor { id: format!("visitor {}", number % 5), ..visitor().actor() },
                    ..conversation(number)
                });
                self.tell(self.rooms.len() - 1);
            }
            Step::Change { which, what, by } if !self.rooms.is_empty() => {
                let which = which % self.rooms.len();
                let actor = self.people[by % people].0.actor();
                let now = self.now;
                let room = &mut self.rooms[which];
                match what {
                    0 => room.status = ConversationStatus::Resolved,
                    1 => room.status = ConversationStatus::Snoozed,
                    2 => room.status = ConversationStatus::Pending,
                    3 | 4 => {
                        if room.status.is_done() {
                            room.opened_at = Some(now);
                        }
                        room.status = ConversationStatus::Open;
                        room.waiting_since.get_or_insert(now);
                    }
                    5 => room.department = [None, Some(DEPARTMENTS[0]), Some(DEPARTMENTS[1])][by % 3],
                    6 => room.assignee = Some(actor),
                    _ => room.waiting_since = None,
                }
                room.head += 1;
                // Three of four are told at once.
                if by % 4 > 0 {
                    self.tell(which);
                }
            }
            Step::Stale(which) if !self.rooms.is_empty() => {
                let mut old = self.told[&self.rooms[which % self.rooms.len()].id].clone();
                old.head -= 1;
                old.assignee = None;
                self.with(|board, now| board.tell(summary(&old), now).unwrap());
            }
            Step::Come(who) => self.connect(who % people),
            Step::Go(who) => {
                if let Some(connection) = self.sockets[who % people].take() {
                    self.with(|board, now| board.disconnect(connection, now));
                }
            }
            Step::Choose { who, what, give_back } => {
                if let Some(connection) = self.sockets[who % people] {
                    let chosen = ["online", "away", "busy", "offline"][what];
                    let frame =
                        format!(r#"{{"type":"presence","chosen":"{chosen}","giveBack":{give_back}}}"#);
                    // Nobody is over the rate in these tests.
                    self.now += 1_000;
                    self.with(|board, now| say(board, connection, &frame, now));
                }
            }
            Step::Tell { which, lost } => {
                let waiting = self.board.undelivered();
                if !waiting.is_empty() {
                    let (id, decision) = waiting[which % waiting.len()].clone();
                    let which = self.carry_out(id, &decision);
                    if !lost {
                        let stands = self.hear(which);
                        self.with(|board, now| board.decided(id, Some(stands), now).unwrap());
                    }
                }
            }
            Step::Time(by) => {
                self.now += by;
                self.with(|board, now| board.settle_presence(now).unwrap());
                self.with(|board, now| board.settle_queues(now).unwrap());
            }
            Step::Forget => {
                let kept = self.sockets.iter().flatten();
                let kept: Vec<_> = kept.map(|id| self.board.attachment(*id).unwrap().clone()).collect();
                let before = self.known();
                self.board = open(&self.storage);
                kept.into_iter().for_each(|kept| self.board.restore(kept, self.now));
                assert_eq!(self.known(), before, "what was decided is remembered");
            }
            Step::Change { .. } | Step::Stale(_) => {}
        }
    }

    /// Everything that is under way arrives.
    fn quiet(&mut self) {
        for which in 0..self.rooms.len() {
            self.tell(which);
        }
        for _ in 0..1_000 {
            let Some((id, decision)) = self.board.undelivered().into_iter().next() else { return };
            let which = self.carry_out(id, &decision);
            let stands = self.hear(which);
            self.with(|board, now| board.decided(id, Some(stands), now).unwrap());
        }
        panic!("there is no end to decisions");
    }

    fn load(&self, who: usize) -> usize {
        let id = self.people[who].0.actor().id;
        let open = self.rooms.iter().filter(|room| room.status == ConversationStatus::Open);
        open.filter(|room| room.assignee.as_ref().is_some_and(|assignee| assignee.id == id)).count()
    }

    fn presence(&mut self, who: usize) -> Presence {
        let rows = self
            .storage
            .rows("SELECT presence FROM people WHERE user_id = ?", &[self.people[who].0.actor().id.into()]);
        rows.first().map_or(Presence::Offline, |row| Presence::named(row[0].as_text().unwrap()).unwrap())
    }

    fn waiting(&self) -> Vec<Conversation> {
        let queued =
            |room: &&Conversation| room.status == ConversationStatus::Open && room.assignee.is_none();
        self.rooms.iter().filter(queued).cloned().collect()
    }

    /// Nobody waits while somebody free could take them.
    fn check_nobody_waits_in_vain(&mut self) {
        for room in self.waiting() {
            for who in 0..self.people.len() {
                let (principal, capacity) = self.people[who].clone();
                let belongs = room.department.is_none_or(|it| principal.departments().contains(&it));
                let is_free = self.load(who) < capacity as usize && self.presence(who) == Presence::Online;
                assert!(
                    !(belongs && is_free && self.sockets[who].is_some()),
                    "{} waits and agent {} is free",
                    room.id,
                    who + 1
                );
            }
        }
    }

    /// What dashboards count, however it came to them, is what a fresh one is told.
    fn check_counts(&mut self) {
        for who in 0..self.people.len() {
            if self.sockets[who].is_some() {
                let by = self.people[who].0.clone();
                let (id, outputs) = self.board.connect(&by, None, None, self.now).unwrap();
                let frames = frames_for::<InboxServerFrame>(&outputs, id);
                let InboxServerFrame::Snapshot { standing, .. } = &frames[1] else { panic!("{frames:?}") };
                assert_eq!(self.counted[who].0, Counted::of(&standing.counts).0, "agent {}", who + 1);
                self.board.disconnect(id, self.now);
            }
        }
    }
}

fn run(steps: &[Step]) -> World {
    let mut world = World::new();
    steps.iter().for_each(|step| world.step(step));
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_everybody_is_served_in_turn_and_within_what_people_can_take(steps in steps()) {
        let mut world = run(&steps);
        // The same history gives the same decisions.
        prop_assert_eq!(&run(&steps).decided, &world.decided);
        world.check_counts();
        world.quiet();
        world.check_nobody_waits_in_vain();
        world.check_counts();
        // Every queue drains: whoever is there resolves what they have.
        let everybody = 0..world.people.len();
        everybody.clone().for_each(|who| world.connect(who));
        for who in everybody {
            let connection = world.sockets[who].unwrap();
            world.now += 60_000;
            world.with(|board, now| say(board, connection, r#"{"type":"presence","chosen":"online"}"#, now));
        }
        let mut last = usize::MAX;
        loop {
            world.quiet();
            world.check_nobody_waits_in_vain();
            let waiting = world.waiting().len();
            if waiting == 0 {
                break;
            }
            prop_assert!(waiting < last, "{waiting} wait, and nobody takes any");
            last = waiting;
            for room in &mut world.rooms {
                if room.assignee.is_some() && room.status == ConversationStatus::Open {
                    room.status = ConversationStatus::Resolved;
                    room.head += 1;
                }
            }
        }
    }
}

/// Those who are there, online from the beginning.
fn world_of(capacities: &[u32], change: impl FnOnce(&mut Directory)) -> World {
    let mut world = World::new();
    world.people = (1..).zip(capacities).map(|(number, capacity)| (person(number, &[]), *capacity)).collect();
    world.sockets = vec![None; capacities.len()];
    world.counted = capacities.iter().map(|_| Counted::default()).collect();
    let mut directory = directory(&world.people);
    change(&mut directory);
    world.board.learn(directory, NOON, NOON).unwrap();
    (0..capacities.len()).for_each(|who| world.connect(who));
    world
}

fn begin(world: &mut World, department: Option<usize>) {
    world.now += 1;
    world.step(&Step::Begin { department, priority: 1 });
}

#[test]
fn loads_stay_within_one_of_each_other_and_who_waits_is_served_in_the_order_of_coming() {
    let mut world = world_of(&[4, 4, 4], |directory| directory.policy.routing.same_agent_first = false);
    for begun in 1..=12 {
        begin(&mut world, None);
        world.quiet();
        let loads: Vec<_> = (0..3).map(|who| world.load(who)).collect();
        assert_eq!(loads.iter().sum::<usize>(), begun);
        assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{loads:?}");
    }
    // Ten wait; two slots become free at once.
    (0..10).for_each(|_| begin(&mut world, None));
    world.quiet();
    assert_eq!(world.waiting().len(), 10);
    for which in [3, 7] {
        world.rooms[which].status = ConversationStatus::Resolved;
        world.rooms[which].head += 1;
    }
    world.quiet();
    let waiting: Vec<_> = world.waiting().into_iter().map(|room| room.id).collect();
    let last: Vec<_> = (15..=22).map(conversation_id).collect();
    assert_eq!(waiting, last, "the two that came first are served");
}

#[test]
fn an_urgent_one_is_served_before_those_that_came_first_and_a_day_old_one_before_it() {
    let mut world = world_of(&[0], |_| {});
    (0..3).for_each(|_| begin(&mut world, None));
    world.now += 30 * 60_000;
    world.step(&Step::Begin { department: None, priority: 3 });
    let mut places: Vec<_> = world.waiting();
    places.sort_by_key(|room| place(room.priority.unwrap(), room.opened_at.unwrap()));
    assert_eq!(places[0].id, conversation_id(4));
    world.people[0].1 = 1;
    let directory = directory(&world.people);
    world.with(|board, now| board.learn(directory, now, now).unwrap());
    assert_eq!(world.known().keys().copied().collect::<Vec<_>>(), [conversation_id(4)]);
}

#[test]
fn a_customer_who_comes_back_is_given_to_whom_they_talked_with() {
    let mut world = world_of(&[2, 2], |_| {});
    begin(&mut world, None);
    world.quiet();
    let first = world.rooms[0].assignee.clone().unwrap();
    world.rooms[0].status = ConversationStatus::Resolved;
    world.rooms[0].head += 1;
    world.tell(0);
    // Five conversations later the same visitor is back, whoever's turn it is.
    (0..5).for_each(|_| begin(&mut world, None));
    world.quiet();
    assert_eq!(world.rooms[5].visitor, world.rooms[0].visitor);
    for which in 1..6 {
        world.rooms[which].status = ConversationStatus::Resolved;
        world.rooms[which].head += 1;
        world.tell(which);
    }
    let is_first = |world: &World, which: usize| world.rooms[which].assignee == Some(first.clone());
    (0..5).for_each(|_| begin(&mut world, None));
    let of_same: Vec<_> = world
        .decided
        .iter()
        .filter_map(|(_, decision)| match decision {
            Decision::Assign { to, reason, .. } if reason.rule == Rule::SameAgent => Some(to.clone()),
            _ => None,
        })
        .collect();
    world.quiet();
    assert!(!of_same.is_empty(), "everybody is known by now: {}", is_first(&world, 10));
}

#[test]
fn what_waits_for_somebody_who_went_offline_goes_back_to_its_old_place_after_a_grace() {
    let mut world = world_of(&[1, 1], |directory| directory.policy.routing.give_back_after_seconds = 60);
    begin(&mut world, None);
    begin(&mut world, None);
    begin(&mut world, None);
    world.quiet();
    let taken_by_first = world
        .rooms
        .iter()
        .position(|room| room.assignee.as_ref().is_some_and(|one| one.id == world.people[0].0.actor().id));
    let which = taken_by_first.unwrap();
    world.step(&Step::Go(0));
    // Twenty seconds of grace for the socket, and a minute for whoever waits.
    world.step(&Step::Time(GRACE));
    world.step(&Step::Time(59_999 - GRACE));
    world.quiet();
    assert!(world.rooms[which].assignee.is_some());
    world.step(&Step::Time(GRACE));
    world.quiet();
    assert_eq!(world.rooms[which].assignee, None);
    let given_back = world.decided.iter().any(|(_, decision)| {
        matches!(decision, Decision::GiveBack { reason, .. } if reason.rule == Rule::WentOffline)
    });
    assert!(given_back);
    // The other one gets free: what was given back came before what never was with anybody.
    let other = 1 - which;
    world.rooms[other].status = ConversationStatus::Resolved;
    world.rooms[other].head += 1;
    world.quiet();
    assert!(world.rooms[which].assignee.is_some());
    assert_eq!(world.rooms[2].assignee, None);
}

#[test]
fn somebody_who_can_sign_in_no_more_keeps_nothing_and_is_given_nothing() {
    let mut world = world_of(&[5, 5], |_| {});
    (0..4).for_each(|_| begin(&mut world, None));
    // Two are decided for each, and some rooms do not know yet.
    let (id, decision) = world.board.undelivered()[0].clone();
    world.carry_out(id, &decision);
    let gone = world.people.remove(0);
    let connection = world.sockets.remove(0).unwrap();
    world.counted.remove(0);
    world.board.disconnect(connection, world.now);
    let left = directory(&world.people);
    for _ in 0..2 {
        // Of whom it was told since the directory was read, the inbox does not say that they left before it is read again.
        world.now += 1;
        let read = left.clone();
        world.with(|board, now| board.learn(read, now, now).unwrap());
        world.quiet();
        // Until then it is left to the job that does so in the name of whoever took their way in away.
        world.step(&Step::Time(59_999));
        assert!(world.decided.iter().all(|(_, decision)| !matches!(decision, Decision::GiveBack { .. })));
        world.step(&Step::Time(1));
        world.quiet();
    }
    let id = gone.0.actor().id;
    assert!(world.rooms.iter().all(|room| room.assignee.as_ref().is_some_and(|one| one.id != id)));
}

#[test]
fn what_waits_too_long_goes_on_to_another_department_once() {
    let overflow = Overflow { department: DEPARTMENTS[1], after_seconds: 60 };
    let mut world = world_of(&[0], |directory| {
        let sales =
            directory.departments.iter_mut().find(|department| department.id == DEPARTMENTS[0]).unwrap();
        sales.policy.as_mut().unwrap().routing.overflow = Some(overflow);
    });
    begin(&mut world, Some(0));
    let begun = world.now;
    world.step(&Step::Time(59_999));
    assert_eq!(world.known(), BTreeMap::new());
    world.step(&Step::Forget);
    world.step(&Step::Time(1));
    world.quiet();
    assert_eq!(world.rooms[0].department, Some(DEPARTMENTS[1]));
    assert_eq!(world.rooms[0].opened_at, Some(begun), "it keeps its place");
    world.step(&Step::Time(1_000_000));
    world.quiet();
    assert_eq!(world.decided.len(), 1);
}

//! Nothing lost, nothing doubled, nothing out of order, and no note for a visitor: under random schedules of a bad
//! network, restarts between any two steps and a storage that fails.
//!
//! Each schedule is a list of small steps, all of which mean something in any situation, so that a failing one shrinks
//! to the few that matter. The clients are `support/client.rs`, the network and what is checked `support/world.rs`.
//! `VOXORA_SCHEDULES` says how many schedules each property runs; unless told, 3,000, and 15,000 when the tests are to take
//! their time (`cargo xtask test --long`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

#[path = "support/client.rs"]
mod client;
mod support;
#[path = "support/world.rs"]
mod world;

use std::rc::Rc;

use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use uuid::Uuid;
use voxora_domain::id::TagId;
use voxora_domain::limits::{Rate, Rates};
use voxora_domain::room::{Change, Room};
use voxora_domain::wire::{
    ClientFrame, ConversationStatus, DepartmentName, Priority, SendKind, StartConversationRequest, TagName,
};

use client::Client;
use support::{DEPARTMENTS, NOON, Storage, agent, conversation_id, visitor};
use world::{NOTE, World};

/// One thing that happens. Numbers choose among what there is at that moment, whatever that is.
#[derive(Debug, Clone, Copy)]
enum Step {
    Connect(u8),
    Drop {
        client: u8,
        lost: u8,
    },
    Reload(u8),
    RunAhead(u8),
    Say {
        client: u8,
        note: bool,
        long: bool,
    },
    Edit {
        client: u8,
        pick: u8,
    },
    Delete {
        client: u8,
        pick: u8,
    },
    Read(u8),
    Typing {
        client: u8,
        active: bool,
    },
    Viewing {
        client: u8,
        active: bool,
    },
    Misbehave {
        client: u8,
        how: u8,
    },
    Up {
        pick: u8,
        twice: bool,
    },
    Down(u8),
    /// Everything that is under way arrives.
    Calm,
    History(u8),
    Status(u8),
    Assign(u8),
    Move(u8),
    Tag {
        pick: u8,
        wanted: bool,
    },
    MergeTag(u8),
    /// Somebody leaves the team.
    Leave(u8),
    StartAgain,
    Restart {
        cut: bool,
    },
    Wait(u16),
    /// A statement fails, after this many that do not.
    Fail(u8),
}

/// Who takes part, on what terms, and what happens.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each a coin of its own
struct Schedule {
    visitor_tabs: usize,
    agents: usize,
    second_agent_tab: bool,
    pipelined: bool,
    from_start: bool,
    narrow: bool,
    long_past: bool,
    steps: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let client = any::<u8>;
    prop_oneof![
        6 => client().prop_map(Step::Connect),
        3 => (client(), 0..3u8).prop_map(|(client, lost)| Step::Drop { client, lost }),
        1 => client().prop_map(Step::Reload),
        1 => client().prop_map(Step::RunAhead),
        10 => (client(), any::<bool>(), prop::bool::weighted(0.02))
            .prop_map(|(client, note, long)| Step::Say { client, note, long }),
        4 => (client(), any::<u8>()).prop_map(|(client, pick)| Step::Edit { client, pick }),
        3 => (client(), any::<u8>()).prop_map(|(client, pick)| Step::Delete { client, pick }),
        3 => client().prop_map(Step::Read),
        1 => (client(), any::<bool>()).prop_map(|(client, active)| Step::Typing { client, active }),
        2 => (client(), any::<bool>()).prop_map(|(client, active)| Step::Viewing { client, active }),
        2 => (client(), any::<u8>()).prop_map(|(client, how)| Step::Misbehave { client, how }),
        24 => (any::<u8>(), prop::bool::weighted(0.15)).prop_map(|(pick, twice)| Step::Up { pick, twice }),
        24 => any::<u8>().prop_map(Step::Down),
        2 => Just(Step::Calm),
        2 => client().prop_map(Step::History),
        3 => any::<u8>().prop_map(Step::Status),
        1 => any::<u8>().prop_map(Step::Assign),
        1 => any::<u8>().prop_map(Step::Move),
        2 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(pick, wanted)| Step::Tag { pick, wanted }),
        1 => any::<u8>().prop_map(Step::MergeTag),
        1 => any::<u8>().prop_map(Step::Leave),
        1 => Just(Step::StartAgain),
        5 => any::<bool>().prop_map(|cut| Step::Restart { cut }),
        4 => (0..3000u16).prop_map(Step::Wait),
    ]
}

/// One of a few tags, whose name no visitor may ever see.
fn tag(pick: u8) -> TagName {
    let number = u128::from(pick % 5);
    TagName {
        id: TagId::new(Uuid::from_u128((0x7a67_7a67 << 96) + number)),
        name: format!("{NOTE} {number}"),
    }
}

/// One of the departments that all agents are in, whose name no visitor may ever see.
fn department(pick: u8) -> DepartmentName {
    let id = DEPARTMENTS[usize::from(pick) % DEPARTMENTS.len()];
    DepartmentName { id, name: format!("{NOTE} {pick}") }
}

fn schedule(step: impl Strategy<Value = Step>) -> impl Strategy<Value = Schedule> {
    (
        (1..=3usize, 1..=3usize),
        any::<(bool, bool, bool)>(),
        any::<bool>(),
        prop::bool::weighted(0.03),
        prop::collection::vec(step, 1..60),
    )
        .prop_map(
            |(
                (visitor_tabs, agents),
                (second_agent_tab, pipelined, from_start),
                narrow,
                long_past,
                steps,
            )| {
                Schedule {
                    visitor_tabs,
                    agents,
                    second_agent_tab,
                    pipelined,
                    from_start,
                    narrow,
                    long_past,
                    steps,
                }
            },
        )
}

/// More events than a page holds, a third of them notes, before anybody looks.
fn live_through_a_past(storage: &Rc<Storage>) {
    let plenty = Rate { burst: 1000.0, per_second: 1000.0 };
    let rates = Rates { sends: plenty, signals: plenty, ..Rates::default() };
    let mut room = Room::open(Rc::clone(storage), rates).unwrap();
    let first = StartConversationRequest {
        client_id: "first".to_owned(),
        text: "Hello, is anyone there?".to_owned(),
    };
    room.start(conversation_id(1), &visitor(), &first, NOON).unwrap();
    let (connection, _) = room.connect(&agent(1), None, NOON).unwrap();
    for number in 0..330 {
        let note = number % 3 == 0;
        let kind = if note { SendKind::Note } else { SendKind::Message };
        let name = if note { NOTE } else { "past" };
        let send = ClientFrame::Send {
            client_id: format!("{name}_{number}"),
            kind,
            text: format!("{name} {number}"),
        };
        room.receive(connection, &serde_json::to_string(&send).unwrap(), NOON);
    }
}

fn clients(schedule: &Schedule) -> Vec<Client> {
    let window = if schedule.pipelined { 4 } else { 1 };
    let client = |actor| Client::new(actor, window, schedule.from_start);
    let mut clients: Vec<Client> = (0..schedule.visitor_tabs).map(|_| client(visitor())).collect();
    clients.extend((1..=schedule.agents).map(|number| client(agent(number as u128))));
    if schedule.second_agent_tab {
        clients.push(client(agent(1)));
    }
    clients
}

fn run(schedule: &Schedule) {
    let storage = Storage::new();
    if schedule.long_past {
        live_through_a_past(&storage);
    }
    let rates = if schedule.narrow {
        let rate = Rate { burst: 3.0, per_second: 2.0 };
        Rates { sends: rate, signals: rate, ..Rates::default() }
    } else {
        Rates::default()
    };
    let mut world = World::new(storage, rates, clients(schedule));
    if !schedule.steps.first().is_some_and(|step| matches!(step, Step::Fail(_))) {
        world.start();
    }
    for step in &schedule.steps {
        take(&mut world, schedule, *step);
    }
    world.settle();
    world.check_settled();
}

fn take(world: &mut World, schedule: &Schedule, step: Step) {
    let count = world.clients.len();
    let some = |client: u8| usize::from(client) % count;
    let some_agent = |pick: u8| agent((usize::from(pick) % schedule.agents + 1) as u128);
    match step {
        Step::Connect(client) => world.connect(some(client)),
        Step::Drop { client, lost } => world.drop_link(some(client), lost.into()),
        Step::Reload(client) => world.reload(some(client)),
        Step::RunAhead(client) => world.run_ahead(some(client)),
        Step::Say { client, note, long } => {
            let kind = if note { SendKind::Note } else { SendKind::Message };
            world.say(some(client), kind, long);
        }
        Step::Edit { client, pick } => world.edit(some(client), pick.into()),
        Step::Delete { client, pick } => world.delete(some(client), pick.into()),
        Step::Read(client) => world.read_all(some(client)),
        Step::Typing { client, active } => world.signal(some(client), &ClientFrame::Typing { active }),
        Step::Viewing { client, active } => world.signal(some(client), &ClientFrame::Viewing { active }),
        Step::Misbehave { client, how } => world.misbehave(some(client), how.into()),
        Step::Up { pick, twice } => world.carry_up(pick.into(), twice),
        Step::Down(pick) => world.carry_down(pick.into()),
        Step::Calm => world.carry_all(),
        Step::History(client) => world.serve_history(some(client)),
        Step::Status(pick) => {
            let status = [
                ConversationStatus::Open,
                ConversationStatus::Pending,
                ConversationStatus::Resolved,
                ConversationStatus::Closed,
                ConversationStatus::Snoozed,
            ][usize::from(pick) % 5];
            // Now and then both at once, which must not be done by halves.
            let assignee = (pick >= 192).then(|| Some(some_agent(pick / 4).actor()));
            let snoozed_until = (pick % 2 == 0).then_some(NOON + i64::from(pick));
            let priority = (pick % 3 == 0).then(|| Priority::ALL[usize::from(pick / 3) % 4]);
            let change =
                Change { status: Some(status), assignee, snoozed_until, priority, ..Change::default() };
            world.update(&some_agent(pick), &change);
        }
        Step::Assign(pick) => {
            let assignee = (pick < 200).then(|| some_agent(pick / 4).actor());
            let change = Change { assignee: Some(assignee), ..Change::default() };
            world.update(&some_agent(pick), &change);
        }
        Step::Move(pick) => {
            let department = (pick < 200).then(|| department(pick));
            let change = Change { department: Some(department), ..Change::default() };
            world.update(&some_agent(pick), &change);
        }
        Step::Tag { pick, wanted } => world.tag(&some_agent(pick), &tag(pick), wanted),
        Step::MergeTag(pick) => {
            world.replace_tag(&some_agent(pick), &tag(pick), &tag(pick.wrapping_add(1)));
        }
        Step::Leave(pick) => world.take_from(&some_agent(pick), &some_agent(pick / 4)),
        Step::StartAgain => world.start(),
        Step::Restart { cut } => world.restart(cut),
        Step::Wait(milliseconds) => world.wait(milliseconds.into()),
        Step::Fail(spare) => world.storage.fail_after(spare.into()),
    }
}

/// How many schedules each property runs, and how many when the tests are to take their time.
const SCHEDULES: u32 = 3_000;
const MANY_SCHEDULES: u32 = 15_000;

/// Failing schedules are kept and run first from then on.
fn prove(strategy: impl Strategy<Value = Schedule>) {
    let wanted = std::env::var("VOXORA_SCHEDULES").ok();
    let cases = if std::env::var_os("VOXORA_LONG").is_some() { MANY_SCHEDULES } else { SCHEDULES };
    let regressions = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/convergence.proptest-regressions");
    let config = ProptestConfig {
        cases: wanted.map_or(cases, |number| number.parse().expect("VOXORA_SCHEDULES is a number")),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&strategy, |schedule| {
        run(&schedule);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn clients_converge_over_any_network_and_any_restart() {
    prove(schedule(step()));
}

#[test]
fn clients_converge_when_the_storage_fails_now_and_then() {
    let failing = prop_oneof![
        8 => step(),
        1 => (0..12u8).prop_map(Step::Fail),
    ];
    prove(schedule(failing));
}

/// The socket is lost with a note under way in it. The next one's copy meets a closed conversation and is refused; then
/// the conversation is opened again, the first copy arrives at last, and its ack has nowhere to go.
#[test]
fn what_was_refused_and_arrives_after_all_by_a_lost_socket_is_seen_by_its_author() {
    let clients = vec![Client::new(visitor(), 1, false), Client::new(agent(1), 1, false)];
    let mut world = World::new(Storage::new(), Rates::default(), clients);
    let close_or_open = |world: &mut World, status| {
        world.update(&agent(2), &Change { status: Some(status), ..Change::default() });
    };
    world.start();
    world.connect(1);
    world.carry_all();
    world.say(1, SendKind::Note, false);
    world.drop_link(1, 0);
    close_or_open(&mut world, ConversationStatus::Closed);
    world.connect(1);
    // The copy in the new socket overtakes the one in the lost socket.
    world.carry_up(1, false);
    while world.clients[1].refused.is_empty() {
        world.carry_down(0);
    }
    close_or_open(&mut world, ConversationStatus::Open);
    world.settle();
    world.check_settled();
    assert_eq!(world.clients[1].acked.len(), 1);
}

//! The inbox's feed: newest news only, in order, kept short, and honest about what it has given up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::rc::Rc;

use support::{
    DEPARTMENTS, NOON, Storage, agent, agent_of, conversation_id, frames_for, named_agent, visitor,
};
use voxora_domain::access::{Principal, Subject};
use voxora_domain::inbox::{Inbox, KEPT, PAGE};
use voxora_domain::limits::{FRAME_BYTES, HEARTBEAT_SECONDS, SOCKETS_PER_AGENT};
use voxora_domain::sockets::{ConnectionId, Output, SocketLogic};
use voxora_domain::wire::{
    Backlog, Conversation, ConversationStatus, ConversationSummary, ErrorCode, InboxGone, InboxServerFrame,
    LastMessage, OutboxStatus, Priority, ReadMarks, Was, Whose,
};

fn summary(number: u128, head: u64) -> ConversationSummary {
    ConversationSummary {
        conversation: Conversation {
            id: conversation_id(number),
            visitor: visitor().actor(),
            status: ConversationStatus::Open,
            assignee: None,
            created_at: NOON,
            head,
            read: ReadMarks::default(),
            tags: Some(Vec::new()),
            department: None,
            priority: None,
            opened_at: Some(NOON),
            waiting_since: None,
            snoozed_until: None,
            due: None,
            revision: None,
        },
        updated_at: NOON,
        last_message: None,
        unread: 0,
    }
}

fn inbox() -> (Rc<Storage>, Inbox<Rc<Storage>>) {
    let storage = Storage::new();
    let inbox = Inbox::open(Rc::clone(&storage), HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    (storage, inbox)
}

/// An inbox that was told of `count` conversations, numbered from 1.
fn inbox_of(count: u64) -> (Rc<Storage>, Inbox<Rc<Storage>>) {
    let (storage, mut inbox) = inbox();
    for number in 1..=count {
        inbox.tell(summary(number.into(), 1), NOON).unwrap();
    }
    (storage, inbox)
}

/// What a new connection is told after its welcome, which is what it asked for; who comes is told last.
fn connect(inbox: &mut Inbox<Rc<Storage>>, after: Option<u64>) -> (ConnectionId, InboxServerFrame) {
    let (connection, outputs) = inbox.connect(&agent(1), after, None, NOON).unwrap();
    let mut frames = frames_for::<InboxServerFrame>(&outputs, connection);
    assert!(matches!(frames[0], InboxServerFrame::Welcome { .. }));
    frames.retain(|frame| !matches!(frame, InboxServerFrame::Person(_)));
    assert_eq!(frames.len(), 2);
    (connection, frames.remove(1))
}

/// The conversations' numbers and seqs on a page, and whether more are waiting.
fn page(frame: &InboxServerFrame) -> (Vec<(u128, u64)>, bool) {
    let (changes, more) = match frame {
        InboxServerFrame::Page { changes, more, .. } => (changes, more),
        InboxServerFrame::Snapshot { changes, .. } => (changes, &false),
        _ => panic!("not a page: {frame:?}"),
    };
    let numbers =
        changes.iter().map(|change| (change.conversation.conversation.id.uuid().as_u128(), change.seq));
    (numbers.collect(), *more)
}

fn answer(inbox: &mut Inbox<Rc<Storage>>, connection: ConnectionId, frame: &str) -> Vec<InboxServerFrame> {
    frames_for(&inbox.receive(connection, Some(frame), NOON), connection)
}

#[test]
fn a_change_reaches_everyone_who_has_caught_up() {
    let (_, mut inbox) = inbox();
    let (connection, first) = connect(&mut inbox, None);
    assert_eq!(page(&first), (vec![], false));
    let outputs = inbox.tell(summary(1, 1), NOON).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, connection);
    assert!(matches!(frames.as_slice(), [InboxServerFrame::Change(change)] if change.seq == 1));
}

#[test]
fn stale_and_repeated_summaries_are_no_news() {
    let (_, mut inbox) = inbox();
    connect(&mut inbox, None);
    assert_eq!(inbox.tell(summary(1, 5), NOON).unwrap().len(), 1);
    assert_eq!(inbox.tell(summary(1, 5), NOON).unwrap(), vec![]);
    assert_eq!(inbox.tell(summary(1, 4), NOON).unwrap(), vec![]);
    assert_eq!(page(&connect(&mut inbox, None).1), (vec![(1, 1)], false));
}

#[test]
fn a_conversation_stands_in_the_feed_once_at_its_newest_change() {
    let (_, mut inbox) = inbox_of(3);
    inbox.tell(summary(1, 2), NOON).unwrap();
    assert_eq!(page(&connect(&mut inbox, Some(0)).1), (vec![(2, 2), (3, 3), (1, 4)], false));
    assert_eq!(page(&connect(&mut inbox, Some(3)).1), (vec![(1, 4)], false));
    assert_eq!(page(&connect(&mut inbox, Some(4)).1), (vec![], false));
}

#[test]
fn without_after_a_connection_begins_with_a_snapshot_of_what_is_most_worth_showing_and_is_live() {
    let (_, mut inbox) = inbox();
    let ada = agent(1).actor();
    let mut tell = |number: u128, change: &dyn Fn(&mut Conversation)| {
        let mut told = summary(number, 1);
        told.conversation.opened_at = Some(NOON + i64::try_from(number).unwrap());
        change(&mut told.conversation);
        inbox.tell(told, NOON).unwrap();
    };
    // Hers, then what waits, the urgent one last; then more of what is a colleague's than one page has.
    tell(1, &|it| it.assignee = Some(ada.clone()));
    (2..=PAGE + 20).for_each(|number| tell(number.into(), &|_| {}));
    tell(900, &|it| it.priority = Some(Priority::Urgent));
    let bob = agent(2).actor();
    (1_000..1_001 + PAGE).for_each(|number| tell(number.into(), &|it| it.assignee = Some(bob.clone())));
    let (connection, first) = connect(&mut inbox, None);
    let InboxServerFrame::Snapshot { head, standing, .. } = &first else { panic!("{first:?}") };
    assert_eq!(*head, 1 + PAGE + 19 + 1 + PAGE + 1);
    let numbers: Vec<_> = page(&first).0.into_iter().map(|(number, _)| number).collect();
    let newest = 1_001..1_001 + u128::from(PAGE);
    // The queue from its front: the urgent one has a head start, and who came first comes first.
    let queue = (2..=u128::from(PAGE)).chain([900]);
    assert_eq!(numbers, [1].into_iter().chain(queue).chain(newest).collect::<Vec<_>>());
    let counted = |whose| standing.counts.iter().find(|count| count.whose == whose).unwrap().conversations;
    let [mine, nobodys, others] = [Whose::Mine, Whose::Nobodys, Whose::Others].map(counted);
    let page = u32::try_from(PAGE).unwrap();
    assert_eq!((mine, nobodys, others), (1, page + 20, page + 1), "counts are of all, shown or not");
    assert!(inbox.attachment(connection).unwrap().live);
}

#[test]
fn paging_goes_on_until_nothing_is_left_and_only_then_is_live() {
    let (_, mut inbox) = inbox_of(PAGE + 1);
    let (connection, first) = connect(&mut inbox, Some(0));
    let (changes, more) = page(&first);
    assert_eq!((changes.len() as u64, more), (PAGE, true));
    assert_eq!(inbox.tell(summary(7777, 1), NOON).unwrap(), vec![], "nobody has caught up");
    let frames = answer(&mut inbox, connection, r#"{"type":"resume","after":100}"#);
    assert_eq!(page(&frames[0]), (vec![(101, 101), (7777, 102)], false));
    assert_eq!(inbox.tell(summary(7778, 1), NOON).unwrap().len(), 1);
}

fn done(number: u128, head: u64) -> ConversationSummary {
    let mut summary = summary(number, head);
    summary.conversation.status = ConversationStatus::Resolved;
    summary
}

fn count(storage: &Storage) -> i64 {
    storage.rows("SELECT COUNT(*) FROM changes", &[])[0][0].as_integer().unwrap()
}

#[test]
fn what_is_not_done_is_kept_however_old_and_of_what_is_done_the_last() {
    let (storage, mut inbox) = inbox();
    inbox.tell(summary(9_999, 1), NOON).unwrap();
    for number in 1..=u128::from(KEPT) + 49 {
        inbox.tell(done(number, 1), NOON).unwrap();
    }
    assert_eq!(count(&storage), i64::try_from(KEPT).unwrap() + 50);
    assert!(matches!(connect(&mut inbox, Some(0)).1, InboxServerFrame::Page { .. }), "nothing was given up");
    inbox.tell(done(50_000, 1), NOON).unwrap();
    assert_eq!(count(&storage), i64::try_from(KEPT).unwrap() + 1);
    // The first 50 that are done are given up: up to the change with number 51.
    let (connection, outputs) = inbox.connect(&agent(1), Some(50), None, NOON).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, connection);
    assert_eq!(frames[1], InboxServerFrame::Reset { head: KEPT + 51 });
    assert!(matches!(&frames[2], InboxServerFrame::Snapshot { changes, .. } if changes[0].seq == 1));
    assert!(inbox.attachment(connection).unwrap().live);
    let (changes, more) = page(&connect(&mut inbox, Some(51)).1);
    assert_eq!((changes[0].1, more), (52, true), "after 51 nothing was given up");
    // That it was is known to a memory that begins anew, also when less is kept by then.
    inbox.tell(summary(u128::from(KEPT), 2), NOON).unwrap();
    let mut inbox = Inbox::open(storage, HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    let (connection, outputs) = inbox.connect(&agent(1), Some(50), None, NOON).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, connection);
    assert!(matches!(frames[1], InboxServerFrame::Reset { .. }));
}

#[test]
fn whoever_is_ahead_of_the_feed_or_sees_otherwise_than_before_is_reset() {
    let (_, mut inbox) = inbox_of(3);
    let mut kinds = |by: &Principal, after, scope: Option<&str>| {
        let (id, outputs) = inbox.connect(by, after, scope, NOON).unwrap();
        let frames = frames_for::<InboxServerFrame>(&outputs, id);
        let InboxServerFrame::Welcome { scope, .. } = &frames[0] else { panic!("{frames:?}") };
        let kind = |frame: &InboxServerFrame| match frame {
            InboxServerFrame::Reset { head: 3 } => "reset",
            InboxServerFrame::Snapshot { .. } => "snapshot",
            InboxServerFrame::Page { .. } => "page",
            _ => "other",
        };
        let told: Vec<_> = frames[1..].iter().map(kind).filter(|kind| *kind != "other").collect();
        (scope.clone(), told)
    };
    let (scope, first) = kinds(&agent(1), None, None);
    assert_eq!(first, ["snapshot"]);
    assert_eq!(kinds(&agent(1), Some(4), Some(&scope)).1, ["reset", "snapshot"]);
    assert_eq!(kinds(&agent(1), Some(2), Some(&scope)).1, ["page"]);
    assert_eq!(kinds(&agent(1), Some(2), None).1, ["page"]);
    // In another department she sees other conversations, of which some may have not changed since.
    let moved = agent_of(1, "Ada", &DEPARTMENTS[1..]);
    let (other, told) = kinds(&moved, Some(2), Some(&scope));
    assert_eq!(told, ["reset", "snapshot"]);
    assert_ne!(other, scope);
    let [one, two] = [[0, 1], [1, 0]].map(|order| order.map(|number: usize| DEPARTMENTS[number]));
    assert_eq!(
        kinds(&agent_of(1, "Ada", &one), None, None).0,
        kinds(&agent_of(1, "Ada", &two), None, None).0,
        "in whatever order"
    );
}

#[test]
fn numbering_goes_on_after_a_restart_and_sockets_stay_live() {
    let (storage, mut inbox) = inbox_of(3);
    let (connection, _) = connect(&mut inbox, None);
    let attachment = inbox.attachment(connection).unwrap().clone();
    drop(inbox);
    let mut inbox = Inbox::open(storage, HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    inbox.restore(attachment, NOON);
    let outputs = inbox.tell(summary(9, 1), NOON).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, connection);
    assert!(matches!(frames.as_slice(), [InboxServerFrame::Change(change)] if change.seq == 4));
    assert_ne!(connect(&mut inbox, None).0, connection);
}

#[test]
fn what_the_storage_refuses_is_news_again_when_it_is_told_again() {
    let (storage, mut inbox) = inbox();
    let (connection, _) = connect(&mut inbox, None);
    for spare in 0..2 {
        storage.fail_after(spare);
        assert!(inbox.tell(summary(1, 1), NOON).is_err());
    }
    let outputs = inbox.tell(summary(1, 1), NOON).unwrap();
    let frames = frames_for::<InboxServerFrame>(&outputs, connection);
    assert!(matches!(frames.as_slice(), [InboxServerFrame::Change(change)] if change.seq == 1));
}

#[test]
fn a_stored_change_is_told_even_when_tidying_fails() {
    let (storage, mut inbox) = inbox();
    for number in 1..u128::from(KEPT) + 50 {
        inbox.tell(done(number, 1), NOON).unwrap();
    }
    let (connection, _) = connect(&mut inbox, None);
    // Its row is read and written; what follows is not done.
    storage.fail_after(2);
    let outputs = inbox.tell(done(5_000, 1), NOON).unwrap();
    assert_eq!(storage.failures(), 1);
    assert_eq!(frames_for::<InboxServerFrame>(&outputs, connection).len(), 1);
    inbox.tell(done(5_001, 1), NOON).unwrap();
    assert_eq!(count(&storage), i64::try_from(KEPT).unwrap());
}

#[test]
fn the_tables_can_be_made_after_a_first_try_that_failed_half_way() {
    for spare in 0..6 {
        let storage = Storage::new();
        storage.fail_after(spare);
        drop(Inbox::open(Rc::clone(&storage), HEARTBEAT_SECONDS, SOCKETS_PER_AGENT));
        storage.heal();
        Inbox::open(storage, HEARTBEAT_SECONDS, SOCKETS_PER_AGENT)
            .unwrap()
            .tell(summary(1, 1), NOON)
            .unwrap();
    }
}

#[test]
fn a_frame_that_is_wrong_is_refused_to_its_sender_alone() {
    let (_, mut inbox) = inbox();
    let (connection, _) = connect(&mut inbox, None);
    let (other, _) = connect(&mut inbox, None);
    for frame in [Some("{}"), Some("not JSON"), Some(r#"{"type":"resume","after":-1}"#), None] {
        let outputs = inbox.receive(connection, frame, NOON);
        let frames = frames_for::<InboxServerFrame>(&outputs, connection);
        assert!(
            matches!(frames.as_slice(), [InboxServerFrame::Error(error)] if error.code == ErrorCode::MalformedFrame)
        );
        assert!(frames_for::<InboxServerFrame>(&outputs, other).is_empty());
    }
}

#[test]
fn thirty_questions_at_once_are_answered_and_the_next_a_little_later() {
    let (_, mut inbox) = inbox();
    let (connection, _) = connect(&mut inbox, None);
    let resume = r#"{"type":"resume","after":0}"#;
    for _ in 0..30 {
        assert!(matches!(answer(&mut inbox, connection, resume)[0], InboxServerFrame::Page { .. }));
    }
    let frames = answer(&mut inbox, connection, resume);
    let InboxServerFrame::Error(error) = &frames[0] else {
        panic!("not refused: {frames:?}");
    };
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(200)));
    let later = inbox.receive(connection, Some(resume), NOON + 200);
    assert!(matches!(frames_for(&later, connection)[0], InboxServerFrame::Page { .. }));
}

#[test]
fn a_frame_over_the_limit_and_fifty_refusals_close_the_socket() {
    let (_, mut inbox) = inbox();
    let closed = |outputs: &[Output]| {
        outputs.iter().find_map(|output| match output {
            Output::Close { code, .. } => Some(*code),
            _ => None,
        })
    };
    let (connection, _) = connect(&mut inbox, None);
    assert_eq!(closed(&inbox.receive(connection, Some(&" ".repeat(FRAME_BYTES + 1)), NOON)), Some(1009));
    let (connection, _) = connect(&mut inbox, None);
    for refused in 1..=50 {
        let code = closed(&inbox.receive(connection, None, NOON));
        assert_eq!(code, (refused == 50).then_some(1008), "after {refused}");
    }
    assert_eq!(inbox.receive(connection, None, NOON), vec![], "it is gone");
}

#[test]
fn what_waits_for_the_document_store_is_known_until_it_no_longer_does() {
    let storage = Storage::new();
    let inbox = Inbox::open(Rc::clone(&storage), HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    assert_eq!(inbox.outbox().unwrap(), OutboxStatus::default());
    let backlog = |number, events, since, set_aside| Backlog {
        conversation_id: conversation_id(number),
        events,
        since,
        set_aside,
        reason: (set_aside > 0).then(|| "TooLarge".to_owned()),
    };
    inbox.report(&backlog(1, 0, None, 2)).unwrap();
    inbox.report(&backlog(2, 3, Some(NOON + 9), 0)).unwrap();
    inbox.report(&backlog(3, 4, Some(NOON), 1)).unwrap();
    inbox.report(&backlog(3, 5, Some(NOON), 1)).unwrap();
    let inbox = Inbox::open(Rc::clone(&storage), HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    let status = inbox.outbox().unwrap();
    assert_eq!((status.conversations, status.events, status.set_aside), (2, 8, 3));
    assert_eq!(status.since, Some(NOON));
    let longest_first =
        [backlog(3, 5, Some(NOON), 1), backlog(2, 3, Some(NOON + 9), 0), backlog(1, 0, None, 2)];
    assert_eq!(status.backlogs, longest_first);
    for number in 1..=3 {
        inbox.report(&backlog(number, 0, None, 0)).unwrap();
    }
    assert_eq!(inbox.outbox().unwrap(), OutboxStatus::default());
}

#[test]
fn a_room_that_has_caught_up_has_others_nudged_that_wait_some_at_once() {
    let (_, inbox) = inbox();
    let backlog = |number, events, set_aside| Backlog {
        conversation_id: conversation_id(number),
        events,
        since: (events > 0).then(|| NOON + i64::try_from(number).unwrap()),
        set_aside,
        reason: None,
    };
    assert!(!inbox.report(&backlog(1, 0, 0)).unwrap(), "it was not behind, and nobody waits");
    // What was set aside waits for an admin, not for the store.
    assert!(!inbox.report(&backlog(100, 0, 1)).unwrap());
    for number in 1..=20 {
        assert!(!inbox.report(&backlog(number, 3, 0)).unwrap(), "a room in trouble nudges nobody");
    }
    assert!(
        !inbox.report(&backlog(99, 0, 0)).unwrap(),
        "a room that was not behind says nothing of the store"
    );
    assert!(inbox.report(&backlog(1, 0, 0)).unwrap());
    assert!(!inbox.report(&backlog(1, 0, 0)).unwrap(), "once");
    let longest_first: Vec<_> = (2..=9).map(conversation_id).collect();
    assert_eq!(inbox.to_nudge().unwrap(), longest_first);
    for number in 2..=20 {
        assert_eq!(inbox.report(&backlog(number, 0, 0)).unwrap(), number < 20, "as long as some are left");
    }
    assert_eq!(inbox.to_nudge().unwrap(), []);
}

fn in_department(number: u128, head: u64, department: Option<usize>) -> ConversationSummary {
    let mut summary = summary(number, head);
    summary.conversation.department = department.map(|number| DEPARTMENTS[number]);
    summary
}

#[test]
fn each_follower_is_told_of_what_they_may_see_and_once_of_what_is_gone() {
    let (storage, mut inbox) = inbox();
    inbox.tell(in_department(1, 1, Some(0)), NOON).unwrap();
    inbox.tell(in_department(2, 1, None), NOON).unwrap();
    let olga = agent_of(2, "Olga", &DEPARTMENTS[1..]);
    let join = |inbox: &mut Inbox<Rc<Storage>>, after| {
        let (id, outputs) = inbox.connect(&olga, after, None, NOON).unwrap();
        (id, frames_for::<InboxServerFrame>(&outputs, id).swap_remove(1))
    };
    let (olgas, first) = join(&mut inbox, None);
    assert_eq!(page(&first), (vec![(2, 2)], false), "the queue is everybody's, other departments' are not");
    let (adas, _) = connect(&mut inbox, None);
    // A change out of reach is no frame at all.
    let outputs = inbox.tell(in_department(1, 2, Some(0)), NOON).unwrap();
    assert_eq!(frames_for::<InboxServerFrame>(&outputs, olgas), vec![]);
    assert_eq!(frames_for::<InboxServerFrame>(&outputs, adas).len(), 1);
    // It comes, and goes.
    let outputs = inbox.tell(in_department(1, 3, Some(1)), NOON).unwrap();
    assert!(matches!(&frames_for(&outputs, olgas)[..], [InboxServerFrame::Change(_)]));
    let outputs = inbox.tell(in_department(1, 4, Some(0)), NOON).unwrap();
    let was =
        Some(Was { status: ConversationStatus::Open, assignee: None, department: Some(DEPARTMENTS[1]) });
    let gone = InboxServerFrame::Gone(InboxGone { seq: 5, id: conversation_id(1), was });
    assert_eq!(frames_for::<InboxServerFrame>(&outputs, olgas), vec![gone]);
    assert!(matches!(&frames_for(&outputs, adas)[..], [InboxServerFrame::Change(_)]));
    // What happens there from now on is not told of, not even that anything did.
    let outputs = inbox.tell(in_department(1, 5, Some(0)), NOON).unwrap();
    assert_eq!(frames_for::<InboxServerFrame>(&outputs, olgas), vec![]);
    // Whoever was away while it went learns of it; whoever was told, or never saw it, does not. Memory decides nothing.
    drop(inbox);
    let mut inbox = Inbox::open(storage, HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    let gone_after = |inbox: &mut Inbox<Rc<Storage>>, after| match join(inbox, after).1 {
        InboxServerFrame::Page { gone, .. } => gone.into_iter().map(|gone| gone.seq).collect::<Vec<_>>(),
        InboxServerFrame::Snapshot { .. } => Vec::new(),
        other => panic!("not a page: {other:?}"),
    };
    assert_eq!(gone_after(&mut inbox, Some(4)), [6]);
    assert_eq!(gone_after(&mut inbox, Some(5)), [] as [u64; 0]);
    assert_eq!(gone_after(&mut inbox, None), [] as [u64; 0]);
    // Assigned to her it is hers, wherever it is.
    let mut hers = in_department(1, 6, Some(0));
    hers.conversation.assignee = Some(olga.actor());
    inbox.tell(hers, NOON).unwrap();
    assert_eq!(page(&join(&mut inbox, Some(6)).1), (vec![(1, 7)], false));
}

#[test]
fn whoever_is_to_be_forgotten_has_another_name_in_the_feed() {
    let (storage, mut inbox) = inbox();
    let ada = named_agent(1, "Ada Lovelace");
    let Subject::User { id, .. } = ada.subject else { panic!() };
    let said = |number: u128, actor| {
        let last = LastMessage { seq: 1, at: NOON, actor, preview: "Hello".to_owned() };
        ConversationSummary { last_message: Some(last), ..summary(number, 1) }
    };
    inbox.tell(said(1, ada.actor()), NOON).unwrap();
    let mut assigned = said(2, visitor().actor());
    assigned.conversation.assignee = Some(ada.actor());
    inbox.tell(assigned, NOON).unwrap();
    inbox.tell(said(3, agent(2).actor()), NOON).unwrap();
    let feed = |inbox: &mut Inbox<Rc<Storage>>| serde_json::to_string(&connect(inbox, Some(0)).1).unwrap();
    let before = feed(&mut inbox);
    assert_eq!(before.matches("Ada Lovelace").count(), 2);
    for _ in 0..2 {
        inbox.rename(id, "Team member").unwrap();
    }
    let mut reopened = Inbox::open(storage, HEARTBEAT_SECONDS, SOCKETS_PER_AGENT).unwrap();
    for inbox in [&mut inbox, &mut reopened] {
        assert_eq!(feed(inbox), before.replace("Ada Lovelace", "Team member"), "nothing else has changed");
    }
}

//! The queue of jobs: whatever happens between any two steps, each job that was taken down has its effect, under its own
//! key; repeats are one job; a dead letter holds nobody up and is never dropped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use support::{NOON, Storage, agent};
use voxora_domain::Millis;
use voxora_domain::jobs::{
    ATTEMPTS, Address, Audit, Counts, EndTokens, EnqueueError, Enqueued, Job, KEY_BYTES, KEYS, LEASE,
    MailJob, MergeTag, Outcome, Queue, REMEMBERED, RelayAudit, Taken, Template,
};

#[derive(Debug, Clone)]
enum Step {
    /// A job is handed over; also one that was before, with the same or another payload.
    Enqueue {
        key: u8,
        payload: u8,
        delay: Option<Millis>,
    },
    /// Those that are due are taken.
    Take(i64),
    /// A run has its effect.
    Effect(usize),
    /// A run ends.
    End {
        run: usize,
        outcome: Kind,
        dice: f64,
    },
    /// Whoever runs them dies.
    Kill,
    /// A statement fails, after so many that do not.
    Failure(u32),
    Time(Millis),
    Retry,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Done,
    Retry,
    Final,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![3 => Just(Kind::Done), 3 => Just(Kind::Retry), 1 => Just(Kind::Final)];
    let delay = proptest::option::weighted(0.3, 0..200_000_i64);
    let step = prop_oneof![
        5 => (0..12_u8, prop_oneof![9 => Just(0_u8), 1 => Just(1)], delay)
            .prop_map(|(key, payload, delay)| Step::Enqueue { key, payload, delay }),
        5 => (1..6_i64).prop_map(Step::Take),
        4 => any::<usize>().prop_map(Step::Effect),
        6 => (any::<usize>(), outcome, 0.0..1.0).prop_map(|(run, outcome, dice)| Step::End { run, outcome, dice }),
        1 => Just(Step::Kill),
        1 => (0..6_u32).prop_map(Step::Failure),
        3 => (0..200_000_i64).prop_map(Step::Time),
        1 => Just(Step::Retry),
    ];
    vec(step, 0..80)
}

struct World {
    storage: Rc<Storage>,
    queue: Queue<Rc<Storage>>,
    now: Millis,
    /// What was taken down: key, payload, and the time before which it must not run.
    accepted: BTreeMap<String, (String, Millis)>,
    runs: Vec<Taken>,
    /// The effects there are, by key: doing one again changes nothing.
    effects: BTreeMap<String, String>,
}

impl World {
    fn new() -> Self {
        let storage = Storage::new();
        let queue = Queue::open(Rc::clone(&storage)).unwrap();
        let (accepted, effects) = (BTreeMap::new(), BTreeMap::new());
        Self { storage, queue, now: NOON, accepted, runs: Vec::new(), effects }
    }

    fn enqueue(&mut self, key: u8, payload: u8, delay: Option<Millis>) {
        let (key, payload) = (format!("key-{key}"), format!("{{\"n\":{payload}}}"));
        let not_before = delay.map(|delay| self.now + delay);
        let before = self.accepted.get(&key).map(|(payload, _)| payload.clone());
        match (self.queue.enqueue(&key, &payload, not_before, self.now), before) {
            (Ok(Enqueued::New), None) => {
                self.accepted.insert(key, (payload, not_before.unwrap_or(self.now)));
            }
            (Ok(Enqueued::Duplicate), Some(before)) => assert_eq!(before, payload),
            (Err(EnqueueError::KeyReused), Some(before)) => assert_ne!(before, payload),
            (Err(EnqueueError::Storage(_)), _) => {}
            (other, before) => panic!("{key} {payload}: {other:?}, and before {before:?}"),
        }
    }

    fn take(&mut self, most: i64) {
        // What a failing statement leaves behind waits for its lease.
        let Ok(taken) = self.queue.take(most, self.now) else { return };
        for run in taken {
            let (payload, not_before) = &self.accepted[&run.key];
            assert_eq!(&run.payload, payload);
            assert!(*not_before <= self.now, "{} ran too early", run.key);
            assert!((1..=ATTEMPTS).contains(&run.attempt));
            self.runs.push(run);
        }
    }

    fn end(&mut self, index: usize, outcome: Kind, dice: f64) {
        let run = self.runs.swap_remove(index);
        let reason = "it says no".to_owned();
        let outcome = match outcome {
            Kind::Done => {
                self.effects.insert(run.key.clone(), run.payload.clone());
                Outcome::Done
            }
            Kind::Retry => Outcome::Retry { reason, after: None },
            Kind::Final => Outcome::Final { reason },
        };
        let _ = self.queue.ended(&run, outcome, self.now, dice);
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Enqueue { key, payload, delay } => self.enqueue(key, payload, delay),
            Step::Take(most) => self.take(most),
            Step::Effect(run) if !self.runs.is_empty() => {
                let Taken { key, payload, .. } = &self.runs[run % self.runs.len()];
                self.effects.insert(key.clone(), payload.clone());
            }
            Step::End { run, outcome, dice } if !self.runs.is_empty() => {
                self.end(run % self.runs.len(), outcome, dice);
            }
            Step::Effect(_) | Step::End { .. } => {}
            Step::Kill => {
                self.runs.clear();
                self.storage.heal();
                self.queue = Queue::open(Rc::clone(&self.storage)).unwrap();
            }
            Step::Failure(after) => self.storage.fail_after(after),
            Step::Time(time) => self.now += time,
            Step::Retry => drop(self.queue.retry(None, self.now)),
        }
        self.check();
    }

    /// Whatever was taken down and is not done can still be found.
    fn check(&self) {
        let rows = self.storage.rows("SELECT key, payload FROM jobs ORDER BY seq", &[]);
        let stored: BTreeMap<_, _> = rows
            .iter()
            .map(|row| (row[0].as_text().unwrap().to_owned(), row[1].as_text().unwrap().to_owned()))
            .collect();
        let accepted: BTreeMap<_, _> =
            self.accepted.iter().map(|(key, (payload, _))| (key.clone(), payload.clone())).collect();
        assert_eq!(stored, accepted);
    }

    /// With everything well again, all that waits has its effect in time, whatever lies in the dead letters.
    fn settle(&mut self) {
        self.storage.heal();
        let until = self.now + 2 * 60 * 60 * 1_000;
        while self.queue.counts().unwrap().waiting > 0 {
            self.now = self.now.max(self.queue.next_due().unwrap().unwrap());
            assert!(self.now < until, "a job waits for too long");
            self.take(5);
            while !self.runs.is_empty() {
                self.end(0, Kind::Done, 0.5);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn every_job_has_its_effect_under_its_own_key(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.settle();
        let dead = world.queue.dead_letters(0, 100).unwrap();
        let lost = world.accepted.keys().find(|key| {
            !world.effects.contains_key(*key) && !dead.iter().any(|letter| letter.key == **key)
        });
        prop_assert_eq!(lost, None);
        let count = i64::try_from(dead.len()).unwrap();
        prop_assert_eq!(world.queue.counts().unwrap(), Counts { waiting: 0, dead: count });

        prop_assert_eq!(world.queue.retry(None, world.now).unwrap(), count);
        world.settle();
        let accepted: BTreeMap<_, _> =
            world.accepted.iter().map(|(key, (payload, _))| (key.clone(), payload.clone())).collect();
        prop_assert_eq!(&world.effects, &accepted);
        prop_assert_eq!(world.queue.counts().unwrap(), Counts::default());
    }
}

fn queue() -> (Rc<Storage>, Queue<Rc<Storage>>) {
    let storage = Storage::new();
    let queue = Queue::open(Rc::clone(&storage)).unwrap();
    (storage, queue)
}

fn keys(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|run| &*run.key).collect()
}

fn refused() -> Outcome {
    Outcome::Retry { reason: "503".to_owned(), after: None }
}

#[test]
fn jobs_run_in_the_order_in_which_they_are_due() {
    let (_, queue) = queue();
    for (key, delay) in [("a", None), ("b", Some(NOON + 50)), ("c", None), ("d", Some(NOON + 10))] {
        assert_eq!(queue.enqueue(key, "{}", delay, NOON), Ok(Enqueued::New));
    }
    assert_eq!(queue.next_due(), Ok(Some(NOON)));
    assert_eq!(keys(&queue.take(1, NOON).unwrap()), ["a"]);
    assert_eq!(keys(&queue.take(10, NOON + 9).unwrap()), ["c"]);
    assert_eq!(queue.next_due(), Ok(Some(NOON + 10)));
    assert_eq!(keys(&queue.take(10, NOON + 60).unwrap()), ["d", "b"]);
}

#[test]
fn one_that_fails_lets_the_others_by_and_waits_longer_each_time() {
    let (_, queue) = queue();
    queue.enqueue("bad", "{}", None, NOON).unwrap();
    queue.enqueue("good", "{}", None, NOON).unwrap();
    let mut now = NOON;
    let mut waits = Vec::new();
    for attempt in 1..=ATTEMPTS {
        let taken = queue.take(1, now).unwrap();
        assert_eq!((keys(&taken), taken[0].attempt), (vec!["bad"], attempt));
        queue.ended(&taken[0], refused(), now, 0.5).unwrap();
        if attempt == 1 {
            let good = queue.take(1, now).unwrap();
            assert_eq!(keys(&good), ["good"]);
            queue.ended(&good[0], Outcome::Done, now, 0.5).unwrap();
        }
        let due = queue.next_due().unwrap().unwrap();
        waits.push((due - now) / 1_000);
        now = due;
    }
    assert_eq!(waits[..14], [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]);
    let dead = queue.dead_letters(0, 10).unwrap();
    assert_eq!((dead.len(), &*dead[0].key, &*dead[0].reason), (1, "bad", "503"));
    assert_eq!((dead[0].attempts, dead[0].failing_since), (ATTEMPTS, Some(NOON)));
    assert!(queue.dead_letters(dead[0].seq, 10).unwrap().is_empty());
    assert_eq!(queue.enqueue("bad", "{}", None, now), Ok(Enqueued::Duplicate));

    assert_eq!(queue.retry(Some("good"), now), Ok(0));
    assert_eq!(queue.retry(Some("bad"), now), Ok(1));
    assert_eq!(queue.take(1, now).unwrap()[0].attempt, 1);
}

#[test]
fn whoever_refuses_may_say_how_long_to_wait() {
    let (_, queue) = queue();
    queue.enqueue("a", "{}", None, NOON).unwrap();
    let taken = queue.take(1, NOON).unwrap();
    let later = Outcome::Retry { reason: "429".to_owned(), after: Some(90_000) };
    queue.ended(&taken[0], later, NOON, 0.0).unwrap();
    assert_eq!(queue.next_due(), Ok(Some(NOON + 90_000)));
}

#[test]
fn a_job_that_kills_whoever_runs_it_becomes_a_dead_letter() {
    let (_, queue) = queue();
    queue.enqueue("poison", "{}", None, NOON).unwrap();
    let mut now = NOON;
    for _ in 0..ATTEMPTS {
        assert_eq!(queue.take(1, now).unwrap().len(), 1);
        assert_eq!(queue.take(1, now + LEASE - 1).unwrap(), []);
        now += LEASE;
    }
    assert_eq!(queue.take(1, now).unwrap(), []);
    assert_eq!(queue.dead_letters(0, 1).unwrap()[0].key, "poison");
    assert_eq!(queue.next_due(), Ok(None));
}

#[test]
fn a_run_that_ends_late_is_believed_only_when_it_was_done() {
    let (_, queue) = queue();
    queue.enqueue("slow", "{}", None, NOON).unwrap();
    let first = queue.take(1, NOON).unwrap().remove(0);
    let second = queue.take(1, NOON + LEASE).unwrap().remove(0);
    let no = Outcome::Final { reason: "no".to_owned() };
    queue.ended(&first, no, NOON + LEASE + 1, 0.5).unwrap();
    assert_eq!(queue.counts(), Ok(Counts { waiting: 1, dead: 0 }));
    queue.ended(&first, Outcome::Done, NOON + LEASE + 2, 0.5).unwrap();
    queue.ended(&second, refused(), NOON + LEASE + 3, 0.5).unwrap();
    assert_eq!(queue.counts(), Ok(Counts::default()));
    assert_eq!(queue.take(1, NOON + 10 * LEASE).unwrap(), []);
}

#[test]
fn a_key_is_remembered_for_a_week_after_it_was_done() {
    let (storage, queue) = queue();
    queue.enqueue("a", "{}", None, NOON).unwrap();
    let taken = queue.take(1, NOON).unwrap();
    queue.ended(&taken[0], Outcome::Done, NOON, 0.5).unwrap();
    assert_eq!(queue.next_due(), Ok(Some(NOON + REMEMBERED)));
    queue.forget(NOON + REMEMBERED - 1).unwrap();
    assert_eq!(queue.enqueue("a", "{}", None, NOON + 1), Ok(Enqueued::Duplicate));
    assert_eq!(queue.enqueue("a", "{\"other\":1}", None, NOON + 1), Err(EnqueueError::KeyReused));
    queue.forget(NOON + REMEMBERED).unwrap();
    assert_eq!(queue.next_due(), Ok(None));
    assert!(storage.rows("SELECT * FROM jobs", &[]).is_empty());
}

#[test]
fn the_keys_that_are_remembered_are_bounded() {
    let (storage, queue) = queue();
    let many = KEYS + 1_000;
    storage.rows(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO jobs (key, payload, state, due, attempts) SELECT 'old-' || i, '{}', 1, ? + i, 1 FROM n",
        &[many.into(), NOON.into()],
    );
    for number in 0..1_000 {
        queue.enqueue(&format!("new-{number}"), "{}", None, NOON).unwrap();
        let taken = queue.take(1, NOON).unwrap();
        queue.ended(&taken[0], Outcome::Done, NOON, 0.5).unwrap();
    }
    let left = storage.rows("SELECT COUNT(*), SUM(key LIKE 'new-%'), MIN(due) FROM jobs", &[]);
    let count = left[0][0].as_integer().unwrap();
    assert!((KEYS..=KEYS + 500).contains(&count), "{count}");
    assert_eq!(left[0][1].as_integer(), Some(1_000), "the oldest go first");
}

#[test]
fn a_key_has_a_length() {
    let (_, queue) = queue();
    for key in [String::new(), "k".repeat(KEY_BYTES + 1)] {
        assert_eq!(queue.enqueue(&key, "{}", None, NOON), Err(EnqueueError::InvalidKey));
    }
    assert_eq!(queue.enqueue(&"k".repeat(KEY_BYTES), "{}", None, NOON), Ok(Enqueued::New));
}

/// What is next is found by the index, however many jobs there are.
#[test]
fn taking_reads_no_more_than_it_takes() {
    let (storage, _) = queue();
    for statement in [
        "SELECT due FROM jobs WHERE state = 0 ORDER BY due LIMIT 1",
        "SELECT seq, key, payload, attempts FROM jobs WHERE state = 0 AND due <= 1 ORDER BY due, seq LIMIT 1",
    ] {
        let plan = storage.rows(&format!("EXPLAIN QUERY PLAN {statement}"), &[]);
        let plan = plan.iter().filter_map(|row| row[3].as_text()).collect::<Vec<_>>().join("; ");
        assert!(plan.contains("jobs_by_due") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

/// What a deploy stores the next one reads: this text may gain fields that have a default, and change in no other way.
#[test]
fn the_json_of_jobs_is_pinned() {
    let audit = Audit {
        at: NOON,
        by: agent(1).actor(),
        action: "tag.renamed".to_owned(),
        target_kind: "tag".to_owned(),
        target_id: "t-1".to_owned(),
        from: json!({ "name": "vip" }),
        to: json!({ "name": "VIP" }),
    };
    let stored = json!({
        "job": "audit",
        "at": NOON,
        "by": { "kind": "agent", "id": "00000000-0000-0000-0000-00000000a001", "name": "Agent 1" },
        "action": "tag.renamed",
        "targetKind": "tag",
        "targetId": "t-1",
        "from": { "name": "vip" },
        "to": { "name": "VIP" },
    });
    assert_eq!(serde_json::to_value(Job::Audit(audit.clone())).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), Job::Audit(audit));

    let id = "0197a0c0-0000-7000-8000-000000000001";
    let relay = RelayAudit { collection: "tags".into(), id: id.into(), request: "r-1".into(), at: NOON };
    let stored = json!({ "job": "relayAudit", "collection": "tags", "id": id, "request": "r-1", "at": NOON });
    assert_eq!(serde_json::to_value(Job::RelayAudit(relay.clone())).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), Job::RelayAudit(relay));

    let merge = MergeTag { tag: id.parse().unwrap(), by: agent(1).actor(), at: NOON };
    let mut stored = json!({
        "job": "mergeTag",
        "tag": id,
        "by": { "kind": "agent", "id": "00000000-0000-0000-0000-00000000a001", "name": "Agent 1" },
        "at": NOON,
    });
    assert_eq!(serde_json::to_value(Job::MergeTag(merge.clone())).unwrap(), stored);
    let end = EndTokens { user: id.parse().unwrap(), at: NOON };
    let ending = json!({ "job": "endTokens", "user": id, "at": NOON });
    assert_eq!(serde_json::to_value(Job::EndTokens(end.clone())).unwrap(), ending);
    assert_eq!(serde_json::from_value::<Job>(ending).unwrap(), Job::EndTokens(end));
    // The version before knew no `at`.
    stored.as_object_mut().unwrap().remove("at");
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), Job::MergeTag(MergeTag { at: 0, ..merge }));
}

/// Mails are known by ids alone: whoever reads a job learns no address, no name and no link of it.
#[test]
fn the_json_of_mails_is_pinned() {
    let (id, other) = ("0197a0c0-0000-7000-8000-000000000001", "0197a0c0-0000-7000-8000-000000000002");
    let (user, session) = (id.parse().unwrap(), other.parse().unwrap());
    let change = |address| Template::EmailChange { user, generation: 3, address };
    for (template, stored, key) in [
        (
            Template::Invitation { invitation: id.parse().unwrap(), generation: 2 },
            json!({ "name": "invitation", "invitation": id, "generation": 2 }),
            format!("invitation-{id}-2"),
        ),
        (
            Template::PasswordReset { user, generation: 1 },
            json!({ "name": "passwordReset", "user": id, "generation": 1 }),
            format!("password-reset-{id}-1"),
        ),
        (
            Template::NewDevice { user, session },
            json!({ "name": "newDevice", "user": id, "session": other }),
            format!("new-device-{other}"),
        ),
        (
            change(Address::Old),
            json!({ "name": "emailChange", "user": id, "generation": 3, "address": "old" }),
            format!("email-change-{id}-3-old"),
        ),
        (
            change(Address::New),
            json!({ "name": "emailChange", "user": id, "generation": 3, "address": "new" }),
            format!("email-change-{id}-3-new"),
        ),
        (
            Template::Test { user, test: other.parse().unwrap() },
            json!({ "name": "test", "user": id, "test": other }),
            format!("test-{other}"),
        ),
    ] {
        let job = Job::Mail(MailJob { template, at: NOON });
        let stored = json!({ "job": "mail", "template": stored, "at": NOON });
        assert_eq!(serde_json::to_value(&job).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), job);
        assert_eq!(template.key(), key);
    }
}

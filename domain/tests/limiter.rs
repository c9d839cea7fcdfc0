//! Limits: exact over any pattern of requests, across losses of memory, and fair to who was here before.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's way of failing

mod support;

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use support::{NOON, Storage};
use voxora_domain::Millis;
use voxora_domain::limiter::{Bulkhead, Guesses, Limiter, Quota, Turn, network_of};

const DAY: Millis = 24 * 60 * 60 * 1_000;

fn limiter() -> (Rc<Storage>, Limiter<Rc<Storage>>) {
    let storage = Storage::new();
    let limiter = Limiter::open(Rc::clone(&storage)).unwrap();
    (storage, limiter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// In no stretch of time is more allowed than the count at once and what comes back meanwhile; and whoever waits as
    /// long as they are told gets what they want.
    #[test]
    fn a_quota_is_exact_also_when_memory_is_lost(
        (count, seconds) in (1..30_u32, 1..600_u32),
        gaps in vec((prop_oneof![0..50_i64, 0..100_000_i64], any::<bool>()), 1..120),
    ) {
        let quota = Quota { count, seconds };
        let interval = (i64::from(seconds) * 1_000 + i64::from(count) - 1) / i64::from(count);
        let (storage, mut limiter) = limiter();
        let mut now = NOON;
        let mut allowed: Vec<Millis> = Vec::new();
        let mut promised = None;
        for (gap, forgets) in gaps {
            now += gap;
            if forgets {
                limiter = Limiter::open(Rc::clone(&storage)).unwrap();
            }
            let verdict = limiter.take("b", quota, now).unwrap();
            if promised.is_some_and(|at| at <= now) {
                prop_assert!(verdict.is_allowed, "was told to come back by now");
            }
            promised = (!verdict.is_allowed).then_some(now + verdict.wait);
            prop_assert_eq!(verdict.is_allowed, verdict.wait == 0);
            if verdict.is_allowed {
                allowed.push(now);
            }
            let full = verdict.remaining;
            prop_assert!(full < count);
        }
        for (index, begin) in allowed.iter().enumerate() {
            for (more, end) in allowed[index..].iter().enumerate() {
                let most = i64::from(count) + (end - begin) / interval;
                prop_assert!(i64::try_from(more).unwrap() < most, "{more} and one in {} ms", end - begin);
            }
        }
    }

    /// However guesses are spread, also all at once, there are not more than the rule says.
    #[test]
    fn guesses_slow_down_whatever_their_pattern(gaps in vec(prop_oneof![4 => 0..100_i64, 1 => 0..1_000_000_i64], 1..400)) {
        let (storage, mut limiter) = limiter();
        let (mut now, mut made) = (NOON, 0_u32);
        for (index, gap) in gaps.into_iter().enumerate() {
            now += gap;
            if index % 7 == 0 {
                limiter = Limiter::open(Rc::clone(&storage)).unwrap();
            }
            made += u32::from(limiter.guess("others", Guesses::PASSWORDS, now).unwrap().is_allowed);
        }
        // The waits between the paid ones add up: 2 + 4 + … seconds, then a quarter of an hour each.
        let mut needed = 0;
        for paid in 0..made.saturating_sub(5) {
            needed += (2_000_i64 << paid.min(20)).min(900_000);
        }
        prop_assert!(needed <= now - NOON, "{made} guesses in {} ms", now - NOON);
    }

    #[test]
    fn a_bulkhead_lets_one_in_and_few_wait(asks in vec((0..6_usize, 0..400_i64, any::<bool>()), 1..200)) {
        let mut bulkhead = Bulkhead::default();
        let tickets: Vec<_> = (0..6).map(|_| bulkhead.ticket()).collect();
        let (mut now, mut inside) = (NOON, None);
        for (who, gap, leaves) in asks {
            now += gap;
            if leaves && let Some((holder, _)) = inside.take() {
                bulkhead.leave(holder);
            }
            let turn = bulkhead.ask(tickets[who], 2, now);
            if turn == Turn::Now {
                if let Some((_, since)) = inside {
                    prop_assert!(now - since >= 5_000, "two at once");
                }
                inside = Some((tickets[who], now));
            }
        }
        // Whatever was left behind, the next one gets in.
        prop_assert_eq!(bulkhead.ask(99, 2, now + 10_000), Turn::Now);
    }
}

#[test]
fn a_quota_gives_back_what_it_took_bit_by_bit() {
    let (_, limiter) = limiter();
    let quota: Quota = "3/60".parse().unwrap();
    for remaining in [2, 1, 0] {
        let verdict = limiter.take("b", quota, NOON).unwrap();
        assert_eq!((verdict.is_allowed, verdict.remaining), (true, remaining));
    }
    let verdict = limiter.take("b", quota, NOON).unwrap();
    assert_eq!((verdict.is_allowed, verdict.wait_seconds(), verdict.reset_seconds()), (false, 20, 60));
    assert!(!limiter.take("b", quota, NOON + 19_999).unwrap().is_allowed);
    assert!(limiter.take("b", quota, NOON + 20_000).unwrap().is_allowed);
    assert!(limiter.take("another", quota, NOON).unwrap().is_allowed);
}

#[test]
fn a_clock_that_was_set_back_locks_nobody_out_for_longer_than_the_window() {
    let (_, limiter) = limiter();
    let quota = Quota { count: 1, seconds: 60 };
    assert!(limiter.take("b", quota, NOON + DAY).unwrap().is_allowed);
    assert_eq!(limiter.take("b", quota, NOON).unwrap().wait, 60_000);
    limiter.guess("g", Guesses::PASSWORDS, NOON + DAY).unwrap();
    assert!(limiter.guess("g", Guesses::PASSWORDS, NOON).unwrap().is_allowed);
}

#[test]
fn a_refusal_writes_nothing() {
    let (storage, limiter) = limiter();
    let quota = Quota { count: 1, seconds: 60 };
    limiter.take("b", quota, NOON).unwrap();
    let before = storage.rows("SELECT total_changes()", &[]);
    for _ in 0..100 {
        assert!(!limiter.take("b", quota, NOON + 5).unwrap().is_allowed);
    }
    assert_eq!(storage.rows("SELECT total_changes()", &[]), before);
}

#[test]
fn a_network_has_some_free_and_then_waits_ever_longer() {
    let (_, limiter) = limiter();
    let guesses = Guesses::of_network(Quota { count: 3, seconds: 3_600 });
    let mut now = NOON;
    for wait in [0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900] {
        let verdict = limiter.guess("network", guesses, now).unwrap();
        assert_eq!((verdict.is_allowed, verdict.wait), (wait == 0, wait * 1_000));
        if wait > 0 {
            now += verdict.wait;
            assert!(limiter.guess("network", guesses, now).unwrap().is_allowed);
        }
    }
    let later = now + 3_600_000;
    assert!(limiter.guess("network", guesses, later).unwrap().is_allowed, "it is forgotten");
    assert!(limiter.guess("network", guesses, later).unwrap().is_allowed);
}

#[test]
fn wrong_passwords_wait_twice_as_long_each_time_and_a_right_one_ends_that() {
    let (_, limiter) = limiter();
    let mut now = NOON;
    let mut waits = Vec::new();
    for _ in 0..16 {
        let verdict = limiter.guess("others", Guesses::PASSWORDS, now).unwrap();
        let wait = if verdict.is_allowed { 0 } else { verdict.wait };
        waits.push(wait / 1_000);
        now += wait;
        if wait > 0 {
            assert!(limiter.guess("others", Guesses::PASSWORDS, now).unwrap().is_allowed);
        }
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert!(!limiter.guess("others", Guesses::PASSWORDS, now).unwrap().is_allowed);
    assert!(limiter.guess("device", Guesses::PASSWORDS, now).unwrap().is_allowed, "a bucket of its own");
    limiter.give_back("device").unwrap();
    for _ in 0..5 {
        assert!(limiter.guess("device", Guesses::PASSWORDS, now).unwrap().is_allowed, "one was given back");
    }
    assert!(!limiter.guess("device", Guesses::PASSWORDS, now).unwrap().is_allowed);
    limiter.clear("others").unwrap();
    assert!(limiter.guess("others", Guesses::PASSWORDS, now).unwrap().is_allowed);
}

#[test]
fn a_day_without_wrong_passwords_forgets_them_and_gives_the_storage_back() {
    let (storage, limiter) = limiter();
    for _ in 0..5 {
        limiter.guess("others", Guesses::PASSWORDS, NOON).unwrap();
    }
    assert_eq!(limiter.sweep(NOON + 1), Ok(Some(NOON + DAY)));
    assert!(limiter.guess("others", Guesses::PASSWORDS, NOON + DAY).unwrap().is_allowed);
    assert_eq!(limiter.guess("others", Guesses::PASSWORDS, NOON + DAY).unwrap().remaining, 3);
    assert_eq!(limiter.sweep(NOON + 2 * DAY), Ok(None));
    assert!(storage.rows("SELECT * FROM buckets", &[]).is_empty());
}

#[test]
fn one_key_has_a_bounded_number_of_buckets() {
    let (storage, limiter) = limiter();
    for number in 0..200 {
        limiter.guess(&format!("device-{number}"), Guesses::PASSWORDS, NOON + number).unwrap();
    }
    assert_eq!(storage.rows("SELECT COUNT(*) FROM buckets", &[])[0][0].as_integer(), Some(50));
}

#[test]
fn a_quota_reads_as_a_variable_says_it() {
    assert_eq!("60/600".parse(), Ok(Quota { count: 60, seconds: 600 }));
    assert_eq!(Quota { count: 60, seconds: 600 }.to_string(), "60/600");
    for wrong in ["", "60", "0/60", "60/0", "-1/60", "a/b", "60/600/1", "1.5/60"] {
        assert_eq!(wrong.parse::<Quota>(), Err(()), "{wrong}");
    }
}

#[test]
fn an_address_stands_for_its_network() {
    for (address, network) in [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"),
        ("::1", "0:0:0:0::/64"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ] {
        assert_eq!(network_of(address), network, "{address}");
    }
}

#[test]
fn a_bulkhead_takes_turns_in_the_order_of_coming_and_heals_by_itself() {
    let mut bulkhead = Bulkhead::default();
    let [first, second, third, fourth, fifth] = [(); 5].map(|()| bulkhead.ticket());
    assert_eq!(bulkhead.ask(first, 2, NOON), Turn::Now);
    assert_eq!(bulkhead.ask(second, 2, NOON), Turn::Wait);
    assert_eq!(bulkhead.ask(third, 2, NOON), Turn::Wait);
    assert_eq!(bulkhead.ask(fourth, 2, NOON), Turn::Full);
    assert_eq!(bulkhead.ask(fourth, 3, NOON), Turn::Wait, "somebody else may be given more places");
    bulkhead.leave(first);
    assert_eq!(bulkhead.ask(third, 2, NOON + 10), Turn::Wait, "the second was before");
    assert_eq!(bulkhead.ask(second, 2, NOON + 10), Turn::Now);
    // The second never says that it is over, and the third went away.
    assert_eq!(bulkhead.ask(fifth, 2, NOON + 4_000), Turn::Wait);
    assert_eq!(bulkhead.ask(fifth, 2, NOON + 4_900), Turn::Wait);
    assert_eq!(bulkhead.ask(fifth, 2, NOON + 5_100), Turn::Now);
}

//! What a thread has nearby is served as long as the tier would serve it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::served::{keep, read, setting};
use super::{FORM, key, key_of, label, number, serve, serve_in, tier, trust};
use crate::backend::Push;
use crate::cache::local::{Demand, Form, Kept, Label, LocalCopy, Nearby};
use crate::clock::Clock;

const EVERYTHING: Demand = Demand::NONE;

#[tokio::test(start_paused = true)]
async fn a_key_that_has_changed_is_served_to_no_thread() {
    let (tier, clock, key) = setting();
    keep(&tier, &clock, &key, 7);
    let [mut here, mut there] = [Nearby::new(), Nearby::new()];
    for nearby in [&mut here, &mut there] {
        assert_eq!(serve(&tier, nearby, &key, EVERYTHING), Some(7));
    }
    tier.changed([&key]);
    for nearby in [&mut here, &mut there] {
        assert_eq!(serve(&tier, nearby, &key, EVERYTHING), None);
    }
    keep(&tier, &clock, &key, 8);
    for nearby in [&mut here, &mut there] {
        assert_eq!(serve(&tier, nearby, &key, EVERYTHING), Some(8));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_tier_has_let_go_is_dropped_with_its_key() {
    let (tier, clock, key) = setting();
    keep(&tier, &clock, &key, 7);
    let mut nearby = Nearby::new();
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), Some(7));
    // So many that the tier has no room for the first.
    for id in 0..1000 {
        keep(&tier, &clock, &self::key(&format!("other-{id}")), id);
    }
    tier.changed([&key]);
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), None);
}

#[tokio::test(start_paused = true)]
async fn tiers_of_one_identity_do_not_meet() {
    let (first, clock, key) = setting();
    keep(&first, &clock, &key, 7);
    let mut nearby = Nearby::new();
    assert_eq!(serve(&first, &mut nearby, &key, EVERYTHING), Some(7));
    drop(first);
    let second = tier(&clock);
    trust(&second, clock.now());
    assert_eq!(serve(&second, &mut nearby, &key, EVERYTHING), None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_and_an_end_are_heard_of() {
    let (tier, clock, key) = setting();
    let mut nearby = Nearby::new();
    keep(&tier, &clock, &key, 7);
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), Some(7));
    tier.forget_all();
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), None);

    let read = read(&tier, &clock, &key, 1);
    let copy = LocalCopy::of_value(
        key.as_bytes(),
        &read,
        label(Duration::from_millis(10)),
        8_u64,
    );
    assert_eq!(tier.keep(key.as_bytes(), &read, copy), Kept::Yes);
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), Some(8));
    clock.sleep(Duration::from_millis(10)).await;
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), None);
}

#[tokio::test(start_paused = true)]
async fn who_reads_in_another_form_is_not_served() {
    let (tier, clock, key) = setting();
    let mut nearby = Nearby::new();
    keep(&tier, &clock, &key, 7);
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), Some(7));
    let other = Form {
        fingerprint: FORM.fingerprint + 1,
        ..FORM
    };
    let of_other = serve_in(&tier, &mut nearby, &key, other, EVERYTHING);
    assert_eq!(of_other, None);
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_good_as_long_as_its_groups_are() {
    let (tier, clock, key) = setting();
    let mut nearby = Nearby::new();
    let read = read(&tier, &clock, &key, 1);
    let label = Label {
        groups: tier.membership(&read, [b"red"].into_iter()),
        ..label(Duration::from_mins(1))
    };
    let copy = LocalCopy::of_value(key.as_bytes(), &read, label, 7_u64);
    assert_eq!(tier.keep(key.as_bytes(), &read, copy), Kept::Yes);
    for _ in 0..2 {
        assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), Some(7));
    }
    tier.groups_changed(&[b"red"]);
    assert_eq!(serve(&tier, &mut nearby, &key, EVERYTHING), None);
}

#[test]
fn a_thread_that_looks_while_a_key_changes_keeps_nothing_old() {
    let clock = Clock::system();
    let tier = tier(&clock);
    let keys: Vec<_> = (0..8).map(|id| key(&format!("k{id}"))).collect();
    let versions: Vec<_> = keys.iter().map(|_| AtomicU64::new(0)).collect();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for version in 1..=2000_u64 {
                for (key, current) in keys.iter().zip(&versions) {
                    tier.changed([key]);
                    current.store(version, Ordering::SeqCst);
                    if let Some(canary) = tier.canary.take(clock.now()) {
                        let sent = key_of(&canary);
                        canary.release();
                        tier.hear(&Push::Invalidated(vec![sent]));
                    }
                    let read = read(&tier, &clock, key, 1);
                    tier.keep(key.as_bytes(), &read, number(key, &read, version));
                }
            }
            is_over.store(true, Ordering::SeqCst);
        });
        for _ in 0..2 {
            threads.spawn(|| {
                let mut nearby = Nearby::new();
                while !is_over.load(Ordering::SeqCst) {
                    for (key, current) in keys.iter().zip(&versions) {
                        let before = current.load(Ordering::SeqCst);
                        if let Some(served) = serve(&tier, &mut nearby, key, EVERYTHING) {
                            assert!(served >= before, "{served} after {before} was stored");
                        }
                    }
                }
            });
        }
    });
}

//! When a copy is served, and to whom.

use std::sync::Arc;
use std::time::Duration;

use super::{FORM, key, key_of, label, number, served, served_on, tier, trust};
use crate::backend::Push;
use crate::cache::local::{
    Answered, Demand, Encoded, Form, Found, InvalidationToken, Kept, LocalCopy, Tier,
};
use crate::clock::Clock;
use crate::codec::Codec;
use crate::key::{JoinedKey, Key};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);

/// A read of this key that the server has answered when its clock showed this.
pub(super) fn read(tier: &Tier, clock: &Clock, key: &Key, server_time: u64) -> Answered {
    let filling = tier
        .begin(key.as_bytes(), clock.now())
        .expect("a tier that keeps");
    Answered {
        filling,
        server_time,
    }
}

/// Has the tier keep this number, which was just read.
pub(super) fn keep(tier: &Tier, clock: &Clock, key: &Key, value: u64) -> Kept {
    let read = read(tier, clock, key, 1);
    tier.keep(key.as_bytes(), &read, number(key, &read, value))
}

/// A tier that trusts, its clock, and a key.
pub(super) fn setting() -> (Tier, Clock, Key) {
    let clock = Clock::system();
    let tier = tier(&clock);
    trust(&tier, clock.now());
    (tier, clock, key("k"))
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_served_until_it_ends() {
    let (tier, clock, key) = setting();
    let read = read(&tier, &clock, &key, 1);
    let copy = LocalCopy::of_value(key.as_bytes(), &read, label(3 * SECOND), 7_u64);
    assert_eq!(tier.keep(key.as_bytes(), &read, copy), Kept::Yes);
    assert_eq!(served(&tier, &key), Some(7));
    clock.sleep(2999 * MILLI).await;
    trust(&tier, clock.now());
    assert_eq!(served(&tier, &key), Some(7));
    clock.sleep(MILLI).await;
    assert!(matches!(
        tier.look_up(&JoinedKey(key.as_bytes()), FORM, Demand::default()),
        Found::Nothing
    ));
    assert!(!tier.has_copies(clock.now()));
}

#[tokio::test(start_paused = true)]
async fn without_a_canary_copies_are_bypassed_and_with_one_they_are_served_again() {
    let (tier, clock, key) = setting();
    keep(&tier, &clock, &key, 7);
    clock.sleep(SECOND).await;
    let found = tier.look_up(&JoinedKey(key.as_bytes()), FORM, Demand::default());
    assert!(matches!(found, Found::Bypassed(_)));
    assert!(tier.trouble().is_some());
    trust(&tier, clock.now());
    assert_eq!(served(&tier, &key), Some(7));
    assert_eq!(tier.trouble(), None);
}

#[tokio::test(start_paused = true)]
async fn a_canary_whose_push_is_lost_ends_every_copy() {
    let (tier, clock, key) = setting();
    keep(&tier, &clock, &key, 7);
    let canary = tier.canary.take(clock.now()).expect("none is under way");
    let lost = key_of(&canary);
    canary.release();
    clock.sleep(SECOND).await;
    tier.notice_silence(clock.now());
    assert!(tier.trouble().is_some());
    tier.hear(&Push::Invalidated(vec![lost]));
    assert_eq!(served(&tier, &key), None, "its push came too late");
    // Who knows what else was lost: a later canary does not vouch for what was kept before.
    trust(&tier, clock.now());
    assert_eq!(served(&tier, &key), None);
    assert_eq!(tier.trouble(), None);
    keep(&tier, &clock, &key, 8);
    assert_eq!(served(&tier, &key), Some(8));
}

#[tokio::test(start_paused = true)]
async fn a_push_drops_its_key_and_a_flush_or_a_lost_connection_all_of_them() {
    for (push, others_stay) in [
        (Push::Invalidated(vec![key("k").as_bytes().to_vec()]), true),
        (Push::InvalidatedAll, false),
        (Push::Disconnected, false),
        (Push::Connected, false),
    ] {
        let (tier, clock, one) = setting();
        let other = key("other");
        keep(&tier, &clock, &one, 1);
        keep(&tier, &clock, &other, 2);
        tier.hear(&push);
        if !tier.canary.is_trusted(clock.now()) {
            trust(&tier, clock.now());
        }
        assert_eq!(served(&tier, &one), None, "{push:?}");
        assert_eq!(served(&tier, &other).is_some(), others_stay, "{push:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_read_in_another_form_or_type_is_not_there() {
    let (tier, clock, key) = setting();
    keep(&tier, &clock, &key, 7);
    for other in [
        Form {
            codec: Codec::Json,
            ..FORM
        },
        Form {
            fingerprint: 1,
            ..FORM
        },
    ] {
        let found = tier.look_up(&JoinedKey(key.as_bytes()), other, Demand::default());
        assert!(matches!(found, Found::Nothing), "{other:?}");
    }
    let Found::Copy(copy) = tier.look_up(&JoinedKey(key.as_bytes()), FORM, Demand::default())
    else {
        panic!("it is there")
    };
    assert!(copy.value::<String>().is_none());
    assert_eq!(copy.value::<u64>(), Some(&7));
}

#[tokio::test(start_paused = true)]
async fn errors_and_values_without_clone_are_kept_as_they_are_encoded() {
    let (tier, clock, key) = setting();
    let bytes = key.as_bytes();
    let read = read(&tier, &clock, &key, 1);
    let copy = LocalCopy::of_error(bytes, &read, label(SECOND), b"no");
    tier.keep(bytes, &read, copy);
    let Found::Copy(copy) = tier.look_up(&JoinedKey(bytes), FORM, Demand::default()) else {
        panic!("it is there")
    };
    assert!(matches!(copy.encoded(), Some(Encoded::Error(b"no"))));

    let read = self::read(&tier, &clock, &key, 1);
    let copy = LocalCopy::of_encoded_value(bytes, &read, label(SECOND), b"yes");
    tier.keep(bytes, &read, copy);
    let Found::Copy(copy) = tier.look_up(&JoinedKey(bytes), FORM, Demand::default()) else {
        panic!("it is there")
    };
    assert!(matches!(copy.encoded(), Some(Encoded::Value(b"yes"))));
}

#[tokio::test(start_paused = true)]
async fn a_call_may_ask_for_more() {
    let (tier, clock, key) = setting();
    let read = read(&tier, &clock, &key, 100);
    tier.keep(key.as_bytes(), &read, number(&key, &read, 7));
    let demand = |demand| served_on(&tier, &key, demand);

    assert_eq!(demand(Demand::max_age(Duration::ZERO)), None);
    assert_eq!(demand(Demand::max_age(MILLI)), Some(7));
    clock.sleep(MILLI).await;
    assert_eq!(demand(Demand::max_age(MILLI)), None);
    assert_eq!(demand(Demand::max_age(2 * MILLI)), Some(7));

    assert_eq!(demand(Demand::at_least(InvalidationToken::at(99))), Some(7));
    assert_eq!(demand(Demand::at_least(InvalidationToken::at(100))), None);
    assert_eq!(demand(Demand::at_least(InvalidationToken::UNKNOWN)), None);
}

#[tokio::test(start_paused = true)]
async fn the_copies_weigh_no_more_than_they_may() {
    let (tier, clock, _) = setting();
    for id in 0..1000 {
        keep(&tier, &clock, &key(&format!("key-{id}")), id);
    }
    let weight = tier.weight();
    assert!(weight <= 16 << 10, "{weight}");
    assert!(weight > 8 << 10, "{weight}");
    // One that is heavier than everything together may be is not kept at all.
    let large = key("large");
    let read = read(&tier, &clock, &large, 1);
    let mut label = label(SECOND);
    label.encoded_bytes = 32 << 10;
    let copy = LocalCopy::of_value(large.as_bytes(), &read, label, 0_u64);
    tier.keep(large.as_bytes(), &read, copy);
    assert_eq!(served(&tier, &large), None);
    assert!(tier.weight() <= 16 << 10);
}

#[tokio::test(start_paused = true)]
async fn a_tier_of_no_bytes_and_a_closed_one_keep_nothing() {
    let clock = Clock::system();
    let none = Tier::new(clock.clone(), crate::key::Scope::new("app", None), 0, 7);
    assert!(none.begin(b"k", clock.now()).is_none());

    let (tier, clock, key) = setting();
    keep(&tier, &clock, &key, 7);
    tier.close();
    assert_eq!(served(&tier, &key), None);
    assert!(tier.begin(key.as_bytes(), clock.now()).is_none());
}

#[tokio::test(start_paused = true)]
async fn what_will_not_be_served_any_more_gives_its_memory_back() {
    let (tier, clock, one) = setting();
    let value = Arc::new(7_u64);
    let read_one = read(&tier, &clock, &one, 1);
    let copy = LocalCopy::of_value(one.as_bytes(), &read_one, label(SECOND), Arc::clone(&value));
    tier.keep(one.as_bytes(), &read_one, copy);
    assert_eq!(Arc::strong_count(&value), 2);
    tier.hear(&Push::InvalidatedAll);
    keep(&tier, &clock, &key("other"), 8);
    tier.tidy(clock.now());
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(served(&tier, &key("other")), Some(8));
}

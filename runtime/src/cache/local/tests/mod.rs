mod interleavings;
#[cfg(feature = "testing")]
mod patrolled;
mod served;

use std::sync::Arc;
use std::time::Duration;

use super::canary::Caged;
use super::{Answered, Content, Demand, Form, Found, Label, LocalCopy, Tier};
use crate::backend::Push;
use crate::clock::{Clock, Moment};
use crate::codec::Codec;
use crate::key::{JoinedKey, Key, Scope};
use crate::metrics::Counters;

const FORM: Form = Form {
    codec: Codec::MessagePack,
    fingerprint: 0,
};

/// A tier on this clock, with room for a hundred copies or so.
fn tier(clock: &Clock) -> Tier {
    Tier::new(clock.clone(), Scope::new("app", None), 16 << 10, 7)
}

fn key(name: &str) -> Key {
    Scope::new("app", None).key("numbers", 1, |writer| writer.arg(name))
}

/// Sends a canary whose push comes at once.
fn trust(tier: &Tier, now: Moment) {
    let canary = tier.canary.take(now).expect("none is under way");
    let key = key_of(&canary);
    canary.release();
    tier.hear(&Push::Invalidated(vec![key]));
}

/// The key that the canary sets.
fn key_of(canary: &Caged<'_>) -> Vec<u8> {
    let [_, get, _] = canary.commands();
    get.words().nth(1).expect("a key").to_vec()
}

/// A number that was read, which is fresh for a minute.
fn number(key: &Key, read: &Answered, number: u64) -> Arc<LocalCopy> {
    LocalCopy::of_value(key.as_bytes(), read, label(Duration::from_mins(1)), number)
}

fn label(lives: Duration) -> Label {
    Label {
        form: FORM,
        lives,
        encoded_bytes: 8,
        counters: Arc::<Counters>::default(),
    }
}

/// The number that a call would be answered with.
fn served(tier: &Tier, key: &Key) -> Option<u64> {
    served_on(tier, key, Demand::default())
}

fn served_on(tier: &Tier, key: &Key, demand: Demand) -> Option<u64> {
    match tier.look_up(&JoinedKey(key.as_bytes()), FORM, demand) {
        Found::Copy(copy) => match copy.content() {
            Some(Content::Value(number)) => Some(*number),
            _ => None,
        },
        _ => None,
    }
}

mod interleavings;
mod nearby;
#[cfg(feature = "testing")]
mod patrolled;
mod served;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use super::canary::Caged;
use super::{Answered, Demand, Form, Found, Label, LocalCopy, Membership, Nearby, Served, Tier};
use crate::backend::Push;
use crate::clock::{Clock, Moment};
use crate::codec::Codec;
use crate::key::{BriefArguments, BriefKey, JoinedKey, Key, Scope};
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
        groups: Membership::default(),
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

/// By the copy that every thread finds, or by the one that this thread has nearby: they are the
/// same.
fn served_on(tier: &Tier, key: &Key, demand: Demand) -> Option<u64> {
    std::thread_local! {
        static NEARBY: RefCell<Nearby> = const { RefCell::new(Nearby::new()) };
    }
    let found = match tier.look_up(&JoinedKey(key.as_bytes()), FORM, demand) {
        Found::Copy(copy) => number_in(&copy),
        _ => None,
    };
    let nearby = || NEARBY.with_borrow_mut(|nearby| serve(tier, nearby, key, demand));
    assert_eq!(nearby(), found);
    assert_eq!(nearby(), found, "when it is nearby");
    found
}

/// The number that a call on a thread with these copies would be answered with.
fn serve(tier: &Tier, nearby: &mut Nearby, key: &Key, demand: Demand) -> Option<u64> {
    serve_in(tier, nearby, key, FORM, demand)
}

/// The same of a function that reads in this form.
fn serve_in(
    tier: &Tier,
    nearby: &mut Nearby,
    key: &Key,
    form: Form,
    demand: Demand,
) -> Option<u64> {
    let text = key.to_string();
    let (_, argument) = text.rsplit_once(':').expect("a key of one argument");
    let mut arguments = BriefArguments::new();
    arguments.writer().arg(argument);
    let scope = Scope::new("app", None);
    let mut key = BriefKey::new(&scope, "numbers", 1, &mut arguments);
    let mut found = None;
    tier.serve(nearby, &mut key, form, &demand, &mut |copy| {
        found = number_in(copy);
        Served::Yes
    });
    found
}

fn number_in(copy: &LocalCopy) -> Option<u64> {
    copy.value().copied()
}

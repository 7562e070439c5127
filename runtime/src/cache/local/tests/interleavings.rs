//! Every order in which the steps of reads, changes and pushes can happen: none leaves a copy that
//! is stale for good, and whoever has invalidated is never answered with what was there before.

use std::collections::VecDeque;

use super::{key, number, served, tier, trust};
use crate::backend::Push;
use crate::cache::local::{Answered, Tier};
use crate::clock::{Clock, Moment};
use crate::key::Key;

/// A tier and a server with one key, whose value is how often it was changed.
struct World {
    tier: Tier,
    key: Key,
    now: Moment,
    value: u64,
    /// Whether the server will tell this process of the next change.
    is_tracked: bool,
    connection: Connection,
    on_their_way: VecDeque<Push>,
    /// The value that the last change by this process has made.
    own: u64,
    /// No value below this may be served any more: a change by this process has returned.
    least: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connection {
    Up,
    Broken,
}

/// Who takes part, each with what it has in hand between its steps.
#[derive(Debug, Clone)]
enum Actor {
    /// Marks, asks, keeps.
    Read(Reading),
    /// Drops, changes, drops again.
    OwnChange(u8),
    /// Another process changes the value.
    Change(u8),
    /// Another process flushes the server.
    Flush(u8),
    /// The connection breaks, and then this process hears of it and has another.
    Loss(u8),
    /// What the server has to tell arrives.
    Delivery,
}

#[derive(Debug, Clone)]
enum Reading {
    Begins,
    Marked(super::super::answered::Filling),
    Answered(Answered, u64),
    Done,
}

impl World {
    fn new() -> Self {
        let clock = Clock::system();
        let now = clock.now();
        let tier = tier(&clock);
        trust(&tier, now);
        Self {
            tier,
            key: key("k"),
            now,
            value: 0,
            is_tracked: false,
            connection: Connection::Up,
            on_their_way: VecDeque::new(),
            own: 0,
            least: 0,
        }
    }

    fn change(&mut self) {
        self.value += 1;
        if std::mem::take(&mut self.is_tracked) {
            let key = self.key.as_bytes().to_vec();
            self.on_their_way.push_back(Push::Invalidated(vec![key]));
        }
    }
}

impl Actor {
    /// Whether there is a step to take.
    fn is_ready(&self, world: &World) -> bool {
        match self {
            Self::Read(reading) => !matches!(reading, Reading::Done),
            Self::OwnChange(step) => match step {
                // Without a connection the change waits.
                1 => world.connection == Connection::Up,
                step => *step < 3,
            },
            Self::Change(step) | Self::Flush(step) => *step < 1,
            Self::Loss(step) => *step < 2,
            Self::Delivery => !world.on_their_way.is_empty(),
        }
    }

    fn take_step(&mut self, world: &mut World) {
        match self {
            Self::Read(reading) => *reading = reading.next(world),
            Self::OwnChange(step) => {
                match step {
                    0 => world.tier.changed([&world.key]),
                    1 => {
                        world.change();
                        world.own = world.value;
                    }
                    _ => {
                        world.tier.changed([&world.key]);
                        world.least = world.own;
                    }
                }
                *step += 1;
            }
            Self::Change(step) => {
                world.change();
                *step += 1;
            }
            Self::Flush(step) => {
                world.value += 1;
                world.is_tracked = false;
                world.on_their_way.push_back(Push::InvalidatedAll);
                *step += 1;
            }
            Self::Loss(step) => {
                if *step == 0 {
                    world.connection = Connection::Broken;
                    world.is_tracked = false;
                    world.on_their_way.clear();
                } else {
                    world.tier.hear(&Push::Disconnected);
                    world.tier.hear(&Push::Connected);
                    world.connection = Connection::Up;
                    trust(&world.tier, world.now);
                }
                *step += 1;
            }
            Self::Delivery => {
                if let Some(push) = world.on_their_way.pop_front() {
                    world.tier.hear(&push);
                }
            }
        }
    }
}

impl Reading {
    fn next(&self, world: &mut World) -> Self {
        match self {
            Self::Begins => {
                let filling = world.tier.begin(world.key.as_bytes(), world.now);
                Self::Marked(filling.expect("a tier that keeps"))
            }
            Self::Marked(_) if world.connection == Connection::Broken => Self::Done,
            Self::Marked(filling) => {
                world.is_tracked = true;
                let answered = Answered {
                    filling: *filling,
                    server_time: 1,
                };
                Self::Answered(answered, world.value)
            }
            Self::Answered(read, value) => {
                let copy = number(&world.key, read, *value);
                world.tier.keep(world.key.as_bytes(), read, copy);
                Self::Done
            }
            Self::Done => Self::Done,
        }
    }
}

/// Goes through every order of these actors' steps. Answers how many there were, and in how many a
/// copy was there at the end.
fn every_order(actors: &[Actor]) -> (u64, u64) {
    // Which of how many ready actors stepped, at each step of the present order.
    let mut order: Vec<(usize, usize)> = Vec::new();
    let (mut orders, mut kept) = (0, 0);
    loop {
        let mut world = World::new();
        let mut cast = actors.to_vec();
        cast.push(Actor::Delivery);
        let mut step = 0;
        loop {
            let ready: Vec<usize> = (0..cast.len())
                .filter(|actor| cast[*actor].is_ready(&world))
                .collect();
            if ready.is_empty() {
                break;
            }
            if step == order.len() {
                order.push((0, ready.len()));
            }
            cast[ready[order[step].0]].take_step(&mut world);
            step += 1;
            let answer = served(&world.tier, &world.key);
            assert!(
                answer.is_none_or(|value| value >= world.least),
                "the caller that invalidated was answered with {answer:?} in {order:?}"
            );
        }
        let at_the_end = served(&world.tier, &world.key);
        assert!(
            at_the_end.is_none_or(|value| value == world.value),
            "{at_the_end:?} stays for good, and the server has {} in {order:?}",
            world.value
        );
        orders += 1;
        kept += u64::from(at_the_end.is_some());
        // The next order differs in the last step that had another choice.
        while let Some((chosen, of)) = order.pop() {
            if chosen + 1 < of {
                order.push((chosen + 1, of));
                break;
            }
        }
        if order.is_empty() {
            return (orders, kept);
        }
    }
}

fn check(actors: &[Actor]) {
    let (orders, kept) = every_order(actors);
    assert!(orders > 5, "{orders} orders of {actors:?}");
    assert!(kept > 0, "nothing was ever kept among {actors:?}");
}

const READ: Actor = Actor::Read(Reading::Begins);

#[tokio::test(start_paused = true)]
async fn reads_and_changes_of_others() {
    check(&[READ, Actor::Change(0), Actor::Change(0)]);
    check(&[READ, READ, Actor::Change(0)]);
}

#[tokio::test(start_paused = true)]
async fn reads_and_a_change_of_this_process() {
    check(&[READ, Actor::OwnChange(0)]);
    check(&[READ, READ, Actor::OwnChange(0)]);
    check(&[READ, Actor::OwnChange(0), Actor::Change(0)]);
}

#[tokio::test(start_paused = true)]
async fn reads_and_a_flush() {
    check(&[READ, Actor::Flush(0), Actor::Change(0)]);
    check(&[READ, READ, Actor::Flush(0)]);
}

#[tokio::test(start_paused = true)]
async fn reads_and_a_lost_connection() {
    check(&[READ, Actor::Loss(0), Actor::Change(0)]);
    check(&[READ, READ, Actor::Loss(0), Actor::Change(0)]);
    check(&[READ, Actor::Loss(0), Actor::OwnChange(0)]);
}

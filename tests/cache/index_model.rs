//! Whatever is done in whatever order: what indexes answer is what a map would.

use std::collections::BTreeMap;
use std::time::Duration;

use larder::{Cache, CacheSpec, Entry, Larder, Ttl};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::{Builder, Handle};

use crate::fleet::{Fleet, Stranger};

const LIFE: Duration = Duration::from_mins(1);
const SPEC: CacheSpec = CacheSpec::new("model", Ttl::after(LIFE));
const IDS: u8 = 4;
const TEAMS: u64 = 3;

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u64),
    Load(u8, u64),
    Refresh(u8, u64),
    Invalidate(u8),
    InvalidateTeam(u64),
    InvalidateTag(u8),
    /// By somebody who knows nothing of indexes.
    Delete(u8),
    Clear,
    /// In seconds; only where time can be moved.
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let value = || 0..TEAMS * 100;
    prop_oneof![
        4 => (0..IDS, value()).prop_map(|(id, value)| Step::Put(id, value)),
        4 => (0..IDS, value()).prop_map(|(id, value)| Step::Load(id, value)),
        2 => (0..IDS, value()).prop_map(|(id, value)| Step::Refresh(id, value)),
        2 => (0..IDS).prop_map(Step::Invalidate),
        2 => (0..TEAMS).prop_map(Step::InvalidateTeam),
        1 => (0..IDS).prop_map(Step::InvalidateTag),
        1 => (0..IDS).prop_map(Step::Delete),
        1 => Just(Step::Clear),
        1 => (1..90_u8).prop_map(Step::Wait),
    ]
}

/// The cache, and what should be in it.
struct World {
    nodes: [Larder; 2],
    stranger: Stranger,
    model: BTreeMap<u8, (u64, Duration)>,
    now: Duration,
    time: Time,
}

#[derive(Clone, Copy, PartialEq)]
enum Time {
    Moves,
    Stands,
}

impl World {
    async fn on(fleet: &Fleet) -> Self {
        Self {
            nodes: [fleet.node().await, fleet.node().await],
            stranger: fleet.stranger().await,
            model: BTreeMap::new(),
            now: Duration::ZERO,
            time: match fleet {
                Fleet::Memory(_) => Time::Moves,
                Fleet::Redis(_) => Time::Stands,
            },
        }
    }

    fn cache(&self, node: usize) -> Cache<u64> {
        let cache = self.nodes[node % 2].cache(SPEC);
        cache.index("team", |value: &u64, team| {
            team.value(&(value / 100));
            // One in ten is in two teams.
            if value.is_multiple_of(10) {
                team.value(&((value / 100 + 1) % TEAMS));
            }
        })
    }

    fn entry(&self, node: usize, id: u8) -> Entry<u64> {
        let entry = self.cache(node).entry(|key| key.arg(&id));
        entry.tag(format!("tag-{}", id % 2))
    }

    async fn take(&mut self, number: usize, step: &Step) {
        match *step {
            Step::Put(id, value) => {
                self.entry(number, id).put(&value).await.unwrap();
                self.model.insert(id, (value, self.now + LIFE));
            }
            Step::Load(id, value) => {
                let loaded = self.entry(number, id).get_or_load(async { value }).await;
                let (expected, _) = *self.model.entry(id).or_insert((value, self.now + LIFE));
                assert_eq!(loaded, expected);
            }
            Step::Refresh(id, value) => {
                self.entry(number, id).refresh(async { value }).await;
                self.model.insert(id, (value, self.now + LIFE));
            }
            Step::Invalidate(id) => {
                self.entry(number, id).invalidate().await.unwrap();
                self.model.remove(&id);
            }
            Step::InvalidateTeam(team) => {
                let removed = self.cache(number).invalidate_index("team", &team).await;
                let before = self.model.len();
                self.model
                    .retain(|_, (value, _)| !teams(*value).contains(&team));
                // Those that a tag has voided are still there.
                assert!(removed.unwrap() >= (before - self.model.len()) as u64);
            }
            Step::InvalidateTag(tag) => {
                let tag = tag % 2;
                let name = format!("tag-{tag}");
                self.nodes[number % 2].invalidate_tag(name).await.unwrap();
                self.model.retain(|id, _| id % 2 != tag);
            }
            Step::Delete(id) => {
                self.stranger.delete(&format!("app::model:1:{id}")).await;
                self.model.remove(&id);
            }
            Step::Clear => {
                self.nodes[number % 2].clear("model").await.unwrap();
                self.model.clear();
            }
            Step::Wait(seconds) => {
                if self.time == Time::Moves {
                    // A little beyond the second, so that nothing ends just now.
                    let wait = Duration::from_secs(seconds.into()) + Duration::from_millis(7);
                    tokio::time::advance(wait).await;
                    self.now += wait;
                    self.model.retain(|_, (_, end)| *end > self.now);
                }
            }
        }
    }

    async fn compare(&self, number: usize) {
        for id in 0..IDS {
            let expected = self.model.get(&id).map(|(value, _)| *value);
            assert_eq!(
                self.entry(number, id).peek().await.unwrap(),
                expected,
                "entry {id}"
            );
        }
        for team in 0..TEAMS {
            let mut found = self.cache(number).by_index("team", &team).await.unwrap();
            let values = self.model.values().map(|(value, _)| *value);
            let mut expected: Vec<u64> = values
                .filter(|value| teams(*value).contains(&team))
                .collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "team {team}");
        }
    }
}

fn teams(value: u64) -> Vec<u64> {
    let mut teams = vec![value / 100];
    if value.is_multiple_of(10) {
        teams.push((value / 100 + 1) % TEAMS);
    }
    teams
}

async fn play(fleet: &Fleet, steps: &[Step]) {
    let mut world = World::on(fleet).await;
    world.nodes[0].clear("model").await.unwrap();
    for (number, step) in steps.iter().enumerate() {
        world.take(number, step).await;
        world.compare(number + 1).await;
    }
}

fn play_all(cases: u32, play: impl Fn(Vec<Step>)) {
    let mut runner = TestRunner::new(Config::with_cases(cases));
    let steps = proptest::collection::vec(step(), 1..25);
    let played = runner.run(&steps, |steps| {
        let play = std::panic::AssertUnwindSafe(|| play(steps));
        match std::panic::catch_unwind(play) {
            Ok(()) => Ok(()),
            Err(_) => Err(TestCaseError::fail(
                "the cache and the map differ, see above",
            )),
        }
    });
    played.unwrap();
}

#[test]
fn indexes_answer_as_a_map_would_in_memory() {
    play_all(150, |steps| {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(&Fleet::memory(), &steps));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indexes_answer_as_a_map_would_on_redis() {
    let fleet = Fleet::redis();
    tokio::task::block_in_place(|| {
        play_all(20, |steps| Handle::current().block_on(play(&fleet, &steps)));
    });
}

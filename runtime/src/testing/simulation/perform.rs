//! Carrying out one operation.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::action::{Action, Asking, LoadEnd, LoadPlan};
use super::address::{Address, Namespace};
use super::groups::{FLOOR, Group, TEAM};
use super::history::Ending;
use super::remains::GARBAGE;
use super::source::{Origin, Value};
use super::stage::{Loading, Stage};
use super::terms::Terms;
use super::world::Stranger;
use crate::backend::Command;
use crate::cache::{Entry, ErrorRules};
use crate::error::Result;
use crate::larder::{Cache, Larder};

/// The error of a load.
#[derive(Debug, Clone, Copy)]
struct LoadFailed(Origin);

/// What an operation is carried out with.
pub(super) struct Means {
    pub(super) stage: Arc<Stage>,
    pub(super) stranger: Stranger,
    /// The process that acts.
    pub(super) larder: Larder,
    pub(super) terms: Terms,
}

/// Does it, and says how it ended.
pub(super) async fn perform(means: Means, operation: usize, action: Action) -> Ending {
    let acting = AssertUnwindSafe(act(&means, operation, action));
    acting.catch_unwind().await.unwrap_or(Ending::Panicked)
}

async fn act(means: &Means, operation: usize, action: Action) -> Ending {
    let entry = |address| means.entry(address);
    match action {
        Action::Call(address, plan, asking) => {
            let rules = ErrorRules::new().share();
            let entry = means.terms.entry(&means.asking(address, asking), address);
            let load = load(&means.stage, operation, address, plan);
            loaded(entry.try_get_or_load_with(&rules, load).await)
        }
        Action::Refresh(address, plan) => {
            let load = load(&means.stage, operation, address, plan);
            loaded(entry(address).try_refresh(load).await)
        }
        Action::Peek(address) => match entry(address).peek().await {
            Ok(value) => Ending::Read(value),
            Err(_) => Ending::Failed,
        },
        Action::Put(address, value) => done(&entry(address).put(&value).await),
        Action::Invalidate(address) => {
            let answer = entry(address).invalidate().await;
            if let Ok(token) = answer {
                means.stage.tell(address, token);
            }
            done(&answer)
        }
        Action::Clear(namespace) => done(&means.cache(namespace).clear().await),
        Action::ByIndex(namespace, group) => by_index(&means.cache(namespace), group).await,
        Action::KeysByIndex(namespace, group) => keys_by_index(means, namespace, group).await,
        Action::InvalidateIndex(namespace, group) => {
            let cache = means.cache(namespace);
            done(&match group {
                Group::Team(team) => cache.invalidate_index(TEAM, &team).await,
                Group::Floor(floor) => cache.invalidate_index(FLOOR, &floor).await,
            })
        }
        Action::InvalidateTag(label) => {
            let answer = means.larder.invalidate_tag(label.to_string()).await;
            if let Ok(token) = answer {
                let covered = Address::first(Address::MOST).filter(|address| label.is_on(*address));
                covered.for_each(|address| means.stage.tell(address, token));
            }
            done(&answer)
        }
        Action::Delete(address) => {
            let delete = Command::new("DEL").arg(key_of(means, address));
            means.stranger.run(delete).await;
            Ending::Done
        }
        Action::Overwrite(address) => {
            let set = Command::new("SET")
                .arg(key_of(means, address))
                .arg(GARBAGE)
                .arg("PX")
                .arg(means.terms.ttl.as_millis() as u64);
            means.stranger.run(set).await;
            Ending::Done
        }
        Action::Flush => {
            means.stranger.flush().await;
            Ending::Done
        }
        Action::Scenario => Ending::Done,
    }
}

/// Reads the source at once and answers when it has taken its time: the worst that a load can do.
async fn load(
    stage: &Arc<Stage>,
    operation: usize,
    address: Address,
    plan: LoadPlan,
) -> Result<Value, LoadFailed> {
    let loading = Loading::begin(stage, operation, address);
    if !plan.takes.is_zero() {
        stage.clock.sleep(plan.takes).await;
    }
    match plan.end {
        LoadEnd::Value => Ok(loading.value),
        LoadEnd::Error => Err(LoadFailed(loading.value.origin)),
        // Unlike `panic!`, without a word on stderr: it is meant.
        LoadEnd::Panic => std::panic::resume_unwind(Box::new("the plan wants this load to panic")),
    }
}

fn loaded(answer: Result<Value, LoadFailed>) -> Ending {
    match answer {
        Ok(value) => Ending::Read(Some(value)),
        Err(LoadFailed(origin)) => Ending::LoadFailed(origin),
    }
}

fn done<T>(answer: &Result<T>) -> Ending {
    match answer {
        Ok(_) => Ending::Done,
        Err(_) => Ending::Failed,
    }
}

fn key_of(means: &Means, address: Address) -> String {
    means.entry(address).key().unwrap_or_default()
}

impl Means {
    fn cache(&self, namespace: Namespace) -> Cache<Value> {
        self.terms.cache(&self.larder, namespace)
    }

    fn entry(&self, address: Address) -> Entry<Value> {
        self.terms.entry(&self.larder, address)
    }

    /// The process that acts, which asks this of copies of the entry.
    fn asking(&self, address: Address, asking: Asking) -> Larder {
        match asking {
            Asking::Nothing => self.larder.clone(),
            Asking::AtLeast => match self.stage.told(address) {
                Some(token) => self.larder.at_least(token),
                None => self.larder.clone(),
            },
            Asking::MaxAge(limit) => self.larder.max_age(limit),
        }
    }
}

async fn by_index(cache: &Cache<Value>, group: Group) -> Ending {
    let answer = match group {
        Group::Team(team) => cache.by_index(TEAM, &team).await,
        Group::Floor(floor) => cache.by_index(FLOOR, &floor).await,
    };
    answer.map_or(Ending::Failed, Ending::Listed)
}

async fn keys_by_index(means: &Means, namespace: Namespace, group: Group) -> Ending {
    let cache = means.cache(namespace);
    let answer = match group {
        Group::Team(team) => cache.keys_by_index(TEAM, &team).await,
        Group::Floor(floor) => cache.keys_by_index(FLOOR, &floor).await,
    };
    let address_of =
        |key: String| Address::first(Address::MOST).find(|address| key_of(means, *address) == key);
    answer.map_or(Ending::Failed, |keys| {
        Ending::Named(keys.into_iter().map(address_of).collect())
    })
}

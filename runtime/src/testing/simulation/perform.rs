//! Carrying out one operation.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::action::{Action, LoadEnd, LoadPlan};
use super::address::Address;
use super::history::Ending;
use super::source::{Origin, Value};
use super::stage::{Loading, Stage};
use super::world::{GARBAGE, Stranger};
use crate::backend::Command;
use crate::cache::ErrorRules;
use crate::error::Result;
use crate::larder::Cache;

/// The error of a load.
#[derive(Debug, Clone, Copy)]
struct LoadFailed(Origin);

/// What an operation is carried out with.
pub(super) struct Means {
    pub(super) stage: Arc<Stage>,
    pub(super) stranger: Stranger,
    /// The cache of the action's namespace, on the node that acts.
    pub(super) cache: Cache<Value>,
    /// How long what a stranger writes lives, in milliseconds.
    pub(super) ttl: u64,
}

/// Does it, and says how it ended.
pub(super) async fn perform(means: Means, operation: usize, action: Action) -> Ending {
    let acting = AssertUnwindSafe(act(&means, operation, action));
    acting.catch_unwind().await.unwrap_or(Ending::Panicked)
}

async fn act(means: &Means, operation: usize, action: Action) -> Ending {
    let entry = |address: Address| means.cache.entry(|key| address.write(key));
    match action {
        Action::Call(address, plan) => {
            let rules = ErrorRules::new().share();
            let load = load(&means.stage, operation, address, plan);
            let answer = entry(address).try_get_or_load_with(&rules, load).await;
            loaded(answer)
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
        Action::Invalidate(address) => done(&entry(address).invalidate().await),
        Action::Clear(_) => done(&means.cache.clear().await),
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
                .arg(means.ttl);
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
    super::world::key_of(&means.cache, address).unwrap_or_default()
}

//! `rolling_deploy`: while a new release goes out, its processes and those of the old one ask for
//! the same keys. How many calls are hits?
//!
//! The new build has one field more. With `#[serde(default)]` it can read values of the old one; a
//! second row is about a field without.

use larder::{Larder, cached};
use serde::{Deserialize, Serialize};

use crate::measure::{Progress, Result};
use crate::peers::cached as peer;
use crate::row::{Row, Target};
use crate::source;
use crate::support::server::RedisServer;

pub(super) const ID: &str = "rolling_deploy";

const KEYS: u64 = 50;
/// How often each key is asked for, by the two builds in turns. The first call of each is a miss in
/// any cache.
const CALLS: u64 = 40;

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let server = RedisServer::start();
    let url = server.url();
    peer::connect(&url)?;
    // Two processes, as far as Larder is concerned: they share nothing but the server.
    let old = Larder::builder().url(&url).app("deploy").build().await?;
    let new = Larder::builder().url(&url).app("deploy").build().await?;

    progress.say("one field added, with a default");
    let ours = hit_rate(0, async |id, build| match build {
        Build::Old => drop(old.scope(old_account(id)).await),
        Build::New => drop(new.scope(new_account(id)).await),
    });
    let ours = ours.await;
    let theirs = hit_rate(0, async |id, build| match build {
        Build::Old => drop(peer_old_account(id).await),
        Build::New => drop(peer_new_account(id).await),
    });
    let name = format!("{}, added with a default", peer::NAME);
    let with_default = row(ours, theirs.await, name);

    progress.say("one field added, without a default");
    // Other keys, so that the rows have nothing to do with each other.
    let ours = hit_rate(KEYS, async |id, build| match build {
        Build::Old => drop(old.scope(old_account(id)).await),
        Build::New => drop(new.scope(strict_account(id)).await),
    });
    let ours = ours.await;
    let theirs = hit_rate(KEYS, async |id, build| match build {
        Build::Old => drop(peer_old_account(id).await),
        Build::New => drop(peer_strict_account(id).await),
    });
    let name = format!("{}, added without a default", peer::NAME);
    Ok(vec![with_default, row(ours, theirs.await, name)])
}

fn row(ours: f64, peer: f64, name: String) -> Row {
    let most = 1.0 - 1.0 / CALLS as f64;
    Row::new(ID, ours, peer, name, "hit rate")
        .target(Target::OursAtLeast(0.95))
        .note(format!("{most} can be reached: each key is loaded once"))
}

#[derive(Debug, Clone, Copy)]
enum Build {
    Old,
    New,
}

/// The part of all calls for which no body ran.
async fn hit_rate(first_key: u64, call: impl AsyncFn(u64, Build)) -> f64 {
    source::loads();
    for number in 0..CALLS {
        for id in first_key..first_key + KEYS {
            let build = if (number + id).is_multiple_of(2) {
                Build::Old
            } else {
                Build::New
            };
            call(id, build).await;
        }
    }
    1.0 - source::loads() as f64 / (KEYS * CALLS) as f64
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OldAccount {
    id: u64,
    owner: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct NewAccount {
    id: u64,
    owner: String,
    #[serde(default)]
    limit_cents: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StrictAccount {
    id: u64,
    owner: String,
    limit_cents: u64,
}

async fn load_old(id: u64) -> OldAccount {
    let owner = source::load(id).await.name;
    OldAccount { id, owner }
}

async fn load_new(id: u64) -> NewAccount {
    let owner = source::load(id).await.name;
    let limit_cents = 1001;
    NewAccount {
        id,
        owner,
        limit_cents,
    }
}

async fn load_strict(id: u64) -> StrictAccount {
    let owner = source::load(id).await.name;
    let limit_cents = 1001;
    StrictAccount {
        id,
        owner,
        limit_cents,
    }
}

#[cached(namespace = "accounts", ttl = "5m")]
async fn old_account(id: u64) -> OldAccount {
    load_old(id).await
}

#[cached(namespace = "accounts", ttl = "5m")]
async fn new_account(id: u64) -> NewAccount {
    load_new(id).await
}

#[cached(namespace = "accounts", ttl = "5m")]
async fn strict_account(id: u64) -> StrictAccount {
    load_strict(id).await
}

/// Three builds of one function, which `cached` tells apart by what it stores them under: the same
/// here.
#[rustfmt::skip]
macro_rules! peer_build {
    ($name:ident, $load:ident, $account:ident, $store:literal) => {
        #[::cached::macros::concurrent_cached(
            map_error = |error| format!("{error:?}"),
            ty = $store,
            create = r#" { peer::store("accounts").await } "#
        )]
        async fn $name(id: u64) -> std::result::Result<$account, String> {
            Ok($load(id).await)
        }
    };
}

peer_build!(
    peer_old_account,
    load_old,
    OldAccount,
    "::cached::AsyncRedisCache<u64, OldAccount>"
);
peer_build!(
    peer_new_account,
    load_new,
    NewAccount,
    "::cached::AsyncRedisCache<u64, NewAccount>"
);
peer_build!(
    peer_strict_account,
    load_strict,
    StrictAccount,
    "::cached::AsyncRedisCache<u64, StrictAccount>"
);

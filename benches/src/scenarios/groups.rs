//! What the scenarios about groups have in common: very many entries, and a connection that knows
//! nothing of them.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use larder::{Cache, CacheSpec, Entry, Larder, Ttl};
use redis::aio::MultiplexedConnection;

use crate::measure::{Progress, Result};

/// How many entries one group has.
pub(super) const ENTRIES: u64 = 100_000;
/// How many of them are stored side by side.
const WRITERS: usize = 256;

const SPEC: CacheSpec = CacheSpec::new("grouped", Ttl::after(Duration::from_hours(1)));

/// The entries, as a user would store them: 100 bytes each, all with one tag, and all of one team.
pub(super) fn cache(larder: &Larder) -> Cache<String> {
    larder.cache(SPEC).index("team", |_, team| team.value(&7))
}

pub(super) fn tagged(larder: &Larder, id: u64) -> Entry<String> {
    let entry = larder.cache(SPEC).entry(|key| key.arg(&id));
    entry.tag("user:7")
}

/// Loads every entry.
pub(super) async fn fill(progress: &Progress, entry: impl Fn(u64) -> Entry<String>) -> Result<()> {
    progress.say(format!("{ENTRIES} entries are stored"));
    let mut loads = stream::iter(0..ENTRIES)
        .map(|id| {
            let entry = entry(id);
            async move { entry.get_or_load(async { "x".repeat(100) }).await }
        })
        .buffer_unordered(WRITERS);
    while loads.next().await.is_some() {}
    Ok(())
}

/// A Larder whose calls wait as long as a busy machine needs.
pub(super) async fn connect(url: &str) -> Result<Larder> {
    let patience = Duration::from_secs(30);
    let larder = Larder::builder().url(url).app("bench");
    let larder = larder.call_budget(patience).command_timeout(patience);
    Ok(larder.build().await?)
}

/// A plain connection.
pub(super) async fn bare(url: &str) -> Result<MultiplexedConnection> {
    let client = redis::Client::open(url)?;
    Ok(client.get_multiplexed_async_connection().await?)
}

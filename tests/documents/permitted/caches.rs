//! Every kind of cached function.

use std::collections::HashMap;
use std::time::Duration;

use larder::{CacheSpec, Expiry, Larder, Ttl, cached};
use larder_runtime::clock::Clock;

use super::{Permitted, patiently, until};

#[cached(namespace = "plain", ttl = "1m")]
async fn plain(id: u64) -> u64 {
    id
}

/// Its load takes longer than its lease, which is prolonged meanwhile.
#[cached(namespace = "slow", ttl = "1m", lease = "100ms")]
async fn slow(id: u64) -> u64 {
    Clock::system().sleep(Duration::from_millis(150)).await;
    id
}

/// Its load gives the lease back.
#[cached(namespace = "failing", ttl = "1m")]
async fn failing(id: u64) -> Result<u64, String> {
    Err(format!("no {id}"))
}

#[cached(namespace = "tagged", ttl = "1m", tags = ["user:{id}"])]
async fn tagged(id: u64) -> u64 {
    id
}

#[cached(namespace = "indexed", ttl = "1m", index(tens = *value / 10))]
async fn indexed(id: u64) -> u64 {
    id
}

#[cached(namespace = "stale", ttl = "1ms", stale = "1h")]
async fn stale(id: u64) -> u64 {
    id
}

#[cached(namespace = "throttled", ttl = "1ms", stale = "1h", on_error = "stale")]
async fn throttled(id: u64) -> Result<u64, String> {
    Err(format!("no {id}"))
}

#[cached(namespace = "unread", ttl = "1h", idle = "10m")]
async fn unread(id: u64) -> u64 {
    id
}

#[cached(namespace = "local", ttl = "1h", local = true)]
async fn local(id: u64) -> u64 {
    id
}

#[cached(namespace = "batch", ttl = "1h", batch, index(tens = *value / 10), tags = ["user:{id}"])]
async fn batch(id: Vec<u64>) -> HashMap<u64, u64> {
    id.into_iter().map(|id| (id, id)).collect()
}

#[cached(namespace = "stale.batch", ttl = "1ms", stale = "1h", batch)]
async fn stale_batch(id: Vec<u64>) -> HashMap<u64, u64> {
    id.into_iter().map(|id| (id, id)).collect()
}

const NAMESPACES: [&str; 11] = [
    "plain",
    "slow",
    "failing",
    "tagged",
    "indexed",
    "stale",
    "throttled",
    "unread",
    "local",
    "batch",
    "stale.batch",
];

impl Permitted {
    pub(super) async fn use_caches(&self) {
        self.here
            .scope(async {
                verbs().await.unwrap();
                groups().await.unwrap();
                batches().await.unwrap();
                self.what_grows_old().await;
            })
            .await;
        self.copies().await;
        self.what_expires().await.unwrap();
        for larder in [&self.here, &self.there] {
            for namespace in NAMESPACES {
                let stats = larder.stats(namespace);
                let failed = (stats.degraded, stats.fill_failed);
                assert_eq!(failed, (0, 0), "{namespace}: {stats:?}");
            }
            assert_eq!(larder.queued_invalidations(), 0);
        }
    }

    async fn what_grows_old(&self) {
        let larder = Larder::current().unwrap();
        until("a refresh", async || {
            stale(7).await;
            larder.stats("stale").refreshed > 0
        })
        .await;
        throttled::put(7, &1).await.unwrap();
        until("a refresh that fails", async || {
            throttled(7).await.unwrap();
            larder.stats("throttled").refresh_failed > 0
        })
        .await;
        self.until_run("cache/lease/hold.lua").await;
        until("a refresh of many", async || {
            stale_batch(vec![1, 2]).await;
            larder.stats("stale.batch").refreshed > 1
        })
        .await;

        unread(7).await;
        // As time that passes would.
        let key = unread::key(7).unwrap();
        self.server.command(&["PEXPIRE", &key, "60000"]);
        unread(7).await;
        until("a read that is told", async || {
            let left = self.server.command(&["PTTL", &key]);
            left.parse::<i64>().unwrap() > 60_000
        })
        .await;
    }

    /// A copy here ends because the entry changes there.
    async fn copies(&self) {
        until("a copy", async || {
            self.here.scope(local(7)).await;
            self.here.stats("local").local_hits > 0
        })
        .await;
        self.there.scope(local::put(7, &8)).await.unwrap();
        until("the new value", async || {
            self.here.scope(local(7)).await == 8
        })
        .await;
    }

    async fn what_expires(&self) -> larder::Result<()> {
        let spec = CacheSpec::new("expires", Ttl::after(Duration::from_millis(30)));
        let mut expired = self.here.expired("expires").await?.once_in_the_fleet();
        let entry = self.there.cache::<u64>(spec).entry(|key| key.arg(&7_u64));
        entry.put(&1).await?;
        let event = patiently("an entry that expires", expired.next()).await;
        assert!(matches!(event, Some(Expiry::Entry(_))));
        Ok(())
    }
}

async fn verbs() -> larder::Result<()> {
    plain(7).await;
    plain::peek(7).await?;
    plain::ttl(7).await?;
    plain::refresh(7).await;
    plain::put(7, &8).await?;
    plain::invalidate(7).await?;
    plain(7).await;
    plain::clear().await?;
    let callers: Vec<_> = (0..50).map(|_| larder::spawn(plain(9))).collect();
    for caller in callers {
        caller.await.unwrap();
    }
    slow(7).await;
    failing(7).await.unwrap_err();

    let spec = CacheSpec::new("plain", Ttl::after(Duration::from_mins(1)));
    let numbers = Larder::current()?.cache::<u64>(spec);
    let entry = numbers.entry(|key| key.arg(&7_u64));
    entry.put(&1).await?;
    entry.update(|value| *value += 1).await?;
    entry.touch().await?;
    Ok(())
}

async fn groups() -> larder::Result<()> {
    let larder = Larder::current()?;
    tagged(7).await;
    tagged(7).await;
    larder.invalidate_tag("user:7").await?;
    tagged(7).await;
    tagged::clear().await?;

    for id in 7..12 {
        indexed(id).await;
    }
    indexed::put(13, &130).await?;
    indexed::by_tens(0).await?;
    indexed::invalidate_tens(0).await?;
    indexed(7).await;
    indexed::refresh(7).await;
    indexed::invalidate(7).await?;
    indexed::clear().await?;
    Ok(())
}

async fn batches() -> larder::Result<()> {
    batch(vec![1, 2, 3]).await;
    batch(vec![1, 2, 3, 40]).await;
    batch::invalidate_tens(0).await?;
    Larder::current()?.invalidate_tag("user:40").await?;
    batch(vec![1, 40]).await;
    batch::clear().await?;
    Ok(())
}

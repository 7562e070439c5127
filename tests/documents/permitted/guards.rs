//! What stands guard over work: locks, permits, rate limits, idempotency.

use std::time::Duration;

use larder::{Algorithm, Error, Result};

use super::{PATIENCE, Permitted};

const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Gcra,
    Algorithm::TokenBucket,
    Algorithm::FixedWindow,
    Algorithm::SlidingWindow,
    Algorithm::SlidingLog,
];

/// So short that what is held for as long as a test takes is renewed.
const SHORT: Duration = Duration::from_secs(2);

impl Permitted {
    pub(super) async fn use_guards(&self) {
        self.locks().await.unwrap();
        self.permits().await.unwrap();
        self.limits().await.unwrap();
        Box::pin(self.idempotency()).await.unwrap();
    }

    async fn locks(&self) -> Result<()> {
        for (key, is_fair) in [("quick", false), ("fair", true)] {
            let lock = |larder: &larder::Larder| {
                let lock = larder.lock("orders").wait(PATIENCE);
                if is_fair { lock.fair() } else { lock }
            };
            let held = lock(&self.here).acquire(key).await?;
            let waiter = lock(&self.there);
            let waiter = tokio::spawn(async move { waiter.read(key).await });
            let queue = format!("{{shop::~orders:1:{key}}}:queue");
            self.until_heard(&queue, 1).await;
            held.release().await?;
            waiter.await.unwrap()?.release().await?;
        }
        let orders = self.here.lock("orders");
        orders.acquire_all(&["b", "a"]).await?.release().await?;
        // Those who come at the same moment are answered together.
        let many: Vec<_> = (0..50_u64)
            .map(|order| {
                let orders = orders.clone();
                tokio::spawn(async move { orders.run(&order, async {}).await })
            })
            .collect();
        for one in many {
            one.await.unwrap()?;
        }
        let renewed = orders.lease(SHORT).acquire("renewed").await?;
        self.until_run("lock/renew.lua").await;
        renewed.release().await?;

        let quorum = |larder: &larder::Larder| larder.lock("quorum").quorum().wait(PATIENCE);
        let held = quorum(&self.here).acquire("a").await?;
        let waiter = quorum(&self.there);
        let waiter = tokio::spawn(async move { waiter.acquire("a").await });
        self.until_heard("{shop::~quorum:1:a}:queue", 1).await;
        held.release().await?;
        waiter.await.unwrap()?.release().await?;
        // With one that is silent, the one that is looked at is of the majority. By now the servers
        // remember for long enough that it need not be asked.
        self.others[0].command(&["CLIENT", "PAUSE", "60000", "WRITE"]);
        let held = quorum(&self.here).lease(SHORT).acquire("b").await?;
        self.others[0].command(&["CLIENT", "UNPAUSE"]);
        held.release().await
    }

    async fn permits(&self) -> Result<()> {
        let exports = |larder: &larder::Larder| {
            let builder = larder.permits("exports").lease(SHORT).wait(PATIENCE);
            builder.limit(1).unwrap()
        };
        let held = exports(&self.here).acquire("all").await?;
        let waiter = exports(&self.there);
        let waiter = tokio::spawn(async move { waiter.run("all", async {}).await });
        self.until_heard("{shop::+exports:1:all}:turns", 1).await;
        self.until_run("permits/keep.lua").await;
        assert_eq!(exports(&self.here).in_use("all").await?, 1);
        held.release().await?;
        waiter.await.unwrap()
    }

    async fn limits(&self) -> Result<()> {
        for algorithm in ALGORITHMS {
            let limiter = self.here.limiter("limits").algorithm(algorithm);
            let limiter = limiter.limits("100/d")?;
            limiter.check("ada").await?.into_result()?;
            limiter.peek("ada").await?;
            limiter.acquire("ada", 1, PATIENCE).await?;
            limiter.reset("ada").await?;
        }
        let tokens = self.here.limiter("tokens").limits("1000/m")?;
        let lease = Duration::from_secs(30);
        tokens.reserve("ada", 80, lease).await?.settle(10).await?;
        tokens.reserve("ada", 80, lease).await?.cancel().await?;
        let borrowed = self.here.limiter("borrowed").batch(10).limits("1000/m")?;
        borrowed.check("ada").await?.into_result()?;
        for namespace in ["limits", "tokens", "borrowed"] {
            let stats = self.here.rate_stats(namespace);
            assert_eq!((stats.degraded, stats.denied), (0, 0), "{stats:?}");
        }
        Ok(())
    }

    async fn idempotency(&self) -> Result<()> {
        let payments = |larder: &larder::Larder| {
            let builder = larder.idempotency("payments").lease(SHORT).wait(PATIENCE);
            builder.ttl(Duration::from_hours(1)).unwrap()
        };
        let (here, there) = (payments(&self.here), payments(&self.there));
        let runs = tokio::sync::Notify::new();
        let run = here.run("a", &7_u64, async {
            runs.notify_one();
            self.until_run("idempotency/continue.lua").await;
            Ok::<_, Error>(1_u64)
        });
        let wait = async {
            runs.notified().await;
            let body = async { Ok::<_, Error>(2_u64) };
            there.run("a", &7_u64, body).await
        };
        let (first, second) = tokio::join!(run, wait);
        assert_eq!((first?, second?), (1, 1));
        let failed = here.run("b", &7_u64, async {
            Err::<u64, _>(Error::new(larder::ErrorKind::Closed, "pay", "no"))
        });
        failed.await.unwrap_err();
        assert!(here.forget("a").await?);
        Ok(())
    }
}

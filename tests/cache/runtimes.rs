//! Several runtimes in one process: one that has ended, or that nobody drives, takes nothing from
//! those who wait in another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use larder::{CacheSpec, Expirations, Expiry, Larder, MemoryServer, Ttl, cached};
use larder_runtime::backend::Command;

use crate::fleet::{Fleet, PATIENCE, start};
use crate::source::Source;
use crate::support::runtimes::{Fate, another, home};

const ACTIONS: CacheSpec = CacheSpec::new(NAMESPACE, Ttl::after(Duration::from_millis(30)));
const NAMESPACE: &str = "runtimes.actions";
const BUDGET: Duration = Duration::from_millis(100);

whatever_becomes_of_the_first_runtime!(who_asks_for_what_expires_is_told_in_another_runtime);

fn who_asks_for_what_expires_is_told_in_another_runtime(fleet: &Fleet, fate: Fate) {
    let home = home();
    let (node, stranger) = home.block_on(async {
        let (node, stranger) = (fleet.node().await, fleet.stranger().await);
        let tell = ["SET", "notify-keyspace-events", "Ex"];
        stranger.run(Command::new("CONFIG").args(tell)).await;
        (node, stranger)
    });
    let first = another();
    let mut begun = first.block_on(node.expired(NAMESPACE)).unwrap();
    let _first = fate.befall(first);

    another().block_on(async {
        if let Fleet::Redis(_) = fleet {
            let kill = Command::new("CLIENT").arg("KILL").arg("TYPE").arg("pubsub");
            stranger.run(kill).await;
            assert_eq!(next(&mut begun).await, Expiry::Missed);
        }
        is_told(&node, &mut begun).await;
        drop(begun);
        let mut listener = node.expired(NAMESPACE).await.unwrap();
        is_told(&node, &mut listener).await;
    });
}

/// What is sent for it is sent before its runtime is over.
#[test]
fn a_load_that_ends_with_its_runtime_gives_its_lease_back() {
    for fleet in [Fleet::memory(), Fleet::redis()] {
        let home = home();
        let (here, there) = home.block_on(async { (fleet.node().await, fleet.node().await) });
        let held = Source::held(1);
        let first = another();
        first.block_on(async {
            start(&here, read(1, Arc::clone(&held)));
            held.load_begins().await;
        });
        drop(first);
        another().block_on(async {
            let loading = there.scope(read(1, Source::open(2)));
            let loaded = tokio::time::timeout(PATIENCE, loading).await;
            assert_eq!(loaded.expect("it need not wait"), 2);
        });
        assert_eq!(there.stats("runtimes").alone, 0);
    }
}

async fn next(expired: &mut Expirations) -> Expiry {
    let event = tokio::time::timeout(PATIENCE, expired.next());
    event.await.expect("an event").expect("no end")
}

async fn is_told(node: &Larder, expired: &mut Expirations) {
    let entry = node.cache::<u64>(ACTIONS).entry(|key| key.arg("a"));
    entry.put(&1).await.unwrap();
    let event = next(expired).await;
    assert!(matches!(event, Expiry::Entry(_)), "{event:?}");
}

#[cached(
    namespace = "runtimes",
    ttl = "1m",
    wait = "1m",
    lease = "1m",
    budget = "100ms",
    skip(source)
)]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[test]
fn who_waits_in_another_runtime_is_told_that_the_server_is_gone() {
    who_waits_is_told(Fate::Ends);
    who_waits_is_told(Fate::StandsStill);
}

fn who_waits_is_told(fate: Fate) {
    let home = home();
    let server = MemoryServer::new();
    let other = Larder::builder().on_memory(&server);
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let held = Source::held(1);
    home.block_on(async {
        for id in [1, 2] {
            start(&other, read(id, Arc::clone(&held)));
            held.load_begins().await;
        }
    });
    let first = another();
    first.block_on(async {
        let waiting = node.scope(read(1, Source::open(2)));
        let gone = tokio::time::timeout(Duration::from_millis(30), waiting).await;
        assert!(gone.is_err(), "it waits");
    });
    let _first = fate.befall(first);

    let before = control.round_trips();
    another().block_on(async {
        let waiting = start(&node, read(2, Source::open(2)));
        // It asks for the lease and looks.
        while control.round_trips().since(&before).total() < 2 {
            tokio::task::yield_now().await;
        }
        control.black_hole();
        let began = Instant::now();
        let told = tokio::time::timeout(PATIENCE, waiting).await;
        assert_eq!(told.expect("it is told").unwrap(), 2);
        // Whatever else this machine does meanwhile.
        assert!(
            began.elapsed() < BUDGET * 20,
            "{fate:?}: {:?}",
            began.elapsed()
        );
    });
    held.release();
}

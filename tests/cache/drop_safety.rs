//! Invariant 4: a call may be dropped anywhere.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use larder::{CacheSpec, Larder, MemoryServer, Ttl, cached};

use crate::fleet::{Fleet, PATIENCE, start};
use crate::source::Source;

#[cached(namespace = "drops", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "panics", ttl = "1m", skip(source))]
async fn panic_once(_id: u64, source: Arc<Source>) -> u64 {
    let first = source.loads() == 0;
    let value = source.load().await;
    assert!(!first, "the first load panics, as this test wants it");
    value
}

on_each_backend!(
    when_the_leader_is_dropped_another_takes_over,
    when_the_leader_is_dropped_another_node_takes_over,
    when_the_leader_panics_another_takes_over,
    who_takes_over_a_revoked_lease_waits_for_the_one_who_has_it,
    a_dropped_leader_without_followers_gives_its_lease_back,
    who_closes_his_larder_leaves_no_lease_behind,
    a_dropped_follower_leaves_the_others_alone,
    a_batch_that_runs_its_body_holds_up_nobody_who_waits_as_it_does,
);

async fn when_the_leader_is_dropped_another_takes_over(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(5);
    let leader = start(&node, read(7, Arc::clone(&source)));
    source.load_begins().await;
    let followers: Vec<_> = (0..10)
        .map(|_| start(&node, read(7, Arc::clone(&source))))
        .collect();
    // They are there when each has looked at the lease; a stranger's question comes after theirs.
    fleet.stranger().await.get("anything").await;

    leader.abort();
    source.load_begins().await;
    source.release();
    for follower in followers {
        assert_eq!(follower.await.unwrap(), 5);
    }
    assert_eq!(source.loads(), 2, "one took over for all");
}

async fn when_the_leader_is_dropped_another_node_takes_over(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(5);
    let leader = start(&here, read(7, Arc::clone(&source)));
    source.load_begins().await;
    let waiting = start(&there, read(7, Arc::clone(&source)));

    leader.abort();
    source.load_begins().await;
    source.release();
    assert_eq!(waiting.await.unwrap(), 5);
    assert_eq!(there.scope(read::peek(7)).await.unwrap(), Some(5));
}

/// A batch that waits for two keys has one of them to load, and others wait for the other one: they
/// take over from its leader, whatever the batch is about.
async fn a_batch_that_runs_its_body_holds_up_nobody_who_waits_as_it_does(fleet: Fleet) {
    const SPEC: CacheSpec =
        CacheSpec::new("both", Ttl::after(Duration::from_mins(1))).wait(Duration::from_hours(1));
    let node = fleet.node().await;
    let cache = node.cache::<u64>(SPEC);
    let load = |id: u64, source: &Arc<Source>| {
        let (entry, source) = (cache.entry(|key| key.arg(&id)), Arc::clone(source));
        start(&node, async move { entry.get_or_load(source.load()).await })
    };
    let theirs = Source::held(1);
    let leaders = [load(1, &theirs), load(2, &theirs)];
    theirs.load_begins().await;
    theirs.load_begins().await;
    let ours = Source::held(5);
    let (of_batch, source) = (cache.clone(), Arc::clone(&ours));
    let batch = start(&node, async move {
        let body = async |ids: Vec<u64>| {
            let number = source.load().await;
            ids.into_iter().map(|id| (id, number)).collect()
        };
        of_batch.get_many_or_load(&[1, 2], body).await
    });
    // The batch is there first, each when it has looked at the lease.
    let stranger = fleet.stranger().await;
    stranger.get("anything").await;
    let waiting = load(2, &Source::open(3));
    stranger.get("anything").await;

    let [one, other] = leaders;
    one.abort();
    ours.load_begins().await;
    other.abort();
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert_eq!(waited.expect("it takes over").unwrap(), 3);
    ours.release();
    assert_eq!(batch.await.unwrap(), [(1, 5), (2, 3)].into());
}

/// The leader's lease was revoked and another node loads by then: whoever takes over does not load
/// beside it.
async fn who_takes_over_a_revoked_lease_waits_for_the_one_who_has_it(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let (old, new) = (Source::held(1), Source::held(2));
    let leader = start(&here, read(7, Arc::clone(&old)));
    old.load_begins().await;
    let follower = start(&here, read(7, Arc::clone(&old)));
    // It follows when it has looked at the lease; a stranger's question comes after its own.
    tokio::task::yield_now().await;
    fleet.stranger().await.get("anything").await;

    there.scope(read::invalidate(7)).await.unwrap();
    let rightful = start(&there, read(7, Arc::clone(&new)));
    new.load_begins().await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    tokio::task::yield_now().await;
    fleet.stranger().await.get("anything").await;
    new.release();
    // Whoever loads from the old source now gets an answer, which is wrong.
    old.release();
    assert_eq!(rightful.await.unwrap(), 2);
    assert_eq!(follower.await.unwrap(), 2);
    assert_eq!((old.loads(), new.loads()), (1, 1));
}

async fn when_the_leader_panics_another_takes_over(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(5);
    let leader = start(&node, panic_once(7, Arc::clone(&source)));
    source.load_begins().await;
    let follower = start(&node, panic_once(7, Arc::clone(&source)));
    source.release();
    assert!(leader.await.unwrap_err().is_panic());
    assert_eq!(follower.await.unwrap(), 5);
}

async fn a_dropped_leader_without_followers_gives_its_lease_back(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(5);
    let leader = start(&here, read(7, Arc::clone(&source)));
    source.load_begins().await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());

    // A lease that was not given back would hold this one up for the rest of its two seconds, and
    // then it would still load: so the proof is in the number of leases that it found, which
    // `alone` and `degraded` would show.
    source.release();
    assert_eq!(there.scope(read(7, Arc::clone(&source))).await, 5);
    let stats = there.stats("drops");
    assert_eq!((stats.loads, stats.alone, stats.degraded), (1, 0, 0));
}

/// As a server does that ends with requests under way: one loads, one refreshes by hand, and one by
/// what is stale.
async fn who_closes_his_larder_leaves_no_lease_behind(fleet: Fleet) {
    const SPEC: CacheSpec = CacheSpec::new("closed", Ttl::after(Duration::from_mins(1)))
        .refresh_every(Duration::from_millis(1))
        .lease(Duration::from_hours(1))
        .wait(Duration::from_millis(100));
    let (here, there) = (fleet.node().await, fleet.node().await);
    let entry = |node: &Larder, id: u64| node.cache::<u64>(SPEC).entry(|key| key.arg(&id));
    entry(&here, 2).put(&1).await.unwrap();
    entry(&here, 3).put(&1).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let source = Source::held(5);
    {
        let loads = [entry(&here, 1), entry(&here, 2)].map(|entry| {
            let source = Arc::clone(&source);
            Box::pin(async move { entry.get_or_load(source.load()).await })
        });
        let refreshed = entry(&here, 3);
        let begun = async {
            for _ in 0..3 {
                source.load_begins().await;
            }
        };
        let [load, refresh] = loads;
        tokio::select! {
            loaded = load => panic!("loaded {loaded}"),
            loaded = refresh => panic!("refreshed {loaded}"),
            loaded = refreshed.refresh(source.load()) => panic!("refreshed {loaded:?}"),
            () = begun => {}
        }
    }
    here.close().await;
    let source = Source::open(7);
    for id in 1..=3 {
        let loaded = entry(&there, id).get_or_load(source.load()).await;
        assert_eq!(loaded, 7, "of {id}");
    }
    assert_eq!(there.stats("closed").alone, 0);
}

async fn a_dropped_follower_leaves_the_others_alone(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(5);
    let leader = start(&node, read(7, Arc::clone(&source)));
    source.load_begins().await;
    let dropped = start(&node, read(7, Arc::clone(&source)));
    let stays = start(&node, read(7, Arc::clone(&source)));
    tokio::task::yield_now().await;
    dropped.abort();
    source.release();
    assert_eq!(leader.await.unwrap(), 5);
    assert_eq!(stays.await.unwrap(), 5);
    assert_eq!(source.loads(), 1);
}

/// Drops a call after its first, second, … poll, until it gets through, on a server that takes its
/// time for everything. After each: nobody hangs, nothing is left behind, and the value is right.
#[tokio::test(start_paused = true)]
async fn a_call_can_be_dropped_at_every_await() {
    let mut polls = 1;
    loop {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        control.delay_requests(Duration::from_millis(1));
        control.delay_replies(Duration::from_millis(1));
        let (here, there) = (
            Larder::builder().on_memory_link(link),
            Larder::builder().on_memory(&server),
        );
        let source = Source::open(5);

        let call = here.scope(slowly(7, Arc::clone(&source)));
        let got_through = DropAfter {
            polls,
            call: Some(Box::pin(call)),
        }
        .await;
        // Somebody on the same node and somebody on another one, at once.
        let bound = Duration::from_millis(100);
        let beside = tokio::time::timeout(bound, here.scope(slowly(7, Arc::clone(&source))));
        let elsewhere = tokio::time::timeout(bound, there.scope(slowly(7, Arc::clone(&source))));
        let (beside, elsewhere) = tokio::join!(beside, elsewhere);
        assert_eq!(beside, Ok(5), "dropped after {polls} polls");
        assert_eq!(elsewhere, Ok(5), "dropped after {polls} polls");
        assert_eq!(
            there.scope(slowly::peek(7)).await.unwrap(),
            Some(5),
            "dropped after {polls} polls"
        );
        if got_through.is_some() {
            assert!(
                polls > 6,
                "a call that waits for a server and a source takes more than {polls} polls"
            );
            return;
        }
        polls += 1;
    }
}

#[cached(namespace = "slowly", ttl = "1m", skip(source))]
async fn slowly(_id: u64, source: Arc<Source>) -> u64 {
    tokio::time::sleep(Duration::from_millis(3)).await;
    tokio::task::yield_now().await;
    source.load().await
}

/// A future that drops what it runs after so many polls, without an output.
pub(crate) struct DropAfter<F> {
    pub(crate) polls: usize,
    pub(crate) call: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for DropAfter<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(call) = &mut self.call else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(output) = pin!(call).poll(context) {
            return Poll::Ready(Some(output));
        }
        self.polls -= 1;
        if self.polls == 0 {
            self.call = None;
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

/// One question to extend the lease vanishes: the next comes in time.
#[tokio::test(start_paused = true)]
async fn an_extension_that_is_lost_does_not_cost_the_lease() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let (here, there) = (
        Larder::builder().on_memory_link(link),
        Larder::builder().on_memory(&server),
    );
    let slow = Source::held(1);
    let loading = start(&here, read(7, Arc::clone(&slow)));
    slow.load_begins().await;
    // A lease lives for two seconds, and is extended after a third of it.
    tokio::time::sleep(Duration::from_millis(600)).await;
    control.delay_requests(Duration::from_mins(1));
    tokio::time::sleep(Duration::from_millis(100)).await;
    control.delay_requests(Duration::ZERO);

    let waiting = start(&there, read(7, Source::open(2)));
    tokio::time::sleep(Duration::from_secs(3)).await;
    slow.release();
    assert_eq!((loading.await.unwrap(), waiting.await.unwrap()), (1, 1));
}

/// The lease ends while its body still runs, since nobody could extend it: another node loads, and
/// the late value is dropped.
#[tokio::test(start_paused = true)]
async fn a_leader_that_outlives_its_lease_stores_nothing() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let (here, there) = (
        Larder::builder().on_memory_link(link),
        Larder::builder().on_memory(&server),
    );
    let slow = Source::held(1);
    let outlived = start(&here, read(7, Arc::clone(&slow)));
    slow.load_begins().await;

    control.black_hole();
    assert_eq!(
        there.scope(read(7, Source::open(2))).await,
        2,
        "the lease has ended after two seconds"
    );
    control.heal();
    slow.release();
    assert_eq!(outlived.await.unwrap(), 1);
    assert_eq!(there.scope(read::peek(7)).await.unwrap(), Some(2));
    assert_eq!(here.stats("drops").voided, 1);
}

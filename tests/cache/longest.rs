//! Times that are longer than any server can count are a thousand years: what is declared with one
//! is stored, found, listed and invalidated like anything else, and has an end unless `never` was
//! written.

use std::sync::Arc;
use std::time::Duration;

use larder::{CacheSpec, Early, Entry, Larder, Local, Ttl, cached};

use crate::fleet::{Fleet, start};
use crate::linked::Linked;
use crate::source::Source;

/// With these, sums overflow, casts to milliseconds wrap, and the last is what stands for never.
const LONG: [Duration; 3] = [
    Duration::from_millis(u64::MAX),
    Duration::from_secs(u64::MAX),
    Duration::MAX,
];
const MINUTE: Duration = Duration::from_mins(1);
const CENTURY: Duration = Duration::from_hours(100 * 365 * 24);
const MILLENNIUM: Duration = Duration::from_hours(1000 * 366 * 24);

#[cached(
    namespace = "long.written",
    ttl = Duration::MAX,
    jitter = 0.1,
    stale = Duration::MAX,
    lease = Duration::MAX,
    wait = Duration::MAX,
    local = Duration::MAX,
    index(tens = value / 10),
    tags = ["user:{id}"]
)]
async fn written(id: u64) -> u64 {
    id
}

on_each_backend!(
    the_longest_ttl_has_an_end,
    a_tag_outlives_what_lives_longest,
    an_index_lists_what_lives_longest,
    grace_makes_no_value_endless,
    an_entry_may_go_unread_for_longest,
    a_lease_may_be_the_longest,
    the_longest_wait_ends_with_the_load,
    a_copy_may_be_kept_for_longest,
    an_attribute_may_say_it_of_everything,
    an_invalidation_of_what_lives_longest_waits_for_the_server,
);

/// An entry for each of the long times, of a cache that is declared by it.
fn entries(node: &Larder, declare: impl Fn(Duration) -> CacheSpec) -> Vec<Entry<u64>> {
    let ids = 0_u64..;
    let caches = LONG.iter().map(|long| node.cache::<u64>(declare(*long)));
    caches
        .zip(ids)
        .map(|(cache, id)| cache.entry(|key| key.arg(&id)))
        .collect()
}

fn lives(namespace: &'static str, long: Duration) -> CacheSpec {
    CacheSpec::new(namespace, Ttl::after(long))
}

fn minute(namespace: &'static str) -> CacheSpec {
    lives(namespace, MINUTE)
}

/// It is loaded once and found from then on; answers how long it still lives.
async fn is_found(entry: &Entry<u64>) -> Duration {
    assert_eq!(entry.get_or_load(async { 1 }).await, 1);
    assert_eq!(entry.get_or_load(async { 2 }).await, 1);
    assert_eq!(entry.peek().await.unwrap(), Some(1));
    let ttl = entry.ttl().await.unwrap().expect("it is stored");
    ttl.duration()
        .expect("nobody has written that it has no end")
}

fn is_about_a_millennium(left: Duration) {
    assert!(left > 9 * CENTURY && left <= MILLENNIUM, "{left:?}");
}

async fn the_longest_ttl_has_an_end(fleet: Fleet) {
    let node = fleet.node().await;
    for entry in entries(&node, |long| lives("long.ttl", long)) {
        is_about_a_millennium(is_found(&entry).await);
        entry.put(&3).await.unwrap();
        entry.touch().await.unwrap();
        entry.update(|value| *value += 1).await.unwrap();
        assert_eq!(entry.peek().await.unwrap(), Some(4));
    }
    for entry in entries(&node, |long| lives("long.jitter", long).jitter(0.05)) {
        is_about_a_millennium(is_found(&entry).await);
    }
    let early = Early::Last(0.1);
    for entry in entries(&node, |long| lives("long.early", long).early(early)) {
        is_about_a_millennium(is_found(&entry).await);
    }
    for entry in entries(&node, |long| minute("long.every").refresh_every(long)) {
        assert!(is_found(&entry).await <= MINUTE);
    }
    let absent = |long| minute("long.none").none_ttl(Ttl::after(long));
    for long in LONG {
        let cache = node.cache::<Option<u64>>(absent(long)).optional();
        let entry = cache.entry(|key| key.arg(&long));
        assert_eq!(entry.get_or_load(async { None }).await, None);
        let ttl = entry.ttl().await.unwrap().and_then(Ttl::duration);
        is_about_a_millennium(ttl.expect("it is stored, with an end"));
    }
}

async fn a_tag_outlives_what_lives_longest(fleet: Fleet) {
    let node = fleet.node().await;
    for entry in entries(&node, |long| lives("long.tag", long)) {
        let entry = entry.tag("long");
        is_about_a_millennium(is_found(&entry).await);
        let keys = fleet.stranger().await.times_to_live().await;
        let (name, left) = keys
            .iter()
            .find(|(key, _)| !key.contains("::long.tag:"))
            .unwrap();
        let left = Duration::from_millis(u64::try_from(*left).expect("an end"));
        assert!(left > 9 * CENTURY, "{name}: {left:?}");
        node.invalidate_tag("long").await.unwrap();
        assert_eq!(entry.peek().await.unwrap(), None);
    }
}

async fn an_index_lists_what_lives_longest(fleet: Fleet) {
    let node = fleet.node().await;
    for long in LONG {
        let spec = lives("long.index", long).stale(long).lease(long).idle(long);
        let cache = node
            .cache::<u64>(spec)
            .index("tens", |value, tens| tens.value(&(value / 10)));
        let entry = cache.entry(|key| key.arg(&long));
        is_found(&entry).await;
        assert_eq!(cache.by_index("tens", &0).await.unwrap(), [1]);
        entry.put(&10).await.unwrap();
        assert_eq!(cache.by_index("tens", &1).await.unwrap(), [10]);
        assert_eq!(cache.invalidate_index("tens", &1).await.unwrap(), 1);
        assert_eq!(entry.peek().await.unwrap(), None);
    }
    for (key, left) in fleet.stranger().await.times_to_live().await {
        assert!(left > 0, "{key}: {left}");
    }
}

/// What is fresh for longest and stale for a while is not stored without an end for that.
async fn grace_makes_no_value_endless(fleet: Fleet) {
    let node = fleet.node().await;
    let hour = Duration::from_hours(1);
    for entry in entries(&node, |long| lives("long.fresh", long).stale(hour)) {
        is_about_a_millennium(is_found(&entry).await);
    }
    for entry in entries(&node, |long| {
        lives("long.both", long).stale(long).soft(long)
    }) {
        is_about_a_millennium(is_found(&entry).await);
    }
    let throttled = |long| minute("long.grace").stale(long).stale_on_error(long);
    for entry in entries(&node, throttled) {
        is_about_a_millennium(is_found(&entry).await);
    }
}

async fn an_entry_may_go_unread_for_longest(fleet: Fleet) {
    let node = fleet.node().await;
    for entry in entries(&node, |long| lives("long.idle", long).idle(long)) {
        is_about_a_millennium(is_found(&entry).await);
    }
    let never = |long| CacheSpec::new("long.unread", Ttl::NEVER).idle(long);
    for entry in entries(&node, never) {
        assert!(is_found(&entry).await > 9 * CENTURY);
    }
}

async fn a_lease_may_be_the_longest(fleet: Fleet) {
    let node = fleet.node().await;
    for entry in entries(&node, |long| minute("long.lease").lease(long)) {
        assert!(is_found(&entry).await <= MINUTE);
        assert_eq!(entry.refresh(async { 2 }).await, 2);
        assert_eq!(entry.peek().await.unwrap(), Some(2));
    }
    let again = |long| {
        lives("long.refresh", MINUTE)
            .refresh_every(Duration::from_millis(1))
            .lease(long)
    };
    for entry in entries(&node, again) {
        entry.put(&1).await.unwrap();
        let refreshed = async {
            while entry.get_or_load(async { 2 }).await != 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(MINUTE, refreshed)
            .await
            .expect("its lease is taken");
    }
}

async fn the_longest_wait_ends_with_the_load(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let declare = |long| minute("long.wait").wait(long).budget(long).lease(long);
    for (ours, theirs) in entries(&here, declare)
        .into_iter()
        .zip(entries(&there, declare))
    {
        let source = Source::held(1);
        let load = |entry: Entry<u64>, source: Arc<Source>| async move {
            entry.get_or_load(source.load()).await
        };
        let loading = start(&here, load(ours.clone(), Arc::clone(&source)));
        source.load_begins().await;
        let waiting = [
            start(&here, load(ours, Arc::clone(&source))),
            start(&there, load(theirs, Arc::clone(&source))),
        ];
        source.release();
        assert_eq!(loading.await.unwrap(), 1);
        for one in waiting {
            assert_eq!(one.await.unwrap(), 1);
        }
        assert_eq!(source.loads(), 1);
    }
}

async fn a_copy_may_be_kept_for_longest(fleet: Fleet) {
    let node = fleet.node().await;
    for entry in entries(&node, |long| {
        lives("long.local", long).local(Local::For(long))
    }) {
        is_about_a_millennium(is_found(&entry).await);
        entry.invalidate().await.unwrap();
        assert_eq!(entry.get_or_load(async { 3 }).await, 3);
    }
}

async fn an_attribute_may_say_it_of_everything(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for _ in 0..3 {
            assert_eq!(written(7).await, 7);
        }
        assert_eq!(written::by_tens(0).await.unwrap(), [7]);
        assert_eq!(written::refresh(7).await, 7);
        written::put(8, &8).await.unwrap();
        written::invalidate(7).await.unwrap();
        assert_eq!(written::peek(7).await.unwrap(), None);
        assert_eq!(written::peek(8).await.unwrap(), Some(8));
    })
    .await;
    assert_eq!(node.stats("long.written").loads, 2);
    for (key, left) in fleet.stranger().await.times_to_live().await {
        assert!(left > 0, "{key}: {left}");
    }
}

async fn an_invalidation_of_what_lives_longest_waits_for_the_server(fleet: Fleet) {
    let rig = Linked::new(fleet).await;
    let declare = |long| lives("long.queued", long).stale(long);
    for entry in entries(&rig.here, declare) {
        is_about_a_millennium(is_found(&entry).await);
    }
    rig.link.cut();
    for entry in entries(&rig.here, declare) {
        let error = entry.invalidate().await.unwrap_err();
        assert!(error.is_queued(), "{error}");
    }
    rig.link.heal();
    rig.caught_up().await;
    for entry in entries(&rig.there, declare) {
        assert_eq!(entry.peek().await.unwrap(), None);
    }
}

//! Several operating-system processes on one Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use larder::{Larder, cached};

use crate::source::Source;
use crate::support::processes::{Child, Stage, stage, variable};
use crate::support::server::RedisServer;

const PROCESSES: usize = 4;
const CALLERS: usize = 250;
const PATIENCE: Duration = Duration::from_secs(30);

static LOADS: AtomicU32 = AtomicU32::new(0);

/// Slow enough for all callers of all processes to come while it runs.
#[cached(namespace = "processes", ttl = "1m")]
async fn slow(id: u64) -> u64 {
    LOADS.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(300)).await;
    id
}

#[cached(namespace = "killed", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

async fn node(url: &str) -> Larder {
    Larder::builder()
        .url(url)
        .app("app")
        .call_budget(crate::fleet::PATIENCE)
        .build()
        .await
        .expect("a running server")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

/// A thousand callers in four processes on one cold key: one load in all.
#[test]
fn callers_of_four_processes_load_once() {
    if let Some(stage) = stage() {
        return block_on(call_all_at_once(&stage));
    }
    let server = RedisServer::start();
    let url = server.url();
    let name = "processes::callers_of_four_processes_load_once";
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|_| Child::of_this_test(name, "caller", &[("URL", &url)]))
        .collect();
    for child in &children {
        assert_eq!(child.report(), "ready");
    }
    for child in &mut children {
        child.order("go");
    }
    let loads: u32 = children
        .iter()
        .map(|child| child.report().parse::<u32>().expect("a number"))
        .sum();
    assert_eq!(loads, 1);
    for child in &mut children {
        child.wait(PATIENCE);
    }
}

async fn call_all_at_once(stage: &Stage) {
    let node = node(&variable("URL")).await;
    stage.report("ready");
    assert_eq!(stage.order(), "go");
    let calls: Vec<_> = (0..CALLERS)
        .map(|_| crate::fleet::start(&node, slow(7)))
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("no panic"), 7);
    }
    stage.report(LOADS.load(Ordering::SeqCst));
}

/// The process that holds the lease is killed: the others wait for the lease to end, and one of
/// them loads.
#[test]
fn when_the_loading_process_is_killed_another_loads() {
    if let Some(stage) = stage() {
        return block_on(load_for_ever(&stage));
    }
    let server = RedisServer::start();
    let url = server.url();
    let name = "processes::when_the_loading_process_is_killed_another_loads";
    let mut child = Child::of_this_test(name, "loader", &[("URL", &url)]);
    assert_eq!(child.report(), "loading");
    block_on(async {
        let node = node(&url).await;
        let source = Source::open(5);
        let calls: Vec<_> = (0..50)
            .map(|_| crate::fleet::start(&node, read(7, Arc::clone(&source))))
            .collect();
        child.kill();
        for call in calls {
            assert_eq!(call.await.expect("no panic"), 5);
        }
        assert_eq!(source.loads(), 1);
        assert_eq!(
            node.scope(read::peek(7)).await.expect("a running server"),
            Some(5)
        );
    });
}

async fn load_for_ever(stage: &Stage) {
    let node = node(&variable("URL")).await;
    let source = Source::held(1);
    let loading = crate::fleet::start(&node, read(7, Arc::clone(&source)));
    source.load_begins().await;
    stage.report("loading");
    loading.await.expect("killed before it ends");
}

//! Holders that are killed and stopped, as operating systems do it.

use std::time::{Duration, Instant};

use larder::{ErrorKind, Larder};

use crate::support::processes::{Child, Stage, stage, variable};
use crate::support::server::RedisServer;

const LEASE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

async fn node(url: &str) -> Larder {
    let builder = Larder::builder().url(url).app("app");
    builder
        .command_timeout(Duration::from_secs(10))
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

/// A holder that is killed holds its lock for its lease and no longer.
#[test]
fn when_a_holder_is_killed_its_lease_ends() {
    if let Some(stage) = stage() {
        return block_on(hold_for_ever(&stage));
    }
    let server = RedisServer::start();
    let url = server.url();
    let name = "processes::when_a_holder_is_killed_its_lease_ends";
    block_on(async {
        let node = node(&url).await;
        for _ in 0..5 {
            let mut child = Child::of_this_test(name, "holder", &[("URL", &url)]);
            let fence: u64 = child.report().parse().expect("a fence");
            let lock = node.lock("jobs").wait(PATIENCE);
            assert!(lock.try_acquire("a").await.unwrap().is_none());
            child.kill();
            let start = Instant::now();
            let guard = lock.acquire("a").await.unwrap();
            assert!(guard.fence() > fence);
            // Renewed just before, at the latest, on a machine that may be busy.
            assert!(start.elapsed() < LEASE + Duration::from_secs(5));
            guard.release().await.unwrap();
        }
    });
}

async fn hold_for_ever(stage: &Stage) {
    let node = node(&variable("URL")).await;
    let guard = node.lock("jobs").lease(LEASE).acquire("a").await.unwrap();
    // Longer than the lease, so that it is renewed.
    tokio::time::sleep(LEASE * 3 / 2).await;
    assert!(guard.is_held());
    stage.report(guard.fence());
    std::future::pending::<()>().await;
}

/// Nobody waits until the lock of a dropped guard is given back; a process that closes its Larder
/// has given everything back all the same.
#[test]
fn a_process_that_closes_its_larder_leaves_no_lock() {
    if stage().is_some() {
        return block_on(async {
            let node = node(&variable("URL")).await;
            let lock = node.lock("jobs").lease(PATIENCE * 10);
            drop(lock.acquire("a").await.unwrap());
            node.close().await;
            std::process::exit(0);
        });
    }
    let server = RedisServer::start();
    let url = server.url();
    let name = "processes::a_process_that_closes_its_larder_leaves_no_lock";
    block_on(async {
        let node = node(&url).await;
        for _ in 0..5 {
            let mut child = Child::of_this_test(name, "holder", &[("URL", &url)]);
            child.wait(PATIENCE);
            let free = node.lock("jobs").try_acquire("a").await.unwrap();
            free.expect("nobody has it").release().await.unwrap();
        }
    });
}

/// A process that is stopped for longer than its lease does nothing more under the lock, and its
/// late write is refused.
#[test]
#[cfg(unix)]
fn a_holder_that_was_stopped_does_not_go_on() {
    use rustix::process::{Pid, Signal, kill_process};

    if let Some(stage) = stage() {
        return block_on(step_for_ever(&stage));
    }
    let server = RedisServer::start();
    let url = server.url();
    let name = "processes::a_holder_that_was_stopped_does_not_go_on";
    let child = Child::of_this_test(name, "holder", &[("URL", &url)]);
    let pid: i32 = child.report().parse().expect("a process");
    let pid = Pid::from_raw(pid).expect("a process");
    kill_process(pid, Signal::STOP).expect("our own child");
    block_on(async {
        let node = node(&url).await;
        let guard = node.lock("jobs").wait(PATIENCE).acquire("a").await.unwrap();
        let parcels = node.store::<String>("parcels").durable().unwrap();
        let ours = "ours".to_owned();
        parcels.set_fenced("a", &ours, guard.fence()).await.unwrap();
        kill_process(pid, Signal::CONT).expect("our own child");
        assert_eq!(child.report(), "stopped");
        assert_eq!(child.report(), "refused");
        assert_eq!(parcels.get("a").await.unwrap(), Some(ours));
        assert!(guard.is_held());
    });
}

async fn step_for_ever(stage: &Stage) {
    let node = node(&variable("URL")).await;
    let guard = node.lock("jobs").lease(LEASE).acquire("a").await.unwrap();
    stage.report(std::process::id());
    let body = async {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let now = Instant::now();
            assert!(now - last < LEASE, "it has gone on after it was stopped");
            last = now;
        }
    };
    let lost = guard.run(body).await.map(|()| "done").unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::LockLost);
    stage.report("stopped");
    let parcels = node.store::<String>("parcels").durable().unwrap();
    let late = parcels
        .set_fenced("a", &"late".to_owned(), guard.fence())
        .await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::LockLost);
    stage.report("refused");
    std::future::pending::<()>().await;
}

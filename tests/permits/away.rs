//! With the server away nobody gets a permit.

use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer};

use crate::support::runtimes::alive_tasks;

#[tokio::test(start_paused = true)]
async fn the_body_does_not_run() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let exports = node.permits("exports").limit(3).unwrap();
    control.cut();
    let refused = exports.run("all", async { panic!("it runs") }).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unreachable);

    control.heal();
    control.black_hole();
    let start = tokio::time::Instant::now();
    let refused = exports.run("all", async { panic!("it runs") }).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(
        start.elapsed() <= Duration::from_millis(1100),
        "{:?}",
        start.elapsed()
    );

    control.heal();
    exports.run("all", async {}).await.unwrap();
}

/// Nobody knows then who has the permits.
#[tokio::test(start_paused = true)]
async fn a_wait_that_is_over_meanwhile_says_so() {
    const WAIT: Duration = Duration::from_secs(5);
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let exports = node.permits("exports").wait(WAIT).limit(1).unwrap();
    let _permit = exports.acquire("all").await.unwrap();
    let wait = || {
        let exports = exports.clone();
        tokio::spawn(async move { exports.acquire("all").await.map(drop).unwrap_err() })
    };
    let start = tokio::time::Instant::now();
    let waiting = wait();
    tokio::time::sleep(WAIT / 5).await;
    control.black_hole();
    assert_eq!(waiting.await.unwrap().kind(), ErrorKind::Timeout);
    assert!(
        start.elapsed() <= WAIT + Duration::from_millis(51),
        "{:?}",
        start.elapsed()
    );
}

/// What was never sent need not be given back, however many ask.
#[tokio::test(start_paused = true)]
async fn who_asks_in_vain_leaves_nothing_behind() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let exports = node.permits("exports").limit(3).unwrap();
    exports.run("all", async {}).await.unwrap();
    control.cut();
    let before = alive_tasks();
    for _ in 0..3 {
        exports.acquire("all").await.map(drop).unwrap_err();
    }
    assert!(alive_tasks() <= before);
}

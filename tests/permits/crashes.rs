//! `kill -9` at any moment: after a lease no permit of a dead process is left, and never are there
//! more than so many.
//!
//! `LARDER_KILLS=1000` kills as many processes; CI kills fewer.

use std::time::Duration;

use larder::{Larder, Permits};
use larder_runtime::backend::Command;

use crate::fleet::Fleet;
use crate::support::processes::{Child, Stage, stage, variable};

const LIMIT: u32 = 3;
const LEASE: Duration = Duration::from_millis(400);

fn kills() -> u64 {
    let wanted = std::env::var("LARDER_KILLS").ok();
    wanted.map_or(24, |wanted| wanted.parse().expect("a number"))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

async fn exports(url: &str) -> Permits {
    let builder = Larder::builder().url(url).app("app");
    let larder = builder.command_timeout(crate::fleet::PATIENCE).build();
    let larder = larder.await.expect("a running server");
    let builder = larder.permits("exports").lease(LEASE);
    builder.wait(Duration::from_mins(1)).limit(LIMIT).unwrap()
}

#[test]
fn a_dead_process_leaves_no_permit_behind() {
    if let Some(stage) = stage() {
        return block_on(take_until_killed(&stage));
    }
    block_on(async {
        let fleet = Fleet::redis();
        let Fleet::Redis(server) = &fleet else {
            unreachable!()
        };
        let (url, stranger) = (server.url(), fleet.stranger().await);
        let exports = exports(&url).await;
        let (mut held, mut leaked) = (0, 0);
        let mut checks = Vec::new();
        for round in 0..kills() {
            let mut child = Child::of_this_test(
                "crashes::a_dead_process_leaves_no_permit_behind",
                "taker",
                &[("URL", &url), ("KEY", &round.to_string())],
            );
            assert_eq!(child.report(), "ready");
            child.order("go");
            tokio::time::sleep(Duration::from_micros(fastrand::u64(..20_000))).await;
            child.kill();
            let key = format!("app::+exports:1:{round}");
            let count = stranger.run(Command::new("ZCARD").arg(&key)).await;
            let count = count.into_int("ZCARD").unwrap();
            assert!(count <= i64::from(LIMIT), "{count} permits of {LIMIT}");
            held += count;
            let exports = exports.clone();
            checks.push(tokio::spawn(async move {
                // When the lease has ended all are free again, whatever was held and whoever
                // waited.
                tokio::time::sleep(LEASE * 2).await;
                let mut free = Vec::new();
                let key = round.to_string();
                let within = Duration::from_secs(20);
                for _ in 0..LIMIT {
                    let permit = tokio::time::timeout(within, exports.acquire(&key)).await;
                    free.extend(permit.ok().and_then(Result::ok));
                }
                u64::from(LIMIT) - free.len() as u64
            }));
        }
        for check in checks {
            leaked += check.await.expect("the permits of one process");
        }
        println!(
            "{} kills, {held} permits held then, {leaked} leaked",
            kills()
        );
        assert!(held > 0, "nobody held anything when he was killed");
        assert_eq!(leaked, 0);
    });
}

/// Takes and gives back, with more callers than there are permits.
async fn take_until_killed(stage: &Stage) {
    let (exports, key) = (exports(&variable("URL")).await, variable("KEY"));
    stage.report("ready");
    stage.order();
    for _ in 0..8 {
        let (exports, key) = (exports.clone(), key.clone());
        tokio::spawn(async move {
            loop {
                let length = Duration::from_millis(fastrand::u64(..5));
                let body = tokio::time::sleep(length);
                exports.run(&key, body).await.expect("a permit");
            }
        });
    }
    // Until it is killed.
    std::future::pending::<()>().await;
}

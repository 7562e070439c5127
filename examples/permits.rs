//! So many at a time, in the whole fleet: whoever comes too early waits in a queue.
//!
//! ```text
//! cargo run --example permits
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{Error, Larder, concurrency_limited};

static RUNNING: AtomicU64 = AtomicU64::new(0);
static MOST: AtomicU64 = AtomicU64::new(0);

/// Two exports at a time for each user, on all nodes together.
#[concurrency_limited(2, namespace = "example.exports", key = "{user}", wait = "30s")]
async fn export(user: u64) -> Result<u64, Error> {
    let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
    MOST.fetch_max(running, Ordering::SeqCst);
    tokio::task::yield_now().await;
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    Ok(user)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;

    let exports: Vec<_> = (0..10).map(|_| larder::spawn(export(7))).collect();
    for export in exports {
        export.await??;
    }
    let most = MOST.load(Ordering::SeqCst);
    println!("10 exports, never more than 2 at a time: {}", most <= 2);

    // By hand.
    let reports = larder
        .permits("example.reports")
        .wait(Duration::ZERO)
        .limit(1)?;
    let permit = reports.acquire("ada").await?;
    println!(
        "a second one: {:?}",
        reports.try_acquire("ada").await?.is_some()
    );
    let error = reports
        .acquire("ada")
        .await
        .map(drop)
        .map_err(|error| error.kind());
    println!("without waiting: {error:?}");
    permit.release().await?;
    println!("in use: {}", reports.in_use("ada").await?);
    larder.close().await;
    Ok(())
}

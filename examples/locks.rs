//! Locks: one at a time in the whole fleet, and fences for what comes too late.
//!
//! ```text
//! cargo run --example locks
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{ErrorKind, Larder, with_lock};

static SOLD: AtomicU64 = AtomicU64::new(0);

/// Reads, thinks, and writes: two at once would sell one ticket twice.
#[with_lock(
    key = "event:{event}",
    namespace = "example.tickets",
    lease = "10s",
    wait = "30s"
)]
async fn sell(event: u64) -> Result<u64, larder::Error> {
    let sold = SOLD.load(Ordering::SeqCst);
    tokio::task::yield_now().await;
    SOLD.store(sold + 1, Ordering::SeqCst);
    Ok(event)
}

/// Both accounts or none, whatever the order in which others write them.
#[with_lock(key = ["account:{from}", "account:{to}"], namespace = "example.accounts")]
async fn transfer(from: u64, to: u64) -> Result<usize, larder::Error> {
    let _ = (from, to);
    Ok(larder::lock::fences()?.len())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;

    let sales: Vec<_> = (0..20).map(|_| larder::spawn(sell(7))).collect();
    for sale in sales {
        sale.await??;
    }
    println!("20 sales: {} sold", SOLD.load(Ordering::SeqCst));

    let (there, back) = tokio::join!(transfer(1, 2), transfer(2, 1));
    println!("transfers: {} locks, {} locks", there?, back?);

    // By hand.
    let orders = larder
        .lock("example.orders")
        .wait(Duration::from_millis(20));
    let guard = orders.acquire(&7).await?;
    println!("free: {}", orders.try_acquire(&7).await?.is_some());
    let busy = orders.acquire(&7).await.err().map(|error| error.kind());
    println!("in 20 ms: {busy:?}");
    let late = guard.fence();
    guard.release().await?;

    // Somebody else has the lock now, and the first holder writes as if nothing had happened.
    let guard = orders.acquire(&7).await?;
    let parcels = larder
        .store::<String>("example.parcels")
        .ttl(Duration::from_mins(1))?;
    let shipped = "shipped".to_owned();
    parcels.set_fenced(&7, &shipped, guard.fence()).await?;
    let refused = parcels.set_fenced(&7, &"packed".to_owned(), late).await;
    let is_refused = refused.is_err_and(|error| error.kind() == ErrorKind::LockLost);
    println!("the late write is refused: {is_refused}");
    println!("the parcel is {:?}", parcels.get(&7).await?);
    guard.release().await?;
    Ok(())
}

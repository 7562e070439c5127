//! Copies in the process: a hit without a round trip, which ends when anybody changes the entry.
//!
//! ```text
//! cargo run --example local_tier
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, cached};

/// Every caller gets a clone of the copy, and the clone of an `Arc` copies nothing.
#[cached(namespace = "example.rates", ttl = "5m", local = "10s")]
async fn rate(currency: &str) -> Arc<String> {
    println!("loading {currency}");
    Arc::new(format!("1 EUR is 1.07 {currency}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    rate::invalidate("USD").await?;

    // The first call loads, the second reads and keeps a copy, the others ask nobody.
    for _ in 0..100 {
        rate("USD").await;
    }
    let stats = larder.stats("example.rates");
    println!(
        "{} load, copies are served: {}",
        stats.loads,
        stats.local_hits > 0
    );

    // Whoever has changed something is never answered with what was there before.
    let token = rate::invalidate("USD").await?;
    rate("USD").await;
    println!(
        "after an invalidation: {} loads",
        larder.stats("example.rates").loads
    );

    // Another process may lag behind for a moment: a call can ask for more than a copy can promise.
    larder::at_least(token).scope(rate("USD")).await;
    larder::max_age(Duration::ZERO).scope(rate("USD")).await;
    larder.close().await;
    Ok(())
}

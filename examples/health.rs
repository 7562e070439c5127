//! How a node says that it is well: Redis being away is one thing, the node being of no use
//! another.
//!
//! ```text
//! cargo run --example health
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use larder::{HealthStatus, Larder, RateOnError, Result, cached};

#[cached(namespace = "health.users", ttl = "1m")]
async fn user(id: u64) -> String {
    format!("user {id}")
}

/// What a load balancer is told, and what somebody who looks is told.
async fn report(larder: &Larder) -> (u16, String) {
    let health = larder.health().await;
    // Cached functions run without Redis, so a node that has lost it still serves. A node that
    // cannot without it would answer 503 here.
    let status = match health.status {
        HealthStatus::Up => "well",
        HealthStatus::Down => "serving without Redis",
        _ => "degraded",
    };
    let mut text = format!("{status}, outages: {}", health.outages);
    for trouble in &health.degraded {
        text.push_str("; ");
        text.push_str(trouble);
    }
    (200, text)
}

#[tokio::main]
async fn main() -> Result<()> {
    let larder = Larder::from_env().await?;
    larder.scope(user(7)).await;
    println!("before: {:?}", report(&larder).await);

    // From here on there is no server, as after a failure that does not end.
    larder.close().await;
    println!(
        "a cached call still answers: {}",
        larder.scope(user(7)).await
    );
    let limiter = larder
        .limiter("health.api")
        .on_error(RateOnError::Allow)
        .limits("1/h")?;
    for _ in 0..2 {
        let decision = limiter.check("ada").await?;
        println!(
            "a limited call: {}, by {:?}",
            decision.is_allowed(),
            decision.source()
        );
    }
    println!("after: {:?}", report(&larder).await);
    println!(
        "counted: {} calls without the cache, {} without the limit",
        larder.stats("health.users").degraded,
        larder.rate_stats("health.api").degraded
    );
    Ok(())
}

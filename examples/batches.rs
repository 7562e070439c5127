//! Many values in one call: the body is run for those that are missing, once.
//!
//! ```text
//! cargo run --example batches
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::collections::HashMap;

use larder::{Larder, cached};

/// A database in which articles 1 to 1000 have a price.
struct Prices;

impl Prices {
    async fn of(&self, articles: &[u32]) -> HashMap<u32, u64> {
        println!("asked for {articles:?}");
        tokio::task::yield_now().await;
        let there = articles.iter().filter(|article| **article <= 1000);
        there
            .map(|article| (*article, u64::from(*article) * 10))
            .collect()
    }
}

/// That an article has no price is remembered too, for a shorter time.
#[cached(
    namespace = "batches.prices",
    ttl = "10m",
    none_ttl = "30s",
    batch,
    skip(db)
)]
async fn prices(db: &Prices, articles: &[u32], currency: &str) -> HashMap<u32, u64> {
    println!("prices in {currency}");
    db.of(articles).await
}

/// The same entries, one at a time.
#[cached(namespace = "batches.prices", ttl = "10m", none_ttl = "30s", skip(db))]
async fn price(db: &Prices, article: u32, currency: &str) -> Option<u64> {
    prices::uncached(db, &[article], currency)
        .await
        .remove(&article)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    // On a server there may be something left of the last run.
    prices::clear().await?;

    let basket = [1, 2, 3, 2000];
    let found = prices(&Prices, &basket, "EUR").await;
    println!("found {} of {}", found.len(), basket.len());

    // One article is new: the body gets that one.
    let with_another = [1, 2, 3, 4, 2000];
    let found = prices(&Prices, &with_another, "EUR").await;
    println!("found {} of {}", found.len(), with_another.len());

    // Two prices change.
    prices::invalidate(&[2, 3], "EUR").await?;
    let found = prices(&Prices, &basket, "EUR").await;
    println!("found {} of {}", found.len(), basket.len());
    println!("price of 1: {:?}", price(&Prices, 1, "EUR").await);

    let stats = larder.stats("batches.prices");
    println!("loads: {}, hits: {}", stats.loads, stats.hits);
    Ok(())
}

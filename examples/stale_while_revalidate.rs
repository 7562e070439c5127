//! Nobody waits for a load: stale values are served while one caller refreshes them, and while the
//! source is down.
//!
//! ```text
//! cargo run --example stale_while_revalidate
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]
#![allow(
    clippy::disallowed_methods,
    reason = "an example is a user: it sleeps as users do"
)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use larder::{CacheSpec, Larder, Previous, Ttl, cached};

static LOADS: AtomicU32 = AtomicU32::new(0);
static IS_DOWN: AtomicBool = AtomicBool::new(false);

/// A rate is good for a tenth of a second here, so that something happens. For an hour it is better
/// than none.
#[cached(
    namespace = "rates",
    ttl = "100ms",
    stale = "1h",
    on_error = "stale",
    throttle = "10s"
)]
async fn rate(currency: &str) -> Result<u32, String> {
    let load = LOADS.fetch_add(1, Ordering::Relaxed) + 1;
    if IS_DOWN.load(Ordering::Relaxed) {
        return Err("the bank does not answer".to_owned());
    }
    Ok(currency.len() as u32 * 100 + load)
}

/// The same by plain calls; the load is told what it is to replace.
const PAGES: CacheSpec =
    CacheSpec::new("pages", Ttl::after(Duration::from_millis(100))).stale(Duration::from_hours(1));

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    rate::clear().await?;

    println!("loaded: {}", rate("EUR").await?);
    tokio::time::sleep(Duration::from_millis(150)).await;
    println!("stale: {}", rate("EUR").await?);
    // The refresh runs behind that answer.
    while rate::peek("EUR").await? == Some(301) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("refreshed: {:?}", rate::peek("EUR").await?);

    IS_DOWN.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let before = LOADS.load(Ordering::Relaxed);
    for _ in 0..100 {
        assert_eq!(rate("EUR").await, Ok(302));
        tokio::task::yield_now().await;
    }
    while larder.stats("rates").refresh_failed == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let asked = LOADS.load(Ordering::Relaxed) - before;
    println!("while the source is down: 100 answers, {asked} load");

    let pages = larder.cache::<String>(PAGES);
    pages.clear().await?;
    let home = pages.entry(|key| key.arg("home"));
    home.get_or_spawn(|_| async { "welcome".to_owned() }).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let page = home
        .get_or_spawn(|reload| async move {
            // Nothing has changed: what is stored is fresh again.
            let previous = reload.previous().map(Previous::not_modified);
            previous.unwrap_or_else(|| "welcome anew".to_owned())
        })
        .await;
    println!("page: {page}");
    while larder.stats("pages").refreshed == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("page: {}", home.peek().await?.unwrap_or_default());
    larder.close().await;
    Ok(())
}

//! Testing code with cached functions: no server, no mocks, no waiting.
//!
//! ```text
//! cargo test --example testing_with_memory     # the tests below
//! cargo run --example testing_with_memory      # a fleet of two nodes in one process
//! ```
//!
//! `#[larder::test]` needs the feature `testing`, under `[dev-dependencies]`.
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::atomic::{AtomicU32, Ordering};

use larder::{Larder, MemoryServer, cached};

/// The service that is to be tested: it counts how often it is asked.
#[derive(Debug, Default)]
struct Weather {
    asked: AtomicU32,
}

#[cached(namespace = "weather", ttl = "10m", skip(weather))]
async fn temperature(weather: &Weather, city: &str) -> i32 {
    weather.asked.fetch_add(1, Ordering::Relaxed);
    city.len().try_into().unwrap_or(0)
}

/// One server in this process, and two Larders connected to it as two processes are to Redis.
#[tokio::main]
async fn main() -> larder::Result<()> {
    let server = MemoryServer::new();
    let here = Larder::builder().app("shop").on_memory(&server);
    let there = Larder::builder().app("shop").on_memory(&server);
    let weather = Weather::default();

    let loaded = here.scope(temperature(&weather, "Lisbon")).await;
    let found = there.scope(temperature(&weather, "Lisbon")).await;
    println!(
        "one node loaded {loaded}, the other found {found}: asked {} time(s)",
        weather.asked()
    );

    there.scope(temperature::invalidate("Lisbon")).await?;
    here.scope(temperature(&weather, "Lisbon")).await;
    println!(
        "after an invalidation by the other: asked {} time(s)",
        weather.asked()
    );
    Ok(())
}

impl Weather {
    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Every test has a Larder of its own, so tests run side by side and nothing has to be cleaned
    /// up.
    #[larder::test]
    async fn a_second_call_does_not_ask_again() {
        let weather = Weather::default();
        temperature(&weather, "Lisbon").await;
        temperature(&weather, "Lisbon").await;
        assert_eq!(weather.asked(), 1);
    }

    /// The clock stands still until it is moved: ten minutes pass at once.
    #[larder::test]
    async fn after_ten_minutes_it_asks_again() -> larder::Result<()> {
        let weather = Weather::default();
        temperature(&weather, "Lisbon").await;
        larder::testing::advance(Duration::from_secs(601)).await?;
        temperature(&weather, "Lisbon").await;
        assert_eq!(weather.asked(), 2);
        Ok(())
    }

    /// A test may ask for its Larder.
    #[larder::test]
    async fn what_happened_is_counted(larder: Larder) -> larder::Result<()> {
        temperature::put("Porto", &19).await?;
        assert_eq!(temperature(&Weather::default(), "Porto").await, 19);
        assert_eq!(larder.stats("weather").hits, 1);
        Ok(())
    }

    /// With several threads time is the machine's, and the Larder's clock can still be moved.
    #[larder::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_callers_ask_once() -> Result<(), Box<dyn std::error::Error>> {
        let weather: &'static Weather = Box::leak(Box::default());
        let callers: Vec<_> = (0..100)
            .map(|_| larder::spawn(temperature(weather, "Lisbon")))
            .collect();
        for caller in callers {
            caller.await?;
        }
        assert_eq!(weather.asked(), 1);
        Ok(())
    }
}

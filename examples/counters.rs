//! Counters that all nodes share: views, a counter for each hour, and the most viewed pages.
//!
//! ```text
//! cargo run --example counters
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]
#![allow(
    clippy::cast_precision_loss,
    reason = "a ranking does without the last digit of a thousand billion views"
)]

use std::time::Duration;

use larder::{Larder, Result, Store};

/// How often pages were viewed.
struct Views {
    /// In all, by the page.
    total: Store<i64>,
    /// By the page and the hour, for two days.
    hourly: Store<i64>,
    /// The pages of a day by their views.
    ranking: Store<String>,
}

impl Views {
    fn new(larder: &Larder) -> Result<Self> {
        Ok(Self {
            // Whatever counts for ever says so.
            total: larder.store("views.total").durable()?,
            hourly: larder.store("views.hourly").ttl(Duration::from_hours(48))?,
            ranking: larder
                .store("views.ranking")
                .ttl(Duration::from_hours(48))?,
        })
    }

    /// Counts a view; loses none, however many nodes count at once.
    async fn view(&self, page: &str, day: u32, hour: u32) -> Result<()> {
        let total = self.total.incr(page, 1).await?;
        self.hourly.incr(&(page, day, hour), 1).await?;
        // Of two nodes that count at once the later one may write the smaller number; the next view
        // puts it right.
        let ranked = [(page.to_owned(), total as f64)];
        self.ranking.zadd(&day, ranked).await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let larder = Larder::from_env().await?;
    let views = Views::new(&larder)?;
    // On a server there may be something left of the last run.
    for page in ["home", "tea"] {
        views.total.delete(page).await?;
        for hour in 9..=10 {
            views.hourly.delete(&(page, 1_u32, hour)).await?;
        }
    }
    views.ranking.delete(&1_u32).await?;

    let visits = [("home", 9), ("tea", 9), ("home", 9), ("home", 10)];
    for (page, hour) in visits {
        views.view(page, 1, hour).await?;
    }
    println!("home in all: {:?}", views.total.get("home").await?);
    println!(
        "home at nine: {:?}",
        views.hourly.get(&("home", 1_u32, 9)).await?
    );
    let most = views.ranking.zrange(&1_u32, -1, -1).await?;
    println!("the most viewed: {most:?}");
    Ok(())
}

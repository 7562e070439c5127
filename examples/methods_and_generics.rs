//! Cached methods, trait methods, generic functions, borrowed arguments and arguments of your own
//! types.
//!
//! ```text
//! cargo run --example methods_and_generics
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use larder::{CacheKey, Larder, cached};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

static LOADS: AtomicU32 = AtomicU32::new(0);

/// A shop in one region: two of them must not share their prices.
struct Shop {
    region: String,
}

impl Shop {
    /// What of `self` tells two shops apart stands in the key. Beside the method stands
    /// `price_entry`, with the verbs that a free function has as companions.
    #[cached(
        namespace = "methods.prices",
        ttl = "5m",
        key = "{self.region}:{article}"
    )]
    pub async fn price(&self, article: u32) -> u64 {
        LOADS.fetch_add(1, Ordering::Relaxed);
        u64::from(article) * if self.region == "north" { 10 } else { 11 }
    }

    /// Where all of them share their entries, say so.
    #[cached(namespace = "methods.names", ttl = "1h", skip(self))]
    pub async fn name(&self, article: u32) -> String {
        LOADS.fetch_add(1, Ordering::Relaxed);
        format!("article {article}")
    }
}

/// A trait of yours, or of somebody else.
trait Rates {
    async fn rate(&self, from: &str, to: &str) -> f64;
}

struct Bank;

impl Rates for Bank {
    /// In the `impl` of a trait nothing can stand beside the method, so there is no `rate_entry`
    /// here.
    #[cached(namespace = "methods.rates", ttl = "30s", skip(self))]
    async fn rate(&self, from: &str, to: &str) -> f64 {
        LOADS.fetch_add(1, Ordering::Relaxed);
        if from == to { 1.0 } else { 1.25 }
    }
}

/// An argument of your own type.
#[derive(CacheKey)]
struct Search {
    text: String,
    page: u32,
    /// Not part of the key: searches that differ in it only share their entry.
    #[cache_key(skip)]
    request_id: u64,
}

/// `Arc<T>` is stored as `T`. Borrowed arguments need no copies.
#[cached(namespace = "methods.search", ttl = "1m")]
async fn search(search: &Search) -> Arc<Vec<String>> {
    LOADS.fetch_add(1, Ordering::Relaxed);
    let number = search.request_id % 10;
    Arc::new(vec![format!(
        "{} on page {}, found by request {number}",
        search.text, search.page
    )])
}

/// What is stored in a table.
trait Row: Serialize + DeserializeOwned + Send + Sync + 'static {
    const TABLE: &'static str;
    fn load(id: u64) -> Self;
}

#[derive(Debug, Serialize, Deserialize)]
struct Order(u64);

impl Row for Order {
    const TABLE: &'static str = "orders";
    fn load(id: u64) -> Self {
        Self(id)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Invoice(String);

impl Row for Invoice {
    const TABLE: &'static str = "invoices";
    fn load(id: u64) -> Self {
        Self(format!("no. {id}"))
    }
}

/// One function for every table. The type decides what is loaded, so it must be in the key: the
/// compiler insists.
#[cached(namespace = "methods.rows", ttl = "5m", key = "{T::TABLE}:{id}")]
async fn row<T: Row>(id: u64) -> T {
    LOADS.fetch_add(1, Ordering::Relaxed);
    T::load(id)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    for namespace in ["prices", "names", "rates", "search", "rows"] {
        larder.clear(&format!("methods.{namespace}")).await?;
    }

    let north = Shop {
        region: "north".to_owned(),
    };
    let south = Shop {
        region: "south".to_owned(),
    };
    println!(
        "prices {} and {}: {} load(s)",
        north.price(7).await,
        south.price(7).await,
        loads()
    );
    println!(
        "names {} and {}: {} load(s)",
        north.name(7).await,
        south.name(7).await,
        loads()
    );

    let entry = north.price_entry(7);
    println!("the entry {} holds {:?}", entry.key()?, entry.peek().await?);
    entry.invalidate().await?;
    println!(
        "prices {} and {}: {} load(s)",
        north.price(7).await,
        south.price(7).await,
        loads()
    );

    let rates = (Bank.rate("EUR", "USD").await, Bank.rate("EUR", "USD").await);
    println!("rates {rates:?}: {} load(s)", loads());

    let first = Search {
        text: "tea".to_owned(),
        page: 1,
        request_id: 1,
    };
    let second = Search {
        request_id: 2,
        ..Search {
            text: "tea".to_owned(),
            page: 1,
            request_id: 0,
        }
    };
    search(&first).await;
    println!("search {:?}: {} load(s)", search(&second).await, loads());

    println!(
        "rows {:?} and {:?}: {} load(s)",
        row::<Order>(7).await,
        row::<Invoice>(7).await,
        loads()
    );
    row::invalidate::<Order>(7).await?;
    println!(
        "the invoice is still there: {:?}",
        row::peek::<Invoice>(7).await?
    );
    larder.close().await;
    Ok(())
}

/// How often a body has run since the last time this was asked.
fn loads() -> u32 {
    LOADS.swap(0, Ordering::Relaxed)
}

//! Remembering that there is nothing: absent values for `none_ttl`, chosen errors for `err_ttl`.
//!
//! Without these, `None` and `Err` are never stored: the next call asks the source again.
//!
//! ```text
//! cargo run --example negative_caching
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::atomic::{AtomicU32, Ordering};

use larder::{Larder, Ttl, cached};
use serde::{Deserialize, Serialize};

static LOADS: AtomicU32 = AtomicU32::new(0);

/// Somebody who is there is remembered for ten minutes, that nobody is there for thirty seconds.
#[cached(namespace = "negative.emails", ttl = "10m", none_ttl = "30s")]
async fn user_by_email(email: String) -> Option<u64> {
    LOADS.fetch_add(1, Ordering::Relaxed);
    (email == "ada@example.org").then_some(7)
}

/// An error that is stored is read back, so it must be `Serialize` and `Deserialize`, as a value.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum ApiError {
    NoSuchCountry,
    TryAgain,
}

/// That there is no such country will still be true in a minute. That the service is busy will not:
/// it is not stored.
#[cached(
    namespace = "negative.countries",
    ttl = "1d",
    err_ttl = "1m",
    cache_err = |error| *error == ApiError::NoSuchCountry
)]
async fn capital(country: String) -> Result<String, ApiError> {
    LOADS.fetch_add(1, Ordering::Relaxed);
    match country.as_str() {
        "Portugal" => Ok("Lisbon".to_owned()),
        "Atlantis" => Err(ApiError::NoSuchCountry),
        _ => Err(ApiError::TryAgain),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    // On a server there may be something left of the last run.
    user_by_email::clear().await?;
    capital::clear().await?;

    for email in ["ada@example.org", "nobody@example.org"] {
        user_by_email(email.to_owned()).await;
        let found = user_by_email(email.to_owned()).await;
        let ttl = user_by_email::ttl(email).await?.and_then(Ttl::duration);
        println!(
            "{email}: {found:?} after {} load(s), remembered for {ttl:?}",
            loads()
        );
    }
    // Nothing is stored of somebody who was never asked for; that nobody is there is a stored
    // value.
    println!(
        "peek, never asked for: {:?}",
        user_by_email::peek("new@example.org").await?
    );
    println!(
        "peek, known to be nobody: {:?}",
        user_by_email::peek("nobody@example.org").await?
    );

    for country in ["Portugal", "Atlantis", "Utopia"] {
        let _ = capital(country.to_owned()).await;
        let found = capital(country.to_owned()).await;
        println!("{country}: {found:?} after {} load(s)", loads());
    }

    // An absent value is invalidated like any other: the user has signed up.
    user_by_email::invalidate("nobody@example.org").await?;
    user_by_email("nobody@example.org".to_owned()).await;
    println!("after an invalidation: {} load(s)", loads());

    let stats = larder.stats("negative.countries");
    println!("stored errors returned: {}", stats.negative_hits);
    larder.close().await;
    Ok(())
}

/// How often a body has run since the last time this was asked.
fn loads() -> u32 {
    LOADS.swap(0, Ordering::Relaxed)
}

//! Lints stay quiet with several attributes on one function, and foreign ones stay where they are.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

use larder::{cached, rate_limited};

/// A page, loaded by one process at a time, and seldom.
///
/// # Errors
/// Without the lock, or when the limit is reached.
#[cached(namespace = "pages", ttl = "5m")]
#[tracing::instrument(skip_all)]
#[larder::with_lock(key = "page:{id}")]
#[must_use]
#[rate_limited("10/s", namespace = "stack", key = "all")]
pub async fn page(id: u64, mut words: Vec<String>) -> Result<String, larder::Error> {
    let Some(word) = words.pop() else {
        return Ok(id.to_string());
    };
    Ok(word)
}

/// A user's requests, of which each is answered once.
///
/// # Errors
/// When the limit is reached, or while the first one runs.
#[rate_limited("10/s", namespace = "stack", key = "{user}")]
#[larder::idempotent(key = "{request}", namespace = "orders", ttl = "1h")]
#[larder::invalidates(page(user, &[]))]
pub async fn order(user: u64, request: u64) -> Result<(), larder::Error> {
    Ok(())
}

fn is_send<T: Send>(_: &T) {}

fn main() {
    is_send(&page(7, Vec::new()));
    is_send(&page::refresh(7, Vec::new()));
    is_send(&order(7, 8));
}

//! A client that got no answer sends its request again, and pays once.
//!
//! ```text
//! cargo run --example idempotent_payments
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Error, Larder, idempotent};

/// How often the bank was asked.
static PAYMENTS: AtomicU64 = AtomicU64::new(0);

/// The key says which calls are one; what else the function takes is the request.
#[idempotent(namespace = "example.payments", key = "{request_id}", ttl = "1m")]
async fn pay(request_id: &str, cents: u64) -> Result<String, Error> {
    let _ = request_id;
    let number = PAYMENTS.fetch_add(1, Ordering::SeqCst) + 1;
    Ok(format!("receipt {number} for {cents} cents"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    // The client makes it up, once for what it wants done.
    let request = format!("{}-7f3a", std::process::id());

    let first = pay(&request, 1000).await?;
    let again = pay(&request, 1000).await?;
    println!("{first}; sent again: {again}");

    // All at once: one runs, the others wait for its result.
    let (a, b) = tokio::join!(pay("b2c7", 500), pay("b2c7", 500));
    println!("two at once answer the same: {}", a? == b?);
    println!(
        "the bank was asked {} time(s)",
        PAYMENTS.load(Ordering::SeqCst)
    );

    let other = pay(&request, 9999).await.map_err(|error| error.kind());
    println!("the same key for another sum: {other:?}");
    larder.close().await;
    Ok(())
}

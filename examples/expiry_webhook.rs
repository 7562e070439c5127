//! A webhook for what expires: somebody asked to delete an account and never confirmed it, and
//! another service is told.
//!
//! ```text
//! cargo run --example expiry_webhook
//! LARDER_URL=redis://127.0.0.1:6379 cargo run --example expiry_webhook
//! ```
//!
//! Redis tells of expired keys only if its setting `notify-keyspace-events` holds `Ex`; without it
//! this says so and ends.
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use larder::{CacheSpec, ErrorKind, ExpiredEntry, Expiry, Larder, Ttl};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What waits to be confirmed, by its code.
#[derive(Debug, Serialize, Deserialize)]
enum Action {
    DeleteAccount { user: u64 },
}

/// In earnest these would live for a quarter of an hour.
const CONFIRMATIONS: CacheSpec =
    CacheSpec::new("confirmations", Ttl::after(Duration::from_millis(200)));

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let larder = Larder::from_env().await?;
    // Each event goes to one of the processes that listen, so the webhook is called once.
    let mut expired = match larder.expired("confirmations").await {
        Ok(expired) => expired.once_in_the_fleet(),
        Err(error) if error.kind() == ErrorKind::Configuration => {
            println!("{error}");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let (webhook, mut received) = receiver().await?;

    let confirmation = larder
        .cache::<Action>(CONFIRMATIONS)
        .entry(|key| key.arg("a1b2"));
    let action = Action::DeleteAccount { user: 7 };
    confirmation.put(&action).await?;
    println!("waiting for a confirmation: {action:?}");

    while let Some(event) = expired.next().await {
        match event {
            Expiry::Entry(entry) => {
                call_webhook(webhook, &entry).await?;
                break;
            }
            // What was missed is not told again: where that matters, look in the database now.
            _ => println!("some may have been missed"),
        }
    }
    let body = received.recv().await.ok_or("nobody called the webhook")?;
    println!("the webhook was told: {body}");
    larder.close().await;
    Ok(())
}

/// Tells the other service. A real program would use its HTTP client here, and try again.
async fn call_webhook(address: SocketAddr, entry: &ExpiredEntry) -> Result<(), Box<dyn Error>> {
    let body = json!({ "event": "expired", "code": entry.arguments.first() }).to_string();
    let request = format!(
        "POST /expired HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    let status = response.lines().next().unwrap_or_default();
    println!("called the webhook: {status}");
    Ok(())
}

/// The other service, here in the same process.
async fn receiver() -> Result<(SocketAddr, mpsc::UnboundedReceiver<Value>), Box<dyn Error>> {
    let (sender, received) = mpsc::unbounded_channel();
    let hook = post(async move |Json(body): Json<Value>| {
        // The example has ended if nobody reads.
        let _ = sender.send(body);
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/expired", hook)).await });
    Ok((address, received))
}

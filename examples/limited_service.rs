//! A service whose clients are limited: by API key, by what a request costs, told how much is left
//! and when to come again.
//!
//! ```text
//! cargo run --example limited_service                 # serves on http://127.0.0.1:3000 until ctrl-c
//! cargo run --example limited_service -- --once       # asks itself a few things and ends
//! ```
//!
//! ```text
//! curl -i http://127.0.0.1:3000/search -H 'x-api-key: ada'
//! curl -i http://127.0.0.1:3000/export -H 'x-api-key: ada'
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::error::Error;
use std::net::SocketAddr;

use axum::routing::get;
use axum::{Extension, Json, Router};
use http::HeaderName;
use larder::{
    Decision, ForwardedIp, HeaderKey, Larder, LarderLayer, RateLimitLayer, RateOnError,
    rate_limited,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn router(larder: &Larder) -> Result<Router, larder::Error> {
    // Each API key has ten units a minute, on all nodes together; an export takes five. While Redis
    // is away each node keeps the limit by itself.
    let limiter = larder
        .limiter("service.api")
        .on_error(RateOnError::Local)
        .limits("10/m, 1000/d")?;
    let by_key = RateLimitLayer::new(limiter, HeaderKey(HeaderName::from_static("x-api-key")))
        .cost(|head| if head.uri.path() == "/export" { 5 } else { 1 });

    // Whoever comes without a key, or with many, is limited by address too. Requests that are in a
    // hurry wait a moment rather than fail.
    let limiter = larder.limiter("service.visitors").limits("100/s")?;
    let by_address = RateLimitLayer::new(limiter, ForwardedIp::behind(0))
        .wait(std::time::Duration::from_millis(100))
        .without_fields();

    Ok(Router::new()
        .route("/search", get(search))
        .route("/export", get(async || "all of it"))
        .route("/mail", get(async || mail("ada").await))
        .layer(by_key)
        .layer(by_address)
        // Not limited: what stands above the layers alone is.
        .route("/health", get(health))
        .layer(LarderLayer::new(larder.clone())))
}

/// The layer has left its decision for the handler.
async fn search(Extension(decision): Extension<Decision>) -> Json<Value> {
    Json(json!({ "found": ["tea"], "searches left": decision.remaining() }))
}

/// A function may be limited too, wherever it is called: a denial is an answer, since
/// `larder::Error` is one.
#[rate_limited("1/h", namespace = "service.mails", key = "{user}")]
async fn mail(user: &str) -> Result<String, larder::Error> {
    Ok(format!("mailed {user}"))
}

/// The Larder is an argument like any other; `Option<Larder>` does without one.
async fn health(larder: Larder) -> String {
    format!("{:?}", larder.health().await.status)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let larder = Larder::from_env().await?;
    // So that the layer by address hears who is connected.
    let app = router(&larder)?.into_make_service_with_connect_info::<SocketAddr>();

    if std::env::args().any(|argument| argument == "--once") {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        let server = tokio::spawn(
            axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .into_future(),
        );
        ask_a_few_things(&larder, address).await?;
        drop(stop);
        server.await??;
    } else {
        let listener = TcpListener::bind("127.0.0.1:3000").await?;
        println!("serving on http://{}, until ctrl-c", listener.local_addr()?);
        let interrupted = async { drop(tokio::signal::ctrl_c().await) };
        axum::serve(listener, app)
            .with_graceful_shutdown(interrupted)
            .await?;
    }
    larder.close().await;
    Ok(())
}

async fn ask_a_few_things(larder: &Larder, address: SocketAddr) -> Result<(), Box<dyn Error>> {
    // On a server there may be something left of the last run.
    larder
        .limiter("service.api")
        .limits("10/m")?
        .reset(&Some(b"ada".to_vec()))
        .await?;
    larder
        .limiter("service.mails")
        .limits("1/h")?
        .reset("ada")
        .await?;
    for path in ["/search", "/export", "/export", "/health"] {
        println!("GET {path}: {}", ask(address, path).await?);
    }
    for _ in 0..2 {
        println!("GET /mail: {}", ask(address, "/mail").await?);
    }
    Ok(())
}

/// One HTTP request: the status line, the headers that tell of limits, and the body.
async fn ask(address: SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-api-key: ada\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP")?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .ok_or("no status")?
        .trim_start_matches("HTTP/1.1 ");
    let told =
        lines.filter(|line| line.starts_with("ratelimit:") || line.starts_with("retry-after:"));
    let told: Vec<&str> = told.collect();
    Ok(format!("{status}; {}; {body}", told.join("; ")))
}

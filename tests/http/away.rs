//! What requests are answered while the server is away, as the limiter declares.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use http::request::Parts;
use larder::{Larder, MemoryServer, PeerIp, RateLimitLayer, RateOnError};

use crate::client::Served;

async fn cut_off(on_error: RateOnError) -> Served {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.cut();
    let limiter = node
        .limiter("away")
        .on_error(on_error)
        .limits("1/h")
        .unwrap();
    let layer = RateLimitLayer::new(limiter, PeerIp);
    Served::new(
        Router::new()
            .route("/", get(async || "served"))
            .layer(layer),
    )
    .await
}

#[tokio::test]
async fn unless_said_a_request_is_answered_that_it_may_come_again() {
    let service = cut_off(RateOnError::Fail).await;
    let refused = service.get("/", &[]).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(refused.json()["title"], "Service Unavailable");
    // Nothing of the inside.
    assert!(
        !refused.body.contains("redis") && !refused.body.contains("memory"),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn allow_serves_and_says_nothing_of_what_is_left() {
    let service = cut_off(RateOnError::Allow).await;
    for _ in 0..3 {
        let served = service.get("/", &[]).await;
        assert_eq!((served.status, served.header("ratelimit")), (200, None));
        assert!(served.header("ratelimit-policy").is_some());
    }
}

#[tokio::test]
async fn local_keeps_the_limit_in_this_process() {
    let service = cut_off(RateOnError::Local).await;
    assert_eq!(service.get("/", &[]).await.status, 200);
    let denied = service.get("/", &[]).await;
    assert_eq!(denied.status, 429);
    assert_eq!(
        denied.json()["violated-policies"],
        serde_json::json!(["away:1h"])
    );
}

#[tokio::test]
async fn a_service_that_is_put_together_wrongly_is_an_error_and_lets_nobody_pass() {
    let limiter = Larder::memory().limiter("api").limits("2/h").unwrap();
    let app = |layer| {
        Router::new()
            .route("/", get(async || "served"))
            .layer(layer)
    };
    // Nobody says who is connected.
    let service = Served::without_peers(app(RateLimitLayer::new(limiter.clone(), PeerIp))).await;
    assert_eq!(service.get("/", &[]).await.status, 500);

    // More than can ever pass.
    let layer = RateLimitLayer::new(limiter, |_: &Parts| ()).cost(|_| 3);
    let app = Router::new()
        .route("/", get(async || "served"))
        .layer(layer);
    let service = Served::without_peers(app).await;
    assert_eq!(service.get("/", &[]).await.status, 500);
}

#[tokio::test]
async fn whoever_serves_by_hand_says_who_is_connected_by_an_extension() {
    let limiter = Larder::memory().limiter("api").limits("1/h").unwrap();
    let peer: SocketAddr = "192.0.2.1:5000".parse().unwrap();
    let app = Router::new()
        .route("/", get(async || "served"))
        .layer(RateLimitLayer::new(limiter, PeerIp))
        .layer(axum::Extension(peer));
    let service = Served::without_peers(app).await;
    assert_eq!(service.get("/", &[]).await.status, 200);
    assert_eq!(service.get("/", &[]).await.status, 429);
}

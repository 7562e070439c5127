//! Requests are limited, and clients are told.

use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use http::HeaderName;
use http::request::Parts;
use larder::{Algorithm, Decision, ForwardedIp, HeaderKey, Limiter, PeerIp, RateLimitLayer};

use crate::client::Served;
use crate::fleet::Fleet;

on_each_backend!(
    a_request_too_many_is_denied_and_told_when_to_come_again,
    clients_are_told_apart_by_what_the_key_says,
    every_limit_is_told_by_its_name,
    a_denied_request_hears_of_the_limits_that_denied_it,
    nodes_share_a_limit,
    a_request_may_cost_more_be_exempt_or_wait,
    a_rehearsal_denies_nobody_and_says_nothing,
    a_remembered_denial_says_the_same,
    limits_are_changed_while_the_service_runs,
);

async fn limiter(fleet: &Fleet, limits: &str) -> Limiter {
    fleet.node().await.limiter("api").limits(limits).unwrap()
}

fn app<K>(layer: RateLimitLayer<K>) -> Router
where
    K: larder::RequestKey + Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/", get(async || "served"))
        .route("/export", get(async || "exported"))
        .route(
            "/left",
            get(async |Extension(decision): Extension<Decision>| decision.remaining().to_string()),
        )
        .layer(layer)
}

async fn a_request_too_many_is_denied_and_told_when_to_come_again(fleet: Fleet) {
    let limiter = limiter(&fleet, "2/h").await;
    let service = Served::new(app(RateLimitLayer::new(limiter, PeerIp))).await;

    let first = service.get("/", &[]).await;
    assert_eq!((first.status, first.body.as_str()), (200, "served"));
    assert_eq!(
        first.header("ratelimit-policy"),
        Some("\"api:1h\";q=2;w=3600")
    );
    assert_eq!(first.header("ratelimit"), Some("\"api:1h\";r=1;t=1800"));
    assert_eq!(first.header("retry-after"), None);
    let second = service.get("/left", &[]).await;
    assert_eq!((second.status, second.body.as_str()), (200, "0"));

    let denied = service.get("/", &[]).await;
    assert_eq!(denied.status, 429);
    assert_eq!(
        denied.header("content-type"),
        Some("application/problem+json")
    );
    let wait: u64 = denied.header("retry-after").unwrap().parse().unwrap();
    assert!((1700..=1800).contains(&wait), "{wait}");
    let limit = format!("\"api:1h\";r=0;t={wait}");
    assert_eq!(denied.header("ratelimit"), Some(limit.as_str()));
    assert_eq!(
        denied.json(),
        serde_json::json!({
            "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
            "title": "Request cannot be satisfied as assigned quota has been exceeded",
            "status": 429,
            "detail": format!("too many requests: try again in {wait} s"),
            "violated-policies": ["api:1h"],
        })
    );
}

async fn clients_are_told_apart_by_what_the_key_says(fleet: Fleet) {
    let limiter = limiter(&fleet, "1/h").await;
    let key = HeaderKey(HeaderName::from_static("x-api-key"));
    let service = Served::new(app(RateLimitLayer::new(limiter.clone(), key))).await;
    assert_eq!(service.get("/", &[("x-api-key", "ada")]).await.status, 200);
    assert_eq!(service.get("/", &[("x-api-key", "ada")]).await.status, 429);
    assert_eq!(
        service.get("/", &[("x-api-key", "grace")]).await.status,
        200
    );
    // Whoever leaves the header out does not escape.
    assert_eq!(service.get("/", &[]).await.status, 200);
    assert_eq!(service.get("/", &[]).await.status, 429);

    let layer = RateLimitLayer::new(limiter.clone(), ForwardedIp::behind(1));
    let service = Served::new(app(layer)).await;
    let from = |hops| [("x-forwarded-for", hops)];
    assert_eq!(service.get("/", &from("198.51.100.7")).await.status, 200);
    assert_eq!(
        service
            .get("/", &from("6.6.6.6, 198.51.100.7"))
            .await
            .status,
        429
    );
    assert_eq!(service.get("/", &from("198.51.100.8")).await.status, 200);

    let route = |head: &Parts| ("route", head.uri.path().to_owned());
    let service = Served::new(app(RateLimitLayer::new(limiter, route))).await;
    assert_eq!(service.get("/", &[]).await.status, 200);
    assert_eq!(service.get("/export", &[]).await.status, 200);
    assert_eq!(service.get("/", &[]).await.status, 429);
}

async fn every_limit_is_told_by_its_name(fleet: Fleet) {
    let limiter = limiter(&fleet, "100/h burst 20, 5/500ms, 1000/d").await;
    let service = Served::new(app(RateLimitLayer::new(limiter, PeerIp))).await;
    let response = service.get("/", &[]).await;
    assert_eq!(
        response.header("ratelimit-policy"),
        Some(
            "\"api:500ms\";q=5, \"api:1h\";q=100;w=3600;larder-burst=20, \"api:1d\";q=1000;w=86400"
        )
    );
    assert_eq!(
        response.header("ratelimit"),
        Some("\"api:500ms\";r=4;t=1, \"api:1h\";r=19;t=36, \"api:1d\";r=999;t=87")
    );
}

async fn a_denied_request_hears_of_the_limits_that_denied_it(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = node.limiter("api").algorithm(Algorithm::FixedWindow);
    let limiter = limiter.limits("1/d, 50/366d").unwrap();
    let service = Served::new(app(RateLimitLayer::new(limiter, PeerIp))).await;
    assert_eq!(service.get("/", &[]).await.status, 200);
    let denied = service.get("/", &[]).await;
    let limit = denied.header("ratelimit").unwrap();
    assert!(
        limit.starts_with("\"api:1d\";r=0;t=") && !limit.contains("366d"),
        "{limit}"
    );
    assert_eq!(
        denied.json()["violated-policies"],
        serde_json::json!(["api:1d"])
    );
    // To come again no earlier than there is something again.
    let wait = denied.header("retry-after").unwrap();
    assert!(limit.ends_with(&format!("t={wait}")), "{limit}, {wait}");
}

async fn nodes_share_a_limit(fleet: Fleet) {
    let here = RateLimitLayer::new(limiter(&fleet, "1/h").await, PeerIp);
    let there = RateLimitLayer::new(limiter(&fleet, "1/h").await, PeerIp);
    let (here, there) = (Served::new(app(here)).await, Served::new(app(there)).await);
    assert_eq!(here.get("/", &[]).await.status, 200);
    assert_eq!(there.get("/", &[]).await.status, 429);
}

async fn a_request_may_cost_more_be_exempt_or_wait(fleet: Fleet) {
    let layer = RateLimitLayer::new(limiter(&fleet, "5/h").await, PeerIp)
        .cost(|head| if head.uri.path() == "/export" { 4 } else { 1 })
        .unless(|head| head.headers.contains_key("x-exempt"));
    let service = Served::new(app(layer)).await;
    assert_eq!(service.get("/export", &[]).await.status, 200);
    assert_eq!(service.get("/export", &[]).await.status, 429);
    let exempt = service.get("/export", &[("x-exempt", "yes")]).await;
    assert_eq!((exempt.status, exempt.header("ratelimit")), (200, None));
    assert_eq!(service.get("/", &[]).await.status, 200);

    let patient = limiter(&fleet, "20/s burst 1").await;
    let layer = RateLimitLayer::new(patient, |_: &Parts| "all").wait(Duration::from_mins(1));
    let service = Served::new(app(layer.without_fields())).await;
    for _ in 0..3 {
        let served = service.get("/", &[]).await;
        assert_eq!((served.status, served.header("ratelimit")), (200, None));
    }
}

async fn a_rehearsal_denies_nobody_and_says_nothing(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = node.limiter("next").shadow().limits("1/h").unwrap();
    let service = Served::new(app(RateLimitLayer::new(limiter, PeerIp))).await;
    for _ in 0..3 {
        let served = service.get("/", &[]).await;
        assert_eq!(
            (served.status, served.header("ratelimit-policy")),
            (200, None)
        );
    }
    assert_eq!(node.rate_stats("next").shadowed, 2);
}

async fn a_remembered_denial_says_the_same(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = node.limiter("api").limits("1/h").unwrap();
    let service = Served::new(app(RateLimitLayer::new(limiter, PeerIp))).await;
    service.get("/", &[]).await;
    let (asked, remembered) = (service.get("/", &[]).await, service.get("/", &[]).await);
    assert_eq!((asked.status, remembered.status), (429, 429));
    assert_eq!(node.rate_stats("api").denied_locally, 1);
    let told = |response: &crate::client::Response| response.json()["violated-policies"].clone();
    assert_eq!(told(&asked), told(&remembered));
    assert!(
        remembered
            .header("ratelimit")
            .unwrap()
            .starts_with("\"api:1h\";r=0;t=")
    );
}

async fn limits_are_changed_while_the_service_runs(fleet: Fleet) {
    let builder = fleet.node().await.limiter("api");
    let limiter = builder.algorithm(Algorithm::SlidingLog).limits("2/h");
    let layer = RateLimitLayer::new(limiter.unwrap(), PeerIp);
    let limits = layer.live_limits();
    let service = Served::new(app(layer)).await;
    for status in [200, 200, 429, 429] {
        assert_eq!(service.get("/", &[]).await.status, status);
    }

    // More: at once, though the denial was remembered, and what was consumed stays so.
    limits.set("4/h").unwrap();
    let third = service.get("/", &[]).await;
    assert_eq!(third.status, 200);
    let policy = third.header("ratelimit-policy");
    assert_eq!(policy, Some("\"api:1h\";q=4;w=3600"));
    let told = third.header("ratelimit").unwrap();
    assert!(told.starts_with("\"api:1h\";r=1;"), "{told}");
    for status in [200, 429] {
        assert_eq!(service.get("/", &[]).await.status, status);
    }

    // Another period, and more of them.
    limits.set("9/h, 100/d").unwrap();
    let fifth = service.get("/", &[]).await;
    assert_eq!(fifth.status, 200);
    assert!(fifth.header("ratelimit-policy").unwrap().contains("api:1d"));

    // What is wrong changes nothing.
    assert!(limits.set("many").is_err() && limits.set_limits(&[]).is_err());
    assert_eq!(limits.get().len(), 2);

    // Fewer.
    limits.set("3/h").unwrap();
    assert_eq!(service.get("/", &[]).await.status, 429);
}

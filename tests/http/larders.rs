//! Handlers have their Larder, and errors are answers.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use larder::{Error, Larder, LarderLayer, Tenancy, cached, idempotent, rate_limited};

use crate::client::Served;
use crate::fleet::Fleet;
use crate::log::{lines, start_log};

on_each_backend!(
    a_handler_uses_the_larder_of_its_layer,
    a_request_is_its_tenants,
    an_error_is_an_answer,
);

#[cached(namespace = "greetings", ttl = "1m")]
async fn greeting(name: String) -> String {
    format!("hello {name}")
}

#[rate_limited("1/h", namespace = "http.charges", key = "all")]
async fn charge() -> Result<&'static str, Error> {
    Ok("charged")
}

async fn a_handler_uses_the_larder_of_its_layer(fleet: Fleet) {
    let larder = fleet.node().await;
    let app = Router::new()
        .route("/", get(async || greeting("ada".to_owned()).await))
        .route(
            "/loads",
            get(async |larder: Larder| larder.stats("greetings").loads.to_string()),
        )
        .route(
            "/state",
            get(async |State(larder): State<Larder>| larder.stats("greetings").loads.to_string()),
        )
        .with_state(larder.clone())
        .layer(LarderLayer::new(larder.clone()));
    let service = Served::new(app).await;
    for _ in 0..2 {
        assert_eq!(service.get("/", &[]).await.body, "hello ada");
    }
    assert_eq!(service.get("/loads", &[]).await.body, "1");
    assert_eq!(service.get("/state", &[]).await.body, "1");
}

async fn a_request_is_its_tenants(fleet: Fleet) {
    let server = fleet.node().await;
    let layer = LarderLayer::new(server)
        .tenant(|head| Some(head.headers.get("x-tenant")?.to_str().ok()?.to_owned()));
    let key = get(async || greeting::key("ada").unwrap());
    let service = Served::new(Router::new().route("/", key).layer(layer)).await;
    let of_acme = service.get("/", &[("x-tenant", "acme")]).await.body;
    assert_eq!(of_acme, "app:acme:greetings:1:ada");
    assert_eq!(service.get("/", &[]).await.body, "app::greetings:1:ada");
}

async fn an_error_is_an_answer(fleet: Fleet) {
    let larder = fleet.node().await;
    let app = Router::new()
        .route("/", get(charge))
        .layer(LarderLayer::new(larder));
    let service = Served::new(app).await;
    assert_eq!(service.get("/", &[]).await.body, "charged");
    let denied = service.get("/", &[]).await;
    assert_eq!(denied.status, 429);
    assert!(denied.header("retry-after").is_some());
    assert_eq!(
        denied.json()["type"],
        "https://iana.org/assignments/http-problem-types#quota-exceeded"
    );
}

#[tokio::test]
async fn without_a_larder_the_optional_extractor_says_so_and_the_other_is_an_error() {
    let app = Router::new()
        .route("/", get(async |_: Larder| "there"))
        .route(
            "/optional",
            get(async |larder: Option<Larder>| larder.is_some().to_string()),
        );
    let service = Served::new(app.clone()).await;
    assert_eq!(service.get("/", &[]).await.status, 500);
    assert_eq!(service.get("/optional", &[]).await.body, "false");

    let service = Served::new(app.layer(LarderLayer::new(Larder::memory()))).await;
    assert_eq!(service.get("/", &[]).await.body, "there");
    assert_eq!(service.get("/optional", &[]).await.body, "true");
}

#[tokio::test]
async fn a_request_without_a_tenant_is_a_bad_one_where_tenancy_is_required() {
    let larder = Larder::builder().tenancy(Tenancy::Required).build().await;
    let touch = async |larder: Larder| -> Result<String, Error> {
        larder
            .clear("users")
            .await
            .map(|removed| removed.to_string())
    };
    let layer = LarderLayer::new(larder.unwrap()).tenant(|head| {
        let name = head.uri.path().strip_prefix("/of/")?;
        Some(name.to_owned())
    });
    let app = Router::new()
        .route("/", get(touch))
        .route("/of/{tenant}", get(touch))
        .layer(layer);
    let service = Served::new(app).await;
    assert_eq!(service.get("/", &[]).await.status, 400);
    assert_eq!(service.get("/of/acme", &[]).await.body, "0");
}

#[idempotent(namespace = "http.payments", key = "{request}", ttl = "1h")]
async fn pay(request: &str, cents: u64) -> Result<String, Error> {
    Ok(format!("{request}: {cents}"))
}

/// Or clients could fill the log with errors, each of which is nobody's to mend.
#[tokio::test]
async fn what_a_client_did_wrong_is_no_error_in_the_log() {
    start_log();
    let app = Router::new()
        .route(
            "/{cents}",
            get(async |Path(cents): Path<u64>| pay("7f3a", cents).await),
        )
        .layer(LarderLayer::new(Larder::memory()));
    let service = Served::new(app).await;
    assert_eq!(service.get("/10", &[]).await.body, "7f3a: 10");
    assert_eq!(service.get("/11", &[]).await.status, 422);
    assert_eq!(lines(&[" ERROR ", " WARN "]), Vec::<String>::new());
}

/// A handle keeps the tenant of the Larder that it was made of, whatever the scope.
#[tokio::test]
async fn who_asks_a_larder_of_no_tenant_is_told_how_to_name_one() {
    let larder = Larder::builder().tenancy(Tenancy::Required).build();
    let larder = larder.await.unwrap();
    let layer = LarderLayer::new(larder.clone()).tenant(|_| Some("acme".to_owned()));
    let touch = async |State(larder): State<Larder>| {
        let refused = larder.clear("users").await.unwrap_err();
        let own = Larder::current().unwrap().clear("users").await.unwrap();
        format!("{refused} {own}")
    };
    let app = Router::new()
        .route("/", get(touch))
        .with_state(larder)
        .layer(layer);
    let answer = Served::new(app).await.get("/", &[]).await.body;
    assert!(answer.contains("larder.tenant("), "{answer}");
    assert!(answer.ends_with(" 0"), "{answer}");
}

//! `#[rate_limited]` on functions and methods.

use std::pin::Pin;
use std::time::Duration;

use larder::{Decision, Error, ErrorKind, Larder, rate_limited};

use crate::fleet::Fleet;

#[derive(Debug)]
struct Denied(ErrorKind, Option<Duration>);

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        let wait = Decision::of(&error).and_then(Decision::retry_after);
        Self(error.kind(), wait)
    }
}

#[rate_limited("2/d, 3/2d", namespace = "attribute.charges", key = "{user}")]
async fn charge(user: u64, cents: u64) -> Result<u64, Denied> {
    Ok(user + cents)
}

#[rate_limited(limit = 10, per = "1d", namespace = "attribute.tokens", key = "all", cost = tokens)]
async fn answer(tokens: u64) -> Result<(), Error> {
    let _ = tokens;
    Ok(())
}

struct Mailer {
    host: String,
}

impl Mailer {
    #[rate_limited("1/d", namespace = "attribute.mails", key = "{self.host}:{to}")]
    async fn send(&self, to: &str) -> Result<String, Denied> {
        let sent = format!("{} to {to}", self.host);
        Ok(sent)
    }
}

#[async_trait::async_trait]
trait Sends {
    async fn deliver(&self, to: String) -> Result<String, Denied>;
}

#[async_trait::async_trait]
impl Sends for Mailer {
    #[rate_limited("1/d", namespace = "attribute.trait", key = "{to}")]
    async fn deliver(&self, to: String) -> Result<String, Denied> {
        Ok(to + &self.host)
    }
}

#[rate_limited(
    "1/s",
    namespace = "attribute.patience",
    key = "all",
    on_limit = "wait",
    max_wait = "1500ms"
)]
async fn patient() -> Result<(), Error> {
    Ok(())
}

on_each_backend!(
    a_function_is_limited_by_its_key_in_the_whole_fleet,
    a_cost_is_taken_whole,
    methods_are_limited_by_what_the_key_names,
);

async fn a_function_is_limited_by_its_key_in_the_whole_fleet(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    assert_eq!(one.scope(charge(7, 1)).await.unwrap(), 8);
    assert_eq!(other.scope(charge(7, 2)).await.unwrap(), 9);
    let Denied(kind, wait) = one.scope(charge(7, 3)).await.unwrap_err();
    assert_eq!(kind, ErrorKind::RateLimited);
    assert!(wait.is_some_and(|wait| wait > Duration::from_hours(1)));
    one.scope(charge(8, 1)).await.unwrap();
    assert_eq!(one.rate_stats("attribute.charges").denied, 1);
}

async fn a_cost_is_taken_whole(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(answer(7)).await.unwrap();
    let denied = node.scope(answer(4)).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::RateLimited);
    node.scope(answer(3)).await.unwrap();
}

async fn methods_are_limited_by_what_the_key_names(fleet: Fleet) {
    let node = fleet.node().await;
    let [a, b] = ["a", "b"].map(|host| Mailer {
        host: host.to_owned(),
    });
    assert_eq!(node.scope(a.send("ada")).await.unwrap(), "a to ada");
    assert!(node.scope(a.send("ada")).await.is_err());
    node.scope(b.send("ada")).await.unwrap();
    node.scope(a.send("grace")).await.unwrap();
    let deliver: Pin<Box<dyn Future<Output = _> + Send + '_>> = a.deliver("ada".to_owned());
    drop(deliver);
    let ended = node.scope(async { a.deliver("ada".to_owned()).await });
    assert_eq!(ended.await.unwrap(), "adaa");
    let ended = node.scope(async { b.deliver("ada".to_owned()).await });
    assert!(ended.await.is_err());
}

#[larder::test]
async fn who_may_wait_gets_his_turn(larder: Larder) {
    patient().await.unwrap();
    let start = tokio::time::Instant::now();
    patient().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(990));
    let stats = larder.rate_stats("attribute.patience");
    assert_eq!((stats.allowed, stats.denied), (2, 1));
}

#[tokio::test]
async fn without_a_larder_a_call_is_an_error_that_says_so() {
    let error = answer(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
}

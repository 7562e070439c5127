//! `#[with_lock]` on functions and methods.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use larder::{Error, ErrorKind, Larder, with_lock};

use crate::fleet::{Fleet, start};

#[derive(Debug)]
struct NotNow(ErrorKind);

impl From<Error> for NotNow {
    fn from(error: Error) -> Self {
        Self(error.kind())
    }
}

/// Doubles what is written, unless somebody came between.
#[with_lock(
    key = "order:{order}",
    namespace = "attribute",
    lease = "10s",
    wait = "1m"
)]
async fn double(order: u64, mut counter: Vec<&'static AtomicU32>) -> Result<u64, NotNow> {
    let counter = counter.remove(0);
    let before = counter.load(Ordering::SeqCst);
    if before > 1_000_000 {
        return Err(NotNow(ErrorKind::TooLarge));
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    counter.store(before + 1, Ordering::SeqCst);
    Ok(larder::lock::fence()? + order - order)
}

#[with_lock(key = "order:{order}", namespace = "attribute", try)]
async fn look(order: u64) -> Result<u64, Error> {
    Ok(order)
}

#[with_lock(key = "order:{order}", namespace = "attribute", read, try)]
async fn read(order: u64) -> Result<u64, Error> {
    Ok(order)
}

#[with_lock(key = ["account:{from}", "account:{to}"], namespace = "attribute", try)]
async fn transfer(from: u64, to: u64) -> Result<Vec<u64>, Error> {
    let _ = (from, to);
    larder::lock::fences()
}

#[with_lock(key = "tree", namespace = "attribute", reentrant)]
async fn depth(left: u64) -> Result<u64, Error> {
    if left == 0 {
        return Ok(0);
    }
    Ok(Box::pin(depth(left - 1)).await? + 1)
}

struct Mailer {
    host: String,
    lease: Duration,
}

#[async_trait::async_trait]
trait Sends {
    async fn deliver(&self, to: String) -> Result<String, NotNow>;
}

impl Mailer {
    #[with_lock(key = "{self.host}", namespace = "attribute.mails", lease = self.lease, fair)]
    async fn send<T: Into<String>>(&self, to: T) -> Result<String, NotNow> {
        Ok(format!("{} to {}", self.host, to.into()))
    }
}

#[async_trait::async_trait]
impl Sends for Mailer {
    #[with_lock(key = "{to}", namespace = "attribute.trait")]
    async fn deliver(&self, to: String) -> Result<String, NotNow> {
        Ok(to + &self.host)
    }
}

on_each_backend!(
    calls_of_one_key_run_one_at_a_time_in_the_whole_fleet,
    who_only_tries_is_told_at_once,
    several_keys_and_reentry,
    methods_are_locked_by_what_the_key_names,
);

async fn calls_of_one_key_run_one_at_a_time_in_the_whole_fleet(fleet: Fleet) {
    let counter: &'static AtomicU32 = Box::leak(Box::default());
    let nodes = [fleet.node().await, fleet.node().await];
    let calls: Vec<_> = (0..20)
        .map(|number| start(&nodes[number % 2], double(7, vec![counter])))
        .collect();
    let mut fences = Vec::new();
    for call in calls {
        fences.push(call.await.unwrap().unwrap());
    }
    assert_eq!(counter.load(Ordering::SeqCst), 20);
    fences.sort_unstable();
    fences.dedup();
    assert_eq!(fences.len(), 20);
}

async fn who_only_tries_is_told_at_once(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let lock = one.lock("attribute");
    // A template writes the same key as plain text does where nothing needs an escape.
    assert_eq!(other.scope(look(7)).await.unwrap(), 7);
    let guard = lock.read("order").await.unwrap();
    drop(guard);
    let (began, goes_on) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let (began, goes_on): (&'static _, &'static _) =
        (Box::leak(Box::new(began)), Box::leak(Box::new(goes_on)));
    let holder = start(&one, hold(7, began, goes_on));
    began.notified().await;
    let busy = other.scope(look(7)).await.unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::LockBusy);
    let said = busy.to_string();
    assert!(said.contains("wait for it with `wait`"), "{said}");
    assert!(
        !said.contains("0ns"),
        "who only tries has waited for nothing: {said}"
    );
    assert!(other.scope(read(7)).await.is_err());
    assert_eq!(other.scope(look(8)).await.unwrap(), 8);
    goes_on.notify_one();
    holder.await.unwrap().unwrap();
    assert_eq!(other.scope(read(7)).await.unwrap(), 7);
}

#[with_lock(key = "order:{order}", namespace = "attribute")]
async fn hold(
    order: u64,
    began: &tokio::sync::Notify,
    goes_on: &tokio::sync::Notify,
) -> Result<(), Error> {
    began.notify_one();
    goes_on.notified().await;
    let _ = order;
    Ok(())
}

async fn several_keys_and_reentry(fleet: Fleet) {
    let node = fleet.node().await;
    assert_eq!(node.scope(transfer(2, 1)).await.unwrap().len(), 2);
    assert_eq!(node.scope(transfer(1, 1)).await.unwrap().len(), 1);
    assert_eq!(node.scope(depth(3)).await.unwrap(), 3);
}

async fn methods_are_locked_by_what_the_key_names(fleet: Fleet) {
    let node = fleet.node().await;
    let mailer = Mailer {
        host: "a".to_owned(),
        lease: Duration::from_secs(10),
    };
    assert_eq!(node.scope(mailer.send("ada")).await.unwrap(), "a to ada");
    let guard = node.lock("attribute.mails").acquire("a").await.unwrap();
    let sending = node.scope(mailer.send("ada"));
    let waits = tokio::time::timeout(Duration::from_millis(20), sending).await;
    assert!(waits.is_err());
    drop(guard);
    let deliver: Pin<Box<dyn Future<Output = _> + Send + '_>> = mailer.deliver("ada".to_owned());
    drop(deliver);
    let ended = node.scope(async { mailer.deliver("ada".to_owned()).await });
    assert_eq!(ended.await.unwrap(), "adaa");
}

#[tokio::test]
async fn without_a_larder_the_body_does_not_run() {
    let error = look(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
}

#[larder::test]
async fn an_embedded_larder_of_a_test_has_locks(larder: Larder) {
    assert_eq!(look(3).await.unwrap(), 3);
    assert_eq!(larder.lock_stats("attribute").acquired, 1);
}

//! How a quorum is declared, and what is refused.

use larder::{Error, ErrorKind, HealthStatus, Larder, MemoryServer, Result, with_lock};

use super::{Three, builder_on, jobs, three};

#[with_lock(key = "{id}", quorum)]
async fn ship(id: u64) -> Result<u64, Error> {
    let fence = larder::lock::fence()?;
    Ok(fence + id - id)
}

/// An embedded Larder of its own needs no declaration, so that functions with `quorum` can be
/// tested.
#[larder::test]
async fn a_test_has_a_quorum() -> Result<()> {
    let larder = Larder::current()?;
    let held = larder.lock("locks").quorum().acquire("7").await?;
    let waiting = larder::spawn(ship(7));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let before = held.fence();
    held.release().await?;
    assert!(waiting.await.unwrap()? > before);
    assert_eq!(larder.lock_stats("locks").acquired, 2);
    Ok(())
}

#[tokio::test]
async fn without_servers_a_lock_with_quorum_is_an_error() {
    let larder = Larder::builder().on_memory(&MemoryServer::new());
    let error = larder.lock("jobs").quorum().acquire("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("LARDER_QUORUM"), "{error}");
    let error = larder.scope(ship(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn what_is_no_quorum_is_refused() {
    let redis = "redis://127.0.0.1:1";
    for (urls, cure) in [
        (vec!["redis://a", "redis://b"], "three"),
        (vec!["redis://a"; 16], "three"),
        (vec!["redis://a", "redis://b", "redis://a/1"], "independent"),
        (vec!["redis://a", "redis://b", "memory:"], "Redis servers"),
        (vec!["redis://a", "redis://b", "redis//c"], "redis"),
    ] {
        let builder = Larder::builder().url(redis).lazy(true).quorum(&urls);
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{urls:?}");
        assert!(error.to_string().contains(cure), "{urls:?}: {error}");
    }
    let embedded = Larder::builder().quorum(["memory:"; 3]).build().await;
    jobs(&embedded.unwrap()).run("a", async {}).await.unwrap();
}

#[tokio::test]
async fn what_a_quorum_cannot_do_is_refused() {
    let (node, _) = Three::new().node();
    let fair = jobs(&node).fair().acquire("a").await.unwrap_err();
    assert_eq!(fair.kind(), ErrorKind::Configuration);
    assert!(fair.to_string().contains("`fair`"), "{fair}");
    let short = jobs(&node).lease(std::time::Duration::from_millis(99));
    let short = short.acquire("a").await.unwrap_err();
    assert_eq!(short.kind(), ErrorKind::Configuration);
}

/// A server that is away at the start is no obstacle, and two are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_larder_starts_with_a_majority() {
    let mut servers = three();
    servers[1].kill();
    let larder = builder_on(&servers).build().await.unwrap();
    let health = larder.health().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.degraded[0].contains("1 of the 3"), "{health:?}");
    servers[2].kill();
    let error = builder_on(&servers).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("only 1 of the 3"), "{error}");
    let lazy = builder_on(&servers).lazy(true).build().await.unwrap();
    // It may not have connected to the one yet.
    let health = lazy.health().await;
    assert!(health.degraded[0].contains("are errors"), "{health:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_not_told() {
    let builder = Larder::builder().quorum([
        "redis://:hunter2@127.0.0.1:1",
        "redis://:hunter2@127.0.0.1:2",
        "redis://:hunter2@127.0.0.1:3",
    ]);
    assert!(!format!("{builder:?}").contains("hunter2"));
    let error = builder.build().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

//! `#[larder::test]` itself.

use std::time::Duration;

use larder::{Larder, cached};

use super::support::Count;

static LOADS: Count = Count::new();

#[cached(namespace = "tests.shared", ttl = "5m")]
async fn number(id: u64) -> u64 {
    LOADS.up();
    id
}

/// Two tests with the same keys, at the same time: each has to load for itself.
macro_rules! loads_for_itself {
    ($($name:ident)*) => {$(
        #[larder::test]
        async fn $name() -> larder::Result<()> {
            assert_eq!(number::peek(7).await?, None);
            assert_eq!(number(7).await, 7);
            assert_eq!(number::peek(7).await?, Some(7));
            Ok(())
        }
    )*};
}

loads_for_itself!(one_test_loads_for_itself another_test_loads_for_itself);

#[larder::test]
async fn a_test_takes_its_larder(larder: Larder) -> Result<(), larder::Error> {
    let stored = larder.scope(async { number::peek(7).await }).await?;
    assert_eq!(stored, None);
    Ok(())
}

#[larder::test]
async fn time_stands_still_until_it_is_moved() -> larder::Result<()> {
    time_is_moved(8).await
}

/// Beyond the end of what was stored.
async fn time_is_moved(id: u64) -> larder::Result<()> {
    number(id).await;
    larder::testing::advance(Duration::from_secs(301)).await?;
    assert_eq!(number::peek(id).await?, None);
    Ok(())
}

#[tokio::test]
async fn time_that_runs_is_moved_for_the_larder_alone() -> larder::Result<()> {
    Larder::memory().scope(time_is_moved(10)).await
}

/// As that of a Larder on a server.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_not_tokios_is_moved_while_that_is_paused() -> larder::Result<()> {
    let machine = larder_runtime::clock::Clock::machine();
    let larder = Larder::builder().clock(machine).build().await?;
    larder.scope(time_is_moved(11)).await
}

#[larder::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_test_spawns_uses_its_larder(_larder: Larder) {
    assert_eq!(number(9).await, 9);
    let task = tokio::spawn(async { number::peek(9).await });
    let stored = task.await.expect("a task").expect("an answer");
    assert_eq!(stored, Some(9));
}

#[larder::test]
#[should_panic(expected = "as it should")]
async fn other_attributes_stay() {
    panic!("as it should");
}

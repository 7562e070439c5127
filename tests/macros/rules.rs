//! Rules over values and errors.

use std::time::Duration;

use larder::testing::advance;
use larder::{Ttl, cached};

use super::support::Count;

#[larder::test]
async fn a_value_decides_how_long_it_lives() -> larder::Result<()> {
    #[cached(namespace = "rules.ttl_from", ttl_from = |value| if *value == 0 { Ttl::NEVER } else { Ttl::after(Duration::from_secs(*value)) })]
    async fn lives(seconds: u64) -> u64 {
        seconds
    }

    lives(60).await;
    lives(0).await;
    assert_eq!(
        lives::ttl(60).await?,
        Some(Ttl::after(Duration::from_mins(1)))
    );
    assert_eq!(lives::ttl(0).await?, Some(Ttl::NEVER));
    Ok(())
}

#[larder::test]
async fn a_value_decides_whether_it_is_stored() -> larder::Result<()> {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "rules get references")]
    fn is_even(value: &u64) -> bool {
        value.is_multiple_of(2)
    }

    #[cached(namespace = "rules.store_if", ttl = "5m", store_if = is_even)]
    async fn number(id: u64) -> Result<u64, String> {
        Ok(id)
    }

    assert_eq!(number(7).await, Ok(7));
    assert_eq!(number(8).await, Ok(8));
    assert_eq!(number::peek(7).await?, None);
    assert_eq!(number::peek(8).await?, Some(8));
    Ok(())
}

#[larder::test]
async fn none_is_remembered_for_its_own_time() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "rules.none_ttl", ttl = "5m", none_ttl = "10s")]
    async fn user(_id: u64) -> Result<Option<String>, String> {
        LOADS.up();
        Ok(None)
    }

    assert_eq!(user(7).await, Ok(None));
    assert_eq!(user(7).await, Ok(None));
    assert_eq!(LOADS.get(), 1);
    advance(Duration::from_secs(11)).await?;
    assert_eq!(user(7).await, Ok(None));
    assert_eq!(LOADS.get(), 2);
    Ok(())
}

#[larder::test]
async fn errors_that_are_picked_are_remembered() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(
        namespace = "rules.cache_err",
        ttl = "5m",
        err_ttl = "10s",
        cache_err = |error| error.starts_with("gone")
    )]
    async fn user(name: &str) -> Result<u64, String> {
        LOADS.up();
        Err(name.to_owned())
    }

    for _ in 0..2 {
        assert_eq!(user("gone for good").await, Err("gone for good".to_owned()));
    }
    assert_eq!(LOADS.get(), 1);
    for _ in 0..2 {
        assert_eq!(user("busy").await, Err("busy".to_owned()));
    }
    assert_eq!(LOADS.get(), 3);
    advance(Duration::from_secs(11)).await?;
    assert!(user("gone for good").await.is_err());
    assert_eq!(LOADS.get(), 4);
    Ok(())
}

#[larder::test]
async fn a_ttl_is_an_expression_if_need_be() -> larder::Result<()> {
    fn five_minutes() -> Duration {
        Duration::from_mins(5)
    }

    #[cached(namespace = "rules.expression", ttl = five_minutes() * 2)]
    async fn number(id: u64) -> u64 {
        id
    }

    number(7).await;
    assert_eq!(
        number::ttl(7).await?,
        Some(Ttl::after(Duration::from_mins(10)))
    );
    Ok(())
}

/// Not in a test of larder: nobody has installed one in this process.
#[test]
fn without_a_larder_the_body_runs_or_the_error_is_returned() {
    #[derive(Debug)]
    struct Failed(larder::ErrorKind);

    impl From<larder::Error> for Failed {
        fn from(error: larder::Error) -> Self {
            Self(error.kind())
        }
    }

    #[cached(namespace = "rules.run", ttl = "5m")]
    async fn runs(id: u64) -> Result<u64, String> {
        Ok(id)
    }

    #[cached(namespace = "rules.fail", ttl = "5m", on_error = "fail")]
    async fn fails(id: u64) -> Result<u64, Failed> {
        Ok(id)
    }

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    assert_eq!(runtime.block_on(runs(7)), Ok(7));
    let failed = runtime.block_on(fails(7)).expect_err("no larder");
    assert_eq!(failed.0, larder::ErrorKind::NotInstalled);
    let entry = runtime.block_on(runs::peek(7)).expect_err("no larder");
    assert_eq!(entry.kind(), larder::ErrorKind::NotInstalled);
}

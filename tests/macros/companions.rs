//! The companions of a free function, and what arguments they take.

use std::time::Duration;

use larder::{Ttl, cached};

use super::support::Count;

mod db {
    use larder::cached;

    #[derive(larder::CacheKey)]
    pub(super) struct Id(pub(super) u64);

    #[cached(namespace = "companions.db", ttl = "5m")]
    pub(super) async fn user(id: Id, names: Vec<String>, role: String, level: u8) -> String {
        format!("{}{}{role}{level}", id.0, names.concat())
    }
}

#[larder::test]
async fn one_import_brings_the_function_and_its_companions() -> larder::Result<()> {
    use db::user;

    let names = vec!["a".to_owned()];
    let loaded = user(db::Id(7), names.clone(), "r".into(), 1).await;
    // Owned arguments are borrowed, strings and lists as slices; numbers are as they are.
    let stored = user::peek(&db::Id(7), &names, "r", 1).await?;
    assert_eq!(stored.as_deref(), Some(&*loaded));
    Ok(())
}

#[larder::test]
async fn every_verb_does_what_it_says() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "companions.verbs", ttl = "5m")]
    async fn number(id: u64) -> u64 {
        LOADS.up() * 100 + id
    }

    assert_eq!(number::peek(7).await?, None);
    assert_eq!(number::ttl(7).await?, None);

    assert_eq!(number(7).await, 107);
    assert_eq!(number::peek(7).await?, Some(107));
    assert_eq!(
        number::ttl(7).await?,
        Some(Ttl::after(Duration::from_mins(5)))
    );

    number::put(7, &1).await?;
    assert_eq!(number(7).await, 1);

    assert_eq!(number::refresh(7).await, 207);
    assert_eq!(number(7).await, 207);

    assert_eq!(number::uncached(7).await, 307);
    assert_eq!(number(7).await, 207);

    number::invalidate(7).await?;
    assert_eq!(number::peek(7).await?, None);
    assert_eq!(number(7).await, 407);

    assert_eq!(number(8).await, 508);
    assert_eq!(number::clear().await?, 2);
    assert_eq!(number::peek(8).await?, None);

    assert_eq!(number::entry(7).key()?, number::key(7)?);
    Ok(())
}

#[larder::test]
async fn a_value_that_is_put_follows_ttl_from() -> larder::Result<()> {
    #[cached(
        namespace = "companions.ttl_from",
        ttl = "1h",
        ttl_from = |seconds| Duration::from_secs(*seconds)
    )]
    async fn seconds(id: u64) -> u64 {
        id
    }

    seconds::put(1, &60).await?;
    assert_eq!(
        seconds::ttl(1).await?,
        Some(Ttl::after(Duration::from_mins(1)))
    );
    seconds::put(1, &36_000).await?;
    assert_eq!(
        seconds::ttl(1).await?,
        Some(Ttl::after(Duration::from_hours(1)))
    );
    Ok(())
}

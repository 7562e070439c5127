//! What companions answer: something that is done when it is awaited, wherever that is.

use std::rc::Rc;

use larder::{CacheOperation, ErrorKind, Larder, cached};

use super::support::Count;

#[cached(namespace = "operations", ttl = "5m")]
async fn length(text: String) -> usize {
    text.len()
}

fn sent<T: Send + 'static>(it: T) -> T {
    it
}

#[allow(
    clippy::async_yields_async,
    reason = "made in one scope, to be awaited in another"
)]
#[larder::test]
async fn an_operation_asks_the_larder_of_the_place_where_it_is_awaited() -> larder::Result<()> {
    let (here, there) = (Larder::memory(), Larder::memory());

    let put = here.scope(async { length::put("a", &7) }).await;
    there.scope(put).await?;
    assert_eq!(here.scope(length::peek("a")).await?, None);
    assert_eq!(there.scope(length::peek("a")).await?, Some(7));

    let refresh = here.scope(async { length::refresh("bc".to_owned()) }).await;
    assert_eq!(there.scope(refresh).await, 2);
    assert_eq!(here.scope(length::peek("bc")).await?, None);
    assert_eq!(there.scope(length::peek("bc")).await?, Some(2));

    let clear = here.scope(async { length::clear() }).await;
    assert_eq!(there.scope(clear).await?, 2);
    Ok(())
}

#[larder::test]
async fn an_operation_owns_what_it_sends() -> larder::Result<()> {
    let put = {
        let (text, value) = ("gone".to_owned(), 7);
        sent(length::put(&text, &value))
    };
    tokio::spawn(put).await.expect("no panic")?;
    let peek = tokio::spawn(sent(length::peek("gone")));
    assert_eq!(peek.await.expect("no panic")?, Some(7));
    tokio::spawn(sent(length::invalidate("gone")))
        .await
        .expect("no panic")?;
    assert_eq!(sent(length::ttl("gone")).await?, None);
    Ok(())
}

#[larder::test]
async fn nothing_is_done_before_it_is_awaited() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "operations.lazy", ttl = "5m")]
    async fn loads(_id: u64) -> u64 {
        LOADS.up()
    }

    loads::put(7, &5).await?;
    drop(loads::put(7, &6));
    drop(loads::invalidate(7));
    drop(loads::clear());
    drop(loads::refresh(7));
    assert_eq!(LOADS.get(), 0);
    assert_eq!(loads::peek(7).await?, Some(5));
    Ok(())
}

#[larder::test]
async fn an_operation_is_awaited_once() -> larder::Result<()> {
    let mut peek: CacheOperation<Option<usize>> = length::peek("a");
    assert_eq!((&mut peek).await?, None);
    let again = (&mut peek).await.expect_err("it has answered");
    assert_eq!(again.kind(), ErrorKind::Configuration);
    assert_eq!(format!("{peek:?}"), r#"CacheOperation("peek")"#);
    Ok(())
}

#[larder::test]
async fn a_refresh_can_be_sent_if_its_body_can() {
    #[cached(namespace = "operations.local", ttl = "5m")]
    async fn local(id: u64) -> u64 {
        let id = Rc::new(id);
        tokio::task::yield_now().await;
        *id
    }

    assert_eq!(sent(length::refresh("abc".to_owned())).await, 3);
    // This one stays on its thread, and compiles all the same.
    assert_eq!(local::refresh(7).await, 7);
    assert_eq!(local(7).await, 7);
}

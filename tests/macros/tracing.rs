//! Beside other attributes.

use std::sync::Arc;

use larder::cached;
use tracing::Subscriber;
use tracing::instrument;
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::support::Count;

#[larder::test]
async fn instrument_may_stand_on_either_side() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[instrument(skip(name), fields(length = name.len()), ret)]
    #[cached(namespace = "tracing.above", ttl = "5m")]
    async fn above(name: String) -> usize {
        LOADS.up();
        name.len()
    }

    #[cached(namespace = "tracing.below", ttl = "5m")]
    #[instrument(skip(name), fields(length = name.len()), err)]
    async fn below(name: &str) -> Result<usize, String> {
        LOADS.up();
        if name.is_empty() {
            return Err("empty".to_owned());
        }
        Ok(name.len())
    }

    for _ in 0..2 {
        assert_eq!(above("abc".into()).await, 3);
        assert_eq!(below("abc").await, Ok(3));
    }
    assert_eq!(LOADS.get(), 2);
    assert_eq!(above::peek("abc").await?, Some(3));
    assert!(below("").await.is_err());
    Ok(())
}

/// How many spans of the functions were begun.
struct Spans(Arc<Count>);

impl<S: Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if span.metadata().name().starts_with("around") {
            self.0.up();
        }
    }
}

#[larder::test]
async fn the_upper_attribute_is_the_inner_one() {
    #[instrument]
    #[cached(namespace = "tracing.around_body", ttl = "5m")]
    async fn around_body(id: u64) -> u64 {
        id
    }

    #[cached(namespace = "tracing.around_call", ttl = "5m")]
    #[instrument]
    async fn around_call(id: u64) -> u64 {
        id
    }

    let [body, call] = [Arc::<Count>::default(), Arc::<Count>::default()];
    for _ in 0..3 {
        let spans = tracing_subscriber::registry().with(Spans(Arc::clone(&body)));
        around_body(7).with_subscriber(spans).await;
        let spans = tracing_subscriber::registry().with(Spans(Arc::clone(&call)));
        around_call(7).with_subscriber(spans).await;
    }
    assert_eq!((body.get(), call.get()), (1, 3));
}

struct Users;

impl Users {
    #[instrument(skip(self))]
    #[cached(namespace = "tracing.method", ttl = "5m", skip(self))]
    async fn above(&self, id: u64) -> Result<u64, String> {
        Ok(id)
    }

    #[cached(namespace = "tracing.method_below", ttl = "5m", skip(self))]
    #[instrument(skip(self))]
    async fn below(&self, id: u64) -> Result<u64, String> {
        Ok(id)
    }
}

#[larder::test]
async fn instrument_may_stand_on_methods() {
    assert_eq!(Users.above(7).await, Ok(7));
    assert_eq!(Users.below(7).await, Ok(7));
}

#[cfg(any())]
compile_error!("`cfg` of the test itself");

#[cached(namespace = "tracing.cfg", ttl = "5m")]
#[cfg(any())]
async fn never(id: Missing) -> Missing {
    id
}

#[cached(namespace = "tracing.attributes", ttl = "5m")]
#[must_use]
#[expect(clippy::unused_async, reason = "nothing to wait for")]
#[deprecated = "by itself, to see that what is written beside it does not complain"]
async fn attributes(id: u64) -> u64 {
    #![allow(unused_variables)]
    let unused = 1;
    id
}

#[larder::test]
async fn attributes_stay_on_the_function() {
    #[expect(deprecated)]
    let number = attributes(7).await;
    assert_eq!(number, 7);
}

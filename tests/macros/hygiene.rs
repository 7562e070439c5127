//! Names of the user's and names of ours never meet.

// Whatever a prelude has is called otherwise here.
#![allow(dead_code, non_camel_case_types, non_snake_case)]

use larder::cached;

struct Option;
struct Some;
struct None;
struct Result;
struct Box;
struct String;
struct Pin;
struct Send;
struct Duration;
struct Policy;
mod core {}
mod std {}

#[larder::test]
async fn arguments_may_have_any_name() -> larder::Result<()> {
    #[cached(namespace = "hygiene.names", ttl = "5m", if = key < 100, ttl_from = |value| ::std::time::Duration::from_secs(*value))]
    async fn call(
        key: u64,
        body: u64,
        call: u64,
        value: u64,
        writer: u64,
        spec: u64,
        __key: u64,
    ) -> u64 {
        let __call = key + body;
        let __body = call + value;
        __call + __body + writer + spec + __key
    }

    ::core::assert_eq!(call(1, 2, 3, 4, 5, 6, 7).await, 28);
    ::core::assert_eq!(call(1, 2, 3, 4, 5, 6, 7).await, 28);
    call::put(1, 2, 3, 4, 5, 6, 7, &30).await?;
    ::core::assert_eq!(call(1, 2, 3, 4, 5, 6, 7).await, 30);
    ::core::assert_eq!(call::refresh(1, 2, 3, 4, 5, 6, 7).await, 28);
    larder::Result::Ok(())
}

#[larder::test]
async fn functions_may_have_the_names_of_companions() -> larder::Result<()> {
    #[cached(namespace = "hygiene.entry", ttl = "5m")]
    async fn entry(entry: u64) -> u64 {
        entry
    }

    #[cached(namespace = "hygiene.raw", ttl = "5m", key = "{r#type}")]
    async fn r#match(r#type: u64) -> u64 {
        r#type
    }

    ::core::assert_eq!(entry(7).await, 7);
    ::core::assert_eq!(
        entry::entry(7).peek().await?,
        ::core::option::Option::Some(7)
    );
    ::core::assert_eq!(r#match(7).await, 7);
    r#match::invalidate(7).await?;
    ::core::result::Result::Ok(())
}

struct Thing;

impl Thing {
    #[cached(namespace = "hygiene.method", ttl = "5m", skip(self), store_if = |value| *value > 0)]
    async fn call(&self, key: u64, body: u64, __call: u64, __body: u64) -> u64 {
        let __never = key + body;
        __never + __call + __body
    }
}

#[larder::test]
async fn methods_may_use_any_name() {
    ::core::assert_eq!(Thing.call(1, 2, 3, 4).await, 10);
    ::core::assert_eq!(Thing.call(1, 2, 3, 4).await, 10);
}

/// What a `macro_rules!` writes comes in invisible groups and with names of its own.
macro_rules! cached_function {
    ($name:ident, $namespace:literal, $ttl:literal, $argument:ident: $ty:ty => $body:expr) => {
        #[cached(namespace = $namespace, ttl = $ttl)]
        async fn $name($argument: $ty, other: $ty) -> $ty {
            let result = $body;
            result + other
        }
    };
}

cached_function!(from_a_macro, "hygiene.macro", "5m", number: u64 => number * 2);

#[larder::test]
async fn a_macro_may_write_the_function() {
    ::core::assert_eq!(from_a_macro(7, 1).await, 15);
    ::core::assert_eq!(from_a_macro(7, 1).await, 15);
}

mod reexported {
    pub(super) use ::larder as cache;
}

#[larder::test(crate = reexported::cache)]
async fn larder_may_be_elsewhere() {
    #[cached(crate = reexported::cache, namespace = "hygiene.crate", ttl = "5m", codec = "postcard")]
    async fn number(id: Wrapped) -> Wrapped {
        id
    }

    #[derive(
        reexported::cache::CacheKey, reexported::cache::Schema, serde::Serialize, serde::Deserialize,
    )]
    #[cache_key(crate = reexported::cache)]
    #[schema(crate = reexported::cache)]
    struct Wrapped(u64);

    ::core::assert_eq!(number(Wrapped(7)).await.0, 7);
    ::core::assert_eq!(number(Wrapped(7)).await.0, 7);
}

//! Annotated functions that a `macro_rules!` has written: what it passes on comes in invisible
//! groups, and `$crate` is the macro's own.

use larder::{Error, Previous};

/// What macros name by `$crate`.
pub(crate) mod exported {
    pub(crate) use ::larder;

    pub(crate) type LoadResult<T> = Result<T, larder::Error>;
    pub(crate) type Listed<T> = std::collections::HashMap<u64, T>;
}

macro_rules! annotated {
    ($name:ident($id:ident), $(#[$attribute:meta])*) => {
        $(#[$attribute])*
        pub(super) async fn $name($id: u64) -> $crate::by_macro::exported::LoadResult<u64> {
            Ok($id)
        }
    };
}

macro_rules! all {
    ($larder:path) => {
        annotated!(user(id), #[larder::cached(namespace = "by_macro.user", ttl = "5m", crate = $larder)]);
        annotated!(limited(id), #[larder::rate_limited("9/s", namespace = "by_macro", key = "{id}", crate = $larder)]);
        annotated!(permitted(id), #[larder::concurrency_limited(9, namespace = "by_macro", key = "{id}", crate = $larder)]);
        annotated!(locked(id), #[larder::with_lock(key = "{id}", crate = $larder)]);
        annotated!(once(id), #[larder::idempotent(namespace = "by_macro", key = "{id}", ttl = "1h", crate = $larder)]);
        annotated!(invalidating(id), #[larder::invalidates(user(id), crate = $larder)]);

        #[larder::cache_put(user(id) = *value + 1, crate = $larder)]
        pub(super) async fn putting(id: u64) -> Result<u64, Error> {
            Ok(id)
        }
        annotated!(
            stacked(id),
            #[larder::cached(namespace = "by_macro.stacked", ttl = "5m", crate = $larder)]
            #[larder::with_lock(key = "{id}", crate = $larder)]
        );
    };
}

mod in_crate {
    use super::Error;

    macro_rules! of_this_crate {
        () => {
            all!($crate::by_macro::exported::larder);
        };
    }
    of_this_crate!();

    macro_rules! batch {
        ($name:ident) => {
            #[larder::cached(namespace = "by_macro.batch", ttl = "5m", batch)]
            pub(super) async fn $name(ids: &[u64]) -> $crate::by_macro::exported::Listed<u64> {
                ids.iter().map(|id| (*id, *id)).collect()
            }
        };
    }
    batch!(listed);
}

#[larder::test]
async fn what_a_macro_calls_its_crate_is_found() -> Result<(), Error> {
    assert_eq!(in_crate::user(7).await?, 7);
    assert_eq!(in_crate::limited(7).await?, 7);
    assert_eq!(in_crate::permitted(7).await?, 7);
    assert_eq!(in_crate::locked(7).await?, 7);
    assert_eq!(in_crate::once(7).await?, 7);
    assert_eq!(in_crate::stacked(7).await?, 7);
    assert_eq!(in_crate::listed(&[7]).await[&7], 7);
    assert_eq!(in_crate::putting(7).await?, 7);
    assert_eq!(in_crate::user::peek(7).await?, Some(8));
    assert_eq!(in_crate::invalidating(7).await?, 7);
    assert_eq!(in_crate::user::peek(7).await?, None);
    Ok(())
}

macro_rules! passed_on {
    ($rule:expr, $tags:expr, $ttl_from:path, $reload:path) => {
        #[larder::cached(
            namespace = "by_macro.passed",
            ttl = "5m",
            stale = "1h",
            store_if = $rule,
            tags = $tags,
            ttl_from = $ttl_from,
            reload = $reload
        )]
        async fn passed(id: u64) -> u64 {
            id
        }
    };
    ($key:expr) => {
        #[larder::with_lock(key = $key)]
        async fn keyed(id: u64) -> Result<u64, Error> {
            Ok(id)
        }
    };
    ($limit:literal, $number:literal, $stored:expr) => {
        #[larder::rate_limited($limit, namespace = "by_macro.number", key = "{id}")]
        #[larder::concurrency_limited($number, namespace = "by_macro.number", key = "{id}")]
        #[larder::idempotent(namespace = "by_macro.number", key = "{id}", ttl = "1h", store_err = $stored)]
        async fn numbered(id: u64) -> Result<u64, Failed> {
            Ok(id)
        }
    };
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Failed;

impl From<Error> for Failed {
    fn from(_: Error) -> Self {
        Self
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "a rule sees its value by reference"
)]
fn a_minute(_: &u64) -> std::time::Duration {
    std::time::Duration::from_mins(1)
}

#[allow(clippy::unused_async, reason = "what stands for a body is async")]
async fn reloaded(_id: u64, previous: Previous<u64>) -> u64 {
    previous.not_modified()
}

passed_on!(|value| *value > 3, ["number:{id}"], a_minute, reloaded);
passed_on!(["by_macro:{id}"]);
passed_on!("9/s", 9, |_| true);

#[larder::test]
async fn what_a_macro_passes_on_is_read() -> Result<(), Error> {
    assert_eq!(passed(3).await, 3);
    assert_eq!(passed::peek(3).await?, None);
    assert_eq!(passed(7).await, 7);
    assert_eq!(passed::peek(7).await?, Some(7));
    assert_eq!(keyed(7).await?, 7);
    assert_eq!(numbered(7).await.unwrap(), 7);
    Ok(())
}

macro_rules! templated {
    ($self:ident, $pair:ident) => {
        #[derive(Clone, larder::CacheKey)]
        struct Shop(u64);

        impl Shop {
            #[larder::cached(namespace = "by_macro.part", ttl = "5m", key = "{self.0}:{pair.0}", tags = ["shop:{self.0}"], skip(other))]
            pub(crate) async fn part(&$self, $pair: (u64, u64), other: u64) -> u64 {
                $self.0 + $pair.0 + other
            }

            #[larder::with_lock(key = "{self}:{pair.1}")]
            pub(crate) async fn locked(&$self, $pair: (u64, u64)) -> Result<u64, Error> {
                Ok($self.0 + $pair.1)
            }
        }
    };
}

templated!(self, pair);

#[larder::test]
async fn a_template_of_the_macro_finds_what_the_macro_was_told() -> Result<(), Error> {
    assert_eq!(Shop(1).part((2, 3), 4).await, 7);
    assert_eq!(Shop(1).part((2, 9), 9).await, 7);
    assert_eq!(Shop(1).part_entry(&(2, 3)).peek().await?, Some(7));
    assert_eq!(Shop(1).locked((2, 3)).await?, 4);
    Ok(())
}

macro_rules! headed {
    (impl $name:ident) => {
        #[larder::cached(namespace = "by_macro.headed", ttl = "5m")]
        async fn $name(id: u64) -> u64 {
            id
        }
    };
}

headed!(impl headed_by_a_word);

#[larder::test]
async fn the_words_that_a_macro_matches_are_no_surroundings() -> Result<(), Error> {
    assert_eq!(headed_by_a_word(7).await, 7);
    assert_eq!(headed_by_a_word::peek(7).await?, Some(7));
    Ok(())
}

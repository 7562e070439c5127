//! Generics, lifetimes and everything that a signature may hold.

use std::fmt::Debug;

use larder::{CacheKey, cached};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::support::Count;

#[larder::test]
async fn type_parameters_come_from_the_arguments() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "generics.type", ttl = "5m")]
    async fn echo<T>(value: T, times: usize) -> Vec<T>
    where
        T: CacheKey + Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        LOADS.up();
        vec![value; times]
    }

    assert_eq!(echo(7_u64, 2).await, [7, 7]);
    assert_eq!(echo(7_u64, 2).await, [7, 7]);
    assert_eq!(echo("a".to_owned(), 1).await, ["a"]);
    assert_eq!(LOADS.get(), 2);
    assert_eq!(echo::peek(&7_u64, 2).await?, Some(vec![7, 7]));
    echo::invalidate(&7_u64, 2).await?;
    assert_eq!(echo::refresh(7_u64, 2).await, [7, 7]);
    Ok(())
}

#[larder::test]
async fn constant_parameters_tell_calls_apart() -> larder::Result<()> {
    #[cached(namespace = "generics.constant", ttl = "5m")]
    async fn times<const N: u64>(id: u64) -> u64 {
        id * N
    }

    assert_eq!(times::<2>(7).await, 14);
    assert_eq!(times::<3>(7).await, 21);
    assert_eq!(times::<2>(7).await, 14);
    assert_eq!(times::peek::<3>(7).await?, Some(21));
    Ok(())
}

trait Kind: Serialize + DeserializeOwned + Send + Sync + Debug + PartialEq + 'static {
    const NAME: &'static str;
    fn load(id: u64) -> Self;
}

impl Kind for u64 {
    const NAME: &'static str = "number";
    fn load(id: u64) -> Self {
        id
    }
}

impl Kind for String {
    const NAME: &'static str = "text";
    fn load(id: u64) -> Self {
        id.to_string()
    }
}

#[larder::test]
async fn a_type_that_decides_is_put_into_the_key_by_a_constant() -> larder::Result<()> {
    #[cached(namespace = "generics.kind", ttl = "5m", key = "{T::NAME}:{id}")]
    async fn load<T: Kind>(id: u64) -> Result<T, String> {
        Ok(T::load(id))
    }

    assert_eq!(load::<u64>(7).await, Ok(7));
    assert_eq!(load::<String>(7).await, Ok("7".to_owned()));
    assert_eq!(load::peek::<u64>(7).await?, Some(7));
    Ok(())
}

#[larder::test]
async fn a_skipped_argument_takes_its_type_along() -> larder::Result<()> {
    trait Database {
        fn get(&self, id: u64) -> String;
    }

    struct Memory;

    impl Database for Memory {
        fn get(&self, id: u64) -> String {
            id.to_string()
        }
    }

    #[cached(namespace = "generics.skip", ttl = "5m", skip(db))]
    async fn user<D>(db: &D, id: u64) -> String
    where
        D: Database,
    {
        db.get(id)
    }

    assert_eq!(user(&Memory, 7).await, "7");
    // Nothing could say what `D` is here, and nothing has to.
    assert_eq!(user::peek(7).await?.as_deref(), Some("7"));
    Ok(())
}

#[larder::test]
async fn lifetimes_stay_what_they_are() -> larder::Result<()> {
    #[cached(namespace = "generics.lifetimes", ttl = "5m")]
    async fn longest<'a, 'b: 'a>(left: &'a str, right: &'b [&'a str]) -> usize {
        right
            .iter()
            .map(|it| it.len())
            .max()
            .unwrap_or(0)
            .max(left.len())
    }

    let owned = "abc".to_owned();
    assert_eq!(longest(&owned, &["a", "abcd"]).await, 4);
    assert_eq!(longest::peek(&owned, &["a", "abcd"]).await?, Some(4));
    Ok(())
}

#[larder::test]
async fn arguments_may_be_impl_trait() -> larder::Result<()> {
    #[cached(namespace = "generics.impl", ttl = "5m")]
    async fn length(text: impl AsRef<str> + CacheKey, other: &impl CacheKey) -> usize {
        let _ = other;
        text.as_ref().len()
    }

    assert_eq!(length("abc", &7).await, 3);
    assert_eq!(length("abc".to_owned(), &7).await, 3);
    assert_eq!(length::peek(&"abc", &7).await?, Some(3));
    Ok(())
}

#[larder::test]
async fn an_error_that_borrows_stays_with_its_caller() {
    #[derive(Debug, Clone, PartialEq)]
    struct Unknown<'a>(&'a str);

    #[cached(namespace = "generics.borrowed_error", ttl = "5m")]
    async fn find<'a>(name: &'a str) -> Result<u64, Unknown<'a>> {
        if name.is_empty() {
            Ok(0)
        } else {
            Err(Unknown(name))
        }
    }

    let name = "nobody".to_owned();
    assert_eq!(find(&name).await, Err(Unknown("nobody")));
    assert_eq!(find("").await, Ok(0));
}

#[larder::test]
async fn an_error_type_may_be_a_parameter() {
    #[cached(namespace = "generics.error", ttl = "5m", skip(fail))]
    async fn load<E: Clone>(id: u64, fail: impl Fn() -> Option<E>) -> Result<u64, E> {
        fail().map_or(Ok(id), Err)
    }

    let text = "busy".to_owned();
    let name: &str = &text;
    assert_eq!(load(7, || Some(name)).await, Err("busy"));
    assert_eq!(load(7, || None::<u8>).await, Ok(7));
}

/// The futures can be spawned if the body's could.
#[larder::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_are_send() {
    #[cached(namespace = "generics.send", ttl = "5m", ttl_from = |_| std::time::Duration::from_secs(1), store_if = |_| true)]
    async fn number(id: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        Ok(id)
    }

    let task = larder::spawn(async {
        let loaded = number(7).await;
        let refreshed = number::refresh(7).await;
        let stored = number::peek(7).await;
        (loaded, refreshed, stored.map_err(|error| error.to_string()))
    });
    assert_eq!(task.await.expect("a task"), (Ok(7), Ok(7), Ok(Some(7))));
}

/// `7` and `"7"` are one text in a key, and two calls all the same.
#[larder::test]
async fn instances_with_the_same_key_do_not_read_each_others_values() -> larder::Result<()> {
    #[cached(namespace = "generics.instances", ttl = "5m")]
    async fn show<T: CacheKey + Debug + Sync>(value: T) -> String {
        format!("{value:?}")
    }

    assert_eq!(show::key(&7_u8)?, show::key(&"7")?);
    assert_eq!(show(7_u8).await, "7");
    assert_eq!(show("7").await, "\"7\"");
    assert_eq!(show(7_u8).await, "7");
    assert_eq!(
        show::peek(&"7").await?,
        None,
        "the other instance's value is no value"
    );
    Ok(())
}

#[larder::test]
async fn methods_of_two_instances_of_a_type_do_not_read_each_others_values() {
    struct Shelf<T>(T);

    impl<T: Debug + Sync> Shelf<T> {
        #[cached(namespace = "generics.shelves", ttl = "5m", skip(self))]
        pub(crate) async fn first(&self, shelf: u8) -> String {
            format!("{:?} of {shelf}", self.0)
        }
    }

    assert_eq!(Shelf(1_u8).first(3).await, "1 of 3");
    assert_eq!(Shelf("a").first(3).await, "\"a\" of 3");
    assert_eq!(
        Shelf(2_u8).first(3).await,
        "2 of 3",
        "stored by the other instance in between"
    );
    assert_eq!(Shelf(4_u8).first(3).await, "2 of 3", "`self` is skipped");
}

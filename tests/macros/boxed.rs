//! Methods under `#[async_trait]`, which leaves a boxed future of them.

use async_trait::async_trait;
use larder::cached;
use std::future::Future;
use std::pin::Pin;

use super::support::Count;

#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, id: u64) -> Result<Option<String>, String>;

    async fn touch(&mut self, names: &str, mut list: Vec<u64>) -> usize;

    #[cached(namespace = "boxed.default", ttl = "5m", skip(self))]
    async fn answer(&self) -> u64 {
        self.count()
    }

    fn count(&self) -> u64;
}

struct Memory {
    name: &'static str,
    loads: Count,
}

fn memory(name: &'static str) -> Memory {
    Memory {
        name,
        loads: Count::new(),
    }
}

#[async_trait]
impl Store for Memory {
    #[cached(
        namespace = "boxed.get",
        ttl = "5m",
        key = "{self.name}:{id}",
        none_ttl = "1s"
    )]
    async fn get(&self, id: u64) -> Result<Option<String>, String> {
        self.loads.up();
        if id == 0 {
            return Err("nobody".to_owned());
        }
        let text: u64 = "7".parse().map_err(|_| "impossible".to_owned())?;
        Ok((id == text).then(|| self.name.to_owned()))
    }

    #[cached(namespace = "boxed.touch", ttl = "5m", skip(self), if = !list.is_empty())]
    async fn touch(&mut self, names: &str, mut list: Vec<u64>) -> usize {
        self.loads.up();
        list.push(names.len() as u64);
        list.len()
    }

    fn count(&self) -> u64 {
        self.loads.up()
    }
}

#[larder::test]
async fn a_method_of_an_async_trait_is_cached() {
    let first = memory("first");
    let store: &dyn Store = &first;
    for _ in 0..2 {
        assert_eq!(store.get(7).await, Ok(Some("first".to_owned())));
        assert_eq!(store.get(8).await, Ok(None));
        assert_eq!(memory("other").get(7).await, Ok(Some("other".to_owned())));
        assert_eq!(store.answer().await, 3);
    }
    assert_eq!(first.loads.get(), 3);
    assert!(store.get(0).await.is_err());
}

#[larder::test]
async fn conditions_and_mutable_arguments_work() {
    let mut store = memory("first");
    assert_eq!(store.touch("a", vec![1]).await, 2);
    assert_eq!(store.touch("a", vec![1]).await, 2);
    assert_eq!(store.loads.get(), 1);
    assert_eq!(store.touch("a", vec![]).await, 1);
    assert_eq!(store.touch("a", vec![]).await, 1);
    assert_eq!(store.loads.get(), 3);
}

#[larder::test]
async fn a_boxed_future_may_be_written_by_hand() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "boxed.hand", ttl = "5m")]
    fn sum(list: &[u64]) -> Pin<Box<dyn Future<Output = u64> + Send + '_>> {
        Box::pin(async move {
            LOADS.up();
            match list {
                [] => 0,
                [first, rest @ ..] => first + sum(rest).await,
            }
        })
    }

    assert_eq!(sum(&[1, 2, 3]).await, 6);
    assert_eq!(LOADS.get(), 4);
    assert_eq!(sum(&[2, 3]).await, 5);
    assert_eq!(LOADS.get(), 4);
}

//! Batches on methods: what of `self` is in the keys, and the entries beside them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use larder::{Entries, ErrorKind, cached, invalidates};

use crate::fleet::{Fleet, start};
use crate::source::Source;

#[derive(Debug)]
struct Shop {
    name: &'static str,
    source: Arc<Source>,
    asked: Mutex<Vec<Vec<u64>>>,
}

impl Shop {
    fn named(name: &'static str, source: Arc<Source>) -> Arc<Self> {
        Arc::new(Self {
            name,
            source,
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    #[cached(
        namespace = "shop",
        ttl = "1m",
        none_ttl = "1m",
        batch,
        key = "{self.name}:{ids}",
        unless = ids.contains(&0)
    )]
    pub(crate) async fn prices(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
        self.asked.lock().unwrap().push(ids.to_vec());
        let price = self.source.load().await;
        if price == 0 {
            return Err("closed".to_owned());
        }
        let there = ids.iter().filter(|id| **id < 100);
        Ok(there.map(|id| (*id, id * price)).collect())
    }

    /// What of the shop does not matter to anybody; and arguments of all kinds.
    #[cached(namespace = "shop.names", ttl = "1m", batch, skip(self, suffix))]
    pub(crate) async fn names(
        self: Arc<Self>,
        mut ids: Vec<u64>,
        language: &str,
        mut suffix: String,
    ) -> BTreeMap<u64, String> {
        self.source.load().await;
        ids.dedup();
        suffix.push('!');
        let name = |id| (id, format!("{language}{id}{suffix}"));
        ids.into_iter().map(name).collect()
    }

    /// Without `self`, and without a name that all can see.
    #[cached(namespace = "shop.squares", ttl = "1m", batch, entry = squares_by_hand)]
    async fn squares(ids: &[u64]) -> Vec<(u64, u64)> {
        ids.iter().map(|id| (*id, id * id)).collect()
    }

    #[invalidates(self.prices(&[id]))]
    async fn sold_out(&self, id: u64) -> Result<u64, String> {
        if id == 0 {
            return Err("no such article".to_owned());
        }
        Ok(id)
    }
}

on_each_backend!(
    what_is_in_the_key_tells_objects_apart,
    the_entries_of_a_method,
    a_method_names_what_it_invalidates,
    a_method_whose_self_is_in_no_key,
    a_method_waits_for_what_another_loads,
);

async fn what_is_in_the_key_tells_objects_apart(fleet: Fleet) {
    let node = fleet.node().await;
    let (left, right) = (
        Shop::named("left", Source::open(2)),
        Shop::named("right", Source::open(3)),
    );
    let found = node.scope(left.prices(&[1, 2, 100])).await.unwrap();
    assert_eq!(found, [(1, 2), (2, 4)].into());
    let found = node.scope(right.prices(&[2, 3])).await.unwrap();
    assert_eq!(found, [(2, 6), (3, 9)].into());
    let found = node.scope(left.prices(&[3, 2, 100])).await.unwrap();
    assert_eq!(found, [(2, 4), (3, 6)].into());
    assert_eq!(left.asked(), [vec![1, 2, 100], vec![3]]);
    assert_eq!(right.asked(), [[2, 3]]);

    // Past the cache, and an error that is not stored.
    node.scope(left.prices(&[0, 1])).await.unwrap();
    assert_eq!(left.asked(), [[0, 1]]);
    left.source.change(0);
    let failed = node.scope(left.prices(&[1, 9])).await;
    assert_eq!(failed, Err("closed".to_owned()));
    assert_eq!(left.asked(), [[9]]);
}

async fn the_entries_of_a_method(fleet: Fleet) {
    let node = fleet.node().await;
    let shop = Shop::named("left", Source::open(2));
    let entries = |ids: &'static [u64]| node.scope(async { shop.prices_entry(ids) });
    let all: Entries<HashMap<u64, u64>> = entries(&[1, 2, 2, 3]).await;
    let keys = ["1", "2", "2", "3"].map(|id| format!("app::shop:1:left:{id}"));
    assert_eq!(all.keys().unwrap(), keys);
    assert_eq!(all.peek().await.unwrap(), HashMap::new());
    all.put([(1, 10), (2, 20)].into()).await.unwrap();
    assert_eq!(all.peek().await.unwrap(), [(1, 10), (2, 20)].into());
    let found = node.scope(shop.prices(&[1, 2, 3])).await.unwrap();
    assert_eq!(found, [(1, 10), (2, 20), (3, 6)].into());
    assert_eq!(shop.asked(), [[3]]);

    let error = all.put([(1, 0), (9, 0)].into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert_eq!(all.peek().await.unwrap()[&1], 10, "nothing is stored");

    entries(&[1, 3]).await.invalidate().await.unwrap();
    assert_eq!(all.peek().await.unwrap(), [(2, 20)].into());
    let unowned = shop.prices_entry(&[1]);
    assert_eq!(
        unowned.peek().await.unwrap_err().kind(),
        ErrorKind::NotInstalled
    );

    node.scope(Shop::squares(&[3, 4])).await;
    let squares = node.scope(async { Shop::squares_by_hand(&[4, 3]) }).await;
    assert_eq!(squares.peek().await.unwrap(), [(4, 16), (3, 9)]);
}

async fn a_method_names_what_it_invalidates(fleet: Fleet) {
    let node = fleet.node().await;
    let shop = Shop::named("left", Source::open(2));
    node.scope(shop.prices(&[1, 2])).await.unwrap();
    shop.source.change(3);
    assert_eq!(node.scope(shop.sold_out(2)).await, Ok(2));
    let found = node.scope(shop.prices(&[1, 2])).await.unwrap();
    assert_eq!(found, [(1, 2), (2, 6)].into());
}

async fn a_method_whose_self_is_in_no_key(fleet: Fleet) {
    let node = fleet.node().await;
    let (left, right) = (
        Shop::named("left", Source::open(2)),
        Shop::named("right", Source::open(3)),
    );
    let names = |shop: &Arc<Shop>, ids, language: &'static str| {
        node.scope(Arc::clone(shop).names(ids, language, "?".to_owned()))
    };
    let found = names(&left, vec![1, 1, 2], "en").await;
    assert_eq!(
        found,
        [(1, "en1?!".to_owned()), (2, "en2?!".to_owned())].into()
    );
    assert_eq!(names(&right, vec![2, 1], "en").await, found);
    assert_eq!(right.source.loads(), 0);
    names(&right, vec![2], "fr").await;
    assert_eq!(right.source.loads(), 1);
}

/// And its body runs once more for what the other has not loaded.
async fn a_method_waits_for_what_another_loads(fleet: Fleet) {
    let node = fleet.node().await;
    let slow = Shop::named("same", Source::held(4));
    let quick = Shop::named("same", Source::open(5));
    let shop = Arc::clone(&slow);
    let dropped = start(&node, async move { shop.prices(&[1, 2]).await });
    slow.source.load_begins().await;
    let shop = Arc::clone(&quick);
    let waiting = start(&node, async move { shop.prices(&[2, 3]).await });
    quick.source.load_begins().await;
    dropped.abort();
    let found = waiting.await.unwrap().unwrap();
    assert_eq!(found, [(2, 10), (3, 15)].into());
    assert_eq!(quick.asked(), [[3], [2]]);
}

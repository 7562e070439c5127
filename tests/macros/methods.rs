//! Methods, associated functions and implementations of traits.

use std::sync::Arc;

use larder::{CacheKey, cached};

use super::support::Count;

#[derive(Debug, Clone, CacheKey)]
struct Shop {
    tenant: String,
    loads: Loads,
}

/// Shared by the clones of a shop, and no part of it in a key.
#[derive(Debug, Clone, Default)]
struct Loads(Arc<Count>);

impl CacheKey for Loads {
    fn write_key(&self, writer: &mut larder::KeyWriter<'_>) {
        writer.none();
    }
}

fn shop(tenant: &str) -> Shop {
    Shop {
        tenant: tenant.to_owned(),
        loads: Loads::default(),
    }
}

impl Shop {
    #[cached(
        namespace = "methods.price",
        ttl = "5m",
        key = "{self.tenant}:{article}"
    )]
    pub async fn price(&self, article: u32) -> Result<String, String> {
        self.loads.0.up();
        if article == 0 {
            return Err("no such article".to_owned());
        }
        let text = format!("{}{article}", self.tenant);
        Ok(text)
    }

    #[cached(namespace = "methods.whole", ttl = "5m", key = "{self}/{article}")]
    pub(crate) async fn whole(&mut self, article: u32) -> u64 {
        self.tenant.push('!');
        self.loads.0.up() + u64::from(article)
    }

    #[cached(namespace = "methods.shared", ttl = "5m", skip(self))]
    pub async fn shared(&self, mut article: String) -> String {
        self.loads.0.up();
        article.push('!');
        article
    }

    #[cached(namespace = "methods.consuming", ttl = "5m", key = "{self.tenant}")]
    pub async fn consuming(self) -> Self {
        self.loads.0.up();
        Self { ..self }
    }

    #[cached(namespace = "methods.arc", ttl = "5m", key = "{self.tenant}")]
    async fn in_arc(self: Arc<Self>) -> u64 {
        self.loads.0.up()
    }

    #[cached(namespace = "methods.associated", ttl = "5m")]
    pub async fn associated(tenant: &str) -> String {
        Self::decorated(tenant)
    }

    #[cached(namespace = "methods.plain", ttl = "5m", entry = entry_of_plain)]
    async fn plain(tenant: &str) -> usize {
        tenant.len()
    }

    fn decorated(tenant: &str) -> String {
        format!("<{tenant}>")
    }
}

impl serde::Serialize for Shop {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.tenant.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Shop {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|tenant| shop(&tenant))
    }
}

#[larder::test]
async fn what_the_template_takes_of_self_tells_calls_apart() -> larder::Result<()> {
    let (left, right) = (shop("left"), shop("right"));
    for _ in 0..2 {
        assert_eq!(left.price(7).await, Ok("left7".to_owned()));
        assert_eq!(right.price(7).await, Ok("right7".to_owned()));
    }
    assert_eq!((left.loads.0.get(), right.loads.0.get()), (1, 1));
    assert!(left.price(0).await.is_err());

    assert_eq!(left.price_entry(7).peek().await?.as_deref(), Some("left7"));
    left.price_entry(7).invalidate().await?;
    assert_eq!(left.price(7).await, Ok("left7".to_owned()));
    assert_eq!(left.loads.0.get(), 3);
    Ok(())
}

#[larder::test]
async fn the_whole_of_self_may_be_in_the_key() -> larder::Result<()> {
    let mut first = shop("shop");
    let before = first.clone();
    assert_eq!(first.whole(10).await, 11);
    assert_eq!(first.tenant, "shop!");
    assert_eq!(before.whole_entry(10).peek().await?, Some(11));
    assert_eq!(before.clone().whole(10).await, 11);
    assert_eq!(before.loads.0.get(), 1);
    Ok(())
}

#[larder::test]
async fn a_skipped_self_shares_its_entries() -> larder::Result<()> {
    let (left, right) = (shop("left"), shop("right"));
    assert_eq!(left.shared("a".into()).await, "a!");
    assert_eq!(right.shared("a".into()).await, "a!");
    assert_eq!((left.loads.0.get(), right.loads.0.get()), (1, 0));
    assert_eq!(Shop::shared_entry("a").peek().await?.as_deref(), Some("a!"));
    Ok(())
}

#[larder::test]
async fn self_may_be_consumed() -> larder::Result<()> {
    let first = shop("shop");
    let loads = first.loads.clone();
    assert_eq!(first.clone().consuming().await.tenant, "shop");
    assert_eq!(first.clone().consuming().await.tenant, "shop");
    assert_eq!(loads.0.get(), 1);
    assert!(first.consuming_entry().peek().await?.is_some());
    Ok(())
}

#[larder::test]
async fn self_may_be_behind_a_pointer() {
    let first = Arc::new(shop("shop"));
    assert_eq!(Arc::clone(&first).in_arc().await, 1);
    assert_eq!(Arc::clone(&first).in_arc().await, 1);
}

#[larder::test]
async fn an_associated_function_has_an_entry() -> larder::Result<()> {
    assert_eq!(Shop::associated("a").await, "<a>");
    let entry = Shop::associated_entry("a");
    assert_eq!(entry.peek().await?.as_deref(), Some("<a>"));

    assert_eq!(Shop::plain("abc").await, 3);
    assert_eq!(Shop::entry_of_plain("abc").peek().await?, Some(3));
    Ok(())
}

trait Catalogue {
    type Failure;

    async fn title(&self, id: u64) -> Result<String, Self::Failure>;

    #[cached(namespace = "methods.default", ttl = "5m", skip(self))]
    async fn size(&self) -> usize {
        self.length()
    }

    fn length(&self) -> usize;
}

impl Catalogue for Shop {
    type Failure = String;

    #[cached(namespace = "methods.trait", ttl = "5m", key = "{self.tenant}:{id}")]
    async fn title(&self, id: u64) -> Result<String, Self::Failure> {
        self.loads.0.up();
        Ok(format!("{}{id}", self.tenant))
    }

    fn length(&self) -> usize {
        self.loads.0.up();
        3
    }
}

#[larder::test]
async fn an_implementation_of_a_trait_is_cached() {
    let first = shop("shop");
    assert_eq!(first.title(7).await, Ok("shop7".to_owned()));
    assert_eq!(first.title(7).await, Ok("shop7".to_owned()));
    assert_eq!(first.loads.0.get(), 1);
    assert_eq!(first.size().await, 3);
    assert_eq!(first.size().await, 3);
    assert_eq!(first.loads.0.get(), 2);
}

struct Repository<'db, T> {
    rows: &'db [T],
}

impl<T> Repository<'_, T>
where
    T: Clone + serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    #[cached(namespace = "methods.generic", ttl = "5m", skip(self))]
    pub async fn row<K: CacheKey + Copy + Into<usize>>(&self, index: K) -> Option<T> {
        self.rows.get(index.into()).cloned()
    }
}

#[larder::test]
async fn an_impl_may_be_generic() -> larder::Result<()> {
    let rows = [1_u64, 2, 3];
    let repository = Repository { rows: &rows };
    assert_eq!(repository.row(1_u8).await, Some(2));
    assert_eq!(repository.row(9_u8).await, None);
    let entry = Repository::<u64>::row_entry(&1_u8);
    assert_eq!(entry.peek().await?, Some(Some(2)));
    Ok(())
}

//! `#[derive(CacheKey)]` and `#[derive(Schema)]`.

use larder::{CacheKey, Schema, cached};

#[derive(Clone, CacheKey)]
struct Page<T> {
    of: T,
    number: u32,
    #[cache_key(skip)]
    trace: u128,
}

#[derive(CacheKey)]
struct Pair<'a>(&'a str, &'a str);

#[derive(CacheKey)]
struct Unit;

#[derive(CacheKey)]
enum Filter<T> {
    All,
    Team(T, #[cache_key(skip)] u128),
    Named { name: String, exact: bool },
    r#Match(),
}

#[cached(namespace = "derives.page", ttl = "5m")]
async fn page(page: Page<String>) -> u32 {
    page.number
}

#[cached(namespace = "derives.pair", ttl = "5m")]
async fn pair(pair: Pair<'_>) -> usize {
    pair.0.len() + pair.1.len()
}

#[cached(namespace = "derives.filter", ttl = "5m")]
async fn filter(filter: Filter<u64>) -> u64 {
    match filter {
        Filter::Team(id, _) => id,
        _ => 0,
    }
}

#[cached(namespace = "derives.unit", ttl = "5m")]
async fn unit(unit: Unit) -> bool {
    matches!(unit, Unit)
}

fn of(text: &str, number: u32, trace: u128) -> Page<String> {
    Page {
        of: text.to_owned(),
        number,
        trace,
    }
}

#[larder::test]
async fn fields_tell_values_apart_unless_they_are_skipped() -> larder::Result<()> {
    let key = |text, number, trace| page::key(&of(text, number, trace));
    assert_eq!(key("a", 1, 1)?, key("a", 1, 2)?);
    assert_ne!(key("a", 1, 1)?, key("a", 2, 1)?);
    assert_ne!(key("a", 1, 1)?, key("b", 1, 1)?);
    assert_ne!(pair::key(&Pair("a,", "b"))?, pair::key(&Pair("a", ",b"))?);
    assert_eq!(page(of("a", 3, 1)).await, 3);
    assert!(unit(Unit).await);
    Ok(())
}

#[larder::test]
async fn variants_tell_values_apart() -> larder::Result<()> {
    let named = |name: &str, exact| Filter::Named {
        name: name.to_owned(),
        exact,
    };
    let filters = [
        Filter::All,
        Filter::Team(1, 1),
        Filter::Team(2, 1),
        named("a", true),
        named("a", false),
        named("All", true),
    ];
    let mut keys = Vec::new();
    for it in &filters {
        keys.push(filter::key(it)?);
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), filters.len());
    assert_eq!(
        filter::key(&Filter::Team(1, 1))?,
        filter::key(&Filter::Team(1, 2))?
    );
    Ok(())
}

mod first {
    #[derive(larder::Schema)]
    pub(super) struct Price {
        pub(super) net: u64,
        pub(super) gross: u64,
    }
}

mod swapped {
    #[derive(larder::Schema)]
    pub(super) struct Price {
        pub(super) gross: u64,
        pub(super) net: u64,
    }
}

mod widened {
    #[derive(larder::Schema)]
    pub(super) struct Price {
        pub(super) net: u64,
        pub(super) gross: u128,
    }
}

mod renamed {
    #[derive(larder::Schema, serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Price {
        pub(super) net: u64,
        pub(super) gross: u64,
    }
}

mod same {
    #[derive(larder::Schema)]
    pub(super) struct Money {
        pub(super) net: u64,
        pub(super) gross: u64,
    }
}

#[test]
fn a_fingerprint_changes_with_the_shape_only() {
    let price = first::Price::FINGERPRINT;
    assert_ne!(price, swapped::Price::FINGERPRINT);
    assert_ne!(price, widened::Price::FINGERPRINT);
    assert_ne!(price, renamed::Price::FINGERPRINT);
    assert_eq!(price, same::Money::FINGERPRINT);
}

/// Contains itself, is generic, and has a field that its type does not encode.
#[derive(larder::Schema, serde::Serialize, serde::Deserialize)]
struct Tree<T> {
    value: T,
    #[serde(skip)]
    cached: Option<std::rc::Rc<std::cell::Cell<u8>>>,
    children: Vec<Tree<T>>,
}

#[derive(larder::Schema)]
enum Choice {
    Nothing,
    Pair(u8, bool),
    Tree { tree: Tree<u64> },
}

#[test]
fn every_form_of_a_type_has_a_fingerprint() {
    assert_ne!(Tree::<u64>::FINGERPRINT, Tree::<u32>::FINGERPRINT);
    assert_ne!(Choice::FINGERPRINT, 0);
}

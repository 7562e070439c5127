//! What tells calls apart.

use larder::{CacheKey, cached};

use super::support::Count;

#[derive(Clone, CacheKey)]
struct Org {
    id: u64,
    name: String,
}

impl Org {
    fn initial(&self) -> char {
        self.name.chars().next().unwrap_or('?')
    }
}

fn org(id: u64, name: &str) -> Org {
    Org {
        id,
        name: name.to_owned(),
    }
}

#[larder::test]
async fn every_argument_is_in_an_implicit_key() {
    #[cached(namespace = "keys.implicit", ttl = "5m")]
    async fn joined(left: &str, right: String, flag: bool) -> String {
        format!("{left}+{right}+{flag}")
    }

    assert_eq!(joined("a", "b:c".into(), true).await, "a+b:c+true");
    assert_eq!(joined("a:b", "c".into(), true).await, "a:b+c+true");
    assert_eq!(joined("a:b", "c".into(), false).await, "a:b+c+false");
}

#[larder::test]
async fn a_skipped_argument_is_not_in_the_key() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "keys.skip", ttl = "5m", skip(log))]
    async fn double(log: &mut Vec<u64>, number: u64) -> u64 {
        LOADS.up();
        log.push(number);
        number * 2
    }

    let mut log = Vec::new();
    assert_eq!(double(&mut log, 7).await, 14);
    assert_eq!(double(&mut Vec::new(), 7).await, 14);
    assert_eq!(LOADS.get(), 1);
    assert_eq!(log, [7]);
    assert!(double::peek(7).await.expect("an answer").is_some());
}

#[larder::test]
async fn a_template_decides_alone() {
    static LOADS: Count = Count::new();

    #[cached(
        namespace = "keys.template",
        ttl = "5m",
        key = "org/{org.id}:{org.initial()}/{user}",
        skip(_trace)
    )]
    async fn member(org: Org, user: &str, _trace: u128) -> String {
        LOADS.up();
        format!("{}/{user}", org.name)
    }

    assert_eq!(member(org(1, "ab"), "u", 1).await, "ab/u");
    assert_eq!(member(org(1, "ac"), "u", 2).await, "ab/u");
    assert_eq!(member(org(1, "bc"), "u", 3).await, "bc/u");
    assert_eq!(member(org(2, "ab"), "u", 4).await, "ab/u");
    assert_eq!(LOADS.get(), 3);
    let key = member::key(&org(1, "ab"), "u").expect("a key");
    assert!(key.ends_with("org/1:a/u"), "{key}");
}

#[larder::test]
async fn a_template_may_name_everything_at_once() {
    #[cached(
        namespace = "keys.whole",
        ttl = "5m",
        key = "{org}:{list}:{text}:{pair.1}"
    )]
    async fn whole(org: Org, list: Vec<u64>, text: String, pair: (u64, u64)) -> usize {
        org.name.len() + list.len() + text.len() + usize::from(pair.0 > pair.1)
    }

    assert_eq!(
        whole(org(1, "ab"), vec![1, 2], "xyz".into(), (0, 1)).await,
        7
    );
    let pair = (5, 1);
    let stored = whole::peek(&org(1, "ab"), &[1, 2], "xyz", &pair).await;
    assert_eq!(stored.expect("an answer"), Some(7));
}

#[larder::test]
async fn versions_and_namespaces_are_apart() {
    #[cached(namespace = "keys.apart", ttl = "5m")]
    async fn first(id: u64) -> u64 {
        id
    }

    #[cached(namespace = "keys.apart", ttl = "5m", version = 3)]
    async fn third(id: u64) -> u64 {
        id + 1
    }

    assert_eq!(first(7).await, 7);
    assert_eq!(third(7).await, 8);
    assert_ne!(first::key(7).expect("a key"), third::key(7).expect("a key"));
}

mod own {
    #[derive(larder::CacheKey)]
    pub(super) struct Vec<T>(pub(super) T);

    #[derive(larder::CacheKey)]
    pub(super) struct String(pub(super) u64);
}

#[larder::test]
async fn a_type_of_ones_own_may_have_the_name_of_one_of_the_standard_library() {
    #[cached(namespace = "keys.own", ttl = "5m")]
    async fn of_own(list: own::Vec<u64>, text: own::String, name: String) -> u64 {
        list.0 + text.0 + name.len() as u64
    }

    let sum = of_own(own::Vec(1), own::String(2), "abc".into()).await;
    assert_eq!(sum, 6);
    let stored = of_own::peek(&own::Vec(1), &own::String(2), "abc").await;
    assert_eq!(stored.expect("an answer"), Some(6));
}

//! Invariants 5 and 7: two different calls never meet in one key, and nobody touches keys that are
//! not theirs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larder::{CacheSpec, Codec, Larder, Schema, Tenancy, Ttl, cache, cached};
use serde::{Deserialize, Serialize};

use crate::fleet::{Fleet, start};
use crate::source::Source;
use crate::support::server::RedisServer;

#[cached(namespace = "talk", ttl = "1m")]
async fn join(first: String, second: String) -> String {
    format!("{first}|{second}")
}

#[cached(namespace = "talk.more", ttl = "1m")]
async fn longer_name(id: u64) -> u64 {
    id
}

on_each_backend!(
    arguments_that_look_alike_have_keys_of_their_own,
    apps_and_tenants_do_not_meet,
    a_required_tenant_is_required,
    clear_takes_its_own_namespace_app_and_tenant_only,
    a_changed_type_never_decodes_into_wrong_values,
    an_option_and_its_value_never_decode_into_each_other,
    who_shares_a_flight_never_reads_another_shape,
    who_shares_a_flight_never_reads_another_codec,
    who_shares_a_flight_never_reads_an_error_of_another_codec,
);

async fn arguments_that_look_alike_have_keys_of_their_own(fleet: Fleet) {
    let node = fleet.node().await;
    let words = [
        "",
        ":",
        "a",
        "a:",
        ":a",
        "a:b",
        "%3A",
        "a%3Ab",
        "{a}",
        "*",
        "\0",
        "ä",
        "a b",
        &"x".repeat(500),
    ];
    for first in words {
        for second in words {
            let joined = node.scope(join(first.to_owned(), second.to_owned())).await;
            assert_eq!(joined, format!("{first}|{second}"));
        }
    }
    assert_eq!(node.stats("talk").loads, (words.len() * words.len()) as u64);
}

async fn apps_and_tenants_do_not_meet(fleet: Fleet) {
    let (one, other) = (fleet.node_of("one").await, fleet.node_of("other").await);
    let nodes = [
        one.clone(),
        other,
        one.tenant("a"),
        one.tenant("b"),
        one.tenant(""),
    ];
    for (number, node) in nodes.iter().enumerate() {
        node.scope(longer_name::put(7, &(number as u64)))
            .await
            .unwrap();
    }
    for (number, node) in nodes.iter().enumerate() {
        assert_eq!(node.scope(longer_name(7)).await, number as u64);
    }
    // By the ambient tenant as by the handle.
    let ambient = one.scope(larder::tenant("b").scope(longer_name(7))).await;
    assert_eq!(ambient, 3);
}

async fn a_required_tenant_is_required(fleet: Fleet) {
    let Fleet::Memory(server) = &fleet else {
        return;
    };
    let node = Larder::builder()
        .tenancy(Tenancy::Required)
        .on_memory(server);
    let error = node.scope(longer_name::peek(7)).await.unwrap_err();
    assert_eq!(error.kind(), larder::ErrorKind::TenantRequired);
    assert_eq!(
        node.tenant("a").scope(longer_name::peek(7)).await.unwrap(),
        None
    );
}

async fn clear_takes_its_own_namespace_app_and_tenant_only(fleet: Fleet) {
    let (node, other) = (fleet.node().await, fleet.node_of("other").await);
    let stranger = fleet.stranger().await;
    for (number, key) in [
        "app::talk",
        "app::talk:x",
        "talk",
        "app::tal*:1:y",
        "session:42",
    ]
    .iter()
    .enumerate()
    {
        stranger.set(key, number.to_string().as_bytes()).await;
    }
    for id in 0..3 {
        node.scope(join("a".to_owned(), id.to_string())).await;
        node.scope(longer_name(id)).await;
        node.tenant("t")
            .scope(join("a".to_owned(), id.to_string()))
            .await;
        other.scope(join("a".to_owned(), id.to_string())).await;
    }
    // Three of ours, and the stranger's key that stands in our namespace.
    assert_eq!(node.clear("talk").await.unwrap(), 4);
    let left = stranger.times_to_live().await;
    assert_eq!(left.len(), 4 + 3 * 3, "{left:?}");
    assert!(
        left.iter().all(|(key, _)| !key.starts_with("app::talk:")),
        "{left:?}"
    );
}

/// Two builds of one function: fields swapped, added and removed.
async fn a_changed_type_never_decodes_into_wrong_values(fleet: Fleet) {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Old {
        balance: i64,
        limit: i64,
        note: String,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct New {
        limit: i64,
        balance: i64,
        #[serde(default)]
        colour: Option<String>,
    }
    #[cached(namespace = "account", ttl = "1m")]
    async fn old(_id: u64) -> Old {
        Old {
            balance: 5,
            limit: 1001,
            note: "n".to_owned(),
        }
    }
    #[cached(namespace = "account", ttl = "1m")]
    async fn new(_id: u64) -> New {
        New {
            limit: 1001,
            balance: 5,
            colour: None,
        }
    }
    let node = fleet.node().await;
    node.scope(old(7)).await;
    let read = node.scope(new(7)).await;
    assert_eq!(
        (read.balance, read.limit),
        (5, 1001),
        "fields are found by name"
    );
    assert_eq!(
        node.stats("account").loads,
        1,
        "the new build reads what the old one stored"
    );

    // The other way round a field is missing that the old build cannot do without: a miss, not a
    // wrong value.
    node.scope(new::put(
        8,
        &New {
            limit: 1,
            balance: 2,
            colour: None,
        },
    ))
    .await
    .unwrap();
    assert_eq!(node.scope(old(8)).await.note, "n");
    assert_eq!(node.stats("account").corrupt, 1);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
struct Balance {
    balance: u64,
    limit: u64,
}

/// Without field names, the bytes of one are the bytes of the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
struct Limit {
    limit: u64,
    balance: u64,
}

/// Two functions of one process that have one key and other values, at once: who waits for the load
/// of the other cannot read it.
async fn who_shares_a_flight_never_reads_another_shape(fleet: Fleet) {
    #[cached(namespace = "shape", ttl = "1m", codec = "postcard", skip(source))]
    async fn balance(_id: u64, source: Arc<Source>) -> Balance {
        let balance = source.load().await;
        Balance {
            balance,
            limit: 1001,
        }
    }
    #[cached(namespace = "shape", ttl = "1m", codec = "postcard", skip(source))]
    async fn limit(_id: u64, source: Arc<Source>) -> Limit {
        let balance = source.load().await;
        Limit {
            limit: 1001,
            balance,
        }
    }
    let node = fleet.node().await;
    let source = Source::held(5);
    let leader = start(&node, balance(7, Arc::clone(&source)));
    source.load_begins().await;
    let follower = start(&node, limit(7, Arc::clone(&source)));
    follows(&fleet).await;
    source.release();
    let (first, second) = (leader.await.unwrap(), follower.await.unwrap());
    assert_eq!((first.balance, first.limit), (5, 1001));
    assert_eq!((second.balance, second.limit), (5, 1001));
    if matches!(fleet, Fleet::Memory(_)) {
        assert_eq!(node.stats("shape").alone, 1, "it has followed");
    }
}

async fn who_shares_a_flight_never_reads_another_codec(fleet: Fleet) {
    // JSON writes `7` as the byte 55, which is the number 55 to the other one.
    #[cached(namespace = "codec", ttl = "1m", codec = "json", skip(source))]
    async fn text(_id: u64, source: Arc<Source>) -> u64 {
        source.load().await
    }
    #[cached(namespace = "codec", ttl = "1m", skip(source))]
    async fn packed(_id: u64, source: Arc<Source>) -> u64 {
        source.load().await
    }
    let node = fleet.node().await;
    let source = Source::held(7);
    let leader = start(&node, text(7, Arc::clone(&source)));
    source.load_begins().await;
    let follower = start(&node, packed(7, Arc::clone(&source)));
    follows(&fleet).await;
    source.release();
    assert_eq!(leader.await.unwrap(), 7);
    assert_eq!(follower.await.unwrap(), 7);
}

async fn who_shares_a_flight_never_reads_an_error_of_another_codec(fleet: Fleet) {
    #[cached(
        namespace = "failure",
        ttl = "1m",
        err_ttl = "1m",
        cache_err = |_| true,
        codec = "json",
        skip(source)
    )]
    async fn text(_id: u64, source: Arc<Source>) -> Result<u64, u64> {
        Err(source.load().await)
    }
    #[cached(namespace = "failure", ttl = "1m", err_ttl = "1m", cache_err = |_| true, skip(source))]
    async fn packed(_id: u64, source: Arc<Source>) -> Result<u64, u64> {
        Err(source.load().await)
    }
    let node = fleet.node().await;
    let source = Source::held(7);
    let leader = start(&node, text(7, Arc::clone(&source)));
    source.load_begins().await;
    let follower = start(&node, packed(7, Arc::clone(&source)));
    follows(&fleet).await;
    source.release();
    assert_eq!(leader.await.unwrap(), Err(7));
    assert_eq!(follower.await.unwrap(), Err(7));
}

/// Whoever has just been started has looked at the lease by then: a stranger's question comes after
/// its own.
async fn follows(fleet: &Fleet) {
    tokio::task::yield_now().await;
    fleet.stranger().await.get("anything").await;
}

/// Whatever a day of use sends, no command that touches keys of others is among it.
#[tokio::test]
async fn nothing_ever_flushes_or_lists_all_keys() {
    let server = RedisServer::start();
    let mut monitor = server.monitor();
    let node = Larder::builder()
        .url(server.url())
        .app("app")
        .build()
        .await
        .unwrap();
    node.scope(async {
        longer_name(1).await;
        longer_name(1).await;
        longer_name::put(1, &1).await.unwrap();
        longer_name::peek(1).await.unwrap();
        longer_name::ttl(1).await.unwrap();
        longer_name::refresh(1).await;
        longer_name::invalidate(1).await.unwrap();
        longer_name::clear().await.unwrap();
    })
    .await;
    node.scope(groups(&node)).await.unwrap();
    everything_beside_the_cache(&node).await.unwrap();
    node.health().await;
    node.close().await;
    let sent = monitor.commands();
    let mut scans = 0;
    for command in &sent {
        let name = command.words[0].to_uppercase();
        assert!(
            !["FLUSHDB", "FLUSHALL", "KEYS"].contains(&name.as_str()),
            "{command:?}"
        );
        if name == "SCAN" {
            scans += 1;
            let mut words = command.words.iter();
            words.find(|word| word.eq_ignore_ascii_case("MATCH"));
            let pattern = words.next().expect("what it looks for");
            let is_ours = pattern.starts_with("app::") && pattern.contains("talk.");
            assert!(is_ours, "{command:?}");
        }
    }
    assert!(scans >= 3, "three namespaces were cleared");
    for used in ["GETDEL", "ZADD", "ZSCAN", "MGET", "HSET", "PUBLISH"] {
        let is_used = sent.iter().any(|it| it.words[0].eq_ignore_ascii_case(used));
        assert!(is_used, "nothing sent {used}: a feature was left out");
    }
}

#[cached(namespace = "talk.groups", ttl = "1m", local = true, index(tens = value / 10), tags = ["talk"])]
async fn grouped(id: u64) -> u64 {
    id
}

#[cached(namespace = "talk.many", ttl = "1m", batch, stale = "1m")]
async fn many(ids: Vec<u64>) -> HashMap<u64, u64> {
    ids.into_iter().map(|id| (id, id)).collect()
}

/// Indexes, tags, copies and batches.
async fn groups(node: &Larder) -> larder::Result<()> {
    for id in [7, 7, 7, 8] {
        grouped(id).await;
    }
    grouped::by_tens(0_u64).await?;
    grouped::keys_by_tens(0_u64).await?;
    grouped::invalidate(7).await?;
    grouped::invalidate_tens(0_u64).await?;
    node.invalidate_tag("talk").await?;
    many(vec![1, 2]).await;
    many::put(HashMap::from([(3, 3)])).await?;
    many::invalidate(&[1, 2]).await?;
    many::clear().await?;
    Ok(())
}

/// Stores, locks, limits, permits and calls that run once.
async fn everything_beside_the_cache(node: &Larder) -> larder::Result<()> {
    let store = node.store::<u64>("talk.store").durable()?;
    store.set("a", &1).await?;
    store.incr("b", 1).await?;
    store.hset("c", "field", &1).await?;
    store.clear().await?;

    let locks = node.lock("talk.locks").fair();
    locks.run("a", async {}).await?;
    drop(node.lock("talk.locks").read("b").await?);
    let limiter = node.limiter("talk.limits").limits("10/s")?;
    limiter.check("a").await?;
    limiter.reset("a").await?;
    let permits = node.permits("talk.permits").limit(1)?;
    permits.run("a", async {}).await?;
    let once = node.idempotency("talk.once").ttl(Duration::from_mins(1))?;
    once.run("a", &1_u64, async { Ok::<_, larder::Error>(1) })
        .await?;
    Ok(())
}

/// An `Option` under another name.
type Maybe = Option<String>;

/// Four functions of one cache. With these codecs `Some("")` is written like `"\0"`, and `None`
/// like `""`.
macro_rules! texts {
    ($module:ident, $namespace:literal, $codec:literal) => {
        mod $module {
            use super::*;

            #[cached(namespace = $namespace, ttl = "1m", none_ttl = "1m", codec = $codec, version = 2, batch, skip(text))]
            pub(super) async fn many(text: Option<&str>, ids: &[u64]) -> HashMap<u64, String> {
                let text = text.map(str::to_owned);
                ids.iter().filter_map(|id| Some((*id, text.clone()?))).collect()
            }

            #[cached(namespace = $namespace, ttl = "1m", codec = $codec, version = 2, skip(text))]
            pub(super) async fn one(text: &str, _id: u64) -> String {
                text.to_owned()
            }

            #[cached(namespace = $namespace, ttl = "1m", none_ttl = "1m", codec = $codec, version = 2, skip(text))]
            pub(super) async fn optional(text: Option<&str>, _id: u64) -> Option<String> {
                text.map(str::to_owned)
            }

            #[cached(namespace = $namespace, ttl = "1m", none_ttl = "1m", codec = $codec, version = 2, skip(text))]
            pub(super) async fn renamed(text: Option<&str>, _id: u64) -> Maybe {
                text.map(str::to_owned)
            }

            cache! {
                pub(super) BY_NAME: Cache<Option<String>> = $namespace, ttl "1m", none_ttl "1m", codec $codec, version 2;
            }
        }
    };
}

texts!(in_postcard, "texts.postcard", "postcard");
texts!(in_bincode, "texts.bincode", "bincode");

async fn an_option_and_its_value_never_decode_into_each_other(fleet: Fleet) {
    let node = fleet.node().await;
    macro_rules! check {
        ($module:ident, $namespace:literal, $codec:expr) => {
            let empty = node.scope($module::many(Some(""), &[1])).await;
            assert_eq!(empty, [(1, String::new())].into());
            assert!(node.scope($module::many(None, &[2])).await.is_empty());
            // Whoever returns an `Option`, under whatever name and by whatever call, reads what the
            // batch has stored.
            assert_eq!(
                node.scope($module::optional(None, 1)).await.as_deref(),
                Some("")
            );
            assert_eq!(node.scope($module::renamed(Some("new"), 2)).await, None);
            let spec = CacheSpec::new($namespace, Ttl::after(Duration::from_mins(1)));
            let plain = node.cache::<Maybe>(spec.codec($codec).version(2));
            let found = plain.entry(|key| key.arg(&1_u64)).peek().await;
            assert_eq!(found.unwrap(), Some(Some(String::new())));
            let named = node.scope(async { $module::BY_NAME.entry(|key| key.arg(&2_u64)) });
            assert_eq!(named.await.peek().await.unwrap(), Some(None));

            // Whoever returns the value alone does not, and the other way round.
            assert_eq!(node.scope($module::one("mine", 1)).await, "mine");
            assert_eq!(node.scope($module::one("mine", 2)).await, "mine");
            assert_eq!(node.scope($module::one("\0", 3)).await, "\0");
            assert_eq!(
                node.scope($module::many(Some("ours"), &[3])).await[&3],
                "ours"
            );
            let plain = node.cache::<String>(spec.codec($codec).version(2));
            let found = plain.entry(|key| key.arg(&1_u64)).peek().await;
            assert_eq!(found.unwrap().as_deref(), Some("mine"));
        };
    }
    check!(in_postcard, "texts.postcard", Codec::Postcard);
    check!(in_bincode, "texts.bincode", Codec::Bincode);
}

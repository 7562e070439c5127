//! Whatever a key holds that Larder did not write there: at worst a miss, counted, and healed by
//! the next load.

use std::time::Duration;

use larder::{CacheSpec, Codec, Early, Larder, Local, Ttl, cached};
use larder_runtime::backend::Command;
use larder_runtime::codec::envelope::{Header, SectionsBuffer, Token, write_value};

use crate::fleet::{Fleet, PATIENCE};

#[cached(namespace = "hostile", ttl = "1m")]
async fn read(id: u64) -> Vec<u64> {
    vec![id; 50]
}

on_each_backend!(
    foreign_bytes_are_a_miss,
    every_truncation_and_every_flipped_bit_is_a_miss,
    a_value_of_another_key_is_a_miss,
    a_value_of_any_time_is_read_or_is_a_miss,
    a_huge_value_is_a_miss,
    a_value_that_is_too_large_is_not_stored,
    a_key_of_another_type_runs_the_body,
);

async fn keys(node: &Larder, ids: impl IntoIterator<Item = u64>) -> Vec<String> {
    let ids = ids.into_iter();
    node.scope(async { ids.map(|id| read::key(id).unwrap()).collect() })
        .await
}

async fn foreign_bytes_are_a_miss(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    let junk: [&[u8]; 5] = [b"", b"\xC1L", b"{\"id\":7}", b"\0\0\0\0\0\0", &[0xFF; 300]];
    for (id, bytes) in (0..).zip(junk) {
        let key = &keys(&node, [id]).await[0];
        stranger.set(key, bytes).await;
        assert_eq!(node.scope(read(id)).await.len(), 50);
        assert_eq!(
            node.scope(read::peek(id))
                .await
                .unwrap()
                .map(|read| read.len()),
            Some(50),
            "healed"
        );
    }
    let stats = node.stats("hostile");
    assert_eq!(stats.loads, 5);
    assert_eq!(stats.foreign + stats.corrupt, 5, "{stats:?}");
}

async fn every_truncation_and_every_flipped_bit_is_a_miss(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    node.scope(read(7)).await;
    let key = &keys(&node, [7]).await[0];
    let whole = stranger.get(key).await.unwrap();
    let truncated = (0..whole.len()).map(|length| whole[..length].to_vec());
    let flipped = (0..whole.len()).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let mut wrong = 0;
    for bytes in truncated.chain(flipped) {
        stranger.set(key, &bytes).await;
        assert_eq!(node.scope(read(7)).await, vec![7; 50]);
        wrong += 1;
        assert_eq!(
            node.stats("hostile").loads,
            wrong + 1,
            "{bytes:?} was taken for a value"
        );
    }
}

async fn a_value_of_another_key_is_a_miss(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    node.scope(read(1)).await;
    let keys = keys(&node, [1, 2]).await;
    stranger
        .run(Command::new("RENAME").arg(&keys[0]).arg(&keys[1]))
        .await;
    assert_eq!(node.scope(read(2)).await, vec![2; 50]);
    assert_eq!(node.stats("hostile").foreign, 1);
}

/// Its checksum is right, and its times are what a server says whose clock shows anything.
async fn a_value_of_any_time_is_read_or_is_a_miss(fleet: Fleet) {
    const MINUTE: Duration = Duration::from_mins(1);
    let spec = CacheSpec::new("hostile.times", Ttl::after(MINUTE))
        .stale(MINUTE)
        .refresh_every(MINUTE)
        .idle(MINUTE)
        .local(Local::WhileFresh);
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    let times = [0, 1, u64::MAX / 2, u64::MAX - 1, u64::MAX];
    let mut id = 0_u64;
    for early in [Early::Last(0.5), Early::Last(1.0), Early::XFetch] {
        let cache = node.cache::<u64>(spec.early(early));
        for (stored_at, until) in times.iter().flat_map(|at| times.map(|until| (*at, until))) {
            id += 1;
            let entry = cache.entry(|key| key.arg(&id));
            let header = Header {
                codec: Codec::MessagePack,
                fingerprint: 0,
                stored_at,
                fresh_until: (until > 0).then_some(until),
                cost: Duration::MAX,
                token: Token::new([7; 16]),
            };
            let mut room = SectionsBuffer::default();
            room.leave_room_for_refresh();
            let key = entry.key().unwrap();
            let bytes = write_value(key.as_bytes(), &header, room.as_sections(), |into| {
                into.push(1);
                Ok(())
            });
            stranger.set(&key, &bytes.unwrap()).await;
            assert_eq!(entry.peek().await.unwrap(), Some(1));
            let got = entry.get_or_load(async { 2 }).await;
            assert!([1, 2].contains(&got), "{stored_at} {until}: {got}");
            entry.touch().await.unwrap();
            entry.update(|value| *value = 3).await.unwrap();
            assert_eq!(entry.peek().await.unwrap(), Some(3));
        }
    }
}

async fn a_huge_value_is_a_miss(fleet: Fleet) {
    let (node, stranger) = (small(&fleet).await, fleet.stranger().await);
    let key = &keys(&node, [7]).await[0];
    stranger.set(key, &vec![b'x'; 100_000]).await;
    assert_eq!(node.scope(read(7)).await, vec![7; 50]);
    assert_eq!(node.stats("hostile").too_large, 1);
    assert_eq!(node.scope(read(7)).await, vec![7; 50]);
    assert_eq!(node.stats("hostile").hits, 1);
}

async fn a_value_that_is_too_large_is_not_stored(fleet: Fleet) {
    #[cached(namespace = "huge", ttl = "1m")]
    async fn huge() -> String {
        "x".repeat(100_000)
    }
    let node = small(&fleet).await;
    for _ in 0..2 {
        assert_eq!(node.scope(huge()).await.len(), 100_000);
    }
    assert_eq!(node.stats("huge").too_large, 2);
    let error = node
        .scope(huge::put(&"y".repeat(100_000)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), larder::ErrorKind::TooLarge);
}

async fn a_key_of_another_type_runs_the_body(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    let key = &keys(&node, [7]).await[0];
    stranger
        .run(Command::new("LPUSH").arg(key).arg("not ours"))
        .await;
    assert_eq!(node.scope(read(7)).await, vec![7; 50]);
    assert_eq!(
        node.scope(read::peek(7)).await.unwrap_err().kind(),
        larder::ErrorKind::WrongType
    );
    node.scope(read::invalidate(7)).await.unwrap();
    node.scope(read(7)).await;
    assert_eq!(node.scope(read::peek(7)).await.unwrap(), Some(vec![7; 50]));
}

/// A node that takes values up to ten thousand bytes.
async fn small(fleet: &Fleet) -> Larder {
    let builder = Larder::builder()
        .app("app")
        .call_budget(PATIENCE)
        .max_value_bytes(10_000);
    match fleet {
        Fleet::Memory(server) => builder.on_memory(server),
        Fleet::Redis(server) => builder.url(server.url()).build().await.unwrap(),
    }
}

//! Values: set, read, replaced, removed.

use larder::{Codec, ErrorKind, Larder};

use crate::fleet::Fleet;
use crate::{HOUR, User, user, users, word, words};

on_each_backend! {
    a_value_is_set_read_and_removed,
    every_codec_writes_and_reads,
    many_at_once,
    nothing_at_once,
    a_value_is_exchanged,
    what_cannot_be_read_is_none_and_counted,
    what_cannot_be_stored_is_an_error_and_changes_nothing,
    builds_with_more_fields_and_fewer_read_each_other,
}

async fn a_value_is_set_read_and_removed(fleet: Fleet) {
    let users = users(&fleet.node().await);
    assert_eq!(users.get(&7).await.unwrap(), None);
    assert!(!users.exists(&7).await.unwrap());
    assert!(!users.delete(&7).await.unwrap());
    users.set(&7, &user("Ann")).await.unwrap();
    users.set(&7, &user("Bob")).await.unwrap();
    assert_eq!(users.get(&7).await.unwrap(), Some(user("Bob")));
    assert!(users.exists(&7).await.unwrap());
    assert_eq!(users.get(&8).await.unwrap(), None);
    assert!(users.delete(&7).await.unwrap());
    assert_eq!(users.get(&7).await.unwrap(), None);
}

async fn every_codec_writes_and_reads(fleet: Fleet) {
    let larder = fleet.node().await;
    for codec in [
        Codec::MessagePack,
        Codec::Json,
        Codec::Postcard,
        Codec::Bincode,
    ] {
        let builder = larder.store::<User>(codec.name()).version(1).codec(codec);
        let store = builder.ttl(HOUR).unwrap();
        store.set(&7, &user("Ann")).await.unwrap();
        assert_eq!(store.get(&7).await.unwrap(), Some(user("Ann")));
        store.sadd("set", [user("Ann")]).await.unwrap();
        assert_eq!(store.smembers("set").await.unwrap(), [user("Ann")]);
    }
}

async fn many_at_once(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let all: Vec<_> = (0..500).map(|id| (id, format!("word {id}"))).collect();
    words
        .set_many(all.iter().map(|(id, word)| (*id, word)))
        .await
        .unwrap();
    let found = words.get_many((0..501).rev()).await.unwrap();
    assert_eq!(found.len(), 501);
    assert_eq!(found[0], None);
    assert_eq!(found[1], Some(word("word 499")));
    assert_eq!(found[500], Some(word("word 0")));
}

async fn nothing_at_once(fleet: Fleet) {
    let words = words(&fleet.node().await);
    assert_eq!(words.get_many(Vec::<u8>::new()).await.unwrap(), []);
    words.set_many(Vec::<(u8, String)>::new()).await.unwrap();
}

async fn a_value_is_exchanged(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let before = words.get_and_set("k", &word("one")).await.unwrap();
    assert_eq!(before, None);
    let before = words.get_and_set("k", &word("two")).await.unwrap();
    assert_eq!(before, Some(word("one")));
    assert_eq!(words.get("k").await.unwrap(), Some(word("two")));
}

async fn what_cannot_be_read_is_none_and_counted(fleet: Fleet) {
    let larder = fleet.node().await;
    let stranger = fleet.stranger().await;
    let words = words(&larder);
    let key = words.key("k");
    let read = async |bytes: &[u8]| {
        stranger.set(&key, bytes).await;
        words.get("k").await.unwrap()
    };

    words.set("k", &word("whole")).await.unwrap();
    let whole = stranger.get(&key).await.unwrap();
    assert_eq!(read(&whole).await, Some(word("whole")));

    for damaged in [&whole[..whole.len() - 1], &whole[..20]] {
        assert_eq!(read(damaged).await, None);
    }
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(read(&flipped).await, None);
    assert_eq!(larder.stats("words").corrupt, 3);
    assert_eq!(read(b"").await, None);
    assert_eq!(read(b"somebody else's").await, None);
    words.set("other", &word("whole")).await.unwrap();
    let of_another_key = stranger.get(&words.key("other")).await.unwrap();
    assert_eq!(read(&of_another_key).await, None);
    assert_eq!(larder.stats("words").foreign, 3);

    let json = larder.store::<String>("words").codec(Codec::Json);
    json.ttl(HOUR).unwrap().set("k", &word("x")).await.unwrap();
    assert_eq!(words.get("k").await.unwrap(), None);
    assert_eq!(larder.stats("words").other_shape, 1);
    assert_eq!(read(&vec![0; (16 << 20) + 1]).await, None);
    assert_eq!(larder.stats("words").too_large, 1);

    // As good as nothing: whoever expects nothing may put something there.
    assert!(
        words
            .compare_and_set("k", None, &word("new"))
            .await
            .unwrap()
    );
    assert_eq!(words.get("k").await.unwrap(), Some(word("new")));
}

async fn what_cannot_be_stored_is_an_error_and_changes_nothing(fleet: Fleet) {
    let larder = fleet.node().await;
    let words = words(&larder);
    words.set("k", &word("old")).await.unwrap();
    let huge = "x".repeat(16 << 20);
    let kind = |error: larder::Error| error.kind();
    assert_eq!(
        words.set("k", &huge).await.map_err(kind),
        Err(ErrorKind::TooLarge)
    );
    assert_eq!(
        words
            .set_many([("k", &word("new")), ("l", &huge)])
            .await
            .map_err(kind),
        Err(ErrorKind::TooLarge)
    );
    assert_eq!(
        words.rpush("list", [word("a"), huge]).await.map_err(kind),
        Err(ErrorKind::TooLarge)
    );
    assert_eq!(words.get("k").await.unwrap(), Some(word("old")));
    assert!(!words.exists("l").await.unwrap());
    assert!(!words.exists("list").await.unwrap());
}

async fn builds_with_more_fields_and_fewer_read_each_other(fleet: Fleet) {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Older {
        name: String,
        visits: u64,
    }

    let larder = fleet.node().await;
    let new = users(&larder);
    let old = larder.store::<Older>("users").ttl(HOUR).unwrap();
    let stored = Older {
        name: word("Ann"),
        visits: 3,
    };
    old.set(&7, &stored).await.unwrap();
    let read = new.get(&7).await.unwrap().unwrap();
    assert_eq!((read.visits, &read.email), (3, &None));

    // It is encoded otherwise, and yet it is the value that was read.
    assert!(
        new.compare_and_set(&7, Some(&read), &user("Bob"))
            .await
            .unwrap()
    );
    assert_eq!(old.get(&7).await.unwrap().unwrap().name, "Bob");
}

#[test]
fn a_store_that_would_mislead_is_refused() {
    let larder = Larder::memory();
    let positional = larder.store::<User>("users").codec(Codec::Postcard);
    let errors = [
        larder.store::<User>("").durable().unwrap_err(),
        larder
            .store::<User>("users")
            .ttl(std::time::Duration::ZERO)
            .unwrap_err(),
        positional.durable().unwrap_err(),
    ];
    for (error, cure) in errors.iter().zip(["name", "at least 1 ms", ".version(1)"]) {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains(cure), "{error}");
    }
}

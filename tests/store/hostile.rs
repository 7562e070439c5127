//! Keys, fields and values of any bytes.

use crate::fleet::Fleet;
use crate::{HOUR, word, words};

on_each_backend! {
    keys_of_any_text_are_apart,
    fields_of_any_text_are_apart,
    values_of_any_bytes_come_back,
}

/// What means something in keys, patterns, scripts, protocols and encodings.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "*",
        "?",
        "[a]",
        "\\",
        "%",
        "%25",
        ":",
        "a:b",
        "a::b",
        "=",
        "=words:1:k",
        "~",
        "+",
        "#",
        "{",
        "}",
        "{k}",
        "\0",
        "a\0",
        "\r\n",
        "$5\r\nhello\r\n",
        "\u{7f}",
        "é",
        "e\u{301}",
        "日本",
        "\u{202e}",
        "'",
        "\"",
        "5",
        "05",
        "-1",
        "keep",
        "sum",
        "last",
        "PX",
        "nil",
        "\u{c1}E\u{3}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(10_000));
    texts.push("x".repeat(10_001));
    texts
}

async fn keys_of_any_text_are_apart(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let texts = hostile();
    for text in &texts {
        words.set(text, text).await.unwrap();
    }
    let found = words.get_many(&texts).await.unwrap();
    for (text, found) in texts.iter().zip(found) {
        assert_eq!(found.as_ref(), Some(text));
    }
    for (place, text) in texts.iter().enumerate() {
        let sum = words.incr(&("n", text), i64::try_from(place).unwrap());
        assert_eq!(sum.await.unwrap(), i64::try_from(place).unwrap());
    }
    assert_eq!(words.clear().await.unwrap(), 2 * texts.len() as u64);
}

async fn fields_of_any_text_are_apart(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let texts = hostile();
    let fields = texts.iter().map(|text| (text, text));
    words.hset_many("h", fields).await.unwrap();
    let all = words.hgetall("h").await.unwrap();
    assert_eq!(all.len(), texts.len());
    assert!(all.iter().all(|(field, value)| field == value));
    for text in &texts {
        assert_eq!(words.hget("h", text).await.unwrap().as_ref(), Some(text));
        words.hincr("n", text, 1).await.unwrap();
    }
    assert_eq!(words.hdel("h", &texts).await.unwrap(), texts.len() as u64);
}

async fn values_of_any_bytes_come_back(fleet: Fleet) {
    let larder = fleet.node().await;
    let words = words(&larder);
    let texts = hostile();
    words.rpush("l", &texts).await.unwrap();
    assert_eq!(words.lrange("l", 0, -1).await.unwrap(), texts);
    assert_eq!(words.sadd("s", &texts).await.unwrap(), texts.len() as u64);
    for text in &texts {
        assert!(words.sismember("s", text).await.unwrap());
        assert!(words.compare_and_set("k", None, text).await.unwrap());
        assert!(
            words
                .compare_and_set("k", Some(text), &word("x"))
                .await
                .unwrap()
        );
        assert!(words.delete("k").await.unwrap());
    }
    let scored = texts.iter().map(|text| (text, 0.0));
    words.zadd("z", scored).await.unwrap();
    for text in &texts {
        assert_eq!(words.zscore("z", text).await.unwrap(), Some(0.0));
    }
    let bytes = larder.store::<Vec<u8>>("bytes").ttl(HOUR).unwrap();
    let every: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte; 3]).collect();
    bytes.rpush("l", &every).await.unwrap();
    assert_eq!(bytes.lrange("l", 0, -1).await.unwrap(), every);
    bytes.set("k", &every.concat()).await.unwrap();
    assert_eq!(bytes.get("k").await.unwrap(), Some(every.concat()));
}

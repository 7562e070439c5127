//! What happens at the bound of memory.

use super::*;

fn small_server(bytes: usize) -> MemoryServer {
    MemoryServer::builder()
        .clock(clock())
        .max_memory(bytes)
        .build()
}

async fn set(link: &MemoryBackend, key: &str, ending: &[&str]) -> Result<Reply> {
    let value = "v".repeat(1000);
    let words: Vec<&str> = [key, &value]
        .into_iter()
        .chain(ending.iter().copied())
        .collect();
    link.run(&command("SET", &words), &call()).await
}

#[tokio::test(start_paused = true)]
async fn keys_with_an_end_make_room_and_their_readers_are_told() {
    let server = small_server(20_000);
    let (link, reader) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON").await;
    set(&link, "precious", &[]).await.unwrap();
    set(&link, "oldest", &["EX", "100"]).await.unwrap();
    run(&reader, "GET oldest").await;
    for number in 0..200 {
        set(&link, &number.to_string(), &["EX", "100"])
            .await
            .unwrap();
        run(&link, "GET precious").await;
    }
    let Reply::Int(keys) = run(&link, "DBSIZE").await else {
        panic!("DBSIZE counts");
    };
    assert!((10..=20).contains(&keys), "{keys}");
    assert_eq!(run(&link, "EXISTS precious").await, Reply::Int(1));
    assert_eq!(take(&heard), [invalidated(&["oldest"])]);
}

#[tokio::test(start_paused = true)]
async fn what_was_used_lately_stays() {
    // With as few keys as the sample takes, the least recently used one is always found.
    let link = small_server(12_000).connect();
    set(&link, "used", &["EX", "100"]).await.unwrap();
    for number in 0..50 {
        set(&link, &number.to_string(), &["EX", "100"])
            .await
            .unwrap();
        run(&link, "GET used").await;
    }
    assert_eq!(run(&link, "EXISTS used").await, Reply::Int(1));
    assert_eq!(run(&link, "EXISTS 0").await, Reply::Int(0));
}

#[tokio::test(start_paused = true)]
async fn writes_are_refused_when_nothing_can_go() {
    let link = small_server(5_000).connect();
    let mut stored = 0;
    let error = loop {
        match set(&link, &stored.to_string(), &[]).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(stored, 5);
    assert_eq!(
        error.message(),
        "OOM command not allowed when used memory > 'maxmemory'."
    );
    let script = "return redis.call('SET', 'k', 'v')";
    let error = link
        .run(&command("EVAL", &[script, "0"]), &call())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("OOM"));
    assert_eq!(run(&link, "STRLEN 0").await, Reply::Int(1000));
    assert_eq!(run(&link, "DEL 0 1").await, Reply::Int(2));
    set(&link, "0", &[]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_account_returns_to_zero() {
    let link = small_server(1_000_000).connect();
    for words in [
        "SET s v EX 5",
        "APPEND s more",
        "RPUSH l a b c d e",
        "LPOP l 2",
        "LSET l 0 longer",
        "LTRIM l 0 1",
        "LREM l 0 e",
        "HSET h f v g w",
        "HSET h f longer",
        "HDEL h g",
        "SADD m a b c",
        "SPOP m 2",
        "ZADD z 1 a 2 b",
        "ZADD z 3 a",
        "ZPOPMIN z",
        "RENAME l l2",
        "GETEX s PERSIST",
    ] {
        run(&link, words).await;
    }
    let used = || async {
        let Reply::Bulk(text) = run(&link, "INFO memory").await else {
            panic!("INFO is text");
        };
        String::from_utf8(text).unwrap()
    };
    assert!(!used().await.contains("used_memory:0\r"));
    run(&link, "DEL s l2 h m z").await;
    assert!(used().await.contains("used_memory:0\r"), "{}", used().await);
}

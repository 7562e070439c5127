//! Snapshots of `cache!`.

use expect_test::expect_file;

use super::{check, messages, tokens};
use crate::cache::run;

#[test]
fn declarations() {
    let expansion = run(tokens(
        r#"/// What a link in a mail stands for.
        #[cfg(unix)]
        pub CONFIRMATIONS: Cache<Action> = "confirmation", ttl "15m";
        pub(crate) FOUND: larder::Cache<Option<User>> = "found", ttl = "never", idle "1d", none_ttl "30s", jitter "10%", codec "json", local "10s",;
        POINTS: Cache<Point> = "points", ttl crate::TTL, codec "postcard", err_ttl "1s", stale "1h", early "10%", refresh_every "30s", soft "100ms", budget "50ms", lease "1s", wait "0s", crate shop::larder"#,
    ));
    check(expansion, &expect_file!["snapshots/caches.rs"]);
}

#[test]
fn every_mistake_is_one_message() {
    for (declaration, wanted) in [
        (r#"X: Cache<u64> = "x""#, "how long is a value good?"),
        (r#"X: Cache<u64> = "x", tll "5m""#, "did you mean `ttl`?"),
        (r#"X: Cache<u64> = "x", ttl 5"#, "of what?"),
        (r#"X: Cache<u64> = "x", ttl"#, "`ttl` takes a value"),
        (
            r#"X: Cache<u64> = "x", ttl "5m", ttl "6m""#,
            "is written twice",
        ),
        (r#"X: Cache<u64> = "x" ttl "5m""#, "a comma stands before"),
        (
            r#"X: Cache<u64> = "x y", ttl "5m""#,
            "a namespace has no ' '",
        ),
        (r#"X: Cache<u64> = x, ttl "5m""#, "between quotation marks"),
        (r#"X: Cache<u64>, ttl "5m""#, "a cache needs a namespace"),
        (r#"X = "x", ttl "5m""#, "what does it hold?"),
        (r#"X: u64 = "x", ttl "5m""#, "write `Cache<…>`"),
        (
            r#"static X: Cache<u64> = "x", ttl "5m""#,
            "remove this word",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", none_ttl "1s""#,
            "write `Cache<Option<…>>`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", local "6m""#,
            "`local` is longer than `ttl`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", idle "5m""#,
            "`idle` is no shorter than `ttl`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "never", early "xfetch""#,
            "there is no end for `early` to count from",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "never", stale "1h", early 0.1"#,
            "there is no end for `stale` to count from",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", refresh_every "5m""#,
            "`refresh_every` is no shorter than `ttl`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", early 10"#,
            "write `early = \"10%\"`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", soft "1s""#,
            "write `stale \"1h\"`, `early …` or `refresh_every …` too",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", stale "1h", hard "1s""#,
            "load by `try_get_or_spawn_with`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", stale "1h", reload newer"#,
            "load by `get_or_spawn`",
        ),
        (
            r#"X: Cache<u64> = "x", ttl "5m", codec "jason""#,
            "did you mean `json`?",
        ),
    ] {
        let messages = messages(run(tokens(declaration)));
        assert_eq!(messages.len(), 1, "{declaration}: {messages:?}");
        assert!(messages[0].contains(wanted), "{declaration}: {messages:?}");
    }
}

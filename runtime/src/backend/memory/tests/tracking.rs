//! Who has read a key is told when it changes.

use super::*;
use crate::backend::{Atomicity, Pipeline, Script};

#[tokio::test(start_paused = true)]
async fn a_reader_is_told_once() {
    let server = server();
    let (reader, writer) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON OPTIN").await;
    run(&reader, "CLIENT CACHING YES").await;
    run(&reader, "GET k").await;
    run(&reader, "GET other").await;
    run(&writer, "SET other v").await;
    assert_eq!(
        take(&heard),
        [],
        "only the next command's reads are remembered"
    );
    run(&writer, "SET k v").await;
    assert_eq!(take(&heard), [invalidated(&["k"])]);
    run(&writer, "SET k w").await;
    assert_eq!(take(&heard), [], "what was told is forgotten");
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_change_is_told() {
    let server = server();
    let (reader, writer) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON").await;
    for change in [
        "SET k v",
        "APPEND k w",
        "EXPIRE k 100",
        "PERSIST k",
        "DEL k",
        "HSET k f v",
        "HDEL k f",
        "RPUSH k a",
        "RENAME k l",
    ] {
        run(&reader, "EXISTS k").await;
        run(&writer, change).await;
        assert_eq!(take(&heard), [invalidated(&["k"])], "{change}");
    }
    for nothing in ["DEL k", "HDEL k f", "EXPIRE k 10", "PERSIST k"] {
        run(&reader, "EXISTS k").await;
        run(&writer, nothing).await;
        assert_eq!(take(&heard), [], "{nothing}");
    }
    run(&writer, "FLUSHDB").await;
    assert_eq!(take(&heard), [Push::InvalidatedAll]);
}

#[tokio::test(start_paused = true)]
async fn caching_holds_for_the_next_command_of_a_pipeline() {
    let server = server();
    let (reader, writer) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON OPTIN").await;
    let pipeline = Pipeline::new(Atomicity::Independent)
        .then(command("CLIENT", &["CACHING", "YES"]))
        .then(command("MGET", &["a", "b"]))
        .then(command("GET", &["c"]));
    reader.pipeline(&pipeline, &call()).await.unwrap();
    run(&writer, "MSET a 1 b 2 c 3").await;
    assert_eq!(take(&heard), [invalidated(&["a", "b"])]);
}

#[tokio::test(start_paused = true)]
async fn a_scripts_reads_are_its_callers() {
    let server = server();
    let (reader, writer) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON OPTIN").await;
    let script = Script::new("return redis.call('GET', KEYS[1])");
    let pipeline = Pipeline::new(Atomicity::Independent)
        .then(command("CLIENT", &["CACHING", "YES"]))
        .then(command("EVAL", &[script.text(), "1", "k"]));
    reader.pipeline(&pipeline, &call()).await.unwrap();
    run(&writer, "SET k v").await;
    assert_eq!(take(&heard), [invalidated(&["k"])]);
}

#[tokio::test(start_paused = true)]
async fn own_writes_are_told_before_the_reply() {
    let link = server().connect();
    let heard = hear(&link);
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "GET k").await;
    run(&link, "SET k v").await;
    assert_eq!(take(&heard), [invalidated(&["k"])]);
}

#[tokio::test(start_paused = true)]
async fn tracking_ends_with_its_switch_and_with_its_link() {
    let server = server();
    let (reader, writer) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON").await;
    run(&reader, "GET k").await;
    run(&reader, "CLIENT TRACKING OFF").await;
    run(&writer, "SET k v").await;
    run(&reader, "CLIENT TRACKING ON").await;
    run(&reader, "GET k").await;
    reader.close().await;
    run(&writer, "SET k v").await;
    assert_eq!(take(&heard), [Push::Disconnected]);
    run(&writer, "CLIENT TRACKING OFF").await;
    assert_eq!(
        refused(&writer, "CLIENT CACHING YES").await,
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
    );
}

//! What touches more than a case's own keys: each case has a real server for itself.

use larder_runtime::backend::{Backend, Command, Reply};

use super::pair::{Difference, Pair, Way, agree_in};
use super::servers::call;
use super::support::server::RedisServer;
use super::table;

#[tokio::test]
async fn everything_is_counted_and_flushed() {
    let server = RedisServer::start();
    let mut pair = Pair::alone(&server).await;
    let lines = table::read(
        r#"
        DBSIZE
        SET @a 1
        HSET @b f v
        DBSIZE
        FLUSHDB
        DBSIZE
        EXISTS @a @b
        SET @a 1
        FLUSHALL ASYNC
        DBSIZE
        SET @a 1 EX 100
        FLUSHDB SYNC
        GET @a
        ! FLUSHALL NOW
        ! FLUSHDB SYNC ASYNC
        ! DBSIZE x
        "#,
    );
    if let Err(Difference(message)) = pair.play(&lines).await {
        panic!("{message}");
    }
}

#[tokio::test]
async fn a_connection_is_named_and_tracks() {
    agree_in(
        &[Way::Commands],
        r#"
        CLIENT GETNAME
        CLIENT SETNAME worker-1
        CLIENT GETNAME
        CLIENT SETNAME ""
        CLIENT GETNAME
        ! CLIENT SETNAME "two words"
        ! CLIENT SETNAME
        ! CLIENT GETNAME x
        # every connection may ask for tracking from the start
        CLIENT CACHING YES
        ! CLIENT CACHING NO
        ! CLIENT CACHING PERHAPS
        ! CLIENT TRACKING MAYBE
        ! CLIENT TRACKING ON BOGUS
        CLIENT TRACKING ON OPTIN
        CLIENT TRACKING OFF
        CLIENT TRACKING OFF
        ! CLIENT CACHING YES
        CLIENT TRACKING ON
        ! CLIENT CACHING YES
        CLIENT TRACKING ON OPTIN
        CLIENT TRACKING OFF
        CLIENT TRACKING ON OPTIN
        CLIENT CACHING YES
        "#,
    )
    .await;
}

#[tokio::test]
async fn both_read_the_same_clock() {
    let pair = Pair::new(Way::Commands).await;
    let mut seconds = Vec::new();
    for server in [&pair.redis, &pair.memory] {
        let time = server.run(&Command::new("TIME"), &call()).await.unwrap();
        let parts = time.into_array("TIME").unwrap();
        let [Reply::Bulk(whole), Reply::Bulk(micros)] = parts.as_slice() else {
            panic!("TIME answered {parts:?}");
        };
        let number = |bytes: &[u8]| -> u64 { str::from_utf8(bytes).unwrap().parse().unwrap() };
        assert!(number(micros) < 1_000_000);
        seconds.push(number(whole));
    }
    assert!(seconds[0].abs_diff(seconds[1]) <= 30, "{seconds:?}");
}

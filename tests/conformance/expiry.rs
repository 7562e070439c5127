//! Keys end when their time is over, whether or not anybody asks for them.

use larder_runtime::backend::{Backend, Command, Reply};

use super::pair::{Pair, Way};
use super::servers::call;

/// What each type of value is made by, with an end that is near.
const VALUES: [&[&str]; 5] = [
    &["SET", "v"],
    &["HSET", "f", "v"],
    &["RPUSH", "v"],
    &["SADD", "v"],
    &["ZADD", "1", "v"],
];

#[tokio::test]
async fn every_type_ends() {
    let pair = Pair::new(Way::Commands).await;
    for server in [&pair.redis, &pair.memory] {
        for words in VALUES {
            let key = pair.key(words[0]);
            let make = Command::new(words[0]).arg(&key).args(&words[1..]);
            server.run(&make, &call()).await.unwrap();
            let end = Command::new("PEXPIRE").arg(&key).arg("30");
            assert_eq!(server.run(&end, &call()).await.unwrap(), Reply::Int(1));
        }
        for words in VALUES {
            let exists = Command::new("EXISTS").arg(pair.key(words[0]));
            while server.run(&exists, &call()).await.unwrap() == Reply::Int(1) {
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_ended_is_new_again() {
    let pair = Pair::new(Way::Commands).await;
    let key = pair.key("k");
    for server in [&pair.redis, &pair.memory] {
        let run = |command: Command| async move { server.run(&command, &call()).await.unwrap() };
        run(Command::new("SET").arg(&key).arg("old").arg("PX").arg("20")).await;
        // Another type in its place is no WRONGTYPE once it has ended.
        let pushed = loop {
            let push = Command::new("RPUSH").arg(&key).arg("new");
            if let Ok(reply) = server.run(&push, &call()).await {
                break reply;
            }
        };
        assert_eq!(pushed, Reply::Int(1));
        assert_eq!(run(Command::new("PTTL").arg(&key)).await, Reply::Int(-1));
    }
}

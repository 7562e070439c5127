//! What is stored under a key, read by commands that other cases compare.

use larder_runtime::backend::{Backend, Command, Reply, SharedBackend};

use super::answer::Answer;
use super::servers::call;

/// Type, content and whether it ends, as answers to compare with the command that gave each.
pub(crate) async fn of(server: &SharedBackend, key: &[u8]) -> Vec<(&'static str, Answer)> {
    let kind = ask(server, Command::new("TYPE").arg(key)).await;
    let (name, content) = match &kind {
        Answer::Reply(Reply::Status(kind)) => match kind.as_str() {
            "string" => ("GET", Command::new("GET").arg(key)),
            "hash" => ("HGETALL", Command::new("HGETALL").arg(key)),
            "set" => ("SMEMBERS", Command::new("SMEMBERS").arg(key)),
            "list" => ("LRANGE", Command::new("LRANGE").arg(key).arg("0").arg("-1")),
            "zset" => (
                "ZRANGE",
                Command::new("ZRANGE")
                    .arg(key)
                    .arg("0")
                    .arg("-1")
                    .arg("WITHSCORES"),
            ),
            "none" => ("EXISTS", Command::new("EXISTS").arg(key)),
            other => panic!("a type that no command here makes: {other}"),
        },
        other => panic!("TYPE answered {other}"),
    };
    let content = ask(server, content).await;
    let end = ask(server, Command::new("PTTL").arg(key)).await;
    vec![("TYPE", kind), (name, content), ("PTTL", end)]
}

async fn ask(server: &SharedBackend, command: Command) -> Answer {
    Answer::of(server.run(&command, &call()).await)
}

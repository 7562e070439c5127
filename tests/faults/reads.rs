//! Reads of many callers, which go to the server together.

use std::future::Future;
use std::pin::Pin;

use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Command, Push, Reply};
use larder_runtime::clock::Clock;
use larder_runtime::error::{ErrorKind, Result};

use crate::rig::{Ears, bulk, call, connect, endpoint, patiently, polled_once, set, settings};
use crate::support::server::RedisServer;

/// So many go by themselves.
const ALONE: usize = 48;
/// One more than these and a group of 32.
const CALLERS: usize = ALONE + 33;

/// What the cache asks for, of which others may be a part.
async fn read(backend: &RedisBackend, keys: &[String]) -> Result<Reply> {
    let name = match keys.len() {
        1 => "GET",
        _ => "MGET",
    };
    let command = Command::new(name).args(keys).with_others();
    backend.run(&command, &call()).await
}

/// Every second caller reads one key, the others two.
fn keys_of(caller: usize) -> Vec<String> {
    let all = [format!("key:{caller}"), format!("other:{caller}")];
    all[..=caller % 2].to_vec()
}

fn answer_to(caller: usize) -> Reply {
    let value = bulk(&format!("value {caller}"));
    match caller % 2 {
        0 => value,
        _ => Reply::Array(vec![value, Reply::Nil]),
    }
}

async fn fill(backend: &RedisBackend) {
    for caller in 0..CALLERS {
        let (key, value) = (format!("key:{caller}"), format!("value {caller}"));
        set(backend, &key, &value).await.unwrap();
    }
}

/// A server that has what callers ask for, and a connection to it.
async fn filled() -> (RedisServer, RedisBackend) {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    fill(&backend).await;
    (server, backend)
}

type Reading<'test> = Pin<Box<dyn Future<Output = Result<Reply>> + Send + 'test>>;

/// A read that was begun.
async fn begun(backend: &RedisBackend, keys: Vec<String>) -> Reading<'_> {
    let mut reading: Reading<'_> = Box::pin(async move { read(backend, &keys).await });
    assert!(polled_once(&mut reading).await.is_none());
    reading
}

/// What these reads of all callers are answered, who ask at the same time.
async fn all_read(
    backend: &RedisBackend,
    keys: impl Fn(usize) -> Vec<String>,
) -> Vec<Result<Reply>> {
    let mut reads = Vec::new();
    for caller in 0..CALLERS {
        reads.push(begun(backend, keys(caller)).await);
    }
    all(reads).await
}

async fn all(reads: Vec<Reading<'_>>) -> Vec<Result<Reply>> {
    let mut answers = Vec::new();
    for reading in reads {
        answers.push(patiently(reading).await);
    }
    answers
}

fn assert_each_has_his_own(answers: Vec<Result<Reply>>) {
    for (caller, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), answer_to(caller), "caller {caller}");
    }
}

/// How often the server was asked for one key and for several.
fn counts(server: &RedisServer) -> (u64, u64) {
    let stats = server.commandstats();
    let of = |name| stats.get(name).copied().unwrap_or_default();
    (of("get"), of("mget"))
}

#[tokio::test]
async fn those_who_come_together_are_answered_together_and_each_by_his_own() {
    let (server, backend) = filled().await;
    server.reset_stats();
    assert_each_has_his_own(all_read(&backend, keys_of).await);
    // Half of those who go by themselves ask for one key, the others for two; then a full group,
    // and who is left.
    let half = ALONE as u64 / 2;
    assert_eq!(counts(&server), (half, half + 2));
}

/// Groups of a few would cost more than they save.
#[tokio::test]
async fn a_few_go_each_by_himself() {
    let (server, backend) = filled().await;
    server.reset_stats();
    let mut reads = Vec::new();
    for caller in 0..ALONE {
        reads.push(begun(&backend, vec![format!("key:{caller}")]).await);
    }
    for (caller, answer) in all(reads).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), bulk(&format!("value {caller}")));
    }
    assert_eq!(counts(&server), (ALONE as u64, 0));
}

#[tokio::test]
async fn who_comes_alone_goes_alone() {
    let (server, backend) = filled().await;
    server.reset_stats();
    for caller in 0..8 {
        let answer = patiently(read(&backend, &[format!("key:{caller}")])).await;
        assert_eq!(answer.unwrap(), bulk(&format!("value {caller}")));
    }
    assert_eq!(counts(&server), (8, 0));
}

#[tokio::test]
async fn a_key_without_a_string_hides_nothing_from_the_others() {
    let (server, backend) = filled().await;
    // In the midst of a group, and asking for it alone.
    let caller = ALONE + 10;
    let key = format!("key:{caller}");
    server.command(&["DEL", &key]);
    server.command(&["RPUSH", &key, "an item"]);
    let mut answers = all_read(&backend, keys_of).await;
    assert_eq!(answers[caller].as_ref().unwrap(), &Reply::Nil);
    answers[caller] = Ok(answer_to(caller));
    assert_each_has_his_own(answers);

    let by_itself = patiently(read(&backend, &[key])).await;
    assert_eq!(by_itself.unwrap_err().kind(), ErrorKind::WrongType);
}

#[tokio::test]
async fn a_server_that_gives_one_key_at_a_time_is_asked_for_one_at_a_time() {
    let rules = "+@all -mget ~*";
    let server = RedisServer::builder()
        .acl_user_with("reader", "secret", rules)
        .start();
    let url = format!("redis://reader:secret@{}", server.address());
    let backend = connect(&url).await;
    fill(&backend).await;
    let one = |caller: usize| vec![format!("key:{caller}")];
    for _ in 0..2 {
        server.reset_stats();
        for (caller, answer) in all_read(&backend, one).await.into_iter().enumerate() {
            assert_eq!(answer.unwrap(), bulk(&format!("value {caller}")));
        }
        // What is refused is not counted as a call.
        assert_eq!(counts(&server), (CALLERS as u64, 0));
    }
    let refused = |line: &str| line.starts_with("cmdstat_mget") && line.contains("rejected_calls=");
    let stats = server.command(&["INFO", "commandstats"]);
    assert!(
        !stats.lines().any(refused),
        "the second time nobody asks for many: {stats}"
    );
}

#[tokio::test]
async fn who_goes_away_leaves_the_others_theirs() {
    let (_server, backend) = filled().await;
    let mut reads = Vec::new();
    for caller in 0..CALLERS {
        reads.push(begun(&backend, keys_of(caller)).await);
    }
    // The first of the group is who has it carried.
    let gone = [3, ALONE, ALONE + 7];
    for caller in gone.into_iter().rev() {
        drop(reads.remove(caller));
    }
    let left = (0..CALLERS).filter(|caller| !gone.contains(caller));
    for (caller, answer) in left.zip(all(reads).await) {
        assert_eq!(answer.unwrap(), answer_to(caller));
    }
}

#[tokio::test]
async fn a_lost_connection_is_told_to_all_of_them() {
    let mut server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    server.pause();
    let mut reads = Vec::new();
    for caller in 0..CALLERS {
        reads.push(begun(&backend, keys_of(caller)).await);
    }
    server.kill();
    for answer in all(reads).await {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unreachable);
    }
    ears.wait_for(&Push::Disconnected).await;
}

/// Whoever carries a group is a task of the runtime of whoever came first.
#[tokio::test]
async fn a_runtime_that_ends_takes_nobody_of_another_with_it() {
    let server = RedisServer::start();
    let (endpoint, clock) = (endpoint(&server.url()), Clock::machine());
    let backend = RedisBackend::connect(&endpoint, &settings(), &clock).await;
    let backend = backend.unwrap();
    fill(&backend).await;
    let mut reads = Vec::new();
    for caller in 0..ALONE {
        reads.push(begun(&backend, keys_of(caller)).await);
    }
    reads.push(std::thread::scope(|scope| {
        let another = || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.build().unwrap();
            runtime.block_on(begun(&backend, keys_of(ALONE)))
        };
        scope.spawn(another).join().unwrap()
    }));
    for caller in ALONE + 1..ALONE + 7 {
        reads.push(begun(&backend, keys_of(caller)).await);
    }
    for (caller, answer) in all(reads).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), answer_to(caller));
    }
}

/// It is alive, but nobody drives it.
#[tokio::test]
async fn a_runtime_that_stands_still_holds_up_nobody_of_another() {
    let (_server, backend) = filled().await;
    let mut reads = Vec::new();
    for caller in 0..ALONE {
        reads.push(begun(&backend, keys_of(caller)).await);
    }
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    let theirs = {
        let _within = runtime.enter();
        begun(&backend, keys_of(ALONE)).await
    };
    for caller in ALONE + 1..ALONE + 7 {
        reads.push(begun(&backend, keys_of(caller)).await);
    }
    let ours = (0..ALONE).chain(ALONE + 1..ALONE + 7);
    for (caller, answer) in ours.zip(all(reads).await) {
        assert_eq!(answer.unwrap(), answer_to(caller));
    }
    // Who has come with him now asks by himself.
    runtime.shutdown_background();
    assert_eq!(patiently(theirs).await.unwrap(), answer_to(ALONE));
}

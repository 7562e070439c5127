//! A server that is full: it refuses whatever takes more memory, says so in the same way however it
//! was asked, and goes on with the rest.

use larder::{Error, ErrorKind, Larder, MemoryServer, Result, Store, Ttl};

use crate::fleet::Fleet;
use crate::support::server::RedisServer;
use crate::{numbers, word, words};

#[tokio::test(start_paused = true)]
async fn the_embedded_server_says_so() {
    let server = MemoryServer::builder().max_memory(10_000).build();
    let larder = Fleet::Memory(server).node().await;
    before(&larder).await.unwrap();
    let ballast = larder.store::<String>("ballast").durable().unwrap();
    ballast.set("all", &"x".repeat(20_000)).await.unwrap();
    refuses_what_takes_memory(&larder).await;
    let words = words(&larder);
    let mut reading = words.pipeline().atomic();
    reading.add(words.get("k"));
    let refused = reading.run().await.unwrap_err();
    assert_eq!(refused.code(), Some("OOM"), "as Redis 7.0 does");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_says_so() {
    let server = RedisServer::start();
    let fleet = Fleet::Redis(Box::new(server));
    let larder = fleet.node().await;
    before(&larder).await.unwrap();
    let Fleet::Redis(server) = &fleet else {
        panic!("it is one of Redis");
    };
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    refuses_what_takes_memory(&larder).await;
}

/// What is there while there is room. A server makes room of what has an end.
async fn before(larder: &Larder) -> Result<()> {
    let (words, numbers) = (durable(&words(larder)), durable(&numbers(larder)));
    words.set("k", &word("old")).await?;
    numbers.rpush("list", 0..4).await?;
    numbers.incr("n", 7).await?;
    Ok(())
}

fn durable<T>(store: &Store<T>) -> Store<T> {
    store.with_ttl(Ttl::NEVER)
}

async fn refuses_what_takes_memory(larder: &Larder) {
    for store in [words(larder), durable(&words(larder))] {
        for error in refusals(&store).await {
            assert_eq!(error.kind(), ErrorKind::Server, "{error}");
            assert_eq!(error.code(), Some("OOM"), "{error}");
            assert!(error.is_temporary(), "{error}");
        }
    }
    let (words, numbers) = (durable(&words(larder)), durable(&numbers(larder)));
    assert_eq!(words.get("k").await.unwrap(), Some(word("old")));
    assert_eq!(numbers.get("n").await.unwrap(), Some(7));
    assert_eq!(numbers.lpop("list").await.unwrap(), Some(0));
    numbers.ltrim("list", 1, 1).await.unwrap();
    assert!(words.expire("k", crate::MINUTE).await.unwrap());
    assert!(words.persist("k").await.unwrap());
    assert!(words.delete("k").await.unwrap());
    assert_eq!(words.clear().await.unwrap(), 0, "nothing else was made");
    assert_eq!(numbers.lrange("list", 0, -1).await.unwrap(), [2]);
}

/// The errors of all that takes memory, alone and with others.
async fn refusals(words: &Store<String>) -> Vec<Error> {
    let (old, new) = (word("old"), word("new"));
    let mut pipeline = words.pipeline();
    let found = pipeline.add(words.get("k"));
    let pushed = pipeline.add(words.rpush("l", [&new]));
    let set = pipeline.add(words.set("k", &new));
    let mut answers = pipeline.run().await.unwrap();
    assert_eq!(answers.take(found).unwrap(), Some(old.clone()));
    let mut transaction = words.pipeline().atomic();
    transaction.add(words.delete("k"));
    transaction.add(words.set("l", &new));
    // What is kept until `EXEC` takes memory, too. Redis 8 and Valkey 9 keep it all the same.
    let mut removal = words.pipeline().atomic();
    removal.add(words.get("k"));
    removal.add(words.delete("nothing"));
    let removed = removal.run().await.err();
    let errors = [
        answers.take(pushed).err(),
        answers.take(set).err(),
        transaction.run().await.err(),
        words.set("k", &new).await.err(),
        words.set_many([("k", &new), ("l", &new)]).await.err(),
        words.get_and_set("k", &new).await.err(),
        words.compare_and_set("k", Some(&old), &new).await.err(),
        words.update("k", |word| word.push('!')).await.err(),
        words.set_fenced("k", &new, 7).await.err(),
        words.incr("m", 1).await.err(),
        words.decr("m", 1).await.err(),
        words.lpush("l", [&new]).await.err(),
        words.rpush("l", (0..5_000).map(|_| &new)).await.err(),
        words.hset("h", "f", &new).await.err(),
        words.hincr("h", "f", 1).await.err(),
        words.sadd("s", [&new]).await.err(),
        words.zadd("z", [(&new, 1.0)]).await.err(),
    ];
    let errors = errors
        .into_iter()
        .map(|error| error.expect("there is no room"));
    errors.chain(removed).collect()
}

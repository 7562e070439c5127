//! Operations by chance, on both servers: they answer alike, whatever was done before.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use fastrand::Rng;
use larder::{Answers, Larder, Operation, Result, Store, StorePipeline, Ttl};

use crate::fleet::Fleet;
use crate::{HOUR, MINUTE, numbers};

/// How long a sequence is, and how many there are.
const STEPS: usize = 150;
const SEQUENCES: u64 = 40;

/// Numbers of all kinds, of which some meet again and some go beyond 64 bits when they are added.
const NUMBERS: [i64; 9] = [0, 1, 1, 2, 3, -1, 1 << 53, i64::MAX, i64::MIN];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_servers_answer_alike() {
    let (memory, redis) = (Fleet::memory(), Fleet::redis());
    let (memory, redis) = (memory.node().await, redis.node().await);
    for seed in 0..SEQUENCES {
        let before = (clear(&memory).await, clear(&redis).await);
        assert_eq!(before.0, before.1, "before seed {seed}");
        let (mut one, mut other) = (Rng::with_seed(seed), Rng::with_seed(seed));
        for step in 0..STEPS {
            let answers = (
                do_any(&memory, &mut one).await,
                do_any(&redis, &mut other).await,
            );
            assert_eq!(answers.0, answers.1, "seed {seed}, step {step}");
        }
    }
}

async fn clear(larder: &Larder) -> u64 {
    numbers(larder).clear().await.unwrap()
}

/// Does something, and says what came of it.
async fn do_any(larder: &Larder, random: &mut Rng) -> Vec<String> {
    let store = numbers(larder).with_ttl(any(random, &[Ttl::after(HOUR), Ttl::NEVER]));
    match random.u8(..8) {
        0 => in_a_pipeline(&store, store.pipeline(), random).await,
        1 => in_a_pipeline(&store, store.pipeline().atomic(), random).await,
        2 => vec![said(compare(&store, random).await)],
        3 => {
            let by = any(random, &NUMBERS);
            let change = |number: &mut i64| *number = number.wrapping_add(by);
            vec![said(store.update(key(random), change).await)]
        }
        _ => {
            let mut alone = store.pipeline();
            vec![add_any(&store, random, &mut alone).alone.await]
        }
    }
}

async fn in_a_pipeline(
    store: &Store<i64>,
    mut pipeline: StorePipeline,
    random: &mut Rng,
) -> Vec<String> {
    let mut asked = Vec::new();
    for _ in 0..random.usize(1..6) {
        asked.push(add_any(store, random, &mut pipeline).in_pipeline);
    }
    // An atomic one with a score that is none is not sent.
    let mut answers = match pipeline.run().await {
        Ok(answers) => answers,
        Err(error) => return vec![said::<()>(Err(error))],
    };
    asked.into_iter().map(|asked| asked(&mut answers)).collect()
}

async fn compare(store: &Store<i64>, random: &mut Rng) -> Result<bool> {
    let (expected, new) = (any(random, &NUMBERS), any(random, &NUMBERS));
    let expected = random.bool().then_some(&expected);
    store.compare_and_set(key(random), expected, &new).await
}

/// One operation, made twice: to be awaited, and in a pipeline.
struct Asked {
    alone: Pin<Box<dyn Future<Output = String>>>,
    in_pipeline: Box<dyn FnOnce(&mut Answers) -> String>,
}

fn asked<R: Debug + 'static>(
    pipeline: &mut StorePipeline,
    operation: impl Fn() -> Operation<R>,
    shown: fn(R) -> String,
) -> Asked {
    let (alone, queued) = (operation(), pipeline.add(operation()));
    Asked {
        alone: Box::pin(async move { said(alone.await.map(shown)) }),
        in_pipeline: Box::new(move |answers| said(answers.take(queued).map(shown))),
    }
}

/// The words of errors are the servers' own; what they are about is not.
fn said<R: Debug>(answer: Result<R>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("{:?} during {}", error.kind(), error.operation()),
    }
}

fn add_any(store: &Store<i64>, random: &mut Rng, to: &mut StorePipeline) -> Asked {
    fn shown<R: Debug>(answer: R) -> String {
        format!("{answer:?}")
    }
    let (key, number, many) = (key(random), any(random, &NUMBERS), some(random));
    let (first, last) = (any(random, &NUMBERS), any(random, &NUMBERS));
    let field = any(random, &["f", "g", ""]);
    let scores = [
        0.0,
        -0.0,
        1.5,
        -1.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let members: Vec<_> = many
        .iter()
        .map(|one| (*one, any(random, &scores)))
        .collect();
    let fields: Vec<_> = many.iter().map(|one| (one.to_string(), *one)).collect();
    match random.u8(..34) {
        0 => asked(to, || store.get(key), shown),
        1 | 2 => asked(to, || store.set(key, &number), shown),
        3 => asked(to, || store.get_and_set(key, &number), shown),
        4 | 5 => asked(to, || store.delete(key), shown),
        6 => asked(to, || store.exists(key), shown),
        7 => asked(to, || store.expire(key, MINUTE), shown),
        8 => asked(to, || store.persist(key), shown),
        9 => asked(
            to,
            || store.ttl(key),
            |ttl| {
                let left = ttl.map(|ttl| ttl.duration().map(|left| left > MINUTE));
                format!("{left:?}")
            },
        ),
        10 | 11 => asked(to, || store.incr(key, number), shown),
        12 => asked(to, || store.decr(key, number), shown),
        13 => asked(to, || store.lpush(key, &many), shown),
        14 => asked(to, || store.rpush(key, &many), shown),
        15 => asked(to, || store.lpop(key), shown),
        16 => asked(to, || store.rpop(key), shown),
        17 => asked(to, || store.lrange(key, first, last), shown),
        18 => asked(to, || store.ltrim(key, first, last), shown),
        19 => asked(to, || store.llen(key), shown),
        20 => asked(to, || store.hset_many(key, fields.clone()), shown),
        21 => asked(to, || store.hget(key, field), shown),
        22 => asked(to, || store.hget_many(key, ["0", field, "1", "f"]), shown),
        23 => asked(
            to,
            || store.hgetall(key),
            |all| shown(all.into_iter().collect::<BTreeMap<_, _>>()),
        ),
        24 => asked(to, || store.hdel(key, ["1", field, "1"]), shown),
        25 => asked(to, || store.hincr(key, field, number), shown),
        26 => asked(to, || store.sadd(key, &many), shown),
        27 => asked(to, || store.srem(key, &many), shown),
        28 => asked(to, || store.sismember(key, &number), shown),
        29 => asked(
            to,
            || store.smembers(key),
            |mut all| {
                all.sort_unstable();
                shown(all)
            },
        ),
        30 => asked(to, || store.zadd(key, members.clone()), shown),
        31 => asked(to, || store.zrem(key, &many), shown),
        32 => asked(to, || store.zscore(key, &number), shown),
        _ => asked(to, || store.zrange(key, first, last), shown),
    }
}

fn any<T: Clone>(random: &mut Rng, all: &[T]) -> T {
    random.choice(all).expect("there are some").clone()
}

fn key(random: &mut Rng) -> &'static str {
    any(random, &["a", "b", "c", "d", "e"])
}

fn some(random: &mut Rng) -> Vec<i64> {
    (0..random.usize(..4))
        .map(|_| any(random, &NUMBERS))
        .collect()
}

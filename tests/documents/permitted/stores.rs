//! Every operation of a typed store.

use std::time::Duration;

use larder::{Result, Store, Ttl};

use super::Permitted;

impl Permitted {
    pub(super) async fn use_stores(&self) {
        let words = self.here.store::<String>("words");
        let ending = words.ttl(Duration::from_hours(1)).unwrap();
        values(&ending).await.unwrap();
        collections(&ending).await.unwrap();
        collections(&ending.with_ttl(Ttl::NEVER)).await.unwrap();
        pipelines(&ending).await.unwrap();
        pipelines(&ending.with_ttl(Ttl::NEVER)).await.unwrap();
        assert!(ending.clear().await.unwrap() > 0);
    }
}

async fn values(words: &Store<String>) -> Result<()> {
    let a = "a".to_owned();
    words.set("k", &a).await?;
    words.set_many([("k", &a), ("l", &a)]).await?;
    words.get("k").await?;
    words.get_many(["k", "l"]).await?;
    words.get_and_set("k", &a).await?;
    words.compare_and_set("k", Some(&a), &a).await?;
    words.update("k", |word| word.push('!')).await?;
    words.set_fenced("k", &a, 7).await?;
    words.exists("k").await?;
    words.expire("k", Duration::from_mins(1)).await?;
    words.ttl("k").await?;
    words.persist("k").await?;
    words.delete("k").await?;
    words.incr("n", 1).await?;
    words.decr("n", 1).await?;
    Ok(())
}

async fn collections(words: &Store<String>) -> Result<()> {
    let a = "a".to_owned();
    words.lpush("list", [&a]).await?;
    words.rpush("list", [&a, &a]).await?;
    words.llen("list").await?;
    words.lrange("list", 0, -1).await?;
    words.lpop("list").await?;
    words.rpop("list").await?;
    words.ltrim("list", 0, 0).await?;
    words.hset("hash", "f", &a).await?;
    words.hset_many("hash", [("f", &a), ("g", &a)]).await?;
    words.hget("hash", "f").await?;
    words.hget_many("hash", ["f", "g"]).await?;
    words.hgetall("hash").await?;
    words.hdel("hash", ["f"]).await?;
    words.hincr("hash", "n", 1).await?;
    words.sadd("set", [&a]).await?;
    words.sismember("set", &a).await?;
    words.smembers("set").await?;
    words.scard("set").await?;
    words.srem("set", [&a]).await?;
    words.zadd("sorted", [(&a, 1.0)]).await?;
    words.zscore("sorted", &a).await?;
    words.zrange("sorted", 0, -1).await?;
    words.zrem("sorted", [&a]).await?;
    for key in ["list", "hash"] {
        words.delete(key).await?;
    }
    Ok(())
}

async fn pipelines(words: &Store<String>) -> Result<()> {
    let a = "a".to_owned();
    for mut pipeline in [words.pipeline(), words.pipeline().atomic()] {
        pipeline.add(words.set("k", &a));
        pipeline.add(words.incr("n", 1));
        pipeline.add(words.rpush("list", [&a]));
        pipeline.add(words.hset("hash", "f", &a));
        pipeline.add(words.zadd("sorted", [(&a, 1.0)]));
        pipeline.add(words.get("k"));
        pipeline.run().await?.check()?;
    }
    Ok(())
}

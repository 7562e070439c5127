//! What a server says unasked: messages, and that a key which was read has changed. Both say the
//! same, in the same order.

use larder_runtime::backend::{
    Atomicity, Backend, Command, Listener, Pipeline, Push, Reply, Script, SharedBackend,
};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::servers::{self, call, in_time};
use super::support::server::RedisServer;
use super::support::unique;

/// One server: a connection that reads and listens, and one that writes.
struct Scene {
    reader: SharedBackend,
    writer: SharedBackend,
    heard: UnboundedReceiver<Push>,
    prefix: String,
}

impl Scene {
    /// The same scene on a real server and on an embedded one, with the same keys.
    async fn both() -> [Self; 2] {
        let prefix = unique("scene");
        let server = servers::embedded();
        let embedded = [servers::link(&server), servers::link(&server)];
        [
            Self::set([servers::redis().await, servers::redis().await], &prefix),
            Self::set(embedded, &prefix),
        ]
    }

    fn set([reader, writer]: [SharedBackend; 2], prefix: &str) -> Self {
        let (sender, heard) = unbounded_channel();
        reader.listen(Listener::new(move |push| {
            let _ = sender.send(push.clone());
        }));
        Self {
            reader,
            writer,
            heard,
            prefix: prefix.to_owned(),
        }
    }

    /// The command with every word that begins with `@` made a name of this scene.
    fn command(&self, line: &'static str) -> Command {
        let mut words = line.split(' ');
        let name = words.next().unwrap();
        Command::new(name).args(words.map(|word| self.word(word)))
    }

    fn word(&self, word: &str) -> String {
        match word.strip_prefix('@') {
            Some(name) => format!("{}:{name}", self.prefix),
            None => word.to_owned(),
        }
    }

    /// The reader runs this.
    async fn read(&self, line: &'static str) -> Reply {
        self.reader.run(&self.command(line), &call()).await.unwrap()
    }

    /// Somebody else runs this.
    async fn write(&self, line: &'static str) -> Reply {
        self.writer.run(&self.command(line), &call()).await.unwrap()
    }

    /// The reader runs this and asks to be told when what it read changes.
    async fn track(&self, line: &'static str) {
        let pipeline = Pipeline::new(Atomicity::Independent)
            .then(self.command("CLIENT CACHING YES"))
            .then(self.command(line));
        let replies = self.reader.pipeline(&pipeline, &call()).await.unwrap();
        for reply in replies {
            reply.checked("track").unwrap();
        }
    }

    /// Everything heard until now, as words of this scene. A message and a change of its own say
    /// where to stop, so that silence is proven without waiting for it: messages come on a
    /// connection of their own.
    async fn pushes(&mut self) -> Vec<String> {
        self.read("SUBSCRIBE @fence").await;
        self.write("PUBLISH @fence end").await;
        self.track("GET @fence").await;
        self.write("SET @fence end").await;
        let fence = self.word("@fence").into_bytes();
        let mut pushes = Vec::new();
        let mut fences = 0;
        while fences < 2 {
            match self.next().await {
                Push::Message { channel, .. } if channel == fence => fences += 1,
                Push::Invalidated(keys) if keys == [fence.as_slice()] => fences += 1,
                Push::Message { channel, payload } => {
                    pushes.push(format!(
                        "{} on {}",
                        self.shown(&payload),
                        self.shown(&channel)
                    ));
                }
                // How many keys one push names is the server's affair, their order is not.
                Push::Invalidated(keys) => pushes.extend(keys.iter().map(|key| self.shown(key))),
                Push::InvalidatedAll => pushes.push("everything".to_owned()),
                // What a connection says of itself is not the server's push.
                Push::Connected | Push::Unsubscribed => {}
                other => pushes.push(format!("{other:?}")),
            }
        }
        pushes
    }

    /// The value of the only setting in this answer.
    fn shown_setting(&self, answer: Reply) -> String {
        let Reply::Map(mut pairs) = answer else {
            panic!("no settings: {answer:?}")
        };
        let (_, value) = pairs.pop().expect("a setting");
        self.shown(&value.into_bytes("CONFIG").unwrap().unwrap())
    }

    /// The next push, whatever it is.
    async fn next(&mut self) -> Push {
        in_time(self.heard.recv())
            .await
            .expect("a listening connection")
    }

    fn shown(&self, bytes: &[u8]) -> String {
        let text = bytes.escape_ascii().to_string();
        text.replace(&format!("{}:", self.prefix), "@")
    }
}

#[tokio::test]
async fn messages_arrive_in_order() {
    for mut scene in Scene::both().await {
        assert_eq!(scene.write("PUBLISH @news nobody").await, Reply::Int(0));
        scene.read("SUBSCRIBE @news").await;
        scene.read("SUBSCRIBE @sport").await;
        assert_eq!(scene.write("PUBLISH @news one").await, Reply::Int(1));
        scene.write("PUBLISH @sport two").await;
        scene.write("PUBLISH @other three").await;
        // One's own messages are heard too.
        scene.read("PUBLISH @news four").await;
        let heard = scene.pushes().await;
        assert_eq!(heard, ["one on @news", "two on @sport", "four on @news"]);

        scene.read("UNSUBSCRIBE @news").await;
        assert_eq!(scene.write("PUBLISH @news five").await, Reply::Int(0));
        scene.write("PUBLISH @sport six").await;
        assert_eq!(scene.pushes().await, ["six on @sport"]);
    }
}

#[tokio::test]
async fn a_script_publishes() {
    let script = Script::new("return redis.call('PUBLISH', KEYS[1], ARGV[1])");
    for mut scene in Scene::both().await {
        scene.read("SUBSCRIBE @news").await;
        let news = scene.word("@news");
        let reply = scene
            .writer
            .script(&script.on(&[&news]).arg("hello"), &call())
            .await;
        assert_eq!(reply.unwrap(), Reply::Int(1));
        assert_eq!(scene.pushes().await, ["hello on @news"]);
    }
}

#[tokio::test]
async fn a_change_of_what_was_read_is_told_once() {
    for mut scene in Scene::both().await {
        scene.write("SET @a 1").await;
        scene.track("GET @a").await;
        scene.write("SET @a 2").await;
        scene.write("SET @a 3").await;
        assert_eq!(scene.pushes().await, ["@a"]);
        // Read again, told again.
        scene.track("GET @a").await;
        scene.write("DEL @a").await;
        assert_eq!(scene.pushes().await, ["@a"]);
        // What is not there can come to be.
        scene.track("GET @a").await;
        scene.write("SET @a 4").await;
        assert_eq!(scene.pushes().await, ["@a"]);
    }
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_told() {
    for mut scene in Scene::both().await {
        scene.write("MSET @a 1 @b 2").await;
        scene.read("GET @a").await;
        scene.track("GET @b").await;
        // The wish is good for one command.
        scene.read("GET @c").await;
        scene.write("MSET @a 2 @c 3").await;
        assert!(scene.pushes().await.is_empty());
        scene.write("SET @b 3").await;
        assert_eq!(scene.pushes().await, ["@b"]);
        // A command that changes nothing tells nothing.
        scene.track("MGET @a @missing").await;
        scene.write("DEL @missing").await;
        scene.write("SETNX @a 9").await;
        scene.write("PERSIST @a").await;
        assert!(scene.pushes().await.is_empty());
    }
}

#[tokio::test]
async fn every_kind_of_change_is_told() {
    let changes: [(&'static str, &'static str, &'static str); 16] = [
        ("SET @k 1", "GET @k", "SET @k 1"),
        ("SET @k 1", "GET @k", "APPEND @k 2"),
        ("SET @k 1", "GET @k", "INCR @k"),
        ("SET @k 1", "GET @k", "EXPIRE @k 100"),
        ("SET @k 1 EX 100", "GET @k", "PERSIST @k"),
        ("SET @k 1", "GET @k", "PEXPIRE @k -1"),
        ("SET @k 1", "GET @k", "GETDEL @k"),
        ("SET @k 1", "GET @k", "UNLINK @k"),
        ("SET @k 1", "EXISTS @k", "RENAME @k @other"),
        ("SET @other 1", "TYPE @k", "RENAME @other @k"),
        ("HSET @k f v", "HGETALL @k", "HSET @k g w"),
        ("HSET @k f v", "HGET @k f", "HDEL @k f"),
        ("RPUSH @k a", "LRANGE @k 0 -1", "LPOP @k"),
        ("SADD @k a", "SMEMBERS @k", "SREM @k a"),
        ("ZADD @k 1 a", "ZRANGE @k 0 -1", "ZADD @k 2 a"),
        ("SET @k 1", "PTTL @k", "SET @k 1 PX 100000"),
    ];
    for (before, read, change) in changes {
        for mut scene in Scene::both().await {
            scene.write(before).await;
            scene.track(read).await;
            scene.write(change).await;
            assert_eq!(scene.pushes().await, ["@k"], "{before}; {read}; {change}");
        }
    }
}

#[tokio::test]
async fn an_end_is_told_without_anybody_asking_for_the_key() {
    for mut scene in Scene::both().await {
        scene.write("SET @a 1 PX 50").await;
        scene.track("GET @a").await;
        let push = loop {
            match scene.next().await {
                Push::Connected => {}
                push => break push,
            }
        };
        let key = scene.word("@a").into_bytes();
        assert_eq!(push, Push::Invalidated(vec![key]));
    }
}

#[tokio::test]
async fn ones_own_writes_are_told_too() {
    for mut scene in Scene::both().await {
        scene.track("GET @a").await;
        scene.read("SET @a 1").await;
        assert_eq!(scene.pushes().await, ["@a"]);
    }
}

#[tokio::test]
async fn reads_of_a_transaction_and_of_a_script_are_tracked() {
    let script = Script::new("return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}");
    for mut scene in Scene::both().await {
        scene.track("MGET @a @b").await;
        scene.write("MSET @b 1 @a 1").await;
        assert_eq!(scene.pushes().await, ["@b", "@a"]);

        // The wish stands before the call of the script, in one round trip.
        scene
            .reader
            .run(
                &Command::new("SCRIPT").arg("LOAD").arg(script.text()),
                &call(),
            )
            .await
            .unwrap();
        let keys = [scene.word("@a"), scene.word("@b")];
        let pipeline = Pipeline::new(Atomicity::Independent)
            .then(scene.command("CLIENT CACHING YES"))
            .then(script.on(&keys).command().clone());
        scene.reader.pipeline(&pipeline, &call()).await.unwrap();
        scene.write("SET @a 2").await;
        scene.write("SET @b 2").await;
        assert_eq!(scene.pushes().await, ["@a", "@b"]);
    }
}

#[tokio::test]
async fn a_script_that_writes_is_told_of() {
    let script = Script::new("redis.call('SET', KEYS[1], 1) redis.call('SET', KEYS[2], 1)");
    for mut scene in Scene::both().await {
        scene.track("MGET @a @b @c").await;
        let keys = [scene.word("@b"), scene.word("@a")];
        scene
            .writer
            .script(&script.on(&keys), &call())
            .await
            .unwrap();
        assert_eq!(scene.pushes().await, ["@b", "@a"]);
    }
}

#[tokio::test]
async fn a_flush_is_told_as_a_change_of_everything() {
    let prefix = unique("scene");
    let (real, embedded) = (RedisServer::start(), servers::embedded());
    let real = [servers::connect(&real).await, servers::connect(&real).await];
    let embedded = [servers::link(&embedded), servers::link(&embedded)];
    for ends in [real, embedded] {
        let mut scene = Scene::set(ends, &prefix);
        scene.track("GET @a").await;
        scene.write("FLUSHALL").await;
        assert_eq!(scene.pushes().await, ["everything"]);
    }
}

#[tokio::test]
async fn a_key_that_ends_is_told_of_as_the_setting_says() {
    let prefix = unique("scene");
    // Servers of their own: the setting is the whole server's.
    let (real, embedded) = (RedisServer::start(), servers::embedded());
    let real = [servers::connect(&real).await, servers::connect(&real).await];
    let embedded = [servers::link(&embedded), servers::link(&embedded)];
    for ends in [real, embedded] {
        let mut scene = Scene::set(ends, &prefix);
        for channel in ["__keyevent@0__:expired", "__keyspace@0__:@a"] {
            let channel = channel.replace("@a", &scene.word("@a"));
            let subscribe = Command::new("SUBSCRIBE").arg(channel);
            scene.reader.run(&subscribe, &call()).await.unwrap();
        }
        let on_event = "@a on __keyevent@0__:expired";
        let on_key = "expired on __keyspace@0__:@a";
        for (flags, told) in [
            ("", &[] as &[&str]),
            ("Ex", &[on_event]),
            ("Kx", &[on_key]),
            ("KEx", &[on_key, on_event]),
            ("E", &[]),
        ] {
            let set = Command::new("CONFIG").arg("SET");
            let set = set.arg("notify-keyspace-events").arg(flags);
            scene.writer.run(&set, &call()).await.unwrap();
            let get = scene.write("CONFIG GET notify-keyspace-*").await;
            let shown = scene.shown_setting(get);
            assert_eq!(shown.len(), flags.len(), "{flags}: {shown}");
            scene.write("SET @a 1 PX 1").await;
            while scene.write("EXISTS @a").await == Reply::Int(1) {
                tokio::task::yield_now().await;
            }
            assert_eq!(scene.pushes().await, told, "{flags}");
        }
    }
}

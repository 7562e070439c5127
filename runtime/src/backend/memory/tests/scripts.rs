//! Scripts, by the rules of Redis.

use super::*;
use crate::backend::Script;

async fn eval(link: &MemoryBackend, script: &str, words: &[&str]) -> Result<Reply> {
    let words: Vec<&str> = [script].into_iter().chain(words.iter().copied()).collect();
    link.run(&command("EVAL", &words), &call()).await
}

#[tokio::test]
async fn lua_values_become_replies() {
    let link = server().connect();
    for (script, reply) in [
        ("return 3.99", Reply::Int(3)),
        ("return -3.99", Reply::Int(-3)),
        ("return 'x'", bulk("x")),
        ("return true", Reply::Int(1)),
        ("return false", Reply::Nil),
        ("return nil", Reply::Nil),
        ("return redis.log(redis.LOG_WARNING, 'x')", Reply::Nil),
        ("return {ok='fine'}", Reply::Status("fine".into())),
        ("return {double=1.5}", Reply::Double(1.5)),
        (
            "return {1, 'a', {2}, nil, 5}",
            Reply::Array(vec![
                Reply::Int(1),
                bulk("a"),
                Reply::Array(vec![Reply::Int(2)]),
            ]),
        ),
        ("return {KEYS[1], ARGV[1], #KEYS, #ARGV}", {
            Reply::Array(vec![bulk("k"), bulk("a"), Reply::Int(1), Reply::Int(2)])
        }),
    ] {
        assert_eq!(
            eval(&link, script, &["1", "k", "a", "b"]).await.unwrap(),
            reply,
            "{script}"
        );
    }
}

#[tokio::test]
async fn replies_become_lua_values_of_the_older_protocol() {
    let link = server().connect();
    run(&link, "HSET h f v").await;
    run(&link, "ZADD z 1.5 m").await;
    for (script, reply) in [
        ("return redis.call('HGETALL', 'h')", bulks(&["f", "v"])),
        ("return redis.call('ZSCORE', 'z', 'm')", bulk("1.5")),
        (
            "return redis.call('ZRANGE', 'z', 0, -1, 'WITHSCORES')",
            bulks(&["m", "1.5"]),
        ),
        ("return type(redis.call('GET', 'none'))", bulk("boolean")),
        ("return redis.call('SET', 'k', 'v').ok", bulk("OK")),
        ("return redis.call('INCR', 'n') + 1", Reply::Int(2)),
        (
            "redis.call('SET', 'float', 0.1) return redis.call('GET', 'float')",
            { bulk("0.10000000000000001") },
        ),
        (
            "redis.call('SET', 'whole', 3.0) return redis.call('GET', 'whole')",
            bulk("3"),
        ),
    ] {
        assert_eq!(
            eval(&link, script, &["0"]).await.unwrap(),
            reply,
            "{script}"
        );
    }
}

#[tokio::test]
async fn errors_name_the_script_and_the_line() {
    let link = server().connect();
    run(&link, "SET k v").await;
    let failure = |error: Result<Reply>| error.unwrap_err().message().to_owned();
    let script = "\nreturn redis.call('LPUSH', 'k', 'a')";
    let sha = sha1_smol::Sha1::from(script).digest().to_string();
    assert_eq!(
        failure(eval(&link, script, &["0"]).await),
        format!(
            "WRONGTYPE Operation against a key holding the wrong kind of value script: {sha}, on @user_script:2."
        )
    );
    let caught = "return redis.pcall('LPUSH', 'k', 'a').err";
    assert!(matches!(
        eval(&link, caught, &["0"]).await.unwrap(),
        Reply::Bulk(text) if text.starts_with(b"WRONGTYPE ")
    ));
    for (script, text) in [
        ("error('boom')", "ERR user_script:1: boom script: "),
        (
            "return foo",
            "ERR user_script:1: Script attempted to access nonexistent global variable 'foo' script: ",
        ),
        (
            "foo = 1",
            "ERR user_script:1: Attempt to modify a readonly table script: ",
        ),
        (
            "redis.call('NOSUCH')",
            "ERR Unknown Redis command called from script script: ",
        ),
        (
            "redis.call('GET')",
            "ERR Wrong number of args calling Redis command from script script: ",
        ),
        (
            "redis.call('SUBSCRIBE', 'c')",
            "ERR This Redis command is not allowed from script script: ",
        ),
        (
            "return 1 +",
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'",
        ),
        ("return redis.error_reply('MY own')", "MY own"),
        ("return {err='MY own'}", "MY own"),
    ] {
        let found = failure(eval(&link, script, &["0"]).await);
        assert!(found.starts_with(text), "{script}: {found}");
    }
}

#[tokio::test]
async fn a_failed_script_keeps_what_it_wrote() {
    let link = server().connect();
    eval(&link, "redis.call('SET', 'k', 'v') error('boom')", &["0"])
        .await
        .unwrap_err();
    assert_eq!(run(&link, "GET k").await, bulk("v"));
}

#[tokio::test]
async fn a_script_is_taught_and_taught_again() {
    let link = server().connect();
    let script = Script::new("return ARGV[1]");
    let sha: &'static str = Box::leak(script.sha1().to_owned().into_boxed_str());
    let error = link
        .run(&command("EVALSHA", &[sha, "0"]), &call())
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "NOSCRIPT No matching script. Please use EVAL."
    );
    let invocation = script.on::<&str>(&[]).arg("x");
    assert_eq!(link.script(&invocation, &call()).await.unwrap(), bulk("x"));
    run(&link, "SCRIPT FLUSH").await;
    assert_eq!(link.script(&invocation, &call()).await.unwrap(), bulk("x"));
    let known = link
        .run(&command("SCRIPT", &["EXISTS", sha, "ff"]), &call())
        .await
        .unwrap();
    assert_eq!(known, Reply::Array(vec![Reply::Int(1), Reply::Int(0)]));
}

#[tokio::test]
async fn time_stands_still_in_a_script_and_nowhere_else() {
    let link = MemoryServer::new().connect();
    let script =
        "local a = redis.call('TIME') for i = 1, 200000 do end local b = redis.call('TIME')
        return a[1] == b[1] and a[2] == b[2]";
    assert_eq!(eval(&link, script, &["0"]).await.unwrap(), Reply::Int(1));
}

#[tokio::test]
async fn a_script_without_end_is_ended() {
    let link = server().connect();
    for script in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function forever() return forever() end return forever()",
    ] {
        let started = std::thread::spawn({
            let link = link.clone();
            let script = script.to_owned();
            move || futures_util::FutureExt::now_or_never(eval(&link, &script, &["0"]))
        });
        let error = started.join().unwrap().unwrap().unwrap_err();
        assert!(error.message().contains("instructions"), "{error}");
        assert_eq!(run(&link, "PING").await, Reply::Status("PONG".into()));
        assert_eq!(
            eval(&link, "return 1", &["0"]).await.unwrap(),
            Reply::Int(1)
        );
    }
}

#[tokio::test]
async fn a_script_cannot_change_the_next_ones_world() {
    let link = server().connect();
    for script in [
        "string.rep = nil",
        "redis.call = nil",
        "getmetatable('').__index = nil",
        "setmetatable(_G, {})",
        "setmetatable(string, {})",
        "math.floor = nil",
        "KEYS = nil",
    ] {
        assert!(eval(&link, script, &["0"]).await.is_err(), "{script}");
    }
    let script = "return ('ab'):rep(2) .. math.floor(1.5) .. type(redis.call) .. #KEYS";
    assert_eq!(
        eval(&link, script, &["0"]).await.unwrap(),
        bulk("abab1function0")
    );
    for name in [
        "io", "os", "require", "dofile", "loadfile", "package", "debug", "print",
    ] {
        let script = format!("return {name}");
        assert!(eval(&link, &script, &["0"]).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_read_only_script_cannot_write() {
    let link = server().connect();
    let read = command("EVAL_RO", &["return redis.call('GET', 'k')", "0"]);
    assert_eq!(link.run(&read, &call()).await.unwrap(), Reply::Nil);
    let write = command("EVAL_RO", &["return redis.call('SET', 'k', 'v')", "0"]);
    let error = link.run(&write, &call()).await.unwrap_err();
    assert!(
        error
            .message()
            .starts_with("ERR Write commands are not allowed from read-only scripts.")
    );
}

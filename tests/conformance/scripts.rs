//! Scripts: what they answer, what they see, and what is left when they fail.

use super::pair::{Difference, Pair, agree_on_scripts, agree_on_scripts_as_in_the_model};
use super::support::server::RedisServer;
use super::table;

#[tokio::test]
async fn values_of_lua_become_replies() {
    agree_on_scripts(&[
        "return 1",
        "return -1",
        "return 1.9",
        "return -1.9",
        "return 2^53",
        "return 'text'",
        "return ''",
        "return '\\0\\255\\r\\n'",
        "return true",
        "return false",
        "return nil",
        "return",
        "",
        "return {}",
        "return {1, 2, 3}",
        "return {1, nil, 3}",
        "return {1, 'two', 3.7, true, false, {4, {5}}}",
        "return {ok = 'FINE'}",
        "return {a = 1, b = 2}",
        "return {1, 2, a = 3}",
        "return redis.status_reply('FINE')",
        "return {redis.status_reply('FINE'), 1}",
        "return {{ok = 'FINE'}}",
        "return 1, 2",
        "return KEYS",
        "return ARGV",
        "return {#KEYS, #ARGV}",
        "return tostring(1/3)",
        "return tostring(3.0)",
        "return tostring(1e15) .. ' ' .. tostring(1e14) .. ' ' .. tostring(2^53)",
        "return 10 / 4 * 2",
        "return string.format('%d %s %5.2f %x %q', 3, 'a', 2.5, 255, 'q')",
        "return #'häuser'",
        "return redis.sha1hex('')",
        "return redis.sha1hex('text')",
        "return tonumber('0x10') + tonumber('  7  ')",
        "return tonumber('x')",
        "return {math.floor(-2.5), math.max(1, 5, 3), 7 % 3, -7 % 3}",
        "local t = {3, 1, 2} table.sort(t) return table.concat(t, ',')",
        "return {string.find('hello', 'l+')}",
        "return string.gsub('hello', 'l', 'L')",
        "return {unpack({1, 2, 3}, 2)}",
        "return select('#', 1, nil, nil)",
        "local t = {} for k in pairs({a = 1, b = 2, c = 3}) do t[#t + 1] = k end table.sort(t) return t",
        "local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end return now() <= now()",
        "local n = 0 for i = 1, 1000 do n = n + i end return n",
        "return {pcall(function() return 1 end)}",
    ])
    .await;
}

#[tokio::test]
async fn replies_become_values_of_lua() {
    agree_on_scripts(&[
        "return type(redis.call('GET', KEYS[1]))",
        "return redis.call('GET', KEYS[1]) == false",
        "local r = redis.call('SET', KEYS[1], 'v') return {type(r), r.ok, r.ok == 'OK'}",
        "return redis.call('SET', KEYS[1], 'v')",
        "redis.call('SET', KEYS[1], 'v') return {type(redis.call('GET', KEYS[1])), redis.call('GET', KEYS[1])}",
        "return type(redis.call('INCR', KEYS[1]))",
        "redis.call('RPUSH', KEYS[1], 1, 2) return redis.call('LRANGE', KEYS[1], 0, -1)",
        "return type(redis.call('LRANGE', KEYS[1], 0, -1))",
        "return {#redis.call('MGET', KEYS[1], KEYS[2]), redis.call('MGET', KEYS[1], KEYS[2])[1] == false}",
        "redis.call('HSET', KEYS[1], 'f', 'v') return redis.call('HGETALL', KEYS[1])",
        "redis.call('SADD', KEYS[1], 'm') return redis.call('SMEMBERS', KEYS[1])",
        "redis.call('ZADD', KEYS[1], 2.5, 'm') return {redis.call('ZSCORE', KEYS[1], 'm'), type(redis.call('ZSCORE', KEYS[1], 'm'))}",
        "redis.call('ZADD', KEYS[1], 2.5, 'm') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
        "return redis.call('ZADD', KEYS[1], 'INCR', 2.5, 'm')",
        "return redis.call('ZSCORE', KEYS[1], 'm')",
        "redis.call('ZADD', KEYS[1], 2.5, 'm') return redis.call('ZPOPMIN', KEYS[1])",
        "return redis.call('LPOP', KEYS[1], 2)",
        "return redis.call('PTTL', KEYS[1])",
        "redis.call('SET', KEYS[1], 'v', 'PX', 100000) local t = redis.call('PTTL', KEYS[1]) return t > 90000 and t <= 100000",
        "return redis.call('SET', KEYS[1], 'v', 'NX', 'GET')",
        "return redis.call('PING')",
        "return redis.call('ECHO', 'x')",
        "return #redis.call('TIME')",
        "return type(redis.call('TIME')[1])",
        "return redis.call('sEt', KEYS[1], 'x')",
    ])
    .await;
}

/// With 17 digits; servers from 7.2 on write as few as say the same.
#[tokio::test]
async fn fractions_become_words_of_so_many_digits() {
    agree_on_scripts_as_in_the_model(&[
        "redis.call('SET', KEYS[1], 0.1) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 1/3) return redis.call('GET', KEYS[1])",
    ])
    .await;
}

#[tokio::test]
async fn arguments_become_words() {
    agree_on_scripts(&[
        "redis.call('SET', KEYS[1], 3) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 3.0) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 3.5) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], -0.25) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 1e15) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 2^53) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 1e100) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 'a\\0b') return redis.call('STRLEN', KEYS[1])",
        "return redis.call('SET', KEYS[1], true)",
        "return redis.call('SET', KEYS[1], nil)",
        "return redis.call('SET', KEYS[1], {})",
        "return redis.call(1)",
        "return redis.call()",
        "return redis.pcall()",
        "return redis.call('')",
    ])
    .await;
}

#[tokio::test]
async fn errors_reach_the_caller_in_the_same_words() {
    agree_on_scripts(&[
        "return redis.error_reply('MYCODE of mine')",
        "return redis.error_reply('-MYCODE of mine')",
        "return redis.error_reply('single')",
        "return {err = 'MYCODE of mine'}",
        "return {err = 'single'}",
        "return {1, {err = 'MYCODE inside'}}",
        "redis.call('SET', KEYS[1], 'v') return redis.call('LPUSH', KEYS[1], 1)",
        "redis.call('SET', KEYS[1], 'v') return redis.pcall('LPUSH', KEYS[1], 1)",
        "redis.call('SET', KEYS[1], 'v') local r = redis.pcall('LPUSH', KEYS[1], 1) return {type(r), r.err}",
        "redis.call('SET', KEYS[1], 'v') local ok, e = pcall(redis.call, 'LPUSH', KEYS[1], 1) return {tostring(ok), type(e), e.err}",
        "redis.call('SET', KEYS[1], 'v') local ok, e = pcall(redis.call, 'LPUSH', KEYS[1], 1) error(e)",
        "redis.call('SET', KEYS[1], 'kept') redis.call('INCR', KEYS[1]) redis.call('SET', KEYS[1], 'never')",
        "return redis.call('NOSUCHCOMMAND', 1)",
        "return redis.pcall('NOSUCHCOMMAND', 1)",
        "return redis.call('GET')",
        "return redis.pcall('GET', 1, 2)",
        "return redis.call('SUBSCRIBE', 'c')",
        "return redis.call('EVAL', 'return 1', 0)",
        "error('broken')",
        "error('broken', 0)",
        "error({err = 'MYCODE thrown'})",
        "error()",
        "local x = nil return x.field",
        "return 1 + {}",
        "return 'a' < 1",
        "return undefined_name",
        "undefined_name = 1",
        "return nil .. 'x'",
        "assert(false, 'asserted')",
        "assert(false)",
        "return syntax error here",
        "return 'unfinished",
        "return redis.nosuch('x')",
        "return os.execute('true')",
        "return io.open('/etc/passwd')",
        "return require('x')",
        "return loadfile('x')",
        "return dofile('x')",
        "return print('x')",
        "redis.call = nil",
        "string.len = nil",
        "return redis.status_reply(1)",
        "return redis.error_reply()",
        "return tostring(nil) .. type(print)",
    ])
    .await;
}

#[tokio::test]
async fn scripts_are_known_by_their_digest() {
    let server = RedisServer::start();
    let mut pair = Pair::alone(&server).await;
    let lines = table::read(
        r#"
        ! EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
        SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
        SCRIPT LOAD "return 1"
        SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db ffffffffffffffffffffffffffffffffffffffff
        EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
        EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0
        SCRIPT FLUSH
        SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
        ! EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
        EVAL "return 1" 0
        EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
        EVAL_RO "return redis.call('GET', KEYS[1])" 1 @a
        ! EVAL_RO "return redis.call('SET', KEYS[1], 1)" 1 @a
        EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
        SCRIPT FLUSH ASYNC
        SCRIPT FLUSH SYNC
        EVAL "return {KEYS[1], ARGV[1], ARGV[2]}" 1 @a x y
        ! EVALSHA short 0
        ! EVAL "return 1"
        ! EVAL "return 1" x
        ! EVAL "return 1" -1
        ! EVAL "return 1" 1
        ! EVAL "not lua" 0
        ! SCRIPT LOAD "not lua"
        ! SCRIPT NOSUCH
        ! SCRIPT
        ! SCRIPT FLUSH NEVER
        ! SCRIPT EXISTS
        "#,
    );
    if let Err(Difference(message)) = pair.play(&lines).await {
        panic!("{message}");
    }
}

#[tokio::test]
async fn a_script_that_was_forgotten_is_taught_again() {
    use larder_runtime::backend::{Backend, Command, Reply, Script};

    use super::servers::call;

    let server = RedisServer::start();
    let pair = Pair::alone(&server).await;
    let script = Script::new("return 'taught'");
    for backend in [&pair.redis, &pair.memory] {
        for _ in 0..2 {
            let reply = backend
                .script(&script.on::<&str>(&[]), &call())
                .await
                .unwrap();
            assert_eq!(reply, Reply::Bulk(b"taught".to_vec()));
            let flush = Command::new("SCRIPT").arg("FLUSH");
            backend.run(&flush, &call()).await.unwrap();
        }
    }
}

//! The table of commands: what each is called, takes, needs and does. Whatever runs a command finds
//! it here.

use super::super::refusal::{Outcome, unknown_command, wrong_arity};
use super::spec::{Action, Arity, Handler, Keys, Known, Needs, ScriptCommand, Spec};
use Arity::{AtLeast, Exactly};
use Keys::{All, EverySecond, First, FirstTwo};
use Needs::{Nothing, Read, Write, WriteAndMemory};

use super::super::database::Access;
use super::{connection, hash, key, list, scan, server, set, sorted_set, sorted_set_range, string};

/// The command that these words call, if there is one and the words are as many as it takes.
pub(in super::super) fn find(words: &[&[u8]]) -> Outcome<Known> {
    let name = words.first().copied().unwrap_or_default();
    let known = find_name(name).ok_or_else(|| unknown_command(name))?;
    let found = words.len() - 1;
    let is_enough = match known.spec.arity {
        Exactly(wanted) => found == wanted,
        AtLeast(least) => found >= least,
    };
    if is_enough {
        Ok(known)
    } else {
        Err(wrong_arity(&known.spec.name.to_ascii_lowercase()))
    }
}

/// The command of this name, in whatever case.
pub(in super::super) fn find_name(name: &[u8]) -> Option<Known> {
    let upper = || name.iter().map(u8::to_ascii_uppercase);
    let number = COMMANDS
        .binary_search_by(|spec| spec.name.bytes().cmp(upper()))
        .ok()?;
    Some(Known {
        spec: COMMANDS.get(number)?,
        number,
    })
}

const fn keyspace(
    name: &'static str,
    arity: Arity,
    needs: Needs,
    keys: Keys,
    handler: Handler,
) -> Spec {
    Spec {
        name,
        arity,
        needs,
        keys,
        action: Action::Keyspace(handler),
    }
}

const fn connection(name: &'static str, arity: Arity, handler: Handler) -> Spec {
    Spec {
        name,
        arity,
        needs: Nothing,
        keys: Keys::None,
        action: Action::Connection(handler),
    }
}

const fn script(name: &'static str, arity: Arity, command: ScriptCommand) -> Spec {
    Spec {
        name,
        arity,
        needs: Nothing,
        keys: Keys::None,
        action: Action::Script(command),
    }
}

/// Every command, in the order of the names.
pub(in super::super) const COMMANDS: &[Spec] = &[
    keyspace("APPEND", Exactly(2), WriteAndMemory, First, string::append),
    connection("CLIENT", AtLeast(1), connection::client),
    connection("CONFIG", AtLeast(1), server::config),
    keyspace("DBSIZE", Exactly(0), Read, Keys::None, server::dbsize),
    keyspace("DECR", Exactly(1), WriteAndMemory, First, string::decr),
    keyspace("DECRBY", Exactly(2), WriteAndMemory, First, string::decrby),
    keyspace("DEL", AtLeast(1), Write, All, key::del),
    keyspace("ECHO", Exactly(1), Nothing, Keys::None, connection::echo),
    script(
        "EVAL",
        AtLeast(2),
        ScriptCommand::Eval(Access::ReadAndWrite),
    ),
    script(
        "EVALSHA",
        AtLeast(2),
        ScriptCommand::EvalSha(Access::ReadAndWrite),
    ),
    script(
        "EVALSHA_RO",
        AtLeast(2),
        ScriptCommand::EvalSha(Access::ReadOnly),
    ),
    script("EVAL_RO", AtLeast(2), ScriptCommand::Eval(Access::ReadOnly)),
    keyspace("EXISTS", AtLeast(1), Read, All, key::exists),
    keyspace("EXPIRE", AtLeast(2), Write, First, key::expire),
    keyspace("EXPIREAT", AtLeast(2), Write, First, key::expireat),
    keyspace("EXPIRETIME", Exactly(1), Read, First, key::expiretime),
    keyspace("FLUSHALL", AtLeast(0), Write, Keys::None, server::flush),
    keyspace("FLUSHDB", AtLeast(0), Write, Keys::None, server::flush),
    keyspace("GET", Exactly(1), Read, First, string::get),
    keyspace("GETDEL", Exactly(1), Write, First, string::getdel),
    keyspace("GETEX", AtLeast(1), Write, First, string::getex),
    keyspace("GETRANGE", Exactly(3), Read, First, string::getrange),
    keyspace("GETSET", Exactly(2), WriteAndMemory, First, string::getset),
    keyspace("HDEL", AtLeast(2), Write, First, hash::hdel),
    keyspace("HEXISTS", Exactly(2), Read, First, hash::hexists),
    keyspace("HGET", Exactly(2), Read, First, hash::hget),
    keyspace("HGETALL", Exactly(1), Read, First, hash::hgetall),
    keyspace("HINCRBY", Exactly(3), WriteAndMemory, First, hash::hincrby),
    keyspace(
        "HINCRBYFLOAT",
        Exactly(3),
        WriteAndMemory,
        First,
        hash::hincrbyfloat,
    ),
    keyspace("HKEYS", Exactly(1), Read, First, hash::hkeys),
    keyspace("HLEN", Exactly(1), Read, First, hash::hlen),
    keyspace("HMGET", AtLeast(2), Read, First, hash::hmget),
    keyspace("HSCAN", AtLeast(2), Read, First, scan::hscan),
    keyspace("HSET", AtLeast(3), WriteAndMemory, First, hash::hset),
    keyspace("HSETNX", Exactly(3), WriteAndMemory, First, hash::hsetnx),
    keyspace("HSTRLEN", Exactly(2), Read, First, hash::hstrlen),
    keyspace("HVALS", Exactly(1), Read, First, hash::hvals),
    keyspace("INCR", Exactly(1), WriteAndMemory, First, string::incr),
    keyspace("INCRBY", Exactly(2), WriteAndMemory, First, string::incrby),
    keyspace(
        "INCRBYFLOAT",
        Exactly(2),
        WriteAndMemory,
        First,
        string::incrbyfloat,
    ),
    keyspace("INFO", AtLeast(0), Nothing, Keys::None, server::info),
    keyspace("LINDEX", Exactly(2), Read, First, list::lindex),
    keyspace("LLEN", Exactly(1), Read, First, list::llen),
    keyspace("LMOVE", Exactly(4), WriteAndMemory, FirstTwo, list::lmove),
    keyspace("LPOP", AtLeast(1), Write, First, list::lpop),
    keyspace("LPUSH", AtLeast(2), WriteAndMemory, First, list::lpush),
    keyspace("LPUSHX", AtLeast(2), WriteAndMemory, First, list::lpushx),
    keyspace("LRANGE", Exactly(3), Read, First, list::lrange),
    keyspace("LREM", Exactly(3), Write, First, list::lrem),
    keyspace("LSET", Exactly(3), WriteAndMemory, First, list::lset),
    keyspace("LTRIM", Exactly(3), Write, First, list::ltrim),
    keyspace("MGET", AtLeast(1), Read, All, string::mget),
    keyspace(
        "MSET",
        AtLeast(2),
        WriteAndMemory,
        EverySecond,
        string::mset,
    ),
    keyspace(
        "MSETNX",
        AtLeast(2),
        WriteAndMemory,
        EverySecond,
        string::msetnx,
    ),
    keyspace("PERSIST", Exactly(1), Write, First, key::persist),
    keyspace("PEXPIRE", AtLeast(2), Write, First, key::pexpire),
    keyspace("PEXPIREAT", AtLeast(2), Write, First, key::pexpireat),
    keyspace("PEXPIRETIME", Exactly(1), Read, First, key::pexpiretime),
    keyspace("PING", AtLeast(0), Nothing, Keys::None, connection::ping),
    keyspace("PSETEX", Exactly(3), WriteAndMemory, First, string::psetex),
    keyspace("PTTL", Exactly(1), Read, First, key::pttl),
    keyspace(
        "PUBLISH",
        Exactly(2),
        Nothing,
        Keys::None,
        connection::publish,
    ),
    keyspace("RENAME", Exactly(2), Write, FirstTwo, key::rename),
    keyspace("RPOP", AtLeast(1), Write, First, list::rpop),
    keyspace("RPUSH", AtLeast(2), WriteAndMemory, First, list::rpush),
    keyspace("RPUSHX", AtLeast(2), WriteAndMemory, First, list::rpushx),
    keyspace("SADD", AtLeast(2), WriteAndMemory, First, set::sadd),
    keyspace("SCAN", AtLeast(1), Read, Keys::None, scan::scan),
    keyspace("SCARD", Exactly(1), Read, First, set::scard),
    script("SCRIPT", AtLeast(1), ScriptCommand::Manage),
    keyspace("SDIFF", AtLeast(1), Read, All, set::sdiff),
    keyspace(
        "SELECT",
        Exactly(1),
        Nothing,
        Keys::None,
        connection::select,
    ),
    keyspace("SET", AtLeast(2), WriteAndMemory, First, string::set),
    keyspace("SETEX", Exactly(3), WriteAndMemory, First, string::setex),
    keyspace("SETNX", Exactly(2), WriteAndMemory, First, string::setnx),
    keyspace(
        "SETRANGE",
        Exactly(3),
        WriteAndMemory,
        First,
        string::setrange,
    ),
    keyspace("SINTER", AtLeast(1), Read, All, set::sinter),
    keyspace("SISMEMBER", Exactly(2), Read, First, set::sismember),
    keyspace("SMEMBERS", Exactly(1), Read, First, set::smembers),
    keyspace("SMISMEMBER", AtLeast(2), Read, First, set::smismember),
    keyspace("SPOP", AtLeast(1), Write, First, set::spop),
    keyspace("SRANDMEMBER", AtLeast(1), Read, First, set::srandmember),
    keyspace("SREM", AtLeast(2), Write, First, set::srem),
    keyspace("SSCAN", AtLeast(2), Read, First, scan::sscan),
    keyspace("STRLEN", Exactly(1), Read, First, string::strlen),
    connection("SUBSCRIBE", AtLeast(1), connection::subscribe),
    keyspace("SUNION", AtLeast(1), Read, All, set::sunion),
    keyspace("TIME", Exactly(0), Nothing, Keys::None, server::time),
    keyspace("TOUCH", AtLeast(1), Read, All, key::touch),
    keyspace("TTL", Exactly(1), Read, First, key::ttl),
    keyspace("TYPE", Exactly(1), Read, First, key::type_of),
    keyspace("UNLINK", AtLeast(1), Write, All, key::del),
    connection("UNSUBSCRIBE", AtLeast(0), connection::unsubscribe),
    keyspace("ZADD", AtLeast(3), WriteAndMemory, First, sorted_set::zadd),
    keyspace("ZCARD", Exactly(1), Read, First, sorted_set::zcard),
    keyspace("ZCOUNT", Exactly(3), Read, First, sorted_set_range::zcount),
    keyspace(
        "ZINCRBY",
        Exactly(3),
        WriteAndMemory,
        First,
        sorted_set::zincrby,
    ),
    keyspace("ZMSCORE", AtLeast(2), Read, First, sorted_set::zmscore),
    keyspace(
        "ZPOPMAX",
        AtLeast(1),
        Write,
        First,
        sorted_set_range::zpopmax,
    ),
    keyspace(
        "ZPOPMIN",
        AtLeast(1),
        Write,
        First,
        sorted_set_range::zpopmin,
    ),
    keyspace("ZRANGE", AtLeast(3), Read, First, sorted_set_range::zrange),
    keyspace(
        "ZRANGEBYSCORE",
        AtLeast(3),
        Read,
        First,
        sorted_set_range::zrangebyscore,
    ),
    keyspace("ZRANK", Exactly(2), Read, First, sorted_set::zrank),
    keyspace("ZREM", AtLeast(2), Write, First, sorted_set::zrem),
    keyspace(
        "ZREMRANGEBYRANK",
        Exactly(3),
        Write,
        First,
        sorted_set_range::zremrangebyrank,
    ),
    keyspace(
        "ZREMRANGEBYSCORE",
        Exactly(3),
        Write,
        First,
        sorted_set_range::zremrangebyscore,
    ),
    keyspace(
        "ZREVRANGE",
        AtLeast(3),
        Read,
        First,
        sorted_set_range::zrevrange,
    ),
    keyspace(
        "ZREVRANGEBYSCORE",
        AtLeast(3),
        Read,
        First,
        sorted_set_range::zrevrangebyscore,
    ),
    keyspace("ZREVRANK", Exactly(2), Read, First, sorted_set::zrevrank),
    keyspace("ZSCAN", AtLeast(2), Read, First, scan::zscan),
    keyspace("ZSCORE", Exactly(2), Read, First, sorted_set::zscore),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(COMMANDS.is_sorted_by(|left, right| left.name < right.name));
    }

    #[test]
    fn names_are_found_in_any_case() {
        for spec in COMMANDS {
            let found = find_name(spec.name.to_ascii_lowercase().as_bytes()).unwrap();
            assert_eq!(found.spec.name, spec.name);
        }
        assert!(find_name(b"NOSUCH").is_none());
    }
}

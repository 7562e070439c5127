//! What is said on a new connection before anybody may use it.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, RedisError, Value, cmd};

use super::convert::server_error;
use super::failure;
use super::link::Tracking;
use crate::backend::ServerError;
use crate::config::{ConnectSettings, RedisEndpoint};
use crate::error::{Error, ErrorKind, Result};

/// The oldest server that has everything Larder asks for.
const OLDEST_MAJOR_VERSION: u32 = 7;

/// Chooses the database, says who we are, asks for tracking, and finds out whether this server will
/// do. The driver has spoken `HELLO 3` with the credentials already.
pub(super) async fn set_up(
    connection: &mut MultiplexedConnection,
    endpoint: &RedisEndpoint,
    settings: &ConnectSettings,
) -> Result<Tracking> {
    let mut pipeline = redis::Pipeline::new();
    pipeline.add_command(cmd("HELLO"));
    pipeline.add_command(cmd("PING"));
    pipeline.add_command(client(&["TRACKING", "ON", "OPTIN"]));
    // Not where there is nothing to choose: some proxies do not know the command.
    if endpoint.database != 0 {
        pipeline.add_command(select(endpoint.database));
    }
    // Servers before 7.2 do not know it, which is no reason to do without them.
    pipeline.add_command(client(&["SETINFO", "LIB-NAME", "larder"]));
    pipeline.add_command(client(&["SETINFO", "LIB-VER", env!("CARGO_PKG_VERSION")]));
    if let Some(name) = &settings.client_name {
        pipeline.add_command(client(&["SETNAME", name]));
    }

    let mut answers = connection
        .send_packed_commands(&pipeline, 0, pipeline.len())
        .await
        .map_err(ended)?
        .into_iter();
    let mut next = || answers.next().unwrap_or_default();
    suits(&next())?;
    is_ready(&next())?;
    let tracking = match next() {
        Value::Okay => Tracking::On,
        _ => Tracking::Refused,
    };
    if endpoint.database != 0 {
        has_database(endpoint.database, &next())?;
    }
    Ok(tracking)
}

/// What a failed `HELLO 3` means.
pub(super) fn greeting_failed(error: RedisError) -> Error {
    if error.kind() == redis::ErrorKind::RESP3NotSupported {
        return without_hello();
    }
    let error = match redis::ServerError::try_from(error) {
        Ok(answer) => server_error(&answer),
        Err(other) => return ended(other),
    };
    let cure = match error.code() {
        "NOAUTH" => Some("the server asks for a password: write `redis://:password@host`"),
        "WRONGPASS" => Some("check the user and the password in the URL"),
        "NOPROTO" => return too_old("without the third version of the protocol"),
        _ if is_unknown_command(&error) => return without_hello(),
        _ => None,
    };
    let error = error.during("connect");
    match cure {
        Some(cure) => error.with("cure", cure),
        None => error,
    }
}

/// Servers quote the command in one way or another, and write the words large or small.
fn is_unknown_command(error: &ServerError) -> bool {
    let text = error.text().to_ascii_lowercase();
    text.contains("unknown command")
}

fn client(words: &[&str]) -> Cmd {
    let mut command = cmd("CLIENT");
    command.arg(words);
    command
}

fn select(database: u32) -> Cmd {
    let mut command = cmd("SELECT");
    command.arg(database);
    command
}

/// Refuses servers that are too old, Sentinels, and replicas. A server that does not let this user
/// ask is taken as it is.
fn suits(hello: &Value) -> Result<()> {
    if let Some(version) = field(hello, "version") {
        let major = version.split('.').next().map(str::parse);
        if matches!(major, Some(Ok(major)) if u32::lt(&major, &OLDEST_MAJOR_VERSION)) {
            return Err(too_old(&version));
        }
    }
    if field(hello, "mode").as_deref() == Some("sentinel") {
        return Err(Error::new(
            ErrorKind::Configuration,
            "connect",
            "this is a Sentinel and not the server that it watches over: write the address of the master",
        ));
    }
    match field(hello, "role").as_deref() {
        Some("replica" | "slave") => Err(unreachable(
            "the server is a replica, which takes no writes: write the address of its master",
        )),
        _ => Ok(()),
    }
}

/// One field of the map that `HELLO` answers.
fn field(hello: &Value, name: &str) -> Option<String> {
    let Value::Map(fields) = hello else {
        return None;
    };
    fields
        .iter()
        .find_map(|(key, value)| (text(key)? == name).then(|| text(value)).flatten())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

/// Refuses a server that is still reading its data from disk. That a user may not `PING` says
/// nothing.
fn is_ready(pong: &Value) -> Result<()> {
    match error_in(pong) {
        Some(error) if matches!(error.code(), "LOADING" | "MASTERDOWN" | "BUSY") => Err(
            unreachable(&format!("the server is not ready yet: {error}")),
        ),
        _ => Ok(()),
    }
}

fn has_database(database: u32, selected: &Value) -> Result<()> {
    match error_in(selected) {
        None => Ok(()),
        Some(error) if error.code() == "ERR" => Err(Error::new(
            ErrorKind::Configuration,
            "connect",
            format!(
                "the server has no database {database}: {error}. Choose a lower one, or raise `databases` in its \
                 configuration"
            ),
        )),
        Some(error) => Err(error.during("connect")),
    }
}

fn error_in(value: &Value) -> Option<ServerError> {
    match value {
        Value::ServerError(error) => Some(server_error(error)),
        _ => None,
    }
}

fn ended(error: RedisError) -> Error {
    if failure::loss(&error) == Some(failure::Loss::Malformed) {
        return Error::new(
            ErrorKind::Protocol,
            "connect",
            "what answers at this address does not speak the Redis protocol: check host and port",
        );
    }
    unreachable(&format!(
        "the server ended the connection before it was set up ({error}). If it expects TLS, write `rediss://`"
    ))
    .caused_by(error)
}

fn too_old(version: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "connect",
        format!(
            "the server is too old ({version}): Larder needs Redis 7.0 or Valkey 7.2, or newer"
        ),
    )
}

/// In our own words: those of the server may repeat the password.
fn without_hello() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "connect",
        "the server does not know the command `HELLO`, without which nobody can log in: it is older than Redis 6.0, \
         or the command is renamed there. Larder needs Redis 7.0 or Valkey 7.2, or newer, with `HELLO`",
    )
}

fn unreachable(message: &str) -> Error {
    Error::new(ErrorKind::Unreachable, "connect", message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: &str, role: &str) -> Value {
        let pair = |name: &str, value: &str| {
            let bytes = |text: &str| Value::BulkString(text.as_bytes().to_vec());
            (bytes(name), bytes(value))
        };
        Value::Map(vec![pair("version", version), pair("role", role)])
    }

    #[test]
    fn servers_before_7_are_refused_by_their_version() {
        for version in ["7.0.15", "7.2.4", "8.0.1", "10.0", "unstable"] {
            suits(&hello(version, "master")).unwrap();
        }
        for version in ["6.2.14", "5.0.0"] {
            let error = suits(&hello(version, "master")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.message().contains(version), "{error}");
            assert!(error.message().contains("Redis 7.0"), "{error}");
        }
    }

    #[test]
    fn replicas_are_refused_for_now() {
        let error = suits(&hello("7.0.15", "replica")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.is_temporary());
    }

    #[test]
    fn a_sentinel_is_not_a_server() {
        let word = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let error = suits(&Value::Map(vec![(word("mode"), word("sentinel"))])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains("Sentinel"), "{error}");
    }

    #[test]
    fn a_server_that_does_not_say_what_it_is_is_taken() {
        suits(&Value::Nil).unwrap();
        suits(&Value::Map(Vec::new())).unwrap();
    }

    #[test]
    fn a_loading_server_is_not_ready_and_a_forbidden_ping_says_nothing() {
        let answered = |wire: &str| redis::parse_redis_value(wire.as_bytes()).unwrap();
        let error = is_ready(&answered(
            "-LOADING Redis is loading the dataset in memory\r\n",
        ));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Unreachable);
        is_ready(&answered(
            "-NOPERM no permissions to run the 'ping' command\r\n",
        ))
        .unwrap();
        is_ready(&answered("+PONG\r\n")).unwrap();
    }
}

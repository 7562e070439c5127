//! URLs: what users write for an [`Endpoint`].
//!
//! No error here repeats any part of the URL: with one forgotten `%` a password becomes the host,
//! the port, the path or a parameter, and it must not reach a log that way either.

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::{Host, ParseError, Url};

use super::{Address, Encryption, Endpoint, RedisEndpoint};
use crate::error::{Error, ErrorKind, Result};

const DEFAULT_PORT: u16 = 6379;

impl FromStr for Endpoint {
    type Err = Error;

    /// Reads one of:
    /// * `memory:`
    /// * `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS (`valkey://`,
    ///   `valkeys://` are the same)
    /// * `redis+unix:///path[?db=1][&user=…][&password=…]`
    ///
    /// The port is 6379 and the database 0 unless it says otherwise. User and password are
    /// percent-encoded, and so is an `@` in the path of a socket: a path that seems to hold
    /// credentials is refused.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        // Whoever parses URLs leaves these out, and reads another password than was written.
        if text.contains(char::is_control) {
            return Err(wrong(
                "the URL has a line break, a tab or another control character in it: in a password it must be written \
                 with `%`, as `%0A`",
            ));
        }
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        match scheme.to_ascii_lowercase().as_str() {
            "memory" => memory(rest),
            "redis" | "valkey" => network(text, Encryption::Plain).map(Self::Redis),
            "rediss" | "valkeys" => network(text, Encryption::Tls).map(Self::Redis),
            "redis+unix" => socket(text).map(Self::Redis),
            "redis+sentinel" => Err(not_yet("Redis Sentinel")),
            "redis+cluster" => Err(not_yet("Redis Cluster")),
            "" => Err(wrong(
                "the URL is empty: write `redis://localhost:6379` or `memory:`",
            )),
            _ => Err(wrong(
                "the URL must begin with `redis://`, `rediss://`, `redis+unix://` or `memory:`, as in \
                 `redis://localhost:6379`",
            )),
        }
    }
}

fn memory(rest: &str) -> Result<Endpoint> {
    match rest {
        "" | "//" => Ok(Endpoint::Memory),
        _ => Err(wrong("`memory:` takes nothing behind it: write `memory:`")),
    }
}

fn network(text: &str, encryption: Encryption) -> Result<RedisEndpoint> {
    let url = Url::parse(text).map_err(|error| malformed(error, "redis://localhost:6379/0"))?;
    refuse_fragment(&url)?;
    if url.query().is_some() {
        return Err(wrong(
            "`redis://` takes no parameters: the database stands in the path, as in `redis://localhost:6379/1`, and a \
             `?` in the password must be written `%3F`",
        ));
    }
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => {
            decoded(name, "the host")?.to_ascii_lowercase()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        _ => {
            return Err(wrong(
                "the URL names no host: write `redis://localhost:6379`",
            ));
        }
    };
    let port = url.port().unwrap_or(DEFAULT_PORT);
    if port == 0 {
        return Err(wrong("port 0 is no server's: leave it out for port 6379"));
    }
    let (user, password) = credentials(&url)?;
    Ok(RedisEndpoint {
        address: Address::Tcp {
            host,
            port,
            encryption,
        },
        database: database(url.path().trim_matches('/'))?,
        user,
        password,
    })
}

fn socket(text: &str) -> Result<RedisEndpoint> {
    const EXAMPLE: &str = "redis+unix:///run/redis.sock?db=1&user=shop&password=secret";
    let url = Url::parse(text).map_err(|error| malformed(error, EXAMPLE))?;
    refuse_fragment(&url)?;
    if url.has_host() && url.host_str().is_some_and(|host| !host.is_empty()) {
        return Err(wrong(format!(
            "the path of a socket begins with three slashes, and credentials are parameters: write `{EXAMPLE}`"
        )));
    }
    if seems_to_have_credentials(url.path()) {
        return Err(wrong(format!(
            "the path of the socket holds credentials: they are parameters behind a `?`, so write `{EXAMPLE}`; an `@` or a \
             `=` in a path must be written `%40` or `%3D`"
        )));
    }
    let path = decoded(url.path(), "the path")?;
    if !path.starts_with('/') || path.ends_with('/') {
        return Err(wrong(format!("the URL names no socket: write `{EXAMPLE}`")));
    }

    let mut endpoint = RedisEndpoint {
        address: Address::Unix {
            path: PathBuf::from(path),
        },
        database: 0,
        user: None,
        password: None,
    };
    let parameters = url.query().unwrap_or_default().split('&');
    for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
        // Not as forms are decoded: a `+` in a password is a plus.
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name {
            "db" => endpoint.database = database(value)?,
            "user" => endpoint.user = Some(decoded(value, "the user")?),
            "password" => endpoint.password = Some(decoded(value, "the password")?),
            _ => {
                return Err(wrong(
                    "`redis+unix://` takes the parameters `db`, `user` and `password` only; `&` and `%` in a password must \
                     be written `%26` and `%25`",
                ));
            }
        }
    }
    if endpoint.user.is_some() && endpoint.password.is_none() {
        return Err(wrong("the parameter `user` needs `password` beside it"));
    }
    Ok(endpoint)
}

/// Whether a mistake in the URL seems to have moved credentials into the path, which is shown.
fn seems_to_have_credentials(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["@", "user=", "password="]
        .iter()
        .any(|sign| path.contains(sign))
}

/// User and password of a network URL.
fn credentials(url: &Url) -> Result<(Option<String>, Option<String>)> {
    let user = match url.username() {
        "" => None,
        user => Some(decoded(user, "the user")?),
    };
    let password = match url.password() {
        None | Some("") => None,
        Some(password) => Some(decoded(password, "the password")?),
    };
    if user.is_some() && password.is_none() {
        return Err(wrong(
            "the URL has a user but no password: write `redis://user:password@host`, or `redis://:password@host` if \
             what stands before the `@` is the password",
        ));
    }
    Ok((user, password))
}

fn database(text: &str) -> Result<u32> {
    match text {
        "" => Ok(0),
        digits => number(digits).ok_or_else(|| {
            wrong(
                "the database must be a number, as in `redis://localhost:6379/1`; a `/` in the password must be written \
                 `%2F`",
            )
        }),
    }
}

/// A number without a sign.
fn number(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    is_plain.then(|| digits.parse().ok()).flatten()
}

fn decoded(part: &str, what: &str) -> Result<String> {
    percent_decode_str(part)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| wrong(format!("{what} in the URL is not UTF-8 once decoded")))
}

fn refuse_fragment(url: &Url) -> Result<()> {
    match url.fragment() {
        None => Ok(()),
        Some(_) => Err(wrong(
            "the URL has no place for a `#`: in a password it must be written `%23`",
        )),
    }
}

fn malformed(error: ParseError, example: &str) -> Error {
    wrong(format!(
        "the URL cannot be read ({error}): write it as `{example}`; in a password `/`, `?`, `#`, `@`, `:` and `%` must be \
         written `%2F`, `%3F`, `%23`, `%40`, `%3A` and `%25`"
    ))
}

fn not_yet(what: &str) -> Error {
    wrong(format!(
        "{what} is not supported by this version yet: write the address of one server, as in `redis://localhost:6379`"
    ))
}

fn wrong(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, "parse URL", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redis(text: &str) -> RedisEndpoint {
        match text.parse() {
            Ok(Endpoint::Redis(endpoint)) => endpoint,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn refused(text: &str) -> String {
        let error = text.parse::<Endpoint>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    }

    #[test]
    fn memory_is_memory() {
        for text in ["memory:", "memory://", " memory: "] {
            assert_eq!(text.parse::<Endpoint>().unwrap(), Endpoint::Memory);
        }
        assert!(refused("memory://shop").contains("write `memory:`"));
    }

    #[test]
    fn network_urls_say_host_port_database_and_credentials() {
        let plain = redis("redis://localhost");
        assert_eq!(plain.to_string(), "redis://localhost:6379/0");
        assert_eq!((plain.user, plain.password), (None, None));

        let full = redis("rediss://shop:s%2Fe%40c%25ret+@db.example.com:6380/3");
        assert_eq!(full.to_string(), "rediss://db.example.com:6380/3");
        assert_eq!(full.user.as_deref(), Some("shop"));
        assert_eq!(full.password.as_deref(), Some("s/e@c%ret+"));

        let password_only = redis("redis://:secret@10.0.0.1/");
        assert_eq!(password_only.to_string(), "redis://10.0.0.1:6379/0");
        assert_eq!(password_only.user, None);
        assert_eq!(password_only.password.as_deref(), Some("secret"));

        assert_eq!(
            redis("redis://[::1]:7000/2").to_string(),
            "redis://[::1]:7000/2"
        );
        assert_eq!(redis("valkey://a:1").to_string(), "redis://a:1/0");
        // Names of hosts are the same in any case, so that nobody takes one server for two.
        assert_eq!(redis("redis://DB.Example:1"), redis("redis://db.example:1"));
        assert_eq!(redis("VALKEYS://a:1").to_string(), "rediss://a:1/0");
    }

    #[test]
    fn socket_urls_take_parameters() {
        let plain = redis("redis+unix:///run/redis.sock");
        assert_eq!(plain.to_string(), "redis+unix:///run/redis.sock?db=0");

        let full = redis("redis+unix:///a%20b/r.sock?db=4&user=shop&password=a+b%26c");
        assert_eq!(
            full.address,
            Address::Unix {
                path: "/a b/r.sock".into()
            }
        );
        assert_eq!(full.database, 4);
        assert_eq!(full.user.as_deref(), Some("shop"));
        assert_eq!(full.password.as_deref(), Some("a+b&c"));

        let odd = redis("redis+unix:///a%40b/user%3D7.sock");
        assert_eq!(odd.to_string(), "redis+unix:///a@b/user=7.sock?db=0");
    }

    #[test]
    fn what_cannot_be_done_yet_says_so() {
        for text in [
            "redis+sentinel://h1:26379,h2:26379/mymaster/0",
            "redis+cluster://h1:7000,h2:7000",
        ] {
            assert!(refused(text).contains("not supported by this version yet"));
        }
    }

    #[test]
    fn every_mistake_says_what_to_write_instead() {
        let mistakes = [
            ("", "the URL is empty"),
            ("localhost:6379", "`redis://localhost:6379`"),
            ("http://localhost", "must begin with"),
            ("redis://", "names no host"),
            ("redis:///1", "names no host"),
            ("redis:localhost", "names no host"),
            ("redis://localhost:0", "port 0"),
            ("redis://localhost:port", "invalid port"),
            ("redis://localhost/one", "must be a number"),
            ("redis://localhost/-1", "must be a number"),
            ("redis://localhost/1/2", "must be a number"),
            ("redis://localhost?db=1", "takes no parameters"),
            ("redis://localhost#1", "`%23`"),
            ("redis://word@localhost", "`redis://:password@host`"),
            ("redis://:%FF@localhost", "not UTF-8"),
            ("redis://:wo\nrd@localhost", "line break"),
            ("redis+unix:///r.sock?password=wo\trd", "line break"),
            ("redis://localhost/+1", "must be a number"),
            ("redis+unix://run/redis.sock", "three slashes"),
            ("redis+unix://user:word@/run/redis.sock", "password=secret"),
            ("redis+unix:///", "names no socket"),
            ("redis+unix:///r.sock&password=word", "behind a `?`"),
            ("redis+unix:///:word@/run/r.sock", "`%40`"),
            (
                "redis+unix:///r.sock?database=1",
                "`db`, `user` and `password`",
            ),
            ("redis+unix:///r.sock?user=shop", "needs `password`"),
        ];
        for (text, part) in mistakes {
            let error = refused(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn no_secret_is_ever_shown() {
        let endpoint = redis("redis://h4ndle:hunter2@localhost/1");
        let socket = redis("redis+unix:///r.sock?user=h4ndle&password=hunter2");
        for shown in [
            format!("{endpoint} {endpoint:?} {endpoint:#?}"),
            format!("{socket} {socket:?} {socket:#?}"),
            format!("{:?}", Endpoint::Redis(endpoint)),
        ] {
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(!shown.contains("h4ndle"), "{shown}");
        }

        // A character that should have been encoded moves the password into another part of the
        // URL.
        for text in [
            "redis://u:hunter2/x@localhost",
            "redis://u:hunter2?x@localhost",
            "redis://u:hunter2#x@localhost",
            "redis://u:1/hunter2@localhost",
            "redis://u:1?hunter2@localhost",
            "redis://u:1#hunter2@localhost",
            "redis://hunter2@localhost",
            "redis://:hunter2@localhost/x",
            "redis://:hunter2@:1",
            "redis://:hunter2%FF@localhost",
            "hunter2:x@localhost",
            "hunter2",
            "memory:hunter2",
            "redis+unix://u:hunter2@/r.sock",
            "redis+unix:///r.sock?password=1&hunter2",
            "redis+unix:///r.sock?db=hunter2",
            "redis+unix://hunter2",
            "redis+unix:///nowhere/r.sock&password=hunter2",
            "redis+unix:///nowhere/r.sock&user=hunter2",
            "redis+unix:///:hunter2@/run/r.sock",
            "redis+sentinel://:hunter2@h/m",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
    }
}

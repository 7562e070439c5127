//! The server that the tests start: which one, and whether it is new enough.

use std::fmt;
use std::process::Command;

use crate::install;
use crate::step::{Failure, say};

/// Names another binary than the one in `PATH`.
pub(crate) const VARIABLE: &str = "REDIS_SERVER";

/// The names under which packages install a server.
const NAMES: [&str; 2] = ["redis-server", "valkey-server"];

/// What the runtime needs: `EVALSHA` with the errors, and the RESP3, of Redis 7.
const OLDEST: Version = Version(7, 0, 0);

/// A server that can be started.
#[derive(Debug)]
pub(crate) struct RedisServer {
    binary: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl RedisServer {
    /// The program to start.
    pub(crate) fn binary(&self) -> &str {
        &self.binary
    }
}

/// The server that `REDIS_SERVER` names, or the one in `PATH`, installing it if there is none.
pub(crate) fn find_or_install() -> Result<RedisServer, Failure> {
    if let Some(binary) = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty()) {
        say(&format!("{VARIABLE} names {binary}"));
        return match version_line(&binary) {
            Some(line) => accepted(binary, &line),
            None => Err(Failure::Step(format!(
                "{VARIABLE} names {binary}, which does not run; correct it, or unset it to use the system's redis-server"
            ))),
        };
    }
    if let Some(found) = in_path() {
        return found;
    }
    say("no redis-server is installed; the tests start it, so it is installed now");
    install::redis_server()?;
    in_path().unwrap_or_else(|| {
        Err(Failure::Step(format!(
            "the package was installed but there is no redis-server in PATH; {}",
            install::BY_HAND
        )))
    })
}

/// The first server in `PATH`, if there is one.
fn in_path() -> Option<Result<RedisServer, Failure>> {
    NAMES.iter().find_map(|name| {
        let line = version_line(name)?;
        Some(accepted((*name).to_owned(), &line))
    })
}

/// What the server says about itself, such as `Redis server v=7.0.15 sha=00000000:0 …`.
fn version_line(binary: &str) -> Option<String> {
    let output = Command::new(binary).arg("--version").output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn accepted(binary: String, line: &str) -> Result<RedisServer, Failure> {
    let Some(version) = Version::in_line(line) else {
        return Err(Failure::Step(format!(
            "{binary} does not look like a Redis server: `{binary} --version` says {line:?}"
        )));
    };
    if version < OLDEST {
        return Err(Failure::Step(format!(
            "{binary} is version {version}; Larder needs {OLDEST} or newer. Update the package, or let {VARIABLE} name \
             a newer binary (Valkey is welcome too)"
        )));
    }
    say(&format!("using {binary}, version {version}"));
    Ok(RedisServer { binary })
}

impl Version {
    fn in_line(line: &str) -> Option<Self> {
        let word = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("v="))?;
        let mut numbers = word.split('.').map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self(next()?, next()?, next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIS_7: &str =
        "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=e08dbad3e06f3fb";

    #[test]
    fn a_version_is_read_from_what_servers_say() {
        assert_eq!(Version::in_line(REDIS_7), Some(Version(7, 0, 15)));
        let valkey = "Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1";
        assert_eq!(Version::in_line(valkey), Some(Version(8, 0, 1)));
        assert_eq!(Version::in_line("hello"), None);
    }

    #[test]
    fn an_old_server_is_refused_with_the_cure() {
        assert!(accepted("redis-server".to_owned(), REDIS_7).is_ok());
        let old = accepted("redis-server".to_owned(), "Redis server v=6.2.14 sha=0");
        let Err(Failure::Step(message)) = old else {
            panic!("{old:?}");
        };
        assert!(
            message.contains("6.2.14") && message.contains("7.0.0 or newer"),
            "{message}"
        );
    }
}

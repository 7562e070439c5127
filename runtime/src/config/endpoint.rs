//! Where a backend is: what a URL says, without the URL.

use std::fmt;
use std::path::PathBuf;

/// Where the data live.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// In this process.
    Memory,
    /// On a Redis or Valkey server.
    Redis(RedisEndpoint),
}

/// One Redis or Valkey server, a database on it, and who we are there.
///
/// Neither `Display` nor `Debug` shows the user or the password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisEndpoint {
    pub(crate) address: Address,
    pub(crate) database: u32,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// Over the network.
    Tcp {
        /// A name, or an address without brackets.
        host: String,
        port: u16,
        encryption: Encryption,
    },
    /// Through a socket in the file system.
    Unix { path: PathBuf },
}

/// Whether others on the network can read along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    Plain,
    Tls,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Redis(endpoint) => endpoint.fmt(f),
        }
    }
}

impl fmt::Display for RedisEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.database;
        match &self.address {
            Address::Tcp {
                host,
                port,
                encryption,
            } => {
                let scheme = match encryption {
                    Encryption::Plain => "redis",
                    Encryption::Tls => "rediss",
                };
                if host.contains(':') {
                    write!(f, "{scheme}://[{host}]:{port}/{database}")
                } else {
                    write!(f, "{scheme}://{host}:{port}/{database}")
                }
            }
            Address::Unix { path } => {
                write!(f, "redis+unix://{}?db={database}", path.display())
            }
        }
    }
}

impl fmt::Debug for RedisEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |secret: &Option<String>| match secret {
            Some(_) => "***",
            None => "none",
        };
        f.debug_struct("RedisEndpoint")
            .field("address", &self.address)
            .field("database", &self.database)
            .field("user", &format_args!("{}", shown(&self.user)))
            .field("password", &format_args!("{}", shown(&self.password)))
            .finish()
    }
}

//! No library: `GET` and decode by hand, over the same kind of connection that Larder uses.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo};

use crate::measure::Result;
use crate::source::User;

/// How rows name it.
pub(crate) const NAME: &str = "redis 1.8.1, GET and rmp-serde";

/// How rows name it where it reads many values at once.
pub(crate) const NAME_OF_MANY: &str = "redis 1.8.1, one MGET and rmp-serde";

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Bare {
    connection: MultiplexedConnection,
}

impl Bare {
    /// One connection that all share, with `TCP_NODELAY` as Larder has it; the rest is the driver's
    /// default.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let nodelay = TcpSettings::default().set_nodelay(true);
        let info = url.into_connection_info()?.set_tcp_settings(nodelay);
        let connection = Client::open(info)?
            .get_multiplexed_async_connection()
            .await?;
        Ok(Self { connection })
    }

    /// Stores a value, with its fields named as Larder names them.
    pub(crate) async fn put(&self, user: &User) -> Result<()> {
        let mut set = redis::cmd("SET");
        set.arg(key(user.id)).arg(rmp_serde::to_vec_named(user)?);
        set.arg("PX").arg(Duration::from_mins(5).as_millis() as u64);
        let () = set.query_async(&mut self.connection.clone()).await?;
        Ok(())
    }

    /// Reads values that are there.
    pub(crate) async fn users(&self, ids: &[u64]) -> Result<HashMap<u64, User>> {
        let mut get = redis::cmd("MGET");
        for id in ids {
            get.arg(key(*id));
        }
        let stored: Vec<Vec<u8>> = get.query_async(&mut self.connection.clone()).await?;
        let mut users = HashMap::with_capacity(ids.len());
        for (id, stored) in ids.iter().zip(stored) {
            users.insert(*id, rmp_serde::from_slice(&stored)?);
        }
        Ok(users)
    }

    /// Reads a value that is there.
    pub(crate) async fn user(&self, id: u64) -> Result<User> {
        let mut get = redis::cmd("GET");
        get.arg(key(id));
        let stored: Vec<u8> = get.query_async(&mut self.connection.clone()).await?;
        Ok(rmp_serde::from_slice(&stored)?)
    }
}

fn key(id: u64) -> String {
    format!("bare:users:{id}")
}

//! No library: `EVALSHA` of Larder's own GCRA script by hand, over the same kind of connection that
//! Larder uses.

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, Script};

use crate::measure::Result;

/// How rows name it.
pub(crate) const NAME: &str = "redis 1.8.1, EVALSHA of the same script";

const TEXT: &str = include_str!("../../../runtime/src/rate/gcra.lua");
/// What Larder sends for a thousand million a second: the milliseconds, the units, and how many may
/// come at once.
const LIMIT: [u64; 3] = [1000, 1_000_000_000, 1_000_000_000];

/// A client of one server, which knows the script.
#[derive(Clone)]
pub(crate) struct BareScript {
    connection: MultiplexedConnection,
    sha1: String,
}

impl BareScript {
    /// One connection that all share.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let nodelay = TcpSettings::default().set_nodelay(true);
        let info = url.into_connection_info()?.set_tcp_settings(nodelay);
        let mut connection = Client::open(info)?
            .get_multiplexed_async_connection()
            .await?;
        let script = Script::new(TEXT);
        let () = redis::cmd("SCRIPT")
            .arg("LOAD")
            .arg(TEXT)
            .query_async(&mut connection)
            .await?;
        Ok(Self {
            connection,
            sha1: script.get_hash().to_owned(),
        })
    }

    /// One check, whose decision is read as far as whether it passed.
    pub(crate) async fn take(&self, key: u64) -> Result<()> {
        let mut take = redis::cmd("EVALSHA");
        take.arg(&self.sha1).arg(2);
        take.arg(format!("bare::^api:1:{key}"));
        take.arg(format!("{{bare::^api:1:{key}}}:r"));
        take.arg("take").arg(1).arg("").arg(0);
        take.arg(&LIMIT[..]);
        let reply: Vec<i64> = take.query_async(&mut self.connection.clone()).await?;
        match reply.first() {
            Some(1) => Ok(()),
            _ => Err("a check was denied".into()),
        }
    }
}

//! What the scenarios in this process stand on: one server, and every library connected with it once, for as long as the
//! process lives.

use tokio::sync::OnceCell;

use crate::measure::Result;
use crate::peers::bare::Bare;
use crate::peers::{cached, hitbox, larder};
use crate::support::server::RedisServer;

/// A server, and those who need more than an address to speak to it.
pub(super) struct Ground {
    /// Ended by its watchdog, when this process ends.
    pub(super) server: RedisServer,
    pub(super) bare: Bare,
    pub(super) hitbox: hitbox::Shared,
}

/// The one of this process.
pub(super) async fn ground() -> Result<&'static Ground> {
    static GROUND: OnceCell<Ground> = OnceCell::const_new();
    GROUND.get_or_try_init(prepare).await
}

async fn prepare() -> Result<Ground> {
    let server = RedisServer::start();
    let url = server.url();
    larder::connect_patiently(&url).await?;
    cached::connect(&url)?;
    Ok(Ground {
        bare: Bare::connect(&url).await?,
        hitbox: hitbox::connect(&url)?,
        server,
    })
}

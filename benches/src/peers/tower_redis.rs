//! `tower-rate-limit-redis`: a layer over a service that answers at once.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use redis_0_32::Client;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, service_fn};
use tower_rate_limit_redis::{KeyResolver, RateLimitLayer};

use crate::measure::Result;

/// How rows name it.
pub(crate) const NAME: &str = "tower-rate-limit-redis 1.0.2";

/// It counts in whole milliseconds.
const INTERVAL: Duration = Duration::from_millis(1);

type Service = BoxCloneSyncService<Request<u64>, Response<String>, Infallible>;

/// The service behind the layer.
#[derive(Clone)]
pub(crate) struct TowerRedis(Service);

/// The key stands in the path.
#[derive(Clone)]
struct ByPath;

impl KeyResolver for ByPath {
    type Key = String;
    type ErrorBody = String;

    fn key<T>(
        &self,
        request: &Request<T>,
    ) -> std::result::Result<Self::Key, Response<Self::ErrorBody>> {
        Ok(request.uri().path().to_owned())
    }
}

impl TowerRedis {
    /// One connection that all share.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let connection = Client::open(url)?
            .get_multiplexed_async_connection()
            .await?;
        let layer = RateLimitLayer::builder()
            .conn(connection)
            .key_resolver(ByPath)
            .capacity(u16::MAX)
            .emission_interval(INTERVAL)
            .build();
        let answer = service_fn(|_: Request<u64>| async { Ok(Response::new(String::new())) });
        Ok(Self(BoxCloneSyncService::new(layer.layer(answer))))
    }

    /// One request.
    pub(crate) async fn take(&self, key: u64) -> Result<()> {
        let request = Request::builder().uri(format!("/{key}")).body(key)?;
        let response = self.0.clone().oneshot(request).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(format!("a check was answered with {}", response.status()).into())
    }
}

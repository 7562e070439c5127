//! A layer that limits requests.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::Answer;
use super::gate::{Fields, Gate, Passage};
use super::live_limits::LiveLimits;
use super::request_key::RequestKey;
use crate::rate::Limiter;

/// Limits the requests of a service, for whatever a [`RequestKey`] tells clients apart by.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::{ForwardedIp, Larder, RateLimitLayer};
/// use std::time::Duration;
///
/// let larder = Larder::memory();                             // or Larder::from_env().await?
/// let limiter = larder.limiter("api").limits("10/s, 1000/h")?;
///
/// let layer = RateLimitLayer::new(limiter, ForwardedIp::behind(1))
///     .cost(|head| if head.uri.path() == "/export" { 5 } else { 1 })
///     .unless(|head| head.uri.path() == "/health")
///     .wait(Duration::from_millis(200))                      // rather than deny at once
///     .without_fields();                                     // clients are not told their limits
/// let limits = layer.live_limits();                          // to change them while the service runs
/// limits.set("20/s, 1000/h")?;
/// # Ok(())
/// # }
/// ```
///
/// # What a client is told
/// Every response bears `RateLimit-Policy` and `RateLimit`, as in
/// draft-ietf-httpapi-ratelimit-headers-11: `"api:1s";q=10;w=1` and `"api:1s";r=7;t=1`, where a
/// limit is called after the limiter's namespace and its period. A limiter
/// [in shadow](crate::LimiterBuilder::shadow) says nothing.
///
/// A request that is denied does not reach the service. It is answered with status 429,
/// `Retry-After` and a problem of RFC 9457 (`application/problem+json`) of the type
/// `quota-exceeded`, whose `violated-policies` names the limits.
///
/// The [`Decision`](crate::Decision) is among the extensions of a request that gets through.
///
/// # When the server is away
/// As the limiter declares by [`on_error`](crate::LimiterBuilder::on_error). By default, the
/// request is answered with status 503 and `Retry-After: 1`; with `Allow` it gets through and says
/// nothing of what is left; with `Local` this process keeps the limit.
#[derive(Debug, Clone)]
pub struct RateLimitLayer<K> {
    gate: Gate<K>,
}

impl<K: RequestKey> RateLimitLayer<K> {
    /// Limits requests by this limiter, for whomever they count.
    #[must_use]
    pub fn new(limiter: Limiter, key: K) -> Self {
        Self {
            gate: Gate {
                limits: LiveLimits::new(limiter),
                key,
                cost: None,
                exempt: None,
                max_wait: None,
                fields: Fields::Told,
            },
        }
    }

    /// What changes the limits of this layer's services while they run.
    #[must_use]
    pub fn live_limits(&self) -> LiveLimits {
        self.gate.limits.clone()
    }

    /// How many units a request takes. Default: one. One that can never pass is answered with
    /// status 500.
    #[must_use]
    pub fn cost(mut self, cost: impl Fn(&Parts) -> u64 + Send + Sync + 'static) -> Self {
        self.gate.cost = Some(Arc::new(cost));
        self
    }

    /// Which requests are not limited, such as those of a load balancer that asks for health.
    #[must_use]
    pub fn unless(mut self, exempt: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.gate.exempt = Some(Arc::new(exempt));
        self
    }

    /// Has a request wait for so long, at most, rather than be denied.
    #[must_use]
    pub fn wait(mut self, max_wait: Duration) -> Self {
        self.gate.max_wait = Some(max_wait);
        self
    }

    /// Tells clients nothing of their limits but how long to wait.
    #[must_use]
    pub fn without_fields(mut self) -> Self {
        self.gate.fields = Fields::Withheld;
        self
    }
}

impl<S, K: Clone> Layer<S> for RateLimitLayer<K> {
    type Service = RateLimitService<S, K>;

    fn layer(&self, inner: S) -> Self::Service {
        RateLimitService {
            inner,
            gate: Arc::new(self.gate.clone()),
        }
    }
}

/// A service whose requests are limited: made by a [`RateLimitLayer`].
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::{Larder, PeerIp, RateLimitLayer, RateLimitService};
/// use tower_layer::Layer;
///
/// # struct Shop;
/// let limiter = Larder::memory().limiter("api").limits("10/s")?;
/// let service: RateLimitService<Shop, PeerIp> = RateLimitLayer::new(limiter, PeerIp).layer(Shop);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RateLimitService<S, K> {
    inner: S,
    gate: Arc<Gate<K>>,
}

impl<S: Clone, K> Clone for RateLimitService<S, K> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            gate: Arc::clone(&self.gate),
        }
    }
}

impl<S, K, B, R> Service<Request<B>> for RateLimitService<S, K>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    K: RequestKey + Send + Sync + 'static,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answer<Response<R>, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was found ready serves this request, and a new one stands in for it.
        let next = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, next);
        let gate = Arc::clone(&self.gate);
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let (mut response, fields) = match gate.admit(&mut head).await {
                Passage::Admitted(fields) => {
                    let request = Request::from_parts(head, body);
                    (ready.call(request).await?, fields)
                }
                Passage::Refused(problem, fields) => (problem.into_response(), fields),
            };
            let headers = response.headers_mut();
            for (name, value) in &fields {
                // Another layer may limit too: both say so.
                headers.append(name, value.clone());
            }
            Ok(response)
        })
    }
}

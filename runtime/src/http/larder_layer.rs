//! A layer that gives requests their Larder and their tenant.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use http::request::Parts;
use tower_layer::Layer;
use tower_service::Service;

use super::Answer;
use crate::larder::Larder;

/// Puts a Larder in scope for every request: annotated functions use it, as in [`Larder::scope`],
/// and with it the tenant whose data the request is about.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{Larder, LarderLayer};
///
/// let layer = LarderLayer::new(Larder::memory())
///     .tenant(|head| Some(head.headers.get("x-tenant")?.to_str().ok()?.to_owned()));
/// ```
///
/// Without it annotated functions use the Larder that is [installed](Larder::install). A request
/// without a tenant has keys of its own, or is refused at the first call if
/// [tenancy is required](crate::Tenancy::Required).
#[derive(Clone)]
pub struct LarderLayer {
    larder: Larder,
    tenant: Option<Tenant>,
}

type Tenant = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

impl LarderLayer {
    /// This Larder for every request.
    #[must_use]
    pub fn new(larder: Larder) -> Self {
        Self {
            larder,
            tenant: None,
        }
    }

    /// Whose data a request is about. Trust only what was checked: a header that any client can
    /// write is for services that only others of yours can call.
    #[must_use]
    pub fn tenant(
        mut self,
        tenant: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.tenant = Some(Arc::new(tenant));
        self
    }
}

impl<S> Layer<S> for LarderLayer {
    type Service = LarderService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LarderService {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service whose requests have their Larder: made by a [`LarderLayer`].
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{Larder, LarderLayer, LarderService};
/// use tower_layer::Layer;
///
/// # struct Shop;
/// let service: LarderService<Shop> = LarderLayer::new(Larder::memory()).layer(Shop);
/// ```
#[derive(Debug, Clone)]
pub struct LarderService<S> {
    inner: S,
    layer: LarderLayer,
}

impl<S, B> Service<Request<B>> for LarderService<S>
where
    S: Service<Request<B>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Answer<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, next);
        let (head, body) = request.into_parts();
        let tenant = self.layer.tenant.as_ref().and_then(|tenant| tenant(&head));
        let larder = match tenant {
            Some(tenant) => self.layer.larder.tenant(tenant),
            None => self.layer.larder.clone(),
        };
        let request = Request::from_parts(head, body);
        // The whole call, since a service may do something before its future is polled.
        Box::pin(larder.scope(async move { ready.call(request).await }))
    }
}

impl fmt::Debug for LarderLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LarderLayer")
            .field("larder", &self.larder)
            .finish_non_exhaustive()
    }
}

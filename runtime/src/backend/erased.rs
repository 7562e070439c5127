//! A backend whose type nobody needs to know. Boxing happens here and nowhere else.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::error::Result;

/// Any backend, shared. It is itself a [`Backend`].
#[derive(Clone)]
pub struct SharedBackend(Arc<dyn DynBackend>);

impl SharedBackend {
    /// Forgets which backend it is.
    pub fn new(backend: impl Backend) -> Self {
        Self(Arc::new(backend))
    }
}

impl fmt::Debug for SharedBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedBackend")
    }
}

impl Backend for SharedBackend {
    async fn run(&self, command: &Command, call: &Call) -> Result<Reply> {
        self.0.run(command, call).await
    }

    async fn pipeline(&self, pipeline: &Pipeline, call: &Call) -> Result<Vec<Reply>> {
        self.0.pipeline(pipeline, call).await
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        self.0.script(invocation, call).await
    }

    fn listen(&self, listener: Listener) {
        self.0.listen(listener);
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The mirror of [`Backend`] that can be a trait object.
trait DynBackend: Send + Sync {
    fn run<'a>(&'a self, command: &'a Command, call: &'a Call) -> Boxed<'a, Result<Reply>>;
    fn pipeline<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        call: &'a Call,
    ) -> Boxed<'a, Result<Vec<Reply>>>;
    fn script<'a>(
        &'a self,
        invocation: &'a Invocation<'_>,
        call: &'a Call,
    ) -> Boxed<'a, Result<Reply>>;
    fn listen(&self, listener: Listener);
    fn close(&self) -> Boxed<'_, ()>;
}

impl<B: Backend> DynBackend for B {
    fn run<'a>(&'a self, command: &'a Command, call: &'a Call) -> Boxed<'a, Result<Reply>> {
        Box::pin(Backend::run(self, command, call))
    }

    fn pipeline<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        call: &'a Call,
    ) -> Boxed<'a, Result<Vec<Reply>>> {
        Box::pin(Backend::pipeline(self, pipeline, call))
    }

    fn script<'a>(
        &'a self,
        invocation: &'a Invocation<'_>,
        call: &'a Call,
    ) -> Boxed<'a, Result<Reply>> {
        Box::pin(Backend::script(self, invocation, call))
    }

    fn listen(&self, listener: Listener) {
        Backend::listen(self, listener);
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(Backend::close(self))
    }
}

//! Either of the backends that there are.
//!
//! An enum and not a trait object: the future of a call is then a part of its caller's. Boxed, it
//! is larger than what allocators give out without a lock, and under many tasks every hit would
//! wait for that lock.

use tokio::runtime::Handle;

use super::redis::RedisBackend;
use super::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::error::Result;

#[cfg(feature = "memory")]
use super::memory::MemoryBackend;

/// A connection with a server, of whichever kind.
#[derive(Debug)]
pub(crate) enum AnyBackend {
    Redis(RedisBackend),
    #[cfg(feature = "memory")]
    Memory(MemoryBackend),
}

/// The same for each kind.
macro_rules! each {
    ($self:ident, $backend:ident => $do:expr) => {
        match $self {
            Self::Redis($backend) => $do,
            #[cfg(feature = "memory")]
            Self::Memory($backend) => $do,
        }
    };
}

impl AnyBackend {
    /// The number of the database that it uses.
    pub(crate) fn database(&self) -> u32 {
        match self {
            Self::Redis(backend) => backend.database(),
            #[cfg(feature = "memory")]
            Self::Memory(_) => 0,
        }
    }

    /// In which runtime its connection is read and written, if it is in one.
    #[allow(
        clippy::unnecessary_wraps,
        reason = "without the embedded server there is one kind alone"
    )]
    pub(crate) fn runtime(&self) -> Option<&Handle> {
        match self {
            Self::Redis(backend) => Some(backend.runtime()),
            #[cfg(feature = "memory")]
            Self::Memory(_) => None,
        }
    }

    /// The number of the newest connection. To an embedded server every connection is as good as
    /// the first.
    pub(crate) fn generation(&self) -> u64 {
        match self {
            Self::Redis(backend) => backend.generation(),
            #[cfg(feature = "memory")]
            Self::Memory(_) => 0,
        }
    }
}

impl Backend for AnyBackend {
    async fn run(&self, command: &Command, call: &Call) -> Result<Reply> {
        each!(self, backend => backend.run(command, call).await)
    }

    async fn pipeline(&self, pipeline: &Pipeline, call: &Call) -> Result<Vec<Reply>> {
        each!(self, backend => backend.pipeline(pipeline, call).await)
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        each!(self, backend => backend.script(invocation, call).await)
    }

    fn listen(&self, listener: Listener) {
        each!(self, backend => backend.listen(listener));
    }

    async fn close(&self) {
        each!(self, backend => backend.close().await);
    }
}

impl From<RedisBackend> for AnyBackend {
    fn from(backend: RedisBackend) -> Self {
        Self::Redis(backend)
    }
}

#[cfg(feature = "memory")]
impl From<MemoryBackend> for AnyBackend {
    fn from(backend: MemoryBackend) -> Self {
        Self::Memory(backend)
    }
}

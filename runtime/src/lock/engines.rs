//! The engines of one Larder: for locks on its server, and for those that a quorum keeps.

use std::sync::Arc;

use super::engine::LockEngine;
use super::quorum::Quorum;
use super::servers::Servers;
use super::spec::{LockPlacement, LockSpec};
use super::stats::{LockStats, Tallies};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};

/// The engines, by who keeps the locks.
#[derive(Debug)]
pub(crate) struct LockEngines {
    server: Arc<LockEngine>,
    quorum: Result<Arc<LockEngine>>,
    tallies: Arc<Tallies>,
}

impl LockEngines {
    /// Locks of the Larder with this context; those with `quorum` are kept by these servers, if any
    /// were declared.
    pub(crate) fn new(context: &Arc<Context>, quorum: Result<Option<Quorum>>) -> Self {
        let tallies = Arc::<Tallies>::default();
        let engine = |servers| {
            let tallies = Arc::clone(&tallies);
            Arc::new(LockEngine::new(Arc::clone(context), servers, tallies))
        };
        Self {
            server: engine(Servers::one(Arc::clone(context))),
            quorum: match quorum {
                Ok(Some(quorum)) => Ok(engine(Servers::Quorum(quorum))),
                Ok(None) => Err(undeclared()),
                Err(error) => Err(error),
            },
            tallies,
        }
    }

    /// The engine of these locks.
    pub(crate) fn of(&self, spec: &LockSpec) -> Result<Arc<LockEngine>> {
        match spec.placement {
            LockPlacement::Server => Ok(Arc::clone(&self.server)),
            LockPlacement::Quorum => self.quorum.clone(),
        }
    }

    /// What has happened to the locks of a namespace, whoever keeps them.
    pub(crate) fn stats(&self, namespace: &str) -> LockStats {
        self.tallies.stats(namespace)
    }

    /// Waits until every lock that was given back is known to be, for as long as a command may
    /// take, and ends the connections that only locks use.
    pub(crate) async fn close(&self) {
        self.server.close().await;
        if let Ok(quorum) = &self.quorum {
            quorum.close().await;
        }
    }

    /// What is wrong with servers that only locks use.
    pub(crate) async fn trouble(&self) -> Option<String> {
        match &self.quorum {
            Ok(quorum) => quorum.trouble().await,
            Err(_) => None,
        }
    }
}

fn undeclared() -> Error {
    let message = "this lock is kept by a quorum, and the Larder has none: name its servers, `Larder::builder().quorum([\"redis://a\", \"redis://b\", \"redis://c\"])` or LARDER_QUORUM, or leave out `quorum`";
    Error::new(ErrorKind::Configuration, "lock", message)
}

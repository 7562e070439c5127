//! All entries with one value of an index: to read, to name, to invalidate.
//!
//! [`pages`] reads them, and [`removal`] tells the server that they are invalidated.

mod pages;
mod removal;

use std::sync::Arc;

use super::declaration::Declaration;
use super::engine::CacheEngine;
use super::index::Sight;
use super::pending::Subject;
use crate::backend::{Call, Reply, Resend};
use crate::context::Question;
use crate::error::Result;
use crate::key::{IndexKeys, IndexValue};

pub(crate) use pages::GroupPages;

/// The entries with one value of an index.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(super) engine: Arc<CacheEngine>,
    spec: Declaration,
    keys: IndexKeys,
    value: IndexValue,
    sight: Sight,
}

impl Group {
    /// The entries of this cache with this value.
    pub(crate) fn new(
        engine: &Arc<CacheEngine>,
        spec: Declaration,
        keys: IndexKeys,
        value: IndexValue,
        sight: Sight,
    ) -> Self {
        Self {
            engine: Arc::clone(engine),
            spec,
            keys,
            value,
            sight,
        }
    }

    /// The group, as something to be invalidated.
    pub(super) fn subject(&self) -> Subject {
        Subject::Group {
            keys: self.keys.clone(),
            value: self.value.clone(),
            sight: self.sight,
            spec: self.spec.clone(),
        }
    }

    async fn ask(&self, questions: &[Question<'_>]) -> Result<Vec<Reply>> {
        let call = self.call();
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        self.engine.context().ask(questions, &call).await
    }

    /// Everything here may be done twice.
    fn call(&self) -> Call {
        self.engine.context().command_call(Resend::Idempotent)
    }
}

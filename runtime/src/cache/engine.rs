//! What all cached functions of one Larder share.

use std::sync::Arc;
use std::time::Duration;

use super::flight::Flights;
use super::foresight::Foresight;
use super::index::Indexes;
use super::lease::Leases;
use super::local::{Local, Tier};
use super::pending::Pending;
use super::prolonging::Prolonging;
use super::refreshes::Refreshes;
use super::tag::Tags;
use crate::backend::{Backend, Listener, Push};
use crate::context::Context;
use crate::key::Scope;

/// The cache of one Larder: its flights, its leases, its indexes and tags, and what it believes of
/// keys.
#[derive(Debug)]
pub(crate) struct CacheEngine {
    context: Arc<Context>,
    flights: Arc<Flights>,
    leases: Arc<Leases>,
    refreshes: Arc<Refreshes>,
    foresight: Foresight,
    prolonging: Arc<Prolonging>,
    local: Arc<Tier>,
    indexes: Arc<Indexes>,
    tags: Tags,
    pending: Arc<Pending>,
    local_default: Local,
}

impl CacheEngine {
    /// A cache on this ground, of the application of this scope. Its local tier holds at most so
    /// many bytes, and keeps what `local_default` says of functions that do not say so themselves.
    pub(crate) fn new(
        context: Arc<Context>,
        scope: &Scope,
        local_default: Local,
        local_bytes: u64,
    ) -> Self {
        let clock = context.clock().clone();
        let local = Arc::new(Tier::new(
            clock,
            scope.clone(),
            local_bytes,
            context.identity(),
        ));
        let pending = Arc::new(Pending::new(
            context.clock().clone(),
            context.limits().command_timeout,
        ));
        let hear = (Arc::clone(&local), Arc::clone(&pending));
        let listener = Listener::new(move |push| {
            hear.0.hear(push);
            if matches!(push, Push::Connected) {
                hear.1.wake.notify_waiters();
            }
        });
        context.backend().listen(listener);
        let indexes = Arc::new(Indexes::new(Arc::clone(&context)));
        Self {
            local,
            local_default,
            pending,
            flights: Arc::default(),
            refreshes: Arc::default(),
            leases: Arc::new(Leases::new(Arc::clone(&context), Arc::clone(&indexes))),
            foresight: Foresight::new(context.clock().clone(), context.identity()),
            prolonging: Arc::new(Prolonging::new(Arc::clone(&context))),
            indexes,
            tags: Tags::new(Arc::clone(&context)),
            context,
        }
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    pub(crate) fn flights(&self) -> &Arc<Flights> {
        &self.flights
    }

    pub(crate) fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    /// The entries that this process refreshes.
    pub(crate) fn refreshes(&self) -> &Arc<Refreshes> {
        &self.refreshes
    }

    pub(crate) fn foresight(&self) -> &Foresight {
        &self.foresight
    }

    /// Tells the server which entries were read.
    pub(crate) fn prolonging(&self) -> &Arc<Prolonging> {
        &self.prolonging
    }

    pub(crate) fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    pub(crate) fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The invalidations that wait for the server.
    pub(crate) fn pending(&self) -> &Arc<Pending> {
        &self.pending
    }

    /// The copies in this process.
    pub(crate) fn local(&self) -> &Arc<Tier> {
        &self.local
    }

    /// What is kept of functions that do not say so themselves.
    pub(crate) fn local_default(&self) -> Local {
        self.local_default
    }

    /// What one call may spend on the backend if its function does not say.
    pub(crate) fn call_budget(&self) -> Duration {
        self.context.limits().call_budget
    }
}

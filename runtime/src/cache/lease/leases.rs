//! Who gives out leases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::backend::Script;
use crate::cache::index::Indexes;
use crate::codec::envelope::Token;
use crate::context::Context;

/// Gives out leases and carries them out on the server.
#[derive(Debug)]
pub(crate) struct Leases {
    pub(super) context: Arc<Context>,
    pub(super) indexes: Arc<Indexes>,
    pub(super) scripts: Scripts,
    /// The identity of this Larder, so that no two loads anywhere share a token.
    node: [u8; 8],
    loads: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) acquire: Script,
    pub(super) discard: Script,
    pub(super) extend: Script,
    pub(super) fill: Script,
    pub(super) hold: Script,
    pub(super) release: Script,
    pub(super) renew: Script,
    pub(super) replace: Script,
    pub(super) supersede: Script,
    pub(super) take: Script,
    pub(super) update: Script,
}

impl Leases {
    /// Leases on the keys of this context.
    pub(crate) fn new(context: Arc<Context>, indexes: Arc<Indexes>) -> Self {
        Self {
            node: context.identity().to_be_bytes(),
            context,
            indexes,
            scripts: Scripts {
                acquire: Script::new(include_str!("acquire.lua")),
                discard: Script::new(include_str!("../index/discard.lua")),
                extend: Script::new(include_str!("extend.lua")),
                fill: Script::new(include_str!("fill.lua")),
                hold: Script::new(include_str!("hold.lua")),
                release: Script::new(include_str!("release.lua")),
                renew: Script::new(include_str!("begin_refresh.lua")),
                replace: Script::new(include_str!("replace.lua")),
                supersede: Script::new(include_str!("supersede.lua")),
                take: Script::new(include_str!("take.lua")),
                update: Script::new(include_str!("update.lua")),
            },
            loads: AtomicU64::new(0),
        }
    }

    /// What tells a load that begins now from all others.
    pub(crate) fn next_token(&self) -> Token {
        let mut token = [0; 16];
        let load = self.loads.fetch_add(1, Ordering::Relaxed);
        token[..8].copy_from_slice(&self.node);
        token[8..].copy_from_slice(&load.to_be_bytes());
        Token::new(token)
    }
}

//! What a call asks for.

use std::sync::Arc;

use super::records::Records;
use super::spec::IdempotencySpec;
use crate::key::Key;

/// One call: which record, and what it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(super) records: Arc<Records>,
    pub(super) spec: IdempotencySpec,
    pub(super) key: Key,
    /// What tells it from other requests with the same key.
    pub(super) fingerprint: Vec<u8>,
}

impl Request {
    /// A call of these arguments, of which not more than a digest is kept.
    pub(crate) fn new(
        records: &Arc<Records>,
        spec: IdempotencySpec,
        key: Key,
        arguments: &[u8],
    ) -> Self {
        Self {
            records: Arc::clone(records),
            spec,
            key,
            fingerprint: blake3::hash(arguments).as_bytes()[..16].to_vec(),
        }
    }
}

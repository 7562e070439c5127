//! What `#[concurrency_limited]` is going to write, and every rule across its arguments and the
//! function.

use proc_macro2::TokenStream;
use syn::{LitStr, Path};

use super::args::Args;
use crate::diagnostics::Diagnostics;
use crate::guarding::Guarded;
use crate::key::{Key, KeySource};
use crate::parse::duration::Time;

/// Everything that is written.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) guarded: Guarded,
    pub(super) namespace: LitStr,
    pub(super) limit: u32,
    pub(super) key: Key,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let not_async = "only async functions can be limited";
        let guarded = Guarded::parse(item, "concurrency_limited", not_async, diagnostics)?;
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&guarded.function.sig, source, &[], &[], diagnostics);
        Some(Self {
            krate: args.krate,
            namespace: args.namespace?,
            limit: args.limit?,
            key: key?,
            lease: args.lease,
            wait: args.wait,
            guarded,
        })
    }
}

//! What `#[idempotent]` is going to write, and every rule across its arguments and the function.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr, Path};

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
    pub(super) key: Key,
    /// All that the request asks for.
    pub(super) request: Key,
    pub(super) ttl: Time,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
    pub(super) store_err: Option<Expr>,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let not_async = "only async functions can be idempotent";
        let guarded = Guarded::parse(item, "idempotent", not_async, diagnostics)?;
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&guarded.function.sig, source, &[], &[], diagnostics)?;
        // What a method is called on is not what the request asks for.
        let mut skip = args.skip;
        if let Some(receiver) = guarded.function.sig.receiver()
            && !skip.iter().any(|name| name == "self")
        {
            skip.push(Ident::new("self", receiver.self_token.span));
        }
        let request = Key::plan(
            &guarded.function.sig,
            KeySource::Implicit,
            &skip,
            &[],
            diagnostics,
        )?;
        Some(Self {
            krate: args.krate,
            namespace: args.namespace?,
            key,
            request,
            ttl: args.ttl?,
            lease: args.lease,
            wait: args.wait,
            store_err: args.store_err.map(|it| it.value),
            guarded,
        })
    }
}

//! What `#[concurrency_limited]` is going to write, and every rule across its arguments and the function.

use proc_macro2::TokenStream;
use syn::{LitStr, Path, Type};

use super::args::Args;
use crate::diagnostics::Diagnostics;
use crate::key::{Key, KeySource};
use crate::parse::duration::Time;
use crate::parse::item::{Asynchrony, Function, mentions};

/// Everything that is written.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) function: Function,
    pub(super) is_boxed: bool,
    pub(super) returned: Type,
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
        let function: Function = diagnostics.take(parse_function(item))?;
        let (asynchrony, returned) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            diagnostics.error(
                function.sig.fn_token.span,
                "only async functions can be limited: write `async fn`",
            );
            return None;
        }
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&function.sig, source, &[], &[], diagnostics);
        Some(Self {
            krate: args.krate,
            is_boxed: matches!(asynchrony, Asynchrony::Boxed),
            returned,
            namespace: args.namespace?,
            limit: args.limit?,
            key: key?,
            lease: args.lease,
            wait: args.wait,
            function,
        })
    }

    /// Whether the declaration is known when the program is built.
    pub(super) fn is_constant(&self) -> bool {
        let times = [self.lease.as_ref(), self.wait.as_ref()];
        times.into_iter().flatten().all(Time::is_constant)
    }
}

fn parse_function(item: TokenStream) -> syn::Result<Function> {
    let place = item.clone();
    syn::parse2(item).map_err(|error| {
        if mentions(&place, &|word| word == "fn") {
            error
        } else {
            syn::Error::new_spanned(place, "`#[concurrency_limited]` goes on an `async fn`")
        }
    })
}

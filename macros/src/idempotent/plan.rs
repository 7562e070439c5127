//! What `#[idempotent]` is going to write, and every rule across its arguments and the function.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr, Path, Type};

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
        let function: Function = diagnostics.take(parse_function(item))?;
        let (asynchrony, returned) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            diagnostics.error(
                function.sig.fn_token.span,
                "only async functions can be idempotent: write `async fn`",
            );
            return None;
        }
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&function.sig, source, &[], &[], diagnostics)?;
        // What a method is called on is not what the request asks for.
        let mut skip = args.skip;
        if let Some(receiver) = function.sig.receiver()
            && !skip.iter().any(|name| name == "self")
        {
            skip.push(Ident::new("self", receiver.self_token.span));
        }
        let request = Key::plan(&function.sig, KeySource::Implicit, &skip, &[], diagnostics)?;
        Some(Self {
            krate: args.krate,
            is_boxed: matches!(asynchrony, Asynchrony::Boxed),
            returned,
            namespace: args.namespace?,
            key,
            request,
            ttl: args.ttl?,
            lease: args.lease,
            wait: args.wait,
            store_err: args.store_err.map(|it| it.value),
            function,
        })
    }

    /// Whether the declaration is known when the program is built.
    pub(super) fn is_constant(&self) -> bool {
        let times = [Some(&self.ttl), self.lease.as_ref(), self.wait.as_ref()];
        times.into_iter().flatten().all(Time::is_constant)
    }
}

fn parse_function(item: TokenStream) -> syn::Result<Function> {
    let place = item.clone();
    syn::parse2(item).map_err(|error| {
        if mentions(&place, &|word| word == "fn") {
            error
        } else {
            syn::Error::new_spanned(place, "`#[idempotent]` goes on an `async fn`")
        }
    })
}

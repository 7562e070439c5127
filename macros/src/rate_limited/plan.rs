//! What `#[rate_limited]` is going to write, and every rule across its arguments and the function.

use proc_macro2::TokenStream;
use syn::{Expr, LitStr, Path, Type};

use super::args::{Algorithm, Args, OnError, OnLimit};
use super::limits::Limit;
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
    pub(super) key: Key,
    pub(super) namespace: LitStr,
    pub(super) limits: Vec<Limit>,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) on_error: Option<OnError>,
    pub(super) is_shadow: bool,
    pub(super) batch: Option<u64>,
    pub(super) timeout: Option<Time>,
    pub(super) cost: Option<Expr>,
    pub(super) max_wait: Option<Time>,
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
        check_wait(&args, diagnostics);
        check_burst(&args, diagnostics);
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&function.sig, source, &[], &[], diagnostics);
        Some(Self {
            krate: args.krate,
            is_boxed: matches!(asynchrony, Asynchrony::Boxed),
            returned,
            key: key?,
            namespace: args.namespace?,
            limits: args.limits?,
            algorithm: args.algorithm.map(|it| it.value),
            on_error: args.on_error,
            is_shadow: args.is_shadow,
            batch: args.batch,
            timeout: args.timeout,
            cost: args.cost.map(|it| it.value),
            max_wait: args.max_wait.map(|it| it.value),
            function,
        })
    }
}

fn parse_function(item: TokenStream) -> syn::Result<Function> {
    let place = item.clone();
    syn::parse2(item).map_err(|error| {
        if mentions(&place, &|word| word == "fn") {
            error
        } else {
            syn::Error::new_spanned(place, "`#[rate_limited]` goes on an `async fn`")
        }
    })
}

fn check_wait(args: &Args, diagnostics: &mut Diagnostics) {
    match (args.on_limit, &args.max_wait) {
        (OnLimit::Wait, None) => diagnostics.error(
            proc_macro2::Span::call_site(),
            "how long may a call wait? Write `max_wait = \"2s\"` beside `on_limit = \"wait\"`",
        ),
        (OnLimit::Error, Some(given)) => diagnostics.error(
            given.span(),
            "`max_wait` is for calls that wait: write `on_limit = \"wait\"` too",
        ),
        _ => {}
    }
}

fn check_burst(args: &Args, diagnostics: &mut Diagnostics) {
    let Some(algorithm) = &args.algorithm else {
        return;
    };
    let has_burst = matches!(algorithm.value, Algorithm::Gcra | Algorithm::TokenBucket);
    let limits = args.limits.iter().flatten();
    if !has_burst && limits.into_iter().any(|limit| limit.burst.is_some()) {
        diagnostics.error(
            algorithm.span(),
            "only `gcra` and `token_bucket` have a `burst`: remove it, or choose one of them",
        );
    }
}

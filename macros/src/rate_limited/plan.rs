//! What `#[rate_limited]` is going to write, and every rule across its arguments and the function.

use proc_macro2::TokenStream;
use syn::{Expr, LitStr, Path};

use super::args::{Algorithm, Args, OnError, OnLimit};
use super::limits::Limit;
use crate::diagnostics::Diagnostics;
use crate::guarding::Guarded;
use crate::key::{Key, KeySource};
use crate::parse::duration::Time;

/// Everything that is written.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) guarded: Guarded,
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
        let not_async = "only async functions can be limited";
        let guarded = Guarded::parse(item, "rate_limited", not_async, diagnostics)?;
        check_wait(&args, diagnostics);
        check_burst(&args, diagnostics);
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&guarded.function.sig, source, &[], &[], diagnostics);
        Some(Self {
            krate: args.krate,
            key: key?,
            namespace: args.namespace?,
            limits: args.limits?,
            algorithm: args.algorithm.map(|it| it.value),
            on_error: args.on_error,
            is_shadow: args.is_shadow,
            batch: args.batch,
            timeout: args.timeout,
            cost: args.cost.map(|it| it.value),
            max_wait: args.max_wait,
            guarded,
        })
    }
}

fn check_wait(args: &Args, diagnostics: &mut Diagnostics) {
    match (args.on_limit, args.on_limit_at, args.max_wait_at) {
        (Some(OnLimit::Wait), Some(place), None) => diagnostics.error(
            place,
            "how long may a call wait? Write `max_wait = \"2s\"` beside `on_limit = \"wait\"`",
        ),
        (Some(OnLimit::Error), _, Some(place)) | (None, None, Some(place)) => diagnostics.error(
            place,
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

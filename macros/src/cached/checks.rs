//! Arguments that contradict each other or the function.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Safety, Signature};

use super::args::{Args, Asked, IndexArg, OnError};
use super::placement::Placement;
use super::returns::{Optional, Returned, Shape};
use crate::declaring::{Local, Ttl};
use crate::diagnostics::Diagnostics;
use crate::parse::duration::Time;

/// `const` is left to the compiler, which refuses it beside `async` whatever we say.
pub(super) fn qualifiers(sig: &Signature, diagnostics: &mut Diagnostics) {
    if let Safety::Unsafe(word) = &sig.safety {
        diagnostics.error(
            word.span,
            "a cached function cannot be `unsafe`: put the `unsafe` block into the body",
        );
    }
    if let Some(abi) = &sig.abi {
        diagnostics.error(
            abi.extern_token.span,
            "a cached function cannot be `extern`: remove it",
        );
    }
    if let Some(variadic) = &sig.variadic {
        diagnostics.error_at(
            variadic,
            "a cached function cannot be variadic: name its arguments",
        );
    }
}

/// A name and a lifetime. Whoever wrote neither has made one mistake.
pub(super) fn what_is_required(args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    let has_name = !matches!(args.namespace, Asked::Missing);
    let has_end = !matches!((&args.ttl, &args.ttl_from), (Asked::Missing, None));
    let name = sig.ident.unraw();
    let missing = match (has_name, has_end) {
        (true, true) => return,
        (true, false) => {
            "how long is a value good? Write `ttl = \"5m\"`, or `ttl = \"never\"` if it is until it is invalidated".to_owned()
        }
        (false, true) => format!(
            "a cache needs a name: write `namespace = \"{name}\"`, different from every other function's"
        ),
        (false, false) => format!(
            "what is the cache called, and how long is a value good? Write `#[cached(namespace = \"{name}\", ttl = \"5m\")]`"
        ),
    };
    diagnostics.error(Span::call_site(), missing);
}

/// Which errors and for how long belong together.
pub(super) fn remembered_errors(args: &Args, returned: &Returned, diagnostics: &mut Diagnostics) {
    // Of batches none are remembered, and without a `Result` none are there: it is said elsewhere.
    if args.batch.is_some() || returned.shape == Shape::Direct {
        return;
    }
    match (&args.err_ttl, &args.cache_err) {
        (Some(given), None) => diagnostics.error(
            given.span(),
            "`err_ttl` needs to know which errors: write `cache_err = |error| …` too",
        ),
        (None, Some(given)) => diagnostics.error(
            given.span(),
            "`cache_err` needs to know for how long: write `err_ttl = \"10s\"` too",
        ),
        _ => {}
    }
}

/// A copy ends with what it is a copy of.
pub(super) fn copies(args: &Args, diagnostics: &mut Diagnostics) {
    if let (Some(given), Asked::Given(Ttl::After(Time::Exact(ttl)))) = (&args.local, &args.ttl)
        && let Local::For(Time::Exact(local)) = &given.value
        && local > ttl
    {
        diagnostics.error(
            given.span(),
            "`local` is longer than `ttl`, and a copy ends with what it is a copy of: write a shorter time, or `local = true` for as long as the value is good",
        );
    }
}

/// What is only for functions that return a certain kind of thing.
pub(super) fn against_return(args: &Args, returned: &Returned, diagnostics: &mut Diagnostics) {
    if let Some(given) = &args.none_ttl
        && args.batch.is_none()
        && returned.optional() == Optional::No
    {
        diagnostics.error(
            given.span(),
            "`none_ttl` is for functions that return an `Option`, or a `Result` of one: remove it",
        );
    }
    if returned.shape == Shape::Fallible {
        return;
    }
    let fails = args
        .on_error
        .as_ref()
        .filter(|it| it.value == OnError::Fail);
    // One of the two that belong together is enough.
    let rule = args.cache_err.as_ref().map(|it| &it.name);
    let ttl = args.err_ttl.as_ref().map(|it| &it.name);
    let is_single = args.batch.is_none();
    if let Some(hard) = &args.staleness.hard {
        diagnostics.error(
            hard.span(),
            "`hard` answers an error when a load takes too long, which this function cannot return: return a `Result<_, E>` where `E: From<larder::Error>`, or write `returns = \"result\"` if this is one under another name",
        );
    }
    for name in [rule.or(ttl).filter(|_| is_single), fails.map(|it| &it.name)]
        .into_iter()
        .flatten()
    {
        diagnostics.error(
            name.span(),
            format!(
                "`{name}` is for functions that return a `Result`: remove it, or write `returns = \"result\"` if this is one under another name"
            ),
        );
    }
}

/// What an index is for stands in functions of its own.
pub(super) fn room_for_indexes(
    indexes: &[IndexArg],
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    if let (Some(index), Placement::Associated { sibling: None, .. }) = (indexes.first(), placement)
    {
        diagnostics.error(
            index.name.span(),
            "an index writes functions beside this one, for which the `impl` of a trait has no room: \
             put the attribute on a method of the type itself, or write `entry = …` if this is one",
        );
    }
}

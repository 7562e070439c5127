//! What values that are served when they are stale, and refreshed while they are read, ask of the
//! other arguments and of the function. Its body may outlive its caller, so it must own what it
//! needs.

use proc_macro2::Ident;
use syn::Signature;

use super::args::{Args, Asked, OnError, Staleness};
use super::independence::refuse_arguments;
use super::lent::Lent;
use super::placement::Placement;
use crate::declaring::Ttl;
use crate::diagnostics::Diagnostics;
use crate::parse::duration::Time;

/// The rules across the arguments.
pub(super) fn check(args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    let staleness = &args.staleness;
    for given in staleness.times() {
        if let Time::Expression(expr) = &given.value {
            refuse_arguments(&given.name, expr, sig, "write a constant", diagnostics);
        }
    }
    let is_stale_on_error = args
        .on_error
        .as_ref()
        .filter(|it| it.value == OnError::Stale);
    if let (Some(given), None) = (is_stale_on_error, &staleness.refreshing.stale) {
        diagnostics.error(
            given.span(),
            "`on_error = \"stale\"` needs to know for how long: write `stale = \"1h\"` too",
        );
    }
    if let (None, Some(given)) = (is_stale_on_error, &staleness.throttle) {
        diagnostics.error(
            given.span(),
            "`throttle` is for refreshes that fail: write `on_error = \"stale\"` too",
        );
    }
    match &args.ttl {
        // The value may decide for an end.
        Asked::Given(Ttl::Never) if args.ttl_from.is_some() => {}
        Asked::Given(ttl) => staleness.refreshing.check_against(ttl, diagnostics),
        Asked::Wrong | Asked::Missing => {}
    }
    check_what_needs_an_old_value(staleness, diagnostics);
    if let Some(option) = staleness.option() {
        check_arguments(option, args, sig, diagnostics);
    }
}

/// What is about an old value, where none is ever served.
fn check_what_needs_an_old_value(staleness: &Staleness, diagnostics: &mut Diagnostics) {
    if let (Some(soft), Some(hard)) = (&staleness.refreshing.soft, &staleness.hard)
        && let (Time::Exact(early), Time::Exact(late)) = (&soft.value, &hard.value)
        && early >= late
    {
        diagnostics.error(
            soft.span(),
            "`soft` is no shorter than `hard`, and a call with an old value would wait longer than one without: write a shorter time",
        );
    }
    if staleness.refreshing.option().is_some() {
        return;
    }
    if let Some(given) = &staleness.refreshing.soft {
        diagnostics.error(
            given.span(),
            "`soft` is how long a call waits that has an old value to answer: write `stale = \"1h\"` too, or `hard` for calls that have none",
        );
    }
    if let Some(given) = &staleness.reload {
        diagnostics.error(
            given.span(),
            "`reload` is for values that are refreshed while they are stored: write `stale = \"1h\"`, `early = …` or `refresh_every = …` too",
        );
    }
}

/// A body that may outlive its caller has to own its arguments.
fn check_arguments(option: &Ident, args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    for arg in &sig.inputs {
        match Lent::of(arg) {
            // Of batches that is said elsewhere.
            Lent::Mutably if args.batch.is_some() => {}
            Lent::Mutably => diagnostics.error_at(
                arg,
                format!("with `{option}` the body may outlive its caller, who would lend this to it: take it by value, or remove `{option}`"),
            ),
            Lent::Within(inner) => diagnostics.error_at(
                inner,
                format!("with `{option}` the body may outlive its caller, and what is borrowed in here has no owned form: take an argument that owns what it has, such as `Vec<String>` for `&[&str]`"),
            ),
            Lent::No | Lent::AsIs => {}
        }
    }
}

/// The body of a function beside it stands in another function.
pub(super) fn check_room(args: &Staleness, placement: &Placement, diagnostics: &mut Diagnostics) {
    let Some(option) = args.option() else { return };
    let message = match placement {
        Placement::Associated { is_boxed: true, .. } => {
            format!(
                "`{option}` is for an `async fn`: this one answers a future of the caller's, which a refresh cannot outlive"
            )
        }
        Placement::Associated { sibling: None, .. } => format!(
            "`{option}` writes a function beside this one, for which the `impl` of a trait has no room: put the attribute on a method of the type itself, or write `entry = …` if this is one"
        ),
        _ => return,
    };
    diagnostics.error(option.span(), message);
}

//! What `#[with_lock]` is going to write, and every rule across its arguments and the function.

use proc_macro2::TokenStream;
use syn::{LitStr, Path};

use super::args::{Args, Fairness, Mode, Patience, Placement, Reentrance};
use crate::diagnostics::Diagnostics;
use crate::guarding::Guarded;
use crate::key::{Key, KeySource};
use crate::parse::duration::Time;

/// Everything that is written.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) guarded: Guarded,
    pub(super) keys: Vec<Key>,
    pub(super) namespace: LitStr,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
    pub(super) patience: Patience,
    pub(super) mode: Mode,
    pub(super) fairness: Fairness,
    pub(super) reentrance: Reentrance,
    pub(super) placement: Placement,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let not_async = "only async functions run under a lock";
        let guarded = Guarded::parse(item, "with_lock", not_async, diagnostics)?;
        check_wait(&args, diagnostics);
        check_lease(&args, diagnostics);
        check_quorum(&args, diagnostics);
        let mut keys = Vec::new();
        for template in args.keys? {
            let source = KeySource::Part(template);
            // One that cannot be planned says why; the others would say the same.
            keys.push(Key::plan(
                &guarded.function.sig,
                source,
                &[],
                &[],
                diagnostics,
            )?);
        }
        Some(Self {
            krate: args.krate,
            keys,
            namespace: args.namespace?,
            lease: args.lease.map(|it| it.value),
            wait: args.wait.map(|it| it.value),
            patience: args.patience,
            mode: args.mode,
            fairness: args.fairness,
            reentrance: args.reentrance,
            placement: args.placement,
            guarded,
        })
    }
}

fn check_wait(args: &Args, diagnostics: &mut Diagnostics) {
    if let (Patience::Tries, Some(wait)) = (args.patience, &args.wait) {
        diagnostics.error(wait.span(), "`try` does not wait: remove one of the two");
    }
}

/// What the runtime would refuse at every call.
fn check_lease(args: &Args, diagnostics: &mut Diagnostics) {
    let shortest = match args.placement {
        Placement::Server => 30,
        Placement::Quorum(_) => 100,
    };
    if let Some(given) = &args.lease
        && let Time::Exact(lease) = &given.value
        && lease.as_millis() < shortest
    {
        diagnostics.error(
            given.span(),
            format!("a lease so short could not be renewed in time: write at least `lease = \"{shortest}ms\"`"),
        );
    }
}

fn check_quorum(args: &Args, diagnostics: &mut Diagnostics) {
    if let (Fairness::Fair, Placement::Quorum(place)) = (args.fairness, args.placement) {
        diagnostics.error(
            place,
            "a quorum has no queue, since its servers do not agree on who came first: remove `fair` or `quorum`",
        );
    }
}

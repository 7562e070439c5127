//! What `#[idempotent]` is going to write, and every rule across its arguments and the function.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Expr, FnArg, LitStr, Path, ReturnType, Signature};

use super::args::Args;
use crate::diagnostics::Diagnostics;
use crate::guarding::Guarded;
use crate::key::{Key, KeySource};
use crate::parse::duration::Time;
use crate::parse::item::{Parameter, bindings, mentions};

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
        check_return(&guarded.function.sig, diagnostics);
        let source = args.key.map_or(KeySource::Unknown, KeySource::Part);
        let key = Key::plan(&guarded.function.sig, source, &[], &[], diagnostics)?;
        // What a method is called on is not what the request asks for.
        let mut skip = args.skip;
        if let Some(receiver) = guarded.function.sig.receiver()
            && !skip.iter().any(|name| name == "self")
        {
            skip.push(Ident::new("self", receiver.self_token.span));
        }
        let mut compared = guarded.function.sig.clone();
        without_skipped_patterns(&mut compared, &mut skip);
        let request = Key::plan(&compared, KeySource::Implicit, &skip, &[], diagnostics)?;
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

/// A result is read back from the store.
fn check_return(sig: &Signature, diagnostics: &mut Diagnostics) {
    if let ReturnType::Type(_, returned) = &sig.output
        && mentions(&quote!(#returned), &|word| word == "impl")
    {
        diagnostics.error_at(
            returned,
            "a result that is kept needs a type with a name, because it is read back from the store: write the type that is returned",
        );
    }
}

/// Takes those arguments away that are taken apart where they stand and skipped whole, such as
/// `State(db): State<Db>`.
fn without_skipped_patterns(sig: &mut Signature, skip: &mut Vec<Ident>) {
    let is_skipped = |arg: &FnArg| match arg {
        FnArg::Typed(typed) if Parameter::of(arg).is_none() => {
            let names = bindings(&typed.pat);
            !names.is_empty() && names.iter().all(|name| skip.contains(name))
        }
        _ => false,
    };
    let (gone, kept): (Vec<_>, Vec<_>) = sig.inputs.iter().cloned().partition(is_skipped);
    sig.inputs = kept.into_iter().collect();
    for arg in gone {
        if let FnArg::Typed(typed) = arg {
            let names = bindings(&typed.pat);
            skip.retain(|name| !names.contains(name));
        }
    }
}

//! What `#[larder::test]` is going to write, and its rules.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{FnArg, PatType, Path, Signature, Type};

use super::args::{Args, Flavor};
use crate::diagnostics::Diagnostics;
use crate::parse::function;
use crate::parse::item::{Asynchrony, Function};

/// A test, checked.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) flavor: Flavor,
    pub(super) worker_threads: Option<usize>,
    pub(super) function: Function,
    /// The argument that takes the test's Larder.
    pub(super) larder: Option<PatType>,
    pub(super) returned: Type,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let flavor = args.flavor.unwrap_or(Flavor::CurrentThread);
        if let Some(given) = &args.worker_threads
            && flavor == Flavor::CurrentThread
        {
            diagnostics.error(
                given.span(),
                "only `flavor = \"multi_thread\"` has worker threads: write it too, or remove this",
            );
        }
        let function = diagnostics.take(function(item, "larder::test"))?;
        let (asynchrony, returned) = function.asynchrony();
        if !matches!(asynchrony, Asynchrony::Keyword) {
            diagnostics.error(
                function.sig.fn_token.span,
                "a test on a Larder is async: write `async fn`",
            );
        }
        check_qualifiers(&function, diagnostics);
        if !function.sig.generics.params.is_empty() {
            diagnostics.error_at(
                &function.sig.generics,
                "a test is not generic: there is nobody to choose the types",
            );
        }
        check_attributes(&function, diagnostics);
        Some(Self {
            larder: larder(&function, diagnostics),
            krate: args.krate,
            flavor,
            worker_threads: args.worker_threads.map(|given| given.value),
            function,
            returned,
        })
    }
}

/// They would be lost: what is run is another function around the body.
fn check_qualifiers(function: &Function, diagnostics: &mut Diagnostics) {
    let Signature {
        constness,
        safety,
        abi,
        ..
    } = &function.sig;
    let words = [quote!(#constness), quote!(#safety), quote!(#abi)];
    if let Some(words) = words.into_iter().find(|words| !words.is_empty()) {
        let message = format!("a test is no `{words}` function: remove this");
        diagnostics.error_at(words, message);
    }
}

fn check_attributes(function: &Function, diagnostics: &mut Diagnostics) {
    for attr in &function.attrs {
        let last = attr.path().segments.last();
        if last.is_some_and(|segment| segment.ident == "test") {
            diagnostics.error(
                attr.path().span(),
                "`#[larder::test]` makes it a test already: remove this attribute",
            );
        }
    }
}

/// The only argument a test can have.
fn larder(function: &Function, diagnostics: &mut Diagnostics) -> Option<PatType> {
    let mut inputs = function.sig.inputs.iter();
    let first = inputs.next()?;
    if let Some(second) = inputs.next() {
        diagnostics.error_at(
            second,
            "a test takes nothing, or its Larder: write `async fn name(larder: Larder)`",
        );
    }
    match first {
        FnArg::Typed(typed) => Some(typed.clone()),
        FnArg::Receiver(receiver) => {
            diagnostics.error_at(
                receiver,
                "a test has no `self`: put it outside of the `impl`",
            );
            None
        }
    }
}

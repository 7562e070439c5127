//! `#[derive(CacheKey)]`.

mod args;
mod expand;
mod plan;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;
use plan::Plan;

pub(crate) fn run(item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some(input) = diagnostics.take(syn::parse2::<DeriveInput>(item)) else {
        return diagnostics.report().unwrap_or_default();
    };
    let plan = Plan::new(&input, &mut diagnostics);
    let errors = diagnostics.report();
    // Wrong or not, the type gets its implementation: who uses it has made no mistake.
    let implementation = expand::expand(&plan);
    TokenStream::from_iter([errors.unwrap_or_default(), implementation])
}

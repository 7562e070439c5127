//! `#[invalidates]`.

mod args;
mod expand;
mod plan;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use args::Args;
use plan::Plan;

pub(crate) fn run(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args, &mut diagnostics);
    let plan = Plan::new(args, item.clone(), &mut diagnostics);
    match (plan, diagnostics.report()) {
        (Some(plan), None) => expand::expand(&plan),
        // The item without the attribute, so that nothing that uses it is an error too.
        (_, errors) => TokenStream::from_iter([errors.unwrap_or_default(), item]),
    }
}

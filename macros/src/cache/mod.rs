//! `cache!`.

mod args;
mod expand;
mod plan;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use args::Args;
use plan::Plan;

pub(crate) fn run(declarations: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(declarations, &mut diagnostics);
    let plans = args.declarations.into_iter();
    let plans = plans.filter_map(|args| Plan::new(args, &mut diagnostics));
    let written: TokenStream = plans.map(|plan| expand::expand(&plan)).collect();
    // What could be understood is written all the same, so that nothing that uses it is an error
    // too.
    TokenStream::from_iter([diagnostics.report().unwrap_or_default(), written])
}

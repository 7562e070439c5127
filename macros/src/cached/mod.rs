//! `#[cached]`.

mod args;
mod batch;
mod batch_companions;
mod batching;
mod checks;
mod companions;
mod declaration;
mod documentation;
mod expand;
mod grouping;
mod groups;
mod independence;
mod lent;
mod pairs;
mod pieces;
mod placement;
mod plan;
mod returns;
mod staleness;
mod surroundings;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::stack::Expansion;
use args::Args;
use plan::Plan;

pub(crate) fn run(args: TokenStream, item: TokenStream) -> Expansion {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args, &mut diagnostics);
    let plan = Plan::new(args, item, &mut diagnostics);
    match (plan, diagnostics.report()) {
        (Some(plan), None) => Ok(expand::expand(&plan)),
        (_, errors) => Err(errors.unwrap_or_default()),
    }
}

//! The pieces of which the function and its companions are put together.

mod behind;
mod calls;
mod conditions;
mod copies;
mod draft;
mod failures;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

use super::plan::Plan;

pub(super) use calls::Verb;

impl Plan {
    /// The place of the return type, for names of our own.
    pub(in crate::cached) fn site(&self) -> Span {
        self.returned.site()
    }
}

/// The place of a rule, for names of our own.
fn site_of(rule: &Expr) -> Span {
    Span::mixed_site().located_at(rule.span())
}

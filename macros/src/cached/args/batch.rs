//! `batch`.

use proc_macro2::{Ident, Span};
use syn::Expr;

use crate::diagnostics::Diagnostics;
use crate::parse::Given;

/// What is written about batches.
pub(in crate::cached) struct BatchArg {
    /// The word `batch`.
    pub(in crate::cached) span: Span,
    /// The argument that holds the ids, if it is named.
    pub(in crate::cached) ids: Option<Ident>,
}

impl BatchArg {
    /// `batch`, or `batch = ids`.
    pub(in crate::cached) fn of(
        given: Given<Option<Expr>>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let span = given.span();
        let ids = match given.value {
            None => None,
            Some(Expr::Path(path)) if path.path.get_ident().is_some() => {
                path.path.get_ident().cloned()
            }
            Some(other) => {
                diagnostics.error_at(
                    other,
                    "`batch` names the argument that holds the ids: write `batch = ids`, or `batch` alone if there is only one",
                );
                return None;
            }
        };
        Some(Self { span, ids })
    }
}

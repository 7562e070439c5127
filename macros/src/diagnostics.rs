//! All mistakes of one attribute, reported together.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// What is wrong so far. The stages add to it and go on as far as they can; nobody expands before
/// it was asked.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Option<syn::Error>,
}

impl Diagnostics {
    /// One more mistake, at this place.
    pub(crate) fn error(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    /// One more mistake, under all of these tokens.
    pub(crate) fn error_at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// One more mistake, as the parser reported it.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    /// The value of a result, its error noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// `compile_error!`s for what was noted, and `None` if nothing was.
    pub(crate) fn report(self) -> Option<TokenStream> {
        self.errors.map(|errors| errors.to_compile_error())
    }
}

//! Tokens that are written many times.

use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

/// A few tokens, kept in these macros. A `TokenStream` is the compiler's, which is asked four times
/// whenever one is put into another.
#[derive(Clone)]
pub(crate) struct Words(Rc<[TokenTree]>);

impl Words {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        Self(tokens.into_token_stream().into_iter().collect())
    }
}

impl ToTokens for Words {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}

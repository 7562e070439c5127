//! Tokens that more than one attribute writes.

pub(crate) mod attributes;
pub(crate) mod body;
pub(crate) mod generics;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The tokens at another place, so that an error in what they say is shown there. Names stay what they were.
pub(crate) fn located(tokens: impl ToTokens, place: Span) -> TokenStream {
    let tokens = tokens.into_token_stream().into_iter().map(|mut token| {
        let span = token.span().located_at(place);
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), located(group.stream(), place)).into();
        }
        token.set_span(span);
        token
    });
    tokens.collect()
}

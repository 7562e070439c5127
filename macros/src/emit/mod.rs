//! Tokens that more than one attribute writes.

pub(crate) mod attributes;
pub(crate) mod body;
pub(crate) mod generics;
pub(crate) mod signature;
mod words;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Expr;

pub(crate) use words::Words;

/// An expression of which a reference is taken. With parentheses only where they are needed:
/// elsewhere the compiler would ask the user to remove them.
pub(crate) fn operand(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Binary(_) | Expr::Unary(_) | Expr::Cast(_) | Expr::Range(_) => quote!((#expr)),
        _ => quote!(#expr),
    }
}

/// The tokens at another place, so that an error in what they say is shown there, and once: the
/// compiler takes two errors at the same place, which includes the hygiene of names, for one. It is
/// for paths of ours, not for user's names.
///
/// In `::larder::…` the crate's name keeps its place: if there is no crate of this name, that is
/// what the error is about, once for all paths.
pub(crate) fn located(tokens: impl ToTokens, place: Span) -> TokenStream {
    let mut colons = 0;
    let tokens = tokens.into_token_stream().into_iter().enumerate();
    let tokens = tokens.map(|(at, mut token)| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), located(group.stream(), place)).into();
        }
        let is_crate = at == 2 && colons == 2;
        token.set_span(match &token {
            TokenTree::Ident(ident) if is_crate => ident.span(),
            // Which crate that is stands in its span.
            TokenTree::Ident(ident) if ident == "$crate" => ident.span().located_at(place),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                place
            }
            _ => place,
        });
        token
    });
    tokens.collect()
}

//! The function under an attribute, or what is said of anything else there.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Visibility};

use super::item::Function;

/// The words that may stand before `fn`.
const QUALIFIERS: [&str; 5] = ["async", "const", "default", "extern", "unsafe"];

/// The function under the attribute of this name.
pub(crate) fn function(item: TokenStream, attribute: &str) -> syn::Result<Function> {
    syn::parse2(item.clone()).map_err(|error| refusal(item, attribute).unwrap_or(error))
}

/// What is said of an item that is no function. Of one with a mistake in it the parser tells.
fn refusal(item: TokenStream, attribute: &str) -> Option<syn::Error> {
    let item = behind_attributes.parse2(item).ok()?;
    let keyword = keyword(&item);
    match &keyword {
        Some(word) if word == "fn" => None,
        Some(word) if ["impl", "trait", "mod"].iter().any(|it| word == it) => {
            let message = format!(
                "`#[{attribute}]` goes on an `async fn`: put it on each function in here that it is meant for"
            );
            Some(syn::Error::new(word.span(), message))
        }
        _ => {
            let message = format!("`#[{attribute}]` goes on an `async fn`");
            Some(syn::Error::new_spanned(item, message))
        }
    }
}

fn behind_attributes(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    input.parse()
}

/// The word that says what an item is.
fn keyword(item: &TokenStream) -> Option<Ident> {
    item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if QUALIFIERS.iter().all(|it| word != it) => Some(word),
        _ => None,
    })
}

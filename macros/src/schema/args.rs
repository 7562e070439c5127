//! What is written in `#[schema(..)]`, and what serde's attributes say about the encoding.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Meta, Path, parse_quote};

use crate::diagnostics::Diagnostics;
use crate::parse::Arguments;
use crate::parse::item::mentions;

/// The path of `larder`, from the attributes of a type.
pub(super) fn krate(attrs: &[Attribute], diagnostics: &mut Diagnostics) -> Path {
    let list = attrs.iter().find_map(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("schema") => Some(list.tokens.clone()),
        _ => None,
    });
    match list {
        Some(tokens) => Arguments::parse(tokens, "#[schema] on a type", &["crate"], diagnostics)
            .krate(diagnostics),
        None => parse_quote!(::larder),
    }
}

/// What stands in each `#[serde(..)]`, whatever the blanks: renamed or skipped fields are encoded
/// otherwise.
pub(super) fn serde(attrs: &[Attribute]) -> Vec<String> {
    let lists = serde_lists(attrs);
    lists.map(canonical).collect()
}

/// Whether a field is not encoded as its type would be: it is left out, or a function writes it.
pub(super) fn is_encoded_otherwise(attrs: &[Attribute]) -> bool {
    let otherwise = ["skip", "skip_serializing", "with", "serialize_with", "into"];
    serde_lists(attrs).any(|tokens| mentions(&tokens, &|word| otherwise.contains(&word)))
}

/// Tokens as text, each apart from the next by a blank. The compiler's own way to print them
/// changes between versions.
pub(super) fn canonical(tokens: TokenStream) -> String {
    let texts = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let inside = canonical(group.stream());
            match group.delimiter() {
                Delimiter::Parenthesis => format!("( {inside} )"),
                Delimiter::Brace => format!("{{ {inside} }}"),
                Delimiter::Bracket => format!("[ {inside} ]"),
                Delimiter::None => inside,
            }
        }
        TokenTree::Ident(ident) => ident.to_string(),
        TokenTree::Punct(punct) => punct.as_char().to_string(),
        TokenTree::Literal(literal) => literal.to_string(),
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn serde_lists(attrs: &[Attribute]) -> impl Iterator<Item = TokenStream> {
    attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("serde") => Some(list.tokens.clone()),
        _ => None,
    })
}

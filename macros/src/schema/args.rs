//! What is written in `#[schema(..)]`, and what serde's attributes say about the encoding.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Meta, Path, parse_quote};

use crate::diagnostics::Diagnostics;
use crate::parse::Arguments;
use crate::parse::item::mentions;

/// The path of `larder`, from the attributes of a type.
pub(super) fn krate(attrs: &[Attribute], diagnostics: &mut Diagnostics) -> Path {
    let Some(attr) = attrs.iter().find(|attr| attr.path().is_ident("schema")) else {
        return parse_quote!(::larder);
    };
    match &attr.meta {
        Meta::List(list) => {
            let tokens = list.tokens.clone();
            Arguments::parse(tokens, "#[schema] on a type", &["crate"], diagnostics)
                .krate(diagnostics)
        }
        Meta::Path(_) | Meta::NameValue(_) => {
            diagnostics.error_at(
                attr,
                "this says nothing: write `#[schema(crate = ::my_crate::larder)]`, or remove it",
            );
            parse_quote!(::larder)
        }
    }
}

/// Refuses the attribute on a field or a variant, if it says there what it may say elsewhere. What
/// else it says is for another derive that knows it.
pub(super) fn refuse(attrs: &[Attribute], diagnostics: &mut Diagnostics) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("schema")) {
        let first = match &attr.meta {
            Meta::List(list) => list.tokens.clone().into_iter().next(),
            Meta::Path(_) | Meta::NameValue(_) => None,
        };
        match first.map(|word| word.to_string()).as_deref() {
            None => diagnostics.error_at(attr, "this says nothing: remove it"),
            Some("crate") => diagnostics.error_at(
                attr,
                "`crate` is said once, of the type: write it above the `struct` or the `enum`",
            ),
            Some("skip") => diagnostics.error_at(
                attr,
                "a fingerprint is of all that is encoded, and what that is serde is told: write `#[serde(skip)]`, or remove this",
            ),
            Some(_) => {}
        }
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

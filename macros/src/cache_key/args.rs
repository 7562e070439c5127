//! What is written in `#[cache_key(..)]`.

use proc_macro2::TokenStream;
use syn::{Attribute, Meta, Path, parse_quote};

use crate::diagnostics::Diagnostics;
use crate::parse::Arguments;

/// Whether a field is part of the key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Written,
    Skipped,
}

/// The path of `larder`, from the attributes of a type.
pub(super) fn krate(attrs: &[Attribute], diagnostics: &mut Diagnostics) -> Path {
    match list(
        attrs,
        "#[cache_key(crate = ::my_crate::larder)]",
        diagnostics,
    ) {
        Some(tokens) => Arguments::parse(tokens, "#[cache_key] on a type", &["crate"], diagnostics)
            .krate(diagnostics),
        None => parse_quote!(::larder),
    }
}

/// Whether a field is part of the key, from its attributes.
pub(super) fn part(attrs: &[Attribute], diagnostics: &mut Diagnostics) -> Part {
    let Some(tokens) = list(attrs, "#[cache_key(skip)]", diagnostics) else {
        return Part::Written;
    };
    let mut arguments = Arguments::parse(tokens, "#[cache_key] on a field", &["skip"], diagnostics);
    if arguments.flag("skip", diagnostics) {
        Part::Skipped
    } else {
        Part::Written
    }
}

/// Refuses the attribute where it means nothing.
pub(super) fn refuse(attrs: &[Attribute], diagnostics: &mut Diagnostics) {
    if let Some(attr) = attrs.iter().find(|attr| attr.path().is_ident("cache_key")) {
        diagnostics.error_at(
            attr,
            "a variant has no `#[cache_key(..)]`: write `#[cache_key(skip)]` on a field",
        );
    }
}

/// What stands in the parentheses of all `#[cache_key(..)]` together. One with nothing in them was
/// meant to say something; `cure` is what may stand here.
fn list(attrs: &[Attribute], cure: &str, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    let attrs = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cache_key"));
    let lists = attrs.filter_map(|attr| match &attr.meta {
        Meta::List(list) if !list.tokens.is_empty() => Some(list.tokens.clone()),
        _ => {
            diagnostics.error_at(
                attr,
                format!("this says nothing: write `{cure}`, or remove it"),
            );
            None
        }
    });
    lists.reduce(|all, next| quote::quote!(#all, #next))
}

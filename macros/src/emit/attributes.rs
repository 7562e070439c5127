//! Which of a function's attributes belong to what is written beside it.

use syn::{Attribute, Meta, parse_quote};

/// `#[cfg(..)]`: without the function, nothing beside it may stand either.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<Attribute> {
    let conditions = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    conditions.cloned().collect()
}

/// Levels of lints: they were written for the body, wherever it ends up.
///
/// `expect` becomes `allow`: the lint speaks up for one of the two functions, and the expectation of the other would
/// stay unfulfilled.
pub(crate) fn lint_levels(attrs: &[Attribute]) -> Vec<Attribute> {
    let levels = attrs.iter().filter_map(|attr| {
        let Meta::List(list) = &attr.meta else {
            return None;
        };
        let tokens = &list.tokens;
        match attr.path().get_ident()?.to_string().as_str() {
            "allow" | "expect" => Some(parse_quote!(#[allow(#tokens)])),
            "warn" | "deny" => Some(attr.clone()),
            _ => None,
        }
    });
    levels.collect()
}

/// The attributes as they stay on the function that the user wrote.
pub(crate) fn kept(attrs: &[Attribute]) -> Vec<Attribute> {
    let kept = attrs.iter().map(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            let tokens = &list.tokens;
            parse_quote!(#[allow(#tokens)])
        }
        _ => attr.clone(),
    });
    kept.collect()
}

/// Whether the item is hidden from the documentation.
pub(crate) fn is_hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

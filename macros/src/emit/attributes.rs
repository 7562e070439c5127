//! Which of a function's attributes belong to what is written beside it.

use syn::{Attribute, Meta, parse_quote};

/// `#[cfg(..)]`: without the function, nothing beside it may stand either.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<Attribute> {
    let conditions = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    conditions.cloned().collect()
}

/// Levels of lints: they were written for the body, wherever it ends up.
///
/// `expect` becomes `allow`: the lint speaks up for one of the two functions, and the expectation
/// of the other would stay unfulfilled.
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

/// The lints that the user allows in the function: what is written from its signature may break
/// them again.
pub(crate) fn allowed(attrs: &[Attribute]) -> Vec<Attribute> {
    let levels = lint_levels(attrs).into_iter();
    levels
        .filter(|attr| attr.path().is_ident("allow"))
        .collect()
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

/// The attributes that mean the same on an `async fn` and on a function that returns a future.
/// `must_use` does not: it is about what is awaited, or about the future.
const INERT: [&str; 9] = [
    "allow",
    "cfg",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "forbid",
    "inline",
    "warn",
];

/// Whether all of them mean the same on an `async fn` and on a function that returns a future. Of
/// those that other macros have brought it is not known.
pub(crate) fn are_inert(attrs: &[Attribute]) -> bool {
    let is_inert = |attr: &Attribute| INERT.iter().any(|name| attr.path().is_ident(name));
    attrs.iter().all(is_inert)
}

/// Whether the item is hidden from the documentation.
pub(crate) fn is_hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

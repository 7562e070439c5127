//! Generic parameters, repeated where what is written beside a function needs them.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Token, TypeParamBound, WherePredicate};

/// `::<T, N>`: the parameters of a call from the same generics. Without lifetimes, which the
/// compiler finds by itself and often refuses to be told.
pub(crate) fn turbofish(generics: &Generics) -> TokenStream {
    let names: Vec<_> = generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Lifetime(_) => None,
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
        })
        .collect();
    if names.is_empty() {
        TokenStream::new()
    } else {
        quote!(::<#(#names),*>)
    }
}

/// The parameters that some tokens need: those that they name, and those that bounds on these name
/// in turn.
///
/// A companion that takes fewer arguments than its function would otherwise have parameters that no
/// call can settle.
pub(crate) fn needed_by(generics: &Generics, tokens: impl FnOnce() -> TokenStream) -> Generics {
    if generics.params.is_empty() {
        return generics.clone();
    }
    let declared: BTreeSet<String> = generics.params.iter().map(name).collect();
    let mut needed = names_in(&tokens(), &declared);
    loop {
        let before = needed.len();
        for param in &generics.params {
            if needed.contains(&name(param)) {
                needed.append(&mut names_in(&param.to_token_stream(), &declared));
            }
        }
        for predicate in predicates(generics) {
            let subject = names_in(&subject(predicate), &declared);
            if !subject.is_disjoint(&needed) {
                needed.append(&mut names_in(&predicate.to_token_stream(), &declared));
            }
        }
        if needed.len() == before {
            break;
        }
    }

    let mut kept = generics.clone();
    kept.params = generics
        .params
        .iter()
        .filter(|param| needed.contains(&name(param)))
        .cloned()
        .collect();
    if let Some(clause) = &mut kept.where_clause {
        clause.predicates = predicates(generics)
            .filter(|it| names_in(&it.to_token_stream(), &declared).is_subset(&needed))
            .cloned()
            .collect();
    }
    kept
}

/// The type parameters that nothing says to be `'static`.
pub(crate) fn type_parameters_without_end(generics: &Generics) -> Vec<String> {
    let is_static = |bounds: &Punctuated<TypeParamBound, Token![+]>| {
        bounds
            .iter()
            .any(|bound| matches!(bound, TypeParamBound::Lifetime(it) if it.ident == "static"))
    };
    let bounded_by_clause = |param: &Ident| {
        predicates(generics).any(|predicate| match predicate {
            WherePredicate::Type(predicate) => {
                *param == predicate.bounded_ty.to_token_stream().to_string()
                    && is_static(&predicate.bounds)
            }
            _ => false,
        })
    };
    generics
        .type_params()
        .filter(|param| !is_static(&param.bounds) && !bounded_by_clause(&param.ident))
        .map(|param| param.ident.to_string())
        .collect()
}

/// Which of the declared parameters some tokens name.
pub(crate) fn names_in(tokens: &TokenStream, declared: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(tokens.clone(), declared, &mut names);
    names
}

fn collect(tokens: TokenStream, declared: &BTreeSet<String>, names: &mut BTreeSet<String>) {
    use proc_macro2::TokenTree;

    let mut lifetime = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let mark = if lifetime { "'" } else { "" };
                let name = format!("{mark}{ident}");
                if declared.contains(&name) {
                    names.insert(name);
                }
                lifetime = false;
            }
            TokenTree::Punct(punct) => lifetime = punct.as_char() == '\'',
            TokenTree::Group(group) => collect(group.stream(), declared, names),
            TokenTree::Literal(_) => {}
        }
    }
}

fn name(param: &GenericParam) -> String {
    match param {
        GenericParam::Lifetime(param) => param.lifetime.to_string(),
        GenericParam::Type(param) => param.ident.to_string(),
        GenericParam::Const(param) => param.ident.to_string(),
    }
}

fn predicates(generics: &Generics) -> impl Iterator<Item = &WherePredicate> {
    generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates)
}

/// What a predicate is about.
fn subject(predicate: &WherePredicate) -> TokenStream {
    match predicate {
        WherePredicate::Lifetime(predicate) => predicate.lifetime.to_token_stream(),
        WherePredicate::Type(predicate) => predicate.bounded_ty.to_token_stream(),
        _ => predicate.to_token_stream(),
    }
}

/// Whether the lifetimes of these parameters have names.
pub(crate) fn has_lifetimes(generics: &Generics) -> bool {
    generics.lifetimes().next().is_some()
}

/// The generics with this bound on every type parameter, as the standard library's derives do it.
pub(crate) fn with_bound(generics: &Generics, bound: &TokenStream) -> Generics {
    let mut generics = generics.clone();
    for param in generics.type_params_mut() {
        param.bounds.push(syn::parse_quote!(#bound));
    }
    generics
}

//! The ids and values that a batched function returns, as far as the words of its type tell.

use syn::Type;

use crate::declaring::{borrowed, check_owned};
use crate::diagnostics::Diagnostics;
use crate::parse::item::{bare, last_segment, type_arguments};

/// The ids are kept while their values are loaded, and the values are read back from the store.
pub(super) fn check_owned_pairs(collection: &Type, diagnostics: &mut Diagnostics) {
    match pair(collection) {
        None => check_owned(collection, diagnostics),
        Some((id, value)) => match borrowed(id) {
            None => check_owned(value, diagnostics),
            Some(borrowed) => diagnostics.error_at(
                borrowed,
                "ids are kept while their values are loaded and cannot borrow: take and return ids that own what they have, such as `&[String]` and `HashMap<String, Value>` for `&str`",
            ),
        },
    }
}

/// The types of an id and its value, if the words of the collection tell.
pub(super) fn pair(collection: &Type) -> Option<(&Type, &Type)> {
    let segment = last_segment(collection)?;
    match (&*segment.ident.to_string(), &type_arguments(segment)[..]) {
        ("HashMap" | "BTreeMap", [id, value, ..]) => Some((id, value)),
        ("Vec", [pair]) => match bare(pair) {
            Type::Tuple(tuple) if tuple.elems.len() == 2 => {
                Some((&tuple.elems[0], &tuple.elems[1]))
            }
            _ => None,
        },
        _ => None,
    }
}

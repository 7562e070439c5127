//! Tokens that more than one attribute writes.

pub(crate) mod attributes;
pub(crate) mod body;
pub(crate) mod generics;

use proc_macro2::Span;
use syn::Path;

/// The path at another place, so that an error in what it leads to is shown there. Names stay what they were.
pub(crate) fn located(path: &Path, place: Span) -> Path {
    let mut path = path.clone();
    for segment in &mut path.segments {
        let span = segment.ident.span().located_at(place);
        segment.ident.set_span(span);
    }
    path
}

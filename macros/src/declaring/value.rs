//! The type of what is stored.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit::{self, Visit};
use syn::{Lifetime, PathSegment, Type, TypeFnPtr, TypeReference};

use crate::diagnostics::Diagnostics;

/// A value that is returned is read back from the store, where nothing is that it could borrow.
pub(crate) fn check_owned(value: &Type, diagnostics: &mut Diagnostics) {
    if let Some(borrowed) = borrowed(value) {
        diagnostics.error_at(
            borrowed,
            "a cached value is read back from the store and cannot borrow: return one that owns what it has, such as `String` for `&str`",
        );
    }
}

/// What of a type borrows: a lifetime, or a reference, which nothing can be read back into, not
/// even a `&'static str`.
pub(crate) fn borrowed(ty: &Type) -> Option<TokenStream> {
    struct Find(Option<TokenStream>);

    impl Visit<'_> for Find {
        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            if lifetime.ident != "static" {
                self.0.get_or_insert_with(|| quote!(#lifetime));
            }
        }

        fn visit_type_reference(&mut self, reference: &TypeReference) {
            self.0.get_or_insert_with(|| quote!(#reference));
        }

        // A marker may name what it likes, and so may a function's type.
        fn visit_path_segment(&mut self, segment: &PathSegment) {
            if segment.ident != "PhantomData" {
                visit::visit_path_segment(self, segment);
            }
        }

        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

//! How arguments borrow: what a body that may outlive its caller must own.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit::{self, Visit};
use syn::{FnArg, Lifetime, ReceiverKind, Type, TypeFnPtr, TypeReference};

use crate::parse::item::bare;

/// How an argument borrows.
pub(super) enum Lent {
    /// It does not.
    No,
    /// It is a reference to something that does not.
    AsIs,
    Mutably,
    /// By a lifetime within its type.
    Within(TokenStream),
}

impl Lent {
    pub(super) fn of(arg: &FnArg) -> Self {
        match arg {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(_, _, Some(_)) => Self::Mutably,
                ReceiverKind::Reference(..) => Self::AsIs,
                ReceiverKind::Typed(_, ty) => Self::of_type(ty),
                _ => Self::No,
            },
            FnArg::Typed(typed) => Self::of_type(&typed.ty),
        }
    }

    fn of_type(ty: &Type) -> Self {
        match bare(ty) {
            Type::Reference(reference) if is_static(reference) => Self::No,
            Type::Reference(reference) if reference.mutability.is_some() => Self::Mutably,
            Type::Reference(reference) => {
                lifetime_in(&reference.elem).map_or(Self::AsIs, Self::Within)
            }
            ty => lifetime_in(ty).map_or(Self::No, Self::Within),
        }
    }
}

fn is_static(reference: &TypeReference) -> bool {
    let lifetime = reference.lifetime.as_ref();
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// The first lifetime in a type, other than `'static`, or the reference that hides it.
fn lifetime_in(ty: &Type) -> Option<TokenStream> {
    struct Find(Option<TokenStream>);

    impl Visit<'_> for Find {
        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            if lifetime.ident != "static" {
                self.0.get_or_insert_with(|| quote!(#lifetime));
            }
        }

        fn visit_type_reference(&mut self, reference: &TypeReference) {
            if is_static(reference) {
                visit::visit_type_reference(self, reference);
            } else {
                self.0.get_or_insert_with(|| quote!(#reference));
            }
        }

        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

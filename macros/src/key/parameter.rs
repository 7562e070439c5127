//! An argument in a key: how the function has it, and how the companions take it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use crate::parse::item::{Parameter, bare, last_segment, type_arguments};

/// An argument of which the key is made.
pub(crate) struct KeyParameter {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    passing: Passing,
}

/// Which of the functions a piece of code stands in: they have the same arguments in different
/// types.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The user's, with the user's types.
    Function,
    /// A companion, which borrows what the function owns.
    Companion,
}

/// How companions take an argument.
enum Passing {
    /// A number or a character: as it is.
    Copied,
    /// A reference: as it is.
    Reference,
    /// `String`: a `&str`, of which every caller has one.
    Text,
    /// `Vec<T>`: a slice.
    Slice(Box<Type>),
    /// Everything else: by reference.
    Borrowed,
}

const COPIED: [&str; 16] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64", "bool", "char",
];

impl KeyParameter {
    /// `in_parts` says that the key takes fields of it or calls its methods, so that it must stay
    /// of its own type.
    pub(super) fn new(parameter: &Parameter, in_parts: bool) -> Self {
        Self {
            passing: Passing::of(&parameter.ty, in_parts),
            name: parameter.name.clone(),
            ty: parameter.ty.clone(),
        }
    }

    /// The argument in a companion's signature.
    pub(crate) fn declaration(&self) -> TokenStream {
        let Self { name, ty, passing } = self;
        match passing {
            Passing::Copied | Passing::Reference => quote!(#name: #ty),
            Passing::Text => quote!(#name: &str),
            Passing::Slice(item) => quote!(#name: &[#item]),
            // Without the parentheses, `&impl A + B` is no type.
            Passing::Borrowed if matches!(bare(ty), Type::ImplTrait(_)) => quote!(#name: &(#ty)),
            Passing::Borrowed => quote!(#name: &#ty),
        }
    }

    /// What the function hands to a companion.
    pub(crate) fn handed_over(&self) -> TokenStream {
        let name = &self.name;
        match self.passing {
            Passing::Copied | Passing::Reference => quote!(#name),
            Passing::Text | Passing::Slice(_) | Passing::Borrowed => quote!(&#name),
        }
    }

    /// A reference to the argument, where it stands.
    pub(super) fn reference(&self, side: Side) -> TokenStream {
        let name = &self.name;
        match (&self.passing, side) {
            (Passing::Reference, _) => quote!(#name),
            // At the name, so that what is wrong is said in the same words wherever the key is
            // written, and once.
            (Passing::Copied, _) | (_, Side::Function) => quote_spanned!(name.span()=> &#name),
            (_, Side::Companion) => quote!(#name),
        }
    }

    /// A reference to the argument, or to a reference to it that is there already: what is behind
    /// the first may be of any length.
    pub(super) fn sized_reference(&self, side: Side) -> TokenStream {
        let name = &self.name;
        if let (Passing::Borrowed, Side::Companion) = (&self.passing, side) {
            return quote!(#name);
        }
        quote_spanned!(name.span()=> &#name)
    }
}

impl Passing {
    fn of(ty: &Type, in_parts: bool) -> Self {
        if let Type::Reference(_) = bare(ty) {
            return Self::Reference;
        }
        let Some(segment) = last_segment(ty) else {
            return Self::Borrowed;
        };
        if !may_be_of_std(ty) {
            return Self::Borrowed;
        }
        let name = segment.ident.to_string();
        match (name.as_str(), &type_arguments(segment)[..]) {
            (name, []) if COPIED.contains(&name) => Self::Copied,
            ("String", []) if !in_parts => Self::Text,
            ("Vec", [item]) if !in_parts => Self::Slice(Box::new((*item).clone())),
            _ => Self::Borrowed,
        }
    }
}

/// Whether a path may be one of the standard library's: by its beginning, or because there is
/// nothing before the name.
fn may_be_of_std(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else {
        return false;
    };
    let segments = &path.path.segments;
    let begins_in_std = ["std", "core", "alloc"]
        .iter()
        .any(|it| segments[0].ident == it);
    segments.len() == 1 || begins_in_std
}

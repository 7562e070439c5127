//! What of a return is stored, as far as its words tell.
//!
//! The companions must name the stored type in their signatures, so the choice cannot wait for the
//! compiler's types.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Generics, Lifetime, Type, TypeImplTrait, TypeReference};

use super::args::{self, BatchArg};
use super::pairs::check_owned_pairs;
use crate::declaring::check_owned;
use crate::diagnostics::Diagnostics;
use crate::emit::Words;
use crate::emit::generics::type_parameters_without_end;
use crate::parse::item::{bare, last_segment, mentions, reads_like_result, type_arguments};

/// The return type of a function.
pub(super) struct Returned {
    pub(super) ty: Type,
    pub(super) shape: Shape,
    /// The place of the type, for names of our own.
    site: Span,
    /// Whether the user chose the shape.
    certain: bool,
}

/// Which of the runtime's shapes it has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Direct,
    Fallible,
}

/// Whether a stored value can be `None`, as far as its words tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Optional {
    Yes,
    No,
    /// It may be another name for an `Option`.
    Perhaps,
}

impl Returned {
    pub(super) fn plan(
        ty: Type,
        chosen: Option<args::Returns>,
        batch: Option<&BatchArg>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let unnamed = unnamed_type(&ty);
        let has_name = unnamed.is_none();
        if let Some(unnamed) = unnamed {
            diagnostics.error_at(
                unnamed,
                "a cached value needs a type with a name, because it is read back from the store: write the type that is returned",
            );
        }
        let shape = match chosen {
            Some(args::Returns::Result) => Shape::Fallible,
            None if reads_like_result(&ty) => Shape::Fallible,
            Some(args::Returns::Value) | None => Shape::Direct,
        };
        let returned = Self {
            site: Span::mixed_site().located_at(ty.span()),
            ty,
            shape,
            certain: chosen.is_some(),
        };
        if has_name && let Some(value) = returned.words_of_value() {
            match batch {
                Some(_) => check_owned_pairs(value, diagnostics),
                None => check_owned(value, diagnostics),
            }
        }
        returned
    }

    /// The runtime's shape with this return type, in the place of that type: if the shape does not
    /// fit, it is said wherever the shape is named, and the compiler takes what is said twice in
    /// one place for one error. The type itself stays the user's, for the same reason: a name in it
    /// that is not known is said wherever the type is.
    pub(super) fn shape_tokens(&self, krate: &Words) -> TokenStream {
        let ty = &self.ty;
        let shape = match self.shape {
            Shape::Direct => Ident::new("Direct", self.site()),
            Shape::Fallible => Ident::new("Fallible", self.site()),
        };
        quote_spanned!(self.site()=> #krate::__private::#shape<#ty>)
    }

    /// The stored type.
    pub(super) fn value_tokens(&self, krate: &Words, shape: &Words) -> TokenStream {
        if let Some(value) = self.value() {
            return quote!(#value);
        }
        quote_spanned!(self.site()=> <#shape as #krate::__private::Shape>::Value)
    }

    /// The type of what is returned in place of a value.
    pub(super) fn error_tokens(&self, krate: &Words, shape: &Words) -> TokenStream {
        if let Some((_, error)) = self.result_in_full() {
            return quote!(#error);
        }
        quote_spanned!(self.site()=> <#shape as #krate::__private::Shape>::Error)
    }

    /// The place of the return type, for names of our own.
    pub(super) fn site(&self) -> Span {
        self.site
    }

    /// Whether what is stored can be `None`.
    pub(super) fn optional(&self) -> Optional {
        let Some(value) = self.value() else {
            return Optional::Perhaps;
        };
        match last_segment(value) {
            Some(segment) if segment.ident == "Option" => Optional::Yes,
            Some(segment) if KNOWN.iter().any(|known| segment.ident == known) => Optional::No,
            Some(_) => Optional::Perhaps,
            None => match bare(value) {
                Type::Path(_) | Type::Macro(_) => Optional::Perhaps,
                _ => Optional::No,
            },
        }
    }

    /// Whether the compiler must be asked if this is a `Result` under another name.
    pub(super) fn may_be_a_hidden_result(&self) -> bool {
        let known = last_segment(&self.ty).is_some_and(|segment| {
            segment.ident == "Option" || KNOWN.iter().any(|known| segment.ident == known)
        });
        let named = matches!(bare(&self.ty), Type::Path(_) | Type::Macro(_));
        self.shape == Shape::Direct && !self.certain && named && !known
    }

    /// Whether the compiler may be asked if the error can be shared. It does not see lifetimes when
    /// it is asked, and would then refuse an error that borrows.
    pub(super) fn may_share_errors(&self, generics: &Generics) -> bool {
        let ty = &self.ty;
        let endless = type_parameters_without_end(generics);
        let borrows = || {
            mentions(&quote!(#ty), &|word| {
                endless.iter().any(|name| name == word)
            })
        };
        self.shape == Shape::Fallible && (endless.is_empty() || !borrows()) && !has_lifetime(ty)
    }

    /// The stored type, if its words alone tell.
    fn value(&self) -> Option<&Type> {
        match self.shape {
            Shape::Direct => Some(&self.ty),
            Shape::Fallible => self.result_in_full().map(|(value, _)| value),
        }
    }

    /// What stands for the stored type, be it only the first word behind a `Result` under another
    /// name.
    pub(super) fn words_of_value(&self) -> Option<&Type> {
        match self.shape {
            Shape::Direct => Some(&self.ty),
            Shape::Fallible => type_arguments(last_segment(&self.ty)?).first().copied(),
        }
    }

    /// Whether the type of the error stands in the signature.
    pub(super) fn names_its_error(&self) -> bool {
        self.result_in_full().is_some()
    }

    /// `T` and `E` of `Result<T, E>`. What an alias such as `io::Result<T>` stands for only the
    /// compiler knows.
    fn result_in_full(&self) -> Option<(&Type, &Type)> {
        let segment = last_segment(&self.ty).filter(|it| it.ident == "Result")?;
        match (self.shape, &type_arguments(segment)[..]) {
            (Shape::Fallible, [value, error]) => Some((value, error)),
            _ => None,
        }
    }
}

/// Types of the standard library that nobody shadows by an alias of an `Option` or a `Result`.
const KNOWN: [&str; 28] = [
    "String", "Vec", "Box", "Arc", "Rc", "Cow", "HashMap", "HashSet", "BTreeMap", "BTreeSet",
    "VecDeque", "Duration", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8",
    "i16", "i32", "i64", "i128", "isize", "f32", "f64",
];

/// Whether this is the name of a type of the standard library.
pub(super) fn is_known(name: &str) -> bool {
    name == "Option" || KNOWN.contains(&name)
}

/// The first `impl Trait` in a type.
fn unnamed_type(ty: &Type) -> Option<TypeImplTrait> {
    struct Find(Option<TypeImplTrait>);

    impl Visit<'_> for Find {
        fn visit_type_impl_trait(&mut self, found: &TypeImplTrait) {
            self.0.get_or_insert_with(|| found.clone());
        }
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// Whether a type names or hides a lifetime other than `'static`.
fn has_lifetime(ty: &Type) -> bool {
    struct Find(bool);

    impl Visit<'_> for Find {
        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            self.0 |= lifetime.ident != "static";
        }

        fn visit_type_reference(&mut self, reference: &TypeReference) {
            self.0 |= reference.lifetime.is_none();
            visit::visit_type_reference(self, reference);
        }
    }

    let mut find = Find(false);
    find.visit_type(ty);
    find.0
}

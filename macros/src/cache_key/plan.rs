//! Which fields of a type make its key.

use proc_macro2::Span;
use quote::format_ident;
use syn::{Data, DeriveInput, Fields, Generics, Ident, Member, Path, Type};

use super::args::{Part, krate, part, refuse};
use crate::diagnostics::Diagnostics;

/// A type that becomes part of keys.
pub(super) struct Plan<'a> {
    pub(super) krate: Path,
    pub(super) name: &'a Ident,
    pub(super) generics: &'a Generics,
    pub(super) form: Form<'a>,
}

/// What the type is.
pub(super) enum Form<'a> {
    Struct(Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
    /// It is none that can be a key, which has been reported.
    Refused,
}

/// A variant of an enum.
pub(super) struct Variant<'a> {
    pub(super) name: &'a Ident,
    pub(super) is_unit: bool,
    pub(super) fields: Vec<Field<'a>>,
}

/// A field that is written.
pub(super) struct Field<'a> {
    pub(super) member: Member,
    /// What it is called in a pattern.
    pub(super) binding: Ident,
    pub(super) ty: &'a Type,
}

impl<'a> Plan<'a> {
    pub(super) fn new(input: &'a DeriveInput, diagnostics: &mut Diagnostics) -> Self {
        let form = match &input.data {
            Data::Struct(data) => Form::Struct(fields(&data.fields, diagnostics)),
            Data::Enum(data) => {
                let variants = data.variants.iter().map(|variant| {
                    refuse(&variant.attrs, diagnostics);
                    Variant {
                        name: &variant.ident,
                        is_unit: matches!(variant.fields, Fields::Unit),
                        fields: fields(&variant.fields, diagnostics),
                    }
                });
                Form::Enum(variants.collect())
            }
            Data::Union(data) => {
                diagnostics.error(
                    data.union_token.span,
                    "nobody knows which field of a union is meant: implement `CacheKey` by hand",
                );
                Form::Refused
            }
        };
        Self {
            krate: krate(&input.attrs, diagnostics),
            name: &input.ident,
            generics: &input.generics,
            form,
        }
    }
}

fn fields<'a>(fields: &'a Fields, diagnostics: &mut Diagnostics) -> Vec<Field<'a>> {
    let mut written = Vec::new();
    for (index, (member, field)) in fields.members().zip(fields).enumerate() {
        if part(&field.attrs, diagnostics) == Part::Written {
            written.push(Field {
                member,
                binding: format_ident!("__field_{index}", span = Span::mixed_site()),
                ty: &field.ty,
            });
        }
    }
    written
}

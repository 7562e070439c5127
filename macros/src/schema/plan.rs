//! What of a type decides how its values are encoded.

use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, Path, Type};

use super::args::{canonical, is_encoded_otherwise, krate, refuse, serde};
use crate::diagnostics::Diagnostics;
use crate::parse::item::mentions;

/// A type whose shape gets a fingerprint.
pub(super) struct Plan<'a> {
    pub(super) krate: Path,
    pub(super) name: &'a Ident,
    pub(super) generics: &'a Generics,
    /// What serde's attributes on the type say.
    pub(super) attributes: Vec<String>,
    pub(super) form: Form<'a>,
}

/// What the type is.
pub(super) enum Form<'a> {
    Struct(Content<'a>),
    Enum(Vec<Variant<'a>>),
    /// It is none that serde can write, which has been reported.
    Refused,
}

/// A variant of an enum.
pub(super) struct Variant<'a> {
    pub(super) name: String,
    pub(super) attributes: Vec<String>,
    pub(super) content: Content<'a>,
}

/// The fields of a struct or a variant.
pub(super) struct Content<'a> {
    pub(super) kind: &'static str,
    pub(super) fields: Vec<Field<'a>>,
}

/// A field, in its place.
pub(super) struct Field<'a> {
    pub(super) name: Option<String>,
    pub(super) attributes: Vec<String>,
    pub(super) shape: FieldShape<'a>,
}

/// What is known of a field's own shape.
pub(super) enum FieldShape<'a> {
    /// Its type has a fingerprint.
    Typed(&'a Type),
    /// Its type has none that could be asked for, and its words stand in: it is encoded in some
    /// other way, or it contains the type whose fingerprint is being made.
    Words(String),
}

impl<'a> Plan<'a> {
    pub(super) fn new(input: &'a DeriveInput, diagnostics: &mut Diagnostics) -> Self {
        let name = &input.ident;
        let form = match &input.data {
            Data::Struct(data) => Form::Struct(content(name, &data.fields, diagnostics)),
            Data::Enum(data) => Form::Enum(
                data.variants
                    .iter()
                    .map(|variant| {
                        refuse(&variant.attrs, diagnostics);
                        Variant {
                            name: variant.ident.unraw().to_string(),
                            attributes: serde(&variant.attrs),
                            content: content(name, &variant.fields, diagnostics),
                        }
                    })
                    .collect(),
            ),
            Data::Union(data) => {
                diagnostics.error(
                    data.union_token.span,
                    "a union cannot be encoded: store a struct or an enum",
                );
                Form::Refused
            }
        };
        Self {
            krate: krate(&input.attrs, diagnostics),
            name,
            generics: &input.generics,
            attributes: serde(&input.attrs),
            form,
        }
    }
}

fn content<'a>(of: &Ident, fields: &'a Fields, diagnostics: &mut Diagnostics) -> Content<'a> {
    for field in fields {
        refuse(&field.attrs, diagnostics);
    }
    let kind = match fields {
        Fields::Named(_) => "struct",
        Fields::Unnamed(_) => "tuple",
        Fields::Unit => "unit",
    };
    let fields = fields.iter().map(|field| Field {
        name: field.ident.as_ref().map(|ident| ident.unraw().to_string()),
        attributes: serde(&field.attrs),
        shape: shape(of, &field.attrs, &field.ty),
    });
    Content {
        kind,
        fields: fields.collect(),
    }
}

fn shape<'a>(of: &Ident, attrs: &[Attribute], ty: &'a Type) -> FieldShape<'a> {
    let words = quote!(#ty);
    let contains_itself = mentions(&words, &|word| of == word || word == "Self");
    if contains_itself || is_encoded_otherwise(attrs) {
        FieldShape::Words(canonical(words))
    } else {
        FieldShape::Typed(ty)
    }
}

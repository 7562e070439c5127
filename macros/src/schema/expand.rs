//! Writes the implementation. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use super::plan::{Content, Field, FieldShape, Form, Plan};
use crate::emit::generics::with_bound;

/// ```text
/// #[allow(deprecated)]
/// impl Schema for User {
///     const FINGERPRINT: u64 = Fingerprint::new("struct")
///         .attribute("rename_all = \"camelCase\"")
///         .field("id", <u64 as Schema>::FINGERPRINT)
///         .finish();
/// }
/// ```
pub(super) fn expand(plan: &Plan<'_>) -> TokenStream {
    let Plan { krate, name, .. } = plan;
    let generics = with_bound(plan.generics, &quote!(#krate::__private::Schema));
    let (params, arguments, clause) = generics.split_for_impl();
    let attributes = attributes(&plan.attributes);
    let fingerprint = match &plan.form {
        Form::Struct(content) => shape(krate, content, &attributes),
        Form::Enum(variants) => {
            let variants = variants.iter().map(|variant| {
                let name = &variant.name;
                let attributes = self::attributes(&variant.attributes);
                let content = shape(krate, &variant.content, &TokenStream::new());
                quote!(#attributes .variant(#name, #content))
            });
            quote!(#krate::__private::Fingerprint::new("enum") #attributes #(#variants)* .finish())
        }
        Form::Refused => quote!(#krate::__private::Fingerprint::new("union").finish()),
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #params #krate::__private::Schema for #name #arguments #clause {
            const FINGERPRINT: u64 = #fingerprint;
        }
    }
}

fn shape(krate: &Path, content: &Content<'_>, attributes: &TokenStream) -> TokenStream {
    let kind = content.kind;
    let fields = content.fields.iter().map(|it| field(krate, it));
    quote!(#krate::__private::Fingerprint::new(#kind) #attributes #(#fields)* .finish())
}

fn field(krate: &Path, field: &Field<'_>) -> TokenStream {
    let attributes = attributes(&field.attributes);
    let fingerprint = match &field.shape {
        FieldShape::Typed(ty) => {
            let span = Span::call_site().located_at(ty.span());
            quote_spanned!(span=> <#ty as #krate::__private::Schema>::FINGERPRINT)
        }
        FieldShape::Words(words) => {
            quote!(#krate::__private::Fingerprint::new("words").attribute(#words).finish())
        }
    };
    if let Some(name) = &field.name {
        quote!(#attributes .field(#name, #fingerprint))
    } else {
        quote!(#attributes .item(#fingerprint))
    }
}

fn attributes(attributes: &[String]) -> TokenStream {
    quote!(#(.attribute(#attributes))*)
}

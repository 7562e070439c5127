//! Writes the implementation. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::{Field, Form, Plan, Variant};
use crate::emit::generics::with_bound;

/// ```text
/// #[allow(deprecated)]
/// impl<T: CacheKey> CacheKey for Page<T> {
///     fn write_key(&self, __writer: &mut KeyWriter<'_>) {
///         __writer.tuple(|__items| {
///             __items.item(&self.of);
///             __items.item(&self.number);
///         });
///     }
/// }
/// ```
pub(super) fn expand(plan: &Plan<'_>) -> TokenStream {
    let Plan { krate, name, .. } = plan;
    let generics = with_bound(plan.generics, &quote!(#krate::__private::CacheKey));
    let (params, arguments, clause) = generics.split_for_impl();
    let body = match &plan.form {
        Form::Struct(fields) => {
            let items = items(fields, |field, span| {
                let member = &field.member;
                quote_spanned!(span=> &self.#member)
            });
            quote_spanned!(Span::mixed_site()=> __writer.tuple(#items);)
        }
        Form::Enum(variants) if variants.is_empty() => {
            quote_spanned!(Span::mixed_site()=> match *self {})
        }
        Form::Enum(variants) => {
            let arms = variants.iter().map(arm);
            quote_spanned!(Span::mixed_site()=> match self { #(#arms)* })
        }
        Form::Refused => TokenStream::new(),
    };
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl #params #krate::__private::CacheKey for #name #arguments #clause {
            fn write_key(&self, __writer: &mut #krate::__private::KeyWriter<'_>) {
                #body
            }
        }
    }
}

/// ```text
/// Self::Of { team: __field_0, .. } => __writer.variant("Of", |__items| { __items.item(__field_0); }),
/// ```
fn arm(variant: &Variant<'_>) -> TokenStream {
    let Variant {
        name,
        is_unit,
        fields,
    } = variant;
    let text = syn::ext::IdentExt::unraw(*name).to_string();
    let span = Span::mixed_site();
    if *is_unit {
        return quote_spanned!(span=> Self::#name => __writer.unit_variant(#text),);
    }
    let patterns = fields.iter().map(|field| {
        let Field {
            member, binding, ..
        } = field;
        quote!(#member: #binding,)
    });
    let items = items(fields, |field, span| {
        let mut binding = field.binding.clone();
        binding.set_span(span);
        quote!(#binding)
    });
    quote_spanned!(span=> Self::#name { #(#patterns)* .. } => __writer.variant(#text, #items),)
}

fn items(fields: &[Field<'_>], value: impl Fn(&Field<'_>, Span) -> TokenStream) -> TokenStream {
    if fields.is_empty() {
        return quote!(|_| {});
    }
    let items = fields.iter().map(|field| {
        // At the type: what is wrong if it is no key is the type.
        let span = Span::mixed_site().located_at(field.ty.span());
        let value = value(field, span);
        quote_spanned!(span=> __items.item(#value);)
    });
    quote_spanned!(Span::mixed_site()=> |__items| { #(#items)* })
}

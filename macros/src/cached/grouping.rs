//! Writes what says which groups an entry belongs to, and the companions that are about groups.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, LitStr};

use super::groups::{Index, Source, TagStep};
use super::plan::Plan;
use crate::emit::{Words, located, operand};
use crate::key::Side;
use crate::parse::value::value_in;

impl Index {
    /// The name as the server sees it.
    pub(super) fn text(&self) -> LitStr {
        LitStr::new(&self.name.unraw().to_string(), self.name.span())
    }
}

impl Plan {
    /// ```text
    /// .lists(|__value, __values| { … })
    /// .index("user", &id)
    /// .tag(|__tag| { __tag.literal("user:"); __tag.part(&id); })
    /// ```
    pub(super) fn groups(&self, side: Side) -> TokenStream {
        let (lists, memberships) = (self.lists(), self.memberships(side));
        quote!(#lists #memberships)
    }

    /// Those that are made of the arguments.
    pub(super) fn memberships(&self, side: Side) -> TokenStream {
        let mut groups = TokenStream::new();
        for index in &self.groups.indexes {
            let Source::Argument(step) = &index.source else {
                continue;
            };
            let name = index.text();
            if let Some((value, place)) = self.key.value_of(step, side) {
                groups.extend(quote_spanned!(site(place)=> .index(#name, #value)));
            }
        }
        for tag in &self.groups.tags {
            let steps = tag.iter().map(|step| self.tag_step(step, side));
            let writer = quote_spanned!(Span::mixed_site()=> __tag);
            groups.extend(quote!(.tag(|#writer| { #(#steps)* })));
        }
        groups
    }

    fn tag_step(&self, step: &TagStep, side: Side) -> TokenStream {
        match step {
            TagStep::Text(text) => quote_spanned!(Span::mixed_site()=> __tag.literal(#text);),
            TagStep::Value(step) => match self.key.value_of(step, side) {
                Some((value, place)) => quote_spanned!(site(place)=> __tag.part(#value);),
                None => TokenStream::new(),
            },
        }
    }

    /// One closure for all indexes by value.
    pub(super) fn lists(&self) -> TokenStream {
        let by_value = self
            .groups
            .indexes
            .iter()
            .filter_map(|index| match &index.source {
                Source::Value(expr) => Some((index, expr)),
                Source::Argument(_) => None,
            });
        let lists: Vec<_> = by_value
            .map(|(index, expr)| self.list(index, expr))
            .collect();
        if lists.is_empty() {
            return TokenStream::new();
        }
        let span = Span::mixed_site();
        let lists = if self.batch.is_some() {
            // What stands for an id without a value is listed under none.
            quote_spanned!(span=> if let ::core::option::Option::Some(__value) = __value { #(#lists)* })
        } else {
            quote!(#(#lists)*)
        };
        quote_spanned!(span=> .lists(|__value, __values| { #lists }))
    }

    /// In a block of its own, so that what is wrong in it is wrong there.
    fn list(&self, index: &Index, expr: &Expr) -> TokenStream {
        let span = site(expr.span());
        let krate = located(&self.krate, span);
        let name = index.text();
        // As the user wrote it, or it would be another name.
        let value = value_in(expr).unwrap_or_else(|| Ident::new("value", expr.span()));
        let expr = operand(expr);
        quote_spanned! {span=>
            {
                let #value = __value;
                let __of = &#expr;
                #krate::__private::IndexProbe::new(__of).list(__values.of(#name));
            }
        }
    }

    /// The companions of the indexes: on the type of a free function by names of their own, beside
    /// a method with its name before.
    pub(super) fn index_companions(
        &self,
        method: Option<&Ident>,
        attributes: &TokenStream,
    ) -> TokenStream {
        let indexes = self.groups.indexes.iter();
        let companions = indexes.map(|index| self.companions_of(index, method, attributes));
        companions.collect()
    }

    fn companions_of(
        &self,
        index: &Index,
        method: Option<&Ident>,
        attributes: &TokenStream,
    ) -> TokenStream {
        let krate = &self.krate;
        let vis = &self.function.vis;
        let (value, values) = match self.batch {
            Some(_) => (Words::of(self.value_of_one()), quote!(present)),
            None => (self.value.clone(), quote!(values)),
        };
        let generics = self.generics_of_key();
        let (params, _, clause) = generics.split_for_impl();
        let span = index.name.span();
        let name = index.name.unraw();
        let named = |verb: &str| match method {
            None => format_ident!("{verb}_{name}", span = span),
            Some(method) => format_ident!("{}_{verb}_{name}", method.unraw(), span = span),
        };
        let (by, keys_by, invalidate) = (named("by"), named("keys_by"), named("invalidate"));
        let given = quote_spanned!(Span::mixed_site()=> value);
        let group = self.group(index, &given);
        let key = quote!(impl #krate::__private::CacheKey);
        let operation = quote!(#krate::__private::CacheOperation);
        let vec = quote!(::std::vec::Vec);
        let [of_values, of_keys, of_removal] = [
            format!(" The values of all entries with this `{name}`, in no order, without loading."),
            format!(" The keys of all entries with this `{name}`, in no order."),
            format!(
                " Removes all entries with this `{name}`, voids the loads that would be one, and answers how many there were."
            ),
        ];
        quote! {
            #[doc = #of_values]
            ///
            /// # Errors
            /// If the backend cannot be asked.
            #attributes
            #[allow(clippy::needless_pass_by_value)]
            #vis fn #by #params(#given: #key) -> #operation<#vec<#value>> #clause {
                #group.#values()
            }

            #[doc = #of_keys]
            ///
            /// # Errors
            /// If the backend cannot be asked.
            #attributes
            #[allow(clippy::needless_pass_by_value)]
            #vis fn #keys_by #params(#given: #key) -> #operation<#vec<::std::string::String>> #clause {
                #group.keys()
            }

            #[doc = #of_removal]
            ///
            /// # Errors
            /// If the backend cannot be asked: then some may still be there.
            #attributes
            #[allow(clippy::needless_pass_by_value)]
            #vis fn #invalidate #params(#given: #key) -> #operation<u64> #clause {
                #group.invalidate()
            }
        }
    }
}

fn site(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

//! Writes what stands beside a function that loads many values at once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::batch::Batch;
use super::companions::{allowed_lints, clear, failures, uncached};
use super::plan::Plan;
use crate::emit::attributes::{conditions, is_hidden};
use crate::emit::generics::turbofish;
use crate::emit::located;
use crate::key::{KeyParameter, Side};

impl Plan {
    /// The companions: a type of the function's name, like those of a function for one id.
    ///
    /// ```text
    /// impl users {
    ///     pub async fn uncached(ids: &[u64], org: u32) -> … { … }
    ///     pub fn keys(ids: &[u64], org: u32) -> Result<Vec<String>, Error> { … }
    ///     pub fn peek(ids: &[u64], org: u32) -> CacheOperation<HashMap<u64, User>> { … }
    ///     pub fn put(org: u32, values: HashMap<u64, User>) -> CacheOperation<()> { … }
    ///     pub fn invalidate(ids: &[u64], org: u32) -> CacheOperation<InvalidationToken> { … }
    ///     …
    /// }
    /// ```
    pub(super) fn companions_of_batch(&self, batch: &Batch) -> TokenStream {
        let name = &self.function.sig.ident;
        let vis = &self.function.vis;
        let attrs = conditions(&self.function.attrs);
        let hidden = is_hidden(&self.function.attrs).then(|| quote!(#[doc(hidden)]));
        let doc = format!(
            " The companions of [`{name}`](fn@{name}): its cache, to be looked at and changed by hand."
        );
        let allowed = allowed_lints(self);
        let uncached = uncached(self);
        let verbs = self.verbs_of_batch(batch);
        let indexes = self.index_companions(None, &TokenStream::new());
        let clear = clear(self);
        let failures = self.has_companion_for_failures().then(|| failures(self));
        quote! {
            #[doc = #doc]
            #(#attrs)*
            #hidden
            #[allow(
                non_camel_case_types,
                dead_code,
                missing_copy_implementations,
                missing_debug_implementations
            )]
            #vis struct #name {}

            #(#attrs)*
            #allowed
            impl #name {
                #uncached
                #verbs
                #indexes
                #clear
                #failures
            }
        }
    }

    fn verbs_of_batch(&self, batch: &Batch) -> TokenStream {
        let span = self.site();
        let krate = located(&self.krate, span);
        let vis = &self.function.vis;
        let collection = self.collection();
        let generics = self.generics_of_key();
        let (params, _, clause) = generics.split_for_impl();
        let turbofish = turbofish(&generics);
        let parameters: Vec<_> = self
            .key
            .parameters
            .iter()
            .map(KeyParameter::declaration)
            .collect();
        let names = self.key.parameters.iter().map(|it| &it.name);
        let draft = quote_spanned!(span=> Self::draft #turbofish(#(#names),*));
        let others = self.key.parameters.iter().filter(|it| it.name != batch.ids);
        let others = others.map(KeyParameter::declaration);
        // Of our own making, so that they are others than arguments of the same name.
        let [ids, values] = ["ids", "values"].map(|name| Ident::new(name, span));
        let handed = self.key.parameters.iter().map(|it| match &it.name {
            name if *name == batch.ids => quote!(&#ids),
            name => quote!(#name),
        });
        let put = quote_spanned!(span=> Self::draft #turbofish(#(#handed),*));
        let operation = quote_spanned!(span=> #krate::__private::CacheOperation);
        let body = self.draft_of_batch(batch, Side::Companion);
        let [keys, peek, put_name, invalidate] =
            ["keys", "peek", "put", "invalidate"].map(|name| Ident::new(name, Span::call_site()));
        quote_spanned! {span=>
            /// The keys under which the values are stored, in the order of the ids.
            ///
            /// # Errors
            /// If no Larder is installed, or a tenant is required and none is in scope.
            #vis fn #keys #params(#(#parameters),*)
                -> ::core::result::Result<::std::vec::Vec<::std::string::String>, #krate::__private::Error> #clause
            {
                #draft.keys()
            }

            /// The stored values, without loading.
            ///
            /// # Errors
            /// If the backend cannot be asked.
            #vis fn #peek #params(#(#parameters),*) -> #operation<#collection> #clause {
                #draft.peek()
            }

            /// Stores values that were not loaded by the function.
            ///
            /// # Errors
            /// If the backend cannot be asked, or a value cannot be encoded.
            #vis fn #put_name #params(#(#others,)* #values: #collection) -> #operation<()> #clause {
                let (#ids, #values) = #krate::__private::unzip(#values);
                #put.put(#values)
            }

            /// Removes the values: no call that starts after this returned sees one of them, nor
            /// one that was being loaded meanwhile. What is answered is for `larder::at_least`, if
            /// other processes keep copies.
            ///
            /// # Errors
            /// If the backend cannot be asked: then some of the values may still be there.
            #vis fn #invalidate #params(#(#parameters),*) -> #operation<#krate::__private::InvalidationToken> #clause {
                #draft.invalidate()
            }

            fn draft #params(#(#parameters),*) -> #krate::__private::BatchDraft<#collection> #clause { #body }
        }
    }
}

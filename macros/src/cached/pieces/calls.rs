//! Calls: what the function says to a Larder, and the companions that make its calls.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::cached::plan::Plan;
use crate::emit::attributes::are_inert;
use crate::emit::generics::turbofish;
use crate::emit::located;
use crate::parse::item::names;

/// What a call does with the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cached) enum Verb {
    /// It is answered by it, if it can be.
    Cached,
    /// It loads anew.
    Refreshed,
}

impl Plan {
    /// `owner::call(Verb::Cached, id, name)`: a call that does this with the cache, by the
    /// companion that makes it.
    pub(in crate::cached) fn call_of_companion(
        &self,
        owner: &TokenStream,
        verb: Verb,
    ) -> TokenStream {
        let span = self.site();
        let (owner, verb) = (located(owner, span), self.verb(verb));
        let sig = &self.function.sig;
        let turbofish = turbofish(&sig.generics);
        let arguments = names(sig);
        quote_spanned!(span=> #owner::call #turbofish(#verb, #(#arguments),*))
    }

    /// `owner::uncached(id, name)`: the body, by the companion that holds it.
    pub(in crate::cached) fn call_of_body(&self, owner: &TokenStream) -> TokenStream {
        let sig = &self.function.sig;
        let turbofish = turbofish(&sig.generics);
        let arguments = names(sig);
        quote!(#owner::uncached #turbofish(#(#arguments),*))
    }

    /// `Around { call: cached(verb, shape, failures, draft), body: body }`: this draft, around this
    /// body.
    ///
    /// All of it stands at the return type: that is what a value that cannot be stored is about.
    pub(in crate::cached) fn around(
        &self,
        verb: &TokenStream,
        draft: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let (shape, failures) = (&self.shape, self.failures());
        quote_spanned! {span=>
            #krate::__private::Around {
                call: #krate::__private::cached(#verb, <#shape as #krate::__private::Shape>::CHOSEN, #failures, #draft),
                body: #body,
            }
        }
    }

    /// The statements that answer this draft from the cache, or by this body.
    pub(in crate::cached) fn run(&self, draft: &TokenStream, body: &TokenStream) -> TokenStream {
        let bypass = self.bypass_to(body);
        let around = self.around(&self.verb(Verb::Cached), draft, body);
        quote_spanned!(self.site()=> #bypass #around.await)
    }

    /// `draft.refresh(shape, failures, body)`.
    pub(in crate::cached) fn refresh(
        &self,
        draft: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let shape = &self.shape;
        let failures = self.failures_of(&quote!(Self));
        quote_spanned!(span=> #draft.refresh(<#shape as #krate::__private::Shape>::CHOSEN, #failures, #body))
    }

    /// `impl Future<Output = Result<User, DbError>>`: what a call returns. It captures what an
    /// `async fn` does, by the rules of 2024 which hold where our own words stand, whatever the
    /// edition around them.
    pub(in crate::cached) fn future(&self) -> TokenStream {
        let returned = &self.returned.ty;
        quote_spanned!(self.site()=> impl ::core::future::Future<Output = #returned>)
    }

    /// Whether the function and `refresh` have a companion that makes their calls: where the body
    /// is lent to the call.
    pub(in crate::cached) fn has_companion_for_calls(&self) -> bool {
        self.batch.is_none() && !self.spec.staleness.is_declared()
    }

    /// Whether the function is left with nothing to do but to call, under attributes to which it is
    /// all the same whether it is an `async fn`. What is wrong with a `const async fn` the compiler
    /// should say.
    pub(in crate::cached) fn only_calls(&self) -> bool {
        let function = &self.function;
        self.bypass.is_empty()
            && !self.looks_for_copies()
            && are_inert(&function.attrs)
            && function.sig.constness.is_none()
    }

    fn verb(&self, verb: Verb) -> TokenStream {
        let krate = &self.krate_at_site;
        let span = self.site();
        match verb {
            Verb::Cached => quote_spanned!(span=> #krate::__private::Verb::Cached),
            Verb::Refreshed => quote_spanned!(span=> #krate::__private::Verb::Refreshed),
        }
    }
}

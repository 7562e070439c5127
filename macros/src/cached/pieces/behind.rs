//! Bodies that may run behind the call, and own what they need.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::FnArg;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::cached::lent::Lent;
use crate::cached::plan::Plan;
use crate::emit::generics::turbofish;
use crate::emit::located;
use crate::parse::Given;
use crate::parse::item::Parameter;

impl Plan {
    /// The statements that answer a draft from the cache, or by a body that owns what it needs,
    /// which the function of this name holds: it may run behind the call.
    pub(in crate::cached) fn run_behind(&self, function: &TokenStream) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let shape = &self.shape;
        let name = &self.function.sig.ident;
        let failures = self.failures_of(&quote!(#name));
        let body = self.owned_body(function);
        quote_spanned! {span=>
            #krate::__private::behind(<#shape as #krate::__private::Shape>::CHOSEN, __draft, #failures, #body).await
        }
    }

    /// Makes a body that owns what it needs, when it is to run.
    ///
    /// ```text
    /// move |__reload| {
    ///     let name = own(name);
    ///     async move {
    ///         match __reload.previous() {
    ///             None => user::uncached(id, name.borrow()).await,
    ///             Some(__previous) => user_if_newer(id, name.borrow(), __previous).await,
    ///         }
    ///     }
    /// }
    /// ```
    pub(in crate::cached) fn owned_body(&self, function: &TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let krate = &self.krate;
        let sig = &self.function.sig;
        let this = Ident::new("__this", span);
        let mut owning = Vec::new();
        let mut handed = Vec::new();
        for arg in &sig.inputs {
            let (name, own_name, site) = match arg {
                FnArg::Receiver(receiver) => {
                    let name = receiver.self_token;
                    (quote!(#name), this.clone(), receiver.span())
                }
                FnArg::Typed(_) => {
                    let Some(Parameter { name, ty }) = Parameter::of(arg) else {
                        continue;
                    };
                    (quote!(#name), name, ty.span())
                }
            };
            let Lent::AsIs = Lent::of(arg) else {
                handed.push(name);
                continue;
            };
            let site = span.located_at(site);
            let krate = located(krate, site);
            owning.push(quote_spanned!(site=> let #own_name = #krate::__private::own(#name);));
            handed.push(quote_spanned!(site=> ::core::borrow::Borrow::borrow(&#own_name)));
        }
        let turbofish = turbofish(&sig.generics);
        let body = quote!(#function #turbofish(#(#handed),*).await);
        let Some(Given { value: reload, .. }) = &self.spec.staleness.reload else {
            return quote_spanned! {self.site()=>
                move |_| {
                    #(#owning)*
                    async move { #body }
                }
            };
        };
        let (reloading, previous) = (Ident::new("__reload", span), Ident::new("__previous", span));
        let reload = quote_spanned!(reload.span()=> #reload(#(#handed,)* #previous).await);
        quote_spanned! {self.site()=>
            move |#reloading| {
                #(#owning)*
                async move {
                    match #reloading.previous() {
                        ::core::option::Option::None => #body,
                        ::core::option::Option::Some(#previous) => #reload,
                    }
                }
            }
        }
    }

    /// The name of the function that holds the body of an associated one.
    pub(in crate::cached) fn body_function(&self) -> Ident {
        let name = &self.function.sig.ident;
        format_ident!("__{}_body", name.unraw(), span = name.span())
    }
}

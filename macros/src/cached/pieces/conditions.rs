//! Conditions under which the cache is used.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::cached::plan::{Bypass, Plan};

impl Plan {
    /// `let __wanted = …;` for the conditions under which the cache is used.
    pub(in crate::cached) fn conditions(&self) -> TokenStream {
        let conditions = self.bypass.iter().map(|bypass| {
            let (name, condition) = match bypass {
                Bypass::Unless(condition) => {
                    (quote_spanned!(Span::mixed_site()=> __wanted), condition)
                }
                Bypass::When(condition) => {
                    (quote_spanned!(Span::mixed_site()=> __unwanted), condition)
                }
            };
            quote!(let #name: bool = #condition;)
        });
        quote!(#(#conditions)*)
    }

    /// Whether `if` or `unless` sends the call past the cache.
    pub(in crate::cached) fn bypassed(&self) -> Option<TokenStream> {
        let span = Span::mixed_site();
        let condition = self.bypass.iter().map(|bypass| match bypass {
            Bypass::Unless(_) => quote_spanned!(span=> !__wanted),
            Bypass::When(_) => quote_spanned!(span=> __unwanted),
        });
        (!self.bypass.is_empty()).then(|| quote!(#(#condition)||*))
    }

    /// Answers by this body if the call is sent past the cache.
    pub(in crate::cached) fn bypass_to(&self, body: &TokenStream) -> Option<TokenStream> {
        let krate = &self.krate;
        let namespace = &self.spec.namespace;
        let span = Span::mixed_site();
        self.bypassed().map(|condition| {
            quote_spanned! {span=>
                if #condition {
                    #krate::__private::bypassed(#namespace);
                    return #body.await;
                }
            }
        })
    }
}

//! Copies in this process.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use crate::cached::plan::Plan;
use crate::declaring::Local;
use crate::key::Side;

impl Plan {
    /// The statements that answer from a copy in this process, before anything else of the call is
    /// made; nothing where the function did not ask for copies.
    ///
    /// ```text
    /// require_clone(&CloneProbe::<User>::new().answer());
    /// let __copies = CloneProbe::<User>::new();
    /// if let Some(__value) = __copies.local(&declaration, |__key| { __key.arg(&id); }) {
    ///     return Shape::join(Ok(__value));
    /// }
    /// ```
    pub(in crate::cached) fn answer_by_copy(
        &self,
        answer: impl FnOnce(TokenStream) -> TokenStream,
    ) -> Option<TokenStream> {
        let clone = self.require_clone()?;
        let span = self.site();
        let krate = &self.krate_at_site;
        let (value, named) = (&self.value, self.named());
        let key = self.key.writer(Side::Function);
        let shape = &self.shape;
        let joined = quote_spanned!(span=> <#shape as #krate::__private::Shape>::join(::core::result::Result::Ok(__value)));
        let answer = answer(joined);
        let look = quote_spanned! {span=>
            if let ::core::option::Option::Some(__value) = __copies.local(&#named, #key) {
                return #answer;
            }
        };
        let look = match self.bypassed() {
            Some(bypassed) => quote_spanned!(span=> if !(#bypassed) { #look }),
            None => look,
        };
        Some(quote_spanned! {span=>
            #clone
            let __copies = #krate::__private::CloneProbe::<#value>::new();
            #look
        })
    }

    /// The statement that refuses copies of what cannot be cloned; nothing where the function did
    /// not ask for copies.
    pub(in crate::cached) fn require_clone(&self) -> Option<TokenStream> {
        let span = self.site();
        let krate = &self.krate_at_site;
        let value = &self.value;
        self.looks_for_copies().then(|| {
            quote_spanned! {span=>
                #krate::__private::require_clone(&#krate::__private::CloneProbe::<#value>::new().answer());
            }
        })
    }

    /// How copies in this process become callers' own.
    pub(in crate::cached) fn cloning(&self) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let value = &self.value;
        quote_spanned!(span=> #krate::__private::CloneProbe::<#value>::new().cloning())
    }

    /// Whether the function asked for copies in this process.
    pub(super) fn looks_for_copies(&self) -> bool {
        matches!(self.spec.local, Some(Local::For(_) | Local::WhileFresh))
    }
}

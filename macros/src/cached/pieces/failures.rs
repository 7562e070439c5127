//! What is said of errors.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, Generics};

use super::site_of;
use crate::cached::placement::Placement;
use crate::cached::plan::Plan;
use crate::emit::generics::{needed_by, turbofish};
use crate::emit::located;

impl Plan {
    /// What is said of errors, by the companion that says it if there is one.
    pub(in crate::cached) fn failures_of(&self, owner: &TokenStream) -> TokenStream {
        if !self.has_companion_for_failures() {
            return self.failures();
        }
        let span = self.site();
        let owner = located(owner, span);
        let turbofish = turbofish(&self.generics_of_failures());
        quote_spanned!(span=> #owner::failures #turbofish())
    }

    /// What is said of errors.
    pub(in crate::cached) fn failures(&self) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let error = &self.error;
        let mut failures = if self.returned.may_share_errors(&self.function.sig.generics) {
            quote_spanned!(span=> #krate::__private::Failing::<#error>::new().failures())
        } else {
            quote_spanned!(span=> #krate::__private::Failures::new())
        };
        if let Some(rule) = &self.rules.cache_err {
            let rule = self.failure_rule(rule);
            failures.extend(quote_spanned!(span=> .cache_err(#rule)));
        }
        if self.spec.fails_on_error {
            failures.extend(quote_spanned!(span=> .fail_on_error()));
        }
        if let Some(given) = &self.spec.staleness.hard {
            let time = given.value.tokens();
            failures.extend(quote_spanned!(span=> .give_up_after(#time)));
        }
        failures
    }

    /// Whether what is said of errors stands in a companion: where it is asked for twice. An error
    /// that borrows may have a lifetime without a name, which a companion could not write; and one
    /// whose type only the compiler knows would be a second mistake if there is none.
    pub(in crate::cached) fn has_companion_for_failures(&self) -> bool {
        let is_free = matches!(self.placement, Placement::Free);
        is_free
            && !self.has_companion_for_calls()
            && self.returned.names_its_error()
            && self.returned.may_share_errors(&self.function.sig.generics)
    }

    /// The generics of a companion that says what is said of errors.
    pub(in crate::cached) fn generics_of_failures(&self) -> Generics {
        needed_by(&self.function.sig.generics, || {
            let (error, rule) = (&self.error, &self.rules.cache_err);
            quote!(#error #rule)
        })
    }

    /// Refuses a `Result` that the words of the signature hid.
    pub(in crate::cached) fn probe_for_hidden_result(&self) -> Option<TokenStream> {
        let span = self.site();
        let krate = &self.krate_at_site;
        let ty = &self.returned.ty;
        self.returned.may_be_a_hidden_result().then(|| {
            quote_spanned! {span=>
                #krate::__private::require_plain(&#krate::__private::ResultProbe::<#ty>::new().answer());
            }
        })
    }

    fn failure_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        let error = &self.error;
        quote_spanned!(span=> |__error| #krate::__private::failure_rule::<#error>(__error, #rule))
    }
}

//! Drafts: what is called, with all that a value must be judged by.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Generics};

use super::site_of;
use crate::cached::groups::Index;
use crate::cached::plan::Plan;
use crate::cached::returns::Optional;
use crate::emit::generics::{needed_by, turbofish};
use crate::emit::located;
use crate::key::{KeyParameter, Side};

impl Plan {
    /// The call, with all that a value must be judged by.
    ///
    /// ```text
    /// Drafting::<User>::new().draft(&[&id], spec).ttl_from(rule)
    /// ```
    ///
    /// A key by a template is written behind it, and so is one by which copies in this process are
    /// looked for: what is wrong with an argument is then said in the same words in both places,
    /// and the compiler says it once.
    ///
    /// ```text
    /// let mut __draft = Drafting::<User>::new().draft(&[], spec);
    /// let mut __key = __draft.writer();
    /// __key.part(&id);
    /// __draft.ttl_from(rule)
    /// ```
    pub(in crate::cached) fn draft(&self, side: Side) -> TokenStream {
        let span = self.site();
        let (groups, require_absent) = (self.groups(side), self.require_absent());
        if !self.looks_for_copies()
            && let Some(arguments) = self.key.arguments(side)
        {
            let ruled = self.ruled(self.draft_of(&arguments));
            return quote_spanned!(span=> #require_absent #ruled #groups);
        }
        let draft = quote_spanned!(span=> __draft);
        let begun = self.draft_of(&TokenStream::new());
        let key = self.key.written_by(&quote!(#draft.writer()), side);
        let ruled = self.ruled(draft.clone());
        quote_spanned! {span=>
            #require_absent
            let mut #draft = #begun;
            #key
            #ruled #groups
        }
    }

    /// `owner::draft(id, &name)`: the call, by the companion that makes it.
    pub(in crate::cached) fn draft_of_companion(&self, owner: &TokenStream) -> TokenStream {
        let span = self.site();
        let owner = located(owner, span);
        let turbofish = turbofish(&self.generics_of_key());
        let arguments = self.key.parameters.iter().map(KeyParameter::handed_over);
        quote_spanned!(span=> #owner::draft #turbofish(#(#arguments),*))
    }

    /// The generics of a companion that takes the arguments of the key.
    pub(in crate::cached) fn generics_of_key(&self) -> Generics {
        needed_by(&self.function.sig.generics, || {
            let (value, of_key) = (&self.value, self.key.mentions());
            quote!(#value #of_key)
        })
    }

    /// `draft.ttl_from(rule).store_if(rule)`.
    pub(in crate::cached) fn ruled(&self, draft: TokenStream) -> TokenStream {
        let mut ruled = draft;
        if let Some(rule) = &self.rules.ttl_from {
            let span = site_of(rule);
            let rule = self.ttl_rule(rule);
            ruled = quote_spanned!(span=> #ruled.ttl_from(#rule));
        }
        if let Some(rule) = &self.rules.store_if {
            let span = site_of(rule);
            let rule = self.store_rule(rule);
            ruled = quote_spanned!(span=> #ruled.store_if(#rule));
        }
        ruled
    }

    /// `group::<User>(spec, "team", &value, 2)`: all entries with a value of an index.
    pub(in crate::cached) fn group(&self, index: &Index, given: &TokenStream) -> TokenStream {
        let krate = &self.krate;
        let (value, spec) = (&self.value, self.spec());
        let name = index.text();
        let count = Literal::usize_unsuffixed(self.groups.indexes.len());
        quote!(#krate::__private::group::<#value>(#spec, #name, &#given, #count))
    }

    /// What a batched function returns for one id.
    pub(in crate::cached) fn value_of_one(&self) -> TokenStream {
        let krate = &self.krate_at_site;
        let collection = self.returned.value_tokens(krate, &self.shape);
        quote_spanned!(self.site()=> #krate::__private::BatchValue<#collection>)
    }

    /// `Drafting::<User>::new().draft(&[&id], spec)`: the call with these arguments, and no rules.
    fn draft_of(&self, arguments: &TokenStream) -> TokenStream {
        let krate = &self.krate_at_site;
        let value = &self.value;
        let spec = self.spec();
        quote_spanned!(self.site()=> #krate::__private::Drafting::<#value>::new().draft(&[#arguments], #spec))
    }

    /// The statement that refuses `none_ttl` on what is no `Option` under any name; nothing where
    /// that is not in question.
    fn require_absent(&self) -> Option<TokenStream> {
        let span = self.site();
        let krate = &self.krate_at_site;
        let value = &self.value;
        let is_open = self.spec.none_ttl.is_some() && self.returned.optional() == Optional::Perhaps;
        is_open.then(|| {
            quote_spanned! {span=>
                #krate::__private::require_absent(&#krate::__private::AbsentProbe::<#value>::new().answer());
            }
        })
    }

    fn ttl_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        if self.batch.is_some() {
            return quote_spanned! {span=>
                |__value| #krate::__private::of_present(__value, |__value| #krate::__private::ttl_rule(__value, #rule), #krate::__private::Ttl::NEVER)
            };
        }
        let value = &self.value;
        quote_spanned!(span=> |__value| #krate::__private::ttl_rule::<#value, _>(__value, #rule))
    }

    fn store_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        if self.batch.is_some() {
            return quote_spanned! {span=>
                |__value| #krate::__private::of_present(__value, |__value| #krate::__private::store_rule(__value, #rule), true)
            };
        }
        let value = &self.value;
        quote_spanned!(span=> |__value| #krate::__private::store_rule::<#value>(__value, #rule))
    }
}

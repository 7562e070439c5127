//! The pieces of which the function and its companions are put together.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Generics};

use super::groups::Index;
use super::plan::{Bypass, Placement, Plan};
use super::returns::Optional;
use crate::declaring::Local;
use crate::emit::attributes::are_inert;
use crate::emit::generics::{needed_by, turbofish};
use crate::emit::located;
use crate::key::{KeyParameter, Side};
use crate::parse::item::names;

/// What a call does with the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// It is answered by it, if it can be.
    Cached,
    /// It loads anew.
    Refreshed,
}

impl Plan {
    /// What a batched function returns for one id.
    pub(super) fn value_of_one(&self) -> TokenStream {
        let krate = &self.krate_at_site;
        let collection = self.returned.value_tokens(krate, &self.shape);
        quote_spanned!(self.site()=> #krate::__private::BatchValue<#collection>)
    }

    /// The generics of a companion that takes the arguments of the key.
    pub(super) fn generics_of_key(&self) -> Generics {
        needed_by(&self.function.sig.generics, || {
            let (value, of_key) = (&self.value, self.key.mentions());
            quote!(#value #of_key)
        })
    }

    /// `owner::draft(id, &name)`: the call, by the companion that makes it.
    pub(super) fn draft_of_companion(&self, owner: &TokenStream) -> TokenStream {
        let span = self.site();
        let owner = located(owner, span);
        let turbofish = turbofish(&self.generics_of_key());
        let arguments = self.key.parameters.iter().map(KeyParameter::handed_over);
        quote_spanned!(span=> #owner::draft #turbofish(#(#arguments),*))
    }

    /// `owner::uncached(id, name)`: the body, by the companion that holds it.
    pub(super) fn call_of_body(&self, owner: &TokenStream) -> TokenStream {
        let sig = &self.function.sig;
        let turbofish = turbofish(&sig.generics);
        let arguments = names(sig);
        quote!(#owner::uncached #turbofish(#(#arguments),*))
    }

    /// `owner::call(Verb::Cached, id, name)`: a call that does this with the cache, by the companion that makes it.
    pub(super) fn call_of_companion(&self, owner: &TokenStream, verb: Verb) -> TokenStream {
        let span = self.site();
        let (owner, verb) = (located(owner, span), self.verb(verb));
        let sig = &self.function.sig;
        let turbofish = turbofish(&sig.generics);
        let arguments = names(sig);
        quote_spanned!(span=> #owner::call #turbofish(#verb, #(#arguments),*))
    }

    /// The call, with all that a value must be judged by.
    ///
    /// ```text
    /// Drafting::<User>::new().draft(&[&id], spec).ttl_from(rule)
    /// ```
    ///
    /// A key by a template is written behind it, and so is one by which copies in this process are looked for: what is wrong with an
    /// argument is then said in the same words in both places, and the compiler says it once.
    ///
    /// ```text
    /// let mut __draft = Drafting::<User>::new().draft(&[], spec);
    /// let mut __key = __draft.writer();
    /// __key.part(&id);
    /// __draft.ttl_from(rule)
    /// ```
    pub(super) fn draft(&self, side: Side) -> TokenStream {
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

    /// `Drafting::<User>::new().draft(&[&id], spec)`: the call with these arguments, and no rules.
    fn draft_of(&self, arguments: &TokenStream) -> TokenStream {
        let krate = &self.krate_at_site;
        let value = &self.value;
        let spec = self.spec();
        quote_spanned!(self.site()=> #krate::__private::Drafting::<#value>::new().draft(&[#arguments], #spec))
    }

    /// `draft.ttl_from(rule).store_if(rule)`.
    pub(super) fn ruled(&self, draft: TokenStream) -> TokenStream {
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
    pub(super) fn group(&self, index: &Index, given: &TokenStream) -> TokenStream {
        let krate = &self.krate;
        let (value, spec) = (&self.value, self.spec());
        let name = index.text();
        let count = Literal::usize_unsuffixed(self.groups.indexes.len());
        quote!(#krate::__private::group::<#value>(#spec, #name, &#given, #count))
    }

    /// `let __wanted = …;` for the conditions under which the cache is used.
    pub(super) fn conditions(&self) -> TokenStream {
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

    /// Refuses a `Result` that the words of the signature hid.
    pub(super) fn probe_for_hidden_result(&self) -> Option<TokenStream> {
        let span = self.site();
        let krate = &self.krate_at_site;
        let ty = &self.returned.ty;
        self.returned.may_be_a_hidden_result().then(|| {
            quote_spanned! {span=>
                #krate::__private::require_plain(&#krate::__private::ResultProbe::<#ty>::new().answer());
            }
        })
    }

    /// The statements that answer from a copy in this process, before anything else of the call is made; nothing where the
    /// function did not ask for copies.
    ///
    /// ```text
    /// require_clone(&CloneProbe::<User>::new().answer());
    /// let __copies = CloneProbe::<User>::new();
    /// if let Some(__value) = __copies.local(&declaration, |__key| { __key.arg(&id); }) {
    ///     return Shape::join(Ok(__value));
    /// }
    /// ```
    pub(super) fn answer_by_copy(
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

    /// The statement that refuses copies of what cannot be cloned; nothing where the function did not ask for copies.
    pub(super) fn require_clone(&self) -> Option<TokenStream> {
        let span = self.site();
        let krate = &self.krate_at_site;
        let value = &self.value;
        self.looks_for_copies().then(|| {
            quote_spanned! {span=>
                #krate::__private::require_clone(&#krate::__private::CloneProbe::<#value>::new().answer());
            }
        })
    }

    /// Whether the function asked for copies in this process.
    fn looks_for_copies(&self) -> bool {
        matches!(self.spec.local, Some(Local::For(_) | Local::WhileFresh))
    }

    /// `Around { call: cached(verb, shape, failures, draft), body: body }`: this draft, around this body.
    ///
    /// All of it stands at the return type: that is what a value that cannot be stored is about.
    pub(super) fn around(
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
    pub(super) fn run(&self, draft: &TokenStream, body: &TokenStream) -> TokenStream {
        let bypass = self.bypass_to(body);
        let around = self.around(&self.verb(Verb::Cached), draft, body);
        quote_spanned!(self.site()=> #bypass #around.await)
    }

    fn verb(&self, verb: Verb) -> TokenStream {
        let krate = &self.krate_at_site;
        let span = self.site();
        match verb {
            Verb::Cached => quote_spanned!(span=> #krate::__private::Verb::Cached),
            Verb::Refreshed => quote_spanned!(span=> #krate::__private::Verb::Refreshed),
        }
    }

    /// The statements that answer a draft from the cache, or by a body that owns what it needs, which the function of this name holds: it may run behind the call.
    pub(super) fn run_behind(&self, function: &TokenStream) -> TokenStream {
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

    /// `draft.refresh(shape, failures, body)`.
    pub(super) fn refresh(&self, draft: &TokenStream, body: &TokenStream) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let shape = &self.shape;
        let failures = self.failures_of(&quote!(Self));
        quote_spanned!(span=> #draft.refresh(<#shape as #krate::__private::Shape>::CHOSEN, #failures, #body))
    }

    /// Whether `if` or `unless` sends the call past the cache.
    pub(super) fn bypassed(&self) -> Option<TokenStream> {
        let span = Span::mixed_site();
        let condition = self.bypass.iter().map(|bypass| match bypass {
            Bypass::Unless(_) => quote_spanned!(span=> !__wanted),
            Bypass::When(_) => quote_spanned!(span=> __unwanted),
        });
        (!self.bypass.is_empty()).then(|| quote!(#(#condition)||*))
    }

    /// Answers by this body if the call is sent past the cache.
    pub(super) fn bypass_to(&self, body: &TokenStream) -> Option<TokenStream> {
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

    /// What is said of errors, by the companion that says it if there is one.
    pub(super) fn failures_of(&self, owner: &TokenStream) -> TokenStream {
        if !self.has_companion_for_failures() {
            return self.failures();
        }
        let span = self.site();
        let owner = located(owner, span);
        let turbofish = turbofish(&self.generics_of_failures());
        quote_spanned!(span=> #owner::failures #turbofish())
    }

    /// Whether what is said of errors stands in a companion: where it is asked for twice. An error that borrows may have a lifetime without a name, which a companion could not write; and one whose
    /// type only the compiler knows would be a second mistake if there is none.
    pub(super) fn has_companion_for_failures(&self) -> bool {
        let is_free = matches!(self.placement, Placement::Free);
        is_free
            && !self.has_companion_for_calls()
            && self.returned.names_its_error()
            && self.returned.may_share_errors(&self.function.sig.generics)
    }

    /// Whether the function and `refresh` have a companion that makes their calls: where the body is lent to the call.
    pub(super) fn has_companion_for_calls(&self) -> bool {
        self.batch.is_none() && !self.spec.staleness.is_declared()
    }

    /// The generics of a companion that says what is said of errors.
    pub(super) fn generics_of_failures(&self) -> Generics {
        needed_by(&self.function.sig.generics, || {
            let (error, rule) = (&self.error, &self.rules.cache_err);
            quote!(#error #rule)
        })
    }

    /// What is said of errors.
    pub(super) fn failures(&self) -> TokenStream {
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

    /// The statement that refuses `none_ttl` on what is no `Option` under any name; nothing where that is not in question.
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

    /// How copies in this process become callers' own.
    pub(super) fn cloning(&self) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let value = &self.value;
        quote_spanned!(span=> #krate::__private::CloneProbe::<#value>::new().cloning())
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

    fn failure_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        let error = &self.error;
        quote_spanned!(span=> |__error| #krate::__private::failure_rule::<#error>(__error, #rule))
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

    /// `impl Future<Output = Result<User, DbError>>`: what a call returns. It captures what an `async fn` does, by the rules of 2024 which
    /// hold where our own words stand, whatever the edition around them.
    pub(super) fn future(&self) -> TokenStream {
        let returned = &self.returned.ty;
        quote_spanned!(self.site()=> impl ::core::future::Future<Output = #returned>)
    }

    /// Whether the function is left with nothing to do but to call, under attributes to which it is all the same whether it is an
    /// `async fn`. What is wrong with a `const async fn` the compiler should say.
    pub(super) fn only_calls(&self) -> bool {
        let function = &self.function;
        self.bypass.is_empty()
            && !self.looks_for_copies()
            && are_inert(&function.attrs)
            && function.sig.constness.is_none()
    }

    /// The place of the return type, for names of our own.
    pub(super) fn site(&self) -> Span {
        self.returned.site()
    }
}

/// The place of a rule, for names of our own.
fn site_of(rule: &Expr) -> Span {
    Span::mixed_site().located_at(rule.span())
}

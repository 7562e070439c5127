//! The pieces of which the function and its companions are put together.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Generics, Path};

use super::args::{Codec, Local, Ttl};
use super::plan::{Bypass, Plan};
use super::returns::Optional;
use crate::emit::generics::{needed_by, turbofish};
use crate::emit::located;
use crate::key::{KeyParameter, Side};
use crate::parse::duration::Time;
use crate::parse::item::names;

/// What the runtime is asked to do with a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Answer from the cache, or by the body.
    Cached,
    /// Run the body and store what it answers.
    Refreshed,
}

/// Whether the stored type's fingerprint is part of a declaration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fingerprint {
    IfNeeded,
    Never,
}

impl Plan {
    /// The stored type.
    pub(super) fn value(&self) -> TokenStream {
        self.returned
            .value_tokens(&located(&self.krate, self.site()))
    }

    /// The generics of a companion that takes the arguments of the key.
    pub(super) fn generics_of_key(&self) -> Generics {
        let value = self.value();
        let mentions = self.key.mentions();
        needed_by(&self.function.sig.generics, &quote!(#value #mentions))
    }

    /// `owner::call(id, &name)`: the call, by the companion that makes it.
    pub(super) fn call_of_companion(&self, owner: &TokenStream) -> TokenStream {
        let turbofish = turbofish(&self.generics_of_key());
        let arguments = self.key.parameters.iter().map(KeyParameter::handed_over);
        quote!(#owner::call #turbofish(#(#arguments),*))
    }

    /// `owner::uncached(id, name)`: the body, by the companion that holds it.
    pub(super) fn call_of_body(&self, owner: &TokenStream) -> TokenStream {
        let sig = &self.function.sig;
        let turbofish = turbofish(&sig.generics);
        let arguments = names(sig);
        quote!(#owner::uncached #turbofish(#(#arguments),*))
    }

    /// `call(spec, |__key| …)`.
    pub(super) fn call(&self, side: Side) -> TokenStream {
        let krate = &self.krate;
        let spec = self.spec_with(Fingerprint::IfNeeded);
        let writer = self.key.writer(side);
        quote!(#krate::__private::call(#spec, #writer))
    }

    /// `entry::<User>(call)`, with what a `put` or a `refresh` must know.
    pub(super) fn entry(&self, call: &TokenStream) -> TokenStream {
        let krate = &self.krate;
        let value = self.value();
        let absent = self.absent();
        // Each rule by itself, so that what is wrong in it is wrong there and not in the whole entry.
        let mut rules = TokenStream::new();
        let mut entry = quote!(#krate::__private::entry::<#value>(#call) #absent);
        if let Some(rule) = &self.rules.ttl_from {
            let span = site_of(rule);
            let rule = self.ttl_rule(rule);
            rules.extend(quote_spanned!(span=> let __ttl_from = #rule;));
            entry = quote_spanned!(span=> #entry.ttl_from(__ttl_from));
        }
        if let Some(rule) = &self.rules.store_if {
            let span = site_of(rule);
            let rule = self.store_rule(rule);
            rules.extend(quote_spanned!(span=> let __store_if = #rule;));
            entry = quote_spanned!(span=> #entry.store_if(__store_if));
        }
        quote!(#rules #entry)
    }

    /// The declaration of the cache, without what depends on generic parameters.
    pub(super) fn spec(&self) -> TokenStream {
        self.spec_with(Fingerprint::Never)
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
        let krate = located(&self.krate, span);
        let ty = &self.returned.ty;
        self.returned.may_be_a_hidden_result().then(|| {
            quote_spanned! {span=>
                #krate::__private::require_plain(&#krate::__private::ResultProbe::<#ty>::new().answer());
            }
        })
    }

    /// The statements that run `__body` for `__call`.
    ///
    /// All of it stands at the return type: that is what a value that cannot be stored is about.
    pub(super) fn run(&self, verb: Verb) -> TokenStream {
        let span = self.site();
        let krate = located(&self.krate, span);
        let shape = self.returned.shape_tokens(&krate);
        let bypass = match verb {
            Verb::Cached => self.bypass(),
            Verb::Refreshed => None,
        };
        let (rules, policy) = self.policy();
        let verb = match verb {
            Verb::Cached => {
                quote_spanned!(span=> #krate::__private::cached::<#shape, _>(__call, #policy, __body))
            }
            // Only the function says what cannot be stored.
            Verb::Refreshed => {
                let companion = self.companion();
                quote_spanned!(span=> #companion.refresh(__call, #policy, __body))
            }
        };
        quote_spanned! {span=>
            #bypass
            #rules
            #verb.await
        }
    }

    /// `Companion::<User>::new()`.
    pub(super) fn companion(&self) -> TokenStream {
        let span = self.site();
        let krate = located(&self.krate, span);
        let value = self.value();
        quote_spanned!(span=> #krate::__private::Companion::<#value>::new())
    }

    fn bypass(&self) -> Option<TokenStream> {
        let krate = &self.krate;
        let spec = self.spec();
        let span = Span::mixed_site();
        let condition = self.bypass.iter().map(|bypass| match bypass {
            Bypass::Unless(_) => quote_spanned!(span=> !__wanted),
            Bypass::When(_) => quote_spanned!(span=> __unwanted),
        });
        let condition = quote!(#(#condition)||*);
        (!self.bypass.is_empty()).then(|| {
            quote_spanned! {span=>
                if #condition {
                    #krate::__private::bypassed(&#spec);
                    return __body.await;
                }
            }
        })
    }

    /// Rules are made before the policy that borrows them, by functions that tell closures their types.
    fn policy(&self) -> (TokenStream, TokenStream) {
        let span = self.site();
        let krate = located(&self.krate, span);
        let shape = self.returned.shape_tokens(&krate);
        let error = self.returned.error_tokens(&krate);

        let mut rules = TokenStream::new();
        let mut policy = quote_spanned!(span=> #krate::__private::Policy::<#shape>::new());
        policy.extend(self.absent());
        policy.extend(self.cloning());
        if self.returned.may_share_errors(&self.function.sig.generics) {
            policy.extend(quote_spanned!(span=> .sharing(#krate::__private::ShareProbe::<#error>::new().sharing())));
        }
        if let Some(rule) = &self.rules.ttl_from {
            let rule = self.ttl_rule(rule);
            rules.extend(quote_spanned!(span=> let __ttl_from = #rule;));
            policy.extend(quote_spanned!(span=> .ttl_from(&__ttl_from)));
        }
        if let Some(rule) = &self.rules.store_if {
            let rule = self.store_rule(rule);
            rules.extend(quote_spanned!(span=> let __store_if = #rule;));
            policy.extend(quote_spanned!(span=> .store_if(&__store_if)));
        }
        if let Some(rule) = &self.rules.cache_err {
            let rule = self.failure_rule(rule);
            rules.extend(quote_spanned!(span=> let __cache_err = #rule;));
            policy.extend(quote_spanned!(span=> .cache_err(&__cache_err)));
        }
        if self.spec.fails_on_error {
            policy.extend(quote_spanned!(span=> .fail_on_error()));
        }
        (rules, policy)
    }

    /// `.absent(…)`, unless the stored type visibly has no `None`.
    fn absent(&self) -> Option<TokenStream> {
        let span = self.site();
        let krate = located(&self.krate, span);
        let value = self.value();
        let optional = self.returned.optional();
        let probe = quote_spanned!(span=> #krate::__private::AbsentProbe::<#value>::new());
        (optional != Optional::No).then(|| {
            // With `none_ttl`, what is no `Option` under any name is a mistake.
            if self.spec.none_ttl.is_some() && optional == Optional::Perhaps {
                quote_spanned!(span=> .absent(#krate::__private::require_absent(&#probe.answer(), #probe.absent())))
            } else {
                quote_spanned!(span=> .absent(#probe.absent()))
            }
        })
    }

    /// `.cloning(…)`, for copies in this process.
    fn cloning(&self) -> TokenStream {
        let span = self.site();
        let krate = located(&self.krate, span);
        let value = self.value();
        quote_spanned!(span=> .cloning(#krate::__private::CloneProbe::<#value>::new().cloning()))
    }

    fn ttl_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        let value = self.value();
        quote_spanned!(span=> #krate::__private::ttl_rule::<#value, _, _>(#rule))
    }

    fn failure_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        let error = self.returned.error_tokens(&krate);
        quote_spanned!(span=> #krate::__private::failure_rule::<#error, _>(#rule))
    }

    fn store_rule(&self, rule: &Expr) -> TokenStream {
        let span = site_of(rule);
        let krate = located(&self.krate, span);
        let value = self.value();
        quote_spanned!(span=> #krate::__private::store_rule::<#value, _>(#rule))
    }

    /// `CacheSpec::new("users", Ttl::after(…))`, at compile time if every part of it is written out.
    fn spec_with(&self, fingerprint: Fingerprint) -> TokenStream {
        let krate = &self.krate;
        let spec = &self.spec;
        let namespace = &spec.namespace;
        // Without a `ttl` there is a `ttl_from`: the value alone decides, under no ceiling.
        let ttl = spec.ttl.as_ref().unwrap_or(&Ttl::Never).tokens(krate);
        let mut built = quote!(#krate::__private::CacheSpec::new(#namespace, #ttl));
        if let Some(jitter) = spec.jitter {
            let jitter = proc_macro2::Literal::f64_unsuffixed(jitter);
            built.extend(quote!(.jitter(#jitter)));
        }
        if let Some(version) = spec.version {
            built.extend(quote!(.version(#version)));
        }
        if let Some(codec) = spec.codec {
            let codec = codec.tokens(krate);
            built.extend(quote!(.codec(#codec)));
        }
        if fingerprint == Fingerprint::IfNeeded && spec.needs_fingerprint() {
            built.extend(self.fingerprint());
        }
        if let Some(ttl) = &spec.none_ttl {
            let ttl = ttl.tokens(krate);
            built.extend(quote!(.none_ttl(#ttl)));
        }
        if let Some(ttl) = &spec.err_ttl {
            let ttl = ttl.tokens(krate);
            built.extend(quote!(.err_ttl(#ttl)));
        }
        let times = [
            ("budget", &spec.budget),
            ("lease", &spec.lease),
            ("wait", &spec.wait),
        ];
        for (name, time) in times {
            if let Some(time) = time {
                let name = Ident::new(name, Span::call_site());
                let time = time.tokens();
                built.extend(quote!(.#name(#time)));
            }
        }
        if let Some(local) = &spec.local {
            let local = local.tokens(krate);
            built.extend(quote!(.local(#local)));
        }
        let built = if spec.is_constant() {
            quote!(const { #built })
        } else {
            built
        };
        let types = match fingerprint {
            Fingerprint::IfNeeded => self.type_arguments(),
            Fingerprint::Never => None,
        };
        quote!(#built #types)
    }

    /// `.type_arguments(…)`, for what is generic: two instances may have one key and mean different values.
    fn type_arguments(&self) -> Option<TokenStream> {
        let krate = &self.krate;
        let generics = self.generics_of_key();
        let of_function: Vec<_> = generics.type_params().map(|param| &param.ident).collect();
        let of_function = (!of_function.is_empty())
            .then(|| quote!((#(#krate::__private::std::marker::PhantomData<#of_function>,)*)));
        // The parameters of an `impl` cannot be seen from here; the name of the type has them.
        let function = &self.function;
        let is_of_type = function.sig.receiver().is_some() || function.mentions_self_type();
        let of_type = is_of_type.then(|| quote!(Self));
        let types: Vec<_> = [of_function, of_type].into_iter().flatten().collect();
        (!types.is_empty())
            .then(|| quote!(#(.type_arguments(#krate::__private::type_arguments::<#types>()))*))
    }

    fn fingerprint(&self) -> TokenStream {
        let span = self.site();
        let krate = located(&self.krate, span);
        let value = self.value();
        quote_spanned!(span=> .fingerprint(<#value as #krate::__private::Schema>::FINGERPRINT))
    }

    /// The place of the return type, for names of our own.
    fn site(&self) -> Span {
        Span::mixed_site().located_at(self.returned.ty.span())
    }
}

impl super::plan::Spec {
    fn is_constant(&self) -> bool {
        let ttls = [&self.ttl, &self.none_ttl, &self.err_ttl]
            .into_iter()
            .flatten();
        let mut ttls = ttls.map(|ttl| match ttl {
            Ttl::Never => true,
            Ttl::After(time) => time.is_constant(),
        });
        let local = match &self.local {
            Some(Local::For(time)) => Some(time),
            _ => None,
        };
        let times = [self.budget.as_ref(), self.lease.as_ref(), self.wait.as_ref()];
        let times = times.into_iter().chain([local]).flatten();
        ttls.all(|constant| constant) && times.into_iter().all(Time::is_constant)
    }
}

impl Ttl {
    fn tokens(&self, krate: &Path) -> TokenStream {
        match self {
            Self::Never => quote!(#krate::__private::Ttl::NEVER),
            Self::After(time) => {
                let time = time.tokens();
                quote!(#krate::__private::Ttl::after(#time))
            }
        }
    }
}

impl Local {
    fn tokens(&self, krate: &Path) -> TokenStream {
        match self {
            Self::Off => quote!(#krate::__private::Local::Off),
            Self::For(time) => {
                let time = time.tokens();
                quote!(#krate::__private::Local::For(#time))
            }
            Self::WhileFresh => quote!(#krate::__private::Local::WhileFresh),
        }
    }
}

impl Codec {
    fn tokens(self, krate: &Path) -> TokenStream {
        let variant = match self {
            Self::MessagePack => quote!(MessagePack),
            Self::Json => quote!(Json),
            Self::Bincode => quote!(Bincode),
            Self::Postcard => quote!(Postcard),
        };
        quote!(#krate::__private::Codec::#variant)
    }
}

/// The place of a rule, for names of our own.
fn site_of(rule: &Expr) -> Span {
    Span::mixed_site().located_at(rule.span())
}

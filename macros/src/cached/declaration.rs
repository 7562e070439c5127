//! The declaration of the cache, as calls carry it.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::placement::Placement;
use super::plan::{Plan, Spec};
use crate::declaring::{Local, Ttl};
use crate::parse::duration::Time;

impl Plan {
    /// All of it: `Declaration::written(const { &CacheSpec::new("users", Ttl::after(…)) })`. It
    /// stands in the program once and calls carry where, unless a time of it is known only when the
    /// program runs.
    pub(super) fn spec(&self) -> TokenStream {
        let (krate, spec) = (&self.krate, &self.spec);
        // Without a `ttl` there is a `ttl_from`: the value alone decides, under no ceiling.
        let ttl = spec.ttl.as_ref().unwrap_or(&Ttl::Never).tokens(krate);
        let mut built = self.form(&ttl);
        if let Some(jitter) = spec.jitter {
            let jitter = Literal::f64_unsuffixed(jitter);
            built.extend(quote!(.jitter(#jitter)));
        }
        let ttls = [("none_ttl", &spec.none_ttl), ("err_ttl", &spec.err_ttl)];
        for (name, ttl) in ttls {
            if let Some(ttl) = ttl {
                let (name, ttl) = (Ident::new(name, Span::call_site()), ttl.tokens(krate));
                built.extend(quote!(.#name(#ttl)));
            }
        }
        let times = [
            ("idle", &spec.idle),
            ("budget", &spec.budget),
            ("lease", &spec.lease),
            ("wait", &spec.wait),
        ];
        for (name, time) in times {
            if let Some(time) = time {
                let (name, time) = (Ident::new(name, Span::call_site()), time.tokens());
                built.extend(quote!(.#name(#time)));
            }
        }
        if let Some(local) = &spec.local {
            let local = local.tokens(krate);
            built.extend(quote!(.local(#local)));
        }
        built.extend(spec.staleness.tokens(krate, spec.is_stale_on_error));
        let declaration = if spec.is_constant() {
            quote!(#krate::__private::Declaration::written(const { &#built }))
        } else {
            quote!(#krate::__private::Declaration::made(#built))
        };
        self.of_types(&declaration)
    }

    /// As much of it as tells its copies in this process from all others, which is always known.
    pub(super) fn named(&self) -> TokenStream {
        if self.spec.is_constant() {
            return self.spec();
        }
        let krate = &self.krate;
        let built = self.form(&Ttl::Never.tokens(krate));
        let declaration = quote!(#krate::__private::Declaration::written(const { &#built }));
        self.of_types(&declaration)
    }

    /// `CacheSpec::new("users", ttl).version(2)`: whose values they are and how they are written.
    fn form(&self, ttl: &TokenStream) -> TokenStream {
        let (krate, spec) = (&self.krate, &self.spec);
        let namespace = &spec.namespace;
        let mut built = quote!(#krate::__private::CacheSpec::new(#namespace, #ttl));
        if let Some(version) = spec.version {
            built.extend(quote!(.version(#version)));
        }
        if let Some(codec) = &spec.codec {
            let codec = codec.tokens(krate);
            built.extend(quote!(.codec(#codec)));
        }
        if spec.needs_fingerprint() {
            built.extend(self.fingerprint());
        }
        built
    }

    /// What only the running program knows of the types of a declaration.
    fn of_types(&self, declaration: &TokenStream) -> TokenStream {
        let of_values = self.spec.tells_options_apart().then(|| {
            let value = &self.value;
            quote!(.of_values::<#value>())
        });
        let types = self.type_arguments();
        quote!(#declaration #of_values #types)
    }

    /// `.type_arguments(…)`, for what is generic: two instances may have one key and mean different
    /// values.
    fn type_arguments(&self) -> Option<TokenStream> {
        let krate = &self.krate;
        let generics = self.generics_of_key();
        let of_function: Vec<_> = generics.type_params().map(|param| &param.ident).collect();
        let of_function = (!of_function.is_empty())
            .then(|| quote!((#(#krate::__private::std::marker::PhantomData<#of_function>,)*)));
        // The parameters of an `impl` cannot be seen from here; the name of the type has them.
        let function = &self.function;
        let is_of_type = match self.placement {
            // What names it is no free function.
            Placement::Free => false,
            Placement::Associated { .. } => {
                function.sig.receiver().is_some() || function.mentions_self_type()
            }
        };
        let of_type = is_of_type.then(|| quote!(Self));
        let types: Vec<_> = [of_function, of_type].into_iter().flatten().collect();
        (!types.is_empty())
            .then(|| quote!(#(.type_arguments(#krate::__private::type_arguments::<#types>()))*))
    }

    fn fingerprint(&self) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let value = &self.value;
        quote_spanned!(span=> .fingerprint(<#value as #krate::__private::Schema>::FINGERPRINT))
    }
}

impl Spec {
    /// Whether the compiler can build it.
    fn is_constant(&self) -> bool {
        let ttls = [&self.ttl, &self.none_ttl, &self.err_ttl];
        let of_ttls = ttls.into_iter().flatten().filter_map(Ttl::time);
        let times = [&self.idle, &self.budget, &self.lease, &self.wait];
        let of_local = self.local.as_ref().and_then(Local::time);
        let of_staleness = self.staleness.times().map(|given| &given.value);
        let mut all = times
            .into_iter()
            .flatten()
            .chain(of_ttls)
            .chain(of_local)
            .chain(of_staleness);
        all.all(Time::is_constant)
    }
}

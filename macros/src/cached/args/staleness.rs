//! What is declared of values that are served when they are stale, and of bodies that may outlive
//! their callers.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ExprPath;

use crate::declaring::Refreshing;
use crate::parse::Given;
use crate::parse::duration::Time;

/// What is declared of staleness, and of bodies that may outlive their callers.
#[derive(Default)]
pub(in crate::cached) struct Staleness {
    pub(in crate::cached) refreshing: Refreshing,
    pub(in crate::cached) throttle: Option<Given<Time>>,
    /// For how long a call waits that has nothing to fall back upon.
    pub(in crate::cached) hard: Option<Given<Time>>,
    /// The function that loads in place of the body where there is an old value.
    pub(in crate::cached) reload: Option<Given<ExprPath>>,
}

impl Staleness {
    /// The first of the options for which the body may outlive its caller.
    pub(in crate::cached) fn option(&self) -> Option<&Ident> {
        let hard = self.hard.as_ref().map(|it| &it.name);
        self.refreshing.option().or(hard)
    }

    /// Whether the body may outlive its caller.
    pub(in crate::cached) fn is_declared(&self) -> bool {
        self.option().is_some()
    }

    /// The times that are the same for every call.
    pub(in crate::cached) fn times(&self) -> impl Iterator<Item = &Given<Time>> {
        let times = [&self.throttle, &self.hard].into_iter().flatten();
        self.refreshing.times().chain(times)
    }

    /// `.stale(…).early(…)`, behind `CacheSpec::new(…)`.
    pub(in crate::cached) fn tokens(
        &self,
        krate: &impl ToTokens,
        is_stale_on_error: bool,
    ) -> TokenStream {
        let mut built = self.refreshing.tokens(krate);
        if is_stale_on_error {
            let thirty_seconds = || quote!(::core::time::Duration::from_secs(30));
            let throttle = self.throttle.as_ref();
            let throttle = throttle.map_or_else(thirty_seconds, |given| given.value.tokens());
            built.extend(quote!(.stale_on_error(#throttle)));
        }
        built
    }
}

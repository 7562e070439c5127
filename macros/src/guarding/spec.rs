//! The declaration of a guard.

use proc_macro2::TokenStream;
use quote::quote;

use crate::parse::duration::Time;

/// `spec.lease(…).wait(…)`
pub(crate) fn timed(spec: TokenStream, lease: Option<&Time>, wait: Option<&Time>) -> TokenStream {
    let mut spec = spec;
    if let Some(lease) = lease {
        let lease = lease.tokens();
        spec.extend(quote!(.lease(#lease)));
    }
    if let Some(wait) = wait {
        let wait = wait.tokens();
        spec.extend(quote!(.wait(#wait)));
    }
    spec
}

/// `const { spec }`, if all times in it are known when the program is built.
pub(crate) fn constant<'t>(
    spec: &TokenStream,
    times: impl IntoIterator<Item = &'t Time>,
) -> TokenStream {
    if times.into_iter().all(Time::is_constant) {
        quote!(const { #spec })
    } else {
        spec.clone()
    }
}

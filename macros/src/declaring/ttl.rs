//! How long a value is stored.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Lit};

use crate::diagnostics::Diagnostics;
use crate::parse::Given;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::literal;

/// How long something is stored.
pub(crate) enum Ttl {
    Never,
    After(Time),
}

/// `ttl = "5m"` or `ttl = "never"`.
pub(crate) fn ttl(given: Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Ttl> {
    match literal(&given.value) {
        Some(Lit::Str(text)) if text.value() == "never" => Some(Ttl::Never),
        _ => duration(given, Zero::Refused, diagnostics).map(Ttl::After),
    }
}

impl Ttl {
    /// The time, if there is an end.
    pub(crate) const fn time(&self) -> Option<&Time> {
        match self {
            Self::Never => None,
            Self::After(time) => Some(time),
        }
    }

    pub(crate) fn tokens(&self, krate: &impl ToTokens) -> TokenStream {
        match self {
            Self::Never => quote!(#krate::__private::Ttl::NEVER),
            Self::After(time) => {
                let time = time.tokens();
                quote!(#krate::__private::Ttl::after(#time))
            }
        }
    }
}

//! Whether copies of values are kept in the process.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Lit};

use crate::diagnostics::Diagnostics;
use crate::parse::Given;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::literal;

/// Whether copies are kept in this process.
pub(crate) enum Local {
    Off,
    For(Time),
    WhileFresh,
}

/// `local = true`, `local = false` or `local = "10s"`.
pub(crate) fn local(given: Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Local> {
    match literal(&given.value) {
        Some(Lit::Bool(keeps)) if keeps.value => Some(Local::WhileFresh),
        Some(Lit::Bool(_)) => Some(Local::Off),
        Some(Lit::Str(text)) if matches!(&*text.value(), "true" | "false") => {
            let message = format!("without quotes: write `local = {}`", text.value());
            diagnostics.error(text.span(), message);
            None
        }
        _ => duration(given, Zero::Refused, diagnostics).map(Local::For),
    }
}

impl Local {
    /// The time, if one is given.
    pub(crate) const fn time(&self) -> Option<&Time> {
        match self {
            Self::For(time) => Some(time),
            Self::Off | Self::WhileFresh => None,
        }
    }

    pub(crate) fn tokens(&self, krate: &impl ToTokens) -> TokenStream {
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

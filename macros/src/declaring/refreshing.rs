//! When a value is refreshed while it stands there, and for how long whoever has it refreshed
//! waits.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Lit};

use super::Ttl;
use crate::diagnostics::Diagnostics;
use crate::parse::Given;
use crate::parse::Reader;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{literal, share};

/// What is declared of refreshes.
#[derive(Default)]
pub(crate) struct Refreshing {
    pub(crate) stale: Option<Given<Time>>,
    pub(crate) early: Option<Given<Early>>,
    pub(crate) refresh_every: Option<Given<Time>>,
    /// For how long whoever refreshes waits.
    pub(crate) soft: Option<Given<Time>>,
}

/// When a value is refreshed before its end.
pub(crate) enum Early {
    Last(f64),
    XFetch,
}

/// `early = "10%"` or `early = "xfetch"`.
fn early(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Early> {
    match literal(&given.value) {
        Some(Lit::Str(text)) if text.value() == "xfetch" => Some(Early::XFetch),
        Some(Lit::Str(text)) if text.value().ends_with('%') => last(given, diagnostics),
        Some(Lit::Float(_)) => last(given, diagnostics),
        _ => {
            diagnostics.error_at(
                &given.value,
                "`early` is the share of the TTL in which a value is refreshed, or a draw by chance: write `early = \"10%\"` or `early = \"xfetch\"`",
            );
            None
        }
    }
}

/// A share of the TTL, which is not nothing.
fn last(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Early> {
    let share = share(given, diagnostics)?;
    if share <= 0.0 {
        diagnostics.error_at(
            &given.value,
            "`early` is no time at all, and nothing is refreshed in it: write `early = \"10%\"`, or leave it out",
        );
        return None;
    }
    Some(Early::Last(share))
}

impl Refreshing {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let time = |given, it: &mut Diagnostics| duration(given, Zero::Refused, it);
        Self {
            stale: reader.named("stale", time),
            early: reader.named("early", |given, it| early(&given, it)),
            refresh_every: reader.named("refresh_every", time),
            soft: reader.named("soft", time),
        }
    }

    /// The first of the options by which a value is refreshed.
    pub(crate) fn option(&self) -> Option<&Ident> {
        let every = self.refresh_every.as_ref().map(|it| &it.name);
        self.of_end().next().or(every)
    }

    /// The options that count from the end of a value.
    fn of_end(&self) -> impl Iterator<Item = &Ident> {
        let stale = self.stale.as_ref().map(|it| &it.name);
        let early = self.early.as_ref().map(|it| &it.name);
        stale.into_iter().chain(early)
    }

    /// The times that are the same for every call.
    pub(crate) fn times(&self) -> impl Iterator<Item = &Given<Time>> {
        let times = [&self.stale, &self.refresh_every, &self.soft];
        times.into_iter().flatten()
    }

    /// What is counted from the end of a value needs one, and what comes before it must.
    pub(crate) fn check_against(&self, ttl: &Ttl, diagnostics: &mut Diagnostics) {
        match ttl {
            Ttl::Never => {
                if let Some(option) = self.of_end().next() {
                    diagnostics.error(
                        option.span(),
                        format!("with `ttl = \"never\"` there is no end for `{option}` to count from: write a `ttl` that ends, or `refresh_every = …`"),
                    );
                }
            }
            Ttl::After(Time::Exact(ttl)) => {
                if let Some(given) = &self.refresh_every
                    && let Time::Exact(every) = &given.value
                    && every >= ttl
                {
                    diagnostics.error(
                        given.span(),
                        "`refresh_every` is no shorter than `ttl`, so a value ends before it is refreshed: write a shorter time",
                    );
                }
            }
            Ttl::After(Time::Expression(_)) => {}
        }
    }

    /// `.stale(…).early(…)`, behind `CacheSpec::new(…)`.
    pub(crate) fn tokens(&self, krate: &impl ToTokens) -> TokenStream {
        let mut built = TokenStream::new();
        if let Some(given) = &self.stale {
            let time = given.value.tokens();
            built.extend(quote!(.stale(#time)));
        }
        if let Some(given) = &self.early {
            let early = match given.value {
                Early::XFetch => quote!(XFetch),
                Early::Last(share) => {
                    // Of the precision that it has there, or a lint of the user's would find it too
                    // precise.
                    let share = Literal::f32_unsuffixed(share as f32);
                    quote!(Last(#share))
                }
            };
            built.extend(quote!(.early(#krate::__private::Early::#early)));
        }
        if let Some(given) = &self.refresh_every {
            let time = given.value.tokens();
            built.extend(quote!(.refresh_every(#time)));
        }
        if let Some(given) = &self.soft {
            let time = given.value.tokens();
            built.extend(quote!(.soft(#time)));
        }
        built
    }
}

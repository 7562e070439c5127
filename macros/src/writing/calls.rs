//! Lists of calls: `user(id), list(team), on_error = "fail"`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Token};

use crate::diagnostics::Diagnostics;
use crate::parse::value_of;

/// What stands in the parentheses of an attribute that is about other functions' caches.
pub(crate) struct Calls {
    /// The calls, as they were written.
    pub(crate) written: Vec<Expr>,
    /// The arguments with names, for [`Arguments`](crate::parse::Arguments).
    pub(crate) named: TokenStream,
    /// Whether all of it was understood.
    pub(crate) is_whole: bool,
}

impl Calls {
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut found = Self {
            written: Vec::new(),
            named: TokenStream::new(),
            is_whole: true,
        };
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if is_named(input) {
                    let name = input.call(Ident::parse_any)?;
                    input.parse::<Token![=]>()?;
                    let value = value_of(&name, input)?;
                    found.named.extend(quote!(#name = #value,));
                } else {
                    found.written.push(call(input)?);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        let parsed = parser.parse2(tokens);
        found.is_whole = diagnostics.take(parsed).is_some();
        found
    }
}

/// The next call. One that ends too early, as while it is being typed, is shown where it begins.
fn call(input: ParseStream<'_>) -> syn::Result<Expr> {
    let beginning = input.cursor().span();
    input.parse().map_err(|error: syn::Error| {
        if input.is_empty() && error.to_string().contains("end of input") {
            let message =
                "this is not finished: write a call of a cached function, such as `user(id)`";
            return syn::Error::new(beginning, message);
        }
        error
    })
}

/// Whether `name = …` comes next.
fn is_named(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let has_name = ahead.peek(Ident::peek_any) && ahead.call(Ident::parse_any).is_ok();
    has_name && ahead.peek(Token![=]) && !ahead.peek(Token![==])
}

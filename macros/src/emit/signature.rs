//! Signatures of functions that call others.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, Pat, Signature};

/// The signature for a function that hands its arguments on: nothing in it changes them.
pub(crate) fn without_mut(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    for arg in &mut sig.inputs {
        if let FnArg::Typed(typed) = arg
            && let Pat::Ident(pat) = &mut *typed.pat
        {
            pat.mutability = None;
        }
    }
    sig
}

/// The signature with `<>` behind the name of a function that is not generic.
///
/// Of a type that it does not know the compiler says that a parameter may be missing, where it
/// finds a place for one that the user wrote. It would say so of this function and not of its
/// companions, and the same mistake would be two errors.
pub(crate) fn with_brackets(sig: &Signature, place: Span) -> TokenStream {
    if sig.generics.lt_token.is_some() {
        return quote!(#sig);
    }
    let Signature {
        constness,
        asyncness,
        safety,
        abi,
        fn_token,
        ident,
        inputs,
        output,
        generics,
        ..
    } = sig;
    let mut tokens = quote_spanned! {place=>
        #constness #asyncness #safety #abi #fn_token #ident<>
    };
    let paren = &sig.paren_token;
    paren.surround(&mut tokens, |tokens| inputs.to_tokens(tokens));
    let clause = &generics.where_clause;
    quote!(#tokens #output #clause)
}

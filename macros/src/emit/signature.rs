//! Signatures of functions that call others.

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

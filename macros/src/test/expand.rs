//! Writes the test. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::PatType;

use super::args::Flavor;
use super::plan::Plan;
use crate::emit::body;

/// ```text
/// #[test]
/// fn loads_once() -> Result<(), Error> {
///     run(Flavor::CurrentThread, |larder: Larder| async move { … })
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let attrs = &plan.function.attrs;
    let vis = &plan.function.vis;
    let name = &plan.function.sig.ident;
    let output = &plan.function.sig.output;
    let flavor = flavor(plan);
    let argument = plan
        .larder
        .as_ref()
        .map_or_else(|| quote!(_), |PatType { pat, ty, .. }| quote!(#pat: #ty));
    let body = body::statements(&plan.returned, &plan.function.body);
    let statements = quote_spanned! {Span::mixed_site()=>
        #krate::__private::require_testing! {}
        #krate::__private::testing::run(#flavor, |#argument| async move { #body })
    };
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            #statements
        }
    }
}

fn flavor(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    match plan.flavor {
        Flavor::CurrentThread => quote!(#krate::__private::testing::Flavor::CurrentThread),
        Flavor::MultiThread => {
            let workers = plan.worker_threads.map_or_else(
                || quote!(::core::option::Option::None),
                |workers| quote!(::core::option::Option::Some(#workers)),
            );
            quote!(#krate::__private::testing::Flavor::MultiThread { workers: #workers })
        }
    }
}

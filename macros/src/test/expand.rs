//! Writes the test. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::PatType;
use syn::spanned::Spanned;

use super::args::Flavor;
use super::plan::Plan;
use crate::emit::{body, located};

/// ```text
/// #[test]
/// fn loads_once() -> Result<(), Error> {
///     run(Flavor::CurrentThread, |__larder| async move {
///         let larder: Larder = TestArgument::of(__larder);
///         …
///     })
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let attrs = &plan.function.attrs;
    let vis = &plan.function.vis;
    let name = &plan.function.sig.ident;
    let output = &plan.function.sig.output;
    let flavor = flavor(plan);
    let (argument, taken) = match &plan.larder {
        None => (quote!(_), TokenStream::new()),
        Some(argument) => {
            let name = quote_spanned!(Span::mixed_site()=> __larder);
            (name.clone(), taken(plan, argument, &name))
        }
    };
    let body = body::statements(&plan.function.sig, &plan.returned, &plan.function.body);
    let body = plan.function.block(quote!(#taken #body));
    let statements = quote_spanned! {Span::mixed_site()=>
        #krate::__private::require_testing! {}
        #krate::__private::testing::run(#flavor, |#argument| async move #body)
    };
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            #statements
        }
    }
}

/// `let larder: Larder = TestArgument::of(__larder);`, at the type: that is what is wrong if it is
/// another.
fn taken(plan: &Plan, argument: &PatType, larder: &TokenStream) -> TokenStream {
    let PatType { pat, ty, .. } = argument;
    let span = Span::mixed_site().located_at(ty.span());
    let krate = located(&plan.krate, span);
    quote_spanned! {span=>
        let #pat: #ty = <#ty as #krate::__private::TestArgument>::of(#larder);
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

//! Writes the function that invalidates. Nothing here can fail.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::plan::Plan;
use crate::writing::entries::About;
use crate::writing::expand::{self as writing, Writing};

pub(super) fn expand(plan: &Plan) -> TokenStream {
    let mut early = TokenStream::new();
    let mut late: Option<(Ident, TokenStream)> = None;
    for invalidation in &plan.invalidations {
        let told = match &invalidation.about {
            About::Companion(companion) => companion.named("invalidate"),
            About::Entry(call) | About::Itself(call) => call.clone(),
            About::Nothing => continue,
        };
        let told = quote!(.invalidate(#told));
        match &invalidation.answer {
            None => early.extend(told),
            Some(value) => {
                let (_, late) = late.get_or_insert_with(|| (value.clone(), TokenStream::new()));
                late.extend(told);
            }
        }
    }
    writing::expand(&Writing {
        krate: &plan.krate,
        function: &plan.writer.function,
        returned: &plan.writer.returned,
        is_result: plan.writer.is_result,
        is_boxed: plan.writer.is_boxed,
        fails: plan.writer.fails,
        before: TokenStream::new(),
        early,
        late,
    })
}

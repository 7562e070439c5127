//! Writes the function whose answer is put into caches. Nothing here can fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::Plan;
use crate::emit::operand;
use crate::writing::entries::About;
use crate::writing::expand::{self as writing, Writing};

/// ```text
/// let __entry_0 = user::entry(id);
/// … |value, __writes| __writes.put(&__entry_0, value)
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    // In the place of the return type: if it is of another type than the cache's values, that is
    // what it is about.
    let place = Span::call_site().located_at(plan.writer.returned.span());
    let answer = Ident::new("value", place);
    let mut before = TokenStream::new();
    let mut late = TokenStream::new();
    for (number, put) in plan.puts.iter().enumerate() {
        let entry = match &put.about {
            About::Companion(companion) => companion.named("entry"),
            About::Entry(call) => call.clone(),
            About::Itself(_) | About::Nothing => continue,
        };
        let entry = if put.answer.is_some() {
            entry
        } else {
            let name = format_ident!("__entry_{number}", span = Span::mixed_site());
            before.extend(quote_spanned!(Span::mixed_site()=> let #name = #entry;));
            quote!(#name)
        };
        let part = put.value.as_ref();
        let part = part.map(|value| {
            let operand = operand(value);
            quote_spanned!(value.span()=> &#operand)
        });
        let value = part.unwrap_or_else(|| quote!(#answer));
        late.extend(quote!(.put(&#entry, #value)));
    }
    writing::expand(&Writing {
        krate: &plan.krate,
        function: &plan.writer.function,
        returned: &plan.writer.returned,
        is_result: plan.writer.is_result,
        is_boxed: plan.writer.is_boxed,
        fails: plan.writer.fails,
        before,
        early: TokenStream::new(),
        late: Some((answer, late)),
    })
}

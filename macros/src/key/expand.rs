//! Writes the statements that write a key.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ReceiverKind;
use syn::spanned::Spanned;

use super::Side;
use super::plan::{Key, Step};

impl Key {
    /// ```text
    /// let mut __key = __draft.writer();
    /// __key.part(&self.tenant);
    /// __key.literal(":");
    /// __key.part(&id);
    /// ```
    pub(crate) fn written_by(&self, writer: &TokenStream, side: Side) -> TokenStream {
        if self.steps.is_empty() {
            return TokenStream::new();
        }
        let key = quote_spanned!(Span::mixed_site()=> __key);
        let steps = self.steps.iter().map(|step| self.step(step, side));
        quote!(let mut #key = #writer; #(#steps)*)
    }

    /// `&id, &name`: the arguments, if the key is made of whole ones and nothing else.
    pub(crate) fn arguments(&self, side: Side) -> Option<TokenStream> {
        let arguments = self.steps.iter().map(|step| match step {
            Step::Argument(index) => {
                let parameter = &self.parameters[*index];
                let value = parameter.sized_reference(side);
                Some(quote_spanned!(site(parameter.ty.span())=> #value))
            }
            Step::Constant(name) => Some(quote_spanned!(site(name.span())=> &#name)),
            _ => None,
        });
        let arguments: Vec<_> = arguments.collect::<Option<_>>()?;
        Some(quote!(#(#arguments),*))
    }

    /// The same as a closure: `|__key| { __key.part(&id); }`.
    pub(crate) fn writer(&self, side: Side) -> TokenStream {
        if self.steps.is_empty() {
            return quote!(|_| {});
        }
        let key = quote_spanned!(Span::mixed_site()=> __key);
        let steps = self.steps.iter().map(|step| self.step(step, side));
        quote!(|#key| { #(#steps)* })
    }

    fn step(&self, step: &Step, side: Side) -> TokenStream {
        match step {
            Step::Argument(index) => {
                let parameter = &self.parameters[*index];
                let value = parameter.reference(side);
                // At the type: what is wrong if it is no key is the type.
                quote_spanned!(site(parameter.ty.span())=> __key.arg(#value);)
            }
            Step::Whole(index) => {
                let parameter = &self.parameters[*index];
                let value = parameter.reference(side);
                quote_spanned!(site(parameter.ty.span())=> __key.part(#value);)
            }
            Step::Constant(name) => quote_spanned!(site(name.span())=> __key.arg(&#name);),
            Step::Text(text) => quote_spanned!(Span::mixed_site()=> __key.literal(#text);),
            Step::Value(placeholder) => {
                let value = &placeholder.value;
                quote_spanned!(site(placeholder.span)=> __key.part(&#value);)
            }
            Step::Receiver(span) => {
                let value = self.receiver_reference(side, *span);
                quote_spanned!(site(*span)=> __key.part(#value);)
            }
        }
    }

    /// A reference to what a step is about, where it stands, and its place; `None` for text.
    pub(crate) fn value_of(&self, step: &Step, side: Side) -> Option<(TokenStream, Span)> {
        match step {
            Step::Argument(index) | Step::Whole(index) => {
                let parameter = &self.parameters[*index];
                Some((parameter.reference(side), parameter.ty.span()))
            }
            Step::Constant(name) => Some((quote!(&#name), name.span())),
            Step::Text(_) => None,
            Step::Value(placeholder) => {
                let value = &placeholder.value;
                Some((quote!(&#value), placeholder.span))
            }
            Step::Receiver(span) => Some((self.receiver_reference(side, *span), *span)),
        }
    }

    fn receiver_reference(&self, side: Side, span: Span) -> TokenStream {
        let this = syn::Ident::new("self", span);
        match (side, self.receiver.as_ref().map(|receiver| &receiver.kind)) {
            (Side::Companion, _) | (_, Some(ReceiverKind::Reference(_, _, None))) => quote!(#this),
            (_, Some(ReceiverKind::Reference(..))) => quote!(&*#this),
            _ => quote!(&#this),
        }
    }
}

fn site(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

//! How values are encoded.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use crate::diagnostics::Diagnostics;
use crate::emit::located;
use crate::parse::Given;
use crate::parse::literal::word;

/// How values are encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    MessagePack,
    Json,
    Bincode,
    Postcard,
}

const CODECS: [(&str, Codec); 4] = [
    ("msgpack", Codec::MessagePack),
    ("json", Codec::Json),
    ("bincode", Codec::Bincode),
    ("postcard", Codec::Postcard),
];

/// One of the codecs.
pub(crate) fn codec(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Codec> {
    word(given, &CODECS, diagnostics)
}

impl Codec {
    /// Whether values are written without the names of their fields.
    pub(crate) const fn is_positional(self) -> bool {
        matches!(self, Self::Bincode | Self::Postcard)
    }
}

impl Given<Codec> {
    /// At the argument, where the compiler says if the codec is not in this build.
    pub(crate) fn tokens(&self, krate: &impl ToTokens) -> TokenStream {
        let span = Span::mixed_site().located_at(self.span());
        let krate = located(krate, span);
        let codec = match self.value {
            Codec::MessagePack => quote_spanned!(span=> codec_msgpack),
            Codec::Json => quote_spanned!(span=> codec_json),
            Codec::Bincode => quote_spanned!(span=> codec_bincode),
            Codec::Postcard => quote_spanned!(span=> codec_postcard),
        };
        quote_spanned!(span=> #krate::__private::#codec!())
    }
}

use proc_macro2::TokenStream;
pub(crate) fn run(_args: TokenStream, _item: TokenStream) -> TokenStream {
    TokenStream::new()
}

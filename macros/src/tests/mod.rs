//! What the attributes write, as a person would format it.
//! `UPDATE_EXPECT=1 cargo test -p larder-macros` rewrites the snapshots.

mod cache;
mod cached;
mod concurrency_limited;
mod derives;
mod idempotent;
mod rate_limited;
mod stack;
mod test;
mod with_lock;
mod writes;

use std::str::FromStr;

use expect_test::ExpectFile;
use proc_macro2::TokenStream;

/// Compares an expansion with its snapshot in `tests/snapshots`.
fn check(expansion: TokenStream, snapshot: &ExpectFile) {
    let file = syn::parse2(expansion).expect("an expansion that parses");
    snapshot.assert_eq(&prettyplease::unparse(&file));
}

fn tokens(source: &str) -> TokenStream {
    TokenStream::from_str(source).expect("tokens")
}

/// The messages of the `compile_error!`s in an expansion.
fn messages(expansion: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expansion).expect("an expansion that parses");
    let messages = file.items.iter().filter_map(|item| match item {
        syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
            Some(item.mac.parse_body::<syn::LitStr>().ok()?.value())
        }
        _ => None,
    });
    messages.collect()
}

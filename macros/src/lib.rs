//! The attributes of `larder`. Do not depend on this crate: use `larder`, which re-exports them.
//!
//! Every attribute goes through three stages, one file each in the attribute's folder: `args` reads
//! what was written and keeps the place of every word, `plan` checks it against the function and
//! holds all rules across arguments, and `expand` writes tokens and can no longer fail. What
//! happens at run time is in the runtime; this crate names its paths in tokens and knows nothing
//! else of it.
//!
//! On an error the user's item is still emitted without the attribute, so that one mistake is one
//! error.

mod cache;
mod cache_key;
mod cache_put;
mod cached;
mod concurrency_limited;
mod declaring;
mod diagnostics;
mod emit;
mod guarding;
mod idempotent;
mod invalidates;
mod key;
mod parse;
mod rate_limited;
mod schema;
mod stack;
mod test;
#[cfg(test)]
mod tests;
mod with_lock;
mod writing;

use proc_macro::TokenStream;

#[doc = include_str!("cached/docs.md")]
#[proc_macro_attribute]
pub fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("cached", args.into(), item.into(), cached::run).into()
}

#[doc = include_str!("cache/docs.md")]
#[proc_macro]
pub fn cache(declarations: TokenStream) -> TokenStream {
    cache::run(declarations.into()).into()
}

#[doc = include_str!("rate_limited/docs.md")]
#[proc_macro_attribute]
pub fn rate_limited(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("rate_limited", args.into(), item.into(), rate_limited::run).into()
}

#[doc = include_str!("invalidates/docs.md")]
#[proc_macro_attribute]
pub fn invalidates(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("invalidates", args.into(), item.into(), invalidates::run).into()
}

#[doc = include_str!("cache_put/docs.md")]
#[proc_macro_attribute]
pub fn cache_put(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("cache_put", args.into(), item.into(), cache_put::run).into()
}

#[doc = include_str!("concurrency_limited/docs.md")]
#[proc_macro_attribute]
pub fn concurrency_limited(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand(
        "concurrency_limited",
        args.into(),
        item.into(),
        concurrency_limited::run,
    )
    .into()
}

#[doc = include_str!("with_lock/docs.md")]
#[proc_macro_attribute]
pub fn with_lock(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("with_lock", args.into(), item.into(), with_lock::run).into()
}

#[doc = include_str!("idempotent/docs.md")]
#[proc_macro_attribute]
pub fn idempotent(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("idempotent", args.into(), item.into(), idempotent::run).into()
}

#[doc = include_str!("test/docs.md")]
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    test::run(args.into(), item.into()).into()
}

#[doc = include_str!("cache_key/docs.md")]
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(item: TokenStream) -> TokenStream {
    cache_key::run(item.into()).into()
}

#[doc = include_str!("schema/docs.md")]
#[proc_macro_derive(Schema, attributes(schema, serde))]
pub fn derive_schema(item: TokenStream) -> TokenStream {
    schema::run(item.into()).into()
}

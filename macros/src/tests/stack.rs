//! Several attributes on one function.

use proc_macro2::TokenStream;

use super::{messages, tokens};
use crate::{cached, stack, with_lock};

fn locked(args: &str, item: &str) -> TokenStream {
    stack::expand("with_lock", tokens(args), tokens(item), with_lock::run)
}

fn in_cache(args: &str, item: &str) -> TokenStream {
    stack::expand("cached", tokens(args), tokens(item), cached::run)
}

fn assert_alike(expansion: &TokenStream, wanted: &str) {
    assert_eq!(expansion.to_string(), tokens(wanted).to_string());
}

#[test]
fn the_first_is_written_last_and_strangers_stay_where_they_are() {
    let expansion = in_cache(
        r#"namespace = "users", ttl = "5m""#,
        r#"#[instrument]
        #[larder::with_lock(key = "user:{id}")]
        #[must_use]
        #[invalidates(team(id))]
        /// Loads.
        async fn user(id: u64) -> User { load(id).await }"#,
    );
    assert_alike(
        &expansion,
        r#"#[invalidates(__stacked, team(id))]
        #[instrument]
        #[larder::with_lock(__stacked, key = "user:{id}")]
        #[must_use]
        #[::larder::cached(__stacked, namespace = "users", ttl = "5m")]
        /// Loads.
        async fn user(id: u64) -> User { load(id).await }"#,
    );
}

#[test]
fn the_first_is_found_where_its_crate_is() {
    let expansion = locked(
        r#"key = "all", crate = crate::tools::larder"#,
        "#[cached] async fn all() {}",
    );
    assert_alike(
        &expansion,
        r#"#[cached(__stacked)]
        #[crate::tools::larder::with_lock(__stacked, key = "all", crate = crate::tools::larder)]
        async fn all() {}"#,
    );
}

#[test]
fn what_stands_where_it_belongs_is_expanded() {
    let expansion = locked(
        r#"__stacked, key = "all""#,
        r#"#[cached(__stacked, namespace = "all", ttl = "5m")] async fn all() {}"#,
    );
    let expansion = expansion.to_string();
    assert!(expansion.starts_with("# [cached"), "{expansion}");
    assert!(expansion.contains("__private :: locked"), "{expansion}");
}

#[test]
fn a_mistake_on_a_stack_is_one_message() {
    let sync = locked(
        r#"__stacked, key = "all""#,
        r#"#[cached(__stacked, namespace = "all", ttl = "5m")] #[must_use] fn all() {}"#,
    );
    assert_eq!(messages(sync.clone()).len(), 1);
    let sync = sync.to_string();
    assert!(sync.ends_with("# [must_use] fn all () { }"), "{sync}");

    let twice = locked(
        r#"key = "all""#,
        r#"#[cached] #[with_lock(key = "one")] async fn all() {}"#,
    );
    let [message] = &messages(twice)[..] else {
        panic!("one message")
    };
    assert!(message.contains("is written twice: write the keys in one"));
}

#[test]
fn one_that_was_missed_notices() {
    let [one, batch] = [
        "#[renamed] async fn all() -> u64 { 1 }",
        "#[renamed] async fn all(ids: &[u64]) -> HashMap<u64, Row> { rows(ids) }",
    ];
    for (arguments, function) in [
        (r#"namespace = "all", ttl = "5m""#, one),
        (r#"namespace = "all", ttl = "5m", stale = "1h""#, one),
        (r#"namespace = "all", ttl = "5m", batch"#, batch),
        (
            r#"namespace = "all", ttl = "5m", stale = "1h", batch"#,
            batch,
        ),
    ] {
        let expanded = in_cache(arguments, function);
        let function: syn::File = syn::parse2(expanded).expect("an expansion that parses");
        let syn::Item::Fn(mut function) = function.items[0].clone() else {
            panic!("the function comes first")
        };
        function.attrs.clear();
        let late = locked(r#"key = "all""#, &quote::quote!(#function).to_string());
        let [message] = &messages(late)[..] else {
            panic!("one message: {arguments}")
        };
        assert!(
            message.contains("was not seen by the attribute"),
            "{message}"
        );
    }
}

#[test]
fn an_attribute_of_another_crate_is_none_of_ours() {
    let expansion = locked(r#"key = "all""#, "#[cached::cached] async fn all() {}");
    assert!(expansion.to_string().contains("__private :: locked"));
}

//! Snapshots of `#[concurrency_limited]`.

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{check, messages, tokens};
use crate::{concurrency_limited, stack};

fn run(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("concurrency_limited", args, item, concurrency_limited::run)
}

#[test]
fn function() {
    let expansion = run(
        tokens(r#"10, namespace = "exports", key = "{user}", lease = "30s", wait = "2s""#),
        tokens(
            "/// Exports everything.
            pub async fn export(user: UserId) -> Result<Report, ApiError> {
                let report = collect(user).await?;
                Ok(report)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/permitted_function.rs"]);
}

#[test]
fn boxed_method() {
    let expansion = run(
        tokens(r#"limit = 1, namespace = "printers", key = "{self.id}""#),
        tokens(
            "fn print<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
                Box::pin(async move { self.driver.print().await })
            }",
        ),
    );
    check(
        expansion,
        &expect_file!["snapshots/permitted_boxed_method.rs"],
    );
}

#[test]
fn every_mistake_is_one_message() {
    for (args, wanted) in [
        ("", "how many may run at a time, and of whose calls?"),
        (
            r#"namespace = "n", key = "k""#,
            "how many may run at a time?",
        ),
        (r#"10, key = "k""#, "the permits need a name"),
        (
            r#"10, namespace = "n""#,
            "whose calls are counted together?",
        ),
        (
            r#"0, namespace = "n", key = "k""#,
            "a whole number of at least one",
        ),
        (
            r#""ten", namespace = "n", key = "k""#,
            "a whole number of at least one",
        ),
        (
            r#"10, namespace = "n", key = "{usr}""#,
            "there is no argument `usr`",
        ),
        (
            r#"10, namespace = "n", key = "k", wit = "1s""#,
            "has no argument `wit`",
        ),
    ] {
        let item = tokens("async fn f(user: u64) -> Result<(), Error> { Ok(()) }");
        let messages = messages(run(tokens(args), item));
        assert_eq!(messages.len(), 1, "{args}: {messages:?}");
        assert!(messages[0].contains(wanted), "{args}: {messages:?}");
    }
}

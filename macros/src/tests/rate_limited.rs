//! Snapshots of `#[rate_limited]`.

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{check, messages, tokens};
use crate::{rate_limited, stack};

fn run(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("rate_limited", args, item, rate_limited::run)
}

#[test]
fn function() {
    let expansion = run(
        tokens(
            r#""10/s, 1000/h burst 50", namespace = "charges", key = "{user}", cost = cents / 100, on_error = "local""#,
        ),
        tokens(
            "/// Charges a user.
            #[allow(unused)]
            pub async fn charge(user: UserId, cents: u64) -> Result<Receipt, ApiError> {
                let receipt = pay(user, cents).await?;
                Ok(receipt)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/limited_function.rs"]);
}

#[test]
fn boxed_method() {
    let expansion = run(
        tokens(r#"limit = 5, per = "1m", namespace = "sends", key = "{self.id}", on_limit = "wait", max_wait = "2s", shadow"#),
        tokens(
            "fn send<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
                Box::pin(async move { self.transport.send().await })
            }",
        ),
    );
    check(
        expansion,
        &expect_file!["snapshots/limited_boxed_method.rs"],
    );
}

#[test]
fn every_mistake_is_one_message() {
    for (args, wanted) in [
        (r#"namespace = "n", key = "k""#, "how much may pass?"),
        (r#""10/s", key = "k""#, "a limit needs a name"),
        (r#""10/s", namespace = "n""#, "who is limited?"),
        (
            r#""ten/s", namespace = "n", key = "k""#,
            "`ten/s` is no limit",
        ),
        (
            r#""1/s, 2/s, 3/s, 4/s, 5/s", namespace = "n", key = "k""#,
            "at most 4 limits",
        ),
        (
            r#""10/s", limit = 3, namespace = "n", key = "k""#,
            "is said in the text",
        ),
        (r#"limit = 3, namespace = "n", key = "k""#, "in what time?"),
        (
            r#"limit = 0, per = "1s", namespace = "n", key = "k""#,
            "lies outside",
        ),
        (
            r#""10/s", namespace = "n", key = "{usr}""#,
            "there is no argument `usr`",
        ),
        (
            r#""10/s", namespace = "n", key = "k", on_limit = "wait""#,
            "how long may a call wait?",
        ),
        (
            r#""10/s", namespace = "n", key = "k", max_wait = "1s""#,
            "is for calls that wait",
        ),
        (
            r#""10/s burst 2", namespace = "n", key = "k", algorithm = "fixed_window""#,
            "have a `burst`",
        ),
        (
            r#""10/s", namespace = "n", key = "k", algoritm = "gcra""#,
            "has no argument `algoritm`",
        ),
    ] {
        let item = tokens("async fn f(user: u64) -> Result<(), Error> { Ok(()) }");
        let messages = messages(run(tokens(args), item));
        assert_eq!(messages.len(), 1, "{args}: {messages:?}");
        assert!(messages[0].contains(wanted), "{args}: {messages:?}");
    }
}

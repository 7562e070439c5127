//! Snapshots of `#[with_lock]`.

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{check, messages, tokens};
use crate::{stack, with_lock};

fn run(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("with_lock", args, item, with_lock::run)
}

#[test]
fn function() {
    let expansion = run(
        tokens(r#"key = "order:{order}", lease = "30s", wait = "5s", fair, reentrant"#),
        tokens(
            "/// Ships an order.
            #[allow(unused)]
            pub async fn ship(order: OrderId) -> Result<Parcel, ApiError> {
                let parcel = pack(order).await?;
                Ok(parcel)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/locked_function.rs"]);
}

#[test]
fn boxed_method() {
    let expansion = run(
        tokens(r#"key = ["a:{self.id}", "b:{to}"], namespace = "accounts", lease = self.lease, try, read"#),
        tokens(
            "fn send<'a>(&'a self, to: u64) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
                Box::pin(async move { self.transport.send(to).await })
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/locked_boxed_method.rs"]);
}

#[test]
fn every_mistake_is_one_message() {
    for (args, wanted) in [
        (r#"lease = "30s""#, "what is locked?"),
        ("key = []", "nothing is locked"),
        (r#"key = "{usr}""#, "there is no argument `usr`"),
        (
            r#"key = ["a:{user}", "b:{usr}"]"#,
            "there is no argument `usr`",
        ),
        (r#"key = "k", try, wait = "5s""#, "`try` does not wait"),
        (r#"key = "k", lease = "0s""#, "must be longer than nothing"),
        (r#"key = "k", lease = "29ms""#, "`lease = \"30ms\"`"),
        (
            r#"key = "k", lease = "99ms", quorum"#,
            "`lease = \"100ms\"`",
        ),
        (r#"key = "k", lease = 30"#, "of what?"),
        (r#"key = "k", fair = "yes""#, "`fair` stands by itself"),
        (r#"key = "k", lese = "30s""#, "has no argument `lese`"),
        (r#"key = "k", key = "l""#, "is written twice"),
        ("key = user", "`key`"),
    ] {
        let item = tokens("async fn f(user: u64) -> Result<(), Error> { Ok(()) }");
        let messages = messages(run(tokens(args), item));
        assert_eq!(messages.len(), 1, "{args}: {messages:?}");
        assert!(messages[0].contains(wanted), "{args}: {messages:?}");
    }
}

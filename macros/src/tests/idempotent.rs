//! Snapshots of `#[idempotent]`.

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{check, messages, tokens};
use crate::{idempotent, stack};

fn run(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("idempotent", args, item, idempotent::run)
}

#[test]
fn function() {
    let expansion = run(
        tokens(
            r#"namespace = "payments", key = "{request_id}", ttl = "24h", lease = "30s", skip(database)"#,
        ),
        tokens(
            "/// Pays.
            pub async fn pay(database: &Database, request_id: String, cents: u64) -> Result<Receipt, ApiError> {
                let receipt = database.pay(cents).await?;
                Ok(receipt)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/idempotent_function.rs"]);
}

#[test]
fn boxed_method() {
    let expansion = run(
        tokens(
            r#"namespace = "orders", key = "{order.id}", ttl = "1h", store_err = |error| error.is_final()"#,
        ),
        tokens(
            "fn place<'a>(&'a self, order: Order) -> Pin<Box<dyn Future<Output = Result<Placed, Error>> + Send + 'a>> {
                Box::pin(async move { self.place(order).await })
            }",
        ),
    );
    check(
        expansion,
        &expect_file!["snapshots/idempotent_boxed_method.rs"],
    );
}

#[test]
fn every_mistake_is_one_message() {
    for (args, wanted) in [
        ("", "which calls are the same, and how long"),
        (r#"key = "{id}", ttl = "1h""#, "needs a name"),
        (
            r#"namespace = "n", ttl = "1h""#,
            "which calls are the same?",
        ),
        (
            r#"namespace = "n", key = "{id}""#,
            "how long is a result kept?",
        ),
        (
            r#"namespace = "n", key = "{idd}", ttl = "1h""#,
            "there is no argument `idd`",
        ),
        (
            r#"namespace = "n", key = "{id}", ttl = "1h", skip(database)"#,
            "there is no argument `database`",
        ),
        (
            r#"namespace = "n", key = "{id}", ttl = "1h", store_err = true"#,
            "says which errors are stored",
        ),
        (
            r#"namespace = "n", key = "{id}", ttl = "1h", leese = "1s""#,
            "has no argument `leese`",
        ),
    ] {
        let item = tokens("async fn f(id: u64) -> Result<(), Error> { Ok(()) }");
        let messages = messages(run(tokens(args), item));
        assert_eq!(messages.len(), 1, "{args}: {messages:?}");
        assert!(messages[0].contains(wanted), "{args}: {messages:?}");
    }
}

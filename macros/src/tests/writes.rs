//! Snapshots of `#[invalidates]` and `#[cache_put]`.

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{check, messages, tokens};
use crate::stack;

fn invalidates(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("invalidates", args, item, crate::invalidates::run)
}

fn cache_put(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("cache_put", args, item, crate::cache_put::run)
}

#[test]
fn invalidating_function() {
    let expansion = invalidates(
        tokens(
            "db::user(id), page::<T>(&name), user::invalidate_team(value.team), self.account(id)",
        ),
        tokens(
            "/// Renames a user.
            pub async fn rename(id: u64, name: String) -> Result<User, DbError> {
                write(id, name).await
            }",
        ),
    );
    check(
        expansion,
        &expect_file!["snapshots/invalidating_function.rs"],
    );
}

#[test]
fn putting_boxed_method() {
    let expansion = cache_put(
        tokens(r#"self.user(id), team(value.team) = value.size, on_error = "fail""#),
        tokens(
            "fn join<'a>(&'a self, id: u64) -> Pin<Box<dyn Future<Output = Result<User, Error>> + Send + 'a>> {
                Box::pin(async move { self.db.join(id).await })
            }",
        ),
    );
    check(
        expansion,
        &expect_file!["snapshots/putting_boxed_method.rs"],
    );
}

#[test]
fn every_mistake_is_one_message() {
    for (args, wanted) in [
        ("", "what is invalidated?"),
        ("user", "write `user(id)`"),
        ("db::user", "`db::user::clear()`"),
        ("7", "this names no entry"),
        ("user(id), on_eror = \"fail\"", "has no argument `on_eror`"),
        ("user(id), on_error = \"retry\"", "`retry`"),
        ("user(value)", "rename the argument"),
        ("user(id) team(id)", "expected `,`"),
    ] {
        let item = tokens("async fn f(id: u64, value: u64) -> Result<(), Error> { Ok(()) }");
        let messages = messages(invalidates(tokens(args), item));
        assert_eq!(messages.len(), 1, "{args}: {messages:?}");
        assert!(messages[0].contains(wanted), "{args}: {messages:?}");
    }
}

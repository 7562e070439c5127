//! Snapshots of `#[larder::test]`.

use expect_test::expect_file;

use super::{check, tokens};
use crate::test::run;

#[test]
fn on_one_thread() {
    let expansion = run(
        tokens(""),
        tokens("async fn loads_once() { assert_eq!(user(7).await, 7); }"),
    );
    check(expansion, &expect_file!["snapshots/test_on_one_thread.rs"]);
}

#[test]
fn on_many_threads() {
    let expansion = run(
        tokens(r#"flavor = "multi_thread", worker_threads = 2"#),
        tokens(
            "#[ignore]
            async fn loads_once(larder: Larder) -> Result<(), Error> {
                larder.health().await?;
                Ok(())
            }",
        ),
    );
    check(
        expansion,
        &expect_file!["snapshots/test_on_many_threads.rs"],
    );
}

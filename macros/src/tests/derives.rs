//! Snapshots of the derives.

use expect_test::expect_file;

use super::{check, tokens};

#[test]
fn cache_key_of_a_struct() {
    let expansion = crate::cache_key::run(tokens(
        "struct Page<'a, T> { of: &'a T, #[cache_key(skip)] trace: u128, number: u32 }",
    ));
    check(expansion, &expect_file!["snapshots/cache_key_struct.rs"]);
}

#[test]
fn cache_key_of_an_enum() {
    let expansion = crate::cache_key::run(tokens(
        "#[cache_key(crate = crate::cache)]
        enum Filter { All, Team(u64, #[cache_key(skip)] u128), Named { name: String } }",
    ));
    check(expansion, &expect_file!["snapshots/cache_key_enum.rs"]);
}

#[test]
fn schema_of_a_struct() {
    let expansion = crate::schema::run(tokens(
        "#[serde(rename_all = \"camelCase\")]
        struct Tree<T> { value: T, #[serde(with = \"seconds\")] age: Duration, children: Vec<Tree<T>> }",
    ));
    check(expansion, &expect_file!["snapshots/schema_struct.rs"]);
}

#[test]
fn schema_of_an_enum() {
    let expansion = crate::schema::run(tokens(
        "enum Choice { Nothing, #[serde(rename = \"two\")] Pair(u8, bool), Named { id: u64 } }",
    ));
    check(expansion, &expect_file!["snapshots/schema_enum.rs"]);
}

//! What the compiler says about each misuse, on the pinned toolchain, and what compiles under the strictest lints.
//!
//! `TRYBUILD=overwrite cargo test --test ui` rewrites the `.stderr` files; read what changed before you keep it.

#![allow(clippy::expect_used, reason = "a test that meets an error has failed")]

use std::fs;
use std::path::Path;

#[test]
fn the_compiler_says_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/*/pass/*.rs");
    cases.compile_fail("tests/ui/*/fail/*.rs");
}

#[test]
fn each_misuse_is_one_error() {
    let mut seen = 0;
    for folder in ["cached", "derive", "test"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/ui")
            .join(folder);
        for entry in fs::read_dir(folder.join("fail")).expect("the cases") {
            let path = entry.expect("a case").path();
            if path.extension().is_some_and(|it| it == "stderr") {
                let words = fs::read_to_string(&path).expect("the compiler's words");
                let errors = words.lines().filter(|line| line.starts_with("error"));
                assert_eq!(errors.count(), 1, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "the cases were not found");
}

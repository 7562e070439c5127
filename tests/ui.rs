//! What the compiler says about each misuse, on the pinned toolchain, and what compiles under the strictest lints.
//!
//! `TRYBUILD=overwrite cargo test --test ui` rewrites the `.stderr` files; read what changed before you keep it.

#[test]
fn the_compiler_says_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/*/pass/*.rs");
    cases.compile_fail("tests/ui/*/fail/*.rs");
}

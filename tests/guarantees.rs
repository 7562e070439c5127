//! GUARANTEES.md names a test behind each promise; here it is seen to that the tests are there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

use std::collections::BTreeSet;
use std::path::Path;

/// The tests that a row names: a file, and functions in it.
#[derive(Debug)]
struct Evidence {
    file: String,
    tests: Vec<String>,
}

/// The macros that make tests of each case that they are given.
const OF_CASES: [&str; 2] = ["on_each_backend!", "whatever_becomes_of_the_first_runtime!"];

/// What stands between backticks, in order.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// What the last cell of a row names: each file with the tests that follow it.
fn evidence(cell: &str) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = Vec::new();
    for word in quoted(cell) {
        if word.contains('/') {
            found.push(Evidence {
                file: word.to_owned(),
                tests: Vec::new(),
            });
        } else if let Some(last) = found.last_mut() {
            last.tests.push(word.to_owned());
        } else {
            panic!("`{word}` stands before any file in: {cell}");
        }
    }
    found
}

/// The last cell of every row that is no heading.
fn rows(document: &str) -> Vec<&str> {
    let tables = document.lines().filter(|line| line.starts_with('|'));
    let rows = tables.filter(|line| !line.starts_with("|---") && !line.starts_with("| promise"));
    rows.map(|row| row.trim_end_matches('|').rsplit('|').next().unwrap())
        .collect()
}

/// Whether the source has a test of this name: a function that runs as one, or a case of which
/// tests are made.
fn has_test(source: &str, name: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else {
        return false;
    };
    // The function's own attributes, up from the line that it stands in.
    let above = before.rsplit('\n').skip(1).map(str::trim);
    let mut above = above.take_while(|line| line.starts_with('#') || line.starts_with("//"));
    let cases = OF_CASES.iter().flat_map(|of| source.split(of).skip(1));
    let mut cases = cases.filter_map(|list| list.split(['}', ')']).next());
    above.any(|line| line.starts_with("#[") && line.contains("test"))
        || cases.any(|list| {
            list.split(|letter: char| !is_of_name(letter))
                .any(|case| case == name)
        })
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[test]
fn a_function_that_does_not_run_is_no_test() {
    let source = "on_each_backend!(\n    case,\n);\n\nasync fn case() {}\nfn helper() {}\n\n#[test]\n// Why.\nfn test() {}\n";
    assert!(has_test(source, "case") && has_test(source, "test"));
    for of in OF_CASES {
        assert!(has_test(
            &format!("{of}(a_case);\nfn a_case() {{}}"),
            "a_case"
        ));
    }
    assert!(!has_test(source, "helper") && !has_test(source, "missing"));
}

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("GUARANTEES.md")).expect("the document");
    let mut missing = BTreeSet::new();
    let rows = rows(&document);
    assert!(rows.len() > 20, "the tables were not understood");
    for row in rows {
        let evidence = evidence(row);
        assert!(!evidence.is_empty(), "a promise without a test: {row}");
        for Evidence { file, tests } in evidence {
            assert!(!tests.is_empty(), "`{file}` is named without a test of it");
            match std::fs::read_to_string(root.join(&file)) {
                Ok(source) => missing.extend(
                    tests
                        .into_iter()
                        .filter(|test| !has_test(&source, test))
                        .map(|test| format!("{file}: {test}")),
                ),
                Err(_) => {
                    missing.insert(file);
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "GUARANTEES.md names what is not there:\n{missing:#?}"
    );
}

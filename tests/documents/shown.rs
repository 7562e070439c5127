//! Tests that a document shows. Where a document is compiled, tests are left out of it: so they
//! stand in `tests/macros/documented.rs` once more, letter for letter.

use super::{pages, read};

/// The Rust in a page, block by block, with the lines that readers do not see.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<Vec<&str>> = None;
    for line in page.lines() {
        match (&mut block, line.starts_with("```")) {
            (None, true) => block = Some(Vec::new()),
            (Some(lines), true) => {
                blocks.push(lines.join("\n"));
                block = None;
            }
            (Some(lines), false) => lines.push(line.strip_prefix("# ").unwrap_or(line)),
            (None, false) => {}
        }
    }
    blocks
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}

#[test]
fn every_test_that_is_shown_is_run() {
    let run = without_spaces(&read("tests/macros/documented.rs"));
    let mut found = 0;
    for page in pages() {
        for block in blocks(&read(&page)) {
            if block.contains("#[larder::test") {
                found += 1;
                assert!(run.contains(&without_spaces(&block)), "{page}:\n{block}");
            }
        }
    }
    assert_eq!(found, 3, "the copy has more, or the pages were not found");
}

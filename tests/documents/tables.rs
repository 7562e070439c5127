//! Tables that list what the program has: all of it, and nothing else.

use std::collections::BTreeSet;

use super::read;

/// Every attribute that takes arguments, and the tables of them: the page, and the words before the
/// table.
const ATTRIBUTES: [(&str, &[(&str, &str)]); 9] = [
    (
        "macros/src/cached/args/mod.rs",
        &[
            ("macros/src/cached/docs.md", "# Arguments"),
            ("docs/guide/cached.md", "## Arguments"),
        ],
    ),
    (
        "macros/src/cache/args.rs",
        &[("macros/src/cache/docs.md", "# A declaration")],
    ),
    (
        "macros/src/invalidates/args.rs",
        &[("macros/src/invalidates/docs.md", "# Arguments")],
    ),
    (
        "macros/src/cache_put/args.rs",
        &[("macros/src/cache_put/docs.md", "# Arguments")],
    ),
    (
        "macros/src/rate_limited/args.rs",
        &[("macros/src/rate_limited/docs.md", "# Arguments")],
    ),
    (
        "macros/src/concurrency_limited/args.rs",
        &[("macros/src/concurrency_limited/docs.md", "# Arguments")],
    ),
    (
        "macros/src/with_lock/args.rs",
        &[("macros/src/with_lock/docs.md", "# Arguments")],
    ),
    (
        "macros/src/idempotent/args.rs",
        &[("macros/src/idempotent/docs.md", "# Arguments")],
    ),
    (
        "macros/src/test/args.rs",
        &[("macros/src/test/docs.md", "# Arguments")],
    ),
];

/// What a plain call has no need of: it is written where it is called, and says itself what is its
/// key, what it returns and where `larder` is.
const OF_ATTRIBUTES_ALONE: [&str; 5] = ["key", "skip", "returns", "entry", "crate"];

/// The names in `const LEGAL`.
fn legal(path: &str) -> Vec<String> {
    let source = read(path);
    let (_, rest) = source.split_once("const LEGAL: ").expect(path);
    let (_, list) = rest.split_once("= [").expect("the list");
    let (list, _) = list.split_once(']').expect("its end");
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The first table behind these words.
fn table<'text>(text: &'text str, heading: &str) -> &'text str {
    let (_, rest) = text.split_once(heading).expect(heading);
    let (_, rest) = rest.split_once("\n|").expect("a table");
    rest.split("\n\n").next().expect("its end")
}

/// What stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The words with which arguments are named in a piece of code: those before `=`, `(` or a value.
fn names(code: &str) -> impl Iterator<Item = &str> {
    let parts = code.split(", ");
    let word = |part: &str| part.find(|it: char| !it.is_ascii_lowercase() && it != '_');
    parts.filter_map(move |part| match word(part) {
        None => Some(part),
        Some(0) => None,
        Some(end) => Some(&part[..end]),
    })
}

#[test]
fn the_tables_of_arguments_are_complete() {
    for (source, tables) in ATTRIBUTES {
        let legal = legal(source);
        for (page, heading) in tables {
            let text = read(page);
            let table = table(&text, heading);
            let told: BTreeSet<&str> = spans(table).flat_map(names).collect();
            for argument in &legal {
                assert!(told.contains(argument.as_str()), "{page}: no {argument}");
            }
            for row in table.lines().skip(2) {
                let cell = row.trim_start_matches("| ").split(" | ").next();
                for code in spans(cell.expect("a cell")) {
                    let name = names(code).next().unwrap_or("limit");
                    let is_legal = legal.iter().any(|it| it == name);
                    assert!(is_legal, "{page}: there is no argument {name}");
                }
            }
        }
    }
}

#[test]
fn the_page_of_plain_calls_knows_every_argument() {
    let text = read("docs/guide/without-macros.md");
    let told: BTreeSet<&str> = spans(table(&text, "# Without macros"))
        .flat_map(names)
        .collect();
    for argument in legal("macros/src/cached/args/mod.rs") {
        let is_told = told.contains(argument.as_str());
        assert!(
            is_told || OF_ATTRIBUTES_ALONE.contains(&argument.as_str()),
            "{argument} is missing"
        );
    }
}

#[test]
fn the_table_of_error_kinds_is_complete() {
    let source = read("runtime/src/error.rs");
    let (_, kinds) = source
        .split_once("pub enum ErrorKind {")
        .expect("the kinds");
    let (kinds, _) = kinds.split_once("\n}").expect("their end");
    let kinds = kinds.lines().map(str::trim);
    let kinds: BTreeSet<&str> = kinds
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.strip_suffix(','))
        .collect();
    assert!(kinds.len() > 20, "the kinds were not found: {kinds:?}");

    let guide = read("docs/guide/failure.md");
    let table = table(&guide, "## Errors");
    let cells = table
        .lines()
        .skip(2)
        .filter_map(|row| row.split(" | ").next());
    let told: BTreeSet<&str> = cells.flat_map(spans).collect();
    assert_eq!(kinds, told);
}

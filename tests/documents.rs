//! What the documents say beside code: that is compiled where it stands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

#[path = "documents/defaults.rs"]
mod defaults;
#[path = "documents/imports.rs"]
mod imports;
#[path = "documents/links.rs"]
mod links;
#[path = "documents/map.rs"]
mod map;
#[path = "documents/permitted/mod.rs"]
mod permitted;
#[path = "documents/shown.rs"]
mod shown;
#[path = "support/mod.rs"]
mod support;
#[path = "documents/tables.rs"]
mod tables;

use std::collections::BTreeSet;
use std::path::Path;

use permitted::Permitted;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The pages that are documentation of the program too: compiled, and shown by rustdoc.
fn pages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec!["README.md".to_owned()];
    for guide in std::fs::read_dir(root.join("docs/guide")).expect("the guide") {
        let name = guide.expect("a page").file_name();
        pages.push(format!("docs/guide/{}", name.to_str().expect("text")));
    }
    for attribute in std::fs::read_dir(root.join("macros/src")).expect("the attributes") {
        let name = attribute.expect("a folder").file_name();
        let page = format!("macros/src/{}/docs.md", name.to_str().expect("text"));
        if root.join(&page).exists() {
            pages.push(page);
        }
    }
    pages.sort();
    pages
}

/// The words of a text that begin with `LARDER_`.
fn variables(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
    words.filter(|word| word.starts_with("LARDER_")).collect()
}

#[test]
fn the_table_of_variables_is_complete() {
    let guide = read("docs/guide/configuration.md");
    let program = read("runtime/src/larder/env.rs");
    let (_, known) = program.split_once("const KNOWN").expect("the list");
    let (known, _) = known.split_once("];").expect("its end");
    for variable in variables(known) {
        assert!(guide.contains(variable), "{variable} is not in the guide");
    }
    for variable in variables(&guide) {
        // What Kubernetes sets is in the program by its beginning.
        let is_beginning = program.contains(&format!("starts_with(\"{variable}\")"));
        assert!(
            known.contains(variable) || is_beginning,
            "nothing reads {variable}"
        );
    }
}

#[test]
fn the_table_of_store_operations_is_complete() {
    let guide = read("docs/guide/store.md");
    let (_, table) = guide.split_once("| for | operations |").expect("the table");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let named = |operation: &str| table.contains(&format!("`{operation}`"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/src/store");
    let mut operations = Vec::new();
    for file in [
        "values",
        "counters",
        "swap",
        "fenced",
        "lists",
        "hashes",
        "sets",
        "sorted_sets",
    ] {
        let source = std::fs::read_to_string(folder.join(file).with_extension("rs")).expect(file);
        let public = source.split("    pub ").skip(1);
        let methods =
            public.filter_map(|method| method.trim_start_matches("async ").strip_prefix("fn "));
        let end = |name: &str| name.find(['(', '<']).expect("its arguments");
        operations.extend(methods.map(|name| name[..end(name)].to_owned()));
    }
    assert!(
        operations.len() > 30,
        "the methods were not found: {operations:?}"
    );
    for operation in &operations {
        assert!(named(operation), "{operation} is not in the guide");
    }
    operations.extend(["key", "clear"].map(str::to_owned));
    let words = table.split('`').skip(1).step_by(2);
    for word in words.filter(|word| *word != "T") {
        let is_there = operations.iter().any(|operation| operation == word);
        assert!(is_there, "a store has no {word}");
    }
}

#[test]
fn every_scenario_is_told_of() {
    let document = read("docs/performance.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let told = rows.filter_map(|row| row.split('`').next());
    let catalogue = read("benches/src/catalogue.rs");
    let listed = catalogue.split("id: \"").skip(1);
    let listed: BTreeSet<_> = listed.filter_map(|rest| rest.split('"').next()).collect();
    for scenario in told {
        assert!(listed.contains(scenario), "there is no scenario {scenario}");
    }
    // If only to say that it was not measured yet.
    for scenario in listed {
        let named = document.contains(&format!("`{scenario}`"));
        assert!(named, "nothing is said of {scenario}");
    }
}

/// Everything a program may do, as a user who may do no more than the guide says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_the_documented_permissions_is_enough() {
    let guide = read("docs/guide/configuration.md");
    let rule = guide
        .lines()
        .find_map(|line| line.strip_prefix("ACL SETUSER shop on >secret "))
        .expect("the rule in the guide");
    let permitted = Permitted::by(rule).await;
    permitted.use_everything().await;
    permitted.check().await;
    permitted.check_scripts();
    permitted.check_commands_of_scripts();
}

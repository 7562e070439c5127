//! The maps of the code: `ARCHITECTURE.md` and the table of tests in `CONTRIBUTING.md`.

use std::path::Path;

use super::read;

/// The folders and files at this place, without those that only hold the others together.
fn entries(folder: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(path).expect(folder);
    let names = entries.map(|entry| {
        let entry = entry.expect("a readable folder");
        let name = entry.file_name().into_string().expect("text");
        match name.strip_suffix(".rs") {
            Some(stem) => stem.to_owned(),
            None if entry.path().is_dir() => format!("{name}/"),
            None => name,
        }
    });
    names.filter(|name| name != "lib").collect()
}

/// Whether a text has this word, or this folder.
fn names(text: &str, name: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_alphanumeric() || it == '_';
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        !before.is_some_and(is_letter) && (name.ends_with('/') || !after.is_some_and(is_letter))
    })
}

/// The lines of the map from this one on that stand further in.
fn part(map: &str, beginning: &str) -> String {
    let mut lines = map.lines().skip_while(|line| !line.starts_with(beginning));
    let first = lines.next().expect(beginning);
    let rest = lines.take_while(|line| line.starts_with(' '));
    [first]
        .into_iter()
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_map_names_every_folder_and_file() {
    let page = read("ARCHITECTURE.md");
    let (_, map) = page.split_once("```text\n").expect("the map");
    let (map, _) = map.split_once("```").expect("its end");
    for (folder, beginning) in [
        ("src", "src/"),
        ("macros/src", "macros/"),
        ("runtime/src", "runtime/"),
        ("tests", "tests/"),
    ] {
        let part = part(map, beginning);
        for name in entries(folder) {
            assert!(names(&part, &name), "{folder}: {name} is not in the map");
        }
    }
}

#[test]
fn the_table_of_tests_names_every_one() {
    let page = read("CONTRIBUTING.md");
    let (_, table) = page.split_once("| where | what is tested |").expect("it");
    let (table, _) = table.split_once("\n\n").expect("its end");
    for name in entries("tests") {
        let path = if name.ends_with('/') {
            format!("tests/{name}")
        } else {
            format!("tests/{name}.rs")
        };
        assert!(table.contains(&path), "{path} is not in the table");
    }
}

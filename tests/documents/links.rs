//! Links between pages lead somewhere, in the repository and in rustdoc.
//!
//! A link from the README or the guide to another page is a reference, `[the local tier][local]`,
//! with a definition at the page's end that is right in the repository. In rustdoc the definition
//! of the same name in `src/links.md`, which comes first there, takes its place.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::{pages, read};

/// The pages whose links are defined twice.
fn twofold() -> impl Iterator<Item = String> {
    let pages = pages().into_iter();
    pages.filter(|page| !page.starts_with("macros/"))
}

/// The definitions of links in a text.
fn definitions(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('['));
    let pairs = lines.filter_map(|line| line.split_once("]: "));
    pairs.filter(|(name, _)| !name.contains(']')).collect()
}

/// A text without its code, in which nothing is a link.
fn prose(text: &str) -> String {
    let outside = text.split("```").step_by(2);
    let outside = outside.flat_map(|part| part.split('`').step_by(2));
    outside.collect::<Vec<_>>().join("``")
}

/// The heading's name in a link.
fn anchor(heading: &str) -> String {
    let letters = heading.trim_start_matches('#').trim().chars();
    let kept = letters.filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    let kept = kept.map(|it| {
        if it == ' ' {
            '-'
        } else {
            it.to_ascii_lowercase()
        }
    });
    kept.collect()
}

/// Where a link of this page leads, without `..` and `.`.
fn target(page: &str, link: &str) -> PathBuf {
    let mut path = Path::new(page).parent().expect("a folder").to_path_buf();
    for component in Path::new(link).components() {
        match component {
            Component::ParentDir => drop(path.pop()),
            component => path.push(component),
        }
    }
    path
}

#[test]
fn no_link_between_pages_is_written_inline() {
    for page in twofold() {
        for link in prose(&read(&page)).split("](").skip(1) {
            let link = link.split(')').next().expect("its end");
            let leads_out = link.starts_with("https://") || link.starts_with('#');
            assert!(
                leads_out,
                "{page}: write a reference, with a definition here and in src/links.md, for {link}"
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere_in_the_repository() {
    for page in twofold() {
        let text = read(&page);
        for (name, link) in definitions(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = target(&page, file);
            let there = read(file.to_str().expect("text"));
            let mut headings = there.lines().filter(|line| line.starts_with('#'));
            assert!(
                heading.is_empty() || headings.any(|line| anchor(line) == heading),
                "{page}: [{name}] leads to no heading"
            );
        }
    }
}

#[test]
fn every_link_is_defined_here_and_there() {
    let elsewhere = read("src/links.md");
    let elsewhere = definitions(&elsewhere);
    for page in twofold() {
        let text = read(&page);
        let here = definitions(&text);
        for name in here.keys() {
            assert!(elsewhere.contains_key(name), "src/links.md has no [{name}]");
        }
        let prose = prose(&text);
        for reference in prose.split("][").skip(1) {
            let name = reference.split(']').next().expect("its end");
            assert!(here.contains_key(name), "{page} defines no [{name}]");
        }
    }
    for name in elsewhere.keys() {
        let used = twofold().any(|page| definitions(&read(&page)).contains_key(name));
        assert!(used, "nothing needs [{name}] of src/links.md");
    }
}

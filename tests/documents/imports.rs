//! `ARCHITECTURE.md` says which way imports run: never in a circle, and never up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

/// A module's path within its crate: the names from the root down.
type Names = Vec<String>;

/// The files of a crate, and what they import from each other.
#[derive(Default)]
struct Crate {
    /// The file of each module.
    files: BTreeMap<Names, String>,
    /// What modules hand on under a name of their own: what it is, as far as it is ours.
    handed_on: BTreeMap<Names, Names>,
    /// What each module imports, whoever hands it on.
    imports: BTreeMap<Names, Vec<Names>>,
}

impl Crate {
    fn of(folder: &str) -> Self {
        let mut imports = Self::default();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = rust_files(&root);
        for file in &files {
            let name = file.strip_prefix(&root).expect("within").to_owned();
            let text = name.to_str().expect("text").to_owned();
            imports.files.insert(module_of(&name), text);
        }
        for file in files {
            let module = module_of(file.strip_prefix(&root).expect("within"));
            let parsed = syn::parse_file(&fs::read_to_string(&file).expect("a file"));
            for item in parsed.expect("a file of Rust").items {
                if let Item::Use(item) = item {
                    let is_handed_on = !matches!(item.vis, Visibility::Inherited);
                    imports.read(&module, &item.tree, &[], is_handed_on);
                }
            }
        }
        imports
    }

    /// Notes what a `use` names.
    fn read(&mut self, module: &Names, tree: &UseTree, before: &[String], is_handed_on: bool) {
        let named = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => {
                let before = named(path.ident.to_string());
                self.read(module, &path.tree, &before, is_handed_on);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.read(module, tree, before, is_handed_on);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.note(module, &named(name.clone()), name, is_handed_on);
            }
            UseTree::Rename(rename) => {
                let named = named(rename.ident.to_string());
                self.note(module, &named, rename.rename.to_string(), is_handed_on);
            }
            UseTree::Glob(_) => {}
        }
    }

    fn note(&mut self, module: &Names, path: &[String], name: String, is_handed_on: bool) {
        let Some(what) = self.absolute(module, path) else {
            return;
        };
        if is_handed_on {
            self.handed_on
                .insert([module.as_slice(), &[name]].concat(), what);
        } else {
            self.imports.entry(module.clone()).or_default().push(what);
        }
    }

    /// A path from the root of the crate; nothing if it leads elsewhere.
    fn absolute(&self, module: &Names, path: &[String]) -> Option<Names> {
        let ups = path.iter().take_while(|it| *it == "super").count();
        let (base, rest) = match path[0].as_str() {
            "crate" => (&[][..], &path[1..]),
            "self" => (module.as_slice(), &path[1..]),
            "super" => (&module[..module.len() - ups], &path[ups..]),
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                self.files.get(&child)?;
                (module.as_slice(), path)
            }
        };
        let rest = rest.iter().filter(|it| *it != "self").cloned();
        Some(base.iter().cloned().chain(rest).collect())
    }

    /// In which module it is that is named like this.
    fn home(&self, what: &[String]) -> Option<Names> {
        let found = |len: &usize| self.files.contains_key(&what[..*len]);
        let len = (0..=what.len()).rev().find(found)?;
        let named = &what[..(len + 1).min(what.len())];
        match self.handed_on.get(named) {
            Some(original) => self.home(&[original.as_slice(), &what[named.len()..]].concat()),
            None => Some(what[..len].to_vec()),
        }
    }

    /// Which file imports which.
    fn arrows(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, imported) in &self.imports {
            let from = self.files[module].as_str();
            let homes = imported.iter().filter_map(|what| self.home(what));
            let to = homes.map(|home| self.files[&home].as_str());
            arrows
                .entry(from)
                .or_default()
                .extend(to.filter(|to| *to != from));
        }
        arrows
    }
}

/// All files that are no tests.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        if path.is_dir() && name != "tests" {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found
}

fn module_of(file: &Path) -> Names {
    let path = file.with_extension("");
    let names = path
        .iter()
        .map(|name| name.to_str().expect("text").to_owned());
    let mut names: Names = names.collect();
    if names
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        names.pop();
    }
    names
}

/// A circle that these arrows make, if there is one.
fn circle<'file>(
    at: &'file str,
    arrows: &BTreeMap<&'file str, BTreeSet<&'file str>>,
    way: &mut Vec<&'file str>,
    seen: &mut BTreeSet<&'file str>,
) -> Option<Vec<&'file str>> {
    if let Some(begin) = way.iter().position(|it| *it == at) {
        return Some(way[begin..].to_vec());
    }
    if !seen.insert(at) {
        return None;
    }
    way.push(at);
    let next = arrows.get(at).into_iter().flatten();
    let found = next
        .copied()
        .find_map(|next| circle(next, arrows, way, seen));
    way.pop();
    found
}

#[test]
fn no_file_imports_itself_around_a_corner() {
    for crate_ in ["runtime/src", "macros/src"] {
        let imports = Crate::of(crate_);
        let arrows = imports.arrows();
        let mut seen = BTreeSet::new();
        for file in arrows.keys().copied() {
            let circle = circle(file, &arrows, &mut Vec::new(), &mut seen);
            assert_eq!(circle, None, "in {crate_} these import each other");
        }
    }
}

#[test]
fn imports_run_down_as_the_architecture_says() {
    let page = super::read("ARCHITECTURE.md");
    let begin = page.find("Imports run one way: ").expect("the sentence");
    let sentence = page[begin..].split_once(". ").expect("its end").0;
    let floors: Vec<Vec<&str>> = sentence
        .split('→')
        .map(|floor| floor.split('`').skip(1).step_by(2).collect())
        .collect();
    let floor_of = |file: &str| {
        let room = file.split(['/', '.']).next().unwrap_or_default();
        floors.iter().position(|floor| floor.contains(&room))
    };
    let imports = Crate::of("runtime/src");
    for (from, imported) in imports.arrows() {
        for to in imported {
            if let (Some(above), Some(below)) = (floor_of(from), floor_of(to)) {
                assert!(above <= below, "{from} imports {to}, which stands above it");
            }
        }
    }
}

//! Every public item of `larder` has an example that compiles.
//!
//! Types, traits, functions, attributes and derives have one in their own documentation. A method
//! has one too, or is shown in the example of its type or of another method of that type. What is
//! not compiled (`ignore`, `text`) is no example.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ImplItem, Item, Lit, TraitItem, Type, UseTree, Visibility};

/// What documentation shows of an item.
#[derive(Default)]
struct Shown {
    /// The code in the item's own documentation; empty if there is none.
    own: String,
    /// That of each public method.
    methods: BTreeMap<String, String>,
}

/// The public items of a crate by their names, and the methods by their types'.
type Items = BTreeMap<String, Shown>;

#[test]
fn every_public_item_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = BTreeSet::new();

    let runtime = items_of(&sources(&root.join("runtime/src")));
    let mut exported = exported(&parse(&root.join("src/lib.rs")), "larder_runtime");
    assert!(exported.remove("testing"), "the module of test support");
    assert!(exported.remove("lock"), "the module of locks");
    exported.extend(public_uses(&parse(&root.join("runtime/src/lock/mod.rs"))));
    let testing = root.join("runtime/src/testing/mod.rs");
    exported.extend(items_of(std::slice::from_ref(&testing)).into_keys());
    exported.extend(self::exported(&parse(&testing), "crate"));
    let simulation = root.join("runtime/src/testing/simulation/mod.rs");
    exported.extend(items_of(std::slice::from_ref(&simulation)).into_keys());
    exported.extend(public_uses(&parse(&simulation)));
    assert!(exported.len() > 25, "the exports were not understood");
    for name in exported {
        let shown = runtime.get(&name).expect(&name);
        if shown.own.is_empty() {
            missing.insert(name.clone());
        }
        let all: String = shown.methods.values().cloned().collect();
        let all = format!("{}\n{all}", shown.own);
        let methods = shown.methods.iter();
        let without = methods.filter(|(method, own)| own.is_empty() && !calls(&all, method));
        missing.extend(without.map(|(method, _)| format!("{name}::{method}")));
    }

    for (name, shown) in items_of(&[root.join("macros/src/lib.rs")]) {
        if shown.own.is_empty() {
            missing.insert(format!("the attribute or derive {name}"));
        }
    }
    assert!(
        missing.is_empty(),
        "public, and without an example that compiles:\n{missing:#?}"
    );
}

fn parse(path: &Path) -> syn::File {
    let text = std::fs::read_to_string(path).expect("a source file");
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every source file in a folder, at any depth.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

/// The names that a file re-exports from a crate.
fn exported(file: &syn::File, of: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in &file.items {
        if let Item::Use(item) = item
            && is_public(&item.vis, &item.attrs)
            && let UseTree::Path(path) = &item.tree
            && path.ident == of
        {
            leaves(&path.tree, &mut names);
        }
    }
    names
}

/// The names that a file makes public of the files below it, save those that are hidden.
fn public_uses(file: &syn::File) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in &file.items {
        if let Item::Use(item) = item
            && is_public(&item.vis, &item.attrs)
        {
            leaves(&item.tree, &mut names);
        }
    }
    names
}

fn leaves(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, names),
        UseTree::Name(name) => {
            names.insert(name.ident.to_string());
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, names)),
        UseTree::Rename(_) | UseTree::Glob(_) => panic!("a re-export that has no name here"),
    }
}

fn items_of(files: &[PathBuf]) -> Items {
    let mut items = Items::new();
    for path in files {
        for item in &parse(path).items {
            add(item, path, &mut items);
        }
    }
    items
}

/// Notes an item if it is public; a private type has no public methods, whatever they are called.
fn add(item: &Item, path: &Path, items: &mut Items) {
    let (vis, attrs, name) = match item {
        Item::Struct(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Enum(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Fn(item) => (&item.vis, &item.attrs, &item.sig.ident),
        Item::Type(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Mod(module) if module.ident != "tests" => {
            let content = module.content.iter().flat_map(|(_, items)| items);
            content.for_each(|item| add(item, path, items));
            return;
        }
        Item::Trait(item) => {
            for method in &item.items {
                if let TraitItem::Fn(method) = method
                    && is_public(&item.vis, &method.attrs)
                {
                    let shown = items.entry(item.ident.to_string()).or_default();
                    let code = code(&method.attrs, path);
                    shown.methods.insert(method.sig.ident.to_string(), code);
                }
            }
            (&item.vis, &item.attrs, &item.ident)
        }
        Item::Impl(item) if item.trait_.is_none() => {
            let Type::Path(of) = &*item.self_ty else {
                return;
            };
            let of = of.path.segments.last().expect("a name").ident.to_string();
            for method in &item.items {
                if let ImplItem::Fn(method) = method
                    && is_public(&method.vis, &method.attrs)
                {
                    let shown = items.entry(of.clone()).or_default();
                    let code = code(&method.attrs, path);
                    shown.methods.insert(method.sig.ident.to_string(), code);
                }
            }
            return;
        }
        _ => return,
    };
    if is_public(vis, attrs) {
        let shown = items.entry(name.to_string()).or_default();
        shown.own.push_str(&code(attrs, path));
    }
}

fn is_public(vis: &Visibility, attrs: &[Attribute]) -> bool {
    let is_hidden = attrs.iter().any(|attr| {
        let mut hidden = false;
        let _ = attr.path().is_ident("doc")
            && attr
                .parse_nested_meta(|meta| {
                    hidden |= meta.path.is_ident("hidden");
                    Ok(())
                })
                .is_ok();
        hidden
    });
    matches!(vis, Visibility::Public(_)) && !is_hidden
}

/// The code in documentation that the compiler sees.
fn code(attrs: &[Attribute], path: &Path) -> String {
    let lines = attrs.iter().filter_map(|attr| {
        let value = &attr.meta.require_name_value().ok()?.value;
        attr.path().is_ident("doc").then(|| match value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => text.value(),
                _ => panic!("documentation that is no text"),
            },
            Expr::Macro(include) => {
                let file: syn::LitStr = include.mac.parse_body().expect("the name of a file");
                let path = path.with_file_name(file.value());
                std::fs::read_to_string(&path).expect("the file that is included")
            }
            _ => panic!("documentation that is neither written nor included"),
        })
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut compiled = String::new();
    // What is between two fences is every second piece; its first line says what it is.
    for block in text.split("```").skip(1).step_by(2) {
        let (kind, code) = block.split_once('\n').unwrap_or((block, ""));
        if ["", "no_run", "should_panic"].contains(&kind.trim()) {
            compiled.push_str(code);
        }
    }
    compiled
}

/// Whether code calls a method, or implements it.
fn calls(code: &str, method: &str) -> bool {
    [".", "::", "fn "].iter().any(|before| {
        ["(", "::<", "<"].iter().any(|after| {
            let call = format!("{before}{method}{after}");
            code.contains(&call)
        })
    })
}

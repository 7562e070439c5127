//! Keys of indexes and tags meet no other key, and are what they say.

use proptest::prelude::*;

use super::super::{IndexValue, Key, KeyKind, Scope, Tag, Versions};

fn team(value: &str) -> IndexValue {
    IndexValue::new("team", |writer| writer.arg(value))
}

#[test]
fn the_keys_of_an_index_stand_beside_its_entries() {
    let scope = Scope::new("shop", Some("acme"));
    let entry = scope.key("users", 3, |writer| writer.arg(&7));
    let indexes = scope.indexes("users", 3);
    let set = indexes.set(&team("a b"));
    assert_eq!(set.to_string(), "shop:acme:users:@team:3:a%20b");
    assert_eq!(indexes.counter().to_string(), "shop:acme:users:@:3:");
    assert_eq!(entry.indexes().set(&team("a b")), set);
    assert_eq!(entry.indexes().counter(), indexes.counter());

    let covered: Vec<String> = indexes
        .covered_versions()
        .map(|indexes| indexes.set(&team("x")).to_string())
        .collect();
    assert_eq!(
        covered,
        [
            "shop:acme:users:@team:3:x",
            "shop:acme:users:@team:2:x",
            "shop:acme:users:@team:4:x"
        ]
    );
}

#[test]
fn a_listed_key_is_an_entry_of_this_namespace_and_version_or_nothing() {
    let indexes = Scope::new("shop", None).indexes("users", 3);
    let entry = indexes.entry(b"shop::users:3:7").unwrap();
    assert_eq!(
        entry,
        Scope::new("shop", None).key("users", 3, |writer| writer.arg(&7))
    );
    assert_eq!(entry.version(), 3);
    for foreign in [
        b"shop::users:2:7".as_slice(),
        b"shop::users:30:7",
        b"shop::users:@team:3:7",
        b"shop::orders:3:7",
        b"shop:acme:users:3:7",
        b"session:42",
        b"",
    ] {
        assert_eq!(indexes.entry(foreign), None, "{}", foreign.escape_ascii());
    }
}

#[test]
fn a_tag_is_the_text_that_users_write() {
    let scope = Scope::new("shop", Some("acme"));
    let entry = scope.key("users", 3, |writer| writer.arg(&7));
    let key = scope.tag_key(&Tag::new("user:7"));
    assert_eq!(key.as_bytes(), b"shop:acme:#:user%3A7");
    assert_eq!(Tag::new("user:7").beside(&entry), key);

    let by_template = |value: &str| {
        Tag::written(|tag| {
            tag.literal("mail:");
            tag.part(value);
        })
    };
    let long = "x".repeat(100);
    for value in [
        "a",
        "",
        "ann+x@example.org",
        "%41",
        "a b:c",
        "é",
        "~",
        long.as_str(),
    ] {
        assert_eq!(
            by_template(value),
            Tag::new(format!("mail:{value}")),
            "{value}"
        );
    }
    let number = Tag::written(|tag| {
        tag.part(&-5_i64);
        tag.part(&true);
        tag.part(&'x');
    });
    assert_eq!(number, Tag::new("-5truex"));
    assert!(
        Tag::new("é".repeat(100)).as_bytes().len() < 40,
        "a long one is digested"
    );
    assert_eq!(Tag::from_bytes(Tag::new("a b").as_bytes()), Tag::new("a b"));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[:@#=%,!a1]{0,4}", "\\PC{0,4}", "[a-z]{60,70}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_two_kinds_of_key_meet(
        app in text(),
        tenant in proptest::option::of(text()),
        namespace in (text(), text()),
        version in (0..12_u32, 0..12_u32),
        argument in text(),
        index in text(),
        value in text(),
        tag in text(),
    ) {
        let scope = Scope::new(&app, tenant.as_deref());
        let entry = scope.key(&namespace.0, version.0, |writer| writer.arg(&argument));
        let stored = scope.of_stores().key(&namespace.0, version.0, |writer| writer.arg(&argument));
        let indexes = scope.indexes(&namespace.1, version.1);
        let set = indexes.set(&IndexValue::new(&index, |writer| writer.arg(&value)));
        let counter = indexes.counter();
        let tag = scope.tag_key(&Tag::new(&tag));
        let keys = [entry.as_bytes(), stored.as_bytes(), set.as_bytes(), counter.as_bytes(), tag.as_bytes()];
        for (place, key) in keys.iter().enumerate() {
            for other in &keys[place + 1..] {
                prop_assert_ne!(key, other);
            }
        }

        // What a namespace is cleared by finds its indexes, of each knows what it is, and finds no
        // tag.
        let pattern = scope.namespace_pattern(&namespace.1, Versions::Any);
        let (_, prefix) = pattern.split_last().unwrap();
        prop_assert!(set.as_bytes().starts_with(prefix) && counter.as_bytes().starts_with(prefix));
        prop_assert!(!tag.as_bytes().starts_with(prefix));
        let kind = |key: &[u8]| scope.kind(&namespace.1, key);
        prop_assert_eq!(kind(set.as_bytes()), Some(KeyKind::IndexSet));
        prop_assert_eq!(kind(counter.as_bytes()), Some(KeyKind::IndexCounter));
        prop_assert_eq!(kind(tag.as_bytes()), None);
        let same = namespace.0 == namespace.1;
        prop_assert_eq!(kind(entry.as_bytes()), same.then_some(KeyKind::Entry));
        prop_assert_eq!(indexes.entry(entry.as_bytes()).is_some(), same && version.0 == version.1);
    }

    #[test]
    fn two_values_of_indexes_have_two_sets(
        one in (text(), 0..12_u32, text()),
        other in (text(), 0..12_u32, text()),
    ) {
        let scope = Scope::new("shop", None);
        let set = |(index, version, value): &(String, u32, String)| -> Key {
            let value = IndexValue::new(index, |writer| writer.arg(value));
            let again = IndexValue::from_parts(value.index(), value.value());
            assert_eq!(value, again);
            scope.indexes("users", *version).set(&value)
        };
        prop_assert_eq!(set(&one) == set(&other), one == other);
    }

    #[test]
    fn two_tags_have_two_keys(one in text(), other in text()) {
        let scope = Scope::new("shop", None);
        let key = |text: &str| scope.tag_key(&Tag::new(text));
        prop_assert_eq!(key(&one) == key(&other), one == other);
    }
}

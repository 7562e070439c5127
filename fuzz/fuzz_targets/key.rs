//! Two calls share a key only if they are one call, and a pattern finds the keys of its own
//! namespace alone.
#![no_main]

use std::collections::BTreeMap;

use larder_runtime::key::{CacheKey, Key, KeyWriter, Scope, Versions};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary, PartialEq)]
#[allow(
    clippy::option_option,
    reason = "nothing and a nothing within are two keys"
)]
struct Call {
    app: String,
    tenant: Option<String>,
    namespace: String,
    version: u32,
    first: String,
    second: Vec<Value>,
    third: Option<Option<Vec<u8>>>,
    last: BTreeMap<i64, (String, char)>,
}

#[derive(Debug, Arbitrary, PartialEq)]
enum Value {
    Nothing,
    Text(String),
    List(Vec<Value>),
    Pair(Box<Value>, Option<Box<Value>>),
}

impl CacheKey for Value {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        match self {
            Self::Nothing => writer.unit_variant("Nothing"),
            Self::Text(text) => writer.variant("Text", |items| items.item(text)),
            Self::List(list) => writer.variant("List", |items| items.item(list)),
            Self::Pair(left, right) => writer.variant("Pair", |items| {
                items.item(left);
                items.item(right);
            }),
        }
    }
}

impl Call {
    fn scope(&self) -> Scope {
        Scope::new(&self.app, self.tenant.as_deref())
    }

    fn key(&self) -> Key {
        self.scope().key(&self.namespace, self.version, |writer| {
            writer.arg(&self.first);
            writer.arg(&self.second);
            writer.arg(&self.third);
            writer.arg(&self.last);
        })
    }

    /// The same arguments through a template, whose text is as hostile as theirs.
    fn template(&self, literals: (&str, &str)) -> Key {
        self.scope().key(&self.namespace, self.version, |writer| {
            writer.part(&self.first);
            writer.literal(literals.0);
            writer.part(&self.second);
            writer.literal(literals.1);
            writer.part(&self.third);
            writer.part(&self.last);
        })
    }
}

fuzz_target!(|input: (Call, Call, String, String)| {
    let (left, right, first, second) = input;
    let same = left == right;
    assert_eq!(same, left.key() == right.key(), "{left:?} {right:?}");
    let literals = (first.as_str(), second.as_str());
    assert_eq!(
        same,
        left.template(literals) == right.template(literals),
        "{left:?} {right:?} {literals:?}"
    );

    // The pattern is a prefix and a star, and nothing before the star means anything else than
    // itself.
    let pattern = left
        .scope()
        .namespace_pattern(&left.namespace, Versions::Any);
    let (star, prefix) = pattern.split_last().unwrap_or((&0, &[]));
    assert_eq!(*star, b'*');
    assert!(!prefix.iter().any(|byte| b"*?[]\\^".contains(byte)));
    let namespace = |call: &Call| {
        (
            call.app.clone(),
            call.tenant.clone(),
            call.namespace.clone(),
        )
    };
    assert_eq!(
        namespace(&left) == namespace(&right),
        right.key().as_bytes().starts_with(prefix)
    );

    for key in left.key().covered_versions() {
        assert_eq!(key.with_version(left.version), left.key());
    }
});

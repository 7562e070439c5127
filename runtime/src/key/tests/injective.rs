//! No two calls share a key. The calls are made of few and hostile letters, so that two of them
//! differ in little.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Arguments, CacheKey, Key, KeyWriter, Scope};
use super::key_of;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[:%,a]{0,3}",
        "[;|1]{0,2}",
        "[\\[\\](+~]{0,2}",
        "[ab]{64,65}"
    ]
}

#[allow(clippy::option_option, reason = "nested options are one of the cases")]
#[derive(Debug, Clone, PartialEq)]
struct Call {
    app: String,
    tenant: Option<String>,
    namespace: String,
    version: u32,
    first: String,
    second: Option<Option<String>>,
    third: Vec<(String, Vec<u8>)>,
    last: BTreeMap<String, Choice>,
}

#[derive(Debug, Clone, PartialEq)]
enum Choice {
    Nothing,
    Other,
    Named(String),
    Pair(String, Option<String>),
}

impl CacheKey for Choice {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        match self {
            Self::Nothing => writer.unit_variant("Nothing"),
            Self::Other => writer.unit_variant("Other"),
            Self::Named(name) => writer.variant("Named", |items| items.item(name)),
            Self::Pair(left, right) => writer.variant("Pair", |items| {
                items.item(left);
                items.item(right);
            }),
        }
    }
}

impl Call {
    fn key(&self) -> Key {
        let scope = Scope::new(&self.app, self.tenant.as_deref());
        scope.key(&self.namespace, self.version, |writer| self.write(writer))
    }

    /// The key of the call whose arguments were written before it was known whose it is.
    fn joined(&self) -> Key {
        let mut arguments = Arguments::new();
        self.write(&mut arguments.writer());
        let scope = Scope::new(&self.app, self.tenant.as_deref());
        scope.join(&self.namespace, self.version, &arguments)
    }

    fn write(&self, writer: &mut KeyWriter<'_>) {
        writer.arg(&self.first);
        writer.arg(&self.second);
        writer.arg(&self.third);
        writer.arg(&self.last);
    }
}

fn call() -> impl Strategy<Value = Call> {
    let choice = prop_oneof![
        Just(Choice::Nothing),
        Just(Choice::Other),
        text().prop_map(Choice::Named),
        (text(), proptest::option::of(text())).prop_map(|(left, right)| Choice::Pair(left, right)),
    ];
    let bytes = proptest::collection::vec(0..2_u8, 0..2);
    let parts = (
        text(),
        proptest::option::of(text()),
        text(),
        0..12_u32,
        text(),
        proptest::option::of(proptest::option::of(text())),
        proptest::collection::vec((text(), bytes), 0..2),
        proptest::collection::btree_map(text(), choice, 0..2),
    );
    parts.prop_map(
        |(app, tenant, namespace, version, first, second, third, last)| Call {
            app,
            tenant,
            namespace,
            version,
            first,
            second,
            third,
            last,
        },
    )
}

/// The same call with one part replaced by that of another, so that pairs differ in one place.
fn with_one_part_of(call: &Call, other: &Call, which: usize) -> Call {
    let mut call = call.clone();
    match which {
        0 => call.app.clone_from(&other.app),
        1 => call.tenant.clone_from(&other.tenant),
        2 => call.namespace.clone_from(&other.namespace),
        3 => call.version = other.version,
        4 => call.first.clone_from(&other.first),
        5 => call.second.clone_from(&other.second),
        6 => call.third.clone_from(&other.third),
        _ => call.last.clone_from(&other.last),
    }
    call
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn two_calls_share_a_key_only_if_they_are_one(call in call(), other in call(), which in 0..8_usize) {
        prop_assert_eq!(call == other, call.key() == other.key());
        let near = with_one_part_of(&call, &other, which);
        prop_assert_eq!(call == near, call.key() == near.key());
    }

    #[test]
    fn arguments_written_before_make_the_same_key(call in call()) {
        prop_assert_eq!(call.joined(), call.key());
        prop_assert_eq!(call.joined().version(), call.version);
        prop_assert_eq!(call.joined().with_version(7), call.key().with_version(7));
    }

    /// A text cut in two at different places is two calls.
    #[test]
    fn where_one_argument_ends_is_in_the_key(text in "[:%,;|()\\[\\]~+#a1]{1,8}", left: usize, right: usize) {
        let cut = |place: usize| {
            let (before, behind) = text.split_at(place % (text.len() + 1));
            (before.to_owned(), behind.to_owned())
        };
        let (left, right) = (cut(left), cut(right));
        let arguments = |pair: &(String, String)| key_of(|writer| {
            writer.arg(&pair.0);
            writer.arg(&pair.1);
        });
        prop_assert_eq!(left == right, arguments(&left) == arguments(&right));
        let sequence = |pair: &(String, String)| key_of(|writer| writer.arg(&[&pair.0, &pair.1]));
        prop_assert_eq!(left == right, sequence(&left) == sequence(&right));
    }

    /// A template may have any text between its placeholders, or none.
    #[test]
    fn two_calls_of_a_template_share_a_key_only_if_they_are_one(
        left in (text(), proptest::option::of(text()), text()),
        right in (text(), proptest::option::of(text()), text()),
        literals in ("[:;|/a1%,({#]{0,2}", "[:;|/a1%,({#]{0,2}"),
    ) {
        let key = |values: &(String, Option<String>, String)| key_of(|writer| {
            writer.part(&values.0);
            writer.literal(&literals.0);
            writer.part(&values.1);
            writer.literal(&literals.1);
            writer.part(&values.2);
        });
        prop_assert_eq!(left == right, key(&left) == key(&right));
    }

    /// Templates again, with a text cut at different places: the hardest case, for the letters
    /// around the cut are alike.
    #[test]
    fn where_one_placeholder_ends_is_in_the_key(text in "[1a;|]{1,8}", literal in "[1a;|:]{0,2}", left: usize, right: usize) {
        let cut = |place: usize| {
            let place = place % (text.len() + 1);
            let behind = text[place..].strip_prefix(&literal).unwrap_or(&text[place..]);
            (text[..place].to_owned(), behind.to_owned())
        };
        let (left, right) = (cut(left), cut(right));
        let key = |pair: &(String, String)| key_of(|writer| {
            writer.part(&pair.0);
            writer.literal(&literal);
            writer.part(&pair.1);
        });
        prop_assert_eq!(left == right, key(&left) == key(&right));
    }

    /// Long arguments are told apart by their digests, wherever they differ.
    #[test]
    fn long_arguments_are_told_apart(text in "[ -~]{80,300}", place: prop::sample::Index) {
        let place = place.index(text.len());
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1;
        let other = String::from_utf8(bytes).unwrap();
        prop_assert_ne!(key_of(|writer| writer.arg(&text)), key_of(|writer| writer.arg(&other)));
    }
}

#[test]
fn the_number_of_arguments_is_in_the_key() {
    let none = key_of(|_| {});
    let one = key_of(|writer| writer.arg(""));
    let two = key_of(|writer| {
        writer.arg("");
        writer.arg("");
    });
    assert!(none != one && one != two && none != two);
}

/// An implementation that breaks the rule and writes two values must still not run them together.
#[test]
fn two_values_side_by_side_stay_two() {
    struct Both(&'static str, &'static str);

    impl CacheKey for Both {
        fn write_key(&self, writer: &mut KeyWriter<'_>) {
            writer.text(self.0);
            writer.text(self.1);
        }
    }

    let key = |both: Both| key_of(|writer| writer.arg(&both));
    assert_ne!(key(Both("1", "23")), key(Both("12", "3")));
}

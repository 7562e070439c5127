//! A pattern finds the keys of its namespace and no others.

use proptest::prelude::*;

use super::super::{Scope, Versions};

/// Whether the server's `MATCH` would match, by the rules of its documentation.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        [b'?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        [b'[', rest @ ..] => matches_class(rest, text),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            text.first() == Some(literal) && matches(rest, &text[1..])
        }
    }
}

/// The class behind `[`, without ranges, which no test needs.
fn matches_class(pattern: &[u8], text: &[u8]) -> bool {
    let end = pattern
        .iter()
        .position(|byte| *byte == b']')
        .unwrap_or(pattern.len());
    let rest = pattern.get(end + 1..).unwrap_or_default();
    match (pattern[..end].strip_prefix(b"^"), text) {
        (_, []) => false,
        (Some(class), [first, ..]) => !class.contains(first) && matches(rest, &text[1..]),
        (None, [first, ..]) => pattern[..end].contains(first) && matches(rest, &text[1..]),
    }
}

#[test]
fn the_matcher_of_this_test_knows_wildcards() {
    assert!(matches(b"a*c", b"abbc") && !matches(b"a*c", b"abb"));
    assert!(matches(b"a?c", b"abc") && !matches(b"a?c", b"ac"));
    assert!(matches(b"[ab]c", b"bc") && !matches(b"[^ab]c", b"bc"));
    assert!(matches(b"\\*", b"*") && !matches(b"\\*", b"a"));
}

#[test]
fn a_pattern_is_what_users_see_in_the_log() {
    let scope = Scope::new("shop", Some("acme"));
    assert_eq!(
        scope.namespace_pattern("users", Versions::Any),
        b"shop:acme:users:*"
    );
    assert_eq!(
        scope.namespace_pattern("users", Versions::Exactly(3)),
        b"shop:acme:users:3:*"
    );
    assert_eq!(
        scope.namespace_pattern("*[a]?\\^", Versions::Any),
        b"shop:acme:%2A%5Ba%5D%3F%5C%5E:*"
    );
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ab.:*?]{0,3}", "[\\[\\]\\\\^a-]{0,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_pattern_finds_its_own_keys_alone(
        app in (text(), text()),
        tenant in (proptest::option::of(text()), proptest::option::of(text())),
        namespace in (text(), text()),
        version in (0..12_u32, 0..12_u32),
        argument in text(),
    ) {
        let ours = Scope::new(&app.0, tenant.0.as_deref());
        let pattern = |versions| ours.namespace_pattern(&namespace.0, versions);
        let own = ours.key(&namespace.0, version.0, |writer| writer.arg(&argument));
        prop_assert!(matches(&pattern(Versions::Any), own.as_bytes()));
        prop_assert_eq!(
            matches(&pattern(Versions::Exactly(version.1)), own.as_bytes()),
            version.0 == version.1
        );

        let strangers = [
            (Scope::new(&app.1, tenant.0.as_deref()), &namespace.0, app.0 == app.1),
            (Scope::new(&app.0, tenant.1.as_deref()), &namespace.0, tenant.0 == tenant.1),
            (ours.clone(), &namespace.1, namespace.0 == namespace.1),
        ];
        for (scope, namespace, same) in strangers {
            let key = scope.key(namespace, version.0, |writer| writer.arg(&argument));
            prop_assert_eq!(matches(&pattern(Versions::Any), key.as_bytes()), same);
        }
    }
}

//! What is left in the server, sorted by what it is.

use std::collections::BTreeMap;

use super::address::Namespace;
use super::history::{Holds, Look, Marked, Remain};
use super::source::Value;
use super::terms::APP;
use crate::backend::memory::{Content, StoredKey};
use crate::codec::Codec;
use crate::codec::envelope::{self, Envelope, Expectation, Token};
use crate::key::{KeyKind, Scope, TagKey};

/// What a stranger puts over ours.
pub(super) const GARBAGE: &str = "not a value";

/// Keys of others, that look like ours, before, behind and between them.
pub(super) const FOREIGN: [(&str, &str); 5] = [
    ("simulated", "app"),
    ("simulated::user:1:a:b", "a namespace that ours begins with"),
    ("simulated::usersx:1:a:b", "one that begins with ours"),
    ("simulated2::users:1:a:b", "another application"),
    ("session:42", "somebody"),
];

/// The member of a list that says when its value was invalidated.
const MARK: &[u8] = b"!";

/// All that is stored, and which keys of others are as they were.
pub(super) fn sort(keys: &[StoredKey], look: Look) -> Vec<Remain> {
    let is_foreign = |key: &&StoredKey| FOREIGN.iter().any(|(name, _)| key.name == name.as_bytes());
    let foreign = FOREIGN.iter().map(|(name, text)| {
        let as_it_was = |key: &&StoredKey| {
            key.name == name.as_bytes()
                && key.content == Content::Text(text.as_bytes().to_vec())
                && key.left.is_none()
        };
        Remain {
            look,
            name: (*name).to_owned(),
            left: None,
            holds: match keys.iter().find(as_it_was) {
                Some(_) => Holds::Foreign,
                None => Holds::ForeignTouched,
            },
        }
    });
    let texts = keys.iter().filter_map(|key| match &key.content {
        Content::Text(text) => Some((key.name.as_slice(), text.as_slice())),
        Content::Members(_) | Content::Other => None,
    });
    let texts: BTreeMap<&[u8], &[u8]> = texts.collect();
    let ours = keys.iter().filter(|key| !is_foreign(key));
    let ours = ours.map(|key| Remain {
        look,
        name: String::from_utf8_lossy(&key.name).into_owned(),
        left: key.left,
        holds: match &key.content {
            Content::Text(text) => text_holds(&key.name, text),
            Content::Members(members) => list_holds(&key.name, members, &texts),
            Content::Other => Holds::Unreadable,
        },
    });
    ours.chain(foreign).collect()
}

/// What the name of a key says of it.
fn kind(name: &[u8]) -> Option<KeyKind> {
    let scope = Scope::new(APP, None);
    let mut namespaces = Namespace::ALL.iter();
    namespaces.find_map(|namespace| scope.kind(namespace.name(), name))
}

fn text_holds(name: &[u8], text: &[u8]) -> Holds {
    if name.starts_with(format!("{APP}::!canary:").as_bytes()) {
        return Holds::Canary;
    }
    if TagKey::is_one(name) && text.len() == Token::LENGTH {
        return Holds::Version;
    }
    if kind(name) == Some(KeyKind::IndexCounter) {
        return Holds::Count;
    }
    if text == GARBAGE.as_bytes() {
        return Holds::Garbage;
    }
    if envelope::lease_token(text, name).is_some() {
        return Holds::Lease;
    }
    let expected = Expectation {
        codec: Codec::MessagePack,
        fingerprint: 0,
        max_bytes: usize::MAX,
    };
    match envelope::read(text, name, expected) {
        Ok(Envelope::Value { payload, .. }) => {
            let value = Codec::MessagePack.decode::<Value>(payload);
            value.map_or(Holds::Unreadable, Holds::Value)
        }
        _ => Holds::Unreadable,
    }
}

fn list_holds(name: &[u8], members: &[Vec<u8>], texts: &BTreeMap<&[u8], &[u8]>) -> Holds {
    if kind(name) != Some(KeyKind::IndexSet) {
        return Holds::Unreadable;
    }
    let mut marked = Marked::No;
    let mut garbage = 0;
    for member in members {
        if member == MARK {
            marked = Marked::Yes;
        } else if !is_true(member, texts) {
            garbage += 1;
        }
    }
    Holds::List { garbage, marked }
}

/// Whether what the member says is stored is.
fn is_true(member: &[u8], texts: &BTreeMap<&[u8], &[u8]>) -> bool {
    let Some((token, key)) = member.split_first_chunk() else {
        return false;
    };
    let held = texts.get(key).copied().unwrap_or_default();
    let stored = envelope::belongings(held, key).map(|(token, _)| token);
    let loading = envelope::lease_token(held, key);
    [stored, loading].contains(&Some(Token::new(*token)))
}

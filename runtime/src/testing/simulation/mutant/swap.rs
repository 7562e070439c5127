//! How one thing is put in the place of another.

use crate::backend::memory::{OfCommand, OfScript, Sabotage};
use crate::cache::SCRIPTS;
use crate::codec::envelope::{self, Token};

/// A script by its name.
pub(super) struct Named(&'static str);

pub(super) const ACQUIRE: Named = Named("acquire");
pub(super) const EXTEND: Named = Named("extend");
pub(super) const FILL: Named = Named("fill");
pub(super) const RELEASE: Named = Named("release");
pub(super) const REPLACE: Named = Named("replace");
pub(super) const ENLIST: Named = Named("enlist");
pub(super) const STRIKE: Named = Named("strike");
pub(super) const MARK: Named = Named("mark");
pub(super) const VERSION: Named = Named("version");

/// How scripts see to it that the lease is still theirs.
pub(super) const UNCHECKED: &str =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then\n  return 0\nend\n";

/// The text of a script that is about to be changed.
pub(super) struct Text<'text>(&'text str);

impl Named {
    /// This text, if it is that script's.
    pub(super) fn of<'text>(&self, text: &'text str) -> Option<Text<'text>> {
        let is_this = |(name, known): &(&str, &str)| *name == self.0 && *known == text;
        SCRIPTS.iter().any(is_this).then_some(Text(text))
    }

    /// Another text in the place of this one, if it is that script's.
    pub(super) fn replaced_by(&self, text: &str, wrong: &str) -> Option<String> {
        self.of(text).map(|_| wrong.to_owned())
    }
}

impl Text<'_> {
    /// The text with one thing in the place of another.
    pub(super) fn with(&self, right: &str, wrong: &str) -> String {
        debug_assert!(self.0.contains(right), "the script has changed: {}", self.0);
        self.0.replace(right, wrong)
    }

    /// The text with something before it.
    pub(super) fn behind(&self, wrong: &str) -> String {
        format!("{wrong}{}", self.0)
    }

    /// The text with something left out.
    pub(super) fn without(&self, right: &str) -> String {
        self.with(right, "")
    }
}

/// Another script in the place of one.
pub(super) fn script(swap: OfScript) -> Sabotage {
    Sabotage {
        script: Some(swap),
        ..Sabotage::default()
    }
}

/// Another command in the place of one.
pub(super) fn command(swap: OfCommand) -> Sabotage {
    Sabotage {
        command: Some(swap),
        ..Sabotage::default()
    }
}

/// Another script in the place of an `UNLINK`, of the same keys.
pub(super) fn unlink(script: &str, words: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let (name, keys) = words.split_first()?;
    if *name != b"UNLINK" {
        return None;
    }
    let count = keys.len().to_string();
    let mut eval = vec![b"EVAL".to_vec(), script.into(), count.into()];
    eval.extend(keys.iter().map(|key| key.to_vec()));
    Some(eval)
}

/// Leases are all of one length, and shorter than any value.
pub(super) fn lease_bytes() -> usize {
    envelope::write_lease(b"", Token::default()).len()
}

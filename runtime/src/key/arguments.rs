//! The arguments of a call, before it is known whose key they stand in.

use std::fmt;

use super::brief::Brief;
use super::buffer::KeyBuffer;
use super::cache_key::KeyWriter;

/// Arguments as they stand in a key. They own what they were written from, so a call can be made
/// here and now and be sent by whichever Larder is in use later.
#[derive(Clone, Default)]
pub struct Arguments(KeyBuffer);

impl Arguments {
    /// No arguments yet.
    ///
    /// ```
    /// # use larder_runtime::key::{Arguments, Scope};
    /// let mut arguments = Arguments::new();
    /// let mut writer = arguments.writer();
    /// writer.arg("a b");
    /// writer.arg(&Some(3));
    ///
    /// let key = Scope::new("shop", Some("acme")).join("find", 1, &arguments);
    /// assert_eq!(key.to_string(), "shop:acme:find:1:a%20b:+3");
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes them. What another writer has written before stays, and counts as one value.
    #[inline]
    pub fn writer(&mut self) -> KeyWriter<'_> {
        KeyWriter::behind(&mut self.0)
    }

    /// The same, as long as it can in brief.
    #[inline]
    fn writer_in_brief<'k>(&'k mut self, brief: &'k mut Brief) -> KeyWriter<'k> {
        KeyWriter::in_brief(&mut self.0, brief)
    }

    /// Writes those that are in brief.
    fn write(&mut self, brief: &Brief) {
        brief.write_to(&mut self.0);
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// Arguments that are kept in brief as long as they can be, and written for whoever needs their
/// text.
pub struct BriefArguments {
    brief: Brief,
    written: Arguments,
}

impl BriefArguments {
    /// No arguments yet.
    ///
    /// ```
    /// # use larder_runtime::key::{BriefArguments, Scope};
    /// let mut arguments = BriefArguments::new();
    /// arguments.writer().arg(&7_u64);
    ///
    /// let key = Scope::new("shop", None).join("users", 1, arguments.written());
    /// assert_eq!(key.to_string(), "shop::users:1:7");
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self {
            brief: Brief::NONE,
            written: Arguments::new(),
        }
    }

    /// Takes them.
    #[inline]
    pub fn writer(&mut self) -> KeyWriter<'_> {
        self.written.writer_in_brief(&mut self.brief)
    }

    /// What tells them from others.
    #[inline]
    pub(super) fn brief(&self) -> &Brief {
        &self.brief
    }

    /// Takes note of their text, if they were written: from now on they can be told from others.
    #[inline]
    pub(super) fn settle(&mut self) {
        self.brief.settle(self.written.as_slice());
    }

    /// As they stand in a key.
    pub fn written(&mut self) -> &Arguments {
        if !self.brief.is_written() && self.written.as_slice().is_empty() {
            self.written.write(&self.brief);
        }
        &self.written
    }
}

impl Default for BriefArguments {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.as_slice());
        f.debug_tuple("Arguments").field(&text).finish()
    }
}

impl fmt::Debug for BriefArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BriefArguments").finish_non_exhaustive()
    }
}

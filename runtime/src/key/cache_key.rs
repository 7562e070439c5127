//! What can be part of a key, and how it becomes one.

use super::writer::{Before, Items, KeyWriter};

/// A value that can be part of a cache key.
///
/// Derive it for your own types. By hand, an implementation calls **exactly one** of the writer's
/// methods, once, and must write different bytes for values that are different; the writer takes
/// care that whatever stands beside the value cannot be mistaken for a part of it.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{CacheKey, CacheSpec, KeyWriter, Larder, Ttl};
///
/// struct Region { country: String, zone: u16 }
///
/// impl CacheKey for Region {
///     fn write_key(&self, writer: &mut KeyWriter<'_>) {
///         writer.tuple(|items| {
///             items.item(&self.country);
///             items.item(&self.zone);
///         });
///     }
/// }
///
/// let region = Region { country: "pt".into(), zone: 4 };
/// let prices = Larder::memory().cache::<u64>(CacheSpec::new("prices", Ttl::NEVER));
/// let entry = prices.entry(|key| key.arg(&region));
/// assert_eq!(entry.key()?, "larder::prices:1:(pt,4,)");
/// # Ok::<(), larder::Error>(())
/// ```
///
/// # Which types are the same key
/// * A type and whatever points to it: `T`, `&T`, `Box<T>`, `Rc<T>`, `Arc<T>`, `Cow<T>`.
/// * `String`, `str` and `char` of the same text; `Vec<T>`, `[T]` and `[T; N]` of the same items;
///   integers of the same number, whatever their width.
///
/// Different types may meet in one key (`7` and `"7"`), different values of one type never do: the
/// type of an argument is settled by the function, and another function has another namespace.
///
/// # Floats
/// They are written bit by bit: `0.0` and `-0.0` are two keys, and so are two `NaN`s with different
/// bits.
///
/// # Which types are no keys
/// `HashMap` and `HashSet`: the order of their items differs from one map to the next, so equal
/// maps would be different keys. Use `BTreeMap` and `BTreeSet`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "this is no cache key",
    note = "derive `larder::CacheKey` for it, name a field of it in `key = \"…\"`, or leave it out with `skip(..)`"
)]
pub trait CacheKey {
    /// Writes the value by exactly one call of the writer's methods.
    fn write_key(&self, writer: &mut KeyWriter<'_>);

    /// Writes many values at once. Bytes have a shorter way to do it than one by one.
    #[doc(hidden)]
    fn write_slice(items: &[Self], writer: &mut KeyWriter<'_>)
    where
        Self: Sized,
    {
        writer.sequence(|sequence| {
            for item in items {
                sequence.item(item);
            }
        });
    }
}

impl KeyWriter<'_> {
    /// Writes one argument of a call. Arguments stand between colons.
    #[inline]
    pub fn arg<T: CacheKey + ?Sized>(&mut self, value: &T) {
        // Within an argument there is no other, unless somebody writes what no template asks for.
        match self.brief.as_deref() {
            Some(brief) if self.before != Before::Separator => {
                let kept = brief.len();
                self.keep_or_write(value, kept);
            }
            _ => self.write_arg(value),
        }
    }

    /// Writes the value of a placeholder of a template.
    pub fn part<T: CacheKey + ?Sized>(&mut self, value: &T) {
        self.leave_brief();
        if self.before == Before::Value {
            self.buffer.push(b';');
        }
        self.write_or_digest(value);
    }

    /// Keeps an argument in brief, behind so many others, or writes all of them.
    #[inline]
    fn keep_or_write<T: CacheKey + ?Sized>(&mut self, value: &T, others: u8) {
        self.before = Before::Separator;
        value.write_key(self);
        let is_kept = self
            .brief
            .as_deref()
            .is_some_and(|it| it.len() == others + 1);
        if !is_kept {
            // It may have written nothing.
            self.leave_brief();
            self.end_argument(self.start);
        }
    }

    #[inline(never)]
    fn write_arg<T: CacheKey + ?Sized>(&mut self, value: &T) {
        self.leave_brief();
        if self.before != Before::Nothing {
            self.buffer.push(b':');
        }
        self.write_or_digest(value);
    }

    fn write_or_digest<T: CacheKey + ?Sized>(&mut self, value: &T) {
        let start = self.buffer.len();
        self.before = Before::Separator;
        value.write_key(self);
        self.end_argument(start);
    }
}

impl Items<'_, '_> {
    /// Writes one more item. Every item is ended by a comma, so that no item and one empty item are
    /// two things.
    pub fn item<T: CacheKey + ?Sized>(&mut self, value: &T) {
        self.0.before = Before::Separator;
        value.write_key(self.0);
        self.0.buffer.push(b',');
    }
}

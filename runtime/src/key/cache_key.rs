//! What can be part of a key.

use super::writer::KeyWriter;

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

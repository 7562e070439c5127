//! What can be part of a key, and how it becomes one.

use std::fmt;

use super::brief::Brief;
use super::buffer::KeyBuffer;

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

/// Writes values into a key; see [`CacheKey`].
///
/// [`arg`](Self::arg), [`part`](Self::part) and [`literal`](Self::literal) are for those who write
/// whole keys. All others are for implementations of `CacheKey`, which call exactly one of them.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let prices = larder::Larder::memory().cache::<u64>(USERS);
/// let entry = prices.entry(|key| {
///     key.arg("pt");
///     key.arg(&[1_u8, 2]);
///     key.arg(&Some(true));
/// });
/// assert_eq!(entry.key()?, "larder::users:1:pt:0102:+true");
/// # Ok(())
/// # }
/// ```
///
/// A type that is written by hand, if `#[derive(CacheKey)]` does not do:
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// use larder::{CacheKey, KeyWriter};
/// enum Value {
///     Null,
///     Known(Box<Value>),
///     Integer(i64),
///     Float(f64),
///     Text(String),
///     Bytes(Vec<u8>),
///     List(Vec<Value>),
///     Pair(Box<(Value, Value)>),
///     Today,
///     DaysAgo(u32),
/// }
///
/// impl CacheKey for Value {
///     fn write_key(&self, writer: &mut KeyWriter<'_>) {
///         match self {
///             Self::Null => writer.none(),
///             Self::Known(value) => writer.some(|writer| value.write_key(writer)),
///             Self::Integer(number) => writer.integer((*number).into()),
///             Self::Float(number) => writer.float(*number),
///             Self::Text(text) => writer.text(text),
///             Self::Bytes(bytes) => writer.bytes(bytes),
///             Self::List(values) => writer.sequence(|items| values.iter().for_each(|value| items.item(value))),
///             Self::Pair(pair) => writer.tuple(|items| {
///                 items.item(&pair.0);
///                 items.item(&pair.1);
///             }),
///             Self::Today => writer.unit_variant("Today"),
///             Self::DaysAgo(days) => writer.variant("DaysAgo", |items| items.item(days)),
///         }
///     }
/// }
///
/// # fn main() -> larder::Result<()> {
/// let list = Value::List(vec![Value::Text("a".to_owned()), Value::Known(Box::new(Value::Null)), Value::DaysAgo(3)]);
/// let cache = larder::Larder::memory().cache::<u64>(USERS);
/// assert_eq!(cache.entry(|key| key.arg(&list)).key()?, "larder::users:1:[a,+~,DaysAgo(3,),]");
/// // By a template: "{}/{}".
/// let entry = cache.entry(|key| {
///     key.part("shop");
///     key.literal("/");
///     key.part(&7_u64);
/// });
/// assert_eq!(entry.key()?, "larder::users:1:shop/7");
/// # Ok(())
/// # }
/// ```
pub struct KeyWriter<'k> {
    pub(super) buffer: &'k mut KeyBuffer,
    /// Where arguments are kept and not written, as long as they are few and short.
    pub(super) brief: Option<&'k mut Brief>,
    /// Where the argument at hand begins, if those before it were in brief until it came.
    pub(super) start: usize,
    pub(super) before: Before,
}

/// What stands directly before the place where the writer is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing yet: no separator is needed.
    Nothing,
    /// Something that ends by itself, such as a separator or an opening bracket.
    Separator,
    /// The end of a value, which more bytes might seem to continue.
    Value,
}

/// Writes the items of a sequence, a tuple or a variant.
pub struct Items<'w, 'k>(pub(super) &'w mut KeyWriter<'k>);

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

impl fmt::Debug for KeyWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyWriter")
    }
}

impl fmt::Debug for Items<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}

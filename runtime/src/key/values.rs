//! How the types of the standard library are written into a key.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::cache_key::CacheKey;
use super::cache_key::KeyWriter;

macro_rules! integers {
    ($($ty:ty),+) => {$(
        impl CacheKey for $ty {
            #[inline]
            fn write_key(&self, writer: &mut KeyWriter<'_>) {
                writer.number(*self);
            }
        }
    )+};
}

integers!(u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl CacheKey for u8 {
    #[inline]
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.number(*self);
    }

    fn write_slice(items: &[Self], writer: &mut KeyWriter<'_>) {
        writer.bytes(items);
    }
}

macro_rules! non_zero_integers {
    ($($ty:ident),+) => {$(
        impl CacheKey for num::$ty {
            #[inline]
            fn write_key(&self, writer: &mut KeyWriter<'_>) {
                writer.number(self.get());
            }
        }
    )+};
}

non_zero_integers!(
    NonZeroU8,
    NonZeroU16,
    NonZeroU32,
    NonZeroU64,
    NonZeroU128,
    NonZeroUsize,
    NonZeroI8,
    NonZeroI16,
    NonZeroI32,
    NonZeroI64,
    NonZeroI128,
    NonZeroIsize
);

impl CacheKey for bool {
    #[inline]
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.text(if *self { "true" } else { "false" });
    }
}

impl CacheKey for char {
    #[inline]
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.text(self.encode_utf8(&mut [0; 4]));
    }
}

impl CacheKey for f64 {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.float(*self);
    }
}

impl CacheKey for f32 {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        // Not by way of f64, which need not keep the bits of a NaN.
        writer.bytes(&self.to_bits().to_be_bytes());
    }
}

impl CacheKey for str {
    #[inline]
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.text(self);
    }
}

impl CacheKey for String {
    #[inline]
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.text(self);
    }
}

impl CacheKey for () {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.tuple(|_| {});
    }
}

impl<T: CacheKey> CacheKey for Option<T> {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        match self {
            Some(value) => writer.some(|writer| value.write_key(writer)),
            None => writer.none(),
        }
    }
}

impl<T: CacheKey> CacheKey for [T] {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        T::write_slice(self, writer);
    }
}

impl<T: CacheKey, const N: usize> CacheKey for [T; N] {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        T::write_slice(self, writer);
    }
}

impl<T: CacheKey> CacheKey for Vec<T> {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        T::write_slice(self, writer);
    }
}

impl<T: CacheKey> CacheKey for BTreeSet<T> {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.sequence(|items| {
            for item in self {
                items.item(item);
            }
        });
    }
}

impl<K: CacheKey, V: CacheKey> CacheKey for BTreeMap<K, V> {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.sequence(|items| {
            for entry in self {
                items.item(&entry);
            }
        });
    }
}

macro_rules! pointers {
    ($($ty:ty),+) => {$(
        impl<T: CacheKey + ?Sized> CacheKey for $ty {
            #[inline]
            fn write_key(&self, writer: &mut KeyWriter<'_>) {
                (**self).write_key(writer);
            }
        }
    )+};
}

pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: CacheKey + ToOwned + ?Sized> CacheKey for Cow<'_, T> {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        (**self).write_key(writer);
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: CacheKey),+> CacheKey for ($($name,)+) {
            fn write_key(&self, writer: &mut KeyWriter<'_>) {
                #[allow(non_snake_case, reason = "the items are named after their types")]
                let ($($name,)+) = self;
                writer.tuple(|items| {
                    $(items.item($name);)+
                });
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);

macro_rules! displayed {
    ($($ty:ty),+) => {$(
        impl CacheKey for $ty {
            fn write_key(&self, writer: &mut KeyWriter<'_>) {
                writer.display(self);
            }
        }
    )+};
}

displayed!(IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4);

impl CacheKey for SocketAddrV6 {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        // Displayed it would lack the flow information, and two addresses would be one key.
        writer.tuple(|items| {
            items.item(self.ip());
            items.item(&self.port());
            items.item(&self.flowinfo());
            items.item(&self.scope_id());
        });
    }
}

impl CacheKey for SocketAddr {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        match self {
            Self::V4(address) => address.write_key(writer),
            Self::V6(address) => address.write_key(writer),
        }
    }
}

impl CacheKey for Duration {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.display(&format_args!(
            "{}.{:09}s",
            self.as_secs(),
            self.subsec_nanos()
        ));
    }
}

#[cfg(feature = "uuid")]
impl CacheKey for uuid::Uuid {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.text(
            self.hyphenated()
                .encode_lower(&mut uuid::Uuid::encode_buffer()),
        );
    }
}

//! The shapes of the standard library's types, as serde writes them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Fingerprint, Schema};

macro_rules! scalars {
    ($($ty:ty = $name:literal),+ $(,)?) => {$(
        impl Schema for $ty {
            const FINGERPRINT: u64 = Fingerprint::new($name).finish();
        }
    )+};
}

scalars!(
    bool = "bool",
    char = "char",
    u8 = "u8",
    u16 = "u16",
    u32 = "u32",
    u64 = "u64",
    u128 = "u128",
    i8 = "i8",
    i16 = "i16",
    i32 = "i32",
    i64 = "i64",
    i128 = "i128",
    // Written as 64 bits, whatever the machine.
    usize = "u64",
    isize = "i64",
    f32 = "f32",
    f64 = "f64",
    str = "string",
    String = "string",
    () = "unit",
    Duration = "duration",
    SystemTime = "system time",
    Ipv4Addr = "ipv4",
    Ipv6Addr = "ipv6",
    IpAddr = "ip",
    SocketAddr = "socket",
);

#[cfg(feature = "uuid")]
scalars!(uuid::Uuid = "uuid");

/// Written as something else that has a shape.
macro_rules! written_as {
    ($([$($generics:tt)*] $ty:ty = $shape:ty),+ $(,)?) => {$(
        impl<$($generics)*> Schema for $ty {
            const FINGERPRINT: u64 = <$shape as Schema>::FINGERPRINT;
        }
    )+};
}

written_as!(
    [] num::NonZeroU8 = u8,
    [] num::NonZeroU16 = u16,
    [] num::NonZeroU32 = u32,
    [] num::NonZeroU64 = u64,
    [] num::NonZeroU128 = u128,
    [] num::NonZeroUsize = usize,
    [] num::NonZeroI8 = i8,
    [] num::NonZeroI16 = i16,
    [] num::NonZeroI32 = i32,
    [] num::NonZeroI64 = i64,
    [] num::NonZeroI128 = i128,
    [] num::NonZeroIsize = isize,
    [T: Schema + ?Sized] &T = T,
    [T: Schema + ?Sized] Box<T> = T,
    [T: Schema + ?Sized] Rc<T> = T,
    [T: Schema + ?Sized] Arc<T> = T,
    [T: Schema + ToOwned + ?Sized] Cow<'_, T> = T,
    [T: Schema] Vec<T> = [T],
    [T: Schema] VecDeque<T> = [T],
    [T: Schema] BTreeSet<T> = [T],
    [T: Schema, S] HashSet<T, S> = [T],
    [K: Schema, V: Schema, S] HashMap<K, V, S> = BTreeMap<K, V>,
);

impl<T: Schema> Schema for [T] {
    const FINGERPRINT: u64 = Fingerprint::new("sequence").item(T::FINGERPRINT).finish();
}

impl<K: Schema, V: Schema> Schema for BTreeMap<K, V> {
    const FINGERPRINT: u64 = Fingerprint::new("map")
        .item(K::FINGERPRINT)
        .item(V::FINGERPRINT)
        .finish();
}

impl<T: Schema> Schema for Option<T> {
    const FINGERPRINT: u64 = Fingerprint::new("option").item(T::FINGERPRINT).finish();
}

impl<T: Schema, E: Schema> Schema for Result<T, E> {
    const FINGERPRINT: u64 = Fingerprint::new("result")
        .item(T::FINGERPRINT)
        .item(E::FINGERPRINT)
        .finish();
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    const FINGERPRINT: u64 = Fingerprint::new("array")
        .item(N as u64)
        .item(T::FINGERPRINT)
        .finish();
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Schema),+> Schema for ($($name,)+) {
            const FINGERPRINT: u64 = Fingerprint::new("tuple")
                $(.item($name::FINGERPRINT))+
                .finish();
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

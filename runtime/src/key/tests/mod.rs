//! What must hold of keys: they look as documented, and no two calls share one.

mod brief;
mod groups;
mod injective;
mod parse;
mod patterns;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::num::NonZeroU8;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::{CacheKey, Key, KeyWriter, Scope};

/// The key of a call with one argument, without what stands before the argument.
fn argument<T: CacheKey + ?Sized>(value: &T) -> String {
    written(|writer| writer.arg(value))
}

/// What is written behind `shop::test:1:`.
fn written(arguments: impl FnOnce(&mut KeyWriter<'_>)) -> String {
    let key = key_of(arguments).to_string();
    key.strip_prefix("shop::test:1:").unwrap().to_owned()
}

fn key_of(arguments: impl FnOnce(&mut KeyWriter<'_>)) -> Key {
    Scope::new("shop", None).key("test", 1, arguments)
}

#[test]
fn a_key_is_made_of_its_parts() {
    let key = Scope::new("shop", Some("acme")).key("users", 3, |writer| writer.arg(&7));
    assert_eq!(key.to_string(), "shop:acme:users:3:7");
    assert_eq!(key.as_bytes(), b"shop:acme:users:3:7");
    assert_eq!(key.version(), 3);
    let strange = Scope::new("a:b", Some("")).key("*", 0, |_| {});
    assert_eq!(strange.to_string(), "a%3Ab:%:%2A:0:");
}

#[test]
fn scalars_are_readable() {
    assert_eq!(argument("ann@example.com"), "ann@example.com");
    assert_eq!(argument("a b:c%"), "a%20b%3Ac%25");
    assert_eq!(argument("é"), "%C3%A9");
    assert_eq!(argument(""), "%");
    assert_eq!(argument(&'/'), "%2F");
    assert_eq!(argument(&true), "true");
    assert_eq!(argument(&-5_i8), "-5");
    assert_eq!(argument(&u128::MAX), u128::MAX.to_string());
    assert_eq!(argument(&i128::MIN), i128::MIN.to_string());
    assert_eq!(argument(&NonZeroU8::MAX), "255");
    assert_eq!(argument(&1.5), "3ff8000000000000");
    assert_eq!(argument(&1.5_f32), "3fc00000");
    assert_eq!(argument(&Duration::from_millis(1500)), "1.500000000s");
    assert_eq!(argument(&Ipv4Addr::LOCALHOST), "127.0.0.1");
    assert_eq!(argument(&Ipv6Addr::LOCALHOST), "%3A%3A1");
    assert_eq!(written(|writer| writer.arg(&Integer(-3))), "-3");
}

struct Integer(i128);

impl CacheKey for Integer {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        writer.integer(self.0);
    }
}

#[test]
fn containers_are_readable() {
    assert_eq!(argument(&()), "()");
    assert_eq!(argument(&(1, "a")), "(1,a,)");
    assert_eq!(argument(&Some(1)), "+1");
    assert_eq!(argument(&None::<u8>), "~");
    assert_eq!(argument(&Some(None::<u8>)), "+~");
    assert_eq!(argument(&["x", "y"]), "[x,y,]");
    assert_eq!(argument(&[""]), "[%,]");
    assert_eq!(argument::<[String]>(&[]), "[]");
    assert_eq!(argument::<[u8]>(&[0, 171]), "00ab");
    assert_eq!(argument::<[u8]>(&[]), "%");
    assert_eq!(argument(&BTreeSet::from([2, 1])), "[1,2,]");
    assert_eq!(argument(&BTreeMap::from([("a", 1)])), "[(a,1,),]");
}

#[test]
fn what_points_to_a_value_is_the_same_key() {
    assert_eq!(argument(&String::from("é")), argument("é"));
    assert_eq!(argument(&Box::<str>::from("é")), argument("é"));
    assert_eq!(argument(&Rc::<str>::from("é")), argument("é"));
    assert_eq!(argument(&Arc::<str>::from("é")), argument("é"));
    assert_eq!(argument(&Cow::Borrowed("é")), argument("é"));
    assert_eq!(argument(&&&"é"), argument("é"));
    assert_eq!(argument(&vec![1_u8, 2]), argument(&[1_u8, 2]));
    assert_eq!(argument(&vec![1, 2]), argument::<[i32]>(&[1, 2]));
    assert_eq!(argument(&Arc::new(7_u64)), argument(&7_u8));
}

#[test]
fn floats_are_told_apart_by_their_bits() {
    assert_ne!(argument(&0.0), argument(&-0.0));
    let loud = f32::from_bits(0x7f80_0001);
    let quiet = f32::from_bits(0x7fc0_0001);
    assert_ne!(argument(&loud), argument(&quiet));
}

#[test]
fn addresses_that_look_alike_are_told_apart() {
    let address = |flow, zone| {
        let address = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, flow, zone);
        argument(&SocketAddr::V6(address))
    };
    assert_eq!(address(0, 0), "(%3A%3A1,80,0,0,)");
    assert_ne!(address(0, 0), address(1, 0));
    assert_ne!(address(0, 0), address(0, 1));
}

#[cfg(feature = "uuid")]
#[test]
fn uuids_are_readable() {
    let id = uuid::Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
    assert_eq!(argument(&id), "67e55044-10b1-426f-9247-bb680e5fe0c8");
}

#[test]
fn an_argument_longer_than_64_bytes_is_digested() {
    let longest = "x".repeat(64);
    assert_eq!(argument(&longest), longest);
    let longer = "x".repeat(65);
    // BLAKE3 of 65 letters x, as any other implementation gives it.
    assert_eq!(argument(&longer), "#a32b4a703f5d61b2df5bfbf5a5e7af5f");
    // Only the long argument is, and what comes behind it is not swallowed.
    let both = written(|writer| {
        writer.arg("before");
        writer.arg(&longer);
        writer.arg("behind");
    });
    assert_eq!(both, format!("before:{}:behind", argument(&longer)));
    // Containers are digested whole, however short their items.
    assert_eq!(argument(&[longest.as_str()]).len(), 33);
}

#[test]
fn a_template_is_written_as_it_stands() {
    let key = written(|writer| {
        writer.literal("org/");
        writer.part("a/b");
        writer.literal(":");
        writer.part(&7);
    });
    assert_eq!(key, "org/a%2Fb:7");
}

#[test]
fn a_template_separates_what_would_run_together() {
    let key = written(|writer| {
        writer.part(&1);
        writer.part(&2);
        writer.literal("v");
        writer.literal("");
        writer.part(&3);
        writer.literal("|");
    });
    assert_eq!(key, "1;2;v3;|");
}

#[test]
fn neighbouring_versions_differ_in_the_version_alone() {
    let key = |version| {
        Scope::new("1:9", Some("9")).key("9", version, |writer| {
            writer.arg(&9);
            writer.arg(&"9".repeat(200));
        })
    };
    let covered: Vec<Key> = key(9).covered_versions().collect();
    assert_eq!(covered, [key(9), key(8), key(10)]);
    let covered: Vec<Key> = key(0).covered_versions().collect();
    assert_eq!(covered, [key(0), key(1)]);
    let covered: Vec<Key> = key(u32::MAX).covered_versions().collect();
    assert_eq!(covered, [key(u32::MAX), key(u32::MAX - 1)]);
    // The place of the version is still known after it was changed.
    assert_eq!(key(9).with_version(100).with_version(9), key(9));
}

#[test]
fn a_key_of_usual_length_stays_on_the_stack() {
    let usual = key_of(|writer| {
        writer.arg("67e55044-10b1-426f-9247-bb680e5fe0c8");
        writer.arg(&u64::MAX);
    });
    assert!(!usual.buffer.is_on_the_heap());
    let long = key_of(|writer| writer.arg(&(1_u64, 2_u64)));
    assert!(!long.buffer.is_on_the_heap());
}

//! Shapes that differ have fingerprints that differ, and none changes from one release to the next.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Fingerprint, Schema};

fn of<T: Schema + ?Sized>() -> u64 {
    T::FINGERPRINT
}

/// Golden: a change here makes every value that is stored under a positional codec a miss.
#[test]
fn fingerprints_stay_what_they_are() {
    let user = Fingerprint::new("struct")
        .attribute("rename_all = \"camelCase\"")
        .field("id", of::<u64>())
        .field("name", of::<String>())
        .finish();
    let choice = Fingerprint::new("enum")
        .variant("Nothing", Fingerprint::new("unit").finish())
        .variant(
            "Pair",
            Fingerprint::new("tuple")
                .item(user)
                .item(of::<bool>())
                .finish(),
        )
        .finish();
    let found = [
        of::<u64>(),
        of::<Option<Vec<u8>>>(),
        of::<(u8, [u16; 3])>(),
        user,
        choice,
    ];
    let found = found.map(|fingerprint| format!("{fingerprint:016x}"));
    assert_eq!(found, GOLDEN);
}

const GOLDEN: [&str; 5] = [
    "9659c26ca53ed16a",
    "9078346c6f4e78f9",
    "d73cb396a713ae07",
    "13aa67ee9a181ec3",
    "ae3317f5574aea97",
];

#[test]
fn shapes_that_differ_have_fingerprints_that_differ() {
    let begin = || Fingerprint::new("struct");
    let number = of::<u32>();
    let shapes = [
        begin().finish(),
        begin().field("a", number).finish(),
        begin().field("b", number).finish(),
        begin().field("a", of::<i32>()).finish(),
        begin().field("a", number).field("b", number).finish(),
        begin().field("b", number).field("a", number).finish(),
        begin().item(number).finish(),
        begin().variant("a", number).finish(),
        begin().attribute("a").finish(),
        begin().attribute("ab").finish(),
        begin().attribute("a").attribute("b").finish(),
        Fingerprint::new("structa").finish(),
        of::<u8>(),
        of::<i8>(),
        number,
        of::<f32>(),
        of::<String>(),
        of::<char>(),
        of::<()>(),
        of::<Option<u8>>(),
        of::<Option<Option<u8>>>(),
        of::<Vec<u8>>(),
        of::<Vec<Vec<u8>>>(),
        of::<[u8; 2]>(),
        of::<[u8; 3]>(),
        of::<(u8, u8)>(),
        of::<(u8, u16)>(),
        of::<(u16, u8)>(),
        of::<BTreeMap<u8, u16>>(),
        of::<BTreeMap<u16, u8>>(),
        of::<Result<u8, u16>>(),
        of::<Result<u16, u8>>(),
    ];
    let distinct: HashSet<u64> = shapes.into_iter().collect();
    assert_eq!(distinct.len(), shapes.len());
    assert!(!distinct.contains(&0));
}

#[test]
fn what_is_written_alike_has_one_fingerprint() {
    assert_eq!(of::<usize>(), of::<u64>());
    assert_eq!(of::<&str>(), of::<String>());
    assert_eq!(of::<Arc<[u8]>>(), of::<Vec<u8>>());
    assert_eq!(of::<HashMap<u8, u16>>(), of::<BTreeMap<u8, u16>>());
}

/// The builder is FNV-1a, whose values anybody can look up, finished by the mixer of `SplitMix64`.
#[test]
fn the_hash_is_the_one_that_it_says() {
    let hash = |text: &str| Fingerprint(0xCBF2_9CE4_8422_2325).bytes(text.as_bytes()).0;
    assert_eq!(hash(""), 0xCBF2_9CE4_8422_2325);
    assert_eq!(hash("a"), 0xAF63_DC4C_8601_EC8C);
    assert_eq!(hash("foobar"), 0x8594_4171_F739_67E8);
    // The first number of SplitMix64 with the seed 0: the mixer, applied to the golden ratio.
    assert_eq!(
        Fingerprint(0x9E37_79B9_7F4A_7C15).finish(),
        0xE220_A839_7B1D_CDAF
    );
    assert_eq!(Fingerprint(0).finish(), 1);
}

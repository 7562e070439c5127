//! Arguments in brief stand for what is written of them.

use crate::key::{Arguments, Brief, BriefArguments, CacheKey, KeyWriter};

type Write<'w> = &'w dyn Fn(&mut KeyWriter<'_>);

/// Arguments in brief and as they are written elsewhere.
fn both(write: Write<'_>) -> (BriefArguments, String) {
    let (mut brief, mut plain) = (BriefArguments::new(), Arguments::new());
    write(&mut brief.writer());
    write(&mut plain.writer());
    let text = String::from_utf8_lossy(plain.as_slice()).into_owned();
    (brief, text)
}

/// Writes more than its part, or less.
struct Strange(&'static str);

impl CacheKey for Strange {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        for kind in self.0.bytes() {
            match kind {
                b'n' => writer.integer(7),
                b't' => writer.text("a:b"),
                b'l' => writer.text(&"x".repeat(70)),
                b'a' => writer.arg(&7),
                b'v' => writer.variant("V", |items| items.item(&7)),
                _ => writer.none(),
            }
        }
    }
}

#[test]
fn what_was_in_brief_is_written_as_it_would_have_been() {
    let long = "x".repeat(70);
    let written: &[Write<'_>] = &[
        &|_| {},
        &|key| key.arg(&0_u64),
        &|key| key.arg(&u64::MAX),
        &|key| key.arg(&i64::MIN),
        &|key| key.arg(&u128::MAX),
        &|key| key.arg(&-1_i8),
        &|key| key.arg(""),
        &|key| key.arg("a b"),
        &|key| key.arg("\0"),
        &|key| key.arg("sixteen bytes:::"),
        &|key| key.arg("seventeen bytes::"),
        &|key| key.arg(&'é'),
        &|key| key.arg(&true),
        &|key| key.arg(&long),
        &|key| key.arg(&Some(7)),
        &|key| key.arg(&(1, "a")),
        &|key| key.arg(&[1_u8, 2]),
        &|key| key.arg(&1.5),
        &|key| (1..=5).for_each(|id: u16| key.arg(&id)),
        &|key| (1..=5).for_each(|_| key.arg("")),
        &|key| [1, -2].iter().for_each(|number| key.arg(number)),
        &|key| ["a", "nine bytes"].iter().for_each(|text| key.arg(text)),
        &|key| {
            key.arg(&7);
            key.arg(&long);
        },
        &|key| {
            key.arg(&7);
            key.arg(&None::<u8>);
            key.arg("b");
        },
        &|key| {
            key.part(&7);
            key.literal("/");
            key.part("a");
        },
        &|key| {
            key.arg(&7);
            key.arg("a");
            key.literal("/");
            key.arg(&8);
        },
    ];
    for write in written {
        let (mut brief, plain) = both(write);
        brief.settle();
        let known = *brief.brief();
        assert_eq!(text(&mut brief), plain);
        assert_eq!(text(&mut brief), plain, "the second time");
        assert_eq!(*brief.brief(), known);
    }
    for kinds in [
        "", "n", "t", "nn", "tn", "tt", "v", "nv", "-", "n-", "nl", "l", "a", "an", "na",
    ] {
        for before in [0, 1, 2] {
            let (mut brief, plain) = both(&|key| {
                (0..before).for_each(|id: u64| key.arg(&id));
                key.arg(&Strange(kinds));
            });
            assert_eq!(text(&mut brief), plain, "{kinds} behind {before}");
            let (mut brief, plain) = both(&|key| {
                (0..before).for_each(|id: u64| key.arg(&id));
                key.arg(&Strange(kinds));
                key.arg(&8);
            });
            assert_eq!(
                text(&mut brief),
                plain,
                "{kinds} behind {before} before one"
            );
        }
    }
}

#[test]
fn a_second_writer_goes_on_behind_the_first() {
    for (one, other) in [("a", "b"), ("a", "more bytes than have room"), ("a b", "c")] {
        let (mut brief, mut plain) = (BriefArguments::new(), Arguments::new());
        brief.writer().arg(one);
        plain.writer().arg(one);
        brief.writer().part(other);
        plain.writer().part(other);
        assert_eq!(brief.written().as_slice(), plain.as_slice());

        let (mut brief, mut plain) = (BriefArguments::new(), Arguments::new());
        for argument in [one, other, one] {
            brief.writer().arg(argument);
            plain.writer().arg(argument);
        }
        brief.writer().part(other);
        plain.writer().part(other);
        assert_eq!(brief.written().as_slice(), plain.as_slice());
    }
}

fn text(brief: &mut BriefArguments) -> String {
    String::from_utf8_lossy(brief.written().as_slice()).into_owned()
}

#[test]
fn what_is_equal_is_written_alike() {
    let texts = [
        "",
        "\0",
        "a",
        "a\0",
        "7",
        "-7",
        "eight by",
        "eight by\0",
        "sixteen bytes of",
    ];
    let numbers = [0, 1, 7, 0x61, -1, -7, i64::MAX, i64::MIN];
    let mut known: Vec<(Brief, String)> = Vec::new();
    let mut learn = |write: Write<'_>| {
        let (mut brief, plain) = both(write);
        brief.settle();
        known.push((*brief.brief(), plain));
    };
    learn(&|_| {});
    learn(&|key| key.arg(&u64::MAX));
    for one in texts {
        learn(&|key| key.arg(one));
        learn(&|key| key.part(one));
        for number in numbers {
            learn(&|key| key.arg(&number));
            learn(&|key| {
                key.arg(one);
                key.arg(&number);
            });
            learn(&|key| {
                key.arg(&number);
                key.arg(one);
            });
        }
        for other in texts {
            learn(&|key| {
                key.arg(one);
                key.arg(other);
            });
        }
    }
    for (brief, text) in &known {
        for (other, other_text) in &known {
            let is_long = brief.is_long();
            assert!(
                brief != other || text == other_text || is_long,
                "{text} {other_text}"
            );
        }
    }
}

#[test]
fn numbers_and_short_texts_are_not_written() {
    let in_brief: &[Write<'_>] = &[
        &|_| {},
        &|key| key.arg(&7_u64),
        &|key| key.arg(&-7),
        &|key| key.arg("ada"),
        &|key| key.arg(&&String::from("sixteen bytes of")),
        &|key| {
            key.arg(&7_u32);
            key.arg("eight by");
        },
    ];
    for write in in_brief {
        let (brief, _) = both(write);
        assert!(!brief.brief().is_written());
    }
}

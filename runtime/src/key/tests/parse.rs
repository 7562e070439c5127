//! Reads keys back. Nobody but this test has to; that it can be done shows that nothing was lost in
//! writing.

use proptest::prelude::*;

use super::super::{CacheKey, Items, KeyWriter, Scope};
use super::argument;

/// Any value that a key can hold, in a shape that says what was written.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Integer(i64),
    Bytes(Vec<u8>),
    None,
    Some(Box<Value>),
    Sequence(Vec<Value>),
    Tuple(Vec<Value>),
    UnitVariant(String),
    Variant(String, Vec<Value>),
}

impl CacheKey for Value {
    fn write_key(&self, writer: &mut KeyWriter<'_>) {
        match self {
            Self::Text(text) => writer.text(text),
            Self::Integer(number) => number.write_key(writer),
            Self::Bytes(bytes) => writer.bytes(bytes),
            Self::None => writer.none(),
            Self::Some(value) => writer.some(|writer| value.write_key(writer)),
            Self::Sequence(values) => writer.sequence(|items| write_all(values, items)),
            Self::Tuple(values) => writer.tuple(|items| write_all(values, items)),
            Self::UnitVariant(name) => writer.unit_variant(name),
            Self::Variant(name, values) => writer.variant(name, |items| write_all(values, items)),
        }
    }
}

fn write_all(values: &[Value], items: &mut Items<'_, '_>) {
    for value in values {
        items.item(value);
    }
}

/// What can be read from a key without knowing the types of the arguments.
#[derive(Debug, PartialEq)]
enum Tree {
    Scalar(Vec<u8>),
    None,
    Some(Box<Tree>),
    Sequence(Vec<Tree>),
    /// A tuple has no name.
    Fields(Option<Vec<u8>>, Vec<Tree>),
    Digest(String),
}

impl Value {
    fn tree(&self) -> Tree {
        let trees = |values: &[Self]| values.iter().map(Self::tree).collect();
        match self {
            Self::Text(text) | Self::UnitVariant(text) => Tree::Scalar(text.clone().into()),
            Self::Integer(number) => Tree::Scalar(number.to_string().into()),
            Self::Bytes(bytes) => {
                Tree::Scalar(bytes.iter().flat_map(|byte| hexadecimal(*byte)).collect())
            }
            Self::None => Tree::None,
            Self::Some(value) => Tree::Some(Box::new(value.tree())),
            Self::Sequence(values) => Tree::Sequence(trees(values)),
            Self::Tuple(values) => Tree::Fields(None, trees(values)),
            Self::Variant(name, values) => Tree::Fields(Some(name.clone().into()), trees(values)),
        }
    }

    /// What is read if the value is an argument.
    fn argument_tree(&self) -> Tree {
        match argument(self).strip_prefix('#') {
            Some(digits) => Tree::Digest(digits.to_owned()),
            None => self.tree(),
        }
    }
}

fn hexadecimal(byte: u8) -> Vec<u8> {
    format!("{byte:02x}").into_bytes()
}

/// Reads from the front of the bytes.
struct Parser<'b>(&'b [u8]);

impl Parser<'_> {
    fn next_is(&self, byte: u8) -> bool {
        self.0.first() == Some(&byte)
    }

    fn take_if(&mut self, byte: u8) -> bool {
        let found = self.next_is(byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    fn expect(&mut self, byte: u8) {
        assert!(
            self.take_if(byte),
            "no {:?} in {:?}",
            char::from(byte),
            self.0
        );
    }

    fn tree(&mut self) -> Tree {
        if self.take_if(b'~') {
            Tree::None
        } else if self.take_if(b'+') {
            Tree::Some(Box::new(self.tree()))
        } else if self.take_if(b'[') {
            Tree::Sequence(self.items(b']'))
        } else if self.take_if(b'(') {
            Tree::Fields(None, self.items(b')'))
        } else if self.take_if(b'#') {
            Tree::Digest(String::from_utf8(self.scalar()).unwrap())
        } else {
            let scalar = self.scalar();
            if self.take_if(b'(') {
                Tree::Fields(Some(scalar), self.items(b')'))
            } else {
                Tree::Scalar(scalar)
            }
        }
    }

    fn items(&mut self, close: u8) -> Vec<Tree> {
        let mut items = Vec::new();
        while !self.take_if(close) {
            items.push(self.tree());
            self.expect(b',');
        }
        items
    }

    fn scalar(&mut self) -> Vec<u8> {
        let mut scalar = Vec::new();
        loop {
            match self.0 {
                [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() => {
                    let digits = [*high, *low];
                    let digits = std::str::from_utf8(&digits).unwrap();
                    scalar.push(u8::from_str_radix(digits, 16).unwrap());
                    self.0 = rest;
                }
                [b'%', rest @ ..] => {
                    assert!(scalar.is_empty(), "only empty text is a lone %");
                    self.0 = rest;
                    return scalar;
                }
                [byte, rest @ ..] if byte.is_ascii_alphanumeric() || b"._@-".contains(byte) => {
                    scalar.push(*byte);
                    self.0 = rest;
                }
                _ => return scalar,
            }
        }
    }

    fn text(&mut self) -> String {
        let text = String::from_utf8(self.scalar()).unwrap();
        self.expect(b':');
        text
    }
}

type Call = (String, Option<String>, String, u32, Vec<Tree>);

fn parse(key: &[u8]) -> Call {
    let mut parser = Parser(key);
    let app = parser.text();
    let tenant = if parser.take_if(b':') {
        None
    } else {
        Some(parser.text())
    };
    let namespace = parser.text();
    let version = parser.text().parse().unwrap();
    let mut arguments = Vec::new();
    if !parser.0.is_empty() {
        arguments.push(parser.tree());
        while parser.take_if(b':') {
            arguments.push(parser.tree());
        }
    }
    assert!(parser.0.is_empty(), "left over: {:?}", parser.0);
    (app, tenant, namespace, version, arguments)
}

/// Text that means something in keys, in patterns, or in no encoding at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[:%,;|()\\[\\]~+#*?{}a4]{0,6}", "\\PC{0,8}", "[a-z]{60,70}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        proptest::collection::vec(any::<u8>(), 0..6).prop_map(Value::Bytes),
        Just(Value::None),
        text().prop_map(Value::UnitVariant),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let values = proptest::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            inner.prop_map(|value| Value::Some(Box::new(value))),
            values.clone().prop_map(Value::Sequence),
            values.clone().prop_map(Value::Tuple),
            (text(), values).prop_map(|(name, values)| Value::Variant(name, values)),
        ]
    })
}

proptest! {
    #[test]
    fn a_key_reads_back_as_the_call(
        app in text(),
        tenant in proptest::option::of(text()),
        namespace in text(),
        version: u32,
        arguments in proptest::collection::vec(value(), 0..4),
    ) {
        let scope = Scope::new(&app, tenant.as_deref());
        let key = scope.key(&namespace, version, |writer| {
            for argument in &arguments {
                writer.arg(argument);
            }
        });
        let trees = arguments.iter().map(Value::argument_tree).collect();
        prop_assert_eq!(parse(key.as_bytes()), (app, tenant, namespace, version, trees));
    }
}

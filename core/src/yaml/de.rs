//! The tree of a document as a serde data format.

use std::cell::RefCell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};

use super::error::{Error, Segment};
use super::scalar::Scalar;
use super::tree::NodeRef;

/// What is told apart from the result: keys that a struct does not know. They do not stop it.
pub(super) type Asides = RefCell<Vec<Error>>;

/// One node, about to be read.
#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'a> {
    pub(super) node: NodeRef<'a>,
    pub(super) asides: &'a Asides,
}

/// The amount of unknown keys that are collected before the rest is left alone.
const ASIDES_MAX: usize = 200;

impl<'a> NodeDeserializer<'a> {
    fn locate<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| error.at(self.node.id))
    }

    fn expected<T>(self, what: &dyn fmt::Display) -> Result<T, Error> {
        Err(Error::expected(what).at(self.node.id))
    }

    fn child(self, node: NodeRef<'a>) -> Self {
        Self { node, ..self }
    }

    /// A whole number between two limits.
    fn integer<T: TryFrom<i128>>(self, least: i128, most: i128) -> Result<T, Error> {
        let number = match self.node.scalar() {
            Some(Scalar::Unsigned(number)) => Some(i128::from(number)),
            Some(Scalar::Signed(number)) => Some(i128::from(number)),
            _ => None,
        };
        let fits = number.filter(|number| (least..=most).contains(number));
        match fits.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Ok(number),
            None => self.expected(&format!("a whole number from {least} to {most}")),
        }
    }

    fn list<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut elements = Elements {
            from: self,
            all: Box::new(self.node.numbered_elements()),
        };
        self.locate(visitor.visit_seq(&mut elements))
    }

    fn map<V: Visitor<'a>>(
        self,
        visitor: V,
        fields: Option<&'static [&'static str]>,
    ) -> Result<V::Value, Error> {
        let mut entries = Entries {
            from: self,
            all: Box::new(self.node.entries()),
            fields,
            current: None,
        };
        self.locate(visitor.visit_map(&mut entries))
    }

    /// Notes the keys that the struct does not have.
    fn look_for_unknown_keys(self, known: &'static [&'static str]) {
        for (key, value) in self.node.entries() {
            let name = key.text().unwrap_or("");
            if known.contains(&name) || name.starts_with("x-") {
                continue;
            }
            let mut asides = self.asides.borrow_mut();
            let is_known = |one: &Error| one.0.culprit == Some(value.id);
            if asides.len() < ASIDES_MAX && !asides.iter().any(is_known) {
                let mut error = Error::unknown_field(name, known);
                error.0.shown = Some(key.id);
                error.0.culprit = Some(value.id);
                asides.push(error);
            }
        }
    }
}

macro_rules! integers {
    ($($method:ident: $kind:ident => $visit:ident,)*) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.integer::<$kind>($kind::MIN.into(), $kind::MAX.into())?;
            self.locate(visitor.$visit(number))
        })*
    };
}

impl<'a> Deserializer<'a> for NodeDeserializer<'a> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let result = match self.node.scalar() {
            Some(Scalar::Null) => visitor.visit_unit(),
            Some(Scalar::Bool(value)) => visitor.visit_bool(value),
            Some(Scalar::Unsigned(value)) => visitor.visit_u64(value),
            Some(Scalar::Signed(value)) => visitor.visit_i64(value),
            Some(Scalar::Other(text) | Scalar::Text(text)) => visitor.visit_borrowed_str(text),
            None if self.node.is_list() => return self.list(visitor),
            None => return self.map(visitor, None),
        };
        self.locate(result)
    }

    integers! {
        deserialize_i8: i8 => visit_i8,
        deserialize_i16: i16 => visit_i16,
        deserialize_i32: i32 => visit_i32,
        deserialize_i64: i64 => visit_i64,
        deserialize_u8: u8 => visit_u8,
        deserialize_u16: u16 => visit_u16,
        deserialize_u32: u32 => visit_u32,
        deserialize_u64: u64 => visit_u64,
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.scalar() {
            Some(Scalar::Bool(value)) => self.locate(visitor.visit_bool(value)),
            _ => self.expected(&"`true` or `false`"),
        }
    }

    /// Text is whatever is written, whether it looks like a number or not.
    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.node.scalar(), self.node.text()) {
            (Some(Scalar::Null), _) | (_, None) => self.expected(&words_of(&visitor)),
            (_, Some(text)) => self.locate(visitor.visit_borrowed_str(text)),
        }
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() {
            self.locate(visitor.visit_none())
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.scalar() {
            Some(Scalar::Null) => self.locate(visitor.visit_unit()),
            _ => self.expected(&"nothing"),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.locate(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_list() {
            self.list(visitor)
        } else {
            self.expected(&"a list")
        }
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_map() {
            self.map(visitor, None)
        } else {
            self.expected(&"a mapping")
        }
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !self.node.is_map() {
            return self.expected(&"a mapping");
        }
        self.look_for_unknown_keys(fields);
        self.map(visitor, Some(fields))
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let word = match (self.node.scalar(), self.node.text()) {
            (Some(Scalar::Null), _) | (_, None) => {
                let words = crate::diagnostic::quoted_list(known.iter().copied());
                return self.expected(&words);
            }
            (_, Some(word)) => word,
        };
        if !known.contains(&word) {
            return Err(Error::unknown_variant(word, known).at(self.node.id));
        }
        self.locate(visitor.visit_enum(Word(word)))
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { <W: Visitor<'a>> i128 u128 f32 f64 bytes byte_buf }
}

/// What a visitor expects, in its own words.
fn words_of<'a, V: Visitor<'a>>(visitor: &V) -> String {
    let words = (visitor as &dyn Expected).to_string();
    // The words of serde's own visitor of `String`.
    if words == "a string" {
        "text".to_owned()
    } else {
        words
    }
}

/// The elements of a list, one by one.
struct Elements<'a> {
    from: NodeDeserializer<'a>,
    all: Box<dyn Iterator<Item = (u32, NodeRef<'a>)> + 'a>,
}

impl<'a> SeqAccess<'a> for Elements<'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((index, node)) = self.all.next() else {
            return Ok(None);
        };
        let inner = self.from.child(node);
        let value = inner.locate(seed.deserialize(inner));
        value
            .map(Some)
            .map_err(|error| error.below(Segment::Index(index)))
    }
}

/// The entries of a mapping, one by one.
struct Entries<'a> {
    from: NodeDeserializer<'a>,
    all: Box<dyn Iterator<Item = (NodeRef<'a>, NodeRef<'a>)> + 'a>,
    /// The keys that count, for a mapping that stands for a struct.
    fields: Option<&'static [&'static str]>,
    current: Option<(NodeRef<'a>, NodeRef<'a>)>,
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let fields = self.fields;
        let counts = |(key, value): &(NodeRef<'a>, NodeRef<'a>)| {
            let name = key.text().unwrap_or("");
            fields.is_none_or(|fields| fields.contains(&name) && !value.is_null())
        };
        self.current = self.all.find(counts);
        let Some((key, value)) = self.current else {
            return Ok(None);
        };
        match seed.deserialize(self.from.child(key)) {
            Ok(key) => Ok(Some(key)),
            Err(mut error) => {
                // A key that is wrong is left out by leaving out its value.
                error.0.shown = Some(key.id);
                error.0.culprit = Some(value.id);
                Err(error)
            }
        }
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let Some((key, value)) = self.current else {
            return Err(Error::custom("a value was asked for before its key"));
        };
        let inner = self.from.child(value);
        inner.locate(seed.deserialize(inner)).map_err(|error| {
            let key = key.text().unwrap_or("").to_owned();
            error.below(Segment::Key(key))
        })
    }
}

/// A word that stands for the variant of an enum.
struct Word<'a>(&'a str);

impl<'a> EnumAccess<'a> for Word<'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let value = seed.deserialize(self.0.into_deserializer())?;
        Ok((value, self))
    }
}

impl<'a> VariantAccess<'a> for Word<'a> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, _: T) -> Result<T::Value, Error> {
        Err(Error::custom("a word alone is not enough here"))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a word alone is not enough here"))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        Err(Error::custom("a word alone is not enough here"))
    }
}

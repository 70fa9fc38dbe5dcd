//! Reads the planner's answer out of the engine's objects.
//!
//! The plan's types are [`serde::Deserialize`]; their source here is a JavaScript value. JSON text, which the engine would
//! write and serde parse, would cost a tenth of all instructions before the monitor is forked.
//! Fields are looked up by name, so a field unknown to the plan's types goes unnoticed. The planner's types are generated
//! from them.

use std::fmt;

use rquickjs::{Array, Object, Type, Value};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::sys::text::Text;

/// An engine value as a serde deserializer.
pub(crate) struct Answer<'js>(pub(crate) Value<'js>);

/// Why a value is malformed.
#[derive(Debug)]
pub(crate) struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

impl Error for Malformed {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<rquickjs::Error> for Malformed {
    fn from(error: rquickjs::Error) -> Self {
        Self(error.to_string())
    }
}

impl<'js> Answer<'js> {
    fn array(self) -> Result<Array<'js>, Malformed> {
        let kind = self.0.type_of();
        self.0.into_array().ok_or_else(|| unexpected(kind, "an array"))
    }

    fn object(self) -> Result<Object<'js>, Malformed> {
        let kind = self.0.type_of();
        self.0.into_object().ok_or_else(|| unexpected(kind, "an object"))
    }

    fn text(self) -> Result<Text<'js>, Malformed> {
        let kind = self.0.type_of();
        let string = self.0.into_string().ok_or_else(|| unexpected(kind, "a string"))?;
        Ok(Text::of(string)?)
    }
}

fn unexpected(kind: Type, expected: &str) -> Malformed {
    Malformed::invalid_type(Unexpected::Other(kind.as_str()), &expected)
}

/// Integers beyond the engine's small integers, stored as `f64`: exact up to 2⁵³.
fn visit_number<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value, Malformed> {
    let digits = format!("{number}");
    match (digits.parse(), digits.parse()) {
        (Ok(unsigned), _) => visitor.visit_u64(unsigned),
        (_, Ok(signed)) => visitor.visit_i64(signed),
        _ => visitor.visit_f64(number),
    }
}

impl<'de> Deserializer<'de> for Answer<'_> {
    type Error = Malformed;

    /// Numbers and flags; everything else has a method of its own.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let value = &self.0;
        if let Some(flag) = value.as_bool() {
            visitor.visit_bool(flag)
        } else if let Some(number) = value.as_int() {
            visitor.visit_i64(number.into())
        } else if let Some(number) = value.as_float() {
            visit_number(number, visitor)
        } else {
            Err(Malformed::invalid_type(Unexpected::Other(value.type_name()), &visitor))
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_bytes(self.text()?.as_wtf8())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let array = self.array()?;
        let length = array.len();
        visitor.visit_seq(Elements { array, next: 0, length })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_map(Fields { object: self.object()?, names: fields.iter(), value: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        if self.0.is_string() {
            let text = self.text()?;
            let name = std::str::from_utf8(text.as_wtf8()).map_err(Malformed::custom)?;
            return visitor.visit_enum(IntoDeserializer::<Malformed>::into_deserializer(name));
        }
        let object = self.object()?;
        for name in variants {
            let content: Value<'_> = object.get(*name)?;
            if !content.is_undefined() {
                return visitor.visit_enum(Variant { name, content });
            }
        }
        Err(Malformed(format!("none of the variants {}", variants.join(", "))))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string byte_buf unit unit_struct
        newtype_struct tuple_struct map identifier ignored_any
    }
}

struct Elements<'js> {
    array: Array<'js>,
    next: usize,
    length: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Malformed> {
        if self.next == self.length {
            return Ok(None);
        }
        let element = self.array.get(self.next)?;
        self.next += 1;
        seed.deserialize(Answer(element)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.next)
    }
}

struct Fields<'js> {
    object: Object<'js>,
    names: std::slice::Iter<'static, &'static str>,
    value: Option<Value<'js>>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Malformed> {
        for name in self.names.by_ref() {
            let value: Value<'_> = self.object.get(*name)?;
            if !value.is_undefined() {
                self.value = Some(value);
                return seed.deserialize(StrDeserializer::new(name)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Malformed> {
        let value = self.value.take().ok_or_else(|| Malformed::custom("a value without a name"))?;
        seed.deserialize(Answer(value))
    }
}

/// The only property of an object: an externally tagged enum.
struct Variant<'js> {
    name: &'static str,
    content: Value<'js>,
}

impl<'de, 'js> EnumAccess<'de> for Variant<'js> {
    type Error = Malformed;
    type Variant = Content<'js>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Content<'js>), Malformed> {
        let name = seed.deserialize(StrDeserializer::<Malformed>::new(self.name))?;
        Ok((name, Content(self.content)))
    }
}

/// The plan's variants are names alone or contain one value.
struct Content<'js>(Value<'js>);

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Malformed;

    fn unit_variant(self) -> Result<(), Malformed> {
        Err(unexpected(self.0.type_of(), "a name alone"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Malformed> {
        seed.deserialize(Answer(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Malformed> {
        Err(unexpected(self.0.type_of(), "one value"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Malformed> {
        Err(unexpected(self.0.type_of(), "one value"))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use rquickjs::{Context, Runtime};
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    enum Choice {
        Alone,
        One(u64),
        Two(u64, u64),
        Fields { first: u64 },
    }

    /// The value of a JavaScript expression.
    fn value<T: DeserializeOwned>(expression: &str) -> Result<T, String> {
        let context = Context::full(&Runtime::new().unwrap()).unwrap();
        context.with(|ctx| {
            T::deserialize(Answer(ctx.eval(expression).unwrap())).map_err(|error| error.to_string())
        })
    }

    fn refuses<T: DeserializeOwned + Debug>(expression: &str, reason: &str) {
        assert_eq!(value::<T>(expression).unwrap_err(), reason, "{expression}");
    }

    #[test]
    fn integers_beyond_the_engines_small_ones_are_exact() {
        assert_eq!(value("2 ** 31"), Ok(1_u64 << 31));
        assert_eq!(value("2 ** 53 - 1"), Ok((1_u64 << 53) - 1));
        assert_eq!(value("-(2 ** 53 - 1)"), Ok(1 - (1_i64 << 53)));
        assert_eq!(value("0.5"), Ok(0.5_f64));
        refuses::<u64>("0.5", "invalid type: floating point `0.5`, expected u64");
        refuses::<u32>("2 ** 32", "invalid value: integer `4294967296`, expected u32");
    }

    #[test]
    fn a_variant_is_a_name_or_has_one_value() {
        assert_eq!(value("'Alone'"), Ok(Choice::Alone));
        assert_eq!(value("({ One: 1 })"), Ok(Choice::One(1)));
        refuses::<Choice>("({ Alone: 1 })", "invalid type: int, expected a name alone");
        refuses::<Choice>("({ Two: [1, 2] })", "invalid type: array, expected one value");
        refuses::<Choice>("({ Fields: { first: 1 } })", "invalid type: object, expected one value");
        refuses::<Choice>("({ Three: 1 })", "none of the variants Alone, One, Two, Fields");
    }

    #[test]
    fn values_of_other_types_are_refused_with_both() {
        refuses::<u64>("'1'", "invalid type: string, expected u64");
        refuses::<bool>("null", "invalid type: null, expected a boolean");
        refuses::<Vec<u64>>("1", "invalid type: int, expected an array");
        refuses::<Choice>("1", "invalid type: int, expected an object");
    }
}

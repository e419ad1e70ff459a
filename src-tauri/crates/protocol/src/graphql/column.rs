//! Reading columns and rows out of JSON, tolerant of gaps and of wrong types.

use crate::ids::{Secret, StreamId, Text, UserId};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Most entries read of a list inside a row.
const MAX_LIST: usize = 64;

/// A column or a row, read from JSON; `None` for the wrong type and for `null`.
pub(super) trait Read: Sized {
    fn read(value: &Value) -> Option<Self>;
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

macro_rules! read_text {
    ($($type:ty),*) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Option<Self> {
                value.as_str().map(Self::from)
            }
        })*
    };
}

read_text!(String, Text, Secret, UserId, StreamId);

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        Some(value.as_array()?.iter().take(MAX_LIST).filter_map(T::read).collect())
    }
}

/// `bigint` or `numeric`: a JSON number, or a string holding one (`schema.md`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Big(pub i64);

impl Read for Big {
    fn read(value: &Value) -> Option<Self> {
        let float = |f: f64| (f.is_finite() && f.abs() < 9e15).then_some(f as i64);
        match value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(float)),
            Value::String(text) => text.parse().ok().or_else(|| text.parse().ok().and_then(float)),
            _ => None,
        }
        .map(Self)
    }
}

impl Serialize for Big {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

/// Name on the wire of a column.
pub(super) fn camel_case(snake: &str) -> String {
    let mut parts = snake.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (first, rest) = part.split_at(1);
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

/// Declares a row: every column optional, read with [`Read`], written with serde.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: Option<$type>,)*
        }

        impl Read for $name {
            fn read(value: &Value) -> Option<Self> {
                let row = value.as_object()?;
                Some(Self {
                    $($field: {
                        static NAME: LazyLock<String> = LazyLock::new(|| $crate::graphql::column::camel_case(stringify!($field)));
                        row.get(NAME.as_str()).and_then(Read::read)
                    },)*
                })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                Self::read(&value).ok_or_else(|| serde::de::Error::custom("no row"))
            }
        }
    };
}

pub(super) use row;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bigint_may_be_a_number_a_string_or_a_float() {
        for value in [json!(42), json!("42"), json!(42.0), json!("42.0")] {
            assert_eq!(Big::read(&value), Some(Big(42)));
        }
        for value in [json!("x"), json!(1e300), json!("NaN"), json!(null), json!([])] {
            assert_eq!(Big::read(&value), None);
        }
    }
}

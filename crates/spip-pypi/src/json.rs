//! The pieces of JSON that both kinds of records share: borrowed text, bounded lists.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use spip_core::{Quoted, SafeUrl};

/// More files than any project has (the largest known have a few ten thousand).
pub(crate) const MAX_FILES: usize = 200_000;

/// Why a record could not be taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Malformed(String),
    TooManyFiles,
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Text, borrowed from the record unless it holds escapes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}

/// PEP 592: a flag, or the reason in its place.
#[derive(Debug, Default)]
pub(crate) enum Yanked<'a> {
    #[default]
    No,
    Yes,
    Because(Cow<'a, str>),
}

impl Yanked<'_> {
    /// The reason, which is often empty; `None`: not yanked.
    pub(crate) fn reason(&self, given_elsewhere: Option<&str>) -> Option<Quoted> {
        match self {
            Self::No => None,
            Self::Yes => Some(given_elsewhere.unwrap_or_default().into()),
            Self::Because(reason) => Some(reason.as_ref().into()),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Yanked<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Yanked<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, a reason or null")
            }

            fn visit_bool<E: Error>(self, yanked: bool) -> Result<Self::Value, E> {
                Ok(if yanked { Yanked::Yes } else { Yanked::No })
            }

            fn visit_borrowed_str<E: Error>(self, reason: &'de str) -> Result<Self::Value, E> {
                Ok(Yanked::Because(Cow::Borrowed(reason)))
            }

            fn visit_str<E: Error>(self, reason: &str) -> Result<Self::Value, E> {
                Ok(Yanked::Because(Cow::Owned(reason.to_owned())))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Yanked::No)
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// A number of bytes. Anything else counts as not stated: nothing that is judged depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size(pub(crate) Option<u64>);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match deserializer.deserialize_any(Anything)? {
            Plain::Number(bytes) => Some(bytes),
            Plain::Address | Plain::Other => None,
        }))
    }
}

/// PEP 740: the address of a provenance, or null. Anything else leads nowhere and counts as null.
/// The address itself is not kept: nothing follows it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Provenance(pub(crate) Option<bool>);

impl<'de> Deserialize<'de> for Provenance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(Anything)?;
        Ok(Self(Some(matches!(value, Plain::Address))))
    }
}

/// Whether a text is the address of something on the web.
pub(crate) fn is_address(text: &str) -> bool {
    let url = text.parse::<SafeUrl>();
    url.is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some())
}

/// What is taken of a value that may be of any type.
enum Plain {
    Number(u64),
    Address,
    Other,
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Plain, E> {
        Ok(Plain::Number(number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Plain, E> {
        Ok(Plain::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Plain, E> {
        Ok(Plain::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Plain, E> {
        Ok(Plain::Other)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Plain, E> {
        Ok(if is_address(text) {
            Plain::Address
        } else {
            Plain::Other
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Plain, E> {
        Ok(Plain::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Plain, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Plain::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Plain::Other)
    }
}

/// Reads a list to the end of `into`, which never grows beyond [`MAX_FILES`]: the short text of an
/// entry takes many times its size in memory.
pub(crate) struct Append<'b, T> {
    into: &'b mut Vec<T>,
    overflowed: &'b mut bool,
}

impl<'b, T> Append<'b, T> {
    pub(crate) fn new(into: &'b mut Vec<T>, overflowed: &'b mut bool) -> Self {
        Self { into, overflowed }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Append<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Append<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while self.into.len() < MAX_FILES {
            match list.next_element()? {
                Some(file) => self.into.push(file),
                None => return Ok(()),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            *self.overflowed = true;
        }
        Ok(())
    }
}

/// A list of at most [`MAX_FILES`] entries.
pub(crate) struct List<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) overflowed: bool,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mut entries, mut overflowed) = (Vec::new(), false);
        Append::new(&mut entries, &mut overflowed).deserialize(deserializer)?;
        Ok(Self {
            entries,
            overflowed,
        })
    }
}

/// PEP 700's `upload-time` and the JSON API's `upload_time_iso_8601`.
pub(crate) fn timestamp(text: Option<&Text<'_>>) -> Result<Option<Timestamp>, Refusal> {
    let Some(Text(text)) = text else {
        return Ok(None);
    };
    let parsed = text.parse().map_err(|_| {
        Refusal::Malformed(format!("\"{}\" is not a time of upload", Quoted::new(text)))
    });
    parsed.map(Some)
}

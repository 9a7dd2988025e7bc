//! Replies, from the bytes of a message straight to JSON.
//!
//! What [`writer`](super::writer) writes, byte for byte, without a dynamic message between. Most fields of most
//! replies are texts, numbers and enums: how each of them looks on the wire and in JSON is worked out once,
//! when the routes are made. The bytes of all others (messages, maps, floats, oneofs) are put together and
//! left to the writer.

use bytes::{Buf, Bytes};
use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, skip_field};
use prost_reflect::{
    Cardinality, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};
use serde::Serialize;

use super::writer::{FieldJson, to_json};

/// How the messages of one type are written.
#[derive(Clone, Debug)]
pub struct Shape {
    descriptor: MessageDescriptor,
    /// In the order in which they are written.
    fields: Vec<Shown>,
    /// The numbers of the fields with their places in `fields`, by number.
    places: Vec<(u32, usize)>,
    etag: Option<usize>,
    /// Whether it is not an object of fields: all is left to the writer.
    special: bool,
}

/// A reply.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its JSON.
    pub json: Vec<u8>,
    /// Its field `etag`, if it has one that is not empty.
    pub etag: Option<String>,
}

/// A message that is not one of its type, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    /// The bytes.
    #[error("a reply cannot be read: {0}")]
    Wire(#[from] DecodeError),
    /// A text.
    #[error("a reply has a text that is not UTF-8")]
    Text(#[from] std::str::Utf8Error),
    /// Its end.
    #[error("a reply is cut off")]
    CutOff,
    /// A time that JSON cannot hold.
    #[error("a reply cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Clone, Debug)]
struct Shown {
    /// `"assetId":`
    name: String,
    descriptor: FieldDescriptor,
    /// Whether it is left out if it is not there.
    optional: bool,
    plain: Plain,
}

/// What is written here.
#[derive(Clone, Debug)]
enum Plain {
    Text,
    Texts,
    Bool,
    /// 32 bits, with a sign.
    Int,
    /// 32 bits, without.
    Unsigned,
    /// 64 bits, with a sign; a string in JSON.
    Long,
    /// 64 bits, without; a string in JSON.
    UnsignedLong,
    Enum(EnumDescriptor),
    /// Left to the writer.
    Other,
}

/// What of a field came.
#[derive(Clone, Copy, Debug, Default)]
enum Came<'a> {
    #[default]
    Nothing,
    Number(u64),
    Text(&'a str),
}

impl Shape {
    /// How the messages of this type are written.
    pub fn new(descriptor: MessageDescriptor) -> Self {
        let fields: Vec<Shown> = descriptor.fields().map(Shown::new).collect();
        let mut places: Vec<(u32, usize)> = fields
            .iter()
            .enumerate()
            .map(|(place, field)| (field.descriptor.number(), place))
            .collect();
        places.sort_unstable();
        let etag =
            |field: &Shown| field.descriptor.name() == "etag" && matches!(field.plain, Plain::Text);
        Self {
            etag: fields.iter().position(etag),
            special: descriptor.full_name().starts_with("google.protobuf."),
            descriptor,
            fields,
            places,
        }
    }

    /// Writes a message.
    ///
    /// # Errors
    /// When it is not one of this type, or has a time that JSON cannot hold.
    pub fn to_json(&self, message: &Bytes) -> Result<Reply, ShapeError> {
        if self.special {
            let message = DynamicMessage::decode(self.descriptor.clone(), message.clone())?;
            let json = to_json(&message)?;
            return Ok(Reply { json, etag: None });
        }
        let mut came = vec![Came::default(); self.fields.len()];
        let mut texts: Vec<(usize, &str)> = Vec::new();
        let mut others: Vec<u8> = Vec::new();
        let mut rest: &[u8] = message;
        while rest.has_remaining() {
            let (number, wire) = decode_key(&mut rest)?;
            let place = self.places.binary_search_by_key(&number, |place| place.0);
            let Ok(place) = place.map(|found| self.places[found].1) else {
                skip_field(wire, number, &mut rest, DecodeContext::default())?;
                continue;
            };
            match (&self.fields[place].plain, wire) {
                (Plain::Text, WireType::LengthDelimited) => {
                    came[place] = Came::Text(text(&mut rest)?);
                }
                (Plain::Texts, WireType::LengthDelimited) => texts.push((place, text(&mut rest)?)),
                (plain, WireType::Varint) if plain.is_number() => {
                    came[place] = Came::Number(decode_varint(&mut rest)?);
                }
                _ => {
                    encode_key(number, wire, &mut others);
                    let value = rest;
                    skip_field(wire, number, &mut rest, DecodeContext::default())?;
                    others.extend_from_slice(&value[..value.len() - rest.len()]);
                }
            }
        }
        let others = DynamicMessage::decode(self.descriptor.clone(), others.as_slice())?;
        let mut json = Vec::with_capacity(message.len() + 32 * self.fields.len());
        for (place, (field, came)) in self.fields.iter().zip(&came).enumerate() {
            let left_out = match field.plain {
                Plain::Other => field.optional && !others.has_field(&field.descriptor),
                _ => field.optional && matches!(came, Came::Nothing),
            };
            if left_out {
                continue;
            }
            json.push(if json.is_empty() { b'{' } else { b',' });
            json.extend_from_slice(field.name.as_bytes());
            match (&field.plain, *came) {
                (Plain::Other, _) => {
                    serde_json::to_writer(&mut json, &FieldJson(&others, &field.descriptor))?;
                }
                (Plain::Texts, _) => {
                    let of_field = texts.iter().filter(|(of, _)| *of == place);
                    write(
                        &mut json,
                        &of_field.map(|(_, text)| *text).collect::<Vec<_>>(),
                    )?;
                }
                (Plain::Text, Came::Text(text)) => write(&mut json, text)?,
                (Plain::Text, _) => write(&mut json, "")?,
                (plain, came) => {
                    let number = match came {
                        Came::Number(number) => number,
                        _ => 0,
                    };
                    plain.write(number, &mut json)?;
                }
            }
        }
        if json.is_empty() {
            json.push(b'{');
        }
        json.push(b'}');
        let etag = match self.etag.and_then(|place| came.get(place)) {
            Some(Came::Text(etag)) if !etag.is_empty() => Some((*etag).to_owned()),
            _ => None,
        };
        Ok(Reply { json, etag })
    }
}

impl Shown {
    fn new(field: FieldDescriptor) -> Self {
        let alone = field
            .containing_oneof()
            .is_none_or(|oneof| oneof.fields().len() < 2);
        let repeated = field.cardinality() == Cardinality::Repeated;
        let plain = match field.kind() {
            Kind::String if repeated => Plain::Texts,
            _ if repeated || !alone => Plain::Other,
            Kind::String => Plain::Text,
            Kind::Bool => Plain::Bool,
            Kind::Int32 => Plain::Int,
            Kind::Uint32 => Plain::Unsigned,
            Kind::Int64 => Plain::Long,
            Kind::Uint64 => Plain::UnsignedLong,
            Kind::Enum(descriptor) => Plain::Enum(descriptor),
            _ => Plain::Other,
        };
        Self {
            name: format!("{}:", serde_json::Value::from(field.json_name())),
            optional: field.supports_presence(),
            descriptor: field,
            plain,
        }
    }
}

impl Plain {
    fn is_number(&self) -> bool {
        !matches!(self, Self::Text | Self::Texts | Self::Other)
    }

    /// Writes a number as it came on the wire.
    #[allow(clippy::cast_possible_truncation)] // The wire has 64 bits for every number (protobuf, "Varints").
    fn write(&self, number: u64, json: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Bool => write(json, &(number != 0)),
            Self::Int => write(json, &(number as i32)),
            Self::Unsigned => write(json, &(number as u32)),
            Self::Long => write(json, &number.cast_signed().to_string()),
            Self::UnsignedLong => write(json, &number.to_string()),
            Self::Enum(descriptor) => match descriptor.get_value(number as i32) {
                Some(value) => write(json, value.name()),
                None => write(json, &(number as i32)),
            },
            Self::Text | Self::Texts | Self::Other => Ok(()),
        }
    }
}

fn write(json: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    serde_json::to_writer(json, value)
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, ShapeError> {
    let length = decode_varint(rest)?;
    let length = usize::try_from(length).ok().filter(|&n| n <= rest.len());
    let (text, after) = rest.split_at(length.ok_or(ShapeError::CutOff)?);
    *rest = after;
    Ok(std::str::from_utf8(text)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::HashMap;
    use std::sync::LazyLock;

    use datamesh_proto::v1;
    use proptest::prelude::*;
    use prost::Message;
    use prost_reflect::DescriptorPool;

    use super::*;

    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| datamesh_proto::descriptors().unwrap());

    fn descriptor(name: &str) -> MessageDescriptor {
        POOL.get_message_by_name(name).unwrap()
    }

    /// What is written is what the writer writes.
    #[track_caller]
    fn same(name: &str, message: &impl Message) -> Reply {
        let descriptor = descriptor(&format!("datamesh.v1.{name}"));
        let bytes = message.encode_to_vec();
        let dynamic = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).unwrap();
        let expected = to_json(&dynamic).unwrap();
        let reply = Shape::new(descriptor).to_json(&bytes.into()).unwrap();
        let text = |json: &[u8]| String::from_utf8(json.to_vec()).unwrap();
        assert_eq!(text(&reply.json), text(&expected));
        reply
    }

    fn asset() -> v1::Asset {
        v1::Asset {
            asset_id: "asset-1".into(),
            description: "a \"b\" \u{7} ü".into(),
            metadata: HashMap::from([("b".into(), "1".into()), ("a".into(), "2".into())]),
            columns: vec![v1::Column {
                name: "n".into(),
                ..Default::default()
            }],
            status: v1::asset::Status::Active.into(),
            updated_at: Some(prost_types::Timestamp {
                seconds: 1_700_000_000,
                nanos: 5_000_000,
            }),
            etag: "7".into(),
            ..Default::default()
        }
    }

    #[test]
    fn it_is_what_the_writer_writes() {
        assert_eq!(same("Asset", &asset()).etag.as_deref(), Some("7"));
        assert_eq!(same("Asset", &v1::Asset::default()).etag, None);
        same(
            "ListAssetsResponse",
            &v1::ListAssetsResponse {
                assets: vec![asset(), v1::Asset::default()],
                next_page_token: "next".into(),
            },
        );
        same(
            "Actor",
            &v1::Actor {
                sequence: u64::MAX,
                status: 99,
                ..Default::default()
            },
        );
        same(
            "UpdateAssetRequest",
            &v1::UpdateAssetRequest {
                asset_name: Some(String::new()),
                wait: true,
                ..Default::default()
            },
        );
    }

    /// Of every type there is, with nothing in it.
    #[test]
    fn every_type_can_be_empty() {
        for descriptor in POOL.all_messages().filter(|d| !d.is_map_entry()) {
            let dynamic = DynamicMessage::new(descriptor.clone());
            let reply = Shape::new(descriptor.clone()).to_json(&Bytes::new());
            match to_json(&dynamic) {
                Ok(expected) => {
                    assert_eq!(reply.unwrap().json, expected, "{}", descriptor.full_name());
                }
                Err(_) => assert!(reply.is_err(), "{}", descriptor.full_name()),
            }
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let shape = Shape::new(descriptor("datamesh.v1.Asset"));
        let bytes = Bytes::from(asset().encode_to_vec());
        let mut refused = 0;
        for end in 1..bytes.len() {
            let whole = DynamicMessage::decode(shape.descriptor.clone(), bytes.slice(..end));
            let reply = shape.to_json(&bytes.slice(..end));
            assert_eq!(reply.is_err(), whole.is_err(), "cut off at {end}");
            refused += usize::from(reply.is_err());
        }
        assert!(refused > 0);
        // Field 1 is a text: neither other bytes nor a number.
        assert!(
            shape
                .to_json(&Bytes::from_static(&[0x0a, 1, 0xff]))
                .is_err()
        );
        assert!(shape.to_json(&Bytes::from_static(&[0x08, 1])).is_err());
    }

    proptest! {
        #[test]
        fn it_is_what_the_writer_writes_of_any_asset(
            texts in prop::collection::vec(".*", 4), status in -3_i32..12,
            metadata in prop::collection::hash_map(".*", ".*", 0..4),
            columns in prop::collection::vec((".*", ".*"), 0..3),
            seconds in 0_i64..253_402_300_799, nanos in 0_i32..1_000_000_000,
        ) {
            let columns = columns.into_iter().map(|(name, comment)| v1::Column {
                name,
                comment,
                ..Default::default()
            });
            same("Asset", &v1::Asset {
                asset_name: texts[0].clone(),
                description: texts[1].clone(),
                glue_table: texts[2].clone(),
                etag: texts[3].clone(),
                metadata,
                columns: columns.collect(),
                status,
                created_at: Some(prost_types::Timestamp { seconds, nanos }),
                ..Default::default()
            });
        }

        #[test]
        fn it_is_what_the_writer_writes_of_any_domain(
            groups in prop::collection::vec(".*", 0..4), name in ".*", status in 0_i32..9,
        ) {
            same("Domain", &v1::Domain {
                domain_name: name,
                owner_groups: groups,
                status,
                ..Default::default()
            });
        }
    }
}

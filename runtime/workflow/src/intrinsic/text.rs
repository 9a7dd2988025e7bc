//! `States.StringSplit` and `States.UUID`.

use serde_json::Value;

use crate::scope::Random;

/// The parts of the text between the splitter's characters, each of which splits; empty parts are
/// left out.
pub(super) fn split(arguments: &[Value]) -> Result<Value, String> {
    let [Value::String(text), Value::String(splitter)] = arguments else {
        return Err("Invalid arguments in States.StringSplit".to_owned());
    };
    Ok(text
        .split(|c| splitter.contains(c))
        .filter(|part| !part.is_empty())
        .map(|part| Value::String(part.to_owned()))
        .collect())
}

/// A version 4 UUID.
pub(crate) fn uuid(random: &mut dyn Random) -> String {
    let high = (random.next_u64() & !0xF000) | 0x4000;
    let low = (random.next_u64() & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

//! The functions that Step Functions adds to JSONata, and those it changes.

use std::cell::Cell;
use std::rc::Rc;

use jsonata_core::evaluator::{Evaluator, EvaluatorError, HostFnResult};
use jsonata_core::value::JValue;

use super::bounds;
use super::convert::entering;
use super::error::MEMORY_EXCEEDED;
use crate::intrinsic::encoding::digest;
use crate::intrinsic::text::uuid;
use crate::java_random::JavaRandom;
use crate::scope::Random;

/// How many items `$range` gives at most.
const MAX_RANGE: u64 = 360_145;

/// The function that takes the place of a call with too many arguments.
pub(super) const SURPLUS: &str = "\u{0}surplus";

/// How many arguments a call of one of Step Functions' own functions may have.
pub(super) fn most_arguments(function: &str) -> Option<usize> {
    match function {
        "uuid" => Some(0),
        "random" | "parse" => Some(1),
        "partition" | "hash" => Some(2),
        "range" => Some(3),
        _ => None,
    }
}

/// Makes those functions known that the expression refers to.
pub(super) fn register<'n>(
    evaluator: &mut Evaluator,
    names: impl Iterator<Item = &'n String>,
    now_ms: i64,
    random: &mut dyn Random,
) -> Result<(), EvaluatorError> {
    for name in names {
        match name.as_str() {
            "partition" => evaluator.register_fn("partition", partition)?,
            "range" => evaluator.register_fn("range", range)?,
            "hash" => evaluator.register_fn("hash", hash)?,
            "parse" => evaluator.register_fn("parse", parse)?,
            "uuid" => {
                let draws = Draws::from(random);
                evaluator.register_fn("uuid", move |_: &[JValue]| draws.uuid())?;
            }
            "random" => {
                let draws = Draws::from(random);
                evaluator
                    .register_fn_override("random", move |args: &[JValue]| draws.fraction(args))?;
            }
            "eval" => evaluator.register_fn_override("eval", |_: &[JValue]| {
                Err(coded("T1006: Attempted to invoke a non-function"))
            })?,
            // These two are called by their names elsewhere; here they are passed on as values.
            "now" => {
                let now = instant(now_ms);
                evaluator.register_fn_override("now", move |_: &[JValue]| Ok(now.clone()))?;
            }
            "millis" => evaluator
                .register_fn_override("millis", move |_: &[JValue]| Ok(JValue::from_i64(now_ms)))?,
            SURPLUS => evaluator.register_fn(SURPLUS, surplus)?,
            name => {
                bounds::register(evaluator, name)?;
            }
        }
    }
    Ok(())
}

/// The time as JSONata writes it.
fn instant(ms: i64) -> JValue {
    jiff::Timestamp::from_millisecond(ms).map_or(JValue::Undefined, |time| {
        JValue::string(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    })
}

fn coded(message: impl Into<String>) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.into())
}

fn signature(function: &str, argument: usize) -> EvaluatorError {
    coded(format!(
        "T0410: Argument {argument} of function \"{function}\" does not match function signature"
    ))
}

/// The argument at an index; none when it was left out or is undefined.
fn argument(args: &[JValue], at: usize) -> Option<&JValue> {
    args.get(at).filter(|arg| !arg.is_undefined())
}

/// The argument's number without its fraction.
fn whole(function: &str, args: &[JValue], at: usize) -> Result<Option<i64>, EvaluatorError> {
    match argument(args, at) {
        None => Ok(None),
        Some(JValue::Number(number)) => Ok(Some(number.trunc() as i64)),
        Some(_) => Err(signature(function, at + 1)),
    }
}

fn partition(args: &[JValue]) -> HostFnResult {
    let Some(list) = argument(args, 0) else {
        return Ok(JValue::Undefined);
    };
    let JValue::Array(items) = list else {
        return Err(coded(
            "T0412: Argument 1 of function \"partition\" must be an array of undefined",
        ));
    };
    if items.is_empty() {
        return Ok(JValue::Undefined);
    }
    let Some(size) = whole("partition", args, 1)? else {
        return Ok(JValue::array(vec![list.clone()]));
    };
    let Ok(size) = usize::try_from(size) else {
        return Err(coded("D3137: Second argument must be zero or greater"));
    };
    if size == 0 {
        return Ok(JValue::Undefined);
    }
    Ok(JValue::array(
        items
            .chunks(size)
            .map(|chunk| JValue::array(chunk.to_vec()))
            .collect(),
    ))
}

fn range(args: &[JValue]) -> HostFnResult {
    let start = whole("range", args, 0)?.ok_or_else(|| signature("range", 1))?;
    let end = whole("range", args, 1)?.ok_or_else(|| signature("range", 2))?;
    let step = match whole("range", args, 2)? {
        Some(step) if step != 0 && (start == end || (step > 0) == (end > start)) => step,
        _ => return Ok(JValue::Undefined),
    };
    let count = end.abs_diff(start) / step.unsigned_abs();
    if count >= MAX_RANGE {
        return Err(coded(MEMORY_EXCEEDED));
    }
    let mut numbers = Vec::new();
    let mut number = start;
    for _ in 0..=count {
        numbers.push(JValue::from_i64(number));
        number = number.wrapping_add(step);
    }
    Ok(JValue::sequence_flat(numbers, true).unwrap_sequence())
}

fn hash(args: &[JValue]) -> HostFnResult {
    let Some(JValue::String(text)) = argument(args, 0) else {
        return Err(signature("hash", 1));
    };
    match argument(args, 1) {
        None => Ok(JValue::Undefined),
        Some(JValue::String(algorithm)) => match digest(text, algorithm) {
            Some(digest) => Ok(JValue::string(digest)),
            None => Err(coded(format!(
                "D3137: Hash algorithm '{algorithm}' must be one of SHA-1, SHA-384, SHA-256, \
                 SHA-512, MD5"
            ))),
        },
        Some(_) => Err(signature("hash", 2)),
    }
}

fn parse(args: &[JValue]) -> HostFnResult {
    match argument(args, 0) {
        None => Ok(JValue::Undefined),
        Some(JValue::String(text)) => match serde_json::from_str(text) {
            Ok(value) => Ok(entering(&value)),
            Err(_) => Err(coded("D3137: Invalid JSON")),
        },
        Some(_) => Err(signature("parse", 1)),
    }
}

/// A call with more arguments than the function takes: its name, and the first argument too many.
fn surplus(args: &[JValue]) -> HostFnResult {
    let function = args.first().and_then(JValue::as_str).unwrap_or_default();
    let argument = args.get(1).and_then(JValue::as_i64).unwrap_or_default();
    Err(signature(
        function,
        usize::try_from(argument).unwrap_or_default(),
    ))
}

/// Random bits for one evaluation, drawn from one seed.
struct Draws {
    seed: Rc<Cell<u64>>,
}

impl Draws {
    fn from(random: &mut dyn Random) -> Self {
        Self {
            seed: Rc::new(Cell::new(random.next_u64())),
        }
    }

    fn uuid(&self) -> HostFnResult {
        Ok(JValue::string(uuid(&mut SeedStep(&self.seed))))
    }

    fn fraction(&self, args: &[JValue]) -> HostFnResult {
        if let Some(seed) = whole("random", args, 0)? {
            return Ok(JValue::Number(JavaRandom::seeded(seed).next_double()));
        }
        let fraction = (SeedStep(&self.seed).next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        Ok(JValue::Number(fraction))
    }
}

struct SeedStep<'s>(&'s Cell<u64>);

impl Random for SeedStep<'_> {
    /// SplitMix64.
    fn next_u64(&mut self) -> u64 {
        let seed = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(seed);
        let bits = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

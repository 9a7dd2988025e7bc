//! `sqs_traces`: a run of SQS calls and some of the answers, as boto3 shows them.
//!
//! The cloud's clock stands still between the calls, but for the waits that were recorded. While a
//! receive waits for messages, the runner moves the clock: a long poll takes as long by the cloud's
//! clock as it took, and hardly any real time.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use datamesh_localcloud::ManualClock;
use http::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::client::{Client, signed};
use crate::mask::Masks;
use crate::sqs_form::{flatten, shape};

/// So long (real time) a receive may take before the clock is moved.
const GRACE: Duration = Duration::from_millis(200);
/// How often the clock is moved from then on, and by how much.
const TICK: Duration = Duration::from_millis(25);
const STEP: Duration = Duration::from_millis(500);

pub fn run(case: &Value) -> Result<(), String> {
    let client = Client::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let mut masks = Masks::default();
    let mut answers: Vec<Value> = Vec::new();
    let calls = case["calls"].as_array().ok_or("no calls")?;
    for (number, call) in calls.iter().enumerate() {
        let wait = call["wait_before_s"].as_f64().unwrap_or_default();
        client.clock.advance(Duration::from_secs_f64(wait));
        let params = filled(&call["params"], &answers)?;
        let operation = pascal(call["op"].as_str().ok_or("no operation")?);
        let is_query = call["svc"] == "sqs_query";
        let outcome = runtime.block_on(send(&client, &operation, &params, is_query))?;
        if let Some(expected) = case["expected"].get(number.to_string()) {
            outcome
                .compare(expected, &mut masks)
                .map_err(|error| format!("call {number}, {operation}: {error}"))?;
        }
        answers.push(outcome.answer);
    }
    Ok(())
}

/// `send_message` is `SendMessage`.
fn pascal(snake: &str) -> String {
    snake
        .split('_')
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}

/// What a call came to, as boto3 shows it.
struct Outcome {
    status: u16,
    /// The response, or under `Error` the error.
    answer: Value,
}

impl Outcome {
    fn compare(&self, expected: &Value, masks: &mut Masks) -> Result<(), String> {
        let recorded = match &expected["error"] {
            Value::Null => expected["response"].clone(),
            error => json!({"Error": error}),
        };
        let mut recorded = recorded;
        if let Some(members) = recorded.as_object_mut() {
            members.remove("ResponseMetadata");
        }
        let status = expected["http_status"].as_u64().unwrap_or(200);
        if status != u64::from(self.status) {
            return Err(format!(
                "status {} instead of {status}: {}",
                self.status, self.answer
            ));
        }
        same(&recorded, &self.answer, masks)
    }
}

fn same(recorded: &Value, found: &Value, masks: &mut Masks) -> Result<(), String> {
    let differs = || Err(format!("{found} instead of {recorded}"));
    match (recorded, found) {
        (Value::Object(recorded), Value::Object(found)) => {
            if !recorded.keys().eq(found.keys()) {
                return differs();
            }
            recorded
                .iter()
                .zip(found.values())
                .try_for_each(|((name, recorded), found)| {
                    same(recorded, found, masks).map_err(|error| format!("{name}: {error}"))
                })
        }
        (Value::Array(recorded), Value::Array(found)) => {
            if recorded.len() != found.len() {
                return differs();
            }
            recorded
                .iter()
                .zip(found)
                .try_for_each(|(recorded, found)| same(recorded, found, masks))
        }
        (Value::String(recorded), found) => {
            let text = found.as_str().map_or(found.to_string(), str::to_owned);
            if masks.fits(recorded, &text) {
                Ok(())
            } else {
                differs()
            }
        }
        _ if recorded == found => Ok(()),
        _ => differs(),
    }
}

/// Parameters with the values of earlier answers in them.
fn filled(params: &Value, answers: &[Value]) -> Result<Value, String> {
    Ok(match params {
        Value::String(text) => Value::from(filled_text(text, answers)?),
        Value::Array(items) => items
            .iter()
            .map(|item| filled(item, answers))
            .collect::<Result<_, _>>()?,
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| Ok((name.clone(), filled(value, answers)?)))
            .collect::<Result<Map<_, _>, String>>()?
            .into(),
        other => other.clone(),
    })
}

fn filled_text(text: &str, answers: &[Value]) -> Result<String, String> {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        done.push_str(before);
        let (path, after) = after.split_once('}').ok_or("an open ${")?;
        let value = look_up(path, answers)?;
        done.push_str(in_place(&done, &value));
        rest = after;
    }
    done.push_str(rest);
    Ok(done)
}

/// Recordings have a queue's URL also where an ARN holds its account and its name.
fn in_place<'a>(before: &str, value: &'a str) -> &'a str {
    let arn = before.rfind("arn:").map(|at| &before[at..]);
    let colons = arn.filter(|arn| arn.ends_with(':'));
    let mut segments = value.rsplit('/');
    let (name, account) = (segments.next(), segments.next());
    match colons.map(|arn| arn.matches(':').count()) {
        Some(4) => account.unwrap_or(value),
        Some(5) => name.unwrap_or(value),
        _ => value,
    }
}

/// `2.Messages.0.ReceiptHandle`.
fn look_up(path: &str, answers: &[Value]) -> Result<String, String> {
    let missing = || format!("there is no {path}");
    let (number, path) = path.split_once('.').ok_or_else(missing)?;
    let number: usize = number.parse().map_err(|_| missing())?;
    let pointer = format!("/{}", path.replace('.', "/"));
    let value = answers
        .get(number)
        .and_then(|answer| answer.pointer(&pointer));
    match value {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(missing()),
    }
}

async fn send(
    client: &Client,
    operation: &str,
    params: &Value,
    is_query: bool,
) -> Result<Outcome, String> {
    let params = blobs(params, &|text| {
        Ok(STANDARD.encode(read_bytes(text).ok_or(format!("not bytes: {text}"))?))
    })?;
    let (request, body) = if is_query {
        let mut form = format!("Action={operation}&Version=2012-11-05");
        for (name, value) in flatten(operation, &params) {
            let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
            form.push_str(&format!("&{name}={value}"));
        }
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        (signed("sqs").header("content-type", kind), form)
    } else {
        let request = signed("sqs")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"));
        (request, params.to_string())
    };
    let url = params["QueueUrl"].as_str().unwrap_or_default();
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let request = request.uri(format!("/{path}"));
    let request = request
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    let response = {
        let answer = client.cloud.answer(request);
        if operation == "ReceiveMessage" {
            tokio::select! {
                answer = answer => answer,
                never = drive(&client.clock) => match never {},
            }
        } else {
            answer.await
        }
    };
    let response = response.ok_or("no answer")?;
    let status = response.status().as_u16();
    let answer = if is_query {
        shape(operation, response.body())?
    } else {
        read_json(&response)?
    };
    let answer = blobs(&answer, &|text| {
        let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
        Ok(write_bytes(&bytes))
    })?;
    Ok(Outcome { status, answer })
}

async fn drive(clock: &ManualClock) -> std::convert::Infallible {
    tokio::time::sleep(GRACE).await;
    loop {
        clock.advance(STEP);
        tokio::time::sleep(TICK).await;
    }
}

fn read_json(response: &Response<Bytes>) -> Result<Value, String> {
    let body: Value =
        serde_json::from_slice(response.body()).map_err(|error| format!("not JSON: {error}"))?;
    if response.status().is_success() {
        return Ok(body);
    }
    let kind = body["__type"].as_str().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let header = response.headers().get("x-amzn-query-error");
    let header = header.and_then(|header| header.to_str().ok());
    let (code, fault) = header
        .and_then(|header| header.split_once(';'))
        .unwrap_or((kind, ""));
    Ok(json!({"Error": {
        "Code": code,
        "Message": body["message"],
        "QueryErrorCode": kind,
        "Type": fault,
    }}))
}

/// The value with every `BinaryValue` in it changed.
fn blobs(value: &Value, change: &dyn Fn(&str) -> Result<String, String>) -> Result<Value, String> {
    Ok(match value {
        Value::Object(members) => {
            let mut changed = BTreeMap::new();
            for (name, value) in members {
                let value = match value.as_str() {
                    Some(text) if name == "BinaryValue" => Value::from(change(text)?),
                    _ => blobs(value, change)?,
                };
                changed.insert(name.clone(), value);
            }
            json!(changed)
        }
        Value::Array(items) => items
            .iter()
            .map(|item| blobs(item, change))
            .collect::<Result<_, _>>()?,
        other => other.clone(),
    })
}

/// Bytes as Python writes them: `b'a\x00\n'`.
fn read_bytes(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix('b')?;
    let quote = inner.chars().next()?;
    let inner = inner.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut bytes = Vec::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.push(u8::try_from(letter).ok()?);
            continue;
        }
        bytes.push(match letters.next()? {
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'x' => {
                let digits: String = letters.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).ok()?
            }
            other => u8::try_from(other).ok()?,
        });
    }
    Some(bytes)
}

fn write_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut text = format!("b{quote}");
    for byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            byte if char::from(*byte) == quote => text.push_str(&format!("\\{quote}")),
            0x20..=0x7e => text.push(char::from(*byte)),
            byte => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_are_written() {
        for bytes in [b"a\x1e\n\\".as_slice(), b"it's", b"", b"\"'"] {
            assert_eq!(read_bytes(&write_bytes(bytes)), Some(bytes.to_vec()));
        }
        assert_eq!(read_bytes("plain"), None);
    }

    #[test]
    fn a_url_gives_an_arn_its_account_and_name() {
        let answers = [json!({"QueueUrl": "https://host/111111111111/q"})];
        assert_eq!(
            filled_text("{\"arn:aws:sqs:r:${0.QueueUrl}:${0.QueueUrl}\"}", &answers),
            Ok("{\"arn:aws:sqs:r:111111111111:q\"}".to_owned())
        );
        assert_eq!(
            filled_text("${0.QueueUrl}", &answers),
            Ok("https://host/111111111111/q".to_owned())
        );
    }
}

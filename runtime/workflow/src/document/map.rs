//! Maps.

use serde_json::Value;

use super::compile::{Compiler, Language, language as language_of};
use super::fields::{Fields, Problems};
use super::flow::{jsonata, payload};
use super::wait::amount;
use super::{Batcher, Items, Map, Reader};
use crate::jsonata::JsonataString;
use crate::path::Path;

/// Compiles a map; `around` is the query language of the flow it stands in, which its item
/// processor takes over.
pub(super) fn compile(
    compiler: &mut Compiler,
    fields: &Fields<'_>,
    language: Language,
    around: Language,
) -> Option<Map> {
    let problems = &mut compiler.problems;
    let name = if fields.get("ItemProcessor").is_some() {
        "ItemProcessor"
    } else {
        "Iterator"
    };
    let Some(processor) = fields.object(name, problems) else {
        problems.add(
            fields.location.clone(),
            "The field 'ItemProcessor' is required",
        );
        return None;
    };
    let config = processor.object("ProcessorConfig", problems);
    let mode = config.as_ref().and_then(|config| config.get("Mode"));
    let distributed = mode.and_then(Value::as_str) == Some("DISTRIBUTED");
    let inner = language_of(&processor, around, problems);
    let processor = compiler.flow(&processor, inner);

    let problems = &mut compiler.problems;
    let selector = if fields.get("ItemSelector").is_some() {
        "ItemSelector"
    } else {
        "Parameters"
    };
    let mut number = |names| amount(fields, names, language, problems);
    let max_concurrency = number(["MaxConcurrency", "MaxConcurrencyPath"]);
    let tolerated_count = number(["ToleratedFailureCount", "ToleratedFailureCountPath"]);
    let tolerated_percentage = number([
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
    ]);
    Some(Map {
        items: items(fields, language, problems),
        item_selector: payload(fields, selector, language, problems),
        processor,
        distributed,
        max_concurrency,
        tolerated_count,
        tolerated_percentage,
        reader: reader(fields, language, problems),
        batcher: batcher(fields, language, problems),
    })
}

fn items(fields: &Fields<'_>, language: Language, problems: &mut Problems) -> Items {
    let found = match (language, fields.get("ItemsPath"), fields.get("Items")) {
        (Language::JsonPath, Some(_), _) => fields
            .parsed("ItemsPath", problems, Path::parse)
            .map(Items::At),
        (Language::Jsonata, _, Some(Value::String(_))) => fields
            .parsed("Items", problems, JsonataString::parse)
            .map(Items::Expression),
        (Language::Jsonata, _, Some(_)) => jsonata(fields, "Items", problems).map(Items::Template),
        _ => None,
    };
    found.unwrap_or(Items::Input)
}

fn reader(fields: &Fields<'_>, language: Language, problems: &mut Problems) -> Option<Reader> {
    fields.get("ItemReader")?;
    let reader = fields.object("ItemReader", problems)?;
    let arguments = match language {
        Language::JsonPath => "Parameters",
        Language::Jsonata => "Arguments",
    };
    let resource = reader.required_text("Resource", problems).to_owned();
    let arguments = payload(&reader, arguments, language, problems);
    let config = match reader.get("ReaderConfig") {
        Some(_) => reader.object("ReaderConfig", problems),
        None => None,
    };
    let text = |name| {
        let value = config.as_ref().and_then(|config| config.get(name));
        value.and_then(Value::as_str).map(str::to_owned)
    };
    let headers = config.as_ref().and_then(|config| config.get("CSVHeaders"));
    Some(Reader {
        resource,
        arguments,
        input_type: text("InputType"),
        items_pointer: text("ItemsPointer"),
        csv_delimiter: match text("CSVDelimiter").as_deref() {
            Some("PIPE") => '|',
            Some("SEMICOLON") => ';',
            Some("SPACE") => ' ',
            Some("TAB") => '\t',
            _ => ',',
        },
        csv_header_location: text("CSVHeaderLocation"),
        csv_headers: headers.and_then(|headers| serde_json::from_value(headers.clone()).ok()),
        max_items: config
            .as_ref()
            .and_then(|config| amount(config, ["MaxItems", "MaxItemsPath"], language, problems)),
    })
}

fn batcher(fields: &Fields<'_>, language: Language, problems: &mut Problems) -> Option<Batcher> {
    fields.get("ItemBatcher")?;
    let batcher = fields.object("ItemBatcher", problems)?;
    Some(Batcher {
        batch_input: payload(&batcher, "BatchInput", language, problems),
        max_items: amount(
            &batcher,
            ["MaxItemsPerBatch", "MaxItemsPerBatchPath"],
            language,
            problems,
        ),
        max_bytes: amount(
            &batcher,
            ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"],
            language,
            problems,
        ),
    })
}

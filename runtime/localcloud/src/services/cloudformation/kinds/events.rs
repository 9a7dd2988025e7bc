//! `AWS::Events::EventBus`, `AWS::Events::Rule`.

use serde_json::{Map, Value, json};

use super::{Handler, Kind, Made, Wanted, document, immutable, many, mutable, text};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::Events::EventBus",
        properties: &[immutable("Name").required(), immutable("Description")],
        attributes: &["Arn", "Name"],
        named_by: Some("Name"),
        handler: &Bus,
    },
    Kind {
        name: "AWS::Events::Rule",
        properties: &[
            immutable("Name"),
            immutable("EventBusName"),
            mutable("Description"),
            mutable("EventPattern"),
            mutable("RoleArn"),
            mutable("ScheduleExpression"),
            mutable("State"),
            mutable("Targets"),
        ],
        attributes: &["Arn"],
        named_by: Some("Name"),
        handler: &Rule,
    },
];

struct Bus;

impl Handler for Bus {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let answer = inside.json("events", "CreateEventBus", wanted.properties)?;
        Ok(Made::new(
            wanted.name.as_str(),
            json!({"Arn": answer["EventBusArn"], "Name": wanted.name}),
        ))
    }

    fn update(
        &self,
        physical_id: &str,
        _old: &Value,
        _wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let bus = inside.json("events", "DescribeEventBus", &json!({"Name": physical_id}))?;
        Ok(Made::new(
            physical_id,
            json!({"Arn": bus["Arn"], "Name": physical_id}),
        ))
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.json("events", "DeleteEventBus", &json!({"Name": physical_id}))?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        inside.json("events", "DescribeEventBus", &json!({"Name": physical_id}))?;
        Ok(Some(properties.clone()))
    }
}

/// A rule's physical id is its name, behind its bus if that is not the default one.
struct Rule;

fn place(physical_id: &str) -> Value {
    match physical_id.split_once('|') {
        Some((bus, name)) => json!({"EventBusName": bus, "Name": name}),
        None => json!({"Name": physical_id}),
    }
}

impl Rule {
    fn target_ids(properties: &Value) -> Vec<String> {
        many(&properties["Targets"])
            .iter()
            .filter_map(|target| text(&target["Id"]))
            .collect()
    }

    fn put(
        place: &Value,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Value, InsideError> {
        let mut input = place.clone();
        for name in ["Description", "RoleArn", "ScheduleExpression", "State"] {
            if let Some(value) = wanted.get(name) {
                input[name] = value.clone();
            }
        }
        if let Some(pattern) = wanted.get("EventPattern") {
            input["EventPattern"] = Value::from(document(pattern));
        }
        let arn = inside.json("events", "PutRule", &input)?["RuleArn"].clone();
        let kept = Self::target_ids(wanted.properties);
        let lost: Vec<String> = Self::target_ids(old)
            .into_iter()
            .filter(|id| !kept.contains(id))
            .collect();
        Self::remove_targets(place, &lost, inside)?;
        let targets = many(wanted.get("Targets").unwrap_or(&Value::Null));
        if !targets.is_empty() {
            let mut input = Self::of_rule(place);
            input["Targets"] = Value::Array(targets);
            inside.json("events", "PutTargets", &input)?;
        }
        Ok(arn)
    }

    /// The same place as the operations on targets name it.
    fn of_rule(place: &Value) -> Value {
        let mut input = json!({"Rule": place["Name"]});
        if let Some(bus) = place.get("EventBusName") {
            input["EventBusName"] = bus.clone();
        }
        input
    }

    fn remove_targets(
        place: &Value,
        ids: &[String],
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut input = Self::of_rule(place);
        input["Ids"] = json!(ids);
        inside.json("events", "RemoveTargets", &input)?;
        Ok(())
    }
}

impl Handler for Rule {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let mut name = wanted.name.clone();
        if name.len() > 64 {
            let tail = name.split_off(name.len() - 13);
            name.truncate(51);
            name.push_str(&tail);
        }
        let id = match wanted.text("EventBusName").filter(|bus| bus != "default") {
            Some(bus) => format!("{bus}|{name}"),
            None => name,
        };
        if inside.json("events", "DescribeRule", &place(&id)).is_ok() {
            return Err(crate::error::ServiceError::bad_request(
                "ResourceAlreadyExistsException",
                format!("{id} already exists"),
            )
            .into());
        }
        let arn = Self::put(&place(&id), &Value::Null, wanted, inside)?;
        Ok(Made::new(id, json!({"Arn": arn})))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let arn = Self::put(&place(physical_id), old, wanted, inside)?;
        Ok(Made::new(physical_id, json!({"Arn": arn})))
    }

    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        let place = place(physical_id);
        inside.json("events", "DescribeRule", &place)?;
        Self::remove_targets(&place, &Self::target_ids(properties), inside)?;
        inside.json("events", "DeleteRule", &place)?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let place = place(physical_id);
        let rule = inside.json("events", "DescribeRule", &place)?;
        let mut actual = Map::new();
        for (name, expected) in properties.as_object().into_iter().flatten() {
            let value = match name.as_str() {
                "Name" | "EventBusName" => expected.clone(),
                "EventPattern" => {
                    serde_json::from_str(rule["EventPattern"].as_str().unwrap_or_default())
                        .unwrap_or_default()
                }
                "Targets" => {
                    let targets =
                        inside.json("events", "ListTargetsByRule", &Self::of_rule(&place))?;
                    let found = many(&targets["Targets"]);
                    let wanted = many(expected);
                    let same = found.len() == wanted.len()
                        && wanted.iter().all(|target| found.contains(target));
                    if same {
                        expected.clone()
                    } else {
                        Value::Array(found)
                    }
                }
                other => rule[other].clone(),
            };
            if !value.is_null() {
                actual.insert(name.clone(), value);
            }
        }
        Ok(Some(Value::Object(actual)))
    }
}

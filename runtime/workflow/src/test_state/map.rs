//! Testing a map: its items and its numbers are real, its iterations are mocked.

use std::sync::Arc;

use serde_json::{Value, json};

use super::request::Mock;
use super::run::{Done, Surroundings, Test};
use crate::document::Map;
use crate::fault::{Failure, Fault};
use crate::flow::{DataFlow, View};

impl Test<'_> {
    pub(super) fn map(
        &mut self,
        map: &Map,
        input: &Arc<Value>,
        effective: &Value,
    ) -> Result<Done, Fault> {
        let view = View::of_input(&self.around, effective);
        let items = match (&map.reader, &self.request.reader_data) {
            (Some(reader), Some(data)) => reader.items(data, &view, &mut self.random)?,
            (Some(_), None) => Vec::new(),
            (None, _) => map.items(&view, &mut self.random)?,
        };
        if matches!(self.state.flow, DataFlow::JsonPath(_)) && map.reader.is_none() {
            let items = items.iter().map(|item| Value::clone(item)).collect();
            self.inspection.show("afterItemsPath", &items);
            self.show_selector(map, effective, &items)?;
        }
        let view = View::of_input(&self.around, effective);
        let numbers = map.numbers(&view, &mut self.random)?;
        self.inspection
            .number("maxConcurrency", numbers.max_concurrency.unwrap_or(0));
        if let Some(count) = numbers.tolerated_count {
            self.inspection.number("toleratedFailureCount", count);
        }
        if let Some(percentage) = numbers.tolerated_percentage {
            self.inspection
                .number("toleratedFailurePercentage", percentage);
        }
        let limited = numbers.tolerated_count.is_some() || numbers.tolerated_percentage.is_some();
        let failed = self.request.failed_iterations.unwrap_or(0);
        let succeeds = matches!(self.request.mock, Some(Mock::Result(_)));
        if succeeds && limited && failed > numbers.tolerated(items.len()) {
            return Ok(Done::Failed(Failure::exceeded_tolerance()));
        }
        self.mocked(input)
    }

    /// Shows what an item selector makes of each item.
    fn show_selector(&mut self, map: &Map, effective: &Value, items: &Value) -> Result<(), Fault> {
        let (Some(selector), Value::Array(items)) = (&map.item_selector, items) else {
            return Ok(());
        };
        let mut selected = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mut context = self.around.context.clone();
            if let Value::Object(context) = &mut context {
                let item = json!({"Item": {"Index": index, "Value": item}});
                context.insert("Map".to_owned(), item);
            }
            let (variables, now_ms) = (self.around.variables.clone(), self.around.now_ms);
            let around = Surroundings {
                context,
                variables,
                now_ms,
            };
            let view = View::of_input(&around, effective);
            selected.push(selector.eval("ItemSelector", &view, &mut self.random)?);
        }
        self.inspection
            .show("afterItemSelector", &Value::Array(selected));
        Ok(())
    }
}

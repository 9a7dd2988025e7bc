//! The items of a map, and the numbers that go with them.

use std::sync::Arc;

use serde_json::{Map as Object, Value};

use crate::document::{Amount, Batcher, Items, Map};
use crate::fault::{Fault, wrong_type};
use crate::flow::{View, integer, number};
use crate::reader::pairs;
use crate::scope::Random;

/// How many iterations of an inline map run beside each other at most (Step Functions' quota).
const MOST_INLINE: i64 = 40;
/// How many executions of a distributed map run beside each other at most.
const MOST_DISTRIBUTED: i64 = 1_000;

/// What a map needs to know before it starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub items: Vec<Arc<Value>>,
    pub concurrency: usize,
    pub tolerated: usize,
}

/// The numbers of a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Numbers {
    pub max_concurrency: Option<i64>,
    pub tolerated_count: Option<i64>,
    pub tolerated_percentage: Option<f64>,
}

impl Map {
    /// The items, from the effective input: an array's, or an object's fields as
    /// `{"Key": …, "Value": …}` for a distributed map. A map with an item reader has them from there.
    pub(crate) fn items(
        &self,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<Vec<Arc<Value>>, Fault> {
        let found = match &self.items {
            Items::Input => view.input.clone(),
            Items::At(path) => match path.select(view) {
                Ok(found) => found.into_owned(),
                Err(reason) => {
                    return Err(Fault::conflict(last_step(&reason.to_string()), view.input));
                }
            },
            Items::Template(template) => template.eval("Items", view, random)?,
            Items::Expression(expression) => {
                let found = expression.eval("Items", view, random)?;
                let iterable = found.is_array() || self.distributed && found.is_object();
                if !iterable {
                    return Err(wrong_type(expression.text(), "Items", "array", &found));
                }
                found
            }
        };
        match found {
            Value::Array(items) => Ok(items.into_iter().map(Arc::new).collect()),
            Value::Object(object) if self.distributed => {
                Ok(pairs(&object).into_iter().map(Arc::new).collect())
            }
            _ => Err(Fault::runtime(format!(
                "Reference path \"{}\" must point to array.",
                self.items_path()
            ))),
        }
    }

    /// Where the items are looked for, within what the path starts at.
    fn items_path(&self) -> &str {
        match &self.items {
            Items::At(path) => {
                let text = path.text();
                if text.starts_with("$$") {
                    &text[1..]
                } else {
                    text
                }
            }
            Items::Input | Items::Template(_) | Items::Expression(_) => "$",
        }
    }

    /// The numbers, checked.
    pub(crate) fn numbers(
        &self,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<Numbers, Fault> {
        let mut not_negative = |amount: &Option<Amount>, name: &str| match amount {
            None => Ok(None),
            Some(amount) => match integer(amount, view, random)? {
                number @ ..0 => {
                    let cause = format!("{name} cannot be negative.");
                    Err(amount.out_of_range(&number.into(), &cause))
                }
                number => Ok(Some(number)),
            },
        };
        let max_concurrency = not_negative(&self.max_concurrency, "MaxConcurrency")?;
        let tolerated_count = not_negative(&self.tolerated_count, "ToleratedFailureCount")?;
        let percentage = match &self.tolerated_percentage {
            None => None,
            Some(amount) => {
                let number = number(amount, view, random)?;
                if !(0.0..=100.0).contains(&number) {
                    let cause = "ToleratedFailurePercentage must be between 0 and 100.";
                    return Err(amount.out_of_range(&number.into(), cause));
                }
                Some(number)
            }
        };
        Ok(Numbers {
            max_concurrency,
            tolerated_count,
            tolerated_percentage: percentage,
        })
    }

    /// What the map runs, given its items.
    pub(super) fn plan(
        &self,
        items: Vec<Arc<Value>>,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<Plan, Fault> {
        let numbers = self.numbers(view, random)?;
        let items = match &self.batcher {
            None => items,
            Some(batcher) => batcher.batches(items, view, random)?,
        };
        let most = if self.distributed {
            MOST_DISTRIBUTED
        } else {
            MOST_INLINE
        };
        let concurrency = match numbers.max_concurrency {
            None | Some(0) => most,
            Some(concurrency) => concurrency.min(most),
        };
        Ok(Plan {
            concurrency: usize::try_from(concurrency).unwrap_or(1),
            tolerated: if self.distributed {
                numbers.tolerated(items.len())
            } else {
                0
            },
            items,
        })
    }
}

impl Numbers {
    /// How many of `total` iterations may fail.
    pub(crate) fn tolerated(&self, total: usize) -> usize {
        let count = self
            .tolerated_count
            .and_then(|count| usize::try_from(count).ok());
        let share = self
            .tolerated_percentage
            .map(|share| (total as f64 * share / 100.0) as usize);
        match (count, share) {
            (Some(count), Some(share)) => count.min(share),
            (one, other) => one.or(other).unwrap_or(0),
        }
    }
}

impl Batcher {
    /// The items in batches, each `{"Items": […]}` with the `BatchInput`, if any.
    fn batches(
        &self,
        items: Vec<Arc<Value>>,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<Vec<Arc<Value>>, Fault> {
        let mut most = |amount: &Option<_>| match amount {
            None => Ok(usize::MAX),
            Some(amount) => match integer(amount, view, random)? {
                0 => Ok(usize::MAX),
                number => usize::try_from(number).map_err(|_| {
                    Fault::runtime(format!("field {} must be positive", amount.field))
                }),
            },
        };
        let most_items = most(&self.max_items)?;
        let most_bytes = most(&self.max_bytes)?;
        let input = match &self.batch_input {
            None => None,
            Some(input) => Some(input.eval("ItemBatcher/BatchInput", view, random)?),
        };
        let mut batches = Vec::new();
        let mut batch = Vec::new();
        let mut bytes = 0;
        for item in items {
            let size = item.to_string().len();
            let full = batch.len() == most_items || bytes + size > most_bytes;
            if full && !batch.is_empty() {
                batches.push(batch_of(&input, std::mem::take(&mut batch)));
                bytes = 0;
            }
            bytes += size;
            batch.push(Arc::unwrap_or_clone(item));
        }
        if !batch.is_empty() {
            batches.push(batch_of(&input, batch));
        }
        Ok(batches)
    }
}

fn batch_of(input: &Option<Value>, items: Vec<Value>) -> Arc<Value> {
    let mut batch = Object::new();
    if let Some(input) = input {
        batch.insert("BatchInput".to_owned(), input.clone());
    }
    batch.insert("Items".to_owned(), Value::Array(items));
    Arc::new(Value::Object(batch))
}

/// The last field of a normalized path that stands in a text: `b` of `… $['a']['b']`.
fn last_step(text: &str) -> &str {
    let after = text.rsplit_once("['").map_or(text, |(_, after)| after);
    after.split_once("']").map_or(after, |(step, _)| step)
}

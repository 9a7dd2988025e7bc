//! What an expression can see and draw from.

use serde_json::Value;

/// The values an expression reads, and the time at which it is evaluated.
pub trait Scope {
    /// The state's input (`$` in JSONPath, `$states.input` in JSONata), or the value that takes its
    /// place in the field at hand.
    fn input(&self) -> &Value;

    /// The context object (`$$` in JSONPath, `$states.context` in JSONata).
    fn context(&self) -> &Value;

    /// The context object without `Execution.Input`, which may be large, for expressions that do
    /// not read that.
    fn context_without_input(&self) -> &Value {
        self.context()
    }

    /// The value of a workflow variable (`$name`); none when it was never assigned.
    fn variable(&self, name: &str) -> Option<&Value>;

    /// Milliseconds since 1970 (`$now()` and `$millis()` in JSONata).
    fn now_ms(&self) -> i64;

    /// What a task, a map or a parallel state gave (`$states.result`), where the field may see it.
    fn result(&self) -> Option<&Value> {
        None
    }

    /// What a catcher caught (`$states.errorOutput`), where the field may see it.
    fn error_output(&self) -> Option<&Value> {
        None
    }
}

/// A source of random bits: `States.UUID`, `States.MathRandom` and `$random` draw from it, so that
/// whoever owns an execution can repeat it.
pub trait Random {
    /// The next 64 bits, evenly spread.
    fn next_u64(&mut self) -> u64;
}

/// A scope and a source of random bits for the tests of expressions.
#[cfg(test)]
pub(crate) mod fixed {
    use indexmap::IndexMap;
    use serde_json::{Value, json};

    use super::{Random, Scope};

    /// A scope of set values.
    pub(crate) struct Fixed {
        pub(crate) input: Value,
        pub(crate) context: Value,
        pub(crate) variables: IndexMap<String, Value>,
    }

    impl Fixed {
        pub(crate) fn with_input(input: Value) -> Self {
            let context = json!({"State": {"Name": "S"}, "Execution": {"Input": input.clone()}});
            let variables = [("x".to_owned(), json!("text"))].into_iter().collect();
            Self {
                input,
                context,
                variables,
            }
        }
    }

    impl Scope for Fixed {
        fn input(&self) -> &Value {
            &self.input
        }
        fn context(&self) -> &Value {
            &self.context
        }
        fn variable(&self, name: &str) -> Option<&Value> {
            self.variables.get(name)
        }
        fn now_ms(&self) -> i64 {
            1_700_000_000_000
        }
    }

    /// Counts up.
    pub(crate) struct Counter(pub(crate) u64);

    impl Random for Counter {
        fn next_u64(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.0
        }
    }
}

//! What an expression can see and draw from.

use serde_json::Value;

/// The values an expression reads, and the time at which it is evaluated.
pub trait Scope {
    /// The state's input (`$` in JSONPath, `$states.input` in JSONata), or the value that takes its
    /// place in the field at hand.
    fn input(&self) -> &Value;

    /// The context object (`$$` in JSONPath, `$states.context` in JSONata).
    fn context(&self) -> &Value;

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

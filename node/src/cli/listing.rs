//! Prints a list of resources.

use std::io::Write;

use serde_json::Value;

use super::cx::Cx;
use super::failure::Failure;
use super::output;
use super::paged::Items;
use super::resource::Resource;

/// Prints a list: rows for people, what `json` makes of the items for machines; `nothing` is said when
/// it is empty.
///
/// # Errors
/// The output cannot be written.
pub fn print<R: Resource>(
    cx: &mut Cx<'_>,
    read: Items<R>,
    nothing: &str,
    json: impl FnOnce(Vec<R>) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    let now = cx.terminal.now();
    let rows = read.items.iter().map(|item| item.row(now)).collect();
    let shown = read.items.len();
    output::list(
        cx.terminal,
        cx.globals.output,
        R::COLUMNS,
        rows,
        nothing,
        || json(read.items),
    )?;
    cut_note(cx, read.more, shown)
}

/// Says that the limit cut a list.
///
/// # Errors
/// The output cannot be written.
pub fn cut_note(cx: &mut Cx<'_>, more: bool, shown: usize) -> Result<(), Failure> {
    if more {
        writeln!(
            cx.terminal.err,
            "only the first {shown} are shown: see more with --limit"
        )?;
    }
    Ok(())
}

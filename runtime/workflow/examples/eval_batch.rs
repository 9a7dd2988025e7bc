//! Answers cases, a JSON line each, as they come: `eval_batch < cases.jsonl > answers.jsonl`.

use std::io::{self, BufRead, Write};

use datamesh_workflow::eval;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            writeln!(out, "{}", eval::answer_line(&line))?;
            out.flush()?;
        }
    }
    Ok(())
}

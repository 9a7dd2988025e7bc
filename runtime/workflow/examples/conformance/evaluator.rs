//! The command under test, as a process that answers line by line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// After so many starts in a row without any answer no more are made.
const MOST_SILENCES: usize = 10;

/// An answer, or in words why there is none.
pub type Answer = Result<Value, String>;

/// Asks a command, which a shell reads, all questions, a line each. It is started again behind a
/// question at which it died or kept silent. Fails if it can't be started.
pub fn answers(command: &str, questions: &[Value]) -> Result<Vec<Answer>> {
    let mut answers: Vec<Answer> = Vec::with_capacity(questions.len());
    let mut silences = 0;
    while let Some(rest) = questions.get(answers.len()..)
        && !rest.is_empty()
    {
        if silences == MOST_SILENCES {
            let silence = format!("not asked: no answer from {MOST_SILENCES} starts in a row");
            answers.resize(questions.len(), Err(silence));
            break;
        }
        let mut running = Running::start(command, rest)?;
        let before = answers.len();
        let silence = loop {
            if answers.len() == questions.len() {
                break None;
            }
            match running.answer() {
                Ok(answer) => answers.push(answer),
                Err(silence) => break Some(silence),
            }
        };
        running.stop();
        silences = if answers.len() > before {
            0
        } else {
            silences + 1
        };
        if let Some(silence) = silence {
            answers.push(Err(silence));
        }
    }
    Ok(answers)
}

struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(command: &str, questions: &[Value]) -> Result<Self> {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("exec {command}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command}"))?;
        let mut input = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        let questions: Vec<String> = questions.iter().map(Value::to_string).collect();
        std::thread::spawn(move || {
            for question in questions {
                if writeln!(input, "{question}").is_err() {
                    return;
                }
            }
        });
        let (sender, lines) = sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, lines })
    }

    fn answer(&mut self) -> Result<Answer, String> {
        let line = self
            .lines
            .recv_timeout(PATIENCE)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => format!("no answer within {} s", PATIENCE.as_secs()),
                RecvTimeoutError::Disconnected => "the evaluator ended without an answer".into(),
            })?;
        Ok(serde_json::from_str(&line)
            .map_err(|error| format!("the answer is no JSON ({error}): {line}")))
    }

    fn stop(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! The command under test, as a process that answers line by line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// After so many questions in a row without an answer no more are asked.
const MOST_SILENCES: usize = 10;

/// Starts the command when it is asked, and again after it died.
pub struct Evaluator {
    command: String,
    running: Option<Running>,
    silences: usize,
}

struct Running {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
}

impl Evaluator {
    /// For this command, which a shell reads.
    pub fn new(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            running: None,
            silences: 0,
        }
    }

    /// The answer to a question; or in words why there is none. Fails if the command can't be
    /// started.
    pub fn ask(&mut self, question: &Value) -> Result<Result<Value, String>> {
        if self.silences >= MOST_SILENCES {
            let silence = format!("not asked: no answer {MOST_SILENCES} times in a row");
            return Ok(Err(silence));
        }
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.command)?,
        };
        let answer = running.ask(question);
        match answer {
            Ok(line) => {
                self.running = Some(running);
                self.silences = 0;
                Ok(serde_json::from_str(&line)
                    .map_err(|error| format!("the answer is no JSON ({error}): {line}")))
            }
            Err(silence) => {
                running.stop();
                self.silences += 1;
                Ok(Err(silence))
            }
        }
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

impl Running {
    fn start(command: &str) -> Result<Self> {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("exec {command}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command}"))?;
        let questions = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        let (sender, answers) = sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            questions,
            answers,
        })
    }

    fn ask(&mut self, question: &Value) -> Result<String, String> {
        writeln!(self.questions, "{question}")
            .and_then(|()| self.questions.flush())
            .map_err(|error| format!("the evaluator takes no question: {error}"))?;
        self.answers
            .recv_timeout(PATIENCE)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => {
                    format!("no answer within {} s", PATIENCE.as_secs())
                }
                RecvTimeoutError::Disconnected => "the evaluator ended without an answer".into(),
            })
    }

    fn stop(mut self) {
        drop(self.questions);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

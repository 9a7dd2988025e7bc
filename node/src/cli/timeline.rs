//! The timeline of an actor for people: a line for each thing that happened, under the number and the time of
//! its commit.

use datamesh_proto::v1;
use datamesh_proto::v1::timeline_entry::Kind;
use jiff::Timestamp;

use super::grid::{Tone, painted};
use super::terminal::Terminal;
use super::text;

/// Columns before the words: number, time, verb.
const INDENT: usize = 30;
/// As wide as a page where no terminal says otherwise.
const WIDTH: usize = 100;

/// The page.
pub fn page(entries: &[v1::TimelineEntry], terminal: &Terminal) -> String {
    let now = terminal.now();
    let mut page = String::new();
    let (mut day, mut sequence) = (String::new(), None);
    for entry in entries {
        let moment = text::moment(entry.time.as_ref());
        let open = entry.sequence == 0;
        if let Some(moment) = moment
            && !open
        {
            let date = moment.strftime("%Y-%m-%d").to_string();
            if date != day {
                page.push_str(&format!("{date}\n"));
                day = date;
            }
        }
        let place = if sequence == Some(entry.sequence) {
            String::new()
        } else if open {
            format!("{:>4}", "now")
        } else {
            let time = moment.map(|at| at.strftime("%H:%M:%S%.3f").to_string());
            format!("{:>4}  {}", entry.sequence, time.unwrap_or_default())
        };
        sequence = Some(entry.sequence);
        let (verb, tone) = verb(entry.kind());
        let room = terminal
            .width
            .unwrap_or(WIDTH)
            .saturating_sub(INDENT)
            .max(20);
        let mut lines = wrapped(&text::plain(&words(entry, now)), room).into_iter();
        let first = lines.next().unwrap_or_default();
        let verb = painted(&format!("{verb:<10}"), tone, terminal.colour);
        page.push_str(format!("{place:<18}  {verb}{first}").trim_end());
        page.push('\n');
        for line in lines {
            page.push_str(&format!("{:INDENT$}{line}\n", ""));
        }
    }
    page
}

fn verb(kind: Kind) -> (&'static str, Tone) {
    match kind {
        Kind::Unspecified => ("", Tone::Plain),
        Kind::Command => ("command", Tone::Plain),
        Kind::Event => ("event", Tone::Faint),
        Kind::EffectAsked => ("asks", Tone::Faint),
        Kind::EffectDone => ("done", Tone::Good),
        Kind::EffectFailed => ("failed", Tone::Bad),
        Kind::EffectPaused => ("paused", Tone::Bad),
        Kind::EffectCancelled => ("cancelled", Tone::Bad),
        Kind::EffectPending => ("pending", Tone::Busy),
        Kind::TimerSet | Kind::TimerPending => ("timer", Tone::Faint),
        Kind::TimerFired => ("fired", Tone::Plain),
        Kind::Operator => ("operator", Tone::Busy),
        Kind::Stopped => ("stopped", Tone::Bad),
    }
}

/// What is said of an entry behind its verb.
fn words(entry: &v1::TimelineEntry, now: Timestamp) -> String {
    let mut words = entry.name.clone();
    let mut say = |part: String| {
        if !words.is_empty() {
            words.push_str(if part.starts_with(':') { "" } else { ", " });
        }
        words.push_str(&part);
    };
    match entry.kind() {
        Kind::EffectDone
        | Kind::EffectFailed
        | Kind::EffectCancelled
        | Kind::EffectPending
        | Kind::EffectPaused => {
            if entry.attempts > 0 {
                let tries = if entry.attempts == 1 { "try" } else { "tries" };
                say(format!("{} {tries}", entry.attempts));
            }
            if let Some(took) = entry.took.and_then(|took| took.try_into().ok()) {
                say(format!("took {}", text::duration(took)));
            }
            if entry.kind() == Kind::EffectPending {
                say(match text::age(entry.due_at.as_ref(), now) {
                    due if due.is_empty() => "not settled".to_owned(),
                    due => format!("next try {due}"),
                });
            }
        }
        Kind::TimerSet | Kind::TimerPending => {
            say(format!(
                "due {}",
                text::moment_and_age(entry.due_at.as_ref(), now)
            ));
        }
        Kind::Stopped => say(format!("since {}", text::stamp(entry.time.as_ref()))),
        _ => {}
    }
    if !entry.effect_id.is_empty() && entry.effect_id != entry.name {
        say(entry.effect_id.clone());
    }
    if !entry.by.is_empty() {
        say(format!("by {}", entry.by));
    }
    if !entry.detail.is_empty() {
        say(format!(": {}", entry.detail));
    }
    words
}

/// The words in lines of at most so many characters. A word that is longer has a line of its own.
fn wrapped(words: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_at_the_room_and_no_word_is_cut() {
        assert_eq!(wrapped("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrapped("aaaaaaaa b", 4), ["aaaaaaaa", "b"]);
        assert!(wrapped("", 4).is_empty());
    }
}

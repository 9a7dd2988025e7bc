use std::collections::BTreeMap;

use datamesh_proto::v1;

/// Names of what was touched.
const NAMES: usize = 20;
/// Names of what was not touched, for each reason.
const SKIPPED_NAMES: usize = 5;
/// Reasons that are told apart.
const REASONS: usize = 20;

/// Collects what a call did to many.
#[derive(Debug, Default)]
pub struct Report {
    pub matched: u32,
    pub touched: u32,
    may_be_done: u32,
    counts: BTreeMap<(String, String), u32>,
    names: Vec<String>,
    skipped: BTreeMap<String, (u32, Vec<String>)>,
    pub next: Option<String>,
}

impl Report {
    /// This one was touched, or would be. `sort` is the actor's kind, and the effect's name.
    pub fn touch(&mut self, name: String, sort: (&str, &str)) {
        self.matched += 1;
        self.touched += 1;
        let sort = (sort.0.to_owned(), sort.1.to_owned());
        *self.counts.entry(sort).or_default() += 1;
        if self.names.len() < NAMES {
            self.names.push(name);
        }
    }

    /// What was touched last may have been done before.
    pub fn may_be_done(&mut self) {
        self.may_be_done += 1;
    }

    /// This one was chosen and not touched.
    pub fn skip(&mut self, name: String, reason: &str) {
        self.matched += 1;
        let known = self.skipped.len() < REASONS || self.skipped.contains_key(reason);
        let reason = if known { reason } else { "other reasons" };
        let (count, names) = self.skipped.entry(reason.to_owned()).or_default();
        *count += 1;
        if names.len() < SKIPPED_NAMES {
            names.push(name);
        }
    }

    /// As the protos show it.
    pub fn shown(self, dry_run: bool) -> v1::BulkReport {
        v1::BulkReport {
            matched: self.matched,
            touched: self.touched,
            counts: self
                .counts
                .into_iter()
                .map(|((kind, name), count)| v1::BulkCount { kind, name, count })
                .collect(),
            names: self.names,
            skipped: self
                .skipped
                .into_iter()
                .map(|(reason, (count, names))| v1::BulkSkip {
                    reason,
                    count,
                    names,
                })
                .collect(),
            may_be_done: self.may_be_done,
            dry_run,
            next_page_token: self.next.unwrap_or_default(),
        }
    }

    /// What was given up, in a sentence.
    pub fn cancelled_sentence(&self, dry_run: bool) -> String {
        let what = match self.touched {
            1 => "1 effect".to_owned(),
            many => format!("{many} effects"),
        };
        if dry_run {
            return format!("{what} would be cancelled");
        }
        let done = match (self.touched, self.may_be_done) {
            (0, _) => "",
            (_, 0) => "; none of it was done",
            (1, _) => "; it was tried, and may have been done: look at it in the account",
            _ => "; some were tried, and may have been done: look at them in the account",
        };
        let were = if self.touched == 1 { "was" } else { "were" };
        format!("{what} {were} cancelled{done}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_by_sort_and_names_the_first() {
        let mut report = Report::default();
        for n in 0..30 {
            report.touch(format!("project/{n}"), ("project", ""));
        }
        report.touch("asset/a".to_owned(), ("asset", ""));
        for n in 0..7 {
            report.skip(format!("asset/{n}"), "it is paused already");
        }
        let shown = report.shown(true);
        assert_eq!((shown.matched, shown.touched), (38, 31));
        let counts: Vec<_> = shown.counts.iter().map(|c| (&*c.kind, c.count)).collect();
        assert_eq!(counts, [("asset", 1), ("project", 30)]);
        assert_eq!(shown.names.len(), NAMES);
        assert_eq!(shown.names[0], "project/0");
        assert_eq!(
            (shown.skipped[0].count, shown.skipped[0].names.len()),
            (7, 5)
        );
    }

    #[test]
    fn reasons_are_bounded() {
        let mut report = Report::default();
        for n in 0..100 {
            report.skip("x".to_owned(), &format!("reason {n}"));
        }
        let shown = report.shown(false);
        assert_eq!(shown.skipped.len(), REASONS + 1);
        assert_eq!(shown.skipped.iter().map(|s| s.count).sum::<u32>(), 100);
    }

    #[test]
    fn whether_it_may_be_done_is_said() {
        let cancelled = |touched: u32, done: u32| {
            let mut report = Report::default();
            for _ in 0..touched {
                report.touch("a".to_owned(), ("asset", "Put"));
            }
            for _ in 0..done {
                report.may_be_done();
            }
            report.cancelled_sentence(false)
        };
        assert_eq!(cancelled(0, 0), "0 effects were cancelled");
        assert_eq!(
            cancelled(1, 0),
            "1 effect was cancelled; none of it was done"
        );
        assert_eq!(
            cancelled(1, 1),
            "1 effect was cancelled; it was tried, and may have been done: look at it in the account"
        );
        assert_eq!(
            cancelled(3, 1),
            "3 effects were cancelled; some were tried, and may have been done: look at them in the account"
        );
    }
}

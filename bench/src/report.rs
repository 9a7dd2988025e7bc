use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// What one measurement found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) elapsed: Duration,
    pub(crate) latencies: Vec<Duration>,
    /// Done without a latency of its own (a batch loop).
    pub(crate) done: u64,
    pub(crate) refused: u64,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        let done = self.done.max(self.latencies.len() as u64);
        done as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    fn percentile(&mut self, part: f64) -> Option<f64> {
        self.latencies.sort_unstable();
        let index = (self.latencies.len() as f64 * part) as usize;
        let last = self.latencies.len().checked_sub(1)?;
        let at = self.latencies.get(index.min(last))?;
        Some(at.as_secs_f64() * 1_000.0)
    }
}

#[derive(Default, Serialize)]
pub(crate) struct Report {
    rows: Vec<Row>,
    facts: Vec<Fact>,
    #[serde(skip)]
    section: String,
}

/// One number that is no rate.
#[derive(Serialize)]
struct Fact {
    section: String,
    name: String,
    value: f64,
    unit: &'static str,
}

#[derive(Serialize)]
struct Row {
    section: String,
    name: String,
    per_second: f64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    refused: u64,
    /// Against the bare bound of the same run, or what the section names instead.
    ratio: Option<f64>,
}

impl Report {
    pub(crate) fn section(&mut self, name: &str) {
        self.section_beside(name, "of bare");
    }

    /// A section whose ratios are to something else than a bare bound.
    pub(crate) fn section_beside(&mut self, name: &str, beside: &str) {
        self.section = name.to_owned();
        println!(
            "\n{name}\n  {:<54} {:>11} {:>9} {:>9} {:>8} {:>8}",
            "", "per second", "p50 ms", "p99 ms", "refused", beside
        );
    }

    pub(crate) fn row(&mut self, name: &str, measured: &Measured, bare: Option<f64>) {
        let mut measured = measured.clone();
        let row = Row {
            section: self.section.clone(),
            name: name.to_owned(),
            per_second: measured.per_second(),
            p50_ms: measured.percentile(0.5),
            p99_ms: measured.percentile(0.99),
            refused: measured.refused,
            ratio: bare.map(|bare| measured.per_second() / bare.max(1e-9)),
        };
        let ms = |value: Option<f64>| value.map_or("-".to_owned(), |ms| format!("{ms:.2}"));
        println!(
            "  {:<54} {:>11.0} {:>9} {:>9} {:>8} {:>8}",
            row.name,
            row.per_second,
            ms(row.p50_ms),
            ms(row.p99_ms),
            row.refused,
            row.ratio
                .map_or("-".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0)),
        );
        self.rows.push(row);
    }

    pub(crate) fn fact(&mut self, name: &str, value: f64, unit: &'static str) {
        println!("  {name:<66} {value:>11.2} {unit}");
        self.facts.push(Fact {
            section: self.section.clone(),
            name: name.to_owned(),
            value,
            unit,
        });
    }

    /// A fact that was reported.
    #[cfg(test)]
    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        let fact = self.facts.iter().find(|fact| fact.name == name);
        fact.map(|fact| fact.value)
    }

    pub(crate) fn note(&self, text: &str) {
        println!("  {text}");
    }

    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let path = match std::env::var_os("BENCH_JSON") {
            Some(path) => PathBuf::from(path),
            None => crate::rest::target_folder()?.join("bench.json"),
        };
        std::fs::write(&path, serde_json::to_vec_pretty(&self)?)?;
        println!("\nWritten as JSON to {}", path.display());
        Ok(())
    }
}

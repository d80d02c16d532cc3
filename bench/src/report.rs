//! What a scenario found: a table, the bars it has to pass, JSON.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a report is for")]

use std::{collections::BTreeMap, fs, path::Path};

use serde::Serialize;

use crate::{Outcome, observe::Sorted};

/// One line of figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// Who was measured, and which round.
    pub(crate) name: String,
    /// Name with unit, value.
    pub(crate) figures: Vec<(&'static str, f64)>,
}

/// How a bar was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Met.
    Pass,
    /// Not met.
    Fail,
    /// The run says nothing.
    Void,
}

/// One bar of the issue.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bar {
    what: String,
    allowed: String,
    measured: String,
    verdict: Verdict,
}

/// All that one scenario found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    scenario: &'static str,
    about: String,
    environment: BTreeMap<&'static str, String>,
    rows: Vec<Row>,
    bars: Vec<Bar>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    void: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disturbed: Option<String>,
}

impl Report {
    /// An empty one.
    pub(crate) fn new(scenario: &'static str, about: impl Into<String>) -> Self {
        Self { scenario, about: about.into(), environment: environment(), ..Self::default() }
    }

    /// Adds a line of figures.
    pub(crate) fn row(&mut self, name: impl Into<String>, figures: Vec<(&'static str, f64)>) {
        self.rows.push(Row { name: name.into(), figures });
    }

    /// Adds the medians of all lines so far whose name begins with `prefix`.
    pub(crate) fn median_row(&mut self, prefix: &str) {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| row.name.starts_with(prefix)).collect();
        let Some(first) = rows.first().filter(|_| rows.len() > 1) else {
            return;
        };
        let median = |index: usize| Sorted::new(rows.iter().map(|row| row.figures[index].1)).median();
        let figures =
            first.figures.iter().enumerate().map(|(index, (name, _))| (*name, median(index))).collect();
        self.row(format!("median {prefix}"), figures);
    }

    /// Something that is to be known with the figures.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The figures that compare with the reference say nothing, for this reason.
    pub(crate) fn make_void(&mut self, reason: impl Into<String>) {
        self.void = Some(reason.into());
    }

    /// Times that are too long say nothing, for this reason.
    pub(crate) fn make_disturbed(&mut self, reason: impl Into<String>) {
        self.disturbed = Some(reason.into());
    }

    /// A bar for a time; one that is not met in a disturbed run is void.
    pub(crate) fn time_at_most(&mut self, what: &str, limit_ms: f64, measured_ms: f64) {
        self.at_most(what, limit_ms, measured_ms, "ms");
        self.overrule(self.disturbed.is_some() && measured_ms > limit_ms);
    }

    /// A bar that `measured` has to stay at or below.
    pub(crate) fn at_most(&mut self, what: &str, limit: f64, measured: f64, unit: &str) {
        let verdict = if measured <= limit { Verdict::Pass } else { Verdict::Fail };
        self.bar(what, format!("<= {} {unit}", short(limit)), format!("{} {unit}", short(measured)), verdict);
    }

    /// A bar for what something costs, compared with the reference; void when the reference was.
    pub(crate) fn cost_to_reference(&mut self, what: &str, limit: f64, measured: f64) {
        self.at_most(what, limit, measured, "x");
        self.overrule(self.void.is_some());
    }

    /// A bar for a time, compared with the reference; void when the reference was, or in a disturbed run when not met.
    pub(crate) fn time_to_reference(&mut self, what: &str, limit: f64, measured: f64, unit: &str) {
        self.at_most(what, limit, measured, unit);
        self.overrule(self.void.is_some() || (self.disturbed.is_some() && measured > limit));
    }

    /// The newest bar is void.
    fn overrule(&mut self, is_void: bool) {
        if let Some(bar) = self.bars.last_mut().filter(|_| is_void) {
            bar.verdict = Verdict::Void;
        }
    }

    /// A bar that is met or not.
    pub(crate) fn holds(&mut self, what: &str, allowed: &str, measured: impl Into<String>, holds: bool) {
        let verdict = if holds { Verdict::Pass } else { Verdict::Fail };
        self.bar(what, allowed.to_owned(), measured.into(), verdict);
    }

    fn bar(&mut self, what: &str, allowed: String, measured: String, verdict: Verdict) {
        self.bars.push(Bar { what: what.to_owned(), allowed, measured, verdict });
    }

    /// Whether a bar was not met.
    pub(crate) fn has_failed(&self) -> bool {
        self.bars.iter().any(|bar| bar.verdict == Verdict::Fail)
    }

    /// Writes it for a person.
    pub(crate) fn print(&self) {
        println!("\n## {}: {}\n", self.scenario, self.about);
        for (columns, rows) in self.tables() {
            let head =
                std::iter::once(String::new()).chain(columns.iter().map(ToString::to_string)).collect();
            let body = rows.iter().map(|row| {
                let figures = row.figures.iter().map(|(_, value)| short(*value));
                std::iter::once(row.name.clone()).chain(figures).collect()
            });
            print_table(head, body.collect());
        }
        let bars = self.bars.iter().map(|bar| {
            let verdict = format!("{:?}", bar.verdict).to_uppercase();
            vec![bar.what.clone(), bar.allowed.clone(), bar.measured.clone(), verdict]
        });
        if !self.bars.is_empty() {
            print_table(["bar", "allowed", "measured", ""].map(str::to_owned).to_vec(), bars.collect());
        }
        if let Some(reason) = &self.void {
            println!("VOID against the reference: {reason}");
        }
        if let Some(reason) = &self.disturbed {
            println!("DISTURBED: {reason}; times that are too long are void");
        }
        self.notes.iter().for_each(|note| println!("- {note}"));
    }

    /// Rows with the same columns, one table each.
    fn tables(&self) -> Vec<(Vec<&'static str>, Vec<&Row>)> {
        let mut tables: Vec<(Vec<&'static str>, Vec<&Row>)> = Vec::new();
        for row in &self.rows {
            let columns: Vec<&'static str> = row.figures.iter().map(|(name, _)| *name).collect();
            match tables.iter_mut().find(|(known, _)| *known == columns) {
                Some((_, rows)) => rows.push(row),
                None => tables.push((columns, vec![row])),
            }
        }
        tables
    }
}

/// Writes all reports as JSON.
pub(crate) fn write_json(path: &Path, reports: &[Report]) -> Outcome<()> {
    Ok(fs::write(path, serde_json::to_string_pretty(reports)? + "\n")?)
}

/// One line for each bar of several scenarios.
pub(crate) fn print_summary(reports: &[Report]) {
    println!("\n## summary\n");
    let rows = reports.iter().flat_map(|report| {
        report.bars.iter().map(|bar| {
            let verdict = format!("{:?}", bar.verdict).to_uppercase();
            vec![
                report.scenario.to_owned(),
                bar.what.clone(),
                bar.allowed.clone(),
                bar.measured.clone(),
                verdict,
            ]
        })
    });
    print_table(["scenario", "bar", "allowed", "measured", ""].map(str::to_owned).to_vec(), rows.collect());
}

/// Says what is being done, where no report can yet.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

/// Says why nothing came of it.
pub(crate) fn complain(text: &str) {
    eprintln!("lenscast-bench: {text}");
}

fn print_table(head: Vec<String>, rows: Vec<Vec<String>>) {
    let rule = head.iter().map(|_| "---".to_owned()).collect();
    let lines: Vec<Vec<String>> = [head, rule].into_iter().chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    for line in &lines {
        let cells =
            line.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column)));
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    println!();
}

/// Three digits or so.
fn short(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "-".to_owned(),
        0.0 => "0".to_owned(),
        size if size >= 1000.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The machine, for who reads the figures elsewhere.
fn environment() -> BTreeMap<&'static str, String> {
    let line = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let cpuinfo = line("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    BTreeMap::from([
        ("kernel", line("/proc/sys/kernel/osrelease")),
        ("cpu", model.map_or_else(String::new, |(_, model)| model.to_owned())),
        ("cpus", cpus.to_string()),
        ("congestion_control", line("/proc/sys/net/ipv4/tcp_congestion_control")),
        ("load_average", line("/proc/loadavg")),
    ])
}

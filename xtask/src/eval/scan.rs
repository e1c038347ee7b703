//! `cargo xtask eval scan`: recall and false alarms of `spip scan` on labelled cases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::Value;

mod figures;

use figures::Figures;

/// How many paths one `spip scan` gets.
const BATCH: usize = 64;

/// What to measure on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder that `cargo xtask cases` wrote, or one like it.
    #[arg(long, value_name = "DIR")]
    cases: PathBuf,
    /// The program to measure; without it, the release build of this repository.
    #[arg(long, value_name = "PATH")]
    spip: Option<PathBuf>,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Prints what was found in each case.
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// One case as its label has it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CaseFile {
    /// The number of the technique, or the name of the family of honest code.
    technique: Value,
    slug: String,
    trigger: String,
    label: Kind,
    artifact: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Malicious,
    Benign,
}

/// A case and what was said of it.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// Its folder.
    name: String,
    case: CaseFile,
    said: Said,
}

/// What `spip scan` said of one artifact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// Check and severity of each finding.
    findings: Vec<(String, String)>,
    /// Checks that could not be made.
    gaps: usize,
}

impl Said {
    fn is_flagged(&self) -> bool {
        !self.findings.is_empty()
    }

    fn has(&self, severities: &[&str]) -> bool {
        let mut found = self.findings.iter();
        found.any(|(_, severity)| severities.contains(&severity.as_str()))
    }

    fn is_refused(&self) -> bool {
        self.has(&["high", "critical"])
    }

    fn is_asked(&self) -> bool {
        self.has(&["medium"]) && !self.is_refused()
    }

    /// `high[hidden-code], low[…]`, the worst of each check.
    fn words(&self) -> String {
        let mut words: Vec<_> = self
            .findings
            .iter()
            .map(|(check, severity)| format!("{severity}[{check}]"))
            .collect();
        words.sort_unstable();
        words.dedup();
        if self.gaps > 0 {
            words.push(format!("{} unknown", self.gaps));
        }
        if words.is_empty() {
            words.push("nothing".to_owned());
        }
        words.join(", ")
    }
}

/// Scans every case, prints the figures and fails unless they reach the targets.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let program = match &arguments.spip {
        Some(program) => program.clone(),
        None => build()?,
    };
    let cases = read_cases(&arguments.cases)?;
    ensure!(
        !cases.is_empty(),
        "no case below {}",
        arguments.cases.display()
    );
    let judged = judge(&program, &cases)?;
    if arguments.verbose {
        for one in &judged {
            crate::say(format_args!("{}: {}", one.name, one.said.words()))?;
        }
    }
    let figures = Figures::of(&judged);
    let text = match arguments.format {
        Format::Text => figures.to_text(),
        Format::Json => serde_json::to_string_pretty(&figures)?,
    };
    crate::say(format_args!("{}", text.trim_end()))?;
    ensure!(figures.pass, "the targets are not reached");
    Ok(())
}

/// Builds the program that users get.
fn build() -> Result<PathBuf> {
    let root = crate::repository::root();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "spip"])
        .current_dir(&root)
        .status()
        .context("start cargo")?;
    ensure!(status.success(), "cargo build failed");
    Ok(root.join("target/release/spip"))
}

/// Every folder with a `case.json`, in the order of names.
fn read_cases(root: &Path) -> Result<Vec<(PathBuf, CaseFile)>> {
    let mut cases = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let label = folder.join("case.json");
        if label.is_file() {
            let text = fs::read_to_string(&label)?;
            let parsed = serde_json::from_str(&text);
            cases.push((
                folder,
                parsed.with_context(|| format!("{}", label.display()))?,
            ));
            continue;
        }
        let entries = fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    cases.sort_by(|(one, _), (two, _)| one.cmp(two));
    Ok(cases)
}

fn judge(program: &Path, cases: &[(PathBuf, CaseFile)]) -> Result<Vec<Judged>> {
    let mut judged = Vec::new();
    for batch in cases.chunks(BATCH) {
        let paths = batch
            .iter()
            .map(|(folder, label)| folder.join(&label.artifact));
        let report = scan(program, &paths.collect::<Vec<_>>())?;
        let packages = report["packages"]
            .as_array()
            .context("no packages in the report")?;
        ensure!(
            packages.len() == batch.len(),
            "{} of {} paths judged",
            packages.len(),
            batch.len()
        );
        for ((folder, label), package) in batch.iter().zip(packages) {
            let path = &package["artifact"]["path"];
            let expected = folder.join(&label.artifact);
            if path
                .as_str()
                .is_some_and(|path| Path::new(path) != expected)
            {
                bail!("{} stands where {} should", path, expected.display());
            }
            judged.push(Judged {
                name: short_name(folder),
                case: label.clone(),
                said: said(package),
            });
        }
    }
    Ok(judged)
}

fn scan(program: &Path, paths: &[PathBuf]) -> Result<Value> {
    let output = Command::new(program)
        .args(["scan", "--format", "json"])
        .args(paths)
        .output()
        .with_context(|| format!("start {}", program.display()))?;
    let known = [Some(0), Some(100), Some(101)];
    if !known.contains(&output.status.code()) {
        bail!(
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).context("the report is no JSON")
}

fn said(package: &Value) -> Said {
    let list = |name: &str| package[name].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = list("findings");
    let findings = findings
        .iter()
        .map(|one| (text(&one["check"]), text(&one["severity"])));
    Said {
        findings: findings.collect(),
        gaps: list("gaps").len(),
    }
}

/// The last two parts of the path: technique and variant.
fn short_name(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_the_report_says_of_a_package() {
        let package = json!({
            "findings": [
                { "check": "hidden-code", "severity": "high" },
                { "check": "hidden-code", "severity": "high" },
            ],
            "gaps": [{}],
        });
        let said = said(&package);
        assert!(said.is_flagged() && said.is_refused() && !said.is_asked());
        assert_eq!(said.words(), "high[hidden-code], 1 unknown");
    }

    #[test]
    fn reads_the_cases_that_this_program_writes() {
        let folder = tempfile::tempdir().unwrap();
        let written = spip_cases::all();
        for case in &written {
            case.write(folder.path()).unwrap();
        }
        let read = read_cases(folder.path()).unwrap();
        assert_eq!(read.len(), written.len());
        assert!(
            read.iter()
                .all(|(folder, label)| folder.join(&label.artifact).exists())
        );
    }
}

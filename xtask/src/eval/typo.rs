//! `cargo xtask eval typo`: recall and false positives of the name-only judgement.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use spip_checks::names::{Names, Strength, Suspicion};
use spip_core::PackageName;

use super::table::{Table, quoted};

mod figures;

use figures::{Figures, Timing};

/// What to measure on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Table of imitations with the columns squat, target, relation and tier.
    #[arg(long, value_name = "CSV")]
    squats: PathBuf,
    /// Honest names, one a line.
    #[arg(long, value_name = "TXT")]
    legit: PathBuf,
    /// Table with the columns name and stratum; without it, the file beside the honest names that
    /// is called like them with `-columns.csv` at the end, if there is one.
    #[arg(long, value_name = "CSV")]
    columns: Option<PathBuf>,
    /// Writes what became of each name.
    #[arg(long, value_name = "CSV")]
    verdicts: Option<PathBuf>,
}

/// Where a name comes from.
#[derive(Clone)]
enum Kind {
    Squat {
        target: String,
        relation: String,
        tier: String,
    },
    Legit {
        stratum: Option<String>,
    },
}

/// One name and what was said of it.
struct Judged {
    name: PackageName,
    kind: Kind,
    suspicion: Option<Suspicion>,
}

impl Judged {
    fn is_flagged(&self) -> bool {
        self.suspicion
            .is_some_and(|suspicion| suspicion.strength >= Strength::Likely)
    }
}

/// Judges everything and prints the figures as JSON.
#[expect(
    clippy::print_stdout,
    reason = "the figures are what this command is for"
)]
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut names = read_squats(&arguments.squats)?;
    let columns = arguments
        .columns
        .clone()
        .or_else(|| beside(&arguments.legit));
    names.extend(read_legit(&arguments.legit, columns.as_deref())?);
    let timing = Timing::measure(&names);
    let judged: Vec<Judged> = names
        .into_iter()
        .map(|(name, kind)| Judged {
            suspicion: Names::popular().judge(&name),
            name,
            kind,
        })
        .collect();
    if let Some(path) = &arguments.verdicts {
        fs::write(path, verdicts(&judged)?)
            .with_context(|| format!("writing {}", path.display()))?;
    }
    println!(
        "{}",
        serde_json::to_string_pretty(&Figures::of(&judged, timing))?
    );
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn read_squats(path: &Path) -> Result<Vec<(PackageName, Kind)>> {
    let table = Table::parse(&read(path)?)?;
    let rows = table.select(["squat", "target", "relation", "tier"])?;
    rows.into_iter()
        .map(|[squat, target, relation, tier]| {
            let kind = Kind::Squat {
                target: target.to_owned(),
                relation: relation.to_owned(),
                tier: tier.to_owned(),
            };
            Ok((squat.parse()?, kind))
        })
        .collect()
}

fn read_legit(path: &Path, columns: Option<&Path>) -> Result<Vec<(PackageName, Kind)>> {
    let mut strata = BTreeMap::new();
    if let Some(columns) = columns {
        let table = Table::parse(&read(columns)?)?;
        for [name, stratum] in table.select(["name", "stratum"])? {
            strata.insert(name.parse::<PackageName>()?, stratum.to_owned());
        }
    }
    let text = read(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let name: PackageName = line.parse()?;
            let stratum = strata.get(&name).cloned();
            Ok((name, Kind::Legit { stratum }))
        })
        .collect()
}

/// `names.txt` → `names-columns.csv`, if it is there.
fn beside(legit: &Path) -> Option<PathBuf> {
    let stem = legit.file_stem()?.to_str()?;
    Some(legit.with_file_name(format!("{stem}-columns.csv"))).filter(|path| path.is_file())
}

/// One line a name.
fn verdicts(judged: &[Judged]) -> Result<String> {
    let mut text = "name,kind,flagged,level,target,relation\n".to_owned();
    for one in judged {
        let kind = match one.kind {
            Kind::Squat { .. } => "squat",
            Kind::Legit { .. } => "legit",
        };
        let level = match one.suspicion.map(|suspicion| suspicion.strength) {
            None => "none",
            Some(Strength::Hint) => "low",
            Some(Strength::Likely) => "medium",
            Some(Strength::Striking) => "striking",
        };
        let target = one.suspicion.map_or("", |suspicion| suspicion.target);
        let relation = one
            .suspicion
            .map_or("", |suspicion| suspicion.relation.as_str());
        writeln!(
            text,
            "{},{kind},{},{level},{},{}",
            quoted(one.name.as_str()),
            u8::from(one.is_flagged()),
            quoted(target),
            quoted(relation),
        )?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(name: &str, kind: Kind) -> Judged {
        let name: PackageName = name.parse().unwrap();
        Judged {
            suspicion: Names::popular().judge(&name),
            name,
            kind,
        }
    }

    pub(in crate::eval::typo) fn squat(name: &str, target: &str) -> Judged {
        let kind = Kind::Squat {
            target: target.to_owned(),
            relation: "any".to_owned(),
            tier: "A".to_owned(),
        };
        judged(name, kind)
    }

    #[test]
    fn verdicts_have_one_line_a_name() {
        let legit = judged("numpy", Kind::Legit { stratum: None });
        let text = verdicts(&[squat("cyrptography", "cryptography"), legit]).unwrap();
        let expected = "name,kind,flagged,level,target,relation\n\
            cyrptography,squat,1,striking,cryptography,swapped letters\n\
            numpy,legit,0,none,,\n";
        assert_eq!(text, expected);
    }
}

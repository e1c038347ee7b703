//! How a run ends that the tool does not end itself: why, and what the user can do next.

use spip_adapters::pip;
use spip_core::{Decision, Quoted, Reason, Refused, Version};

use crate::exit::Exit;

/// Why a run ends early.
#[derive(Debug)]
pub(crate) enum Ending {
    /// A verdict was no.
    Refused { exit: Exit, hints: Vec<String> },
    /// This program could not do its work.
    Failed(Vec<String>),
}

impl Ending {
    /// How this program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Refused { exit, .. } => *exit,
            Self::Failed(_) => Exit::Failed,
        }
    }

    /// Why, and what the user can do next.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Refused { hints, .. } => hints.clone(),
            Self::Failed(lines) => {
                let mut lines = lines.clone();
                if let Some(first) = lines.first_mut() {
                    first.insert_str(0, "spip: ");
                }
                lines
            }
        }
    }
}

/// What to say where there is nothing to guard.
pub(crate) fn without_pip(executable: &str) -> Vec<String> {
    vec![
        format!("there is no pip in {}", Quoted::new(executable)),
        "install one with `python -m ensurepip`, or activate another environment".to_owned(),
    ]
}

/// What a refusal means for the run.
pub(crate) fn refusal(refused: &Refused<'_>) -> Ending {
    let exit = if refused.by_person {
        Exit::Declined
    } else if refused.reasons.iter().any(|reason| !reason.is_gap()) {
        Exit::Refused
    } else {
        Exit::Unchecked
    };
    let hints = if refused.by_person {
        Vec::new()
    } else {
        hints(refused)
    };
    Ending::Refused { exit, hints }
}

/// What the user can do next.
fn hints(refused: &Refused<'_>) -> Vec<String> {
    const MOST: usize = 5;
    let mut lines = Vec::new();
    if refused.decision == Decision::Ask {
        lines.push("help: run this in a terminal to be asked".to_owned());
    }
    let mut allowed: Vec<String> = refused.reasons.iter().filter_map(allowance).collect();
    allowed.dedup();
    let more = allowed.len().saturating_sub(MOST);
    for option in allowed.into_iter().take(MOST) {
        lines.push(format!("help: if you know better: {option}"));
    }
    if more > 0 {
        lines.push(format!("help: … and {more} more"));
    }
    if let Some(lasting) = refused.reasons.iter().find_map(lasting_allowance) {
        // The file of a project answers questions only.
        let user = match refused.decision {
            Decision::Block => " --user",
            _ => "",
        };
        lines.push(format!("help: to keep it allowed: {lasting}{user}"));
    }
    lines
}

fn allowance(reason: &Reason<'_>) -> Option<String> {
    let (Reason::Found(package, check, _) | Reason::Gap(package, check, _)) = reason else {
        return None;
    };
    let scope = match &package.version {
        Some(version) => format!("=={version}"),
        None => String::new(),
    };
    Some(format!("--spip-allow {}:{}{scope}", check.id, package.name))
}

/// The command that writes an exception into the policy file.
fn lasting_allowance(reason: &Reason<'_>) -> Option<String> {
    let Reason::Found(package, check, _) = reason else {
        return None;
    };
    let version = package.version.as_ref()?;
    let (check, name) = (check.id, &package.name);
    Some(format!("spip waive {check} {name}=={version} --reason WHY"))
}

/// Whether this pip has what the hook needs.
pub(crate) fn is_new_enough(version: &str) -> bool {
    let parse = |text: &str| {
        text.parse::<Version>()
            .ok()
            .and_then(|it| it.pep440().cloned())
    };
    match (parse(version), parse(pip::OLDEST)) {
        (Some(version), Some(oldest)) => version >= oldest,
        _ => false,
    }
}

/// What to say of a pip that cannot be guarded.
pub(crate) fn unsupported(version: &str, missing: &[String]) -> Vec<String> {
    let version = Quoted::new(version);
    let mut lines = vec![format!(
        "this pip {version} is not one that spip knows how to guard"
    )];
    for what in missing.iter().take(3) {
        lines.push(format!("  it lacks {}", Quoted::new(what)));
    }
    let (oldest, newest) = (pip::OLDEST, pip::NEWEST_TESTED);
    lines.push(format!(
        "supported: pip {oldest} to {newest}, and newer ones that work alike"
    ));
    lines.push(format!(
        "to go on: python -m pip install 'pip>={oldest},<={newest}', or a newer spip"
    ));
    lines
}

//! What the log still tells of a project whose file was damaged.

use std::collections::HashSet;
use std::io;

use spip_core::{PackageName, ReleaseProfile, Remembered};

use crate::log::{Judged, Line, Log};

impl Log {
    /// The releases of a project that were installed here from an index, the latest at the end: which
    /// version, which file, from where. What they were like is not in the log.
    pub fn installed(&self, name: &PackageName) -> io::Result<Vec<ReleaseProfile>> {
        let history = self.read(|line| match line {
            Line::Judged(judged) => judged.name == name.as_str() && judged.verdict == "allowed",
            Line::Ended(ended) => ended.outcome == "installed",
        })?;
        let ended = history.lines.iter().filter_map(|line| match line {
            Line::Ended(ended) => Some(ended.run.as_str()),
            Line::Judged(_) => None,
        });
        let installed: HashSet<&str> = ended.collect();
        let mut past = Remembered::default();
        for line in &history.lines {
            if let Line::Judged(judged) = line
                && installed.contains(judged.run.as_str())
                && let Some(release) = release(judged)
            {
                past.learn(release);
            }
        }
        Ok(past.releases)
    }
}

/// `None`: it came from no index, of which the log would hold the whole address.
fn release(judged: &Judged) -> Option<ReleaseProfile> {
    let index = judged.index.clone().filter(|index| index.contains("://"))?;
    Some(ReleaseProfile {
        version: judged.version.clone()?,
        kind: judged.kind.clone(),
        files: judged.sha256.iter().cloned().collect(),
        index: Some(index),
        ..ReleaseProfile::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Ended;

    fn judged(run: &str, version: &str, verdict: &str, index: &str) -> Line {
        Line::Judged(Box::new(Judged {
            run: run.to_owned(),
            time: "2026-06-01T12:00:00Z".to_owned(),
            user: "me (1)".to_owned(),
            directory: "/".to_owned(),
            tool: "pip".to_owned(),
            spip: "0.1.0".to_owned(),
            name: "demo".to_owned(),
            version: Some(version.to_owned()),
            kind: "wheel".to_owned(),
            filename: None,
            sha256: Some(format!("file of {version}")),
            index: Some(index.to_owned()),
            verdict: verdict.to_owned(),
            agreed: None,
            checks: Vec::new(),
        }))
    }

    fn ended(run: &str, outcome: &str) -> Line {
        Line::Ended(Ended {
            run: run.to_owned(),
            time: "2026-06-01T12:00:00Z".to_owned(),
            outcome: outcome.to_owned(),
        })
    }

    #[test]
    fn only_what_was_installed_from_an_index_counts() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::at(folder.path());
        let index = "https://index.invalid/simple/";
        let lines = [
            judged("1", "1.0", "allowed", index),
            ended("1", "installed"),
            judged("2", "1.1", "allowed", index),
            ended("2", "not installed"),
            judged("3", "1.2", "refused", index),
            ended("3", "installed"),
            judged("4", "1.3", "allowed", index),
            judged("5", "1.4", "allowed", "files.invalid"),
            ended("5", "installed"),
            judged("6", "1.5", "allowed", index),
            ended("6", "installed"),
        ];
        log.append(&lines).unwrap();
        let past = log.installed(&"demo".parse().unwrap()).unwrap();
        let versions: Vec<_> = past
            .iter()
            .map(|release| release.version.as_str())
            .collect();
        assert_eq!(versions, ["1.0", "1.5"]);
        assert!(past[0].has_file("file of 1.0"));
        assert_eq!(past[0].index.as_deref(), Some(index));
        assert_eq!(log.installed(&"other".parse().unwrap()).unwrap(), []);
    }
}

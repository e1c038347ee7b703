//! What is printed of each archive and of all together.

use spip_core::Severity;

use super::Judged;
use super::cost::Spent;
use crate::eval::interval::Share;
use crate::eval::judge::Said;
use crate::eval::store::Kind;

/// `allow  numpy-2.0.tar.gz  35.1 ms  5000000 bytes  low[native-code]`
pub(super) fn line(one: &Judged) -> String {
    let findings = one.said.as_ref().map(findings).unwrap_or_default();
    format!(
        "{:<8}{}  {:.1} ms  {} bytes{findings}",
        verdict(one.said.as_ref()),
        one.filename,
        one.milliseconds,
        one.bytes
    )
}

pub(in crate::eval) fn verdict(said: Option<&Said>) -> &'static str {
    match said {
        None => "crash",
        Some(said) if said.is_refused() => "refuse",
        Some(said) if said.is_asked() => "ask",
        Some(said) if !said.unknown.is_empty() => "unread",
        Some(said) if said.worst().is_some() => "note",
        Some(_) => "clean",
    }
}

/// From MEDIUM on with titles; of the rest the rules only.
pub(in crate::eval) fn findings(said: &Said) -> String {
    let mut worst: Vec<_> = said.findings.iter().collect();
    worst.sort_by_key(|(_, severity, _)| std::cmp::Reverse(*severity));
    let mut text = String::new();
    let mut rules = Vec::new();
    for (check, severity, title) in worst {
        if *severity >= Severity::Medium {
            text = format!("{text}\n        {severity}[{check}] {title}");
        } else if !rules.contains(&check.to_string()) {
            rules.push(check.to_string());
        }
    }
    if !rules.is_empty() {
        text = format!("  low[{}]{text}", rules.join(", "));
    }
    said.unknown.iter().take(5).fold(text, |text, unread| {
        text + &format!("\n        unread {unread}")
    })
}

/// The last lines.
pub(super) fn headlines(judged: &[Judged], spent: &Spent) -> Vec<String> {
    let mut lines = vec![String::new()];
    for kind in [Kind::Wheel, Kind::Sdist] {
        let of_kind: Vec<_> = judged.iter().filter(|one| one.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let share = |is_hit: fn(&Said) -> bool| {
            let mut share = Share::default();
            for one in &of_kind {
                share.count(one.said.as_ref().is_some_and(is_hit));
            }
            share.words()
        };
        let word = kind.word();
        lines.push(format!("{word}s refused      {}", share(Said::is_refused)));
        lines.push(format!("{word}s asked        {}", share(Said::is_asked)));
        lines.push(format!(
            "{word}s any finding  {}",
            share(|said| said.worst().is_some())
        ));
        lines.push(format!(
            "{word}s unread       {}",
            share(|said| !said.unknown.is_empty())
        ));
        let crashes = of_kind.iter().filter(|one| one.said.is_none()).count();
        lines.push(format!("{word}s crashed      {crashes}"));
    }
    lines.extend(speed(judged, spent));
    lines
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes and counts are far below 2^52"
)]
fn speed(judged: &[Judged], spent: &Spent) -> Vec<String> {
    let megabytes = judged.iter().map(|one| one.bytes).sum::<usize>() as f64 / 1e6;
    let mut times: Vec<_> = judged.iter().map(|one| one.milliseconds).collect();
    times.sort_by(f64::total_cmp);
    let build = if cfg!(debug_assertions) {
        " (debug build)"
    } else {
        ""
    };
    vec![
        format!(
            "compressed          {megabytes:.1} MB in {} archives",
            judged.len()
        ),
        format!(
            "per core            {:.1} MB/s{build}",
            megabytes / spent.processor
        ),
        format!(
            "as a whole          {:.1} MB/s{build}",
            megabytes / spent.wall
        ),
        format!(
            "per archive         p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms",
            percentile(&times, 50),
            percentile(&times, 95),
            percentile(&times, 100)
        ),
        format!("peak memory         {:.0} MB", spent.peak as f64 / 1e6),
    ]
}

/// The smallest value that so many percent do not exceed.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use spip_core::CheckId;

    use super::*;

    fn judged(severity: Severity) -> Judged {
        let finding = (
            CheckId::new("hidden-code"),
            severity,
            "hides code".to_owned(),
        );
        Judged {
            filename: "demo-1.0.tar.gz".to_owned(),
            kind: Kind::Sdist,
            bytes: 2_000_000,
            milliseconds: 12.5,
            said: Some(Said {
                findings: vec![finding],
                ..Said::default()
            }),
        }
    }

    #[test]
    fn a_line_tells_verdict_rules_time_and_size() {
        let refused = line(&judged(Severity::High));
        let expected =
            "refuse  demo-1.0.tar.gz  12.5 ms  2000000 bytes\n        high[hidden-code] hides code";
        assert_eq!(refused, expected);
        assert!(line(&judged(Severity::Low)).ends_with("2000000 bytes  low[hidden-code]"));
        let crashed = Judged {
            said: None,
            ..judged(Severity::Low)
        };
        assert!(line(&crashed).starts_with("crash "));
    }

    #[test]
    fn the_headlines_keep_the_kinds_apart() {
        let spent = Spent {
            processor: 2.0,
            wall: 1.0,
            peak: 5_000_000,
        };
        let lines =
            headlines(&[judged(Severity::Medium), judged(Severity::Low)], &spent).join("\n");
        assert!(
            lines.contains("sdists asked        1/2 = 50.0 %"),
            "{lines}"
        );
        assert!(!lines.contains("wheels"));
        assert!(lines.contains("per core            2.0 MB/s"));
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<_> = (1..=40).map(f64::from).collect();
        let all = [50, 95, 100].map(|percent| percentile(&values, percent));
        assert_eq!(format!("{all:?}"), "[20.0, 38.0, 40.0]");
    }
}

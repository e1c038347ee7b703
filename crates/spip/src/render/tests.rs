//! Tests of what people see.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use jiff::Timestamp;
use spip_core::{
    Advisories, Agreed, Answer, Artifact, Cause, Check, CheckId, Confidence, Contents, Context,
    Describe, Facts, Gap, Listing, Measured, Metadata, Needs, PackageId, Policy, Previous, Project,
    Remembered, Settings, Stop, Tool, Why,
};

use super::*;

/// Nothing is known of anything.
struct Nothing;

impl Facts for Nothing {
    fn listing(&self, _: &Package) -> Answer<Listing> {
        Ok(None)
    }
    fn other_listings(&self, _: &Package) -> Answer<Vec<Listing>> {
        Ok(None)
    }
    fn project(&self, _: &Package) -> Answer<Project> {
        Ok(None)
    }
    fn metadata(&self, _: &Package) -> Answer<Metadata> {
        Ok(None)
    }
    fn measured(&self, _: &Package) -> Answer<Measured> {
        Ok(None)
    }
    fn contents(&self, _: &Package) -> Answer<Contents> {
        Ok(None)
    }
    fn advisories(&self, _: &Package) -> Answer<Advisories> {
        Ok(None)
    }
    fn remembered(&self, _: &Package) -> Answer<Remembered> {
        Ok(None)
    }
    fn previous(&self, _: &Package) -> Answer<Previous> {
        Ok(None)
    }
}

/// Says of `found` that it is bad, of `lost` that nobody knows, of `clear` nothing.
struct Sample;

impl Describe for Sample {
    fn meta(&self) -> &'static Meta {
        static META: Meta = Meta {
            id: CheckId::new("sample"),
            summary: "a sample",
            docs: "",
            worst: Severity::Medium,
            needs: Needs::Artifact,
        };
        &META
    }
}

impl Check for Sample {
    fn run(
        &self,
        package: &Package,
        _: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        match package.name.as_str() {
            "lost" => Err(Gap::new(Cause::Unreachable, "no answer\u{1b}[2K after 10 s").into()),
            "other" => Err(Stop::NotApplicable("other")),
            "found" => {
                let place = Location::Record {
                    url: "https://index.invalid/simple/found/".parse().unwrap(),
                    pointer: "/files/0".to_owned(),
                };
                found.push(Finding {
                    severity: Severity::Medium,
                    confidence: Confidence::High,
                    title: "is a bad sample".to_owned(),
                    primary: spip_core::Fact::new((), place).shows("text\u{202e} from outside"),
                    related: vec![],
                    help: Some("take another".to_owned()),
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn plan_of(names: &[&str]) -> Plan {
    let package = |(place, name): (usize, &&str)| Package {
        id: PackageId(u32::try_from(place).unwrap()),
        name: name.parse().unwrap(),
        version: Some("1.0".parse().unwrap()),
        why: Why::Build {
            of: "another\u{1b}".into(),
        },
        artifact: Artifact::Directory {
            path: "/demo".into(),
            editable: false,
        },
    };
    let packages = names.iter().enumerate().map(package).collect();
    Plan {
        tool: Tool::Pip,
        packages,
        gaps: vec![],
    }
}

fn shown(names: &[&str]) -> String {
    let plan = plan_of(names);
    let settings = Settings::default();
    let report = Report::examine(
        &plan,
        &[&Sample],
        &Nothing,
        &settings,
        Timestamp::UNIX_EPOCH,
    );
    let policy = Policy::default();
    let verdict = policy.judge(&report, &Agreed::none());
    written(|screen| {
        let reasons: Vec<_> = verdict.reasons().iter().map(|(_, reason)| reason).collect();
        screen.reasons(&reasons);
        screen.tally(&report);
    })
}

fn written(write: impl FnOnce(&mut Screen)) -> String {
    let output = Shared::default();
    let boxed: Box<dyn Write> = Box::new(output.clone());
    let without_colour = anstream::StripStream::new(boxed);
    let mut screen = Screen::new(Box::new(without_colour), false);
    write(&mut screen);
    let text = output.0.borrow().clone();
    String::from_utf8(text).unwrap()
}

#[test]
fn shows_findings_gaps_and_counts_that_add_up_with_outside_text_escaped() {
    insta::assert_snapshot!(shown(&["found", "lost", "clear", "other", "found"]), @r"
    medium[sample]: found 1.0 is a bad sample
      at   https://index.invalid/simple/found/ /files/0
           text\u{202e} from outside
      why  build requirement of another\u{1b}
      help take another;
           `spip explain sample` says more
    unknown[sample]: lost 1.0 not checked: unreachable: no answer\u{1b}[2K after 10 s
      why  build requirement of another\u{1b}
    unknown[every-check]: other 1.0 not checked: no check had anything to look at
    medium[sample]: found 1.0 is a bad sample
      at   https://index.invalid/simple/found/ /files/0
           text\u{202e} from outside
      why  build requirement of another\u{1b}
    5 packages × 1 check: 2 findings, 1 unknown, 1 clear, 1 not applicable
    ");
}

#[test]
fn tells_one_cause_of_several_gaps_once_for_each_package() {
    let metas: Vec<&'static Meta> = spip_checks::ALL.iter().map(|it| it.meta()).collect();
    let plan = plan_of(&["one", "two"]);
    let same = Gap::new(Cause::Malformed, "a.py: cut off");
    let other = Gap::new(Cause::TooLarge, "b.py");
    let gap =
        |package: usize, check: usize, gap| Reason::Gap(&plan.packages[package], metas[check], gap);
    let mut reasons = vec![gap(0, 0, &same), gap(0, 1, &other), gap(1, 0, &same)];
    reasons.extend((1..9).map(|check| gap(0, check, &same)));
    let reasons: Vec<_> = reasons.iter().collect();
    let text = written(|screen| assert!(screen.reasons(&reasons)));
    let unknown: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("unknown"))
        .collect();
    assert_eq!(unknown.len(), 3, "{text}");
    let names: Vec<_> = metas[..6].iter().map(|meta| meta.id.as_str()).collect();
    let names = names.join(", ");
    let expected =
        format!("unknown[{names}, … 3 more]: one 1.0 not checked: malformed: a.py: cut off");
    assert_eq!(unknown[0], expected);
}

#[test]
fn tells_once_for_all_packages_that_a_source_is_too_old() {
    let plan = plan_of(&["one", "two"]);
    let stale = Gap::new(Cause::Stale, "a month old");
    let gap = |package: usize| Reason::Gap(&plan.packages[package], Sample.meta(), &stale);
    let reasons = [gap(0), gap(1)];
    let reasons: Vec<_> = reasons.iter().collect();
    let text = written(|screen| {
        screen.reasons(&reasons);
        screen.reasons(&reasons);
    });
    assert_eq!(text.matches("a month old").count(), 1, "{text}");
}

#[test]
fn shows_the_worst_of_each_package_first() {
    let plan = plan_of(&["one", "two"]);
    let finding = |severity| Finding {
        severity,
        confidence: Confidence::High,
        title: "is a sample".to_owned(),
        primary: spip_core::Fact::new(
            (),
            Location::Plan {
                pointer: String::new(),
            },
        )
        .shows("text"),
        related: vec![],
        help: None,
    };
    let (low, high) = (finding(Severity::Low), finding(Severity::High));
    let gap = Gap::new(Cause::TooLarge, "b.py");
    let meta = Sample.meta();
    let found = |package: usize, finding| Reason::Found(&plan.packages[package], meta, finding);
    let reasons = [
        found(0, &low),
        Reason::Gap(&plan.packages[0], meta, &gap),
        found(0, &high),
        found(1, &low),
        found(1, &high),
    ];
    let reasons: Vec<_> = reasons.iter().collect();
    let text = written(|screen| assert!(screen.reasons(&reasons)));
    let heads = text.lines().filter(|line| line.contains("[sample]"));
    let heads: Vec<_> = heads.filter_map(|line| line.split(" 1.0").next()).collect();
    assert_eq!(
        heads,
        [
            "high[sample]: one",
            "low[sample]: one",
            "unknown[sample]: one",
            "high[sample]: two",
            "low[sample]: two",
        ]
    );
}

#[test]
fn adds_one_quiet_line_where_all_is_clear() {
    insta::assert_snapshot!(shown(&["clear"]), @"1 package × 1 check: 1 clear");
}

//! A tiny world for this crate's tests: packages whose names say what a check does with them.

use jiff::Timestamp;

use crate::{
    Advisories, Answer, Artifact, Cause, Check, CheckId, Confidence, Contents, Context, Describe,
    Fact, Facts, Finding, Gap, Listing, Location, Measured, Meta, Metadata, Needs, Package,
    PackageId, Plan, Previous, Project, Remembered, Report, Settings, Severity, Stop, Tool, Why,
};

/// Nothing is known of anything.
pub(crate) struct Nothing;

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

/// Finds `low`, `medium`, `high` or `critical` in packages of that name; `lost` is a gap, `stale` one
/// of age, `other`
/// not applicable, `panic` panics after a finding, `many`
/// finds 1000 LOW and then one HIGH, `half` is a finding and then a gap.
pub(crate) struct ByName(pub(crate) &'static Meta);

pub(crate) static ANY: Meta = meta("sample", Severity::Critical);
pub(crate) static ONLY_LOW: Meta = meta("minor", Severity::Low);

const fn meta(id: &'static str, worst: Severity) -> Meta {
    Meta {
        id: CheckId::new(id),
        summary: "",
        docs: "",
        worst,
        needs: Needs::Artifact,
    }
}

impl Describe for ByName {
    fn meta(&self) -> &'static Meta {
        self.0
    }
}

impl Check for ByName {
    fn run(
        &self,
        package: &Package,
        _: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let name = package.name.as_str();
        if name == "many" {
            found.extend((0..1000).map(|_| finding(Severity::Low)));
            found.push(finding(Severity::High));
            return Ok(());
        }
        let severity = match name {
            "half" | "panic" => Ok(Severity::Low),
            name => name.parse(),
        };
        found.extend(severity.ok().map(finding));
        match name {
            "stale" => Err(Gap::new(Cause::Stale, "a month old").into()),
            "lost" | "half" => Err(Gap::new(Cause::Offline, "nobody answers").into()),
            "other" => Err(Stop::NotApplicable("other")),
            "panic" => panic!("a check that fails"),
            _ => Ok(()),
        }
    }
}

fn finding(severity: Severity) -> Finding {
    Finding {
        severity,
        confidence: Confidence::High,
        title: "is a sample".to_owned(),
        primary: Fact::new((), Location::Builtin { name: "sample" }).shows("sample"),
        related: vec![],
        help: None,
    }
}

/// The report of one check over packages of these names, all of version 1.0.
pub(crate) fn report(check: &dyn Check, names: &[&str]) -> Report {
    report_with(check, names, &Settings::default())
}

/// The same with these settings.
pub(crate) fn report_with(check: &dyn Check, names: &[&str], settings: &Settings) -> Report {
    let packages = names.iter().zip(0..).map(|(name, id)| Package {
        id: PackageId(id),
        name: name.parse().unwrap(),
        version: Some("1.0".parse().unwrap()),
        why: Why::Requested,
        artifact: Artifact::Directory {
            path: "/demo".into(),
            editable: false,
        },
    });
    let plan = Plan {
        tool: Tool::Pip,
        packages: packages.collect(),
        gaps: vec![],
    };
    Report::examine(&plan, &[check], &Nothing, settings, Timestamp::UNIX_EPOCH)
}

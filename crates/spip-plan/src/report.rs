//! pip's installation report, versions 0 and 1 (`pip install --report`).

use serde::Deserialize;
use serde_json::Value;
use spip_core::{Location, Metadata, ProjectUrl, Quoted};

/// The part of a report that judging needs.
#[derive(Debug)]
pub struct InstallReport {
    entries: Vec<Metadata>,
}

/// The report could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Not JSON, or not of the expected shape.
    #[error("read pip's installation report: {0}")]
    Shape(#[from] serde_json::Error),
    /// A version that this program does not know.
    #[error("read pip's installation report: version {0} is not known")]
    Version(Quoted),
    /// An entry has no valid name or version.
    #[error("read pip's installation report: entry {index} has no valid {field}")]
    Entry {
        /// Which entry, from 0.
        index: usize,
        /// `name` or `version`.
        field: &'static str,
    },
}

#[derive(Deserialize)]
struct Raw {
    version: String,
    install: Vec<RawEntry>,
}

#[derive(Deserialize)]
struct RawEntry {
    metadata: RawMetadata,
}

/// Core metadata in its JSON form (PEP 566).
#[derive(Deserialize)]
struct RawMetadata {
    name: String,
    version: String,
    summary: Option<Value>,
    description: Option<Value>,
    home_page: Option<Value>,
    author_email: Option<Value>,
    maintainer_email: Option<Value>,
    download_url: Option<Value>,
    project_url: Option<Value>,
    requires_dist: Option<Value>,
}

impl InstallReport {
    /// Reads a report.
    pub fn parse(json: &str) -> Result<Self, ReportError> {
        Self::read(serde_json::from_str(json)?)
    }

    /// Reads a report that is part of something larger.
    pub fn read(report: Value) -> Result<Self, ReportError> {
        let raw: Raw = serde_json::from_value(report)?;
        if !matches!(raw.version.as_str(), "0" | "1") {
            return Err(ReportError::Version(raw.version.into()));
        }
        let entries = raw.install.into_iter().enumerate();
        let entries = entries
            .map(|(index, entry)| entry.metadata.read(index))
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// The metadata of each package that would be installed, in pip's order.
    pub fn entries(&self) -> &[Metadata] {
        &self.entries
    }
}

impl RawMetadata {
    fn read(self, index: usize) -> Result<Metadata, ReportError> {
        let invalid = |field| ReportError::Entry { index, field };
        let urls = [
            single("Home-page", "home_page", self.home_page.as_ref()),
            single("Download-URL", "download_url", self.download_url.as_ref()),
        ];
        let labelled = texts(self.project_url.as_ref()).into_iter().enumerate();
        let labelled = labelled.map(|(place, text)| {
            let (label, url) = text.split_once(',').unwrap_or(("", &text));
            ProjectUrl {
                label: label.trim().to_owned(),
                url: url.trim().to_owned(),
                field: format!("project_url/{place}"),
            }
        });
        Ok(Metadata {
            read_at: Location::Plan {
                pointer: format!("/install/{index}/metadata"),
            },
            name: self.name.parse().map_err(|_| invalid("name"))?,
            version: self.version.parse().map_err(|_| invalid("version"))?,
            summary: texts(self.summary.as_ref()).into_iter().next(),
            description: texts(self.description.as_ref()).into_iter().next(),
            urls: urls.into_iter().flatten().chain(labelled).collect(),
            author_email: texts(self.author_email.as_ref()).into_iter().next(),
            maintainer_email: texts(self.maintainer_email.as_ref()).into_iter().next(),
            requires_dist: texts(self.requires_dist.as_ref()),
        })
    }
}

fn single(label: &str, field: &str, value: Option<&Value>) -> Option<ProjectUrl> {
    let url = texts(value).into_iter().next()?;
    Some(ProjectUrl {
        label: label.to_owned(),
        url,
        field: field.to_owned(),
    })
}

/// A field may be a string or a list; anything else is no text.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"version": "1", "pip_version": "25.3", "install": [{
        "download_info": {"url": "https://files.invalid/demo-1.0-py3-none-any.whl"},
        "is_direct": false, "requested": true,
        "metadata": {"metadata_version": "2.4", "name": "Demo", "version": "1.0",
            "summary": "A demo", "home_page": "https://demo.invalid",
            "author_email": "A <a@demo.invalid>", "maintainer_email": ["b@demo.invalid"],
            "project_url": ["Source, https://github.com/demo/demo", "https://bare.invalid"],
            "requires_dist": ["other >=1"]}}], "environment": {}}"#;

    #[test]
    fn reads_metadata_with_its_places() {
        let report = InstallReport::parse(REPORT).unwrap();
        let [demo] = report.entries() else {
            panic!("one entry")
        };
        assert_eq!(demo.name.as_str(), "demo");
        let urls: Vec<_> = demo
            .urls
            .iter()
            .map(|url| (&*url.label, &*url.url, &*url.field))
            .collect();
        assert_eq!(
            urls,
            [
                ("Home-page", "https://demo.invalid", "home_page"),
                ("Source", "https://github.com/demo/demo", "project_url/0"),
                ("", "https://bare.invalid", "project_url/1"),
            ]
        );
        assert_eq!(
            demo.fact("home_page", ()).read_at.to_string(),
            "plan /install/0/metadata/home_page"
        );
        assert_eq!(demo.requires_dist, ["other >=1"]);
        let mails = [&demo.author_email, &demo.maintainer_email].map(Option::as_deref);
        assert_eq!(mails, [Some("A <a@demo.invalid>"), Some("b@demo.invalid")]);
    }

    #[test]
    fn refuses_truncated_unknown_and_nameless_reports() {
        for end in (0..REPORT.len()).step_by(7) {
            assert!(InstallReport::parse(&REPORT[..end]).is_err());
        }
        assert!(
            InstallReport::parse(&REPORT.replace(r#""version": "1","#, r#""version": "2","#))
                .is_err()
        );
        assert!(InstallReport::parse(&REPORT.replace("Demo", "-")).is_err());
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(InstallReport::parse(&deep).is_err());
    }

    #[test]
    fn takes_fields_of_odd_types_as_missing() {
        let odd = REPORT.replace(r#""A demo""#, r#"{"a": 1}"#);
        assert_eq!(
            InstallReport::parse(&odd).unwrap().entries()[0].summary,
            None
        );
    }
}

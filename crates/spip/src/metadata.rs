//! Core metadata (PEP 566, 643) out of the very bytes that are judged.

use python_pkginfo::Metadata as Raw;
use spip_core::{Artifact, Location, Metadata, Package, ProjectUrl};
use spip_proxy::Delivery;
use spip_scan::Input;

use crate::scanner::Bytes;

/// Descriptions are cut to this many bytes: checks ask whether there is one.
const DESCRIPTION: usize = 4096;

/// What an archive says of itself. `None`: it says nothing that can be read, which the scan reports.
pub(crate) fn of_delivery(package: &Package, delivery: &Delivery) -> Option<Metadata> {
    let file = package.artifact.file()?;
    let bytes = Bytes::Delivered(delivery.body.clone());
    let filename = file.filename.as_str();
    let input = match package.artifact {
        Artifact::Wheel(_) => Input::Wheel {
            filename,
            bytes: &bytes,
        },
        _ => return None,
    };
    let (member, text) = spip_scan::core_metadata(&input)?;
    read(&member, &text)
}

/// Reads core metadata; `None`: name or version are missing or none.
pub(crate) fn read(member: &str, text: &[u8]) -> Option<Metadata> {
    let raw = Raw::parse(text).ok()?;
    let single = |label: &str, url: Option<String>| {
        let url = url?;
        Some(ProjectUrl {
            label: label.to_owned(),
            url,
            field: label.to_owned(),
        })
    };
    let labelled = raw.project_urls.iter().map(|line| {
        let (label, url) = line.split_once(',').unwrap_or(("", line));
        ProjectUrl {
            label: label.trim().to_owned(),
            url: url.trim().to_owned(),
            field: "Project-URL".to_owned(),
        }
    });
    let urls = [
        single("Home-page", raw.home_page.clone()),
        single("Download-URL", raw.download_url.clone()),
    ];
    let cut = |mut text: String| {
        text.truncate(text.floor_char_boundary(DESCRIPTION));
        text
    };
    Some(Metadata {
        read_at: Location::Member {
            path: member.to_owned(),
            line: None,
        },
        name: raw.name.parse().ok()?,
        version: raw.version.parse().ok()?,
        summary: raw.summary.clone(),
        urls: urls.into_iter().flatten().chain(labelled).collect(),
        description: raw.description.map(cut),
        author_email: raw.author_email,
        maintainer_email: raw.maintainer_email,
        requires_dist: raw.requires_dist,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_checks_ask_for() {
        let text = "Metadata-Version: 2.1\nName: De_mo\nVersion: 1.0\nSummary: A demo\n\
            Home-page: https://demo.invalid\nAuthor-email: A <a@demo.invalid>\nProject-URL: Source, https://code.invalid/demo\n\
            Requires-Dist: other>=1\n\nWords.\n";
        let metadata = read("demo-1.0.dist-info/METADATA", text.as_bytes()).unwrap();
        assert_eq!(metadata.name.as_str(), "de-mo");
        assert_eq!(metadata.urls.len(), 2);
        assert_eq!(metadata.urls[1].label, "Source");
        assert_eq!(metadata.requires_dist, ["other>=1"]);
        assert!(metadata.mail_domains().contains("demo.invalid"));
        assert_eq!(
            metadata.description.as_deref().map(str::trim),
            Some("Words.")
        );
        assert!(read("x", b"Name: demo\n").is_none());
    }
}

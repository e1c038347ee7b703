//! Files that a record of the JSON API announces (`/pypi/NAME/json`, `/pypi/NAME/VERSION/json`).

use std::collections::HashMap;

use serde::Deserialize;
use spip_core::SafeUrl;
use url::Url;

use crate::Announcement;

/// More files than any project has.
const MAX_FILES: usize = 200_000;

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    urls: Vec<File>,
    #[serde(default)]
    releases: HashMap<String, Vec<File>>,
}

#[derive(Deserialize)]
struct File {
    url: String,
    #[serde(default)]
    filename: String,
    #[serde(default)]
    digests: HashMap<String, String>,
    size: Option<u64>,
    upload_time_iso_8601: Option<String>,
    #[serde(default)]
    yanked: bool,
    yanked_reason: Option<String>,
}

/// `None`: JSON of another kind, which announces nothing.
pub(crate) fn read(page: &SafeUrl, found: &Url, body: &[u8]) -> Option<Vec<(Url, Announcement)>> {
    let record: Record = serde_json::from_slice(body).ok()?;
    let files = record.urls.into_iter();
    let files = files.chain(record.releases.into_values().flatten());
    let announced: Vec<_> = files
        .take(MAX_FILES)
        .filter_map(|file| Some((found.join(&file.url).ok()?, file.announcement(page))))
        .collect();
    (!announced.is_empty()).then_some(announced)
}

impl File {
    fn announcement(self, page: &SafeUrl) -> Announcement {
        let uploaded = self.upload_time_iso_8601.as_deref();
        let reason = self.yanked_reason.unwrap_or_default();
        Announcement {
            page: page.bare(),
            sha256: self.digests.get("sha256").and_then(|hex| hex.parse().ok()),
            size: self.size,
            uploaded: uploaded.and_then(|text| text.parse().ok()),
            yanked: self.yanked.then(|| reason.into()),
            listing: None,
            filename: self.filename,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(body: &str) -> Option<Vec<(Url, Announcement)>> {
        let page = "https://index.invalid/pypi/demo/json";
        read(
            &page.parse().unwrap(),
            &page.parse().unwrap(),
            body.as_bytes(),
        )
    }

    #[test]
    fn reads_files_of_all_releases() {
        let digest = "00".repeat(32);
        let body = format!(
            r#"{{"info": {{}}, "urls": [{{"url": "https://f.invalid/a.whl", "size": 3,
                "digests": {{"sha256": "{digest}"}}, "yanked": true, "yanked_reason": null,
                "upload_time_iso_8601": "2026-01-02T03:04:05.000000Z"}}],
                "releases": {{"1": [{{"url": "/b.whl"}}]}}}}"#
        );
        let files = read_text(&body).unwrap();
        assert_eq!(files.len(), 2);
        let (url, first) = &files[0];
        assert_eq!(url.as_str(), "https://f.invalid/a.whl");
        assert!(first.sha256.is_some() && first.uploaded.is_some() && first.yanked.is_some());
        assert_eq!(files[1].0.as_str(), "https://index.invalid/b.whl");
    }

    #[test]
    fn other_json_announces_nothing() {
        for body in ["[]", "{}", r#"{"urls": [1]}"#, r#"{"urls": {}}"#, "{", ""] {
            assert!(read_text(body).is_none(), "{body}");
        }
    }
}

//! The JSON API's record of a project (`/pypi/NAME/json`).

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use spip_core::{
    DigestError, Gap, PackageName, Project, ProjectFile, Quoted, SafeUrl, Sha256, Version,
};
use url::Url;

use crate::json::{Append, Refusal, Text, Yanked, timestamp};
use crate::listing::{essence, gap};
use crate::owners;
use crate::vulnerabilities::{Vulnerabilities, Vulnerability};

pub(crate) const ACCEPT: &str = "application/json";

/// Where the record lies, if the page's address ends in `simple/` or `simple/NAME/`, also below a
/// path as with `…/root/pypi/+simple/` or `…/api/pypi/repo/simple/`.
pub(crate) fn address(page: &SafeUrl, name: &PackageName) -> Option<SafeUrl> {
    let mut url: Url = page.secret().clone();
    let mut segments: Vec<&str> = page.secret().path_segments()?.collect();
    while segments.last().is_some_and(|segment| segment.is_empty()) {
        segments.pop();
    }
    let is_root = |segment: &&str| matches!(*segment, "simple" | "+simple");
    let is_page = |segment: &&str| segment.parse::<PackageName>().as_ref() == Ok(name);
    match segments.as_slice() {
        // First, for there may be a project of the name `simple`.
        [.., root, last] if is_root(root) && is_page(last) => segments.truncate(segments.len() - 2),
        [.., root] if is_root(root) => segments.truncate(segments.len() - 1),
        _ => return None,
    }
    segments.extend(["pypi", name.as_str(), "json"]);
    url.set_path(&segments.join("/"));
    url.set_fragment(None);
    Some(url.into())
}

/// Reads the record. Answers of another type (the page of a log-in, say) are malformed.
pub(crate) fn parse(record: &SafeUrl, content_type: &str, body: &[u8]) -> Result<Project, Gap> {
    let told = match essence(content_type) {
        json if json == "application/json" || json.ends_with("+json") => from_json(body),
        other => {
            let other = Quoted::new(&other);
            Err(Refusal::Malformed(format!("\"{other}\" is not JSON")))
        }
    };
    match told {
        Ok(told) => Ok(Project {
            files: told.files,
            owners: told.owners,
            advisories: told
                .vulnerabilities
                .map(|told| told.into_advisories(&record.bare())),
            record: record.bare(),
        }),
        Err(refusal) => Err(gap(record, refusal)),
    }
}

/// The pointer of one file (RFC 6901).
pub(crate) fn pointer(release: &str, index: usize) -> String {
    let release = release.replace('~', "~0").replace('/', "~1");
    format!("/releases/{release}/{index}")
}

/// The release and the index that a pointer names.
pub(crate) fn release_of(pointer: &str) -> Option<(String, usize)> {
    let (release, index) = pointer.strip_prefix("/releases/")?.rsplit_once('/')?;
    Some((
        release.replace("~1", "/").replace("~0", "~"),
        index.parse().ok()?,
    ))
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    releases: Releases<'a>,
    #[serde(borrow)]
    info: Option<Info<'a>>,
    vulnerabilities: Option<Vec<Vulnerability>>,
    #[serde(borrow)]
    ownership: Option<&'a RawValue>,
}

/// What is taken of a record.
struct Told {
    files: Vec<ProjectFile>,
    owners: Option<BTreeSet<String>>,
    vulnerabilities: Option<Vulnerabilities>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
}

/// The files of all releases; each release holds a run of them.
struct Releases<'a> {
    runs: Vec<(Text<'a>, usize)>,
    files: Vec<File<'a>>,
    overflowed: bool,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    digests: Option<Digests<'a>>,
    #[serde(borrow)]
    upload_time_iso_8601: Option<Text<'a>>,
    #[serde(borrow, default)]
    yanked: Yanked<'a>,
    #[serde(borrow)]
    yanked_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Digests<'a> {
    #[serde(borrow)]
    sha256: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Releases<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Releases<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of releases")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut runs, mut files, mut overflowed) = (Vec::new(), Vec::new(), false);
                while let Some(release) = map.next_key()? {
                    let before = files.len();
                    map.next_value_seed(Append::new(&mut files, &mut overflowed))?;
                    if files.len() > before {
                        runs.push((release, files.len() - before));
                    }
                }
                Ok(Releases {
                    runs,
                    files,
                    overflowed,
                })
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

fn from_json(body: &[u8]) -> Result<Told, Refusal> {
    let record: Record<'_> = serde_json::from_slice(body)?;
    let newest = record.info.and_then(|info| info.version);
    let newest = newest.and_then(|Text(version)| version.parse().ok());
    let vulnerabilities = match (newest, record.vulnerabilities) {
        (Some(newest), Some(told)) => Some(Vulnerabilities::new(newest, told)?),
        _ => None,
    };
    Ok(Told {
        files: files(record.releases)?,
        owners: record.ownership.and_then(owners::read),
        vulnerabilities,
    })
}

fn files(releases: Releases<'_>) -> Result<Vec<ProjectFile>, Refusal> {
    if releases.overflowed {
        return Err(Refusal::TooManyFiles);
    }
    let mut files = releases.files.into_iter();
    let mut found = Vec::with_capacity(files.len());
    for (Text(release), count) in releases.runs {
        // Each file's pointer repeats it, so its length multiplies.
        if release.len() > Version::MAX_LENGTH {
            let release = Quoted::new(&release);
            return Err(Refusal::Malformed(format!(
                "the release \"{release}\" has too long a name"
            )));
        }
        let version = release.parse().ok();
        for (index, file) in files.by_ref().take(count).enumerate() {
            found.push(ProjectFile {
                version: Option::clone(&version),
                uploaded: timestamp(file.upload_time_iso_8601.as_ref())?,
                sha256: sha256(file.digests.and_then(|digests| digests.sha256))?,
                yanked: file
                    .yanked
                    .reason(file.yanked_reason.as_ref().map(|reason| &*reason.0)),
                pointer: pointer(&release, index),
                filename: file.filename.0.into_owned(),
            });
        }
    }
    Ok(found)
}

fn sha256(text: Option<Text<'_>>) -> Result<Option<Sha256>, Refusal> {
    let parsed = text.map(|Text(text)| text.parse()).transpose();
    parsed.map_err(|error: DigestError| Refusal::Malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use spip_core::Cause;

    use super::*;

    fn read(body: &str) -> Result<Project, Gap> {
        let record = "https://index.invalid/pypi/demo/json".parse().unwrap();
        parse(&record, "application/json", body.as_bytes())
    }

    fn cause(body: &str) -> Cause {
        read(body).unwrap_err().cause
    }

    #[test]
    fn reads_a_record_as_indexes_write_it() {
        let digest = "ab".repeat(32);
        let body = format!(
            r#"{{"info": {{"name": "demo"}}, "urls": [],
              "ownership": {{"organization": null, "roles": [{{"role": "Owner", "user": "alice"}}]}}, "vulnerabilities": [], "releases": {{
              "0.9": [],
              "1.0/~x": [{{"filename": "demo.exe", "digests": null, "upload_time_iso_8601": null}}],
              "1.4": [
                {{"filename": "demo-1.4.tar.gz", "digests": {{"md5": "0", "sha256": "{digest}"}}, "size": 1,
                  "upload_time_iso_8601": "2021-05-05T14:18:17.123456Z", "yanked": false, "yanked_reason": null}},
                {{"filename": "demo-1.4-py3-none-any.whl", "digests": {{}}, "yanked": true, "yanked_reason": "bad"}}
              ]}}}}"#
        );
        let project = read(&body).unwrap();
        let [odd, one, two] = project.files.as_slice() else {
            panic!()
        };
        assert_eq!(project.owners, Some(["alice".to_owned()].into()));
        assert_eq!(odd.pointer, "/releases/1.0~1~0x/0");
        assert_eq!((odd.sha256, odd.uploaded), (None, None));
        assert_eq!(one.version, "1.4".parse().ok());
        assert_eq!(one.sha256, digest.parse().ok());
        assert_eq!(
            one.uploaded.unwrap().to_string(),
            "2021-05-05T14:18:17.123456Z"
        );
        assert_eq!(
            (&one.yanked, one.pointer.as_str()),
            (&None, "/releases/1.4/0")
        );
        assert_eq!(
            (&two.yanked, two.pointer.as_str()),
            (&Some("bad".into()), "/releases/1.4/1")
        );
    }

    #[test]
    fn a_malformed_record_is_malformed() {
        let long = format!(
            r#"{{"releases": {{"{}": [{{"filename": "a"}}]}}}}"#,
            "1".repeat(129)
        );
        for body in [
            "{}",
            "null",
            r#"{"releases": null}"#,
            r#"{"releases": []}"#,
            r#"{"releases": {"1": {}}}"#,
            r#"{"releases": {"1": [{}]}}"#,
            r#"{"releases": {"1": [{"filename": "a", "digests": {"sha256": "00"}}]}}"#,
            r#"{"releases": {"1": [{"filename": "a", "upload_time_iso_8601": 3}]}}"#,
            r#"{"releases": {"1": [{"filename": "a"}"#,
            &long,
        ] {
            assert_eq!(cause(body), Cause::Malformed, "{body}");
        }
    }

    #[test]
    fn depth_of_what_is_ignored_does_not_matter() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let body = format!(
            r#"{{"urls": {deep}, "info": {{"x": {deep}}}, "ownership": {deep}, "releases": {{}}}}"#
        );
        assert_eq!(read(&body).unwrap().files.len(), 0);
        assert_eq!(
            cause(&format!(r#"{{"releases": {deep}}}"#)),
            Cause::Malformed
        );
    }

    #[test]
    fn a_record_with_too_many_files_is_too_large() {
        let mut files = r#"{"filename":"a"},"#.repeat(crate::json::MAX_FILES);
        files.pop();
        let body = format!(r#"{{"releases": {{"1": [{files}], "2": [{{"filename": "b"}}]}}}}"#);
        assert_eq!(cause(&body), Cause::TooLarge);
    }

    #[test]
    fn another_type_is_malformed() {
        let record = "https://index.invalid/pypi/demo/json".parse().unwrap();
        for content_type in ["text/html", "", "application/jsonp"] {
            let gap = parse(&record, content_type, b"{\"releases\": {}}").unwrap_err();
            assert_eq!(gap.cause, Cause::Malformed);
        }
    }

    #[test]
    fn the_record_lies_next_to_the_page() {
        let name = "demo".parse().unwrap();
        for (page, expected) in [
            (
                "https://h.invalid/simple/demo/",
                Some("https://h.invalid/pypi/demo/json"),
            ),
            (
                "https://h.invalid/simple/Demo",
                Some("https://h.invalid/pypi/demo/json"),
            ),
            (
                "https://h.invalid/simple",
                Some("https://h.invalid/pypi/demo/json"),
            ),
            (
                "https://h.invalid/simple/",
                Some("https://h.invalid/pypi/demo/json"),
            ),
            (
                "https://h.invalid/root/pypi/+simple/demo/",
                Some("https://h.invalid/root/pypi/pypi/demo/json"),
            ),
            (
                "https://h.invalid/api/pypi/repo/simple/",
                Some("https://h.invalid/api/pypi/repo/pypi/demo/json"),
            ),
            ("https://h.invalid/simple/other/", None),
            ("https://h.invalid/demo/", None),
            ("https://h.invalid/", None),
            ("data:text/plain,x", None),
        ] {
            let found = address(&page.parse().unwrap(), &name).map(|url| url.to_string());
            assert_eq!(found.as_deref(), expected, "{page}");
        }
        let page = "https://u:p@h.invalid/simple/simple/?q#f".parse().unwrap();
        let found = address(&page, &"simple".parse().unwrap()).unwrap();
        assert_eq!(
            found.secret().as_str(),
            "https://u:p@h.invalid/pypi/simple/json?q"
        );
    }

    #[test]
    fn a_pointer_leads_back_to_its_release() {
        for release in ["1.0", "1/~0", "~1", ""] {
            assert_eq!(
                release_of(&pointer(release, 7)),
                Some((release.to_owned(), 7))
            );
        }
    }
}

//! A project's page on an index: PEP 691 (JSON) or PEP 503 (HTML).

use std::collections::HashMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use spip_core::{
    Cause, Digest, Gap, ListedFile, Listing, PackageName, ProjectStatus, Quoted, SafeUrl, Version,
};

use crate::json::{List, Provenance, Refusal, Size, Text, Yanked, timestamp};
use crate::{filename, html};

/// What a client that knows both forms asks for.
pub(crate) const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, \
    application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

const MAX_DIGESTS: usize = 8;

/// Reads a project's page, JSON or HTML as the content type says. The last part of its address
/// is taken for the project's name when versions are read from file names.
pub fn parse_listing(page: &SafeUrl, content_type: &str, body: &[u8]) -> Result<Listing, Gap> {
    let mut versions = Versions::new(project_name(page));
    let read = match essence(content_type).as_str() {
        "application/vnd.pypi.simple.v1+json" => from_json(body, &mut versions),
        "application/vnd.pypi.simple.v1+html" | "text/html" => html::read(body, &mut versions),
        other => {
            let other = Quoted::new(other);
            Err(Refusal::Malformed(format!(
                "\"{other}\" is not a type of index page"
            )))
        }
    };
    match read {
        Ok((files, status)) => Ok(Listing {
            page: page.bare(),
            files,
            status,
        }),
        Err(refusal) => Err(gap(page, refusal)),
    }
}

/// Where the files of a page lie, in the order of [`Listing::files`], as the page writes it.
pub(crate) struct Addresses {
    /// What relative ones are relative to; `None`: the page itself.
    pub(crate) base: Option<String>,
    pub(crate) files: Vec<Option<String>>,
}

/// Reads the addresses of a page that [`parse_listing`] could read.
pub(crate) fn addresses(content_type: &str, body: &[u8]) -> Result<Addresses, Refusal> {
    if essence(content_type) != "application/vnd.pypi.simple.v1+json" {
        return html::addresses(body);
    }
    let page: Page<'_> = serde_json::from_slice(body)?;
    let files = page.files.entries.into_iter();
    Ok(Addresses {
        base: None,
        files: files
            .map(|file| file.url.map(|url| url.0.into_owned()))
            .collect(),
    })
}

/// What a page says of its files' sizes (PEP 700), in the order of [`Listing::files`]; shorter, or
/// empty, where it says nothing that can be read. Nothing that is judged depends on it.
pub fn stated_sizes(content_type: &str, body: &[u8]) -> Vec<Option<u64>> {
    #[derive(Deserialize)]
    struct Sizes {
        files: List<Stated>,
    }
    #[derive(Deserialize)]
    struct Stated {
        #[serde(default)]
        size: Size,
    }
    if essence(content_type) != "application/vnd.pypi.simple.v1+json" {
        return Vec::new();
    }
    let Ok(page) = serde_json::from_slice::<Sizes>(body) else {
        return Vec::new();
    };
    page.files
        .entries
        .into_iter()
        .map(|file| file.size.0)
        .collect()
}

/// The gap that a record of this address leaves.
pub(crate) fn gap(record: &SafeUrl, refusal: Refusal) -> Gap {
    let record = record.bare();
    match refusal {
        Refusal::Malformed(why) => {
            Gap::new(Cause::Malformed, format!("{record} cannot be read: {why}"))
        }
        Refusal::TooManyFiles => {
            Gap::new(Cause::TooLarge, format!("{record} lists too many files"))
        }
    }
}

/// The media type without its parameters.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn project_name(page: &SafeUrl) -> Option<PackageName> {
    let mut segments = page.secret().path_segments()?.rev();
    segments.find(|segment| !segment.is_empty())?.parse().ok()
}

/// Versions in file names, each parsed once: a page repeats them for every platform.
pub(crate) struct Versions {
    project: Option<PackageName>,
    known: HashMap<String, Option<Version>>,
}

impl Versions {
    pub(crate) fn new(project: Option<PackageName>) -> Self {
        Self {
            project,
            known: HashMap::new(),
        }
    }

    pub(crate) fn of(&mut self, filename: &str) -> Option<Version> {
        let text = filename::version_text(filename, self.project.as_ref()?)?;
        if let Some(version) = self.known.get(text) {
            return version.clone();
        }
        let version = filename::version(text);
        self.known.insert(text.to_owned(), version.clone());
        version
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    meta: Option<Meta<'a>>,
    #[serde(borrow)]
    files: List<File<'a>>,
    #[serde(borrow, rename = "project-status")]
    status: Option<Marker<'a>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "api-version")]
    api_version: Option<Text<'a>>,
}

/// PEP 792.
#[derive(Deserialize)]
struct Marker<'a> {
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
}

/// The status that a page states, unless that is the one which every project has.
pub(crate) fn status(
    marker: Option<&str>,
    reason: Option<&str>,
    pointer: &'static str,
) -> Option<ProjectStatus> {
    let marker = marker?.trim();
    (!marker.is_empty() && !marker.eq_ignore_ascii_case("active")).then(|| ProjectStatus {
        marker: Quoted::new(&marker.to_ascii_lowercase()),
        reason: reason.filter(|reason| !reason.is_empty()).map(Quoted::new),
        pointer,
    })
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow, default)]
    hashes: Hashes<'a>,
    #[serde(borrow, rename = "upload-time")]
    upload_time: Option<Text<'a>>,
    #[serde(borrow, default)]
    yanked: Yanked<'a>,
    #[serde(default)]
    provenance: Provenance,
}

/// The files of a page, and its status.
pub(crate) type Read = (Vec<ListedFile>, Option<ProjectStatus>);

fn from_json(body: &[u8], versions: &mut Versions) -> Result<Read, Refusal> {
    let page: Page<'_> = serde_json::from_slice(body)?;
    let api_version = page.meta.and_then(|meta| meta.api_version);
    if let Some(Text(version)) = api_version
        && version.split('.').next() != Some("1")
    {
        let version = Quoted::new(&version);
        return Err(Refusal::Malformed(format!(
            "version {version} of the API is not known"
        )));
    }
    if page.files.overflowed {
        return Err(Refusal::TooManyFiles);
    }
    let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.0.to_string());
    let status = page.status.as_ref().and_then(|marker| {
        let (marker, reason) = (text(&marker.status), text(&marker.reason));
        status(marker.as_deref(), reason.as_deref(), "/project-status")
    });
    let files = page.files.entries.into_iter().enumerate();
    let files = files.map(|(index, file)| listed(index, file, versions));
    Ok((files.collect::<Result<_, _>>()?, status))
}

fn listed(index: usize, file: File<'_>, versions: &mut Versions) -> Result<ListedFile, Refusal> {
    // pip goes by the name in the address; the one beside it may be a decoy.
    let filename = match &file.url {
        Some(url) if !url.0.ends_with(file.filename.0.as_ref()) => html::file_name(&url.0),
        _ => file.filename.0.into_owned(),
    };
    Ok(ListedFile {
        version: versions.of(&filename),
        uploaded: timestamp(file.upload_time.as_ref())?,
        yanked: file.yanked.reason(None),
        digests: file.hashes.digests()?,
        provenance: file.provenance.0,
        pointer: format!("/files/{index}"),
        filename,
    })
}

#[derive(Default)]
struct Hashes<'a>(Vec<(Text<'a>, Text<'a>)>);

impl Hashes<'_> {
    fn digests(&self) -> Result<Vec<Digest>, Refusal> {
        self.0
            .iter()
            .map(|(algorithm, hex)| digest(&algorithm.0, &hex.0))
            .collect()
    }
}

/// A digest whose label is plain enough to be shown and stored.
pub(crate) fn digest(algorithm: &str, hex: &str) -> Result<Digest, Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if algorithm.is_empty() || algorithm.len() > 32 || !algorithm.bytes().all(plain) {
        let algorithm = Quoted::new(algorithm);
        return Err(Refusal::Malformed(format!(
            "\"{algorithm}\" is not a hash algorithm"
        )));
    }
    Digest::parse(algorithm, hex).map_err(|error| Refusal::Malformed(error.to_string()))
}

impl<'de: 'a, 'a> Deserialize<'de> for Hashes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Hashes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of hashes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut hashes = Vec::new();
                while let Some(hash) = map.next_entry()? {
                    if hashes.len() == MAX_DIGESTS {
                        return Err(A::Error::custom("too many hashes for one file"));
                    }
                    hashes.push(hash);
                }
                Ok(Hashes(hashes))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/vnd.pypi.simple.v1+json";

    fn read_as(content_type: &str, body: &str) -> Result<Listing, Gap> {
        let page = "https://u:p@index.invalid/simple/demo/".parse().unwrap();
        parse_listing(&page, content_type, body.as_bytes())
    }

    fn page(files: &str) -> String {
        format!(r#"{{"meta": {{"api-version": "1.1"}}, "name": "demo", "files": [{files}]}}"#)
    }

    fn file(more: &str) -> String {
        page(&format!(
            r#"{{"filename": "demo-1.4.tar.gz", "url": "f/demo-1.4.tar.gz?x#y", "hashes": {{}}{more}}}"#
        ))
    }

    #[track_caller]
    fn assert_gap(cause: Cause, body: &str) {
        let gap = read_as(JSON, body).unwrap_err();
        assert_eq!(gap.cause, cause, "{gap}");
        assert!(
            gap.to_string()
                .contains("https://index.invalid/simple/demo/"),
            "{gap}"
        );
    }

    #[test]
    fn takes_the_file_name_that_pip_takes() {
        let decoy =
            r#"{"files": [{"filename": "demo-1.0.zip", "url": "../f/demo-2.0%2Bx.zip#a"}]}"#;
        let listing = read_as(JSON, decoy).unwrap();
        assert_eq!(listing.files[0].filename, "demo-2.0+x.zip");
    }

    #[test]
    fn reads_a_page_as_indexes_write_it() {
        let digest = "ab".repeat(32);
        let body = page(&format!(
            r#"{{"filename": "demo-1.4.tar.gz", "hashes": {{"sha256": "{digest}", "md5": "00"}},
                "requires-python": null, "size": 3, "upload-time": "2021-05-05T14:18:17Z", "yanked": false}},
               {{"filename": "demo-1.5-py3-none-any.whl", "hashes": {{}}, "upload-time": null, "yanked": true}},
               {{"filename": "d\u00e9mo", "hashes": {{}}, "upload-time": "2021-05-05T14:18:17.123456Z",
                "yanked": "bad\nwheel"}}"#
        ));
        let listing = read_as(&format!("{JSON}; charset=utf-8"), &body).unwrap();
        assert!(!listing.page.has_credentials());
        let [one, two, three] = listing.files.as_slice() else {
            panic!()
        };
        assert_eq!(one.version, "1.4".parse().ok());
        assert_eq!(one.uploaded.unwrap().to_string(), "2021-05-05T14:18:17Z");
        assert_eq!(one.digests[0].hex(), digest);
        assert_eq!(one.digests[1].to_string(), "md5:00");
        assert_eq!((&one.yanked, one.pointer.as_str()), (&None, "/files/0"));
        assert_eq!((&two.yanked, two.uploaded), (&Some("".into()), None));
        assert_eq!(
            three.uploaded.unwrap().to_string(),
            "2021-05-05T14:18:17.123456Z"
        );
        assert_eq!(three.yanked, Some("bad\nwheel".into()));
        assert_eq!((three.filename.as_str(), &three.version), ("démo", &None));
    }

    #[test]
    fn reads_the_status_of_the_project() {
        let status = |text: &str| {
            let body = format!(r#"{{"project-status": {text}, "files": []}}"#);
            read_as(JSON, &body).map(|listing| listing.status)
        };
        let found = status(r#"{"status": "archived", "reason": "moved"}"#).unwrap();
        let found = found.unwrap();
        assert_eq!(
            (found.marker.raw(), found.pointer),
            ("archived", "/project-status")
        );
        assert_eq!(found.reason.unwrap().raw(), "moved");
        assert_eq!(status(r#"{"status": "active"}"#), Ok(None));
        assert_eq!(status("null"), Ok(None));
        assert_eq!(status("7").unwrap_err().cause, Cause::Malformed);
    }

    #[test]
    fn absent_optional_fields_are_absent() {
        let listing = read_as(JSON, r#"{"files": [{"filename": "demo-1.zip"}]}"#).unwrap();
        let [file] = listing.files.as_slice() else {
            panic!()
        };
        assert_eq!(
            (&file.yanked, file.uploaded, file.digests.len()),
            (&None, None, 0)
        );
        let listing = read_as(JSON, &file_with("\"yanked\": null")).unwrap();
        assert_eq!(listing.files[0].yanked, None);
    }

    fn file_with(field: &str) -> String {
        file(&format!(", {field}"))
    }

    #[test]
    fn one_malformed_entry_makes_the_page_malformed() {
        for field in [
            r#""upload-time": 17"#,
            r#""upload-time": "yesterday""#,
            r#""upload-time": """#,
            r#""yanked": 1"#,
            r#""yanked": []"#,
            r#""filename": "twice""#,
            r#""upload-time": "2021-99-05T14:18:17Z""#,
        ] {
            assert_gap(Cause::Malformed, &file_with(field));
        }
        for files in [
            r#"{"filename": 1, "hashes": {}}"#,
            r#"{"hashes": {}}"#,
            r#"{"filename": "a", "hashes": {"sha256": "zz"}}"#,
            r#"{"filename": "a", "hashes": {"sha256": 1}}"#,
            r#"{"filename": "a", "hashes": {"s:a": "aa"}}"#,
            r#"{"filename": "a", "hashes": []}"#,
            r#"{"filename": "\ud800", "hashes": {}}"#,
            "1",
            "null",
        ] {
            assert_gap(Cause::Malformed, &page(files));
        }
    }

    #[test]
    fn what_is_no_page_is_malformed() {
        let truncated = page(r#"{"filename": "demo-1.zip", "hashes": {}}"#);
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"files": null}"#,
            r#"{"files": {}}"#,
            r#"{"files": [], "meta": {"api-version": "2.0"}}"#,
            r#"{"files": []} x"#,
            "\0\0\0",
            "<html></html>",
            &truncated[..truncated.len() - 3],
        ] {
            assert_gap(Cause::Malformed, body);
        }
        for content_type in [
            "",
            "application/json",
            "text/plain",
            "application/octet-stream",
        ] {
            assert!(
                read_as(content_type, &page("")).is_err(),
                "{content_type:?}"
            );
        }
    }

    #[test]
    fn text_for_the_terminal_does_not_reach_the_gap() {
        let gap = read_as(JSON, &file_with("\"upload-time\": \"\\u001b[2J\\u202e\"")).unwrap_err();
        assert!(!gap.to_string().contains(['\u{1b}', '\u{202e}']), "{gap}");
    }

    #[test]
    fn sizes_are_read_where_they_are_numbers() {
        let body = r#"{"files": [{"size": 7}, {}, {"size": "x"}, {"size": {"a": [-1]}}]}"#;
        let sizes = stated_sizes(JSON, body.as_bytes());
        assert_eq!(sizes, [Some(7), None, None, None]);
        assert!(stated_sizes(JSON, br#"{"files": [{"size": 7}, {"size": 1e999}]}"#).is_empty());
        assert!(stated_sizes("text/html", body.as_bytes()).is_empty());
    }

    #[test]
    fn a_provenance_is_an_address_and_anything_else_is_none() {
        let provenance = |value: &str| {
            let body = file_with(&format!(r#""provenance": {value}"#));
            read_as(JSON, &body).unwrap().files[0].provenance
        };
        let address = r#""https://index.invalid/integrity/demo/1.4/demo-1.4.tar.gz/provenance""#;
        assert_eq!(provenance(address), Some(true));
        assert_eq!(provenance(r#""https:\/\/index.invalid\/x""#), Some(true));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let texts = ["\"\"", "\"x\"", "\"javascript:alert(1)\"", "\"\\u001b[2J\""];
        let others = [
            "null",
            "false",
            "true",
            "0",
            "-1",
            "1.5",
            "[]",
            &deep,
            "{\"a\": 1}",
        ];
        for none in texts.into_iter().chain(others) {
            assert_eq!(provenance(none), Some(false), "{none}");
        }
        assert_eq!(read_as(JSON, &file("")).unwrap().files[0].provenance, None);
    }

    #[test]
    fn depth_and_size_of_what_is_ignored_do_not_matter() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        let digits = "9".repeat(100_000);
        for ignored in [
            &deep,
            &objects,
            &digits,
            "1e999999999",
            "-0.0",
            r#""\ud800\u0000""#,
        ] {
            let body = file_with(&format!(r#""size": {ignored}"#));
            assert_eq!(
                read_as(JSON, &body).map(|listing| listing.files.len()),
                Ok(1)
            );
        }
        for needed in [&deep, &objects, &digits] {
            assert_gap(
                Cause::Malformed,
                &file_with(&format!(r#""yanked": {needed}"#)),
            );
            assert_gap(Cause::Malformed, &format!(r#"{{"files": {needed}}}"#));
            assert_gap(Cause::Malformed, needed);
        }
    }

    #[test]
    fn a_page_with_too_many_files_is_too_large() {
        let mut files = r#"{"filename":"a"},"#.repeat(crate::json::MAX_FILES + 1);
        files.pop();
        assert_gap(Cause::TooLarge, &page(&files));
        let mut hashes = r#""a":"aa","#.repeat(MAX_DIGESTS + 1);
        hashes.pop();
        assert_gap(
            Cause::Malformed,
            &page(&format!(r#"{{"filename": "a", "hashes": {{{hashes}}}}}"#)),
        );
    }
}

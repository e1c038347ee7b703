//! The reduced form in which facts lie in the cache: lengths and bytes, no megabytes of JSON.
//!
//! Numbers are little-endian; text and lists begin with their length in four bytes. Values that the
//! core types build themselves (pointers, repeated versions) are stored once or not at all.

use jiff::Timestamp;
use spip_core::{
    Advisory, Digest, ListedFile, Listing, Location, MatchedBy, Project, ProjectFile,
    ProjectStatus, Quoted, SafeUrl, Sha256, Version,
};

use crate::project;
use crate::vulnerabilities::{self, kind_of};

/// `None` where something does not fit the form: such a record is not cached.
pub(crate) fn encode_listing(listing: &Listing) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    out.status(listing.status.as_ref())?;
    out.count(listing.files.len())?;
    let mut last = None;
    for (index, file) in listing.files.iter().enumerate() {
        out.text(&file.filename)?;
        out.version(file.version.as_ref(), &mut last)?;
        out.time(file.uploaded);
        out.yanked(file.yanked.as_ref())?;
        out.count(file.digests.len())?;
        for digest in &file.digests {
            out.text(&digest.to_string())?;
        }
        out.answer(file.provenance);
        match file.pointer.as_str() {
            "" => out.flag(false),
            pointer if pointer == format!("/files/{index}") => out.flag(true),
            _ => return None,
        }
    }
    Some(out.0)
}

pub(crate) fn decode_listing(page: &SafeUrl, bytes: &[u8]) -> Result<Listing, Damaged> {
    let mut from = Reader(bytes);
    let status = from.status()?;
    let mut last = None;
    let mut files = Vec::new();
    for index in 0..from.count()? {
        files.push(ListedFile {
            filename: from.text()?.to_owned(),
            version: from.version(&mut last)?,
            uploaded: from.time()?,
            yanked: from.yanked()?,
            digests: (0..from.count()?)
                .map(|_| from.digest())
                .collect::<Result<_, _>>()?,
            provenance: from.answer()?,
            pointer: if from.flag()? {
                format!("/files/{index}")
            } else {
                String::new()
            },
        });
    }
    from.end()?;
    Ok(Listing {
        page: page.bare(),
        files,
        status,
    })
}

pub(crate) fn encode_project(project: &Project) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    out.count(project.files.len())?;
    let mut last: Option<String> = None;
    for file in &project.files {
        let (release, index) = project::release_of(&file.pointer)?;
        let same = last.as_ref() == Some(&release);
        out.flag(same);
        if !same {
            out.text(&release)?;
            last = Some(release);
        }
        out.count(index)?;
        out.text(&file.filename)?;
        out.time(file.uploaded);
        out.yanked(file.yanked.as_ref())?;
        out.sha256(file.sha256);
    }
    out.flag(project.owners.is_some());
    if let Some(owners) = &project.owners {
        out.count(owners.len())?;
        owners.iter().try_for_each(|owner| out.text(owner))?;
    }
    out.flag(project.advisories.is_some());
    if let Some((newest, advisories)) = &project.advisories {
        out.text(newest.as_str())?;
        out.count(advisories.len())?;
        for (place, advisory) in advisories.iter().enumerate() {
            out.advisory(place, advisory, &project.record)?;
        }
    }
    Some(out.0)
}

pub(crate) fn decode_project(record: &SafeUrl, bytes: &[u8]) -> Result<Project, Damaged> {
    let mut from = Reader(bytes);
    let mut files = Vec::new();
    let (mut release, mut version) = ("", None);
    for _ in 0..from.count()? {
        if !from.flag()? {
            release = from.text()?;
            version = release.parse().ok();
        }
        files.push(ProjectFile {
            pointer: project::pointer(release, from.count()?),
            version: Option::clone(&version),
            filename: from.text()?.to_owned(),
            uploaded: from.time()?,
            yanked: from.yanked()?,
            sha256: from.sha256()?,
        });
    }
    let owners = if from.flag()? {
        let told = (0..from.count()?).map(|_| from.text().map(str::to_owned));
        Some(told.collect::<Result<_, _>>()?)
    } else {
        None
    };
    let record = record.bare();
    let advisories = if from.flag()? {
        let newest = from.text()?.parse().map_err(|_| Damaged)?;
        let told = (0..from.count()?).map(|place| from.advisory(place, &record));
        Some((newest, told.collect::<Result<_, _>>()?))
    } else {
        None
    };
    from.end()?;
    Ok(Project {
        record,
        files,
        owners,
        advisories,
    })
}

fn listed_at(place: usize, record: &SafeUrl) -> Location {
    Location::Record {
        url: record.clone(),
        pointer: vulnerabilities::pointer(place),
    }
}

/// Not what was encoded here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    /// Yes, no, or neither.
    fn answer(&mut self, answer: Option<bool>) {
        self.0.push(answer.map_or(2, u8::from));
    }

    fn count(&mut self, count: usize) -> Option<()> {
        let count = u32::try_from(count).ok()?;
        self.0.extend(count.to_le_bytes());
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.count(text.len())?;
        self.0.extend(text.as_bytes());
        Some(())
    }

    fn time(&mut self, time: Option<Timestamp>) {
        self.flag(time.is_some());
        if let Some(time) = time {
            self.0.extend(time.as_second().to_le_bytes());
            self.0.extend(time.subsec_nanosecond().to_le_bytes());
        }
    }

    fn status(&mut self, status: Option<&ProjectStatus>) -> Option<()> {
        self.flag(status.is_some());
        let Some(status) = status else {
            return Some(());
        };
        self.text(status.marker.raw())?;
        self.yanked(status.reason.as_ref())?;
        self.flag(!status.pointer.is_empty());
        Some(())
    }

    fn yanked(&mut self, reason: Option<&Quoted>) -> Option<()> {
        self.flag(reason.is_some());
        reason.map_or(Some(()), |reason| self.text(reason.raw()))
    }

    fn sha256(&mut self, digest: Option<Sha256>) {
        self.flag(digest.is_some());
        if let Some(digest) = digest {
            let hex = digest.to_string();
            let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
            let bytes = pairs.map(|pair| u8::from_str_radix(pair, 16));
            self.0
                .extend(bytes.map(|byte| byte.expect("a digest is shown in hexadecimal")));
        }
    }

    fn texts(&mut self, texts: &[Quoted]) -> Option<()> {
        self.count(texts.len())?;
        texts.iter().try_for_each(|text| self.text(text.raw()))
    }

    /// `None` where it is not what an index's record lists at this place.
    fn advisory(&mut self, place: usize, advisory: &Advisory, record: &SafeUrl) -> Option<()> {
        let read_at = listed_at(place, record);
        let usual = advisory.read_at == read_at
            && advisory.kind == kind_of(advisory.id.raw())
            && advisory.matched_by == MatchedBy::Version
            && advisory.rating.is_none();
        usual.then_some(())?;
        self.text(advisory.id.raw())?;
        self.texts(&advisory.aliases)?;
        self.text(advisory.summary.raw())?;
        self.texts(&advisory.fixed_in)?;
        self.flag(advisory.withdrawn);
        self.yanked(advisory.reference.as_ref())
    }

    /// Absent, as before, or this one.
    fn version<'v>(
        &mut self,
        version: Option<&'v Version>,
        last: &mut Option<&'v Version>,
    ) -> Option<()> {
        match version {
            None => self.0.push(0),
            Some(version) if last.is_some_and(|last| last.as_str() == version.as_str()) => {
                self.0.push(1);
            }
            Some(version) => {
                self.0.push(2);
                self.text(version.as_str())?;
                *last = Some(version);
            }
        }
        Some(())
    }
}

/// Reads what [`Writer`] wrote.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    fn flag(&mut self) -> Result<bool, Damaged> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Damaged),
        }
    }

    fn answer(&mut self) -> Result<Option<bool>, Damaged> {
        match self.array()? {
            [0] => Ok(Some(false)),
            [1] => Ok(Some(true)),
            [2] => Ok(None),
            _ => Err(Damaged),
        }
    }

    fn count(&mut self) -> Result<usize, Damaged> {
        usize::try_from(u32::from_le_bytes(self.array()?)).map_err(|_| Damaged)
    }

    fn text(&mut self) -> Result<&'a str, Damaged> {
        let length = self.count()?;
        let (head, rest) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = rest;
        str::from_utf8(head).map_err(|_| Damaged)
    }

    fn time(&mut self) -> Result<Option<Timestamp>, Damaged> {
        if !self.flag()? {
            return Ok(None);
        }
        let second = i64::from_le_bytes(self.array()?);
        let nanosecond = i32::from_le_bytes(self.array()?);
        Timestamp::new(second, nanosecond)
            .map(Some)
            .map_err(|_| Damaged)
    }

    fn status(&mut self) -> Result<Option<ProjectStatus>, Damaged> {
        if !self.flag()? {
            return Ok(None);
        }
        Ok(Some(ProjectStatus {
            marker: self.text()?.into(),
            reason: self.yanked()?,
            pointer: if self.flag()? { "/project-status" } else { "" },
        }))
    }

    fn yanked(&mut self) -> Result<Option<Quoted>, Damaged> {
        if self.flag()? {
            self.text().map(|reason| Some(reason.into()))
        } else {
            Ok(None)
        }
    }

    fn texts(&mut self) -> Result<Vec<Quoted>, Damaged> {
        (0..self.count()?)
            .map(|_| self.text().map(Quoted::new))
            .collect()
    }

    fn advisory(&mut self, place: usize, record: &SafeUrl) -> Result<Advisory, Damaged> {
        let id = Quoted::new(self.text()?);
        Ok(Advisory {
            kind: kind_of(id.raw()),
            id,
            aliases: self.texts()?,
            summary: Quoted::new(self.text()?),
            rating: None,
            matched_by: MatchedBy::Version,
            fixed_in: self.texts()?,
            withdrawn: self.flag()?,
            read_at: listed_at(place, record),
            reference: self.yanked()?,
        })
    }

    fn version(&mut self, last: &mut Option<Version>) -> Result<Option<Version>, Damaged> {
        match self.array()? {
            [0] => Ok(None),
            [1] => last.clone().map(Some).ok_or(Damaged),
            [2] => {
                *last = Some(self.text()?.parse().map_err(|_| Damaged)?);
                Ok(last.clone())
            }
            _ => Err(Damaged),
        }
    }

    fn sha256(&mut self) -> Result<Option<Sha256>, Damaged> {
        if self.flag()? {
            Ok(Some(Sha256::from_bytes(self.array()?)))
        } else {
            Ok(None)
        }
    }

    fn end(&self) -> Result<(), Damaged> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Damaged)
        }
    }

    fn digest(&mut self) -> Result<Digest, Damaged> {
        let (algorithm, hex) = self.text()?.rsplit_once(':').ok_or(Damaged)?;
        Digest::parse(algorithm, hex).map_err(|_| Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_listing;

    fn url() -> SafeUrl {
        "https://index.invalid/simple/demo/".parse().unwrap()
    }

    fn listing() -> Listing {
        let body = format!(
            r#"{{"files": [
              {{"filename": "demo-1.4.tar.gz", "hashes": {{"sha256": "{0}", "md5": "00"}},
                "upload-time": "1969-05-05T14:18:17.123456Z", "yanked": "é\n", "provenance": null}},
              {{"filename": "demo-1.4-py3-none-any.whl", "hashes": {{}}, "yanked": true,
                "provenance": "https://x.invalid"}},
              {{"filename": "demo-1.4.0-py3-none-any.whl", "upload-time": "2021-05-05T14:18:17Z"}},
              {{"filename": "unclear.exe"}}, {{"filename": "demo-1.4.0.zip"}}]}}"#,
            "ab".repeat(32)
        );
        parse_listing(
            &url(),
            "application/vnd.pypi.simple.v1+json",
            body.as_bytes(),
        )
        .unwrap()
    }

    fn project() -> Project {
        let body = format!(
            r#"{{"releases": {{"1/~": [{{"filename": "a"}}], "1.4": [
              {{"filename": "b", "digests": {{"sha256": "{}"}}, "yanked": true, "yanked_reason": "x",
                "upload_time_iso_8601": "2021-05-05T14:18:17.5Z"}}, {{"filename": "c"}}]}},
              "ownership": {{"organization": "Demo", "roles": [{{"role": "Owner", "user": "é"}}]}},
              "info": {{"version": "1.4"}}, "vulnerabilities": [{{"id": "PYSEC-1", "aliases": ["CVE-1"],
              "fixed_in": ["2"], "details": "é\n", "link": "https://x.invalid", "withdrawn": "now"}}, {{"id": "MAL-1"}}]}}"#,
            "cd".repeat(32)
        );
        project::parse(&url(), "application/json", body.as_bytes()).unwrap()
    }

    #[test]
    fn a_listing_comes_back_as_it_went_in() {
        let bytes = encode_listing(&listing()).unwrap();
        let decoded = decode_listing(&url(), &bytes).unwrap();
        assert_eq!(decoded, listing());
        let texts = |listing: &Listing| {
            let versions = listing.files.iter().map(|file| file.version.clone());
            versions
                .map(|version| version.map(|version| version.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts(&decoded),
            texts(&listing()),
            "as written, not only equal"
        );
    }

    #[test]
    fn a_page_without_pointers_comes_back_without_pointers() {
        let listing = parse_listing(
            &url(),
            "text/html",
            b"<a href=demo-1.zip><a href=demo-2.zip>",
        );
        let listing = listing.unwrap();
        let bytes = encode_listing(&listing).unwrap();
        assert_eq!(decode_listing(&url(), &bytes), Ok(listing));
    }

    #[test]
    fn a_project_comes_back_as_it_went_in() {
        let bytes = encode_project(&project()).unwrap();
        assert_eq!(decode_project(&url(), &bytes), Ok(project()));
    }

    #[test]
    fn damaged_bytes_never_panic_and_never_end_early() {
        let listing = encode_listing(&listing()).unwrap();
        for length in 0..listing.len() {
            assert_eq!(decode_listing(&url(), &listing[..length]), Err(Damaged));
        }
        let project = encode_project(&project()).unwrap();
        for length in 0..project.len() {
            assert_eq!(decode_project(&url(), &project[..length]), Err(Damaged));
        }
        for (at, bit) in (0..listing.len()).flat_map(|at| [(at, 1), (at, 128)]) {
            let mut flipped = listing.clone();
            flipped[at] ^= bit;
            let _either_way = decode_listing(&url(), &flipped);
        }
        let extended = [&project[..], b"x"].concat();
        assert_eq!(decode_project(&url(), &extended), Err(Damaged));
    }
}

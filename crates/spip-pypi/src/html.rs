//! PEP 503 pages: the file links of an HTML document, and nothing else of it.
//!
//! A full HTML parser would bring two dozen crates for one tag. This reader knows tags, attributes,
//! comments and the two elements whose content is not markup; what it does not know it skips. It
//! looks at each byte a bounded number of times. `<base href>` changes the host of links, never the
//! last part of their path, so only fetching a file needs it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use spip_core::{Digest, ListedFile, Quoted};

use crate::filename;
use crate::json::{MAX_FILES, Refusal, is_address};
use crate::listing::{Addresses, Read, Versions, digest, status};

/// The hash algorithms that pip accepts in a link's fragment.
const ALGORITHMS: &[&str] = &["sha256", "sha512", "sha384", "sha224", "sha1", "md5"];

/// The files that the page links to, and the status that it states.
pub(crate) fn read(body: &[u8], versions: &mut Versions) -> Result<Read, Refusal> {
    // Pages in UTF-16 would look empty.
    if body.contains(&0) {
        return Err(Refusal::Malformed("the page holds NUL bytes".to_owned()));
    }
    let text = String::from_utf8_lossy(body);
    let mut tags = Tags { rest: &text };
    let (mut files, mut interactive) = (Vec::new(), false);
    let (mut marker, mut reason) = (None, None);
    while let Some(tag) = tags.next_tag()? {
        if tag.name.eq_ignore_ascii_case("a") {
            files.extend(link(&tag, versions)?);
        } else if tag.name.eq_ignore_ascii_case("meta") {
            match tag.attribute("name").as_deref() {
                Some("pypi:project-status") => marker = tag.attribute("content"),
                Some("pypi:project-status-reason") => reason = tag.attribute("content"),
                _ => {}
            }
        }
        interactive |= ["form", "input", "script"]
            .iter()
            .any(|name| tag.name.eq_ignore_ascii_case(name));
        if files.len() > MAX_FILES {
            return Err(Refusal::TooManyFiles);
        }
    }
    if files.is_empty() && interactive {
        let why = "it is a page for people (a log-in?) and lists no file";
        return Err(Refusal::Malformed(why.to_owned()));
    }
    Ok((files, status(marker.as_deref(), reason.as_deref(), "")))
}

/// The addresses of the same files, and of what they are relative to.
pub(crate) fn addresses(body: &[u8]) -> Result<Addresses, Refusal> {
    let text = String::from_utf8_lossy(body);
    let mut tags = Tags { rest: &text };
    let (mut base, mut files) = (None, Vec::new());
    while let Some(tag) = tags.next_tag()? {
        if tag.name.eq_ignore_ascii_case("a") {
            files.extend(target(&tag).map(|(href, _)| Some(href.into_owned())));
        } else if tag.name.eq_ignore_ascii_case("base") && base.is_none() {
            base = tag.attribute("href").map(Cow::into_owned);
        }
    }
    Ok(Addresses { base, files })
}

/// The address of one link and the file name in it, if it leads to a file.
fn target<'a>(tag: &Tag<'a>) -> Option<(Cow<'a, str>, String)> {
    let href = tag.attribute("href")?;
    let filename = file_name(&href);
    filename::is_distribution(&filename).then_some((href, filename))
}

/// The file of one link, if it leads to one.
fn link(tag: &Tag<'_>, versions: &mut Versions) -> Result<Option<ListedFile>, Refusal> {
    let Some((href, filename)) = target(tag) else {
        return Ok(None);
    };
    let (_, fragment) = href.split_once('#').unwrap_or((&href, ""));
    let yanked = tag.attribute("data-yanked");
    Ok(Some(ListedFile {
        version: versions.of(&filename),
        uploaded: None,
        yanked: yanked.map(|reason| Quoted::new(&reason)),
        digests: digests(fragment)?,
        provenance: tag.attribute("data-provenance").as_deref().map(is_address),
        pointer: String::new(),
        filename,
    }))
}

/// The file name in an address, without query and fragment.
pub(crate) fn file_name(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    last_part(&address[..end])
}

/// The file name as pip takes it from a link: the path is decoded before and after it is cut.
fn last_part(path: &str) -> String {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = decoded(path);
    let path = path.trim_end_matches('/');
    decoded(path.rsplit('/').next().unwrap_or_default())
}

fn digests(fragment: &str) -> Result<Vec<Digest>, Refusal> {
    fragment
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(algorithm, _)| ALGORITHMS.contains(algorithm))
        .take(ALGORITHMS.len())
        .map(|(algorithm, hex)| digest(algorithm, hex))
        .collect()
}

/// An opening tag: its name and the text of its attributes.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Tags<'a> {
    /// The next opening tag. A document that ends within a tag was cut off.
    fn next_tag(&mut self) -> Result<Option<Tag<'a>>, Refusal> {
        while let Some(at) = self.rest.find('<') {
            self.rest = &self.rest[at + 1..];
            if let Some(comment) = self.rest.strip_prefix("!--") {
                self.rest = comment.find("-->").map_or("", |end| &comment[end..]);
                continue;
            }
            if !self
                .rest
                .starts_with(|first: char| first.is_ascii_alphabetic())
            {
                continue;
            }
            let end = tag_end(self.rest);
            let end = end.ok_or_else(|| Refusal::Malformed("the page is cut off".to_owned()))?;
            let inside = &self.rest[..end];
            self.rest = &self.rest[end + 1..];
            let name_ends = |c: char| c.is_ascii_whitespace() || c == '/';
            let name_end = inside.find(name_ends).unwrap_or(inside.len());
            let (name, attributes) = inside.split_at(name_end);
            self.skip_content_of(name);
            return Ok(Some(Tag { name, attributes }));
        }
        Ok(None)
    }

    /// Scripts and styles are text: nothing in them is a tag but their own end.
    fn skip_content_of(&mut self, name: &str) {
        if !["script", "style"]
            .iter()
            .any(|raw| name.eq_ignore_ascii_case(raw))
        {
            return;
        }
        let ends = self
            .rest
            .match_indices("</")
            .map(|(at, _)| &self.rest[at..]);
        let own = |end: &&str| {
            let found = end.as_bytes().get(2..2 + name.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        };
        self.rest = { ends }.find(own).unwrap_or("");
    }
}

/// Where the tag's `>` stands; quoted values may hold others.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut value_may_start = false;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(open) = quote {
            quote = Some(open).filter(|open| *open != byte);
        } else if byte == b'>' {
            return Some(at);
        } else if matches!(byte, b'"' | b'\'') && value_may_start {
            // Only after `=`: a stray apostrophe must not swallow the page.
            quote = Some(byte);
            value_may_start = false;
        } else if !byte.is_ascii_whitespace() {
            value_may_start = byte == b'=';
        }
    }
    None
}

impl<'a> Tag<'a> {
    /// The decoded value; of several attributes with this name, the last, as in pip.
    fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.attributes;
        let mut found = None;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return found.map(decoded);
            }
            let name_ends = |c: char| c.is_ascii_whitespace() || c == '=' || c == '/';
            // A name may begin with `=`, or this would not advance.
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest[first..]
                .find(name_ends)
                .map_or(rest.len(), |end| end + first);
            let (this, after) = rest.split_at(end);
            let (value, after) = value(after);
            if this.eq_ignore_ascii_case(name) {
                found = Some(value);
            }
            rest = after;
        }
    }
}

/// The value at the start of the text (empty if there is none) and what follows it.
fn value(text: &str) -> (&str, &str) {
    let Some(text) = text.trim_ascii_start().strip_prefix('=') else {
        return ("", text);
    };
    let text = text.trim_ascii_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_ascii_whitespace())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Replaces character references: the named ones that occur in addresses, and numbers. Others stay
/// as they are, so such a name is on no list and gets noticed.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split('&');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let reference = part
            .split_once(';')
            .and_then(|(name, rest)| Some((character(name)?, rest)));
        match reference {
            Some((character, rest)) => {
                result.push(character);
                result.push_str(rest);
            }
            None => {
                result.push('&');
                result.push_str(part);
            }
        }
    }
    Cow::Owned(result)
}

fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
    };
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            decimal => number(decimal, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<ListedFile>, Refusal> {
        super::read(body.as_bytes(), &mut Versions::new("demo".parse().ok()))
            .map(|(files, _)| files)
    }

    fn names(body: &str) -> Vec<String> {
        read(body)
            .unwrap()
            .into_iter()
            .map(|file| file.filename)
            .collect()
    }

    #[test]
    fn reads_a_page_as_indexes_write_it() {
        let digest = "ab".repeat(32);
        let page = format!(
            r#"<!DOCTYPE html><html><head><base href="https://files.invalid/x/">
            <title>Links for demo</title></head><body><h1>Links for demo</h1>
            <a href="https://files.invalid/a/demo-1.4.tar.gz#sha256={digest}" data-requires-python="&gt;=3.8">demo-1.4.tar.gz</a><br/>
            <A
              HREF='../../b/demo-1.5%2Blocal-py3-none-any.whl?x=1' data-yanked="broken &amp; &#34;old&#x22;"
              data-provenance="https://index.invalid/integrity?a=1&amp;b=2"
              >demo</A><a data-yanked data-provenance href=demo-1.6.tar.gz>x</a>
            <a href="https://demo.invalid/">home page</a></body></html>"#
        );
        let files = read(&page).unwrap();
        let shown: Vec<_> = files
            .iter()
            .map(|file| {
                (
                    file.filename.as_str(),
                    file.version.as_ref().unwrap().as_str(),
                )
            })
            .collect();
        let expected = [
            ("demo-1.4.tar.gz", "1.4"),
            ("demo-1.5+local-py3-none-any.whl", "1.5+local"),
            ("demo-1.6.tar.gz", "1.6"),
        ];
        assert_eq!(shown, expected);
        assert_eq!(
            files[0].digests,
            [Digest::parse("sha256", &digest).unwrap()]
        );
        assert_eq!(files[0].yanked, None);
        assert_eq!(files[1].yanked, Some("broken & \"old\"".into()));
        assert_eq!(files[2].yanked, Some("".into()));
        let provenance: Vec<_> = files.iter().map(|file| file.provenance).collect();
        assert_eq!(provenance, [None, Some(true), Some(false)]);
        assert!(
            files
                .iter()
                .all(|file| file.uploaded.is_none() && file.pointer.is_empty())
        );
    }

    #[test]
    fn links_in_comments_and_scripts_are_not_links() {
        let page = "<!-- <a href=demo-1.tar.gz> --><script>'<a href=demo-2.tar.gz>'</script \
            ><STYLE><a href=demo-3.tar.gz></b></style><a href=demo-4.tar.gz>";
        assert_eq!(names(page), ["demo-4.tar.gz"]);
    }

    #[test]
    fn quotes_hide_the_end_of_a_tag_only_where_a_value_begins() {
        let page = "<p it's><a title=\"<a href='demo-1.tar.gz'>\" href = 'demo-2.tar.gz' >";
        assert_eq!(names(page), ["demo-2.tar.gz"]);
        assert_eq!(
            names("<a =x é=1 href=demo-3.tar.gz/><a/href=demo-4.tar.gz>"),
            ["demo-3.tar.gz", "demo-4.tar.gz"]
        );
    }

    #[test]
    fn a_name_is_cut_as_pip_cuts_it() {
        assert_eq!(
            last_part("https://h.invalid/a%2Fdemo%2D1.tar.gz/"),
            "demo-1.tar.gz"
        );
        assert_eq!(last_part("demo%252D1.zip"), "demo-1.zip");
        assert_eq!(last_part(""), "");
    }

    #[test]
    fn a_page_that_is_cut_off_is_malformed() {
        for page in ["<a href=demo-1.tar.gz>x</a><a href=\"demo-2", "<a"] {
            assert!(matches!(read(page), Err(Refusal::Malformed(_))), "{page}");
        }
        assert!(matches!(read("<\0a\0>"), Err(Refusal::Malformed(_))));
    }

    #[test]
    fn a_digest_that_cannot_be_read_is_malformed() {
        assert!(read("<a href=demo-1.tar.gz#sha256=xyz>").is_err());
        assert!(
            read("<a href=demo-1.tar.gz#egg=demo>").unwrap()[0]
                .digests
                .is_empty()
        );
    }

    #[test]
    fn an_empty_page_is_an_answer_and_a_log_in_is_none() {
        assert_eq!(names("<html><h1>Links for demo</h1></html>").len(), 0);
        let log_in = "<html><form action=/login><input type=password></form></html>";
        assert!(matches!(read(log_in), Err(Refusal::Malformed(_))));
    }

    #[test]
    fn hostile_pages_take_linear_time() {
        let start = std::time::Instant::now();
        for piece in [
            "<a ",
            "<!--",
            "<script>",
            "</",
            "<a href='",
            "<a =",
            "<a x=\"\" ",
            "&#",
            "<a>",
        ] {
            let page = piece.repeat(300_000 / piece.len());
            let _either_way = read(&page);
            let _either_way = read(&format!("<a {page} href=demo-1.tar.gz>"));
        }
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    #[test]
    fn reads_the_status_of_the_project() {
        let page = |meta: &str| format!("<html><head>{meta}</head><a href=demo-1.zip>x</a>");
        let status = |meta: &str| {
            let mut versions = Versions::new("demo".parse().ok());
            super::read(page(meta).as_bytes(), &mut versions).unwrap().1
        };
        let found = status(
            "<meta name=\"pypi:project-status\" content=\"Quarantined\">\
             <meta name='pypi:project-status-reason' content='mal&#119;are'>",
        );
        let found = found.unwrap();
        assert_eq!(found.marker.raw(), "quarantined");
        assert_eq!(found.reason.unwrap().raw(), "malware");
        assert_eq!(
            status("<meta name=pypi:project-status content=active>"),
            None
        );
        assert_eq!(
            status("<meta name=pypi:repository-version content=1.4>"),
            None
        );
    }
}

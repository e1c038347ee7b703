//! RECORD: the list of a wheel's files with their digests.

use hashbrown::{HashMap, HashSet};

use spip_core::{Odd, Trigger};

use crate::archive::names::quoted;
use crate::findings::Findings;
use crate::layout::Layout as _;
use crate::member::Examined;
use crate::member::tap::Algorithm;
use crate::wheel::layout::WheelLayout;

/// What RECORD says.
pub(crate) struct Record {
    lines: HashMap<String, Line>,
    twice: Vec<String>,
    broken: usize,
}

/// What RECORD says about one file.
struct Line {
    algorithm: Option<Algorithm>,
    hash: String,
    size: Option<u64>,
}

impl Record {
    /// Reads RECORD. Lines that are none are counted.
    pub(crate) fn parse(text: &str) -> Self {
        let mut record = Self {
            lines: HashMap::new(),
            twice: Vec::new(),
            broken: 0,
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let Some((path, line)) = parse_line(line) else {
                record.broken += 1;
                continue;
            };
            if record.lines.insert(path.clone(), line).is_some() {
                record.twice.push(path);
            }
        }
        record
    }

    /// The digest that a file must be compared by.
    pub(crate) fn algorithm(&self, path: &str) -> Option<Algorithm> {
        self.lines.get(path)?.algorithm
    }

    /// Compares what was read with what RECORD says. `whole`: all members were read.
    pub(crate) fn compare(
        &self,
        info: &str,
        read: &[(&str, Option<&Examined>)],
        layout: &WheelLayout,
        whole: bool,
        findings: &mut Findings,
    ) {
        let own = format!("{info}/RECORD");
        let exempt = |path: &str| {
            let signature = path.strip_prefix(&own);
            signature.is_some_and(|rest| matches!(rest, "" | ".jws" | ".p7s"))
        };
        if self.broken > 0 {
            let detail = format!("{} lines of RECORD cannot be read", self.broken);
            findings.odd(Odd::NoRecord, Trigger::Import, &own, detail);
        }
        for path in &self.twice {
            let detail = format!("RECORD mentions {} twice", quoted(path));
            findings.odd(Odd::RecordMismatch, Trigger::Import, &own, detail);
        }
        let mut seen = HashSet::new();
        for (path, examined) in read {
            seen.insert(*path);
            if exempt(path) {
                continue;
            }
            let trigger = layout.duty(path).role.trigger.max(Trigger::Call);
            let Some(line) = self.lines.get(*path) else {
                findings.odd(
                    Odd::NotRecorded,
                    trigger,
                    path,
                    "RECORD does not mention it",
                );
                continue;
            };
            let wrong = examined.and_then(|examined| line.wrong(examined));
            if let Some(wrong) = wrong {
                findings.odd(Odd::RecordMismatch, trigger, path, wrong);
            }
        }
        let missing = self
            .lines
            .keys()
            .filter(|path| !seen.contains(path.as_str()) && !exempt(path));
        let mut missing: Vec<_> = missing.collect();
        missing.sort_unstable();
        for path in missing.into_iter().filter(|_| whole) {
            let detail = "RECORD mentions it, the wheel does not hold it";
            findings.odd(Odd::RecordedButMissing, Trigger::Call, path, detail);
        }
    }
}

impl Line {
    /// In what a member differs.
    fn wrong(&self, examined: &Examined) -> Option<String> {
        if !examined.complete {
            return None;
        }
        if self.algorithm.is_none() {
            return Some("RECORD has no strong digest of it".to_owned());
        }
        if let Some(size) = self.size
            && size != examined.size
        {
            return Some(format!(
                "RECORD says {size} bytes, it has {}",
                examined.size
            ));
        }
        let digest = base64(examined.digest.as_deref()?);
        (digest != self.hash).then(|| "its digest is not the one in RECORD".to_owned())
    }
}

fn parse_line(line: &str) -> Option<(String, Line)> {
    let fields = fields(line)?;
    let [path, hash, size] = fields.as_slice() else {
        return None;
    };
    let (name, value) = hash.split_once('=').unwrap_or((hash, ""));
    let algorithm = match name {
        "sha256" => Some(Algorithm::Sha256),
        "sha384" => Some(Algorithm::Sha384),
        "sha512" => Some(Algorithm::Sha512),
        _ => None,
    };
    let line = Line {
        algorithm,
        hash: value.trim_end_matches('=').to_owned(),
        size: size.parse().ok(),
    };
    Some((path.clone(), line))
}

/// The fields of a line of comma-separated values.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) if fields.len() < 4 => rest = next,
            None if after.is_empty() => return Some(fields),
            _ => return None,
        }
    }
}

/// A field in quotes; two of them inside stand for one.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, rest)),
        }
    }
}

/// Base64 with the alphabet for URLs and without padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..=chunk.len() {
            let six = word >> (18 - 6 * index) & 63;
            text.push(char::from(ALPHABET[usize::try_from(six).unwrap_or(0)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_in_record() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg");
        assert_eq!(base64(b"fo"), "Zm8");
        assert_eq!(base64(b"foo\xff\xfe"), "Zm9v__4");
    }

    #[test]
    fn fields_are_split_as_csv_says() {
        assert_eq!(fields("a,b,c").unwrap(), ["a", "b", "c"]);
        assert_eq!(fields("\"a,\"\"b\",,").unwrap(), ["a,\"b", "", ""]);
        assert_eq!(fields("a,b,c,d,e"), None);
        assert_eq!(fields("\"a"), None);
    }
}

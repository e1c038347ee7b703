//! Encodings by how far they can be told apart from ASCII: where they differ, text that looks
//! like a string may be code.

/// How an encoding reads bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// Bytes of ASCII are what they look like, always.
    Plain,
    /// A byte of ASCII may be the second half of a character.
    Pairs {
        /// Some characters above ASCII are one byte.
        katakana: bool,
    },
    /// Marks switch to characters of two bytes of ASCII each.
    Shifted,
    /// Nobody knows.
    Unknown,
}

/// Beginnings of names that Python takes for the plain encoding, whatever follows.
const SHORTCUTS: &[&str] = &["utf-8", "latin-1", "iso-8859-1", "iso-latin-1"];

/// Encodings that hold ASCII, letters and digits of their names only.
const PLAIN: &[&str] = &[
    "utf8",
    "u8",
    "utf",
    "utf8ucs2",
    "utf8ucs4",
    "utf8sig",
    "utf8mac",
    "utf8unix",
    "utf8dos",
    "ascii",
    "usascii",
    "646",
    "ansix341968",
    "iso646us",
    "us",
    "latin",
    "latin1",
    "latin2",
    "latin3",
    "latin4",
    "latin5",
    "latin6",
    "latin7",
    "latin8",
    "latin9",
    "latin10",
    "l1",
    "l2",
    "l3",
    "l4",
    "l5",
    "l6",
    "l7",
    "l8",
    "l9",
    "l10",
    "isolatin1",
    "8859",
    "88591",
    "cyrillic",
    "greek",
    "hebrew",
    "arabic",
    "thai",
    "koi8r",
    "koi8u",
    "koi8t",
    "macroman",
    "maclatin2",
    "maccyrillic",
    "macgreek",
    "macturkish",
    "maciceland",
    "maccroatian",
    "macromanian",
    "maccentraleurope",
    "macintosh",
    "tis620",
    "hproman8",
    "kz1048",
    "ptcp154",
];

/// Pages of single bytes that hold ASCII.
const PAGES: &[u16] = &[
    437, 720, 737, 775, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 865, 866, 869, 874, 1006,
    1125, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258,
];

/// Encodings in which characters above ASCII have two bytes.
const PAIRS: &[&str] = &[
    "gbk",
    "936",
    "cp936",
    "ms936",
    "gb2312",
    "gb231280",
    "gb23121980",
    "chinese",
    "euccn",
    "eucgb2312cn",
    "gb18030",
    "gb180302000",
    "big5",
    "big5tw",
    "csbig5",
    "big5hkscs",
    "hkscs",
    "cp950",
    "950",
    "ms950",
    "cp949",
    "949",
    "ms949",
    "uhc",
    "euckr",
    "ksc5601",
    "ksx1001",
    "korean",
    "eucjp",
    "ujis",
];

/// The same, with characters of one byte besides.
const KATAKANA: &[&str] = &[
    "shiftjis",
    "sjis",
    "csshiftjis",
    "cp932",
    "932",
    "ms932",
    "mskanji",
    "windows31j",
];

/// The encoding of this name.
pub(super) fn of(name: &str) -> Charset {
    let shortcut = name.to_ascii_lowercase().replace('_', "-");
    let is_shortcut = |known: &&str| {
        let rest = shortcut.strip_prefix(*known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let mut normal = shortcut.clone();
    normal.retain(|letter| letter.is_ascii_alphanumeric());
    let normal = normal.as_str();
    let page = ["cp", "ibm", "windows", ""]
        .iter()
        .find_map(|family| normal.strip_prefix(family)?.parse::<u16>().ok());
    let is_iso = normal.strip_prefix("iso8859").is_some_and(|part| {
        part.parse::<u8>()
            .is_ok_and(|part| (1..=16).contains(&part))
    });
    match () {
        () if SHORTCUTS.iter().any(is_shortcut) || is_iso || PLAIN.contains(&normal) => {
            Charset::Plain
        }
        () if page.is_some_and(|page| PAGES.contains(&page) || page == 65001) => Charset::Plain,
        () if PAIRS.contains(&normal) => Charset::Pairs { katakana: false },
        () if KATAKANA.contains(&normal) => Charset::Pairs { katakana: true },
        () if normal.starts_with("iso2022") || normal.starts_with("hz") => Charset::Shifted,
        () => Charset::Unknown,
    }
}

/// Stands for a character whose value does not matter: where it is code, it is a letter.
const LETTER: char = '\u{4e00}';

/// The text in an encoding of pairs, characters above ASCII replaced; `None`: it is all ASCII.
pub(super) fn pairs(bytes: &[u8], katakana: bool) -> Option<String> {
    if bytes.is_ascii() {
        return None;
    }
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if byte.is_ascii() {
            text.push(char::from(*byte));
            continue;
        }
        let single = katakana && (0xa1..=0xdf).contains(byte);
        let second = rest.as_slice().first();
        if !single && second.is_some_and(|second| *second >= 0x30) {
            rest.next();
        }
        text.push(LETTER);
    }
    Some(text)
}

/// The text in an encoding with marks; `None`: there are no marks.
pub(super) fn shifted(bytes: &[u8]) -> Option<String> {
    const ESCAPE: u8 = 0x1b;
    const SHIFT_OUT: u8 = 0x0e;
    const SHIFT_IN: u8 = 0x0f;
    let marked = |pair: &[u8]| pair[0] == ESCAPE || pair[0] == SHIFT_OUT || pair == b"~{";
    if !bytes.windows(2).any(marked) {
        return None;
    }
    let mut text = String::with_capacity(bytes.len());
    let mut double = false;
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'\n' => text.push('\n'),
            &ESCAPE => {
                double = after.first() == Some(&b'$');
                let end = after.iter().position(|byte| !(0x20..0x30).contains(byte));
                rest = &after[end.map_or(after.len(), |end| end + 1)..];
            }
            &SHIFT_OUT => double = true,
            &SHIFT_IN => double = false,
            b'~' if matches!(after.first(), Some(b'{' | b'}')) => {
                double = after[0] == b'{';
                rest = &after[1..];
            }
            _ if double => {
                text.push(LETTER);
                rest = after.get(1..).unwrap_or_default();
            }
            byte => text.push(char::from(*byte)),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_known_by_all_their_names() {
        for name in [
            "utf-8",
            "UTF_8",
            "utf-8-unix",
            "utf8",
            "Latin-1",
            "iso-8859-15",
            "ISO8859_2",
            "cp1252",
            "windows-1251",
            "IBM437",
            "koi8-r",
            "us-ascii",
            "mac-roman",
        ] {
            assert_eq!(of(name), Charset::Plain, "{name}");
        }
        for (name, expected) in [
            ("GBK", Charset::Pairs { katakana: false }),
            ("big5", Charset::Pairs { katakana: false }),
            ("Shift_JIS", Charset::Pairs { katakana: true }),
            ("iso2022_jp", Charset::Shifted),
            ("hz", Charset::Shifted),
            ("johab", Charset::Unknown),
            ("cp037", Charset::Unknown),
            ("utf-16-le", Charset::Unknown),
            ("utf8demo", Charset::Unknown),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }

    #[test]
    fn halves_of_characters_are_no_quotes() {
        let text = pairs(b"a = '\x81\\'; b #'", false);
        assert_eq!(text.as_deref(), Some("a = '\u{4e00}'; b #'"));
        let text = pairs(b"a = '\xb1\\'", true);
        assert_eq!(text.as_deref(), Some("a = '\u{4e00}\\'"));
        assert_eq!(pairs(b"a = '\\'", true), None);
        let text = shifted(b"a = \"\x1b$B\"!\x1b(B\"; b");
        assert_eq!(text.as_deref(), Some("a = \"\u{4e00}\"; b"));
        assert_eq!(shifted(b"a = \"~\""), None);
    }
}

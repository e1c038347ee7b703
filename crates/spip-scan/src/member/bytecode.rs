//! Byte code: whether it is what its source compiles to, as far as names tell.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// What is said of byte code that Python runs without looking at its source.
const UNCHECKED: &str = "is never compared with its source; ";

/// Names that code needs to do something dangerous.
const NAMES: &[&str] = &[
    "exec",
    "eval",
    "compile",
    "__import__",
    "import_module",
    "system",
    "popen",
    "Popen",
    "subprocess",
    "check_output",
    "check_call",
    "urlopen",
    "urlretrieve",
    "urllib",
    "requests",
    "socket",
    "connect",
    "b64decode",
    "b85decode",
    "a85decode",
    "unhexlify",
    "decompress",
    "marshal",
    "ctypes",
    "environ",
    "getenv",
    "Fernet",
    "pickle",
    "powershell",
    "http.client",
    "execv",
    "execve",
    "spawnv",
    "winreg",
    "SourcelessFileLoader",
    "FunctionType",
    "CodeType",
    "pty",
    "dup2",
];

/// The magic numbers of released versions, 3.8 to 3.14, and how many rounds their hash has.
const MAGICS: &[(u32, Rounds)] = &[
    (3413, Rounds(2, 4)),
    (3425, Rounds(2, 4)),
    (3439, Rounds(2, 4)),
    (3495, Rounds(1, 3)),
    (3531, Rounds(1, 3)),
    (3571, Rounds(1, 3)),
    (3627, Rounds(1, 3)),
];

/// The rounds of a `SipHash`: for each word, and at the end.
#[derive(Clone, Copy)]
struct Rounds(u8, u8);

/// The beginning of what is said about byte code with a hash (PEP 552).
const ALWAYS_RUN: &str = "is run whatever the time of its source";

/// What the header of a byte-code file says (PEP 552).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// When the source was changed last, and its size.
    Time,
    /// A hash of the source.
    Hash {
        /// The hash.
        hash: u64,
        /// The key: the magic number.
        key: u32,
        /// Whether Python compares the hash with the source before it runs the code.
        checked: bool,
    },
    /// A format that says less.
    Old,
}

/// What was read in a byte-code file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByteCode {
    /// The header.
    pub(crate) stamp: Stamp,
    /// Which dangerous names it holds: one bit each.
    pub(crate) names: u64,
}

/// What was read in a source file, to compare it with byte code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which dangerous names it holds: one bit each.
    pub(crate) names: u64,
    /// The hashes that the compilers of different versions make, by their keys.
    hashes: Vec<(u32, u64)>,
}

impl ByteCode {
    /// Reads a byte-code file; `None`: it is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let magic = word(0)?;
        if magic >> 16 != 0x0a0d {
            return None;
        }
        // Python 3.7 and newer have a word of flags and count on from 3390.
        let modern = (3390..20_000).contains(&(magic & 0xffff));
        let stamp = match word(4) {
            Some(0) if modern => Stamp::Time,
            Some(flags @ (1 | 3)) if modern => Stamp::Hash {
                hash: u64::from(word(8)?) | u64::from(word(12)?) << 32,
                key: magic,
                checked: flags == 3,
            },
            _ => Stamp::Old,
        };
        let mut names = 0;
        for found in patterns().find_overlapping_iter(bytes) {
            // The byte before tells a text from other data: its length, and before that its kind.
            let index = found.pattern().as_usize();
            if is_text(bytes, found.start(), NAMES[index].len()) {
                names |= 1 << index;
            }
        }
        Some(Self { stamp, names })
    }

    /// The dangerous names in it.
    pub(crate) fn dangerous(&self) -> String {
        listed(self.names)
    }

    /// In what it differs from the source, if it does.
    pub(crate) fn mismatch(&self, source: &Mark) -> Option<String> {
        let more = self.names & !source.names;
        let names = || format!("holds names that the source does not: {}", listed(more));
        match self.stamp {
            // The hash is written by whoever wrote the byte code: it says nothing about what is
            // in there. Installers do not make such files, and do not replace them.
            Stamp::Hash { hash, key, checked } => {
                let always = if checked { "" } else { UNCHECKED };
                let mut known = source.hashes.iter();
                let real = known.find(|(known, _)| *known == key);
                let fits = real.is_some_and(|(_, real)| *real == hash);
                let fits = if fits { "" } else { "not " };
                let detail =
                    format!("{always}{ALWAYS_RUN}, and its hash is {fits}that of the source");
                Some(match more {
                    0 => detail,
                    _ => format!("{detail}; it {}", names()),
                })
            }
            _ if more != 0 => Some(names()),
            // Byte code of another time or size is compiled anew, not run.
            Stamp::Time | Stamp::Old => None,
        }
    }
}

impl Mark {
    /// Reads a source file.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut names = 0;
        for found in patterns().find_overlapping_iter(bytes) {
            names |= 1 << found.pattern().as_usize();
        }
        let hashes = MAGICS.iter().map(|(magic, rounds)| {
            let key = magic | 0x0a0d << 16;
            (key, sip(u64::from(key), bytes, *rounds))
        });
        Self {
            names,
            hashes: hashes.collect(),
        }
    }
}

/// Where the source of a byte-code file is; `None`: it runs without.
pub(crate) fn source_of(path: &str) -> Option<String> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".pyc")?;
    match directory.strip_suffix("__pycache__") {
        Some(above) => {
            let module = stem.split('.').next().unwrap_or(stem);
            Some(format!("{above}{module}.py"))
        }
        None => path.strip_suffix('c').map(str::to_owned),
    }
}

fn listed(names: u64) -> String {
    let all = NAMES.iter().enumerate();
    let found = all.filter(|(index, _)| names & (1 << index) != 0);
    let found: Vec<_> = found.map(|(_, name)| *name).take(8).collect();
    found.join(", ")
}

fn patterns() -> &'static AhoCorasick {
    static PATTERNS: OnceLock<AhoCorasick> = OnceLock::new();
    PATTERNS.get_or_init(|| AhoCorasick::new(NAMES).expect("a few names make an automaton"))
}

/// Whether a serialized text of exactly this length begins here.
fn is_text(bytes: &[u8], at: usize, length: usize) -> bool {
    const SHORT: &[u8] = b"zZ\xfa\xda";
    const LONG: &[u8] = b"aAutsi\xe1\xc1\xf5\xf4\xf3";
    let length_byte = u8::try_from(length).unwrap_or(0);
    let short = at >= 2 && bytes[at - 1] == length_byte && SHORT.contains(&bytes[at - 2]);
    let long =
        at >= 5 && bytes[at - 4..at] == [length_byte, 0, 0, 0] && LONG.contains(&bytes[at - 5]);
    short || long
}

/// `SipHash`, the second half of its key zero.
fn sip(key: u64, bytes: &[u8], Rounds(rounds, last_rounds): Rounds) -> u64 {
    let mut state = [
        key ^ 0x736f_6d65_7073_6575,
        0x646f_7261_6e64_6f6d,
        key ^ 0x6c79_6765_6e65_7261,
        0x7465_6462_7974_6573,
    ];
    let mut chunks = bytes.chunks_exact(8);
    let absorb = |state: &mut [u64; 4], word: u64| {
        state[3] ^= word;
        (0..rounds).for_each(|_| sip_round(state));
        state[0] ^= word;
    };
    for chunk in &mut chunks {
        let word = chunk
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        absorb(&mut state, word);
    }
    let rest = chunks.remainder().iter().rev();
    let tail = rest.fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
    absorb(&mut state, tail | (bytes.len() as u64) << 56);
    state[2] ^= 0xff;
    (0..last_rounds).for_each(|_| sip_round(&mut state));
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn sip_round(state: &mut [u64; 4]) {
    let [a, b, c, d] = state;
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_hashed_as_their_compilers_do() {
        let mark = Mark::read(b"print(1)\n");
        let hash = |magic: u32| mark.hashes.iter().find(|(key, _)| key & 0xffff == magic);
        for (magic, expected) in [
            (3413, 2_367_518_704_890_935_195),
            (3439, 1_450_854_990_651_225_640),
            (3495, 6_426_771_085_687_882_202),
            (3571, 3_838_965_202_757_980_250),
        ] {
            assert_eq!(
                hash(magic).map(|(_, hash)| *hash),
                Some(expected),
                "{magic}"
            );
        }
    }

    /// Byte code of 3.11 with a hash, its texts as they are serialized.
    fn byte_code(hash: u64, names: &[&str]) -> Vec<u8> {
        let mut bytes = vec![0xa7, 0x0d, 0x0d, 0x0a, 3, 0, 0, 0];
        bytes.extend(hash.to_le_bytes());
        for name in names {
            bytes.extend([0xda, u8::try_from(name.len()).unwrap()]);
            bytes.extend(name.as_bytes());
        }
        bytes
    }

    #[test]
    fn byte_code_with_a_hash_is_told_even_where_the_hash_fits() {
        let mark = Mark::read(b"print(1)\n");
        let code = ByteCode::read(&byte_code(6_426_771_085_687_882_202, &["print"])).unwrap();
        let mismatch = code.mismatch(&mark).unwrap();
        assert!(mismatch.ends_with("its hash is that of the source"));
        let code = ByteCode::read(&byte_code(1, &["print"])).unwrap();
        let mismatch = code.mismatch(&mark).unwrap();
        assert!(mismatch.ends_with("its hash is not that of the source"));
        let code = ByteCode::read(&byte_code(6_426_771_085_687_882_202, &["exec"])).unwrap();
        assert!(code.mismatch(&mark).unwrap().contains("exec"));
    }

    #[test]
    fn a_name_within_another_text_is_none() {
        let code = ByteCode::read(&byte_code(0, &["executor", "evaluate"])).unwrap();
        assert_eq!(code.dangerous(), "");
    }

    #[test]
    fn byte_code_lies_beside_its_source_or_in_the_cache() {
        let expected = Some("a/b.py".to_owned());
        assert_eq!(source_of("a/__pycache__/b.cpython-311.pyc"), expected);
        assert_eq!(source_of("a/b.pyc"), expected);
        assert_eq!(source_of("a/b.py"), None);
    }
}

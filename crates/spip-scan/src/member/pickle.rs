//! Pickles: which functions reading one would call.

mod memory;
mod names;

use hashbrown::HashMap;

use crate::layout::ending;

/// How many opcodes and texts are kept track of.
const MOST_TEXTS: usize = 300_000;

/// How many values may lie on the stack.
const DEEPEST: usize = 4_000_000;

/// How long a text may be that could be the name of something.
const NAME: usize = 200;

/// How many dangerous names are listed.
const LISTED: usize = 8;

/// Endings of files that are pickles or hold some.
const ENDINGS: &[&str] = &[
    "pkl", "pickle", "pck", "pcl", "joblib", "dill", "pt", "pth", "bin", "ckpt", "model", "sav",
    "npy", "dat", "p",
];

/// What reading a pickle would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Walked {
    /// The names of what is dangerous, sorted.
    pub(crate) dangerous: Vec<String>,
    /// The pickle was read to its end.
    pub(crate) complete: bool,
}

/// Whether a file may be a pickle: certainly by its first bytes, or by its name.
pub(crate) fn is_likely(path: &str, head: &[u8]) -> bool {
    if head.starts_with(b"\x93NUMPY") {
        return pickled_part(head).is_some();
    }
    let by_head = match head {
        [0x80, 4 | 5, 0x95, ..] => true,
        [0x80, 2..=5, next, ..] => b"(]}ccXq\x8c)K\x94NUB".contains(next),
        _ => false,
    };
    let by_name = ENDINGS.contains(&ending(path));
    by_head
        || (by_name
            && matches!(
                head,
                [b'(' | b'c' | b']' | b'}' | b'I' | b'V' | b'\x93', ..]
            ))
}

/// Reads a pickle, or several in one file, or the objects in an array of numpy.
pub(crate) fn walk(bytes: &[u8]) -> Walked {
    let Some(mut rest) = pickled_part(bytes) else {
        return Walked {
            complete: true,
            ..Walked::default()
        };
    };
    let mut names = Names::default();
    let mut complete = true;
    while !rest.is_empty() {
        let mut machine = Machine {
            rest,
            stack: Vec::new(),
            texts: HashMap::new(),
            memo: 0,
            names: &mut names,
        };
        if machine.run().is_none() {
            let left = machine.rest;
            complete = false;
            // Some writers put raw arrays into the middle, which only their own reader skips.
            names.search(if names.any { left } else { rest });
            break;
        }
        rest = machine.rest;
    }
    Walked {
        dangerous: names.dangerous(),
        complete,
    }
}

/// The pickle in a file: arrays of numpy have one behind their header if they hold objects.
fn pickled_part(bytes: &[u8]) -> Option<&[u8]> {
    let Some(array) = bytes.strip_prefix(b"\x93NUMPY") else {
        return Some(bytes);
    };
    let (length, begin) = match array.first()? {
        1 => (
            usize::from(u16::from_le_bytes(array.get(2..4)?.try_into().ok()?)),
            4,
        ),
        _ => {
            let length = u32::from_le_bytes(array.get(2..6)?.try_into().ok()?);
            (usize::try_from(length).ok()?, 6)
        }
    };
    let end = length.checked_add(begin)?;
    let header = array.get(begin..end)?;
    let objects = header.windows(2).any(|pair| pair == b"|O" || pair == b"'O");
    if objects { array.get(end..) } else { None }
}

/// Names that were met.
#[derive(Default)]
struct Names {
    found: Vec<String>,
    /// Attributes are looked up by name.
    getter: bool,
    /// A text is the name of an attribute that leads anywhere.
    attribute: bool,
    /// A global was met at all.
    any: bool,
}

impl Names {
    pub(super) fn global(&mut self, module: &str, name: &str) {
        self.any = true;
        if names::is_getter(module, name) {
            self.getter = true;
        } else if names::is_dangerous(module, name) {
            self.found.push(format!("{module}.{name}"));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.attribute |= names::ATTRIBUTES.contains(&text);
    }

    pub(super) fn dangerous(mut self) -> Vec<String> {
        if self.getter && self.attribute {
            self.found.push("getattr".to_owned());
        }
        self.found.sort_unstable();
        self.found.dedup();
        self.found.truncate(LISTED);
        self.found
    }

    /// Looks for globals in bytes that cannot be read in order.
    pub(super) fn search(&mut self, bytes: &[u8]) {
        for module in names::MODULES {
            let global = format!("c{module}\n");
            for at in find_all(bytes, global.as_bytes()) {
                let name = bytes[at + global.len()..]
                    .split(|byte| *byte == b'\n')
                    .next();
                self.stray(module, name.unwrap_or_default());
            }
            let Ok(length) = u8::try_from(module.len()) else {
                continue;
            };
            let text = [&[0x8c, length][..], module.as_bytes()].concat();
            for at in find_all(bytes, &text) {
                let mut rest = &bytes[at + text.len()..];
                rest = rest.strip_prefix(b"\x94").unwrap_or(rest);
                if let [0x8c, length, rest @ ..] = rest {
                    self.stray(module, rest.get(..usize::from(*length)).unwrap_or_default());
                }
            }
        }
    }

    pub(super) fn stray(&mut self, module: &str, name: &[u8]) {
        match std::str::from_utf8(name) {
            Ok(name) if is_name(name) => self.global(module, name),
            _ => {}
        }
    }
}

fn find_all<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = part[0];
    let starts = bytes
        .iter()
        .enumerate()
        .filter(move |(_, byte)| **byte == first);
    starts
        .map(|(at, _)| at)
        .filter(move |at| bytes[*at..].starts_with(part))
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    !text.is_empty() && text.len() <= NAME && text.bytes().all(letter)
}

/// What lies on the stack, as far as names go.
#[derive(Clone)]
enum Value {
    Text(std::rc::Rc<str>),
    Mark,
    Other,
}

struct Machine<'a, 'n> {
    rest: &'a [u8],
    stack: Vec<Value>,
    texts: HashMap<u64, std::rc::Rc<str>>,
    memo: u64,
    names: &'n mut Names,
}

impl<'a> Machine<'a, '_> {
    /// Runs to the end of the pickle; `None`: this is none.
    pub(super) fn run(&mut self) -> Option<()> {
        loop {
            let code = self.take(1)?[0];
            if code == b'.' {
                return Some(());
            }
            self.step(code)?;
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(line)
    }

    pub(super) fn number(&mut self, width: usize) -> Option<u64> {
        let bytes = self.take(width)?;
        let number = bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Some(number)
    }

    pub(super) fn counted(&mut self, width: usize) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number(width)?).ok()?;
        self.take(count)
    }

    pub(super) fn push(&mut self, value: Value) -> Option<()> {
        self.stack.push(value);
        (self.stack.len() < DEEPEST).then_some(())
    }

    pub(super) fn push_text(&mut self, bytes: &[u8]) -> Option<()> {
        let text = std::str::from_utf8(bytes).unwrap_or("");
        if !is_name(text) {
            return self.push(Value::Other);
        }
        self.names.text(text);
        self.push(Value::Text(text.into()))
    }

    pub(super) fn pop(&mut self, count: usize) -> Option<()> {
        let left = self.stack.len().checked_sub(count)?;
        self.stack.truncate(left);
        Some(())
    }

    pub(super) fn pop_mark(&mut self) -> Option<()> {
        let mark = self
            .stack
            .iter()
            .rposition(|value| matches!(value, Value::Mark))?;
        self.stack.truncate(mark);
        Some(())
    }

    pub(super) fn step(&mut self, code: u8) -> Option<()> {
        match code {
            // PROTO, FRAME
            0x80 => self.take(1).map(drop),
            0x95 => self.take(8).map(drop),
            b'(' => self.push(Value::Mark),
            b'0' => self.pop(1),
            b'1' => self.pop_mark(),
            b'2' => {
                let top = self.stack.last()?.clone();
                self.push(top)
            }
            _ => self.value(code),
        }
    }

    /// Opcodes that push something new.
    pub(super) fn value(&mut self, code: u8) -> Option<()> {
        match code {
            b'N' | b')' | b']' | b'}' | 0x88 | 0x89 | 0x8f | 0x97 => self.push(Value::Other),
            b'I' | b'L' | b'F' | b'P' => {
                self.line()?;
                self.push(Value::Other)
            }
            b'J' | b'K' | b'M' | b'G' => {
                let width = match code {
                    b'J' => 4,
                    b'K' => 1,
                    b'M' => 2,
                    _ => 8,
                };
                self.take(width)?;
                self.push(Value::Other)
            }
            0x82..=0x84 => {
                // Extension registry: which object that is, the reader's own table says.
                self.take(1 << (code - 0x82))?;
                self.push(Value::Other)
            }
            0x8a | 0x8b | b'B' | b'C' | 0x8e | 0x96 => {
                let width = match code {
                    0x8a | b'C' => 1,
                    0x8e | 0x96 => 8,
                    _ => 4,
                };
                self.counted(width)?;
                self.push(Value::Other)
            }
            b'V' | b'S' => {
                let line = self.line()?;
                let quote = |byte: &u8| matches!(*byte, b'\'' | b'"');
                let bare = match line {
                    [first, middle @ .., last] if quote(first) && quote(last) => middle,
                    _ => line,
                };
                self.push_text(bare)
            }
            b'T' | b'X' | b'U' | 0x8c | 0x8d => {
                let width = match code {
                    b'U' | 0x8c => 1,
                    0x8d => 8,
                    _ => 4,
                };
                let text = self.counted(width)?;
                self.push_text(text)
            }
            _ => self.memory(code),
        }
    }

    /// Opcodes that name, build and call.
    pub(super) fn action(&mut self, code: u8) -> Option<()> {
        match code {
            b'c' | b'i' => {
                let (module, name) = (self.line()?, self.line()?);
                let text = |bytes| std::str::from_utf8(bytes).ok().filter(|text| is_name(text));
                self.names.global(text(module)?, text(name)?);
                if code == b'i' {
                    self.pop_mark()?;
                }
                self.push(Value::Other)
            }
            0x93 => {
                let name = self.stack.pop()?;
                let module = self.stack.pop()?;
                match (module, name) {
                    (Value::Text(module), Value::Text(name)) => self.names.global(&module, &name),
                    _ => self
                        .names
                        .found
                        .push("a name put together while reading".to_owned()),
                }
                self.push(Value::Other)
            }
            // APPEND, BUILD: two become one.
            b'a' | b'b' => self.pop(1),
            b's' => self.pop(2),
            // REDUCE, NEWOBJ, NEWOBJ_EX, TUPLE1 to TUPLE3, BINPERSID
            b'R' | 0x81 | 0x86 => self.replace(2),
            0x92 | 0x87 => self.replace(3),
            0x85 | b'Q' => self.replace(1),
            // APPENDS, SETITEMS, ADDITEMS
            b'e' | b'u' | 0x90 => self.pop_mark(),
            // TUPLE, LIST, DICT, OBJ, FROZENSET
            b't' | b'l' | b'd' | b'o' | 0x91 => {
                self.pop_mark()?;
                self.push(Value::Other)
            }
            // READONLY_BUFFER
            0x98 => Some(()),
            _ => None,
        }
    }

    pub(super) fn replace(&mut self, count: usize) -> Option<()> {
        self.pop(count)?;
        self.push(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn dangerous(bytes: &[u8]) -> Vec<String> {
        walk(bytes).dangerous
    }

    #[test]
    pub(super) fn calls_of_the_system_are_named() {
        assert_eq!(dangerous(b"cos\nsystem\n(S'echo'\ntR."), ["os.system"]);
        assert_eq!(dangerous(b"(S'echo'\nios\nsystem\n."), ["os.system"]);
        let four = b"\x80\x04\x95\x1e\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04echo\x94\x85\x94R\x94.";
        assert_eq!(dangerous(four), ["posix.system"]);
    }

    #[test]
    pub(super) fn names_that_are_fetched_from_the_memo_are_followed() {
        let bytes = b"\x80\x04\x8c\x04eval\x94\x8c\x08builtins\x940h\x010h\x01h\x00\x93.";
        assert_eq!(dangerous(bytes), ["builtins.eval"]);
    }

    #[test]
    pub(super) fn a_name_that_no_text_gives_is_dangerous() {
        let bytes = b"\x80\x04\x8c\x02os\x94c_codecs\nencode\n\x8c\x01x\x85R\x93.";
        assert_eq!(dangerous(bytes), ["a name put together while reading"]);
    }

    #[test]
    pub(super) fn attributes_are_dangerous_if_their_names_are() {
        let getattr = b"cbuiltins\ngetattr\n(cfractions\nFraction\nS'real'\ntR.";
        assert_eq!(dangerous(getattr), Vec::<String>::new());
        let getattr = b"cbuiltins\ngetattr\n(cfractions\nFraction\nS'__globals__'\ntR.";
        assert_eq!(dangerous(getattr), ["getattr"]);
    }

    #[test]
    pub(super) fn ordinary_pickles_are_nothing() {
        let three = b"\x80\x03ccollections\nOrderedDict\nq\0)Rq\x01X\x01\0\0\0aq\x02K\x01s.";
        let walked = walk(three);
        assert_eq!((walked.dangerous, walked.complete), (Vec::new(), true));
        let zero = b"(dp0\nS'a'\np1\nI1\ns.";
        assert!(walk(zero).complete);
    }

    #[test]
    pub(super) fn what_cannot_be_read_in_order_is_searched() {
        let bytes = b"\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\nq\0)\x81q\x01\xff\xff\xffcos\nsystem\n";
        let walked = walk(bytes);
        assert_eq!(
            (walked.dangerous.as_slice(), walked.complete),
            (&["os.system".to_owned()][..], false)
        );
    }

    #[test]
    pub(super) fn arrays_of_numpy_are_read_if_they_hold_objects() {
        let array = |kind: &str| {
            let header =
                format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (1,), }}\n");
            let length = u16::try_from(header.len()).unwrap().to_le_bytes();
            [
                b"\x93NUMPY\x01\0",
                &length[..],
                header.as_bytes(),
                b"cos\nsystem\n(S'x'\ntR.",
            ]
            .concat()
        };
        assert_eq!(dangerous(&array("|O")), ["os.system"]);
        assert_eq!(dangerous(&array("<f8")), Vec::<String>::new());
    }

    #[test]
    pub(super) fn pickles_cut_off_anywhere_do_no_harm() {
        let four = b"\x80\x04\x95\x1e\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04echo\x94\x85\x94R\x94.";
        for length in 0..four.len() {
            walk(&four[..length]);
        }
    }
}

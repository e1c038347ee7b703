//! What is known of a value: its content, its name, or only where it comes from.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use spip_core::Taints;

use super::wide::Wide;

/// Stands for a part of a text that is not known (U+FFFC).
pub(super) const HOLE: char = '\u{fffc}';

/// How much of a partly known text is kept, in bytes.
pub(super) const LONGEST_TEXT: usize = 2000;

/// How many values one variable may have had.
const MOST_ALTERNATIVES: usize = 4;

/// The longest texts that are compared byte by byte only to tell values apart.
const LONGEST_SAME: usize = 64 << 10;
/// How many items a container may have before it is forgotten.
pub(super) const MOST_ITEMS: usize = 200_000;

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Value<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) taints: Taints,
    /// What it stands for on disk: equal keys are the same file. 0: nothing.
    pub(super) key: u32,
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    Unknown,
    None,
    Bool(bool),
    Int(Wide),
    Float(f64),
    Str(Chars<'a>),
    Bytes(Octets<'a>),
    /// A text with holes.
    Text(Rc<str>),
    List(Items<'a>),
    Dict(Pairs<'a>),
    /// A dotted name outside this file, `os.environ`, or what calling it gives, `socket.socket()`.
    Path(Rc<str>),
    /// A function of this file, by number, and what it is bound to.
    Function(usize, Option<Rc<Value<'a>>>),
    Class(usize),
    Instance(usize),
    /// A callable with arguments already given.
    Partial(Rc<Partial<'a>>),
    /// One of these.
    Either(Rc<[Value<'a>]>),
}

/// A list, tuple or set; lists are shared by everything that names them.
pub(super) type Items<'a> = Rc<RefCell<Vec<Value<'a>>>>;

/// A dictionary; later entries win.
pub(super) type Pairs<'a> = Rc<RefCell<Vec<(Value<'a>, Value<'a>)>>>;

/// `functools.partial` and its like.
#[derive(Debug)]
pub(super) struct Partial<'a> {
    pub(super) callee: Value<'a>,
    pub(super) arguments: Arguments<'a>,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments<'a> {
    pub(super) positional: Vec<Value<'a>>,
    pub(super) named: Vec<(&'a str, Value<'a>)>,
    /// What `**` gave, if that was not known by name.
    pub(super) rest: Taints,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(positional: Vec<Value<'a>>) -> Self {
        Self {
            positional,
            ..Self::default()
        }
    }

    /// The argument at a place or under a name.
    pub(super) fn get(&self, index: usize, name: &str) -> Option<&Value<'a>> {
        self.positional.get(index).or_else(|| self.named(name))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Value<'a>> {
        let mut named = self.named.iter();
        named
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        let named = self.named.iter().map(|(_, value)| value);
        self.positional.iter().chain(named)
    }

    pub(super) fn taints(&self) -> Taints {
        let each = self.values().map(Value::all_taints);
        each.fold(self.rest, Taints::with)
    }
}

/// Text from the source or made from it.
#[derive(Clone, Debug)]
pub(super) enum Chars<'a> {
    Lit(&'a str),
    Own(Rc<str>),
}

impl Deref for Chars<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Lit(text) => text,
            Self::Own(text) => text,
        }
    }
}

/// Bytes from the source or made from it.
#[derive(Clone, Debug)]
pub(super) enum Octets<'a> {
    Lit(&'a [u8]),
    Own(Rc<[u8]>),
}

impl Deref for Octets<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lit(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl<'a> From<Kind<'a>> for Value<'a> {
    fn from(kind: Kind<'a>) -> Self {
        Self {
            kind,
            taints: Taints::NONE,
            key: 0,
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn unknown(taints: Taints) -> Self {
        Self::from(Kind::Unknown).tainted(taints)
    }

    pub(super) fn none() -> Self {
        Kind::None.into()
    }

    pub(super) fn int(value: impl Into<i128>) -> Self {
        Kind::Int(Wide::from(value.into())).into()
    }

    pub(super) fn literal(text: &'a str) -> Self {
        Kind::Str(Chars::Lit(text)).into()
    }

    pub(super) fn string(text: impl Into<Rc<str>>) -> Self {
        Kind::Str(Chars::Own(text.into())).into()
    }

    pub(super) fn bytes(bytes: impl Into<Rc<[u8]>>) -> Self {
        Kind::Bytes(Octets::Own(bytes.into())).into()
    }

    pub(super) fn path(name: impl Into<Rc<str>>) -> Self {
        Kind::Path(name.into()).into()
    }

    /// A text of which parts may be unknown.
    pub(super) fn text(mut text: String) -> Self {
        if !text.contains(HOLE) {
            return Self::string(text);
        }
        if text.len() > LONGEST_TEXT {
            let mut end = LONGEST_TEXT;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push(HOLE);
        }
        Kind::Text(text.into()).into()
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        if items.len() > MOST_ITEMS {
            let taints = items.iter().map(|item| item.taints);
            return Self::unknown(taints.fold(Taints::NONE, Taints::with));
        }
        Kind::List(Rc::new(RefCell::new(items))).into()
    }

    pub(super) fn dict(pairs: Vec<(Self, Self)>) -> Self {
        Kind::Dict(Rc::new(RefCell::new(pairs))).into()
    }

    #[must_use]
    pub(super) fn tainted(mut self, taints: Taints) -> Self {
        self.taints = self.taints.with(taints);
        self
    }

    #[must_use]
    pub(super) fn keyed(mut self, key: u32) -> Self {
        self.key = key;
        self
    }

    /// Every value it may be.
    pub(super) fn alternatives(&self) -> &[Self] {
        match &self.kind {
            Kind::Either(values) => values,
            _ => std::slice::from_ref(self),
        }
    }

    /// What it may be after it was either this or that.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        let taints = self.taints.with(other.taints);
        let key = if self.key == 0 { other.key } else { self.key };
        // Something of which nothing is known, or else nothing: `found or []`.
        if matches!(other.kind, Kind::Unknown | Kind::None)
            || matches!(self.kind, Kind::Unknown) && other.is_empty()
        {
            return Self {
                taints,
                key,
                ..self
            };
        }
        if matches!(self.kind, Kind::Unknown | Kind::None) || self.same(&other) {
            return Self {
                taints,
                key,
                ..other
            };
        }
        if let Kind::Either(values) = &self.kind
            && values.first().is_some_and(|latest| latest.is(&other))
        {
            return Self {
                taints,
                key,
                ..self
            };
        }
        Self {
            kind: Kind::Either(together(&other, &self)),
            taints,
            key,
        }
    }

    /// Whether nothing tells the two apart.
    fn is(&self, other: &Self) -> bool {
        self.taints == other.taints && self.key == other.key && self.same(other)
    }

    /// Whether it is a container with nothing in it.
    fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::List(items) => items.borrow().is_empty(),
            Kind::Dict(pairs) => pairs.borrow().is_empty(),
            _ => false,
        }
    }

    /// Whether the two are known to be the same; cheap, so large values may be missed.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::None, Kind::None) => true,
            (Kind::Bool(left), Kind::Bool(right)) => left == right,
            (Kind::Int(left), Kind::Int(right)) => left == right,
            (Kind::Str(left), Kind::Str(right)) => same_bytes(left.as_bytes(), right.as_bytes()),
            (Kind::Bytes(left), Kind::Bytes(right)) => same_bytes(left, right),
            (Kind::Text(left), Kind::Text(right)) | (Kind::Path(left), Kind::Path(right)) => {
                left == right
            }
            (Kind::List(left), Kind::List(right)) => Rc::ptr_eq(left, right),
            (Kind::Dict(left), Kind::Dict(right)) => Rc::ptr_eq(left, right),
            (Kind::Function(left, _), Kind::Function(right, _))
            | (Kind::Class(left), Kind::Class(right))
            | (Kind::Instance(left), Kind::Instance(right)) => left == right,
            _ => false,
        }
    }

    /// The text, where all of it is known.
    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i128> {
        match self.kind {
            Kind::Int(value) => Some(value.get()),
            Kind::Bool(value) => Some(value.into()),
            _ => None,
        }
    }

    /// The bytes of a byte string, or of a list of small numbers.
    pub(super) fn as_bytes(&self) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Bytes(bytes) => Some(bytes.to_vec()),
            Kind::List(items) => {
                let items = items.borrow();
                items
                    .iter()
                    .map(|item| u8::try_from(item.as_int()?).ok())
                    .collect()
            }
            _ => None,
        }
    }

    pub(super) fn as_path(&self) -> Option<&Rc<str>> {
        match &self.kind {
            Kind::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it is known to be true or false.
    pub(super) fn truth(&self) -> Option<bool> {
        Some(match &self.kind {
            Kind::None => false,
            Kind::Bool(value) => *value,
            Kind::Int(value) => value.get() != 0,
            Kind::Float(value) => *value != 0.0,
            Kind::Str(text) => !text.is_empty(),
            Kind::Bytes(bytes) => !bytes.is_empty(),
            Kind::List(items) => !items.borrow().is_empty(),
            Kind::Dict(pairs) => !pairs.borrow().is_empty(),
            Kind::Function(..) | Kind::Class(_) => true,
            _ => return None,
        })
    }
}

/// All alternatives of the one and, as far as there is room, those that only the other has.
fn together<'a>(one: &Value<'a>, other: &Value<'a>) -> Rc<[Value<'a>]> {
    let first = one.alternatives();
    let mut more = [one; MOST_ALTERNATIVES];
    let mut count = 0;
    for value in other.alternatives() {
        let mut known = first.iter().chain(more[..count].iter().copied());
        if first.len() + count < MOST_ALTERNATIVES && !known.any(|known| known.same(value)) {
            more[count] = value;
            count += 1;
        }
    }
    if count == 0 {
        return first.into();
    }
    first
        .iter()
        .chain(more[..count].iter().copied())
        .cloned()
        .collect()
}

/// Whether two texts are one; of long ones only whether they are one in memory.
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && (left.as_ptr() == right.as_ptr() || left.len() <= LONGEST_SAME && left == right)
}

//! The files that code names, and what goes into them.

use std::rc::Rc;

use hashbrown::HashMap;
use spip_core::Taints;

/// A shorter name stands in texts by chance.
const SHORTEST_NAME: usize = 4;

/// Numbers of files and buffers by their texts: equal texts are the same file.
#[derive(Default)]
pub(super) struct Keys {
    numbers: HashMap<Rc<str>, u32>,
    /// The texts of the numbers from 1 on.
    texts: Vec<Rc<str>>,
}

impl Keys {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The number of a text, if it has one.
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// The number of a text.
    pub(super) fn number(&mut self, text: String) -> u32 {
        match self.get(&text) {
            Some(known) => known,
            None => self.add(text.into()),
        }
    }

    /// A number for something without a name.
    pub(super) fn fresh(&mut self) -> u32 {
        let text = format!("{{buffer {}}}", self.len() + 1);
        self.add(text.into())
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.texts.get(place).map(|text| &**text)
    }

    fn add(&mut self, text: Rc<str>) -> u32 {
        self.texts.push(text.clone());
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text, number);
        number
    }
}

/// A file that code writes.
pub(super) struct Written {
    /// Its path, as far as it is known.
    pub(super) path: String,
    /// Its number; 0: none.
    pub(super) key: u32,
    /// What goes into it.
    pub(super) taints: Taints,
    /// Where the part of the path begins that other texts name it by.
    begin: usize,
    letters: u64,
}

impl Written {
    /// A file of this path and number.
    pub(super) fn new(path: String, key: u32, taints: Taints) -> Self {
        let named = path.trim_start_matches(['\u{fffc}', '/', '.']);
        Self {
            begin: path.len() - named.len(),
            letters: letters(named),
            path,
            key,
            taints,
        }
    }
}

/// What goes into the files that a text names.
pub(super) fn named_in(text: &str, written: &[Written]) -> Taints {
    let given = letters(text);
    let mut taints = Taints::NONE;
    for one in written {
        let named = &one.path[one.begin..];
        // Most names have letters that the text does not have; looking for them takes longer.
        if named.len() >= SHORTEST_NAME
            && one.letters & !given == 0
            && !taints.all(one.taints)
            && text.contains(named)
        {
            taints = taints.with(one.taints);
        }
    }
    taints
}

/// A bit for each byte of a text; several bytes share one.
fn letters(text: &str) -> u64 {
    let bytes = text.bytes();
    bytes.fold(0, |letters, byte| letters | 1 << (byte & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut keys = Keys::default();
        let first = keys.number("a.txt".to_owned());
        let second = keys.fresh();
        assert_ne!(first, second);
        assert_eq!(keys.number("a.txt".to_owned()), first);
        assert_eq!(keys.get("a.txt"), Some(first));
        assert_eq!(keys.text(first), Some("a.txt"));
        assert_eq!(keys.text(second), Some("{buffer 2}"));
        assert_eq!((keys.text(0), keys.text(3), keys.len()), (None, None, 2));
    }

    #[test]
    fn texts_name_files() {
        let written = [
            Written::new("\u{fffc}/drop.bin".to_owned(), 1, Taints::DROPPED),
            Written::new("/x.y".to_owned(), 2, Taints::FILE),
        ];
        assert_eq!(named_in("run ./drop.bin now", &written), Taints::DROPPED);
        assert_eq!(named_in("run ./dropbin. now", &written), Taints::NONE);
        // Too short.
        assert_eq!(named_in("cat /x.y", &written), Taints::NONE);
    }
}

//! Which letters people and typefaces confuse.

/// Rows of the common Latin keyboard; each row is shifted right by about half a key.
const KEYBOARD: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

/// Single characters that look alike in common typefaces, or that stand for one another in
/// deliberate respellings.
const LOOK_ALIKE: [&[u8; 2]; 14] = [
    b"0o", b"1l", b"1i", b"il", b"3e", b"4a", b"5s", b"6g", b"7t", b"8b", b"9g", b"2z", b"uv",
    b"gq",
];

/// Letters that can stand for the same sound.
const SOUND_ALIKE: [&[u8; 2]; 7] = [b"cs", b"ck", b"sz", b"kq", b"fv", b"gj", b"xz"];

/// Sequences that look alike: drawn close together, the left one reads as the right one.
pub(super) const LOOK_ALIKE_SEQUENCES: [(&str, &str); 13] = [
    ("rn", "m"),
    ("vv", "w"),
    ("cl", "d"),
    ("nn", "m"),
    ("0", "o"),
    ("1", "l"),
    ("1", "i"),
    ("i", "l"),
    ("3", "e"),
    ("4", "a"),
    ("5", "s"),
    ("7", "t"),
    ("8", "b"),
];

/// Whether the keys touch.
pub(super) fn are_neighbours(one: u8, two: u8) -> bool {
    let place = |key: u8| {
        KEYBOARD.iter().enumerate().find_map(|(row, keys)| {
            let column = keys.iter().position(|&candidate| candidate == key)?;
            Some((row, column))
        })
    };
    let (Some(one), Some(two)) = (place(one), place(two)) else {
        return false;
    };
    let (upper, lower) = if one.0 <= two.0 {
        (one, two)
    } else {
        (two, one)
    };
    match lower.0 - upper.0 {
        0 => upper.1.abs_diff(lower.1) == 1,
        1 => upper.1 == lower.1 || upper.1 == lower.1 + 1,
        _ => false,
    }
}

/// Whether the characters look alike.
pub(super) fn look_alike(one: u8, two: u8) -> bool {
    is_pair(&LOOK_ALIKE, one, two)
}

/// Whether the letters sound alike: two vowels, or two consonants of one sound.
pub(super) fn sound_alike(one: u8, two: u8) -> bool {
    let vowel = |letter| b"aeiouy".contains(&letter);
    one != two && (vowel(one) && vowel(two) || is_pair(&SOUND_ALIKE, one, two))
}

fn is_pair(pairs: &[&[u8; 2]], one: u8, two: u8) -> bool {
    one != two
        && pairs
            .iter()
            .any(|pair| pair.contains(&one) && pair.contains(&two))
}

/// Which characters occur, and which letters more than once. One edit changes at most two bits, a
/// swap none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature(u64);

impl Signature {
    /// Reads the characters of a normalised name.
    pub(super) fn of(name: &str) -> Self {
        const LETTERS: u64 = (1 << 26) - 1;
        const AGAIN: u32 = 37;
        let bits = name.bytes().fold(0_u64, |bits, byte| {
            let bit = match byte {
                b'a'..=b'z' => 1 << (byte - b'a'),
                b'0'..=b'9' => 1 << (byte - b'0' + 26),
                _ => 1 << 36,
            };
            bits | bit | (bits & bit & LETTERS) << AGAIN
        });
        Self(bits)
    }

    /// Whether names with these characters can be this many edits apart. Never wrong about a
    /// `false`.
    pub(super) fn allows(self, other: Self, edits: u32) -> bool {
        let mut different = self.0 ^ other.0;
        for _ in 0..2 * edits {
            // Takes away the lowest set bit; counting all of them would cost more.
            different &= different.wrapping_sub(1);
        }
        different == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_touch_sideways_and_across_rows() {
        for (one, two) in [
            (b'q', b'w'),
            (b'g', b'b'),
            (b'g', b'v'),
            (b's', b'z'),
            (b'3', b'e'),
        ] {
            assert!(are_neighbours(one, two) && are_neighbours(two, one));
        }
        for (one, two) in [
            (b'q', b'p'),
            (b'q', b'z'),
            (b'a', b'x'),
            (b'a', b'a'),
            (b'a', b'-'),
        ] {
            assert!(!are_neighbours(one, two) && !are_neighbours(two, one));
        }
    }

    #[test]
    fn letters_look_and_sound_alike_both_ways() {
        assert!(look_alike(b'0', b'o') && look_alike(b'o', b'0') && !look_alike(b'o', b'o'));
        assert!(sound_alike(b'a', b'e') && sound_alike(b'k', b'c') && !sound_alike(b'b', b'x'));
    }

    #[test]
    fn one_edit_changes_at_most_two_bits_of_a_signature() {
        let signature = Signature::of("requests");
        for near in [
            "requsets",
            "request",
            "requestss",
            "requezts",
            "requestses",
            "eequests",
        ] {
            let edits = u32::try_from(strsim::osa_distance("requests", near)).unwrap();
            assert!(signature.allows(Signature::of(near), edits), "{near}");
        }
        assert!(!signature.allows(Signature::of("flask"), 2));
    }
}

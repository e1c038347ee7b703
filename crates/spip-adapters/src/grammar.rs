//! Reads a command line the way a tool's own parser does: which words are options, which are
//! values of options, and where the first word stands that is neither.

use std::ffi::OsString;

use crate::Intent;

/// What a command line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it does.
    pub intent: Intent,
    /// The words of the command, such as `["pip", "install"]`; empty: there is none.
    pub command: Vec<String>,
    /// Where the program stands that [`Intent::RunsCode`] starts: an index into the arguments.
    /// Everything from there on is the program's own business. `None`: it starts none.
    pub program: Option<usize>,
}

impl Reading {
    /// A command line with an option that nobody knows, or what it was understood as.
    pub(crate) fn or_unknown(found: Result<Self, Strange>) -> Self {
        found.unwrap_or_else(|Strange| Self::of(Intent::Unknown, Vec::new()))
    }

    /// A command that is understood and starts no program.
    pub(crate) fn of(intent: Intent, command: Vec<String>) -> Self {
        Self {
            intent,
            command,
            program: None,
        }
    }
}

/// The options of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Those with a value, with their dashes: `--python`, `-p`.
    pub(crate) valued: &'static [&'static str],
    /// Those without.
    pub(crate) flags: &'static [&'static str],
    /// Whether a long option may be cut short while it stays unique, as Python's argparse allows.
    pub(crate) may_be_cut: bool,
}

/// An option that is in no table, so that nobody knows whether the next word belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strange;

/// Where the first word stands that is neither an option nor a value of one, from `start` on.
/// `Ok(None)`: there is none.
pub(crate) fn first_word(
    arguments: &[OsString],
    start: usize,
    options: &[Options],
) -> Result<Option<usize>, Strange> {
    let mut at = start;
    while let Some(argument) = arguments.get(at) {
        let text = argument.to_string_lossy();
        if text == "--" {
            return Ok((at + 1 < arguments.len()).then_some(at + 1));
        }
        if !text.starts_with('-') || text == "-" {
            return Ok(Some(at));
        }
        at += 1 + usize::from(takes_next(&text, options)?);
    }
    Ok(None)
}

/// Whether the word behind this option is its value.
fn takes_next(option: &str, options: &[Options]) -> Result<bool, Strange> {
    if !option.starts_with("--") {
        return short_takes_next(option, options);
    }
    let (name, has_value) = match option.split_once('=') {
        Some((name, _)) => (name, true),
        None => (option, false),
    };
    let is_valued = kind_of(name, options).ok_or(Strange)?;
    Ok(is_valued && !has_value)
}

/// `-vp3.12`: flags, then perhaps one option whose value is the rest or the next word.
fn short_takes_next(cluster: &str, options: &[Options]) -> Result<bool, Strange> {
    let letters = &cluster[1..];
    for (place, letter) in letters.char_indices() {
        let is_valued = kind_of(&format!("-{letter}"), options).ok_or(Strange)?;
        if is_valued {
            return Ok(place + letter.len_utf8() == letters.len());
        }
    }
    Ok(false)
}

/// Whether an option has a value; `None`: it is in no table, or cut so short that it could be
/// several of different kinds.
fn kind_of(name: &str, options: &[Options]) -> Option<bool> {
    let is_in = |table: &[&str]| table.contains(&name);
    if options.iter().any(|it| is_in(it.valued)) {
        return Some(true);
    }
    if options.iter().any(|it| is_in(it.flags)) {
        return Some(false);
    }
    let cut = options.iter().filter(|it| it.may_be_cut);
    let mut kinds = cut.flat_map(|it| {
        let valued = it.valued.iter().map(|known| (*known, true));
        let flags = it.flags.iter().map(|known| (*known, false));
        valued.chain(flags)
    });
    let is_long = name.starts_with("--");
    let mut fitting = kinds
        .by_ref()
        .filter(|(known, _)| is_long && known.starts_with(name));
    let (_, first) = fitting.next()?;
    fitting.all(|(_, kind)| kind == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Options = Options {
        valued: &["--python", "-p"],
        flags: &["--quiet", "-q", "-v"],
        may_be_cut: false,
    };
    const CUT: Options = Options {
        valued: &["--spec", "--python"],
        flags: &["--quiet", "--pypackages"],
        may_be_cut: true,
    };

    fn word(line: &str, options: Options) -> Result<Option<String>, Strange> {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let found = first_word(&arguments, 0, &[options])?;
        Ok(found.map(|at| arguments[at].to_string_lossy().into_owned()))
    }

    macro_rules! is {
        ($text:literal) => {
            Ok(Some($text.to_owned()))
        };
    }

    #[test]
    fn skips_options_and_their_values_in_every_spelling() {
        assert_eq!(word("--python 3.12 -q app", PLAIN), is!("app"));
        assert_eq!(word("--python=3.12 app", PLAIN), is!("app"));
        assert_eq!(word("-p 3.12 app", PLAIN), is!("app"));
        assert_eq!(word("-p3.12 app", PLAIN), is!("app"));
        assert_eq!(word("-qvp 3.12 app -x", PLAIN), is!("app"));
        assert_eq!(word("-- -app", PLAIN), is!("-app"));
        assert_eq!(word("-", PLAIN), is!("-"));
        assert_eq!(word("-q", PLAIN), Ok(None));
        assert_eq!(word("--", PLAIN), Ok(None));
    }

    #[test]
    fn an_option_that_nobody_knows_is_never_guessed_at() {
        assert_eq!(word("--new thing app", PLAIN), Err(Strange));
        assert_eq!(word("--new=thing app", PLAIN), Err(Strange));
        assert_eq!(word("-qx app", PLAIN), Err(Strange));
        assert_eq!(word("--pyth 3.12 app", PLAIN), Err(Strange));
    }

    #[test]
    fn options_may_be_cut_short_where_the_tool_allows_it() {
        assert_eq!(word("--spe black app", CUT), is!("app"));
        assert_eq!(word("--q app", CUT), is!("app"));
        assert_eq!(
            word("--py app", CUT),
            Err(Strange),
            "--python or --pypackages"
        );
    }
}

//! From text to a syntax tree, whatever is wrong with the text.

use ruff_python_ast::token::Tokens;
use ruff_python_ast::{Mod, ModModule, PythonVersion};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

/// The tree of a text, whose tokens are looked at on the way. What cannot be parsed is left out of
/// the tree.
pub(super) fn file(text: &str, look: impl FnOnce(&Tokens)) -> ModModule {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::latest());
    let parsed = parse_unchecked(text, options);
    look(parsed.tokens());
    match parsed.into_syntax() {
        Mod::Module(module) => module,
        Mod::Expression(_) => unreachable!("parsed as a module"),
    }
}

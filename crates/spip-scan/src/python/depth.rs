//! How deeply source text may be nested: trees are walked and dropped recursively.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Texts up to this many bytes cannot be nested too deeply.
const SHORT: usize = 48 << 10;

/// How many operators and brackets may hold each other. Python itself gives up on fewer: it takes
/// 200 brackets and a few thousand operators.
const DEEPEST: usize = 20_000;

/// How much of a stack a walk may take, in bytes. Pages that were touched stay in memory.
const MOST_STACK: usize = 64 << 20;

/// What a text is like, as far as memory is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// An upper bound of the depth of its tree, exact enough to tell hostile text.
    pub(super) too_deep: bool,
    /// How many tokens it has; an estimate where the text is short.
    pub(super) tokens: u64,
}

/// Measures a text without recursion, up to so many tokens.
pub(super) fn shape(text: &str, most: u64) -> Shape {
    let mut shape = Shape {
        too_deep: false,
        tokens: text.len() as u64 / 2,
    };
    if text.len() <= SHORT {
        return shape;
    }
    shape.tokens = 0;
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut nest = Nest::default();
    loop {
        let kind = lexer.next_token();
        if kind == TokenKind::EndOfFile || shape.tokens > most {
            return shape;
        }
        shape.tokens += 1;
        nest.take(kind);
        if nest.depth > DEEPEST {
            shape.too_deep = true;
            return shape;
        }
    }
}

/// The brackets that are open, and the operators that hold each other in each of them.
#[derive(Default)]
struct Nest {
    levels: Vec<Level>,
    here: Level,
    depth: usize,
}

#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last comma.
    operators: usize,
    /// What goes on behind a comma: `lambda a, b: …`.
    lambdas: usize,
}

impl Nest {
    fn take(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.here.operators += 1;
                self.depth += 1;
                self.levels.push(std::mem::take(&mut self.here));
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if let Some(level) = self.levels.pop() {
                    self.depth -= self.here.operators + self.here.lambdas;
                    self.here = level;
                }
            }
            TokenKind::Newline | TokenKind::Semi => *self = Self::default(),
            TokenKind::Comma => self.depth -= std::mem::take(&mut self.here.operators),
            TokenKind::Lambda => {
                self.here.lambdas += 1;
                self.depth += 1;
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Indent
            | TokenKind::Dedent
            | TokenKind::Colon
            | TokenKind::Equal => {}
            _ => {
                self.here.operators += 1;
                self.depth += 1;
            }
        }
    }
}

/// How far the stack has grown since a walk began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    begin: usize,
    most: usize,
}

impl Stack {
    /// The stack as it is now.
    pub(super) fn now() -> Self {
        Self {
            begin: here(),
            most: MOST_STACK.min(crate::pool::stack() / 2),
        }
    }

    /// Whether calls may go deeper.
    pub(super) fn has_room(&self) -> bool {
        self.begin.abs_diff(here()) < self.most
    }
}

/// An address on the stack.
#[inline]
fn here() -> usize {
    let mark = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}

//! Cuts a command line into words, pipes and ends of commands.

#[derive(Debug, Default)]
pub(super) struct Word {
    /// What it says, without quotes.
    pub(super) text: String,
    /// Scripts whose output becomes part of the word.
    pub(super) inner: Vec<String>,
    /// Whether it stands for a redirection of the next word.
    pub(super) redirect: Option<Redirect>,
    /// Where it ends in the text.
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Redirect {
    In,
    Out,
}

pub(super) enum Token {
    Word(Word),
    Pipe,
    End,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        text,
        at: 0,
        word: None,
        tokens: Vec::new(),
    };
    reader.read();
    reader.tokens
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    word: Option<Word>,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(character) = self.next() {
            match character {
                // Parentheses of PowerShell and of groups say nothing about who runs.
                ' ' | '\t' | '\r' | '(' | ')' => self.end_word(),
                '|' if self.eat('|') => self.end(Token::End),
                '|' => {
                    self.eat('&');
                    self.end(Token::Pipe);
                }
                '&' if self.eat('&') => self.end(Token::End),
                '&' if self.peek() == Some('>') => {}
                '&' | '\n' | ';' => self.end(Token::End),
                '>' | '<' => self.redirect(character),
                '\'' | '"' => self.quoted(character),
                '`' => self.substitution('`'),
                '$' if self.eat('(') => self.substitution(')'),
                '\\' if matches!(self.peek(), Some(' ' | '"' | '\'' | '$' | '\n')) => {
                    let escaped = self.next();
                    self.push(escaped.unwrap_or(' '));
                }
                character => self.push(character),
            }
        }
        self.end_word();
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        if is_there {
            self.at += wanted.len_utf8();
        }
        is_there
    }

    fn push(&mut self, character: char) {
        self.word.get_or_insert_default().text.push(character);
    }

    fn end_word(&mut self) {
        if let Some(mut word) = self.word.take() {
            word.end = self.at;
            self.tokens.push(Token::Word(word));
        }
    }

    fn end(&mut self, token: Token) {
        self.end_word();
        self.tokens.push(token);
    }

    fn redirect(&mut self, character: char) {
        // The number before `>` names a stream.
        if self.word.as_ref().is_some_and(|word| {
            word.text.len() == 1 && word.text.starts_with(|it: char| it.is_ascii_digit())
        }) {
            self.word = None;
        }
        self.end_word();
        if character == '<' && self.eat('(') {
            return self.substitution(')');
        }
        while matches!(self.peek(), Some('>' | '<' | '|')) {
            self.next();
        }
        if self.eat('&')
            && self
                .peek()
                .is_some_and(|it| it.is_ascii_digit() || it == '-')
        {
            self.next();
            return;
        }
        let redirect = if character == '>' {
            Redirect::Out
        } else {
            Redirect::In
        };
        self.word = Some(Word {
            redirect: Some(redirect),
            ..Word::default()
        });
        self.end_word();
    }

    /// Reads up to the closing quote; a missing one is taken as part of the text.
    fn quoted(&mut self, quote: char) {
        let rest = &self.text[self.at..];
        let Some(length) = closing_quote(rest, quote) else {
            return self.push(quote);
        };
        let inner = &rest[..length];
        let word = self.word.get_or_insert_default();
        if quote == '"' {
            word.inner.extend(substitutions(inner));
            word.text.push_str(&inner.replace("\\\"", "\""));
        } else {
            word.text.push_str(inner);
        }
        self.at += length + quote.len_utf8();
    }

    fn substitution(&mut self, close: char) {
        let rest = &self.text[self.at..];
        let length = closing(rest, close).unwrap_or(rest.len());
        let inner = rest[..length].to_owned();
        self.at = (self.at + length + 1).min(self.text.len());
        let word = self.word.get_or_insert_default();
        word.text.push_str("$(");
        word.text.push_str(&inner);
        word.text.push(')');
        word.inner.push(inner);
    }
}

fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            character if character == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// Where the parenthesis or backtick closes that the text stands behind.
fn closing(text: &str, close: char) -> Option<usize> {
    let mut open = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' if close == ')' => open += 1,
            character if character == close && open == 0 => return Some(at),
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The scripts of `$(…)` and backticks inside double quotes.
fn substitutions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '`']) {
        let (skip, close) = match &rest[at..] {
            it if it.starts_with("$(") => (2, ')'),
            it if it.starts_with('`') => (1, '`'),
            _ => {
                rest = &rest[at + 1..];
                continue;
            }
        };
        rest = &rest[at + skip..];
        let length = closing(rest, close).unwrap_or(rest.len());
        found.push(rest[..length].to_owned());
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    found
}

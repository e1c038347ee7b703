//! What is known of the text of a value.

use super::value::{HOLE, Kind, LONGEST_TEXT, Value};

impl Value<'_> {
    /// What is known of its text, holes included; `None`: nothing.
    pub(super) fn shown(&self) -> Option<String> {
        let mut out = String::new();
        self.show(&mut out, 3);
        (out.chars().any(|letter| letter != HOLE && letter != ' ')).then_some(out)
    }

    pub(super) fn show(&self, out: &mut String, depth: usize) {
        if out.len() > LONGEST_TEXT {
            return;
        }
        match &self.kind {
            Kind::Str(text) => push_bounded(out, text),
            Kind::Text(text) => push_bounded(out, text),
            Kind::Bytes(bytes) => {
                let head = &bytes[..bytes.len().min(LONGEST_TEXT)];
                out.push_str(&String::from_utf8_lossy(head));
            }
            Kind::Int(value) => out.push_str(&value.get().to_string()),
            Kind::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
            Kind::List(items) if depth > 0 => {
                for (index, item) in items.borrow().iter().take(64).enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    item.show(out, depth - 1);
                }
            }
            Kind::Dict(pairs) if depth > 0 => {
                for (key, value) in pairs.borrow().iter().take(32) {
                    key.show(out, depth - 1);
                    out.push('=');
                    value.show(out, depth - 1);
                    out.push(' ');
                }
            }
            Kind::Either(values) if depth > 0 => {
                for (index, value) in values.iter().enumerate() {
                    // On lines of their own: commands would read a bar as a pipe.
                    if index > 0 {
                        out.push('\n');
                    }
                    value.show(out, depth - 1);
                }
            }
            _ => out.push(HOLE),
        }
    }
}

fn push_bounded(out: &mut String, text: &str) {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.push_str(&text[..end]);
}

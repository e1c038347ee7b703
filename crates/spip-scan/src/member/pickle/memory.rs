//! The memo of a pickle machine.

use super::{MOST_TEXTS, Machine, Value};

impl Machine<'_, '_> {
    /// Opcodes that keep and fetch values.
    pub(super) fn memory(&mut self, code: u8) -> Option<()> {
        match code {
            b'p' | b'q' | b'r' | 0x94 => {
                let index = match code {
                    b'p' => self.index()?,
                    b'q' => self.number(1)?,
                    b'r' => self.number(4)?,
                    _ => self.memo,
                };
                self.memo += 1;
                match self.stack.last()? {
                    Value::Text(text) if self.texts.len() < MOST_TEXTS => {
                        self.texts.insert(index, text.clone());
                    }
                    _ => {
                        self.texts.remove(&index);
                    }
                }
                Some(())
            }
            b'g' | b'h' | b'j' => {
                let index = match code {
                    b'g' => self.index()?,
                    b'h' => self.number(1)?,
                    _ => self.number(4)?,
                };
                let value = self.texts.get(&index).cloned();
                self.push(value.map_or(Value::Other, Value::Text))
            }
            _ => self.action(code),
        }
    }

    pub(super) fn index(&mut self) -> Option<u64> {
        std::str::from_utf8(self.line()?).ok()?.trim().parse().ok()
    }
}

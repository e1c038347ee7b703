//! Asks the person at the terminal, who may also be nobody.

use std::io::{IsTerminal, Read, Write};

use spip_core::Consent;
use tokio::sync::oneshot;

use crate::child::Running;

/// Longer answers are not a yes.
const LONGEST_ANSWER: usize = 64;

/// Asks one question; no is the default. Ctrl-C, end of input and anything but yes are a no.
pub(crate) async fn ask(question: &str, running: Option<&mut Running>) -> Consent {
    let (input, mut output) = (std::io::stdin(), std::io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return Consent::NobodyToAsk;
    }
    // What was typed before the question appeared is no answer to it. Forgotten before the question
    // is shown: afterwards it could be the answer of somebody quick.
    if rustix::termios::tcflush(&input, rustix::termios::QueueSelector::IFlush).is_err() {
        return Consent::NobodyToAsk;
    }
    if write!(output, "{question} [y/N] ")
        .and_then(|()| output.flush())
        .is_err()
    {
        return Consent::NobodyToAsk;
    }
    let (answer, answered) = oneshot::channel();
    // A thread of its own: nothing waits for it when the question is interrupted.
    std::thread::spawn(move || {
        // Nobody listens any more after an interruption, which is then fine.
        let _nobody_listens = answer.send(read_line(&mut input.lock()));
    });
    let interrupted = async {
        match running {
            Some(running) => running.interrupted().await,
            // Nothing was started yet; without its handler the signal ends this process.
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        line = answered => match line {
            Ok(line) if is_yes(&line) => Consent::Given,
            _ => Consent::Refused,
        },
        () = interrupted => Consent::Refused,
    }
}

/// Byte by byte, so that nothing behind the line is taken away from pip.
fn read_line(input: &mut impl Read) -> Vec<u8> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LONGEST_ANSWER {
        match input.read(&mut byte) {
            Ok(1) if byte[0] != b'\n' => line.push(byte[0]),
            Ok(1) => return line,
            _ => return Vec::new(),
        }
    }
    Vec::new()
}

fn is_yes(line: &[u8]) -> bool {
    let text = line.trim_ascii().to_ascii_lowercase();
    text == b"y" || text == b"yes"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_a_full_line_of_yes_as_yes() {
        for (input, expected) in [
            ("y\n", true),
            ("YES \n", true),
            ("\n", false),
            ("n\n", false),
            ("y", false),
            ("yesterday\n", false),
            ("", false),
        ] {
            assert_eq!(
                is_yes(&read_line(&mut input.as_bytes())),
                expected,
                "{input:?}"
            );
        }
        let long = "y".repeat(100);
        assert!(!is_yes(&read_line(&mut long.as_bytes())));
    }
}

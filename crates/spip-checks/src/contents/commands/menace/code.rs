//! Programs that interpreters are given on their command line.

use super::has_any;
use crate::contents::HOLE;
use crate::contents::shell::{Step, is_interpreter};

/// The program that an interpreter is given as text.
pub(super) fn code(step: &Step) -> Option<String> {
    let takes_code = is_interpreter(&step.program) || step.program.starts_with(HOLE);
    let flag = step.arguments.iter().find(|it| {
        matches!(
            it.as_str(),
            "-c" | "-e"
                | "-r"
                | "-rsocket"
                | "-E"
                | "-MIO"
                | "--eval"
                | "-Ic"
                | "-Sc"
                | "-sc"
                | "-uc"
                | "-Bc"
        )
    })?;
    if !takes_code {
        return None;
    }
    let at = step.tail.find(flag.as_str())?;
    Some(step.tail[at..].to_ascii_lowercase())
}

pub(super) fn fetches(code: &str) -> bool {
    has_any(
        code,
        &[
            "urlopen",
            "urlretrieve",
            "requests.get",
            "requests.post",
            "httpx",
            "http.client",
            "open-uri",
            "lwp",
            "https.get",
            "http.get",
            "fetch(",
            "file_get_contents",
        ],
    )
}

pub(super) fn runs(code: &str) -> bool {
    has_any(
        code,
        &[
            "exec(",
            "eval(",
            "exec ",
            "system(",
            "popen",
            "subprocess",
            "__import__",
            "compile(",
            "eval ",
            "child_process",
            "spawn(",
        ],
    )
}

pub(super) fn decodes(code: &str) -> bool {
    has_any(
        code,
        &[
            "b64decode",
            "b85decode",
            "b32decode",
            "a85decode",
            "fromhex",
            "unhexlify",
            "decompress",
            "marshal",
            "rot13",
            "rot_13",
            "bytes([",
            "chr(",
            "frombase64",
            "'base64'",
            "\"base64\"",
            "[::-1]",
            "pack(",
        ],
    )
}

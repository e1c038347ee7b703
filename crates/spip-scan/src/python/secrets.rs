//! Which files, variables and addresses hold what is nobody's business.

use spip_core::Taints;

/// What reading a path gives away. The path may have holes; `~` stands for the home directory.
pub(super) fn of_path(path: &str) -> Taints {
    let path = path.replace('\\', "/").to_lowercase();
    let mut taints = Taints::NONE;
    for (parts, taint) in PATHS {
        if parts.iter().any(|part| holds_part(&path, part)) {
            taints = taints.with(*taint);
        }
    }
    taints
}

/// Whether the part stands in the path as a whole: `.ssh` in `~/.ssh/id_rsa`, not in `x.sshd`.
fn holds_part(path: &str, part: &str) -> bool {
    path.match_indices(part).any(|(at, _)| {
        let before = path[..at].chars().next_back();
        let after = path[at + part.len()..].chars().next();
        let free = |letter: Option<char>| {
            letter.is_none_or(|letter| {
                !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-'
            })
        };
        (part.starts_with(['/', '.']) || free(before)) && (part.ends_with('/') || free(after))
    })
}

const PATHS: &[(&[&str], Taints)] = &[
    (
        &[
            ".ssh",
            "id_rsa",
            "id_ed25519",
            "id_ecdsa",
            "id_dsa",
            ".aws",
            ".azure",
            ".boto",
            ".netrc",
            "_netrc",
            ".pypirc",
            ".npmrc",
            ".git-credentials",
            ".gnupg",
            ".kube",
            ".docker/config.json",
            ".config/gcloud",
            "gcloud/credentials.db",
            "application_default_credentials.json",
            ".config/gh/hosts.yml",
            ".password-store",
            ".pgpass",
            ".my.cnf",
            ".terraform.d/credentials",
            ".vault-token",
            ".cargo/credentials",
            ".config/rclone",
            "/etc/shadow",
            "/etc/passwd",
            ".bash_history",
            ".zsh_history",
            ".python_history",
            ".psql_history",
            ".mysql_history",
            "*_history",
            ".*history",
            ".env",
            "keychain-db",
            "login.keychain",
            "/var/run/secrets",
            "serviceaccount/token",
            ".yarnrc",
            ".gem/credentials",
            ".config/op",
            "keepass",
            ".kdbx",
            "filezilla",
            "winscp",
            ".claude.json",
            ".gemini/oauth_creds.json",
        ],
        Taints::SECRET_FILE,
    ),
    (
        &[
            "login data",
            "cookies",
            "cookies.sqlite",
            "web data",
            "local state",
            "logins.json",
            "key4.db",
            "places.sqlite",
            "signons.sqlite",
            "user data/default",
            "google/chrome",
            "google-chrome",
            "bravesoftware",
            "mozilla/firefox",
            "microsoft/edge",
            "opera software",
            "local storage/leveldb",
            "discord/local storage",
            "discordcanary",
            "discordptb",
            "telegram desktop/tdata",
            "tdata",
            "yandexbrowser",
            "vivaldi",
            "chromium/default",
            "safari/cookies",
            "local extension settings",
            "steam/config",
            "loginusers.vdf",
        ],
        Taints::BROWSER,
    ),
    (
        &[
            "wallet.dat",
            "wallets",
            "exodus",
            "electrum",
            "atomic/local storage",
            "metamask",
            "nkbihfbeogaeaoehlefnkodbefgpgknn",
            "ledger live",
            "phantom",
            ".bitcoin",
            ".ethereum",
            "ethereum/keystore",
            "solana/id.json",
            ".solana",
            "coinomi",
            "bfnaelmomeimhlpmgjnjophhpkkoljpa",
            "jaxx",
            "zcash",
            "monero",
            "trezor",
            "guarda",
            "binance",
            "tronlink",
        ],
        Taints::WALLET,
    ),
    (&["site-packages", "dist-packages"], Taints::SITE_PACKAGES),
    (&["/dev/input", "/dev/uinput"], Taints::KEYS),
    (&["/proc/self/environ", "/environ"], Taints::ENVIRONMENT),
    // The file of the program that runs, and its directory.
    (&["{main}"], Taints::CALLER_SOURCE),
];

/// Whether an environment variable of this name holds a secret.
pub(super) fn is_secret_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let parts: Vec<&str> = name.split(['_', '-', '.']).collect();
    let secret = [
        "TOKEN",
        "SECRET",
        "SECRETS",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "PASS",
        "CREDENTIAL",
        "CREDENTIALS",
        "PAT",
        "APIKEY",
        "MNEMONIC",
        "PRIVATE",
    ];
    parts.iter().any(|part| secret.contains(part))
        || parts.windows(2).any(|pair| {
            pair[1] == "KEY"
                && [
                    "API",
                    "ACCESS",
                    "SECRET",
                    "PRIVATE",
                    "ENCRYPTION",
                    "SIGNING",
                    "AUTH",
                ]
                .contains(&pair[0])
        })
}

/// Whether an address is a cloud's metadata service.
pub(super) fn is_metadata_service(text: &str) -> bool {
    [
        "169.254.169.254",
        "169.254.170.2",
        "metadata.google.internal",
        "100.100.100.200",
        "fd00:ec2::254",
    ]
    .iter()
    .any(|host| text.contains(host))
}

/// What a command prints about its machine.
pub(super) fn of_command(text: &str) -> Taints {
    let words = text.split(|letter: char| {
        !letter.is_ascii_alphanumeric() && letter != '-' && letter != '.' && letter != '_'
    });
    let mut taints = Taints::NONE;
    for word in words {
        match word.trim_end_matches(".exe") {
            "whoami" | "hostname" | "id" | "ipconfig" | "ifconfig" | "systeminfo" | "uname" => {
                taints = taints.with(Taints::IDENTITY);
            }
            "env" | "printenv" | "set" => taints = taints.with(Taints::ENVIRONMENT),
            "pbpaste" | "xclip" | "xsel" | "wl-paste" => taints = taints.with(Taints::CLIPBOARD),
            "screencapture" | "scrot" => taints = taints.with(Taints::SCREEN),
            "find-generic-password" | "find-internet-password" | "dump-keychain" => {
                taints = taints.with(Taints::SECRET_FILE);
            }
            "trufflehog" | "gitleaks" | "noseyparker" | "titus" | "ggshield" => {
                taints = taints.with(Taints::SECRET_FILE);
            }
            _ => {}
        }
    }
    let asks = [
        "credential fill",
        "credential-manager get",
        "gh auth token",
        "aws configure get",
        "aws configure export-credentials",
        "print-access-token",
        "get-access-token",
        "pass show",
        "op read",
        "vault token",
        "npm config get",
        "pip config list",
        "hub auth",
    ];
    if asks.iter().any(|words| text.contains(words)) {
        taints = taints.with(Taints::SECRET_FILE);
    }
    taints.with(of_path(text).without(Taints::SITE_PACKAGES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_a_path_holds() {
        for (path, expected) in [
            ("~/.ssh/id_rsa", Taints::SECRET_FILE),
            ("\u{fffc}/.aws/credentials", Taints::SECRET_FILE),
            (
                "C:\\Users\\\u{fffc}\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data",
                Taints::BROWSER,
            ),
            ("~/.config/Exodus/exodus.wallet", Taints::WALLET),
            ("requirements.txt", Taints::NONE),
            ("docs/environment.rst", Taints::NONE),
        ] {
            assert_eq!(of_path(path), expected, "{path}");
        }
    }

    #[test]
    fn knows_variables_with_secrets() {
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "TWINE_PASSWORD",
            "OPENAI_API_KEY",
        ] {
            assert!(is_secret_variable(name), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "KEYBOARD",
            "TOKENIZERS_PARALLELISM",
            "MONKEY",
        ] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }
}

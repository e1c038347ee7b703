//! Paths by what they are for: lower case, forward slashes. `$` at the end asks for the word's end.

/// What starts by itself, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Autostart {
    /// At set times.
    Cron,
    /// With the machine.
    Service,
    /// When somebody logs in.
    Login,
    /// With every shell.
    Shell,
    /// With every Python interpreter.
    Interpreter,
    /// Lets somebody in from outside.
    Access,
    /// With a developer's tool.
    Tool,
}

impl Autostart {
    /// Reads after "makes something start".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Cron => "arranges to be started at set times",
            Self::Service => "installs a service",
            Self::Login => "arranges to be started at every login",
            Self::Shell => "changes what every shell runs at its start",
            Self::Interpreter => "changes what every Python interpreter runs at its start",
            Self::Access => "lets somebody log in from outside",
            Self::Tool => "hooks itself into a developer's tool",
        }
    }
}

pub(super) const AUTOSTARTS: &[(&str, Autostart)] = &[
    ("/etc/cron", Autostart::Cron),
    ("/var/spool/cron", Autostart::Cron),
    ("/etc/anacrontab", Autostart::Cron),
    ("/etc/at.allow", Autostart::Cron),
    ("/system32/tasks/", Autostart::Cron),
    ("/systemd/system", Autostart::Service),
    ("/systemd/user", Autostart::Service),
    ("/launchagents", Autostart::Service),
    ("/launchdaemons", Autostart::Service),
    ("/etc/init.d/", Autostart::Service),
    ("/etc/rc.local", Autostart::Service),
    ("/etc/rc.d/", Autostart::Service),
    ("/etc/ld.so.preload", Autostart::Service),
    ("/etc/xdg/autostart", Autostart::Login),
    (".config/autostart", Autostart::Login),
    ("/programs/startup", Autostart::Login),
    ("/currentversion/run$", Autostart::Login),
    ("/currentversion/runonce", Autostart::Login),
    ("/currentversion/policies/explorer/run", Autostart::Login),
    ("/currentversion/winlogon", Autostart::Login),
    (
        "/currentversion/image file execution options",
        Autostart::Login,
    ),
    (".xinitrc$", Autostart::Login),
    (".xprofile$", Autostart::Login),
    (".xsessionrc$", Autostart::Login),
    (".bashrc$", Autostart::Shell),
    (".bash_profile$", Autostart::Shell),
    (".bash_login$", Autostart::Shell),
    (".bash_aliases$", Autostart::Shell),
    ("/.profile$", Autostart::Shell),
    (".zshrc$", Autostart::Shell),
    (".zprofile$", Autostart::Shell),
    (".zshenv$", Autostart::Shell),
    (".zlogin$", Autostart::Shell),
    ("/etc/profile$", Autostart::Shell),
    ("/etc/profile.d/", Autostart::Shell),
    ("/etc/bash.bashrc", Autostart::Shell),
    ("/etc/environment$", Autostart::Shell),
    ("/fish/config.fish", Autostart::Shell),
    ("/fish/conf.d/", Autostart::Shell),
    ("powershell_profile.ps1", Autostart::Shell),
    ("/powershell/profile.ps1", Autostart::Shell),
    ("sitecustomize.py", Autostart::Interpreter),
    ("usercustomize.py", Autostart::Interpreter),
    (".pth$", Autostart::Interpreter),
    ("authorized_keys", Autostart::Access),
    ("/etc/sudoers", Autostart::Access),
    ("/etc/passwd$", Autostart::Access),
    (".git/hooks/", Autostart::Tool),
    ("/git-templates/", Autostart::Tool),
    (".vscode/tasks.json", Autostart::Tool),
    (".claude/settings", Autostart::Tool),
    (".cursor/mcp.json", Autostart::Tool),
    (".github/workflows/", Autostart::Tool),
];

/// Where secrets of one kind lie, and whom they are meant for.
pub(super) struct Secret {
    pub(super) kind: &'static str,
    pub(super) places: &'static [&'static str],
    pub(super) hosts: &'static [&'static str],
}

const fn at(
    kind: &'static str,
    places: &'static [&'static str],
    hosts: &'static [&'static str],
) -> Secret {
    Secret {
        kind,
        places,
        hosts,
    }
}

pub(super) const SECRETS: &[Secret] = &[
    at(
        "aws",
        &[".aws/", ".aws$", "aws_credentials", ".s3cfg", ".boto$"],
        &[
            "amazonaws.com",
            "amazonaws.com.cn",
            "aws.amazon.com",
            "awsapps.com",
            "api.aws",
        ],
    ),
    at(
        "gcloud",
        &["gcloud/", "gcloud$", "application_default_credentials"],
        &["googleapis.com", "google.com", "goog"],
    ),
    at(
        "azure",
        &[".azure/", ".azure$"],
        &[
            "microsoftonline.com",
            "azure.com",
            "microsoft.com",
            "windows.net",
        ],
    ),
    at(
        "kubernetes",
        &[".kube/", ".kube$", "kubeconfig", "serviceaccount/token"],
        &[],
    ),
    at(
        "docker",
        &[".docker/config", ".dockercfg"],
        &["docker.io", "docker.com", "ghcr.io"],
    ),
    at(
        "ssh",
        &[
            ".ssh/",
            ".ssh$",
            "id_rsa",
            "id_ed25519",
            "id_ecdsa",
            "id_dsa",
        ],
        &[],
    ),
    at("gnupg", &[".gnupg"], &[]),
    at(
        "git",
        &[
            ".git-credentials",
            ".config/git/credentials",
            ".config/gh/",
            "/gh/hosts.yml",
        ],
        &["github.com", "gitlab.com", "bitbucket.org"],
    ),
    at(
        "netrc",
        &[".netrc", "_netrc"],
        &["api.wandb.ai", "heroku.com", "github.com"],
    ),
    at("pypi", &[".pypirc"], &["pypi.org", "pythonhosted.org"]),
    at("npm", &[".npmrc", ".yarnrc"], &["npmjs.org", "npmjs.com"]),
    at("cargo", &[".cargo/credentials"], &["crates.io"]),
    at("gem", &[".gem/credentials"], &["rubygems.org"]),
    at(
        "huggingface",
        &["huggingface/token", ".huggingface"],
        &["huggingface.co", "hf.co"],
    ),
    at("kaggle", &["kaggle.json"], &["kaggle.com"]),
    at(
        "databricks",
        &[".databrickscfg"],
        &["databricks.com", "azuredatabricks.net"],
    ),
    at(
        "terraform",
        &[".terraformrc", ".terraform.d", "terraform.tfstate"],
        &["terraform.io"],
    ),
    at("vault", &[".vault-token"], &[]),
    at("database", &[".pgpass", ".my.cnf", ".mongorc"], &[]),
    at("rclone", &["rclone.conf", "filezilla", "winscp"], &[]),
    at(
        "passwords",
        &[
            "/etc/shadow",
            "/etc/gshadow",
            "ntuser.dat",
            "/system32/config/sam",
        ],
        &[],
    ),
    at(
        "history",
        &[
            ".bash_history",
            ".zsh_history",
            ".python_history",
            ".psql_history",
            ".mysql_history",
        ],
        &[],
    ),
    at(
        "keychain",
        &[
            "login.keychain",
            "/keychains/",
            ".local/share/keyrings",
            "kwallet",
            ".password-store",
            ".kdbx",
            "1password",
            "bitwarden",
        ],
        &[],
    ),
    at(
        "browser",
        &[
            "login data",
            "/cookies$",
            "cookies.sqlite",
            "logins.json",
            "key4.db",
            "web data",
            "/user data",
            "google/chrome",
            "google-chrome",
            "chromium",
            "bravesoftware",
            "mozilla/firefox",
            ".mozilla",
            "microsoft/edge",
            "opera software",
            "yandexbrowser",
            "vivaldi",
        ],
        &[],
    ),
    at(
        "chat",
        &[
            "/leveldb",
            "local storage/",
            "telegram desktop",
            "/tdata",
            "discordcanary",
            "discordptb",
            "/discord/",
            "lightcord",
        ],
        &[],
    ),
    at(
        "wallet",
        &[
            "wallet.dat",
            "/exodus",
            "/electrum",
            "/ethereum/keystore",
            "metamask",
            "/atomic/",
            "nkbihfbeogaeaoehlefnkodbefgpgknn",
            ".bitcoin",
            ".config/solana",
            "/coinomi",
            "/armory/",
            "/jaxx",
            "/guarda",
            "/phantom",
        ],
        &[],
    ),
    at("environment", &["/.env$", "/.env."], &[]),
];

pub(super) const CONFIGURATIONS: &[&str] = &[
    "/pip.conf",
    "/pip.ini",
    ".pip/pip.conf",
    ".pypirc$",
    ".npmrc$",
    ".yarnrc$",
    "/uv.toml",
    ".gitconfig$",
    ".condarc$",
    ".cargo/config",
    "/etc/hosts$",
    "drivers/etc/hosts",
    "/etc/resolv.conf",
    "/ssl/certs/",
    "/ca-certificates/",
    "/certifi/cacert.pem",
];

//! Places that anybody reads who has an account there, and keys that open such places.

use spip_core::Act;

use super::Address;

/// Variables with which packages are published and machines are rented: no service but their own
/// has a use for them.
pub(crate) fn opens_doors(variable: &str) -> bool {
    const KEYS: [&str; 18] = [
        "TWINE_PASSWORD",
        "PYPI_TOKEN",
        "PYPI_API_TOKEN",
        "UV_PUBLISH_TOKEN",
        "POETRY_PYPI_TOKEN",
        "FLIT_PASSWORD",
        "HATCH_INDEX_AUTH",
        "NPM_TOKEN",
        "NODE_AUTH_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AZURE_CLIENT_SECRET",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "CI_JOB_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "DOCKER_PASSWORD",
        "VAULT_TOKEN",
    ];
    KEYS.contains(&variable)
}

/// Whether a library sends it to a place that whoever wrote this reads: a bot, a gist, a mail box.
pub(crate) fn goes_to_a_drop(act: &Act) -> bool {
    const DROPS: [&str; 24] = [
        "create_gist",
        "create_issue",
        "create_comment",
        "create_file",
        "create_repo",
        "create_snippet",
        "create_pull",
        "telebot.",
        "telegram.",
        "telethon.",
        "pyrogram.",
        "aiogram.",
        "discord",
        "nextcord.",
        "disnake.",
        "dhooks.",
        "slack_sdk.",
        "yagmail.",
        "redmail.",
        "aiosmtplib.",
        "pbwrap.",
        "dropbox.",
        "apprise.",
        "praw.",
    ];
    DROPS.iter().any(|it| act.callee.contains(it))
}

/// Whether anybody with an account leaves data there, whatever the service is for otherwise.
pub(crate) fn takes_uploads(address: &Address) -> bool {
    let path = address.path.to_ascii_lowercase();
    let at = |domain: &str| address.is_of(domain);
    let forge = [
        "/gists",
        "/issues",
        "/contents",
        "/git/blobs",
        "/dispatches",
        "/comments",
        "/releases",
    ];
    at("api.github.com") && (forge.iter().any(|it| path.contains(it)) || path == "/user/repos")
        || at("uploads.github.com")
        || at("gitlab.com")
            && ["/snippets", "/issues", "/repository/files"]
                .iter()
                .any(|it| path.contains(it))
        || at("bitbucket.org") && path.contains("/snippets")
        || at("gist.github.com")
}

#[cfg(test)]
mod tests {
    use spip_core::Deed;

    use super::*;
    use crate::contents::addresses_in;
    use crate::testing::act;

    #[test]
    fn forges_take_what_they_are_given() {
        for (text, expected) in [
            ("https://api.github.com/gists", true),
            ("https://api.github.com/repos/a/b/contents/x", true),
            ("https://api.github.com/repos/a/b", false),
            ("https://gitlab.com/api/v4/projects/1/snippets", true),
            ("https://h.invalid/gists", false),
        ] {
            assert_eq!(takes_uploads(&addresses_in(text)[0]), expected, "{text}");
        }
        let gist = act(Deed::Send, "github.Github().get_user().create_gist");
        assert!(goes_to_a_drop(&gist));
        assert!(!goes_to_a_drop(&act(Deed::Send, "requests.post")));
        assert!(opens_doors("TWINE_PASSWORD") && !opens_doors("HOME"));
    }
}

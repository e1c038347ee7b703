//! git below uv: it may fetch over connections that the proxy sees, and from uv's own cache.

use std::ffi::OsString;

use super::super::set_up::SetUp;

/// An address that no git can fetch from.
const NOWHERE: &str = "refused-by-spip://";

/// uv checks out by a clone of the bare repository in its cache, which git counts as a protocol.
/// Repositories that are named by a `file:` address stay out: git is told to look for them nowhere.
pub(super) fn lead(set_up: &mut SetUp) {
    let count = std::env::var("GIT_CONFIG_COUNT").unwrap_or_default();
    for (name, value) in variables(count.parse().unwrap_or(0)) {
        set_up.variables.push((name.into(), value));
    }
}

/// One more setting behind those that the user's environment has.
fn variables(count: u32) -> [(String, OsString); 4] {
    let key = format!("url.{NOWHERE}.insteadOf");
    [
        ("GIT_ALLOW_PROTOCOL".to_owned(), "https:http:file".into()),
        (format!("GIT_CONFIG_KEY_{count}"), key.into()),
        (format!("GIT_CONFIG_VALUE_{count}"), "file:".into()),
        (
            "GIT_CONFIG_COUNT".to_owned(),
            (count + 1).to_string().into(),
        ),
    ]
}

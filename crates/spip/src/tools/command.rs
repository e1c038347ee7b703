//! `spip exec`: any command, with a cache of the guard for every tool that it may start.

use super::set_up::{Call, SetUp};

/// Variables that name the caches of tools, and where these caches go.
const CACHES: [(&str, &str); 4] = [
    ("PIP_CACHE_DIR", "pip"),
    ("UV_CACHE_DIR", "uv"),
    ("PDM_CACHE_DIR", "pdm"),
    ("POETRY_CACHE_DIR", "poetry"),
];

const AFTERMATH: &str = "the command got nothing that was refused; what it had done before stays";

pub(super) fn set_up(call: &Call) -> SetUp {
    let mut set_up = SetUp::plain(call);
    let caches = CACHES.map(|(name, folder)| (name.into(), call.cache.join(folder).into()));
    set_up.variables = caches.into();
    set_up
        .variables
        .push(("GIT_ALLOW_PROTOCOL".into(), "https:http".into()));
    set_up.aftermath = Some(AFTERMATH);
    let words = call.arguments.iter().filter_map(|word| word.to_str());
    set_up.requests = words.map(str::to_owned).collect();
    set_up
}

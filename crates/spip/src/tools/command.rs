//! `spip exec`: any command, with a cache of the guard for every tool that it may start.

use super::ToolError;
use super::local::Local;
use super::place::Place;
use super::set_up::{Call, SetUp};

/// Variables that name the caches of tools, and where these caches go.
const CACHES: [(&str, &str); 4] = [
    ("PIP_CACHE_DIR", "pip"),
    ("UV_CACHE_DIR", "uv"),
    ("PDM_CACHE_DIR", "pdm"),
    ("POETRY_CACHE_DIR", "poetry"),
];

/// Tools that change a project's files before they know that everything can be had.
const PROJECT_TOOLS: [&str; 3] = ["pdm", "poetry", "uv"];

/// The files that they change.
const PROJECT_FILES: [&str; 4] = ["pyproject.toml", "pdm.lock", "poetry.lock", "uv.lock"];

const AFTERMATH: &str = "the command got nothing that was refused; what it had done before stays";

pub(super) fn set_up(call: &Call) -> Result<SetUp, ToolError> {
    let mut set_up = SetUp::plain(call);
    set_up.set(CACHES.map(|(name, folder)| (name, call.cache.join(folder).into())));
    set_up.aftermath = Some(AFTERMATH);
    let program = call.program.file_name().unwrap_or_default();
    if PROJECT_TOOLS.iter().any(|tool| program == *tool) {
        let folder = Place::of(call)?.project;
        set_up.restored = PROJECT_FILES.map(|name| folder.join(name)).into();
    }
    let words = call.arguments.iter().filter_map(|word| word.to_str());
    set_up.requests = words.map(str::to_owned).collect();
    // What starts them is anybody's guess; what they say is that of pip and uv.
    let mut local = Local::default();
    local.words(&call.directory, &call.arguments);
    local.settings_of_pip(&call.directory);
    local.settings_of_uv(&call.directory);
    set_up.local = local.finish()?.0;
    Ok(set_up)
}

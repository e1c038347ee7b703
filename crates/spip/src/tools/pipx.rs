//! pipx: its two backends, and the program that `pipx run` starts.

use std::ffi::OsString;

use super::arguments::values;
use super::local::Local;
use super::set_up::{Call, SetUp};
use super::{ToolError, program};

const AFTERMATH: &str =
    "pipx got nothing that was refused; what it had installed before is as it was";

pub(super) fn set_up(call: &Call) -> Result<SetUp, ToolError> {
    let mut set_up = SetUp::plain(call);
    let own = call.own_arguments();
    let pip_arguments = values(own, &["--pip-args"]).join(" ");
    // pip takes options that are cut short.
    for (start, help) in [
        ("--pro", "set HTTPS_PROXY instead"),
        ("--cac", "the guard has caches of its own"),
    ] {
        let mut words = pip_arguments.split_whitespace();
        if let Some(word) = words.find(|word| word.starts_with(start)) {
            return Err(ToolError::Refused(format!(
                "{} among pip's arguments leads around the guard: {help}",
                spip_core::Quoted::new(word)
            )));
        }
    }
    set_up.variables = vec![
        ("PIP_CACHE_DIR".into(), call.cache.join("pip").into()),
        ("UV_CACHE_DIR".into(), call.cache.join("uv").into()),
        ("GIT_ALLOW_PROTOCOL".into(), "https:http".into()),
    ];
    // A shim of ours makes pipx believe in a uv that is not there.
    if std::env::var_os("PIPX_DEFAULT_BACKEND").is_none() && program::find("uv").is_none() {
        let backend = ("PIPX_DEFAULT_BACKEND".into(), "pip".into());
        set_up.variables.push(backend);
    }
    set_up.aftermath = Some(AFTERMATH);
    let mut local = Local::default();
    let words = own.iter().chain(call.program_arguments().first());
    for word in words.filter_map(|word| word.to_str()) {
        local.word(&call.directory, word);
        set_up.requests.push(word.to_owned());
    }
    for spec in values(own, &["--spec", "--preinstall", "--with"]) {
        local.word(&call.directory, spec);
    }
    look_at_links(call, &pip_arguments, &mut local);
    set_up.local = local.finish().0;
    if call.reading.program.is_some() {
        refuse_scripts_by_address(call)?;
        run(call, &mut set_up)?;
    }
    Ok(set_up)
}

fn look_at_links(call: &Call, pip_arguments: &str, local: &mut Local) {
    let words: Vec<OsString> = pip_arguments.split_whitespace().map(Into::into).collect();
    for place in values(&words, &["-f", "--find-links"]) {
        local.folder(&call.directory, place);
    }
    for file in values(&words, &["-r", "--requirement", "-c", "--constraint"]) {
        local.requirements(&call.directory.join(file));
    }
    for name in ["PIP_FIND_LINKS", "UV_FIND_LINKS"] {
        let places = std::env::var(name).unwrap_or_default();
        for place in places.split([' ', ',']).filter(|it| !it.is_empty()) {
            local.folder(&call.directory, place);
        }
    }
}

/// The program that `pipx run` starts must not see the proxy, so pip is guarded from inside: it runs
/// itself with `spip-python`. Environments that runs without guard have left behind are not used.
fn run(call: &Call, set_up: &mut SetUp) -> Result<(), ToolError> {
    if values(call.own_arguments(), &["--backend"]).contains(&"uv") {
        return Err(ToolError::Refused(
            "the program that uv would start could not be kept apart from the guard: \
             use `suvx`, or leave --backend out"
                .to_owned(),
        ));
    }
    let python = std::env::current_exe()?.with_file_name("spip-python");
    set_up.guarded = Vec::new();
    set_up.afterwards = Some(call.arguments.clone());
    set_up.afterwards_with = vec![
        ("PIP_PYTHON".into(), python.into()),
        ("PIPX_DEFAULT_BACKEND".into(), "pip".into()),
        ("PIPX_HOME".into(), call.cache.join("pipx").into()),
    ];
    Ok(())
}

/// A script from an address would run as soon as it is there.
fn refuse_scripts_by_address(call: &Call) -> Result<(), ToolError> {
    let program = call.program_arguments()[0].to_string_lossy();
    if program.starts_with("http:") || program.starts_with("https:") {
        return Err(ToolError::Refused(format!(
            "a script from an address runs before anybody could look at it: \
             download {program} and run the file"
        )));
    }
    Ok(())
}

//! pipx: its two backends, and the program that `pipx run` starts.

use std::ffi::OsString;

use super::arguments::values;
use super::local::Local;
use super::set_up::{Call, SetUp};
use super::{ToolError, program, refuse_address};

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
    set_up.set([
        ("PIP_CACHE_DIR", call.cache.join("pip").into()),
        ("UV_CACHE_DIR", call.cache.join("uv").into()),
    ]);
    // A shim of ours makes pipx believe in a uv that is not there.
    if std::env::var_os("PIPX_DEFAULT_BACKEND").is_none() && program::find("uv").is_none() {
        set_up.set([("PIPX_DEFAULT_BACKEND", "pip".into())]);
    }
    set_up.aftermath = Some(AFTERMATH);
    let mut words = own.to_vec();
    words.extend(call.program_arguments().first().cloned());
    let named = words.iter().filter_map(|word| word.to_str());
    set_up.requests = named.map(str::to_owned).collect();
    words.extend(pip_arguments.split_whitespace().map(OsString::from));
    let mut local = Local::default();
    local.words(&call.directory, &words);
    local.settings_of_pip(&call.directory);
    local.settings_of_uv(&call.directory);
    set_up.local = local.finish()?.0;
    if call.reading.program.is_some() {
        refuse_address(&call.program_arguments()[0])?;
        run(call, &mut set_up)?;
    }
    Ok(set_up)
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
    set_up.is_attended = true;
    // What pip finds on this machine is judged like everything that it fetches.
    set_up.local = Vec::new();
    set_up.variables = vec![
        ("PIP_PYTHON".into(), python.into()),
        ("PIPX_DEFAULT_BACKEND".into(), "pip".into()),
        ("PIPX_HOME".into(), call.cache.join("pipx").into()),
    ];
    Ok(())
}

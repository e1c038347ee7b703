//! `uv run` and `uv tool run`: installed behind the proxy, then run without it.

use std::ffi::OsString;
use std::path::Path;

use super::super::arguments::{from, has, values, without};
use super::super::set_up::{Call, SetUp};
use super::super::{ToolError, lock, refuse_address};
use super::inline::is_inline;

/// Options of `uv run` and `uv tool run` that name packages.
const WITH: [&str; 4] = ["--with", "--with-editable", "--with-requirements", "-w"];

/// Options that say how the program of `uv run` is started.
const STARTING: [&str; 5] = ["-m", "--module", "-s", "--script", "--gui-script"];

/// Options that leave nothing for a second run.
const NO_CACHE: [&str; 3] = ["--no-cache", "-n", "--no-cache-dir"];

/// Variables that do the same, for the second run; the user's program loses them with it.
pub(in super::super) const NO_CACHE_VARIABLES: &[&str] = &["UV_NO_CACHE"];

/// First everything is fetched and installed with a program that does nothing, behind the proxy;
/// then the user's program runs with what is there, without proxy and network.
pub(super) fn run(
    call: &Call,
    base: &Path,
    cache: &Path,
    set_up: &mut SetUp,
) -> Result<(), ToolError> {
    // The second run finds in the cache what the first one has put there. Variables for the program
    // must not reach uv, which would follow some of them.
    let own = without(call.own_arguments(), &NO_CACHE, &["--env-file"]);
    for name in NO_CACHE_VARIABLES {
        set_up.set([(name, "false".into())]);
    }
    let program = call.program_arguments()[0].to_string_lossy().into_owned();
    let mut afterwards: Vec<OsString> =
        vec!["--offline".into(), "--cache-dir".into(), cache.into()];
    afterwards.extend(without_fetching(call));
    set_up.afterwards = Some(afterwards);
    let nothing = || OsString::from("true");
    if call
        .reading
        .command
        .first()
        .is_some_and(|word| word == "tool")
    {
        let mut guarded = own.clone();
        if values(&own, &["--from"]).is_empty() {
            guarded.push("--from".into());
            guarded.push(program.into());
        }
        guarded.push(nothing());
        set_up.guarded = vec![guarded];
        return Ok(());
    }
    refuse_address(&call.program_arguments()[0])?;
    let quiet = without(&own, &STARTING, &[]);
    let script = from(base, &program);
    let is_script = script.is_file() && lock::text(&script).is_some_and(|it| is_inline(&it));
    if !is_script || has(&own, &["-m", "--module"]) {
        set_up.guarded = vec![quiet.into_iter().chain([nothing()]).collect()];
        return Ok(());
    }
    let with: Vec<&str> = values(&own, &WITH);
    let mut sync = without(&quiet, &["--isolated", "--no-project", "--no-sync"], &WITH);
    if let Some(word) = sync.iter_mut().find(|word| *word == "run") {
        *word = "sync".into();
    }
    sync.extend(["--script".into(), program.into()]);
    set_up.guarded = vec![sync];
    if !with.is_empty() {
        let extra = ["--no-project".into(), nothing()];
        set_up
            .guarded
            .push(quiet.into_iter().chain(extra).collect());
    }
    Ok(())
}

/// What is there is as new as it was asked for: the first run has seen to that.
fn without_fetching(call: &Call) -> Vec<OsString> {
    let mut flags = vec!["--refresh", "--upgrade", "-U", "--reinstall"];
    flags.extend(NO_CACHE);
    let valued = [
        "--refresh-package",
        "--upgrade-package",
        "-P",
        "--reinstall-package",
        "--cache-dir",
    ];
    let mut rest = without(call.own_arguments(), &flags, &valued);
    rest.extend_from_slice(call.program_arguments());
    rest
}

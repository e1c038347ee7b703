//! uv: its cache, its project files, and its two commands that start a program.

mod git;
mod inline;
mod run;
mod settings;

use std::path::{Path, PathBuf};

use super::arguments::{from, values, without};
use super::local::Local;
use super::place::Place;
use super::set_up::{Call, ONLY_LOCKED, SetUp};
use super::{ToolError, lock};
use settings::Settings;

pub(super) use run::NO_CACHE_VARIABLES;

pub(super) fn set_up(call: &Call) -> Result<SetUp, ToolError> {
    let Place { base, project } = Place::of(call)?;
    let projects = projects(&project);
    let mut set_up = SetUp::plain(call);
    let settings = Settings::read(call, &base, &projects);
    set_up.upstream = settings.upstream();
    set_up.restored = restored(call, &base, &projects);
    set_up.locks = projects
        .iter()
        .map(|folder| folder.join("uv.lock"))
        .collect();
    let cache = call.cache.join("uv");
    set_up.set([
        ("UV_CACHE_DIR", cache.clone().into()),
        ("UV_NO_ENV_FILE", "1".into()),
    ]);
    git::lead(&mut set_up);
    if let Some(folder) = settings.without_proxies(&call.cache)? {
        set_up.set([("XDG_CONFIG_HOME", folder.into())]);
    }
    look_around(call, &base, &projects, &settings, &mut set_up)?;
    if call.reading.program.is_some() {
        run::run(call, &base, &cache, &mut set_up)?;
    }
    // A cache that the user names holds what nobody judged.
    for arguments in &mut set_up.guarded {
        *arguments = without(arguments, &[], &["--cache-dir"]);
    }
    if call
        .reading
        .command
        .first()
        .is_some_and(|word| word == "sync" || word == "run")
    {
        set_up.aftermath = Some("nothing was installed, and the project's files are as they were");
    }
    if [&["lock"][..], &["pip", "compile"]].contains(&&*words(&call.reading.command)) {
        set_up.remark = Some(ONLY_LOCKED);
    }
    Ok(set_up)
}

fn words(command: &[String]) -> Vec<&str> {
    command.iter().map(String::as_str).collect()
}

/// The folders of the project and of those around it that could be its workspace.
fn projects(start: &Path) -> Vec<PathBuf> {
    let folders = start.ancestors().filter(|folder| {
        folder.join("pyproject.toml").is_file() || folder.join("uv.lock").is_file()
    });
    folders.map(Path::to_owned).collect()
}

fn restored(call: &Call, base: &Path, projects: &[PathBuf]) -> Vec<PathBuf> {
    let names = ["pyproject.toml", "uv.lock"];
    let files = projects
        .iter()
        .flat_map(|folder| names.map(|name| folder.join(name)));
    let mut files: Vec<_> = files.collect();
    if files.is_empty() {
        files.extend(names.map(|name| base.join(name)));
    }
    let own = call.own_arguments();
    for script in scripts(call, base) {
        let mut locked = script.clone().into_os_string();
        locked.push(".lock");
        files.push(locked.into());
        files.push(script);
    }
    let outputs = values(own, &["-o", "--output-file"]);
    files.extend(outputs.into_iter().map(|it| from(base, it)));
    files
}

/// Files that may be scripts with requirements of their own.
fn scripts(call: &Call, base: &Path) -> Vec<PathBuf> {
    let named = values(call.own_arguments(), &["--script"]);
    let named = named.into_iter().map(|it| from(base, it));
    let program = call.program_arguments().first().map(|it| from(base, it));
    named
        .chain(program)
        .filter(|script| script.is_file())
        .collect()
}

/// Archives, projects and folders that a script with requirements names.
fn look_into_script(script: &Path, local: &mut Local) {
    let Some(table) = lock::text(script).and_then(|text| inline::metadata(&text)) else {
        return;
    };
    let base = script.parent().unwrap_or(Path::new("."));
    let own = table
        .get("tool")
        .and_then(|it| it.get("uv"))
        .and_then(toml::Value::as_table);
    for place in own.map(settings::places).unwrap_or_default() {
        local.folder(base, &place);
    }
    local.table(base, table);
    let mut locked = script.as_os_str().to_owned();
    locked.push(".lock");
    local.lock(Path::new(&locked));
}

/// What the command names on this machine, and the texts with the names that were asked for.
fn look_around(
    call: &Call,
    base: &Path,
    projects: &[PathBuf],
    settings: &Settings,
    set_up: &mut SetUp,
) -> Result<(), ToolError> {
    let own = call.own_arguments();
    let mut words = own.to_vec();
    words.extend(call.program_arguments().first().cloned());
    let mut local = Local::default();
    local.words(base, &words);
    if call.reading.command == ["pip", "sync"] || call.reading.command == ["pip", "compile"] {
        for word in own {
            local.requirements(&from(base, word));
        }
    }
    local.settings_of_uv(base);
    for script in scripts(call, base) {
        look_into_script(&script, &mut local);
    }
    for (base, place) in settings.places() {
        local.folder(base, &place);
    }
    let named = words.iter().filter_map(|word| word.to_str());
    set_up.requests.extend(named.map(str::to_owned));
    for folder in projects {
        for name in ["uv.lock", "pyproject.toml"] {
            local.lock(&folder.join(name));
        }
        let text = lock::text(&folder.join("pyproject.toml"));
        set_up.requests.extend(text);
    }
    let (mut found, texts) = local.finish()?;
    // The project itself is the user's own, and uv builds it again and again.
    let is_own = |path: &PathBuf| {
        let real = std::fs::canonicalize(path);
        let roots = projects
            .iter()
            .filter_map(|root| std::fs::canonicalize(root).ok());
        !is_pip(call) && real.is_ok_and(|real| roots.into_iter().any(|root| root == real))
    };
    found.retain(|path| !is_own(path));
    set_up.local = found;
    set_up.requests.extend(texts);
    Ok(())
}

fn is_pip(call: &Call) -> bool {
    call.reading
        .command
        .first()
        .is_some_and(|word| word == "pip")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::tools::read;

    fn set_up_of(folder: &Path, line: &str) -> Result<SetUp, ToolError> {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        set_up(&Call {
            tool: spip_core::Tool::Uv,
            program: "uv".into(),
            reading: read(spip_core::Tool::Uv, &arguments),
            arguments,
            directory: folder.to_owned(),
            cache: folder.join("cache"),
        })
    }

    fn guarded(folder: &Path, line: &str) -> Vec<String> {
        let runs = set_up_of(folder, line).unwrap().guarded;
        let text = |words: &Vec<OsString>| {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        runs.iter().map(text).collect()
    }

    #[test]
    fn a_program_is_replaced_by_one_that_does_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let guarded = |line: &str| guarded(folder.path(), line);
        assert_eq!(
            guarded("run --with rich -m app -x"),
            ["run --with rich true"]
        );
        assert_eq!(
            guarded("tool run cowsay -t hi"),
            ["tool run --from cowsay true"]
        );
        let from = "-q tool run --from black==26 black -h";
        assert_eq!(guarded(from), ["-q tool run --from black==26 true"]);
        assert_eq!(guarded("pip install x"), ["pip install x"]);
        assert_eq!(guarded("run --env-file .env app"), ["run true"]);
        let set_up = set_up_of(folder.path(), "run --refresh app --refresh").unwrap();
        let after = set_up.afterwards.unwrap();
        assert_eq!(after[0], "--offline");
        assert_eq!(after[3..], ["run", "app", "--refresh"].map(OsString::from));
    }

    #[test]
    fn a_script_is_synchronised_before_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        let script = "# /// script\n# dependencies = [\"rich\"]\n# ///\n";
        std::fs::write(folder.path().join("app.py"), script).unwrap();
        std::fs::write(folder.path().join("plain.py"), "").unwrap();
        let guarded = |line: &str| guarded(folder.path(), line);
        assert_eq!(guarded("run -s app.py x"), ["sync --script app.py"]);
        assert_eq!(guarded("run plain.py x"), ["run true"]);
        let with = ["sync --script app.py", "run --with y --no-project true"];
        assert_eq!(guarded("run --with y app.py"), with);
        let far = set_up_of(folder.path(), "run https://h.invalid/app.py");
        assert!(far.is_err_and(|error| error.to_string().contains("download")));
    }

    #[test]
    fn the_projects_files_are_kept_for_a_refusal() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("packages/inner");
        std::fs::create_dir_all(&inner).unwrap();
        for place in [folder.path(), &inner] {
            std::fs::write(place.join("pyproject.toml"), "").unwrap();
        }
        let set_up = set_up_of(&inner, "add x").unwrap();
        for file in [inner.join("pyproject.toml"), folder.path().join("uv.lock")] {
            assert!(set_up.restored.contains(&file), "{file:?}");
        }
        assert!(
            set_up.local.is_empty(),
            "the project itself is the user's own"
        );
    }
}

//! Where the tool works: what its command line leads it to, seen from where the user is.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use spip_adapters::Unclear;
use spip_core::{Quoted, Tool};

use super::ToolError;
use super::arguments::from;
use super::set_up::Call;

/// Where the tool works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The directory that it changes to; paths are seen from there.
    pub(super) base: PathBuf,
    /// Where it looks for its project.
    pub(super) project: PathBuf,
}

impl Place {
    /// Of this command.
    pub(super) fn of(call: &Call) -> Result<Self, ToolError> {
        let told = told(call).map_err(|unclear| {
            ToolError::Refused(format!("which project this is about is unclear: {unclear}"))
        })?;
        let base = told.directory;
        let base = base.map_or_else(|| call.directory.clone(), |it| from(&call.directory, it));
        let project = told.project;
        let project = project.map_or_else(|| base.clone(), |it| from(&base, it));
        Ok(Self { base, project })
    }

    /// The directory whose policy counts, without links.
    pub(super) fn of_policy(&self) -> Result<PathBuf, ToolError> {
        let folder = std::fs::canonicalize(&self.project);
        let folder = folder.map_err(|error| self.unknown(&error))?;
        match folder.parent() {
            Some(parent) if folder.is_file() => Ok(parent.to_owned()),
            _ => Ok(folder),
        }
    }

    fn unknown(&self, error: &io::Error) -> ToolError {
        let folder = Quoted::from(self.project.display().to_string());
        ToolError::Refused(format!(
            "the policy that counts in {folder} cannot be found: {error}"
        ))
    }
}

fn told(call: &Call) -> Result<spip_adapters::Place, Unclear> {
    type Told = spip_adapters::Place;
    let variable = |name: &str| std::env::var_os(name);
    let own = call.own_arguments();
    let name = call.program.file_name().unwrap_or_default();
    match (call.tool, name.to_str().unwrap_or_default()) {
        (Tool::Uv, _) => Told::of_uv(own, variable),
        (Tool::Poetry, _) | (Tool::Command, "poetry") => Told::of_poetry(own),
        (Tool::Command, "uv") => Told::of_uv(before_program(own, &[]), variable),
        (Tool::Command, "uvx") => Told::of_uv(before_program(own, &["tool", "run"]), variable),
        (Tool::Command, "pdm") => Told::of_pdm(own, variable),
        _ => Ok(Told::default()),
    }
}

/// The arguments that are uv's own, of a name that stands for these words of it.
fn before_program<'a>(own: &'a [OsString], words: &[&str]) -> &'a [OsString] {
    let whole = words.iter().map(OsString::from).chain(own.iter().cloned());
    let reading = spip_adapters::uv::read(&whole.collect::<Vec<_>>());
    let program = reading.program.and_then(|at| at.checked_sub(words.len()));
    &own[..program.unwrap_or(own.len())]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tools::read;

    fn place(tool: Tool, program: &str, line: &str) -> Result<Place, ToolError> {
        let arguments: Vec<_> = line.split_whitespace().map(Into::into).collect();
        Place::of(&Call {
            tool,
            program: program.into(),
            reading: read(tool, &arguments),
            arguments,
            directory: Path::new("/here").to_owned(),
            cache: PathBuf::new(),
        })
    }

    #[test]
    fn projects_are_seen_from_the_directory_that_the_tool_changes_to() {
        for (tool, program, line, base, project) in [
            (Tool::Uv, "uv", "sync", "/here", "/here"),
            (
                Tool::Uv,
                "uv",
                "--project b sync --directory a",
                "/here/a",
                "/here/a/b",
            ),
            (Tool::Uv, "uv", "run x --directory a", "/here", "/here"),
            (Tool::Poetry, "poetry", "-C /a install -P b", "/a", "/a/b"),
            (
                Tool::Command,
                "/bin/uv",
                "run --project b x --project c",
                "/here",
                "/here/b",
            ),
            (
                Tool::Command,
                "/bin/uvx",
                "--project b x --project c",
                "/here",
                "/here/b",
            ),
            (
                Tool::Command,
                "/bin/make",
                "-C a --project b",
                "/here",
                "/here",
            ),
        ] {
            let place = place(tool, program, line).unwrap();
            let expected = (Path::new(base), Path::new(project));
            assert_eq!((&*place.base, &*place.project), expected, "{line}");
        }
    }

    #[test]
    fn what_is_unclear_is_refused() {
        let unclear = place(Tool::Poetry, "poetry", "install -vC a").unwrap_err();
        assert!(
            unclear
                .to_string()
                .starts_with("which project this is about is unclear: ")
        );
        let nowhere = place(Tool::Uv, "uv", "--project /nowhere sync").unwrap();
        let said = nowhere.of_policy().unwrap_err().to_string();
        assert!(
            said.starts_with("the policy that counts in /nowhere cannot be found"),
            "{said}"
        );
    }
}

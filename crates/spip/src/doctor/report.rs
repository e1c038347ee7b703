//! What the doctor found, for people and for machines (`spip-doctor/1`).

use std::io::{self, Write};

use serde::Serialize;
use spip_core::Quoted;

use super::proof::Proof;
use super::tools::{Found, Tool};
use super::ways::{Around, Way};
use crate::init::SHIMS;
use crate::intel::Lists;

/// Everything that was found.
pub(super) struct Report {
    pub(super) tools: Vec<Tool>,
    pub(super) around: Around,
    /// Which lists of known-bad releases there are.
    pub(super) lists: Lists,
}

#[derive(Serialize)]
pub(super) struct Record<'r> {
    schema: &'static str,
    guarded: bool,
    tools: Vec<ToolRecord<'r>>,
    ways_around: Vec<WayRecord<'r>>,
    known_bad_releases: &'static str,
    looked_everywhere: bool,
}

#[derive(Serialize)]
struct ToolRecord<'r> {
    tool: &'static str,
    installed: bool,
    guarded: bool,
    program: Option<String>,
    leads_to_spip: bool,
    version: Option<&'r str>,
    proof: Option<&'static str>,
    detail: Option<&'r str>,
}

#[derive(Serialize)]
struct WayRecord<'r> {
    kind: &'static str,
    path: String,
    line: Option<usize>,
    shows: &'r str,
    close: &'r str,
}

impl Report {
    /// For machines.
    pub(super) fn record(&self) -> Record<'_> {
        Record {
            schema: "spip-doctor/1",
            guarded: self.tools.iter().all(Tool::is_fine),
            tools: self.tools.iter().map(tool_record).collect(),
            known_bad_releases: self.lists.word(),
            ways_around: self.around.ways.iter().map(way_record).collect(),
            looked_everywhere: self.around.is_complete,
        }
    }

    /// For people.
    pub(super) fn tell(&self, output: &mut impl Write) -> io::Result<()> {
        for tool in &self.tools {
            match &tool.found {
                None => writeln!(output, "{:<7} not installed", tool.name)?,
                Some(found) => tell_tool(output, tool.name, found)?,
            }
        }
        writeln!(output, "\nknown-bad releases: {}", self.lists)?;
        let ways = &self.around.ways;
        if ways.is_empty() {
            writeln!(output, "\nno way around below this directory")?;
        } else {
            writeln!(output, "\nways around below this directory:")?;
        }
        for way in ways {
            let line = way.line.map_or_else(String::new, |line| format!(":{line}"));
            let path = quoted(&way.path);
            writeln!(output, "  {path}{line}: {}", Quoted::new(&way.shows))?;
            writeln!(output, "    close it: {}", way.close)?;
        }
        if !self.around.is_complete {
            writeln!(output, "not everything below this directory was looked at")?;
        }
        Ok(())
    }
}

fn tell_tool(output: &mut impl Write, name: &str, found: &Found) -> io::Result<()> {
    let is_guarded = found.is_guarded();
    let verdict = if is_guarded { "guarded" } else { "NOT GUARDED" };
    let ours = match (found.is_own, is_guarded) {
        (true, _) => ", which leads to spip",
        (false, true) => ", through PIP_PYTHON",
        (false, false) => "",
    };
    let program = quoted(&found.program);
    writeln!(output, "{name:<7} {verdict}: {program}{ours}")?;
    match &found.version {
        Some(version) => writeln!(output, "  version  {version}")?,
        None => writeln!(output, "  version  it does not say")?,
    }
    match &found.proof {
        Proof::Refused => {
            writeln!(
                output,
                "  proof    it refused a release that is a moment old"
            )?;
        }
        Proof::Installed => {
            writeln!(
                output,
                "  proof    it installed a release that is a moment old"
            )?;
        }
        Proof::Unclear(said) => {
            writeln!(output, "  proof    none, a trial ended otherwise: {said}")?;
        }
    }
    if !is_guarded {
        writeln!(output, "  close it {}", advice(name, found))?;
    }
    Ok(())
}

/// What puts the guard in front of a tool, or finds out why the one that is there does not work.
fn advice(name: &str, found: &Found) -> String {
    if !found.is_own {
        return "eval \"$(spip init)\"".to_owned();
    }
    let own = SHIMS.iter().find(|(tool, _)| *tool == name);
    let own = own.map_or("spip", |(_, own)| own);
    match &found.proof {
        Proof::Installed => format!(
            "it is spip that let this pass: see `{own} --spip-debug` and SPIP_ variables, and report it"
        ),
        _ => format!("spip is in front already; say `{own}` yourself and see what it says"),
    }
}

fn tool_record(tool: &Tool) -> ToolRecord<'_> {
    let found = tool.found.as_ref();
    let proof = found.map(|found| match &found.proof {
        Proof::Refused => ("refused", None),
        Proof::Installed => ("installed", None),
        Proof::Unclear(said) => ("unclear", Some(said.raw())),
    });
    ToolRecord {
        tool: tool.name,
        installed: found.is_some(),
        guarded: found.is_some_and(Found::is_guarded),
        program: found.map(|found| found.program.to_string_lossy().into_owned()),
        leads_to_spip: found.is_some_and(|found| found.is_own),
        version: found.and_then(|found| Some(found.version.as_ref()?.raw())),
        proof: proof.map(|(word, _)| word),
        detail: proof.and_then(|(_, said)| said),
    }
}

fn way_record(way: &Way) -> WayRecord<'_> {
    WayRecord {
        kind: way.kind,
        path: way.path.to_string_lossy().into_owned(),
        line: way.line,
        shows: &way.shows,
        close: &way.close,
    }
}

fn quoted(path: &std::path::Path) -> Quoted {
    Quoted::new(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;

    use super::*;

    fn report() -> Report {
        let tool = |name, is_own, proof| Tool {
            name,
            found: Some(Found {
                program: format!("/bin/{name}").into(),
                is_own,
                version: Some(Quoted::new("1.0")),
                proof,
            }),
        };
        let missing = Tool {
            name: "pipx",
            found: None,
        };
        let way = Way {
            kind: "file",
            path: "/p/Dockerfile".into(),
            line: Some(2),
            shows: "RUN pip install \u{1b}[2Jx".to_owned(),
            close: "say `spip` there".to_owned(),
        };
        Report {
            tools: vec![
                tool("pip", false, Proof::Refused),
                tool("uv", true, Proof::Installed),
                tool("poetry", true, Proof::Unclear(Quoted::new("no Python"))),
                missing,
            ],
            around: Around {
                ways: vec![way],
                is_complete: false,
            },
            lists: Lists::of(Path::new("/nowhere/advisories"), Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn people_read_what_a_run_has_shown() {
        let mut text = Vec::new();
        report().tell(&mut text).unwrap();
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r##"
        pip     guarded: /bin/pip, through PIP_PYTHON
          version  1.0
          proof    it refused a release that is a moment old
        uv      NOT GUARDED: /bin/uv, which leads to spip
          version  1.0
          proof    it installed a release that is a moment old
          close it it is spip that let this pass: see `suv --spip-debug` and SPIP_ variables, and report it
        poetry  NOT GUARDED: /bin/poetry, which leads to spip
          version  1.0
          proof    none, a trial ended otherwise: no Python
          close it spip is in front already; say `spoetry` yourself and see what it says
        pipx    not installed

        known-bad releases: no database; `spip intel update` makes one (/nowhere/advisories)

        ways around below this directory:
          /p/Dockerfile:2: RUN pip install \u{1b}[2Jx
            close it: say `spip` there
        not everything below this directory was looked at
        "##);
    }

    #[test]
    fn machines_read_the_same() {
        let record = serde_json::to_value(report().record()).unwrap();
        assert_eq!(record["schema"], "spip-doctor/1");
        assert_eq!(record["guarded"], false);
        assert_eq!(record["tools"][0]["guarded"], true);
        assert_eq!(record["tools"][1]["proof"], "installed");
        assert_eq!(record["tools"][3]["installed"], false);
        assert_eq!(record["known_bad_releases"], "none");
        assert_eq!(record["ways_around"][0]["line"], 2);
        assert_eq!(record["looked_everywhere"], false);
    }
}

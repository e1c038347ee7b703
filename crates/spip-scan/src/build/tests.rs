//! Tests of the places in source trees.

use super::*;
use crate::archive::What;

fn layout(paths: &[&str], texts: &[(&str, &str)]) -> (SourceLayout, Findings) {
    let entry = |path: &&str| Entry {
        path: (*path).to_owned(),
        size: 0,
        what: What::File,
    };
    let entries: Vec<_> = paths.iter().map(entry).collect();
    let mut findings = Findings::default();
    let text = |path: &str| {
        let found = texts.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned())
    };
    let layout = SourceLayout::new(&entries, "demo", &text, &mut findings);
    (layout, findings)
}

fn role(layout: &SourceLayout, path: &str) -> String {
    let role = layout.duty(path).role;
    format!("{} {:?}", role.module.unwrap_or_default(), role.trigger)
}

#[test]
fn modules_are_named_whatever_the_layout() {
    let paths = [
        "d/setup.py",
        "d/demo/__init__.py",
        "d/demo/a.py",
        "d/docs/conf.py",
        "d/x/y.py",
    ];
    let (flat, _) = layout(&paths, &[]);
    assert_eq!(role(&flat, "d/setup.py"), "setup Build");
    assert_eq!(role(&flat, "d/demo/__init__.py"), "demo Import");
    assert_eq!(role(&flat, "d/demo/a.py"), "demo.a Import");
    assert_eq!(role(&flat, "d/docs/conf.py"), "docs.conf Never");
    assert_eq!(role(&flat, "d/x/y.py"), "x.y Never");
    assert_eq!(role(&flat, "d/demo.py"), "demo Import");
    assert_eq!(role(&flat, "d/conftest.py"), "conftest Never");
    let (src, _) = layout(&["d/src/demo/a.py", "d/tests/b.py"], &[]);
    assert_eq!(role(&src, "d/src/demo/a.py"), "demo.a Import");
    assert_eq!(role(&src, "d/tests/b.py"), "tests.b Never");
}

#[test]
fn a_back_end_in_the_tree_runs_in_the_build() {
    let text = "[build-system]\nrequires=[]\nbuild-backend='back.end'\nbackend-path=['_custom']\n";
    let paths = [
        "d/pyproject.toml",
        "d/_custom/back/end.py",
        "d/_custom/other.py",
    ];
    let (layout, _) = layout(&paths, &[("d/pyproject.toml", text)]);
    assert_eq!(role(&layout, "d/_custom/back/end.py"), "back.end Build");
    assert_eq!(role(&layout, "d/_custom/back/__init__.py"), "back Build");
    assert_eq!(role(&layout, "d/_custom/other.py"), "other Never");
    assert_eq!(layout.roots()[0].trigger, Trigger::Build);
}

#[test]
fn what_takes_a_name_of_the_standard_library_beside_a_back_end_runs_in_the_build() {
    for directory in ["tools", "."] {
        let text = format!(
            "[build-system]\nrequires=['setuptools']\nbuild-backend='setuptools.build_meta'\nbackend-path=['{directory}']\n"
        );
        let paths = ["d/pyproject.toml", "d/tools/tokenize.py", "d/json.py"];
        let (layout, _) = layout(&paths, &[("d/pyproject.toml", &text)]);
        let top = if directory == "." { "" } else { "tools/" };
        let taken = format!("d/{top}tokenize.py");
        assert_eq!(role(&layout, &taken), "tokenize Build", "{directory}");
        let taken = format!("d/{top}json/decoder.py");
        assert_eq!(role(&layout, &taken), "json.decoder Build", "{directory}");
        let other = format!("d/{top}release.py");
        assert_eq!(role(&layout, &other), "release Never", "{directory}");
    }
}

#[test]
fn code_that_settings_of_required_tools_name_runs_in_the_build() {
    for (requirement, settings) in [
        (
            "setuptools_scm[toml]>=8",
            "[tool.setuptools_scm]\nversion_scheme='tools.x:scheme'",
        ),
        ("sip >=6", "[tool.sip]\nproject-factory='tools/x.py'"),
        (
            "versioningit",
            "[tool.versioningit.vcs]\nmethod={module='x',value='f',module-dir='tools'}",
        ),
        (
            "scikit-build-core",
            "[tool.scikit-build.metadata.version]\nprovider='x'\nprovider-path='tools'",
        ),
    ] {
        let run = |requirement: &str| {
            let text = format!("[build-system]\nrequires=['{requirement}']\n{settings}\n");
            let (layout, _) = layout(
                &["pyproject.toml", "tools/x.py"],
                &[("pyproject.toml", &text)],
            );
            let by_name = layout.roots().iter().any(|root| root.module == "tools.x");
            by_name || layout.duty("tools/x.py").role.trigger == Trigger::Build
        };
        assert!(run(requirement), "{requirement}");
        assert!(!run("other"), "{requirement}");
    }
    let text = "[build-system]\nrequires=['setuptools-scm']\n[tool.setuptools_scm]\nwrite_to='demo/_version.py'\n";
    let (written, _) = layout(
        &["pyproject.toml", "demo/a.py"],
        &[("pyproject.toml", text)],
    );
    assert_eq!(role(&written, "demo/_version.py"), "demo._version Import");
}

#[test]
fn settings_of_which_some_are_left_out_are_a_gap() {
    let unread = |count: usize| {
        let scripts: Vec<_> = (0..count)
            .map(|at| format!("s{at}='demo.m{at}:f'"))
            .collect();
        let scripts = scripts.join("\n");
        let text = format!("[project]\nname='demo'\n[project.scripts]\n{scripts}");
        let (_, findings) = layout(&["pyproject.toml", "x"], &[("pyproject.toml", &text)]);
        findings.unread.len()
    };
    assert_eq!(unread(2000), 0);
    assert_eq!(unread(2001), 1);
}

#[test]
fn hooks_of_every_build_tool_run_in_the_build() {
    for (text, script) in [
        ("[tool.hatch.build.hooks.custom]", "hatch_build.py"),
        (
            "[tool.hatch.build.targets.wheel.hooks.custom]\npath='x/h.py'",
            "x/h.py",
        ),
        ("[tool.hatch.metadata.hooks.custom]", "hatch_build.py"),
        ("[tool.hatch.version]\nsource='code'\npath='v.py'", "v.py"),
        ("[tool.pdm.build]\ncustom-hook='p.py'", "p.py"),
        ("[tool.pdm]", "pdm_build.py"),
        ("[tool.poetry]\nbuild='b.py'", "b.py"),
        ("[tool.poetry.build]\nscript='./b.py'", "b.py"),
    ] {
        let (layout, _) = layout(&["pyproject.toml", "x"], &[("pyproject.toml", text)]);
        let duty = layout.duty(script);
        assert_eq!(duty.role.trigger, Trigger::Build, "{text}");
        assert_eq!(duty.role.uncalled, Trigger::Build, "{text}");
    }
}

#[test]
fn what_setuptools_reads_and_calls_is_known() {
    let cfg = "[metadata]\nversion = attr: demo.about.VERSION\n[options]\ncmdclass =\n  x = demo.cmd.X\npackage_dir =\n  = lib3\n[options.entry_points]\nconsole_scripts =\n  d = demo.cli:main\ndistutils.commands =\n  y = demo.cmd:Y\n";
    let (layout, _) = layout(&["setup.cfg", "a"], &[("setup.cfg", cfg)]);
    let roots: Vec<_> = layout
        .roots()
        .iter()
        .map(|root| (root.module.as_str(), root.trigger))
        .collect();
    assert_eq!(
        roots,
        [
            ("demo.cmd", Trigger::Build),
            ("demo.cli", Trigger::Call),
            ("demo.cmd", Trigger::Build)
        ]
    );
    assert_eq!(layout.read_by_build("lib3/demo/about.py"), Some("VERSION"));
    assert_eq!(layout.read_by_build("demo/other.py"), None);
}

#[test]
fn build_requirements_by_address_are_told() {
    let text = "[build-system]\nrequires = [\n  'setuptools',\n  'x @ https://example.invalid/x.whl',\n]\n";
    let (_, findings) = layout(&["pyproject.toml", "a"], &[("pyproject.toml", text)]);
    let [oddity] = findings.oddities.as_slice() else {
        panic!("{:?}", findings.oddities);
    };
    assert_eq!(
        (oddity.what, oddity.site.line),
        (Odd::BuildRequirementUrl, 4)
    );
    let cfg = "[options]\nsetup_requires =\n  y @ git+https://example.invalid/y\n";
    let (_, findings) = layout(&["setup.cfg", "a"], &[("setup.cfg", cfg)]);
    assert_eq!(findings.oddities.len(), 1);
}

#[test]
fn several_names_at_the_top_are_odd() {
    let entry = |path: &str| Entry {
        path: path.to_owned(),
        size: 0,
        what: What::File,
    };
    for (paths, odd) in [
        (&["d-1/a", "d-1/b"][..], 0),
        (&["d-1/a", "pax_global_header"], 0),
        (&["d-1/a", "e/b"], 1),
    ] {
        let entries: Vec<_> = paths.iter().map(|path| entry(path)).collect();
        let mut findings = Findings::default();
        check_tops(&entries, &mut findings);
        assert_eq!(findings.oddities.len(), odd, "{paths:?}");
    }
}

#[test]
fn the_file_name_and_pkg_info_must_agree() {
    let odd = |filename: &str| {
        let mut findings = Findings::default();
        check_name(
            filename,
            "x",
            "Name: My.Demo\nVersion: 1.0\n\nbody",
            &mut findings,
        );
        findings.oddities.len()
    };
    assert_eq!(odd("my_demo-1.0.tar.gz"), 0);
    assert_eq!(odd("my-demo-1.0.0.zip"), 0);
    assert_eq!(odd("my-demo-1.1.tar.gz"), 1);
    assert_eq!(odd("other-1.0.tar.gz"), 1);
    assert_eq!(project_of("my-demo-1.0.tar.gz"), "my-demo");
}

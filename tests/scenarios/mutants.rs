//! Pips that are built differently inside: refused or guarded, but never let through.

use std::fs;
use std::path::Path;

use spip_tests::environment::Environment;
use spip_tests::packages::package;
use spip_tests::pips::Pip;
use spip_tests::world::World;

use crate::fresh;

/// A change to an installed pip that keeps it working.
type Mutation = fn(&Environment);

const PREPARE: &str = "_internal/operations/prepare.py";
const INSTALL: &str = "_internal/commands/install.py";
const WHEEL: &str = "_internal/commands/wheel.py";
const HOOKED: &str = "_get_prepared_distribution";

/// Every mutant works with plain pip, and no refused package gets through it with spip.
fn never_lets_through(mutation: Mutation) {
    for pip in [
        Pip::exactly("23.2.1").expect("pip 23.2.1 is there"),
        Pip::newest(),
    ] {
        let world = World::with(&pip);
        mutation(&world.environment);
        let line = world.marker.python("pth of plindorf:");
        let requirement = package("plindorf", "3.0")
            .file("plindorf.pth", &line)
            .wheel();
        let sdist = |name: &str| package(name, "1.4.0").marks(&world.marker);
        world
            .index
            .offer(fresh(sdist("quillbarn").sdist_with_backend()));
        world
            .index
            .offer(fresh(package("zorvexkit", "2.0").wheel()));
        world.index.offer(fresh(requirement));
        world.index.offer(
            sdist("brindlewick")
                .built_with(&["plindorf"])
                .sdist_with_backend(),
        );

        for name in ["quillbarn", "zorvexkit", "brindlewick"] {
            let outcome = world.spip(&["install", name]).finish();
            let with = format!("with pip {}, {name}: {outcome}", pip.version);
            assert!(outcome.marks.is_empty(), "{with}");
            assert!(outcome.changes.is_empty(), "{with}");
            assert!(!matches!(outcome.code, Some(0) | None), "{with}");
            world.marker.clear();
        }
        for name in ["quillbarn", "zorvexkit", "brindlewick"] {
            let plain = world.pip(&["install", "--target", name, name]);
            plain.finish().succeeds();
        }
    }
}

#[test]
fn the_hook_point_has_another_name() {
    never_lets_through(|environment| {
        environment.change_pip(PREPARE, |text| {
            text.replace(HOOKED, "_prepare_distribution")
        });
    });
}

#[test]
fn the_hook_point_is_there_but_not_used() {
    never_lets_through(|environment| {
        environment.change_pip(PREPARE, |text| {
            let copy = function(text, HOOKED).replace(HOOKED, "_second_way");
            let calls = text.replace(&format!("dist = {HOOKED}("), "dist = _second_way(");
            format!("{calls}\n\n{copy}")
        });
    });
}

#[test]
fn building_goes_another_way() {
    never_lets_through(|environment| {
        copy(
            environment,
            "_internal/wheel_builder.py",
            "_internal/wheel_maker.py",
        );
        for file in [INSTALL, WHEEL] {
            environment.change_pip(file, |text| {
                text.replace(
                    "pip._internal.wheel_builder import",
                    "pip._internal.wheel_maker import",
                )
            });
        }
    });
}

#[test]
fn building_is_called_something_else() {
    never_lets_through(|environment| {
        environment.change_pip("_internal/wheel_builder.py", |text| {
            text.replace("\ndef build(", "\ndef build_all(")
        });
        let installer = "_internal/build_env/installer.py";
        let files = [INSTALL, WHEEL, installer];
        let there = files
            .iter()
            .filter(|file| directory(environment).join(file).exists());
        for file in there {
            environment.change_pip(file, |text| {
                let import = "pip._internal.wheel_builder import build";
                text.replace(import, &format!("{import}_all"))
                    .replace(" = build(", " = build_all(")
            });
        }
    });
}

#[test]
fn installing_goes_another_way() {
    never_lets_through(|environment| {
        copy(
            environment,
            "_internal/req/__init__.py",
            "_internal/req/given.py",
        );
        environment.change_pip(INSTALL, |text| {
            text.replace(
                "from pip._internal.req import",
                "from pip._internal.req.given import",
            )
        });
        let wheel = "_internal/operations/install/wheel.py";
        environment.change_pip(wheel, |text| {
            let copy = function(text, "_install_wheel").replace("def _install_wheel(", "def _put(");
            let calls = text.replace("            _install_wheel(\n", "            _put(\n");
            format!("{calls}\n\n{copy}")
        });
    });
}

#[test]
fn resolving_is_called_something_else() {
    never_lets_through(|environment| {
        for file in ["resolvelib/resolver.py", "base.py", "legacy/resolver.py"] {
            environment.change_pip(&format!("_internal/resolution/{file}"), |text| {
                text.replace("    def resolve(", "    def resolve_all(")
            });
        }
        let installer = "_internal/build_env/installer.py";
        for file in [INSTALL, WHEEL, "_internal/commands/download.py", installer] {
            if directory(environment).join(file).exists() {
                environment.change_pip(file, |text| {
                    text.replace("resolver.resolve(", "resolver.resolve_all(")
                });
            }
        }
    });
}

#[test]
fn the_nested_pip_is_started_as_a_module() {
    never_lets_through(|environment| {
        environment.change_pip(nested(environment), |text| {
            let one = text.replace(
                "            pip_runnable,\n",
                "            \"-m\", \"pip\",\n",
            );
            one.replace(
                "            get_runnable_pip(),\n            \"install\"",
                "            \"-m\", \"pip\", \"install\"",
            )
        });
    });
}

#[test]
fn the_nested_pip_is_started_by_other_means() {
    never_lets_through(|environment| {
        environment.change_pip(nested(environment), |text| {
            let call = "            call_subprocess(\n                args,\n";
            assert!(text.contains(call));
            let own = "            _run(\n                args,\n";
            let run = "def _run(args, **others):\n    from subprocess import Popen\n    \
                       assert Popen(args).wait() == 0\n";
            format!("{}\n\n{run}", text.replace(call, own))
        });
    });
}

#[test]
fn the_nested_pip_is_started_by_a_shell() {
    never_lets_through(|environment| {
        environment.change_pip(nested(environment), |text| {
            let call = "            call_subprocess(\n                args,\n";
            let own = "            _run(\n                args,\n";
            let run = "def _run(args, **others):\n    import os, shlex\n    \
                       assert os.system(shlex.join(args)) == 0\n";
            format!("{}\n\n{run}", text.replace(call, own))
        });
    });
}

#[test]
fn the_whole_of_pip_lives_somewhere_else() {
    never_lets_through(|environment| {
        let pip = directory(environment);
        copy_moved(&pip.join("_internal"), &pip.join("_inner"));
        for file in ["__main__.py", "__init__.py"] {
            environment.change_pip(file, |text| text.replace("pip._internal", "pip._inner"));
        }
        let script = environment.bin().join("pip");
        let text = fs::read_to_string(&script).expect("the script is there");
        let text = text.replace("pip._internal", "pip._inner");
        fs::write(&script, text).expect("the script is ours");
    });
}

fn directory(environment: &Environment) -> std::path::PathBuf {
    environment.packages().join("pip")
}

/// The file that starts pip for build requirements.
fn nested(environment: &Environment) -> &'static str {
    let package = "_internal/build_env/installer.py";
    if directory(environment).join(package).exists() {
        package
    } else {
        "_internal/build_env.py"
    }
}

fn copy(environment: &Environment, from: &str, to: &str) {
    let pip = directory(environment);
    let text = fs::read_to_string(pip.join(from)).expect("pip has this file");
    fs::write(pip.join(to), text).expect("a temporary directory is writable");
}

/// The source of a top-level function.
fn function(text: &str, name: &str) -> String {
    let start = text
        .find(&format!("\ndef {name}("))
        .expect("pip has this function")
        + 1;
    let rest = &text[start..];
    let is_next = |line: &str| {
        ["def ", "class ", "@"]
            .iter()
            .any(|word| line.starts_with(word))
    };
    let lines = rest.lines().enumerate();
    let body = lines.take_while(|(number, line)| *number == 0 || !is_next(line));
    body.flat_map(|(_, line)| [line, "\n"]).collect()
}

fn copy_moved(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a temporary directory is writable");
    for entry in fs::read_dir(from).expect("pip is readable") {
        let path = entry.expect("pip is readable").path();
        let name = path.file_name().expect("it has a name");
        if path.is_dir() && name != "__pycache__" {
            copy_moved(&path, &to.join(name));
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let text = fs::read_to_string(&path).expect("pip is text");
            let text = text.replace("pip._internal", "pip._inner");
            fs::write(to.join(name), text).expect("a temporary directory is writable");
        }
    }
}

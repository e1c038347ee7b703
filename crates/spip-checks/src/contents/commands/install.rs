//! Commands that install other packages.

use crate::contents::shell::Step;

/// What a command installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Install {
    /// The tool's name.
    pub(crate) tool: String,
    /// The packages, as written.
    pub(crate) packages: Vec<String>,
    /// Whether it names an index, a URL or a repository of its own.
    pub(crate) elsewhere: bool,
}

/// Options of pip and uv whose value is no package.
const WITH_VALUE: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-t",
    "--target",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--prefix",
    "--root",
    "--python",
    "--trusted-host",
    "--proxy",
    "--timeout",
    "--retries",
    "--cache-dir",
    "--log",
    "--platform",
    "--abi",
    "--implementation",
    "--python-version",
    "--progress-bar",
    "--only-binary",
    "--no-binary",
    "--upgrade-strategy",
    "--config-settings",
    "--cert",
];

/// What this program installs, if it does.
pub(crate) fn install(step: &Step) -> Option<Install> {
    let plain = step
        .program
        .trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    let arguments: Vec<&str> = step.arguments.iter().map(String::as_str).collect();
    let (tool, rest) = match plain {
        "pip" => ("pip", after(&arguments, &["install"])?),
        "easy_install" => ("easy_install", arguments),
        "uv" => ("uv", after(&arguments, &["install", "add"])?),
        "uvx" | "npx" | "bunx" => (plain, arguments),
        "pipx" => ("pipx", after(&arguments, &["install", "run"])?),
        "npm" | "pnpm" | "yarn" | "bun" => (
            plain,
            after(&arguments, &["install", "add", "i", "x", "exec", "dlx"])?,
        ),
        "gem" | "cargo" | "go" | "conda" | "mamba" | "luarocks" => {
            (plain, after(&arguments, &["install"])?)
        }
        _ => {
            let module = arguments.iter().position(|it| *it == "-m")?;
            match *arguments.get(module + 1)? {
                "pip" => ("pip", after(&arguments[module + 2..], &["install"])?),
                "uv" => ("uv", after(&arguments[module + 2..], &["install", "add"])?),
                "easy_install" => ("easy_install", arguments[module + 2..].to_vec()),
                _ => return None,
            }
        }
    };
    let elsewhere = rest.iter().any(|it| {
        it.contains("://")
            || ["-i", "-f"].contains(it)
            || [
                "--index-url",
                "--extra-index-url",
                "--find-links",
                "--trusted-host",
            ]
            .iter()
            .any(|option| it.starts_with(option))
    });
    let mut packages = Vec::new();
    let mut words = rest.into_iter();
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            packages.push(word.to_owned());
        }
    }
    Some(Install {
        tool: tool.to_owned(),
        packages,
        elsewhere,
    })
}

/// What follows one of the subcommands.
fn after<'a>(arguments: &[&'a str], subcommands: &[&str]) -> Option<Vec<&'a str>> {
    let at = arguments.iter().position(|it| subcommands.contains(it))?;
    Some(arguments[at + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::shell::steps;

    fn installs(text: &str) -> Option<(String, Vec<String>, bool)> {
        let install = steps(text).iter().find_map(install)?;
        Some((install.tool, install.packages, install.elsewhere))
    }

    #[test]
    fn installers_are_known_with_what_they_install() {
        for (text, tool, packages, elsewhere) in [
            ("pip install demo", "pip", vec!["demo"], false),
            (
                "/usr/bin/python3 -m pip install -q --user demo",
                "pip",
                vec!["demo"],
                false,
            ),
            (
                "\u{fffc} -m pip install demo==1",
                "pip",
                vec!["demo==1"],
                false,
            ),
            ("pip3.11 install -r requirements.txt", "pip", vec![], false),
            (
                "pip install --index-url http://h.invalid demo",
                "pip",
                vec!["demo"],
                true,
            ),
            (
                "pip install git+https://h.invalid/x",
                "pip",
                vec!["git+https://h.invalid/x"],
                true,
            ),
            ("uv pip install demo", "uv", vec!["demo"], false),
            ("npm i -g demo", "npm", vec!["demo"], false),
        ] {
            let packages = packages.into_iter().map(str::to_owned).collect();
            assert_eq!(
                installs(text),
                Some((tool.to_owned(), packages, elsewhere)),
                "{text}"
            );
        }
        for text in [
            "pip list",
            "python -m pip wheel .",
            "make install",
            "git install",
        ] {
            assert_eq!(installs(text), None, "{text}");
        }
    }
}

//! Which of a release's files are looked at: the sdist, and the wheel that fits this machine best.

use spip_core::{ListedFile, SafeUrl};
use spip_plan::{Distribution, DistributionKind};

/// The sdists, then the best wheel; all files where no wheel fits and there is no sdist.
pub(super) fn choose(files: Vec<(ListedFile, SafeUrl)>) -> Vec<(ListedFile, SafeUrl)> {
    let is_sdist = |file: &ListedFile| {
        let told = Distribution::parse(&file.filename);
        told.is_some_and(|told| told.kind == DistributionKind::Sdist)
    };
    let (mut chosen, wheels): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(file, _)| is_sdist(file));
    let fits = |(file, _): &&(ListedFile, SafeUrl)| fitness(&file.filename).is_some();
    let best = wheels
        .iter()
        .filter(fits)
        .max_by_key(|(file, _)| fitness(&file.filename));
    match best {
        Some(best) => chosen.push(best.clone()),
        None if chosen.is_empty() => chosen = wheels,
        None => {}
    }
    chosen
}

/// How well a wheel fits this machine (PEP 425): native code first, then the newest `CPython`, then
/// the usual C library. `None`: not at all.
fn fitness(filename: &str) -> Option<(u8, u32, u8)> {
    let mut parts = filename.strip_suffix(".whl")?.rsplit('-');
    let (platforms, abis, pythons) = (parts.next()?, parts.next()?, parts.next()?);
    let platform = platforms.split('.').filter_map(platform_fitness).max()?;
    let python = pythons.split('.').filter_map(python_fitness).max()?;
    // Free-threaded builds (`cp314t`) are rare.
    let usual = u8::from(!abis.ends_with('t'));
    let native = u8::from(platform > 0);
    Some((native + usual, python, platform))
}

/// 0: any platform.
fn platform_fitness(tag: &str) -> Option<u8> {
    if tag == "any" {
        return Some(0);
    }
    let machine = match std::env::consts::ARCH {
        "x86" => "i686",
        "aarch64" if cfg!(target_os = "macos") => "arm64",
        other => other,
    };
    let (systems, also): (&[&str], &[&str]) = if cfg!(target_os = "macos") {
        (&["macosx"], &["universal2"])
    } else {
        (&["linux", "musllinux", "manylinux"], &[])
    };
    let system = systems.iter().rposition(|system| tag.starts_with(system))?;
    let fits = |machine: &&str| tag.ends_with(&format!("_{machine}"));
    let fits = fits(&machine) || also.iter().any(fits);
    fits.then(|| u8::try_from(system).unwrap_or(u8::MAX - 1) + 1)
}

/// The minor version of `CPython`; 0 for wheels that name none.
fn python_fitness(tag: &str) -> Option<u32> {
    match tag.strip_prefix("cp3") {
        Some(minor) => minor.parse().ok().or(Some(0)),
        None => (tag.starts_with("py") && !tag.starts_with("pypy")).then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str]) -> Vec<String> {
        let file = |name: &&str| {
            let file = ListedFile {
                filename: (*name).to_owned(),
                version: None,
                uploaded: None,
                yanked: None,
                digests: Vec::new(),
                provenance: None,
                pointer: String::new(),
            };
            let url = format!("https://files.invalid/{name}").parse().unwrap();
            (file, url)
        };
        let chosen = choose(names.iter().map(file).collect());
        chosen.into_iter().map(|(file, _)| file.filename).collect()
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn takes_the_sdist_and_the_wheel_that_fits_best() {
        let found = chosen(&[
            "demo-1-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "demo-1-cp312-cp312-manylinux_2_17_x86_64.whl",
            "demo-1-cp312-cp312-musllinux_1_2_x86_64.whl",
            "demo-1-cp314-cp314t-manylinux_2_17_x86_64.whl",
            "demo-1-cp313-cp313-manylinux_2_17_aarch64.whl",
            "demo-1-cp313-cp313-win_amd64.whl",
            "demo-1-py3-none-any.whl",
            "demo-1.tar.gz",
        ]);
        let expected = [
            "demo-1.tar.gz",
            "demo-1-cp312-cp312-manylinux_2_17_x86_64.whl",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn takes_a_wheel_for_any_platform_where_no_other_fits() {
        let found = chosen(&[
            "demo-1-cp313-cp313-win_arm64.whl",
            "demo-1-py2.py3-none-any.whl",
        ]);
        assert_eq!(found, ["demo-1-py2.py3-none-any.whl"]);
    }

    #[test]
    fn takes_every_wheel_where_none_fits() {
        let names = [
            "demo-1-cp313-cp313-win32.whl",
            "demo-1-cp313-cp313-win_arm64.whl",
        ];
        assert_eq!(chosen(&names), names);
        let with_sdist = [names[0], "demo-1.zip"];
        assert_eq!(chosen(&with_sdist), ["demo-1.zip"]);
    }
}

//! Addresses at which the makers of well-known tools publish the script that installs them.

use super::Address;

/// Hosts, and the beginning of the path where the host holds other people's files too.
const INSTALLERS: &[(&str, &str)] = &[
    ("sh.rustup.rs", ""),
    ("static.rust-lang.org", "/"),
    ("astral.sh", "/"),
    ("install.python-poetry.org", ""),
    ("bootstrap.pypa.io", "/"),
    ("pyenv.run", ""),
    ("get.docker.com", ""),
    ("get.pnpm.io", "/"),
    ("bun.sh", "/"),
    ("deno.land", "/install"),
    ("hf.co", "/cli/"),
    ("dl.google.com", "/"),
    ("sdk.cloud.google.com", ""),
    ("aka.ms", "/"),
    ("get.helm.sh", "/"),
    ("get.k3s.io", ""),
    ("ollama.com", "/install"),
    ("claude.ai", "/install"),
    ("raw.githubusercontent.com", "/Homebrew/"),
    ("raw.githubusercontent.com", "/nvm-sh/"),
    ("raw.githubusercontent.com", "/pyenv/"),
    ("raw.githubusercontent.com", "/helm/"),
];

/// Whether the makers of a tool publish their installer there. Plain `http` can be changed on its
/// way.
pub(crate) fn is_official_installer(address: &Address) -> bool {
    let is_plain = address.scheme == "http";
    let mut known = INSTALLERS.iter();
    !is_plain && known.any(|(host, path)| address.host == *host && address.path.starts_with(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_are_known_by_host_and_owner() {
        let known = |text: &str| is_official_installer(&super::super::addresses_in(text).remove(0));
        assert!(known("curl -sSf https://sh.rustup.rs | sh"));
        assert!(known(
            "curl https://raw.githubusercontent.com/Homebrew/install/HEAD/install.sh"
        ));
        assert!(!known(
            "curl https://raw.githubusercontent.com/h-invalid/install.sh"
        ));
        assert!(!known("curl http://sh.rustup.rs | sh"));
        assert!(!known("curl https://sh.rustup.rs.invalid | sh"));
    }
}

//! Asks about packages that do not come from an index, or come over an unproven connection.

use spip_core::{
    Artifact, Check, Confidence, Context, Evidence, Finding, Origin, Package, RemoteFile, SafeUrl,
    Severity, Stop, Transport, Why,
};

use crate::planned::planned;

const PLAIN_SCHEMES: [&str; 6] = [
    "http", "git+http", "git+git", "hg+http", "svn+http", "svn+svn",
];

describe! {
    /// ## What it asks
    ///
    /// Would the package come from somewhere else than an index: from an address that the user or
    /// another package named, or out of a version-control repository? And did every connection
    /// prove whom it talked to, for files of an index and of `--find-links` too: no plain http, no
    /// trusted host? What pip really selected counts; an address behind an extra or a marker that
    /// does not apply is never looked at. A path that the user typed is the user's own, and hosts on
    /// this machine need no proof.
    ///
    /// ## Why it matters
    ///
    /// An index keeps what was uploaded, shows it to everybody and removes what turns out to be
    /// malware. An address serves whatever its owner, or on an unproven connection anybody on the
    /// way, likes to serve today.
    ///
    /// ## What to do
    ///
    /// Install the release from an index. Where the address is the point, make sure that you know
    /// its owner, name a commit or a hash, and allow it with `--spip-allow direct-url:PACKAGE`.
    pub(super) struct DirectUrl {
        id: "direct-url",
        summary: "not from an index, or over an unproven connection",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for DirectUrl {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let detour = detour(package, cx);
        if let Ok(Some(title)) = &detour {
            found.push(Finding {
                severity: severity(package),
                confidence: Confidence::High,
                title: title.clone(),
                primary: source(package, cx),
                related: Vec::new(),
                help: Some("install a release from an index, or check whose address it is".into()),
            });
        }
        if let Some(because) = unproven(&package.artifact) {
            found.push(Finding {
                severity: Severity::Medium,
                confidence: Confidence::High,
                title: format!("fetched over an unproven connection ({because})"),
                primary: source(package, cx),
                related: Vec::new(),
                help: Some("use https with a certificate that can be checked".to_owned()),
            });
        }
        // A lost answer about the index hides nothing that the connection shows.
        detour.map(|_| ())
    }
}

/// What to say of a package that does not come from an index. `None`: it does, or the user typed
/// its path.
fn detour(package: &Package, cx: &Context<'_>) -> Result<Option<String>, Stop> {
    if let Some(Origin::Lock { file }) = package.artifact.file().map(|file| &file.origin) {
        let is_path = package
            .artifact
            .file()
            .is_some_and(|file| is_path(&file.url));
        let vouched = is_path || cx.facts.listing(package)?.is_some();
        return Ok((!vouched).then(|| format!("{file} names it by URL, and no index is asked")));
    }
    Ok(other_detour(package))
}

fn other_detour(package: &Package) -> Option<String> {
    let is_requested = package.why == Why::Requested;
    let is_for_a_build = matches!(package.why, Why::Build { .. });
    match &package.artifact {
        Artifact::Wheel(file) | Artifact::Sdist(file) => match &file.origin {
            Origin::Index { .. } | Origin::FindLinks { .. } | Origin::Lock { .. } => None,
            Origin::Dependency { of } => Some(format!("{of} names it by URL, not from an index")),
            // A constraint names a path for what other packages need; it is the user's all the same.
            Origin::Requested if is_path(&file.url) && !is_for_a_build => None,
            Origin::Requested => Some("from a URL, not from an index".to_owned()),
        },
        Artifact::Checkout { url, .. } if is_path(url) && is_requested => None,
        Artifact::Checkout { .. } => {
            Some("from a version-control repository, not from an index".to_owned())
        }
        Artifact::Directory { .. } | Artifact::Module { .. } if is_requested => None,
        Artifact::Directory { .. } if package.why == Why::Installed => {
            Some("from a directory, not from an index".to_owned())
        }
        Artifact::Directory { .. } | Artifact::Module { .. } => {
            Some("from a directory that another package named".to_owned())
        }
    }
}

/// Somebody put it there: a tree under work is what people install from directories.
fn severity(package: &Package) -> Severity {
    match (&package.why, &package.artifact) {
        (Why::Installed, Artifact::Directory { .. }) => Severity::Low,
        _ => Severity::Medium,
    }
}

fn is_path(url: &SafeUrl) -> bool {
    url.scheme() == "file" || url.scheme().ends_with("+file")
}

/// Why a connection proved nothing. `None`: all did, or never left this machine.
fn unproven(artifact: &Artifact) -> Option<String> {
    let (transport, urls) = match artifact {
        Artifact::Wheel(file) | Artifact::Sdist(file) => (&file.transport, addresses(file)),
        Artifact::Checkout { url, transport, .. } => (transport, vec![url]),
        Artifact::Directory { .. } | Artifact::Module { .. } => return None,
    };
    let mut remote = urls
        .into_iter()
        .filter(|url| !is_path(url) && !url.is_loopback());
    match transport {
        Transport::Unverified { because } => remote.next().map(|_| because.to_string()),
        Transport::Verified => remote
            .find(|url| PLAIN_SCHEMES.contains(&url.scheme()))
            .map(|_| "plain http".to_owned()),
    }
}

/// The addresses that had to be asked: the page, where there is one, and the file.
fn addresses(file: &RemoteFile) -> Vec<&SafeUrl> {
    let page = match &file.origin {
        Origin::Index { page } => Some(page),
        Origin::FindLinks { page } => page.as_ref(),
        Origin::Lock { .. } | Origin::Requested | Origin::Dependency { .. } => None,
    };
    page.into_iter().chain([&file.url]).collect()
}

fn source(package: &Package, cx: &Context<'_>) -> Evidence {
    let text = match &package.artifact {
        Artifact::Wheel(file) | Artifact::Sdist(file) => file.url.to_string(),
        Artifact::Checkout { url, .. } => url.to_string(),
        Artifact::Directory { path, .. } | Artifact::Module { path } => path.display().to_string(),
    };
    planned(package, cx, "download_info/url", ()).shows(text)
}

#[cfg(test)]
mod tests {
    use spip_core::{Origin, PackageName};

    use super::*;
    use crate::testing::{World, assert_shows, demo, url};

    const BY_URL: &str = "medium: from a URL, not from an index";
    const BY_DEPENDENCY: &str = "medium: parent names it by URL, not from an index";
    const BY_CHECKOUT: &str = "medium: from a version-control repository, not from an index";
    const PLAIN: &str = "medium: fetched over an unproven connection (plain http)";

    fn parent() -> PackageName {
        "parent".parse().unwrap()
    }

    fn needed(mut world: World) -> World {
        world.package.why = Why::Needed { by: vec![parent()] };
        world
    }

    fn file(origin: Origin, address: &str) -> World {
        let mut world = demo().from(origin);
        world.file_mut().url = url(address);
        world
    }

    fn checkout(address: &str) -> World {
        let mut world = demo().from(Origin::Requested);
        world.package.artifact = Artifact::Checkout {
            url: url(address),
            commit: None,
            transport: Transport::Verified,
            path: None,
        };
        world
    }

    fn unverified(mut world: World, because: &str) -> World {
        world.file_mut().transport = Transport::Unverified {
            because: because.into(),
        };
        world
    }

    #[test]
    fn flags_what_is_installed_from_elsewhere() {
        let installed = |mut world: World| {
            world.package.why = Why::Installed;
            world
        };
        let expected = "low: from a directory, not from an index";
        assert_shows(&DirectUrl, installed(demo().directory()), expected);
        let url = installed(file(Origin::Requested, "https://files.invalid/demo.whl"));
        assert_shows(&DirectUrl, url, BY_URL);
    }

    #[test]
    fn flags_a_url_that_the_user_named() {
        for address in [
            "https://h.invalid/demo.whl",
            "http://127.0.0.1:8000/demo.whl",
        ] {
            assert_shows(&DirectUrl, file(Origin::Requested, address), BY_URL);
        }
    }

    #[test]
    fn flags_any_url_that_a_dependency_names() {
        for address in ["https://h.invalid/demo.whl", "file:///tmp/demo.whl"] {
            let world = needed(file(Origin::Dependency { of: parent() }, address));
            assert_shows(&DirectUrl, world, BY_DEPENDENCY);
        }
    }

    #[test]
    fn flags_a_checkout() {
        for address in ["git+https://h.invalid/demo", "git+ssh://git@h.invalid/demo"] {
            assert_shows(&DirectUrl, checkout(address), BY_CHECKOUT);
        }
        let world = needed(checkout("git+file:///srv/demo"));
        assert_shows(&DirectUrl, world, BY_CHECKOUT);
    }

    #[test]
    fn flags_a_directory_that_a_dependency_names() {
        let expected = "medium: from a directory that another package named";
        assert_shows(&DirectUrl, needed(demo().directory()), expected);
    }

    #[test]
    fn flags_a_path_that_a_build_requirement_names() {
        let mut world = file(Origin::Requested, "file:///tmp/demo.whl");
        world.package.why = Why::Build {
            of: "parent".into(),
        };
        assert_shows(&DirectUrl, world, BY_URL);
    }

    #[test]
    fn flags_plain_http_and_a_trusted_host_for_an_index_too() {
        assert_shows(&DirectUrl, unverified(demo(), "plain http"), PLAIN);
        let expected = "medium: fetched over an unproven connection (--trusted-host)";
        assert_shows(&DirectUrl, unverified(demo(), "--trusted-host"), expected);
    }

    #[test]
    fn flags_find_links_over_plain_http() {
        let page = Some(url("http://h.invalid/links/"));
        let world = file(Origin::FindLinks { page }, "https://h.invalid/demo.whl");
        assert_shows(&DirectUrl, world, PLAIN);
    }

    #[test]
    fn flags_a_plain_http_url_for_both_reasons() {
        let world = unverified(
            file(Origin::Requested, "http://h.invalid/demo.whl"),
            "plain http",
        );
        assert_shows(&DirectUrl, world, &format!("{BY_URL}\n{PLAIN}"));
    }

    #[test]
    fn accepts_an_index_on_this_machine() {
        let page = url("http://127.0.0.1:8000/simple/demo/");
        let world = file(Origin::Index { page }, "http://localhost:8000/demo.whl");
        assert_shows(&DirectUrl, unverified(world, "plain http"), "complete");
    }

    #[test]
    fn flags_a_checkout_over_plain_http_for_both_reasons() {
        let world = checkout("git+http://h.invalid/demo");
        assert_shows(&DirectUrl, world, &format!("{BY_CHECKOUT}\n{PLAIN}"));
    }

    #[test]
    fn accepts_a_path_from_a_constraint() {
        let world = needed(file(Origin::Requested, "file:///home/somebody/demo.whl"));
        assert_shows(&DirectUrl, world, "complete");
    }

    #[test]
    fn accepts_what_the_user_has_on_disk() {
        let world = file(Origin::Requested, "file:///home/somebody/demo.whl");
        assert_shows(&DirectUrl, world, "complete");
        assert_shows(&DirectUrl, demo().directory(), "complete");
        assert_shows(&DirectUrl, checkout("git+file:///srv/demo"), "complete");
        let world = file(Origin::FindLinks { page: None }, "file:///wheels/demo.whl");
        assert_shows(&DirectUrl, world, "complete");
    }

    #[test]
    fn accepts_a_url_in_requires_dist_that_was_not_selected() {
        let mut world = demo();
        let unused = "other @ https://h.invalid/o.whl ; extra == \"x\"".to_owned();
        world.metadata_mut().requires_dist = vec![unused];
        assert_shows(&DirectUrl, world, "complete");
    }

    #[test]
    fn never_shows_a_password() {
        let world = file(Origin::Requested, "https://u:secret@h.invalid/demo.whl");
        let (found, _) = world.run(&DirectUrl);
        assert_eq!(
            found[0].primary.text().raw(),
            "https://***@h.invalid/demo.whl"
        );
    }

    fn locked() -> crate::testing::World {
        let mut world = demo();
        world.file_mut().origin = Origin::Lock {
            file: "pylock.toml".into(),
        };
        world
    }

    #[test]
    fn accepts_a_locked_file_that_an_index_is_asked_about() {
        assert_shows(&DirectUrl, locked(), "complete");
    }

    #[test]
    fn flags_a_locked_address_that_no_index_is_asked_about() {
        let mut world = locked();
        world.listing = None;
        let expected = "medium: pylock.toml names it by URL, and no index is asked";
        assert_shows(&DirectUrl, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_index_of_a_locked_file_is_out_of_reach() {
        assert_shows(&DirectUrl, locked().offline(), "incomplete: offline");
    }

    #[test]
    fn flags_the_connection_of_a_locked_file_beside_a_gap() {
        let mut world = locked().offline();
        world.file_mut().url = url("http://files.invalid/demo-1.4.0-py3-none-any.whl");
        assert_shows(&DirectUrl, world, &format!("{PLAIN}\nincomplete: offline"));
    }
}

//! One of the hook's items becomes a package of the plan.

use spip_core::{
    Artifact, CommitId, Digest, Fact, Location, Metadata, Origin, Package, PackageId, PackageName,
    Quoted, RemoteFile, SafeUrl, Transport, Why,
};

use crate::event::{Item, LinkFacts};
use crate::filename::{Distribution, DistributionKind};

/// What the whole run knows and one item does not.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The `--find-links` locations that are URLs.
    pub find_links: Vec<SafeUrl>,
}

/// An item could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// pip named a kind that is not known.
    #[error("read a package of kind \"{0}\"")]
    Kind(Quoted),
    /// The file's name and its metadata disagree.
    #[error("read \"{file}\": its metadata are those of {claims}")]
    Identity {
        /// The file.
        file: Quoted,
        /// What its metadata say.
        claims: Quoted,
    },
    /// Something that must be there is not.
    #[error("read a package without {0}")]
    Missing(&'static str),
    /// An address that cannot be parsed.
    #[error("read a package's address: {0}")]
    Url(#[from] spip_core::UrlError),
    /// A digest that cannot be parsed.
    #[error("read a package's digest: {0}")]
    Digest(#[from] spip_core::DigestError),
}

impl Item {
    /// Reads the item. The metadata is there once pip has resolved.
    pub fn package(
        &self,
        id: PackageId,
        metadata: Option<&Metadata>,
        around: &Surroundings,
    ) -> Result<Package, ItemError> {
        let file = self
            .source()
            .and_then(|link| Distribution::parse(&link.filename));
        if let Some(metadata) = metadata {
            self.same_identity(metadata, file.as_ref())?;
        }
        let name = match metadata {
            Some(metadata) => metadata.name.clone(),
            None => self.name_before_metadata(file.as_ref()),
        };
        let version = metadata.map(|metadata| metadata.version.clone());
        let version = version.or_else(|| file.map(|file| file.version));
        let why = self.why();
        Ok(Package {
            id,
            name,
            version,
            why,
            artifact: self.artifact(around)?,
        })
    }

    /// What pip calls it, what its file name says and what its metadata say must agree: checks
    /// look at one name, and old pips install by another.
    fn same_identity(
        &self,
        metadata: &Metadata,
        file: Option<&Distribution>,
    ) -> Result<(), ItemError> {
        let called = self.name.as_deref().and_then(|name| name.parse().ok());
        let named = file.map(|file| file.name.clone());
        let versions = file.filter(|file| file.kind == DistributionKind::Wheel);
        let agrees = called.is_none_or(|name: PackageName| name == metadata.name)
            && named.is_none_or(|name| name == metadata.name)
            && versions.is_none_or(|file| file.version == metadata.version);
        if agrees {
            return Ok(());
        }
        let source = self.source().map_or("", |link| link.filename.as_str());
        Err(ItemError::Identity {
            file: source.into(),
            claims: format!("{} {}", metadata.name, metadata.version).into(),
        })
    }

    /// The link a wheel was built from, if pip built it; else the link itself.
    fn source(&self) -> Option<&LinkFacts> {
        self.built_from.as_ref().or(self.link.as_ref())
    }

    fn name_before_metadata(&self, file: Option<&Distribution>) -> PackageName {
        if let Some(name) = self.name.as_deref().and_then(|name| name.parse().ok()) {
            return name;
        }
        if let Some(file) = file {
            return file.name.clone();
        }
        // A directory or archive without a name; pip itself learns it from the build.
        let path = self.path.as_deref().and_then(|path| path.file_stem());
        let words = path.map(|stem| stem.to_string_lossy().into_owned());
        PackageName::resembling(&words.unwrap_or_default())
    }

    fn why(&self) -> Why {
        let parent = self.parent.as_deref().and_then(|name| name.parse().ok());
        match (&self.building, parent) {
            (Some(of), _) => Why::Build {
                of: of.as_str().into(),
            },
            (None, Some(parent)) if !self.requested => Why::Needed { by: vec![parent] },
            (None, _) => Why::Requested,
        }
    }

    fn artifact(&self, around: &Surroundings) -> Result<Artifact, ItemError> {
        match self.kind.as_str() {
            "wheel" => Ok(Artifact::Wheel(self.file(around)?)),
            "sdist" => Ok(Artifact::Sdist(self.file(around)?)),
            "checkout" => {
                let link = self.link.as_ref().ok_or(ItemError::Missing("an address"))?;
                Ok(Artifact::Checkout {
                    url: link.url.parse()?,
                    commit: self.commit.as_deref().map(|commit| CommitId(commit.into())),
                    transport: checkout_transport(&link.url),
                    path: self.path.clone(),
                })
            }
            "directory" => Ok(Artifact::Directory {
                path: self.path.clone().ok_or(ItemError::Missing("a directory"))?,
                editable: self.editable,
            }),
            other => Err(ItemError::Kind(other.into())),
        }
    }

    fn file(&self, around: &Surroundings) -> Result<RemoteFile, ItemError> {
        let link = self.source().ok_or(ItemError::Missing("an address"))?;
        let url: SafeUrl = link.url.parse()?;
        let origin = self.origin(link, around)?;
        let transport = self.transport(&url, &origin);
        let promised = digests(&link.hashes, &stated_at(&url, &origin))?;
        let demanded_at = match &origin {
            Origin::Lock { file } => Location::File {
                path: file.raw().into(),
            },
            _ => Location::Plan {
                pointer: "/requirements".to_owned(),
            },
        };
        let required = self.required.iter().flat_map(|(algorithm, values)| {
            let demanded_at = &demanded_at;
            values.iter().map(move |value| {
                Ok(Fact::new(
                    Digest::parse(algorithm, value)?,
                    demanded_at.clone(),
                ))
            })
        });
        Ok(RemoteFile {
            filename: link.filename.clone(),
            url,
            origin,
            transport,
            path: self.path.clone(),
            promised,
            required: required.collect::<Result<_, ItemError>>()?,
            built_here: self.built_from.is_some(),
            built_from: None,
        })
    }

    fn origin(&self, link: &LinkFacts, around: &Surroundings) -> Result<Origin, ItemError> {
        if self.direct {
            // Asking for the name as well does not make somebody else's address the user's own.
            let parent = self.parent.as_deref().and_then(|name| name.parse().ok());
            return Ok(parent.map_or(Origin::Requested, |of| Origin::Dependency { of }));
        }
        if let Some(lock) = &link.lock {
            return Ok(Origin::Lock {
                file: lock.as_str().into(),
            });
        }
        let Some(page) = &link.page else {
            return Ok(Origin::FindLinks { page: None });
        };
        let url: SafeUrl = page.parse()?;
        let found = around
            .find_links
            .iter()
            .any(|known| known.bare() == url.bare());
        if found || url.scheme() == "file" && !page.ends_with('/') {
            return Ok(Origin::FindLinks { page: Some(url) });
        }
        Ok(Origin::Index { page: url })
    }

    fn transport(&self, url: &SafeUrl, origin: &Origin) -> Transport {
        let page = match origin {
            Origin::Index { page } | Origin::FindLinks { page: Some(page) } => Some(page),
            _ => None,
        };
        let plain = |url: &SafeUrl| url.scheme() == "http" && !url.is_loopback();
        if plain(url) {
            Transport::Unverified {
                because: "plain http".into(),
            }
        } else if page.is_some_and(plain) {
            Transport::Unverified {
                because: "the index is read over plain http".into(),
            }
        } else if self.trusted_host {
            Transport::Unverified {
                because: "--trusted-host switches certificate checks off".into(),
            }
        } else {
            Transport::Verified
        }
    }
}

fn checkout_transport(url: &str) -> Transport {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let loopback = url.parse::<SafeUrl>().is_ok_and(|url| url.is_loopback());
    let plain = matches!(
        scheme,
        "git+http"
            | "git+git"
            | "git"
            | "hg+http"
            | "svn+http"
            | "svn+svn"
            | "bzr+http"
            | "bzr+ftp"
            | "svn"
    );
    if plain && !loopback {
        Transport::Unverified {
            because: "an unencrypted connection".into(),
        }
    } else {
        Transport::Verified
    }
}

fn stated_at(url: &SafeUrl, origin: &Origin) -> Location {
    match origin {
        Origin::Index { page } | Origin::FindLinks { page: Some(page) } => Location::Record {
            url: page.clone(),
            pointer: String::new(),
        },
        _ => Location::Record {
            url: url.clone(),
            pointer: String::new(),
        },
    }
}

fn digests(
    hashes: &std::collections::BTreeMap<String, String>,
    read_at: &Location,
) -> Result<Vec<Fact<Digest>>, ItemError> {
    let facts = hashes
        .iter()
        .map(|(algorithm, value)| Ok(Fact::new(Digest::parse(algorithm, value)?, read_at.clone())));
    facts.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn wheel() -> Value {
        json!({
            "artifact": "1-0", "kind": "wheel", "name": "Demo", "path": "/tmp/demo-1.0-py3-none-any.whl",
            "fingerprint": {"device": 1, "inode": 2, "size": 3, "modified": 4, "changed": 5},
            "editable": false, "built_from": null, "required": {}, "direct": false,
            "requested": true, "parent": null, "building": null, "trusted_host": false,
            "link": {
                "url": "https://files.invalid/demo-1.0-py3-none-any.whl#sha256=00",
                "filename": "demo-1.0-py3-none-any.whl",
                "page": "https://index.invalid/simple/demo/", "lock": null,
                "hashes": {"sha256": "00".repeat(32)}, "yanked": null, "vcs": false,
            },
        })
    }

    fn read(item: Value) -> Result<Package, ItemError> {
        let item: Item = serde_json::from_value(item).unwrap();
        let find_links = vec!["https://links.invalid/page.html".parse().unwrap()];
        item.package(PackageId(0), None, &Surroundings { find_links })
    }

    fn changed(pointer: &str, value: Value) -> Package {
        let mut item = wheel();
        *item.pointer_mut(pointer).unwrap() = value;
        read(item).unwrap()
    }

    fn origin(package: &Package) -> &Origin {
        &package.artifact.file().unwrap().origin
    }

    #[test]
    fn reads_a_wheel_from_an_index() {
        let package = read(wheel()).unwrap();
        assert_eq!(package.label(), "demo 1.0");
        assert_eq!(package.why, Why::Requested);
        let file = package.artifact.file().unwrap();
        let page = "https://index.invalid/simple/demo/".parse().unwrap();
        assert_eq!(file.origin, Origin::Index { page });
        assert_eq!(file.transport, Transport::Verified);
        assert_eq!(file.promised.len(), 1);
    }

    #[test]
    fn tells_indexes_links_locks_and_direct_addresses_apart() {
        let links = changed("/link/page", json!("https://links.invalid/page.html"));
        assert!(matches!(
            origin(&links),
            Origin::FindLinks { page: Some(_) }
        ));
        let folder = changed("/link/page", Value::Null);
        assert_eq!(*origin(&folder), Origin::FindLinks { page: None });
        for lock in ["pylock.toml", "https://locks.invalid/pylock.toml?x"] {
            let locked = changed("/link/lock", json!(lock));
            assert!(matches!(origin(&locked), Origin::Lock { .. }), "{lock}");
        }
        assert_eq!(*origin(&changed("/direct", json!(true))), Origin::Requested);
        let mut item = wheel();
        item["direct"] = json!(true);
        item["requested"] = json!(false);
        item["parent"] = json!("Other");
        let named = read(item).unwrap();
        assert_eq!(
            *origin(&named),
            Origin::Dependency {
                of: "other".parse().unwrap()
            }
        );
        assert_eq!(
            named.why,
            Why::Needed {
                by: vec!["other".parse().unwrap()]
            }
        );
    }

    #[test]
    fn shows_what_a_build_requirement_is_for() {
        let package = changed("/building", json!("app\u{1b}"));
        assert_eq!(package.why.to_string(), "build requirement of app\\u{1b}");
    }

    #[test]
    fn calls_plain_and_exempt_connections_unverified() {
        let unverified = |pointer: &str, value: Value| {
            let package = changed(pointer, value);
            let file = package.artifact.file().unwrap().clone();
            matches!(file.transport, Transport::Unverified { .. })
        };
        assert!(unverified(
            "/link/url",
            json!("http://files.invalid/demo-1.0-py3-none-any.whl")
        ));
        assert!(unverified(
            "/link/page",
            json!("http://index.invalid/simple/demo/")
        ));
        assert!(unverified("/trusted_host", json!(true)));
        assert!(!unverified(
            "/link/page",
            json!("http://127.0.0.1:80/simple/demo/")
        ));
        assert!(!unverified(
            "/link/url",
            json!("file:///tmp/demo-1.0-py3-none-any.whl")
        ));
    }

    #[test]
    fn takes_the_source_of_a_wheel_that_pip_built_itself() {
        let mut item = wheel();
        item["built_from"] = json!({
            "url": "https://files.invalid/demo-1.0.tar.gz", "filename": "demo-1.0.tar.gz",
            "page": "https://index.invalid/simple/demo/", "lock": null, "hashes": {}, "yanked": null, "vcs": false,
        });
        let package = read(item).unwrap();
        let file = package.artifact.file().unwrap();
        assert!(file.built_here);
        assert_eq!(file.filename, "demo-1.0.tar.gz");
    }

    #[test]
    fn names_a_directory_before_its_build_does() {
        let mut item = wheel();
        for (key, value) in [
            ("kind", json!("directory")),
            ("name", Value::Null),
            ("path", json!("/home/somebody/My Project\u{202e}")),
            ("fingerprint", Value::Null),
        ] {
            item[key] = value;
        }
        item["link"]["filename"] = json!("");
        assert_eq!(read(item.clone()).unwrap().label(), "my-project");
        item["path"] = json!("/");
        assert_eq!(read(item).unwrap().label(), "unnamed");
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for (pointer, value) in [
            ("/kind", json!("spaceship")),
            ("/link", Value::Null),
            ("/link/url", json!("not a url")),
            ("/link/hashes", json!({"sha256": "zz"})),
            ("/required", json!({"sha256": ["00"]})),
        ] {
            let mut item = wheel();
            *item.pointer_mut(pointer).unwrap() = value;
            assert!(read(item).is_err(), "{pointer}");
        }
    }
}

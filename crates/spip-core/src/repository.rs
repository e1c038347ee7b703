//! The repositories that a publisher names.

use url::Host;

use crate::{Fact, Metadata, SafeUrl};

/// A repository on a forge, in lower case. Anybody can write any into their metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The address as written.
    pub url: SafeUrl,
    /// The forge.
    pub forge: &'static str,
    /// The account.
    pub owner: String,
    /// The repository.
    pub name: String,
    /// Whatever follows: a folder of a repository of many packages.
    pub rest: String,
}

impl Repository {
    /// The same for every spelling of the address: `github.com/owner/name`.
    pub fn place(&self) -> String {
        format!("{}/{}/{}", self.forge, self.owner, self.name)
    }

    /// The account: `github.com/owner`.
    pub fn account(&self) -> String {
        format!("{}/{}", self.forge, self.owner)
    }
}

impl Metadata {
    /// The links to repositories: those labelled as source or home page (PEP 753).
    pub fn repositories(&self) -> Vec<Fact<Repository>> {
        let links = self.urls.iter().filter(|link| {
            let mut label = link.label.to_ascii_lowercase();
            label.retain(|letter| !letter.is_ascii_punctuation() && !letter.is_ascii_whitespace());
            LABELS.contains(&label.as_str())
        });
        links
            .filter_map(|link| {
                Some(self.fact(&link.field, repository(SafeUrl::followed(&link.url)?)?))
            })
            .collect()
    }
}

const LABELS: &[&str] = &[
    "bitbucket",
    "code",
    "codeberg",
    "github",
    "githubrepo",
    "githubrepository",
    "gitlab",
    "home",
    "homepage",
    "repo",
    "repository",
    "scm",
    "source",
    "sourcecode",
    "sourcerepository",
    "sources",
];

const FORGES: &[&str] = &["github.com", "gitlab.com", "codeberg.org", "bitbucket.org"];

/// First path segments that are pages of the forge, not accounts.
const FORGE_PAGES: &[&str] = &[
    "about",
    "apps",
    "features",
    "marketplace",
    "orgs",
    "sponsors",
    "topics",
];

fn repository(url: SafeUrl) -> Option<Repository> {
    let Host::Domain(host) = url.host()? else {
        return None;
    };
    let host = host.strip_prefix("www.").unwrap_or(host);
    let forge = FORGES.iter().find(|forge| **forge == host)?;
    let path = url.secret().path().to_ascii_lowercase();
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let owner = segments.next()?.to_owned();
    let name = segments.next()?;
    if FORGE_PAGES.contains(&owner.as_str()) {
        return None;
    }
    let name = name.strip_suffix(".git").unwrap_or(name).to_owned();
    let views = ["-", "blob", "main", "master", "src", "tree"];
    let rest = segments
        .filter(|segment| !views.contains(segment))
        .collect::<Vec<_>>()
        .join("/");
    Some(Repository {
        url,
        forge,
        owner,
        name,
        rest,
    })
}

//! A tiny world for the checks' tests: one package, what is known of it, a fixed clock.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use spip_core::{
    Act, Advisories, Advisory, AdvisoryKind, Answer, Artifact, Cause, Check, Contents, Context,
    Deed, Digest, Fact, Facts, Finding, Gap, ListedFile, Listing, Location, Makeup, MatchedBy,
    Measured, Metadata, Odd, Oddity, Origin, Outcome, Package, PackageId, PackageName, Plan,
    Previous, Project, ProjectFile, ProjectUrl, ReleaseProfile, Remembered, RemoteFile, SafeUrl,
    Settings, Sha256, Site, Stop, Taints, Tool, Transport, Trigger, Unread, Version, Why,
};

/// The time at which tests take place.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().expect("a fixed timestamp")
}

/// The digest of the demo wheel.
pub(crate) fn demo_sha256() -> Sha256 {
    Sha256::from_bytes([7; 32])
}

/// `demo 1.4.0`, a ten-day-old wheel from an index with a JSON API, with nothing wrong about it.
pub(crate) fn demo() -> World {
    World::new("demo", "1.4.0")
}

/// One package and everything that is known of it. Fields are open: change what a test is about.
pub(crate) struct World {
    pub(crate) package: Package,
    pub(crate) listing: Option<Listing>,
    pub(crate) other_listings: Option<Vec<Listing>>,
    pub(crate) project: Option<Project>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) measured: Option<Measured>,
    pub(crate) contents: Option<Contents>,
    pub(crate) advisories: Option<Advisories>,
    /// Releases that were installed before.
    pub(crate) remembered: Result<Option<Remembered>, Gap>,
    /// The release that it takes the place of.
    pub(crate) previous: Result<Option<Previous>, Gap>,
    /// Every answer is this gap.
    pub(crate) gap: Option<Gap>,
    /// The index's page is this gap; the rest answers.
    pub(crate) page_gap: Option<Gap>,
    /// More packages of the same plan.
    pub(crate) others: Vec<Package>,
    /// The tool that selected the package.
    pub(crate) tool: Tool,
    /// What the checks are told.
    pub(crate) settings: Settings,
}

impl World {
    /// A package like [`demo`] under another name.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let name: PackageName = name.parse().expect("a package name");
        let version: Version = version.parse().expect("a version");
        let page: SafeUrl = url(&format!("https://index.invalid/simple/{name}/"));
        let filename = format!(
            "{}-{version}-py3-none-any.whl",
            name.as_str().replace('-', "_")
        );
        let uploaded = now() - SignedDuration::from_hours(240);
        let sha256 = demo_sha256();
        let listing = Listing {
            page: page.clone(),
            files: vec![ListedFile {
                filename: filename.clone(),
                version: Some(version.clone()),
                uploaded: Some(uploaded),
                yanked: None,
                digests: vec![sha256.into()],
                provenance: None,
                pointer: "/files/0".to_owned(),
            }],
            status: None,
        };
        let project = Project {
            record: url(&format!("https://index.invalid/pypi/{name}/json")),
            files: vec![ProjectFile {
                filename: filename.clone(),
                version: Some(version.clone()),
                uploaded: Some(uploaded),
                sha256: Some(sha256),
                yanked: None,
                pointer: format!("/releases/{version}/0"),
            }],
            owners: Some(["alice".to_owned()].into()),
            advisories: None,
        };
        let metadata = plain_metadata(&name, &version);
        let path = format!("/tmp/{filename}");
        let measured = Measured {
            read_at: Location::File {
                path: path.clone().into(),
            },
            sha256,
            digests: vec![sha256.into()],
            size: 1000,
        };
        let promised = Fact::new(Digest::from(sha256), digest_on(&page));
        let artifact = Artifact::Wheel(RemoteFile {
            url: url(&format!("https://files.invalid/{filename}")),
            filename,
            origin: Origin::Index { page },
            transport: Transport::Verified,
            path: Some(path.into()),
            promised: vec![promised],
            required: Vec::new(),
            built_here: false,
            built_from: None,
        });
        let package = Package {
            id: PackageId(0),
            name,
            version: Some(version),
            why: Why::Requested,
            artifact,
        };
        Self {
            package,
            listing: Some(listing),
            other_listings: None,
            project: Some(project),
            metadata: Some(metadata),
            measured: Some(measured),
            contents: Some(Contents::default()),
            advisories: Some(empty_lists()),
            remembered: Ok(None),
            previous: Ok(None),
            gap: None,
            page_gap: None,
            others: Vec::new(),
            tool: Tool::Pip,
            settings: Settings::default(),
        }
    }

    /// This release was installed before.
    pub(crate) fn remembering(mut self, release: ReleaseProfile) -> Self {
        let known = self.remembered.as_mut().expect("nothing was forgotten");
        known.get_or_insert_default().learn(release);
        self
    }

    /// A wheel of this version is installed, and its code does this.
    pub(crate) fn replacing(mut self, version: &str, acts: Vec<ActBuilder>) -> Self {
        self.previous = Ok(Some(Previous {
            version: version.parse().ok(),
            kind: "wheel",
            contents: Contents {
                acts: acts.into_iter().map(|act| act.0).collect(),
                ..Contents::default()
            },
            read_at: Location::File {
                path: "/env/demo.dist-info".into(),
            },
        }));
        self
    }

    /// What the installed release is made of, for changing it.
    pub(crate) fn previous_mut(&mut self) -> &mut Makeup {
        let previous = self.previous.as_mut().expect("it can be read");
        &mut previous.as_mut().expect("there is one").contents.makeup
    }

    /// What is installed cannot be read.
    pub(crate) fn tampered(mut self) -> Self {
        self.previous = Err(Gap::new(
            Cause::Uncompared,
            "the files are not as installed",
        ));
        self
    }

    /// What was remembered cannot be read.
    pub(crate) fn forgetful(mut self) -> Self {
        self.remembered = Err(Gap::new(Cause::Forgotten, "the file cannot be read"));
        self
    }

    /// Nothing answers.
    pub(crate) fn offline(mut self) -> Self {
        self.gap = Some(Gap::new(Cause::Offline, "told to stay offline"));
        self
    }

    /// The index's page does not answer; its JSON API does.
    pub(crate) fn page_out_of_reach(mut self) -> Self {
        self.page_gap = Some(Gap::new(Cause::Unreachable, "no answer after 10 s"));
        self
    }

    /// The file's upload time, everywhere it is stated. Negative: in the future.
    pub(crate) fn uploaded_hours_ago(mut self, hours: i64) -> Self {
        let uploaded = now() - SignedDuration::from_hours(hours);
        for file in self
            .listing
            .iter_mut()
            .flat_map(|listing| &mut listing.files)
        {
            file.uploaded = Some(uploaded);
        }
        for file in self
            .project
            .iter_mut()
            .flat_map(|project| &mut project.files)
        {
            file.uploaded = Some(uploaded);
        }
        self
    }

    /// The index's page predates PEP 700.
    pub(crate) fn page_without_upload_times(mut self) -> Self {
        for file in self
            .listing
            .iter_mut()
            .flat_map(|listing| &mut listing.files)
        {
            file.uploaded = None;
        }
        self
    }

    /// The file did not come from an index: nobody has a page for it.
    pub(crate) fn from(mut self, origin: Origin) -> Self {
        self.listing = None;
        self.project = None;
        let file = self.file_mut();
        file.origin = origin;
        file.promised.clear();
        self
    }

    /// The tool has only the file's metadata, as in a dry run.
    pub(crate) fn not_fetched(mut self) -> Self {
        self.measured = None;
        self.file_mut().path = None;
        self
    }

    /// The package is a directory on this machine.
    pub(crate) fn directory(mut self) -> Self {
        self.listing = None;
        self.project = None;
        self.measured = None;
        self.package.artifact = Artifact::Directory {
            path: "/home/somebody/demo".into(),
            editable: true,
        };
        self
    }

    /// Another configured index has a page under the same name, with these files.
    pub(crate) fn other_index(mut self, files: Vec<ListedFile>) -> Self {
        let page = url("https://other.invalid/simple/demo/");
        let listings = self.other_listings.get_or_insert_default();
        listings.push(Listing {
            page,
            files,
            status: None,
        });
        self
    }

    /// Its code does this.
    pub(crate) fn acting(mut self, act: ActBuilder) -> Self {
        self.contents_mut().acts.push(act.0);
        self
    }

    /// Something about its files is odd, and takes effect then.
    pub(crate) fn odd(mut self, what: Odd, trigger: Trigger, member: &str, detail: &str) -> Self {
        self.contents_mut().oddities.push(Oddity {
            what,
            trigger,
            detail: detail.to_owned(),
            site: Site::member(member),
        });
        self
    }

    /// One member could not be read.
    pub(crate) fn unreadable(mut self, member: &str) -> Self {
        self.contents_mut().unread.push(Unread {
            member: member.to_owned(),
            cause: Cause::TooLarge,
            detail: "larger than the bound".to_owned(),
        });
        self
    }

    /// The files were not fetched.
    pub(crate) fn not_read(mut self) -> Self {
        self.contents = None;
        self
    }

    /// The package is a source archive.
    pub(crate) fn sdist(mut self) -> Self {
        let mut file = self.file_mut().clone();
        file.filename = format!("{}-1.4.0.tar.gz", self.package.name);
        self.package.artifact = Artifact::Sdist(file);
        self
    }

    /// What its files hold, for changing it.
    pub(crate) fn contents_mut(&mut self) -> &mut Contents {
        self.contents.as_mut().expect("this world has contents")
    }

    /// A list says this of the package.
    pub(crate) fn told(mut self, advisory: Advisory) -> Self {
        self.advisories_mut().found.push(advisory);
        self
    }

    /// The lists are as they were at that time.
    pub(crate) fn told_as_of(mut self, time: Timestamp) -> Self {
        let read_at = Location::Builtin { name: "a test" };
        self.advisories_mut().as_of = Some(Fact::new(time, read_at));
        self
    }

    /// What the lists say, for changing it.
    pub(crate) fn advisories_mut(&mut self) -> &mut Advisories {
        self.advisories.as_mut().expect("this world has lists")
    }

    /// The index's page, for changing it.
    pub(crate) fn listing_mut(&mut self) -> &mut Listing {
        self.listing.as_mut().expect("this world has a page")
    }

    /// The JSON API's record, for changing it.
    pub(crate) fn project_mut(&mut self) -> &mut Project {
        self.project.as_mut().expect("this world has a JSON API")
    }

    /// The file of a wheel or sdist, for changing it.
    pub(crate) fn file_mut(&mut self) -> &mut RemoteFile {
        match &mut self.package.artifact {
            Artifact::Wheel(file) | Artifact::Sdist(file) => file,
            Artifact::Checkout { .. } | Artifact::Directory { .. } | Artifact::Module { .. } => {
                panic!("not a file")
            }
        }
    }

    /// The metadata, for changing it.
    pub(crate) fn metadata_mut(&mut self) -> &mut Metadata {
        self.metadata.as_mut().expect("this world has metadata")
    }

    /// Runs one check and returns what it found and how it ended.
    pub(crate) fn run(&self, check: &dyn Check) -> (Vec<Finding>, Outcome) {
        let mut packages = vec![self.package.clone()];
        packages.extend(self.others.iter().cloned());
        let plan = Plan {
            tool: self.tool,
            packages,
            gaps: Vec::new(),
        };
        let cx = Context {
            plan: &plan,
            facts: self,
            settings: &self.settings,
            now: now(),
        };
        let mut found = Vec::new();
        let outcome = match check.run(&self.package, &cx, &mut found) {
            Ok(()) => Outcome::Complete,
            Err(Stop::Gap(gap)) => Outcome::Incomplete(gap),
            Err(Stop::NotApplicable(why)) => Outcome::NotApplicable(why),
        };
        (found, outcome)
    }

    fn answer<T: Clone>(&self, value: Option<&T>) -> Answer<T> {
        match &self.gap {
            Some(gap) => Err(gap.clone()),
            None => Ok(value.cloned().map(Arc::new)),
        }
    }
}

impl Facts for World {
    fn listing(&self, _: &Package) -> Answer<Listing> {
        match &self.page_gap {
            Some(gap) => Err(gap.clone()),
            None => self.answer(self.listing.as_ref()),
        }
    }

    fn other_listings(&self, _: &Package) -> Answer<Vec<Listing>> {
        self.answer(self.other_listings.as_ref())
    }

    fn project(&self, _: &Package) -> Answer<Project> {
        self.answer(self.project.as_ref())
    }

    fn metadata(&self, _: &Package) -> Answer<Metadata> {
        self.answer(self.metadata.as_ref())
    }

    fn measured(&self, _: &Package) -> Answer<Measured> {
        self.answer(self.measured.as_ref())
    }

    fn contents(&self, _: &Package) -> Answer<Contents> {
        self.answer(self.contents.as_ref())
    }

    fn advisories(&self, _: &Package) -> Answer<Advisories> {
        self.answer(self.advisories.as_ref())
    }

    fn remembered(&self, _: &Package) -> Answer<Remembered> {
        self.answer(self.remembered.clone()?.as_ref())
    }

    fn previous(&self, _: &Package) -> Answer<Previous> {
        self.answer(self.previous.clone()?.as_ref())
    }
}

/// Where a page states the digest of its first file.
fn digest_on(page: &SafeUrl) -> Location {
    Location::Record {
        url: page.clone(),
        pointer: "/files/0/hashes/sha256".to_owned(),
    }
}

/// Metadata with nothing wrong about it.
fn plain_metadata(name: &PackageName, version: &Version) -> Metadata {
    Metadata {
        read_at: Location::Plan {
            pointer: "/install/0/metadata".to_owned(),
        },
        name: name.clone(),
        version: version.clone(),
        summary: Some("A demonstration".to_owned()),
        description: Some("It demonstrates.".to_owned()),
        urls: vec![ProjectUrl {
            label: "Source".to_owned(),
            url: format!("https://github.com/example/{name}"),
            field: "project_url/0".to_owned(),
        }],
        author_email: Some("Somebody <somebody@demo.invalid>".to_owned()),
        maintainer_email: None,
        requires_dist: Vec::new(),
    }
}

/// Lists that name nothing.
fn empty_lists() -> Advisories {
    Advisories {
        asked_for_malicious: true,
        asked_for_vulnerabilities: true,
        ..Advisories::default()
    }
}

/// An advisory about the package, of which nothing is known but this.
pub(crate) fn advisory(id: &str, kind: AdvisoryKind, matched_by: MatchedBy) -> Advisory {
    Advisory {
        id: id.into(),
        aliases: Vec::new(),
        kind,
        summary: "about demo".into(),
        rating: None,
        matched_by,
        fixed_in: Vec::new(),
        withdrawn: false,
        read_at: Location::Builtin { name: "a test" },
        reference: None,
    }
}

/// An act at import in line 1 of `demo/__init__.py`, with nothing known of its arguments.
pub(crate) fn act(deed: Deed, callee: &str) -> ActBuilder {
    ActBuilder(Act {
        deed,
        callee: callee.to_owned(),
        trigger: Trigger::Import,
        taints: Taints::NONE,
        texts: Vec::new(),
        layers: 0,
        disguised: false,
        site: Site {
            member: "demo/__init__.py".to_owned(),
            line: 1,
            ..Site::default()
        },
    })
}

/// An act in the making.
#[derive(Clone, Debug)]
pub(crate) struct ActBuilder(pub(crate) Act);

impl ActBuilder {
    /// When it runs.
    pub(crate) fn when(mut self, trigger: Trigger) -> Self {
        self.0.trigger = trigger;
        self
    }

    /// What reaches it.
    pub(crate) fn tainted(mut self, taints: Taints) -> Self {
        self.0.taints = self.0.taints.with(taints);
        self
    }

    /// What is known of its arguments.
    pub(crate) fn texts(mut self, texts: &[&str]) -> Self {
        self.0.texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    /// Where it stands.
    pub(crate) fn at(mut self, member: &str, line: u32) -> Self {
        self.0.site.member = member.to_owned();
        self.0.site.line = line;
        self
    }

    /// It showed under that many layers of encoding.
    pub(crate) fn under(mut self, layers: u8) -> Self {
        self.0.layers = layers;
        self
    }

    /// Its name was put together at run time.
    pub(crate) fn disguised(mut self) -> Self {
        self.0.disguised = true;
        self
    }
}

impl std::ops::Deref for ActBuilder {
    type Target = Act;

    fn deref(&self) -> &Act {
        &self.0
    }
}

/// An entry of an index's page: a month-old file whose digest is this byte, repeated.
pub(crate) fn listed(filename: &str, version: &str, digest: u8) -> ListedFile {
    ListedFile {
        filename: filename.to_owned(),
        version: Some(version.parse().expect("a version")),
        uploaded: Some(now() - SignedDuration::from_hours(720)),
        yanked: None,
        digests: vec![Sha256::from_bytes([digest; 32]).into()],
        provenance: None,
        pointer: "/files/1".to_owned(),
    }
}

/// Parses a URL that a test wrote.
pub(crate) fn url(text: &str) -> SafeUrl {
    text.parse().expect("a URL")
}

/// Runs one check and compares: one `severity: title` line per finding, then `incomplete: cause` or
/// `not applicable: why`; `complete` when there is nothing else to say.
#[expect(
    clippy::needless_pass_by_value,
    reason = "tests build their world in the argument"
)]
pub(crate) fn assert_shows(check: &dyn Check, world: World, expected: &str) {
    let (found, outcome) = world.run(check);
    let mut lines: Vec<String> = found
        .iter()
        .map(|finding| format!("{}: {}", finding.severity, finding.title))
        .collect();
    match outcome {
        Outcome::Complete if lines.is_empty() => lines.push("complete".to_owned()),
        Outcome::Complete => {}
        Outcome::Incomplete(gap) => lines.push(format!("incomplete: {}", gap.cause)),
        Outcome::NotApplicable(why) => lines.push(format!("not applicable: {why}")),
    }
    let worst = found.iter().map(|finding| finding.severity).max();
    assert!(
        worst <= Some(check.meta().worst),
        "worse than the description says"
    );
    assert_eq!(lines.join("\n"), expected);
}

//! The facts of one plan, complete before the checks run.

use std::collections::HashMap;
use std::sync::Arc;

use spip_core::{
    Advisories, Answer, Cause, Contents, Facts, Gap, Listing, Measured, Metadata, Package,
    PackageId, Previous, Project, Remembered, Sha256,
};

/// The facts of one plan, complete: nothing here waits any more.
pub(crate) struct Gathered(HashMap<PackageId, Known>);

/// Everything known of one package.
pub(crate) struct Known {
    /// The path that the user gave, as it was given.
    pub(crate) given: Option<String>,
    pub(crate) listing: Answer<Listing>,
    pub(crate) other_listings: Answer<Vec<Listing>>,
    pub(crate) project: Answer<Project>,
    pub(crate) metadata: Answer<Metadata>,
    pub(crate) measured: Answer<Measured>,
    pub(crate) contents: Answer<Contents>,
    pub(crate) advisories: Answer<Advisories>,
    pub(crate) remembered: Answer<Remembered>,
    pub(crate) previous: Answer<Previous>,
}

impl Known {
    /// Nothing but what its files hold.
    pub(crate) fn of_contents(contents: Contents) -> Self {
        Self {
            given: None,
            listing: Ok(None),
            other_listings: Ok(None),
            project: Ok(None),
            metadata: Ok(None),
            measured: Ok(None),
            contents: Ok(Some(Arc::new(contents))),
            advisories: Ok(None),
            remembered: Ok(None),
            previous: Ok(None),
        }
    }
}

impl FromIterator<(PackageId, Known)> for Gathered {
    fn from_iter<I: IntoIterator<Item = (PackageId, Known)>>(known: I) -> Self {
        Self(known.into_iter().collect())
    }
}

impl Gathered {
    fn known(&self, package: &Package) -> Result<&Known, Gap> {
        let missing = || Gap::new(Cause::Internal, "nothing was gathered for this package");
        self.0.get(&package.id).ok_or_else(missing)
    }

    /// The path that the user gave for this package, as it was given.
    pub(crate) fn given(&self, package: &Package) -> Option<&str> {
        self.0.get(&package.id)?.given.as_deref()
    }

    /// The digest of the judged bytes.
    pub(crate) fn sha256(&self, package: &Package) -> Option<Sha256> {
        let measured = self.0.get(&package.id)?.measured.as_ref().ok()?.as_ref()?;
        Some(measured.sha256)
    }
}

impl Facts for Gathered {
    fn listing(&self, package: &Package) -> Answer<Listing> {
        self.known(package)?.listing.clone()
    }

    fn other_listings(&self, package: &Package) -> Answer<Vec<Listing>> {
        self.known(package)?.other_listings.clone()
    }

    fn project(&self, package: &Package) -> Answer<Project> {
        self.known(package)?.project.clone()
    }

    fn metadata(&self, package: &Package) -> Answer<Metadata> {
        self.known(package)?.metadata.clone()
    }

    fn measured(&self, package: &Package) -> Answer<Measured> {
        self.known(package)?.measured.clone()
    }

    fn contents(&self, package: &Package) -> Answer<Contents> {
        self.known(package)?.contents.clone()
    }

    fn advisories(&self, package: &Package) -> Answer<Advisories> {
        self.known(package)?.advisories.clone()
    }

    fn remembered(&self, package: &Package) -> Answer<Remembered> {
        self.known(package)?.remembered.clone()
    }

    fn previous(&self, package: &Package) -> Answer<Previous> {
        self.known(package)?.previous.clone()
    }
}

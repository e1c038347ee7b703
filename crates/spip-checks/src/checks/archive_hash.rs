//! Refuses bytes that are not the bytes that were announced.

use std::path::Path;
use std::sync::Arc;

use spip_core::{
    Algorithm, Cause, Check, Confidence, Context, Digest, Fact, Finding, Gap, Location, Measured,
    Origin, Package, RemoteFile, Severity, Stop,
};

describe! {
    /// ## What it asks
    ///
    /// Do the bytes on disk have every digest that was announced for them: by the page that offered
    /// the file, by the index's page as it is now, and by the index's JSON API? Do these agree among
    /// each other, even before the file is fetched? And do the bytes meet the hashes that are
    /// required of them? Of the hashes of a requirement (`--hash`) one has to hold, as pip has it;
    /// of those that a lock file (`.toml`) records for the file, all. Only SHA-256, SHA-384 and
    /// SHA-512 count: an index that states nothing stronger than MD5 or SHA-1, or nothing at all,
    /// leaves a gap. A wheel that was built on this machine has no published digest; the source
    /// archive's digests are still held against each other.
    ///
    /// ## Why it matters
    ///
    /// Bytes that differ from what was announced were changed on the way, in a cache, or on the
    /// index after somebody looked. There is no honest reason for it.
    ///
    /// ## What to do
    ///
    /// Do not install the file. Clear the cache and try another network; if the digests still
    /// differ, tell the people who run the index.
    pub(super) struct ArchiveHash {
        id: "archive-hash",
        summary: "the bytes or digests differ from what was announced",
        worst: Critical,
        needs: Artifact,
    }
}

impl Check for ArchiveHash {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(file) = package.artifact.file() else {
            return Err(Stop::NotApplicable("not a single file"));
        };
        let (listing, project) = (cx.facts.listing(package), cx.facts.project(package));
        let measured = cx.facts.measured(package);

        let mut stated = file.promised.clone();
        if let Ok(Some(listing)) = &listing
            && let Some(entry) = listing.file(&file.filename)
        {
            let fact = |digest: &Digest| listing.fact(entry, "hashes", digest.clone());
            stated.extend(entry.digests.iter().map(fact));
        }
        if let Ok(Some(project)) = &project
            && let Some(entry) = project.file(&file.filename)
        {
            let fact = |digest| project.fact(entry, "digests/sha256", Digest::from(digest));
            stated.extend(entry.sha256.map(fact));
        }
        let known = Known {
            file,
            stated,
            measured: measured.as_ref().ok().cloned().flatten(),
        };
        known.compare(found);

        listing?;
        project?;
        measured?;
        known.sufficient()
    }
}

/// Everything that is known of one file's digests.
struct Known<'a> {
    file: &'a RemoteFile,
    /// What the index says of the published file.
    stated: Vec<Fact<Digest>>,
    /// The bytes on this machine.
    measured: Option<Arc<Measured>>,
}

impl Known<'_> {
    fn compare(&self, found: &mut Vec<Finding>) {
        let broken = self
            .published()
            .and_then(|bytes| mismatch(&self.stated, bytes));
        found.extend(broken.or_else(|| disagreement(&self.stated)));
        let (known, title) = match &self.measured {
            Some(bytes) => (digests(bytes), "its bytes are not those that are required"),
            None => (
                self.stated.clone(),
                "the index's digest is not one that is required",
            ),
        };
        if let Met::No(claim, known) = requirement(&self.file.required, &known) {
            found.push(finding(title, known, claim, Vec::new()));
        }
    }

    /// The bytes, if they are the published ones.
    fn published(&self) -> Option<&Measured> {
        self.measured.as_deref().filter(|_| !self.file.built_here)
    }

    /// Whether the comparisons that were possible amount to an answer.
    fn sufficient(&self) -> Result<(), Stop> {
        let Some(bytes) = &self.measured else {
            let claims: Vec<_> = [&self.stated[..], &self.file.required].concat();
            let compared = |claim| comparable(&claims, claim).count() > 1;
            if claims.iter().any(compared) {
                return Ok(());
            }
            return Err(Stop::NotApplicable("the file was not fetched"));
        };
        let bytes = digests(bytes);
        if !self.file.required.is_empty() {
            return match requirement(&self.file.required, &bytes) {
                Met::Yes | Met::No(..) => Ok(()),
                Met::Unknown => Err(unprovable("the required hashes prove nothing")),
            };
        }
        if self.file.built_here {
            return Err(Stop::NotApplicable(
                "built on this machine from a published file",
            ));
        }
        let proven = |claim| comparable(&bytes, claim).next().is_some();
        match &self.file.origin {
            _ if self.stated.iter().any(proven) => Ok(()),
            Origin::Index { .. } => Err(unprovable("the index states no digest that proves")),
            _ if self.stated.is_empty() => Err(Stop::NotApplicable("nobody stated a digest")),
            _ => Err(unprovable("only digests that prove nothing were stated")),
        }
    }
}

fn unprovable(detail: &str) -> Stop {
    Stop::Gap(Gap::new(Cause::Unprovable, detail))
}

fn digests(measured: &Measured) -> Vec<Fact<Digest>> {
    let sha256 = Digest::from(measured.sha256);
    let others = measured.digests.iter().filter(|digest| **digest != sha256);
    [&sha256]
        .into_iter()
        .chain(others)
        .map(|digest| Fact::new(digest.clone(), measured.read_at.clone()))
        .collect()
}

fn strong<'a>(
    claims: impl Iterator<Item = &'a Fact<Digest>>,
) -> impl Iterator<Item = &'a Fact<Digest>> {
    claims.filter(|claim| claim.value.algorithm() != Algorithm::Weak)
}

/// The claims of the same strong algorithm.
fn comparable<'a>(
    claims: &'a [Fact<Digest>],
    to: &Fact<Digest>,
) -> impl Iterator<Item = &'a Fact<Digest>> {
    let algorithm = to.value.algorithm();
    strong(claims.iter()).filter(move |claim| claim.value.algorithm() == algorithm)
}

fn contradicts(one: &Fact<Digest>, two: &Fact<Digest>) -> bool {
    one.value.hex() != two.value.hex()
}

/// The bytes against every digest that the index states.
fn mismatch(stated: &[Fact<Digest>], bytes: &Measured) -> Option<Finding> {
    let bytes = digests(bytes);
    let mut wrong = stated.iter().filter_map(|claim| {
        let mut bytes = comparable(&bytes, claim);
        Some((claim, bytes.find(|bytes| contradicts(bytes, claim))?))
    });
    let (claim, bytes) = wrong.next()?;
    let others = wrong.map(|(claim, _)| claim).collect();
    Some(finding(
        "its bytes are not those that the index announces",
        bytes,
        claim,
        others,
    ))
}

/// The digests that the index states, against each other.
fn disagreement(stated: &[Fact<Digest>]) -> Option<Finding> {
    stated.iter().find_map(|one| {
        let two = comparable(stated, one).find(|two| contradicts(one, two))?;
        Some(finding(
            "the index states different digests for it",
            one,
            two,
            Vec::new(),
        ))
    })
}

/// Whether what is known of a file meets the hashes that are required of it.
enum Met<'a> {
    Yes,
    /// The claim that is not met, and what contradicts it.
    No(&'a Fact<Digest>, &'a Fact<Digest>),
    /// Nothing comparable is known.
    Unknown,
}

fn requirement<'a>(required: &'a [Fact<Digest>], known: &'a [Fact<Digest>]) -> Met<'a> {
    let met = |claim: &'a Fact<Digest>| {
        let known = comparable(known, claim).next()?;
        Some((claim, known, !contradicts(claim, known)))
    };
    let (locked, allowed): (Vec<_>, Vec<_>) = strong(required.iter()).partition(|it| is_locked(it));
    let locked: Vec<_> = locked.into_iter().filter_map(met).collect();
    let decided: Vec<_> = allowed.iter().copied().filter_map(met).collect();
    if let Some((claim, known, _)) = locked.iter().find(|(.., met)| !met) {
        return Met::No(claim, known);
    }
    match decided.first() {
        _ if decided.iter().any(|(.., met)| *met) => Met::Yes,
        Some((claim, known, _)) if decided.len() == allowed.len() => Met::No(claim, known),
        None if allowed.is_empty() && !locked.is_empty() => Met::Yes,
        _ => Met::Unknown,
    }
}

/// Whether a lock file recorded it: then it describes this one file, not several to choose from.
fn is_locked(claim: &Fact<Digest>) -> bool {
    let is_toml = |path: &Path| path.extension().is_some_and(|it| it == "toml");
    match &claim.read_at {
        Location::File { path } => is_toml(path),
        Location::Record { url, .. } => is_toml(Path::new(url.secret().path())),
        Location::Plan { .. } | Location::Member { .. } | Location::Builtin { .. } => false,
    }
}

fn finding(
    title: &str,
    one: &Fact<Digest>,
    two: &Fact<Digest>,
    others: Vec<&Fact<Digest>>,
) -> Finding {
    let evidence = |fact: &Fact<Digest>| fact.shows(fact.value.to_string());
    Finding {
        severity: Severity::Critical,
        confidence: Confidence::High,
        title: title.to_owned(),
        primary: evidence(one),
        related: std::iter::once(two).chain(others).map(evidence).collect(),
        help: Some("do not install it; clear the cache and try another network".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use spip_core::Sha256;

    use super::*;
    use crate::testing::{World, assert_shows, demo, url};

    const CHANGED: &str = "critical: its bytes are not those that the index announces";
    const TORN: &str = "critical: the index states different digests for it";
    const BUILT_HERE: &str = "not applicable: built on this machine from a published file";
    const NOT_REQUIRED: &str = "critical: its bytes are not those that are required";

    fn digest(byte: u8) -> Digest {
        Sha256::from_bytes([byte; 32]).into()
    }

    fn md5() -> Digest {
        Digest::parse("md5", &"0".repeat(32)).unwrap()
    }

    /// As `pip --hash` names them.
    fn requires(mut world: World, digests: impl IntoIterator<Item = Digest>) -> World {
        let read_at = || Location::Plan {
            pointer: "/install/0/hashes".to_owned(),
        };
        let facts = digests
            .into_iter()
            .map(|digest| Fact::new(digest, read_at()));
        world.file_mut().required = facts.collect();
        world
    }

    fn locks(world: World, digests: impl IntoIterator<Item = Digest>) -> World {
        let mut world = requires(world, digests);
        for fact in &mut world.file_mut().required {
            fact.read_at = Location::File {
                path: "/home/somebody/pylock.toml".into(),
            };
        }
        world
    }

    /// No index states anything.
    fn unannounced(mut world: World) -> World {
        world.listing = None;
        world.project = None;
        world.file_mut().promised.clear();
        world
    }

    fn built_here(mut world: World) -> World {
        world.file_mut().built_here = true;
        world.measured.as_mut().unwrap().sha256 = Sha256::from_bytes([9; 32]);
        world.measured.as_mut().unwrap().digests = vec![digest(9)];
        world
    }

    #[test]
    fn flags_bytes_that_differ_from_the_promise() {
        let mut world = unannounced(demo());
        let read_at = Location::Plan {
            pointer: String::new(),
        };
        world.file_mut().promised = vec![Fact::new(digest(1), read_at)];
        let (found, _) = world.run(&ArchiveHash);
        assert_eq!(found[0].primary.text().raw(), digest(7).to_string());
        assert_eq!(found[0].related[0].text().raw(), digest(1).to_string());
        assert_shows(&ArchiveHash, world, CHANGED);
    }

    #[test]
    fn flags_bytes_that_differ_from_the_page_as_it_is_now() {
        let mut world = demo();
        world.listing_mut().files[0].digests = vec![digest(1)];
        assert_shows(&ArchiveHash, world, CHANGED);
    }

    #[test]
    fn flags_bytes_that_differ_from_the_json_api() {
        let mut world = demo();
        world.project_mut().files[0].sha256 = Some(Sha256::from_bytes([1; 32]));
        assert_shows(&ArchiveHash, world, CHANGED);
    }

    #[test]
    fn flags_all_wrong_announcements_once_with_every_digest() {
        let mut world = demo();
        world.measured.as_mut().unwrap().sha256 = Sha256::from_bytes([1; 32]);
        world.measured.as_mut().unwrap().digests.clear();
        let (found, _) = world.run(&ArchiveHash);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].related.len(), 3);
    }

    #[test]
    fn flags_an_index_that_contradicts_itself_before_the_file_is_fetched() {
        let mut world = demo().not_fetched();
        world.project_mut().files[0].sha256 = Some(Sha256::from_bytes([1; 32]));
        assert_shows(&ArchiveHash, world, TORN);
    }

    #[test]
    fn flags_an_index_that_contradicts_itself_about_what_was_built_here() {
        let mut world = built_here(demo());
        world.project_mut().files[0].sha256 = Some(Sha256::from_bytes([1; 32]));
        assert_shows(&ArchiveHash, world, &format!("{TORN}\n{BUILT_HERE}"));
    }

    #[test]
    fn flags_bytes_that_meet_none_of_the_required_hashes() {
        let world = requires(demo(), [digest(1), digest(2)]);
        assert_shows(&ArchiveHash, world, NOT_REQUIRED);
        let world = requires(unannounced(demo()), [digest(1)]);
        assert_shows(&ArchiveHash, world, NOT_REQUIRED);
        let world = requires(built_here(demo()), [digest(7)]);
        assert_shows(&ArchiveHash, world, NOT_REQUIRED);
    }

    #[test]
    fn flags_a_lock_file_of_whose_hashes_one_does_not_hold() {
        let world = locks(demo(), [digest(7), digest(1)]);
        assert_shows(&ArchiveHash, world, NOT_REQUIRED);
    }

    #[test]
    fn flags_an_announced_digest_that_is_not_required_before_the_file_is_fetched() {
        let world = requires(demo().not_fetched(), [digest(1)]);
        let expected = "critical: the index's digest is not one that is required";
        assert_shows(&ArchiveHash, world, expected);
    }

    #[test]
    fn keeps_what_it_found_when_an_answer_is_lost() {
        let mut world = demo().offline();
        let mut other = world.file_mut().promised[0].clone();
        other.value = digest(1);
        world.file_mut().promised.push(other);
        assert_shows(&ArchiveHash, world, &format!("{TORN}\nincomplete: offline"));
    }

    #[test]
    fn accepts_bytes_that_everybody_agrees_on() {
        assert_shows(&ArchiveHash, demo(), "complete");
        assert_shows(&ArchiveHash, demo().not_fetched(), "complete");
    }

    #[test]
    fn accepts_bytes_that_meet_one_of_the_required_hashes() {
        let world = requires(demo(), [digest(1), digest(7)]);
        assert_shows(&ArchiveHash, world, "complete");
        let world = requires(built_here(demo()), [digest(9)]);
        assert_shows(&ArchiveHash, world, "complete");
        let world = locks(unannounced(demo()), [digest(7)]);
        assert_shows(&ArchiveHash, world, "complete");
    }

    #[test]
    fn accepts_a_weak_digest_beside_a_strong_one() {
        let mut world = demo();
        world.listing_mut().files[0].digests.push(md5());
        assert_shows(&ArchiveHash, world, "complete");
    }

    #[test]
    fn accepts_weak_digests_that_differ_in_kind() {
        let mut world = demo();
        let sha1 = Digest::parse("sha1", &"1".repeat(40)).unwrap();
        world.listing_mut().files[0].digests.extend([md5(), sha1]);
        assert_shows(&ArchiveHash, world, "complete");
    }

    #[test]
    fn accepts_a_strong_digest_of_another_kind() {
        let mut world = unannounced(demo());
        let sha512 = Digest::parse("sha512", &"ab".repeat(64)).unwrap();
        let read_at = Location::Plan {
            pointer: String::new(),
        };
        world.file_mut().promised = vec![Fact::new(sha512.clone(), read_at)];
        world.measured.as_mut().unwrap().digests.push(sha512);
        assert_shows(&ArchiveHash, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_an_index_states_nothing_that_proves() {
        for digests in [vec![md5()], vec![]] {
            let mut world = demo();
            world.project = None;
            world.file_mut().promised.clear();
            world.listing_mut().files[0].digests = digests;
            assert_shows(&ArchiveHash, world, "incomplete: unprovable");
        }
    }

    #[test]
    fn leaves_a_gap_when_the_required_hashes_prove_nothing() {
        assert_shows(
            &ArchiveHash,
            requires(demo(), [md5()]),
            "incomplete: unprovable",
        );
        let sha512 = Digest::parse("sha512", &"ab".repeat(64)).unwrap();
        let world = requires(demo(), [digest(1), sha512]);
        assert_shows(&ArchiveHash, world, "incomplete: unprovable");
    }

    #[test]
    fn leaves_a_gap_when_the_index_is_out_of_reach() {
        assert_shows(&ArchiveHash, demo().offline(), "incomplete: offline");
    }

    #[test]
    fn does_not_apply_where_nobody_stated_a_digest() {
        let mut world = demo().from(Origin::Requested);
        world.file_mut().url = url("https://h.invalid/demo.whl");
        assert_shows(
            &ArchiveHash,
            world,
            "not applicable: nobody stated a digest",
        );
        let world = demo().from(Origin::FindLinks { page: None });
        assert_shows(
            &ArchiveHash,
            world,
            "not applicable: nobody stated a digest",
        );
    }

    #[test]
    fn does_not_apply_to_what_is_not_there_to_compare() {
        let expected = "not applicable: the file was not fetched";
        assert_shows(&ArchiveHash, unannounced(demo().not_fetched()), expected);
        assert_shows(&ArchiveHash, built_here(demo()), BUILT_HERE);
        assert_shows(
            &ArchiveHash,
            demo().directory(),
            "not applicable: not a single file",
        );
    }
}

//! Collects what the parts of a scan find.

use hashbrown::HashMap;

use spip_core::{Act, Cause, Contents, Makeup, Odd, Oddity, Site, Trigger, Unread};

use crate::module::{Module, Root};

/// How many oddities of one kind are kept; the rest is counted.
const SAME_KIND: usize = 200;

/// How many unread members are kept; the rest is counted.
const MOST_UNREAD: usize = 1000;

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings {
    /// How many members were looked at.
    pub(crate) members: u32,
    /// The source files.
    pub(crate) modules: Vec<Module>,
    /// Where code begins to run by other means than its place.
    pub(crate) roots: Vec<Root>,
    /// What is odd about files.
    pub(crate) oddities: Vec<Oddity>,
    /// What could not be looked at.
    pub(crate) unread: Vec<Unread>,
    /// What the artifact is made of.
    pub(crate) makeup: Makeup,
}

impl Findings {
    /// Adds something odd about a member as a whole.
    pub(crate) fn odd(
        &mut self,
        what: Odd,
        trigger: Trigger,
        member: &str,
        detail: impl Into<String>,
    ) {
        self.odd_at(what, trigger, Site::member(member), detail);
    }

    /// Adds something odd at a place.
    pub(crate) fn odd_at(
        &mut self,
        what: Odd,
        trigger: Trigger,
        site: Site,
        detail: impl Into<String>,
    ) {
        self.oddities.push(Oddity {
            what,
            trigger,
            detail: detail.into(),
            site,
        });
    }

    /// Adds something that could not be looked at.
    pub(crate) fn unread(&mut self, member: &str, cause: Cause, detail: impl Into<String>) {
        self.unread.push(Unread {
            member: member.to_owned(),
            cause,
            detail: detail.into(),
        });
    }

    /// Takes over what another part found.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.members = self.members.saturating_add(other.members);
        self.modules.extend(other.modules);
        self.roots.extend(other.roots);
        self.oddities.extend(other.oddities);
        self.unread.extend(other.unread);
    }

    /// Puts the modules together and bounds what is kept.
    pub(crate) fn finish(self) -> Contents {
        let Self {
            members,
            modules,
            roots,
            mut oddities,
            mut unread,
            makeup,
        } = self;
        crate::proven::raise(&mut oddities, &modules, &roots);
        let (acts, more_oddities, more_unread): (Vec<Act>, _, _) =
            crate::link::link(modules, &roots);
        oddities.extend(more_oddities);
        unread.extend(more_unread);
        Contents {
            members,
            acts,
            oddities: bounded(oddities),
            unread: bounded_unread(unread),
            makeup,
        }
    }
}

/// The first of each kind, and a word about the rest.
fn bounded(oddities: Vec<Oddity>) -> Vec<Oddity> {
    let mut kept = Vec::new();
    let mut counts: HashMap<(Odd, Trigger), usize> = HashMap::new();
    for oddity in oddities {
        let count = counts.entry((oddity.what, oddity.trigger)).or_default();
        *count += 1;
        if *count <= SAME_KIND {
            kept.push(oddity);
        }
    }
    let mut rest: Vec<_> = counts
        .into_iter()
        .filter(|(_, count)| *count > SAME_KIND)
        .collect();
    rest.sort_unstable();
    kept.extend(rest.into_iter().map(|((what, trigger), count)| Oddity {
        what,
        trigger,
        detail: format!("and {} more like this", count - SAME_KIND),
        site: Site::default(),
    }));
    kept
}

/// The first unread members, and a word about the rest.
fn bounded_unread(mut unread: Vec<Unread>) -> Vec<Unread> {
    let more = unread.len().saturating_sub(MOST_UNREAD);
    if more > 0 {
        let cause = unread[MOST_UNREAD].cause;
        unread.truncate(MOST_UNREAD);
        unread.push(Unread {
            member: String::new(),
            cause,
            detail: format!("and {more} more members"),
        });
    }
    unread
}

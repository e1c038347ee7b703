//! Source archives made by `tar`: one walk, and a second one for what the first had to leave.

use hashbrown::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use spip_core::{Odd, Unread};

use crate::archive::{Entry, Manners, What, names, tar};
use crate::findings::Findings;
use crate::input::ReadAt;
use crate::layout::Layout;
use crate::member::tap::{Algorithm, Tap};
use crate::member::{Examined, Examiner};
use crate::scan::source::gather::{Gathered, is_linked_module, is_weighty};
use crate::watch::{Bound, Watch, read_whole, unread};
use crate::wheel::{finish, guarded};

/// How many unpacked bytes wait for their turn.
const WAITING: u64 = 32 << 20;

/// Files larger than this are read while they are unpacked.
const LARGE: u64 = 8 << 20;

/// How many bytes are handed to a thread at once.
const PORTION: u64 = 512 << 10;

/// Reads an archive.
pub(super) fn read(
    filename: &str,
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
    findings: &mut Findings,
) -> Result<(), Unread> {
    let mut gathered = Gathered::new(super::Nature::Source, watch);
    let mut left = HashSet::new();
    let walked = tar::walk(bytes, watch, findings, &mut |entry, data| {
        if gathered.entries.len() >= watch.limits.members {
            return Err(io::Error::other(Bound::Members(watch.limits.members)));
        }
        if !entry.is_file() {
            gathered.entries.push(entry);
        } else if !is_weighty(&entry.path) {
            gathered.examine(entry, data);
        } else if entry.size > LARGE || gathered.is_full() {
            left.insert(gathered.entries.len());
            gathered.entries.push(entry);
        } else {
            let whole = read_whole(data, entry.size, LARGE, Vec::new())?;
            gathered.keep(entry, whole);
        }
        Ok(())
    });
    let twice = twice(&gathered.entries);
    conflicts(&gathered.entries, findings);
    let layout = super::layout(filename, &gathered.entries, &gathered.texts, findings);
    let mut examined = gathered.examine_kept(&layout);
    examined.extend(gathered.settled(&layout));
    let linked = |(index, entry): (usize, &Entry)| {
        let again = entry.is_file() && !is_weighty(&entry.path);
        (again && is_linked_module(&entry.path, &layout)).then_some(index)
    };
    left.extend(gathered.entries.iter().enumerate().filter_map(linked));
    if !left.is_empty() || !twice.is_empty() {
        let run = SecondWalk {
            examiner: Examiner {
                watch,
                layout: &layout,
                depth: 0,
            },
            left: &left,
            waiting: AtomicU64::new(0),
            done: Mutex::new(Vec::new()),
        };
        examined.extend(run.run(bytes, twice, findings));
    }
    finish(examined, &layout as &dyn Layout, findings);
    if walked.is_ok() && gathered.entries.is_empty() {
        return Err(unread("", &io::Error::other("the archive is empty")));
    }
    walked
}

/// Names that get in each other's way, copies of one name set aside.
fn conflicts(entries: &[Entry], findings: &mut Findings) {
    let mut seen = HashSet::new();
    let fresh = entries
        .iter()
        .filter(|entry| seen.insert(entry.path.as_str()));
    let once: Vec<Entry> = fresh.cloned().collect();
    names::conflicts(&once, Manners::Source, findings);
}

/// What a member is, and the digest of its data.
type Copy = Option<(What, Option<Vec<u8>>)>;

/// Members that share a path: the last one that was met.
type Copies = HashMap<String, Copy>;

/// Paths that several members have.
fn twice(entries: &[Entry]) -> Copies {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.what != What::Directory) {
        *counts.entry(&entry.path).or_default() += 1;
    }
    let twice = counts.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(path, _)| (path.to_owned(), None)).collect()
}

/// The second walk.
struct SecondWalk<'a> {
    examiner: Examiner<'a>,
    left: &'a HashSet<usize>,
    waiting: AtomicU64,
    done: Mutex<Vec<(usize, Examined)>>,
}

/// Members that one thread reads in one go.
type Portion = Vec<(usize, Entry, Vec<u8>)>;

impl SecondWalk<'_> {
    fn run(
        self,
        bytes: &dyn ReadAt,
        mut copies: Copies,
        findings: &mut Findings,
    ) -> Vec<Option<Examined>> {
        let run = &self;
        rayon::scope(|scope| {
            let (mut portion, mut held, mut index) = (Portion::new(), 0, 0);
            let mut ignored = Findings::default();
            let watch = run.examiner.watch;
            // What stops the walk was told by the first one.
            let _stopped = tar::walk(bytes, watch, &mut ignored, &mut |entry, data| {
                let here = index;
                index += 1;
                let left = run.left.contains(&here);
                if let Some(before) = copies.get_mut(&entry.path) {
                    let mut tap = Tap::new(data, Some(Algorithm::Sha256));
                    if left {
                        run.examine(here, &entry, &mut tap);
                    }
                    tap.drain()?;
                    compare(&entry, tap.digest(), before, findings);
                    return Ok(());
                }
                if left && entry.size > LARGE {
                    run.examine(here, &entry, data);
                }
                if !left || entry.size > LARGE {
                    return Ok(());
                }
                let whole = read_whole(data, entry.size, LARGE, Vec::new())?;
                held += whole.len() as u64;
                portion.push((here, entry, whole));
                if held >= PORTION {
                    let full = std::mem::take(&mut portion);
                    let count = std::mem::take(&mut held);
                    run.waiting.fetch_add(count, Ordering::Relaxed);
                    scope.spawn(move |_| run.portion(full, count));
                    run.wait();
                }
                Ok(())
            });
            run.portion(portion, 0);
        });
        let mut done = self.done.into_inner().unwrap_or_default();
        done.sort_by_key(|(index, _)| *index);
        let examined = done.into_iter();
        examined.map(|(_, examined)| Some(examined)).collect()
    }

    /// Helps the other threads until there is room again.
    fn wait(&self) {
        while self.waiting.load(Ordering::Relaxed) > WAITING {
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                std::thread::yield_now();
            }
        }
    }

    fn portion(&self, portion: Portion, bytes: u64) {
        for (index, entry, whole) in portion {
            self.examine(index, &entry, &mut whole.as_slice());
        }
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn examine(&self, index: usize, entry: &Entry, data: &mut dyn Read) {
        let examined = guarded(&entry.path, || {
            self.examiner.examine(&entry.path, entry.size, data, None)
        });
        if let Ok(mut done) = self.done.lock() {
            done.push((index, examined));
        }
    }
}

/// Of members with one path the last one stays; that is odd only if they differ.
fn compare(entry: &Entry, digest: Option<Vec<u8>>, before: &mut Copy, findings: &mut Findings) {
    let copy = (entry.what.clone(), digest);
    if before.as_ref().is_some_and(|before| *before != copy) {
        let trigger = Manners::Source.trigger();
        let detail = "two members of this name differ";
        findings.odd(Odd::DuplicateName, trigger, &entry.path, detail);
    }
    *before = Some(copy);
}

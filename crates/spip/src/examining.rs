//! Measures and scans artifacts in the background, each once, as many at a time as the machine allows.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use spip_core::{Answer, Artifact, Cause, Contents, Gap, Measured, Package, PackageId, Previous};
use spip_plan::Fingerprint;
use spip_proxy::Delivery;
use tokio::sync::{Semaphore, oneshot};

use crate::measure::{MeasureError, Order};
use crate::scanner::{LONGEST_SCAN, Scanner};
use crate::tree::Owner;

/// Memory for the bytes of all files that are scanned at once, in MiB.
const MEMORY: u32 = 256;

/// A scan ends itself in time; one that does not is not waited for.
const GRACE: Duration = Duration::from_secs(15);

/// An answer that may still be on its way; asking twice costs nothing.
pub(crate) type Pending<T> = Shared<BoxFuture<'static, T>>;

/// What a file's bytes are.
pub(crate) type Measuring = Pending<Result<Arc<Measured>, MeasureError>>;

/// What an artifact holds.
pub(crate) type Scanning = Pending<Answer<Contents>>;

/// What an installed release holds.
pub(crate) type Reading = Pending<Answer<Previous>>;

/// The work of one run.
pub(crate) struct Examining {
    bench: Bench,
    files: HashMap<PackageId, (Order, Measuring, Scanning)>,
    trees: HashMap<PackageId, (PathBuf, Scanning)>,
}

/// Where the work is done.
#[derive(Clone)]
pub(crate) struct Bench {
    scanner: Arc<Scanner>,
    memory: Arc<Semaphore>,
    /// For what is installed, so that it does not stand in line behind everything new.
    beside: Arc<Semaphore>,
    least: u32,
}

impl Bench {
    /// Work goes on in the background threads of the runtime, at most one for each core.
    pub(crate) fn new(scanner: Scanner) -> Self {
        let cores = u32::try_from(cores()).unwrap_or(MEMORY);
        let least = (MEMORY / cores).max(1);
        Self {
            scanner: Arc::new(scanner),
            memory: Arc::new(Semaphore::new(MEMORY as usize)),
            beside: Arc::new(Semaphore::new(2 * least as usize)),
            least,
        }
    }

    /// What works here.
    pub(crate) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Starts to measure and to scan a file.
    pub(crate) fn file(&self, order: Order) -> (Measuring, Scanning) {
        let (tell, told) = oneshot::channel();
        let bench = self.clone();
        let scanned = async move {
            let weight = order.weight();
            let work = move |scanner: &Scanner| {
                let (measured, bytes) = match order.measure() {
                    Ok((measured, bytes)) => (Arc::new(measured), bytes),
                    Err(error) => {
                        let gap = Gap::new(Cause::Unreadable, error.to_string());
                        // Nobody waits for a run that has ended.
                        let _nobody_listens = tell.send(Err(error));
                        return Err(gap);
                    }
                };
                let _nobody_listens = tell.send(Ok(Arc::clone(&measured)));
                order.scan(scanner, &measured, &bytes)
            };
            bench.work(weight, work).await
        };
        let scanning: Scanning = scanned.boxed().shared();
        tokio::spawn(scanning.clone());
        let measured = async move { told.await.unwrap_or(Err(MeasureError::Lost)) };
        (measured.boxed().shared(), scanning)
    }

    /// Starts to scan a source tree.
    pub(crate) fn tree(&self, root: PathBuf, owner: Owner) -> Scanning {
        let bench = self.clone();
        let scanned = async move {
            let work = move |scanner: &Scanner| Ok(Some(Arc::new(scanner.tree(&root, owner))));
            bench.work(0, work).await
        };
        let scanning: Scanning = scanned.boxed().shared();
        tokio::spawn(scanning.clone());
        scanning
    }

    /// Starts to read what is installed, once it is known what would take its place.
    pub(crate) fn installed(
        &self,
        scanning: Option<Scanning>,
        read: impl FnOnce(&Scanner, Option<&Contents>) -> Answer<Previous> + Send + 'static,
    ) -> Reading {
        let bench = Self {
            memory: Arc::clone(&self.beside),
            ..self.clone()
        };
        let reading = async move {
            let new = match scanning {
                Some(scanning) => scanning.await.ok().flatten(),
                None => None,
            };
            let work = move |scanner: &Scanner| read(scanner, new.as_deref());
            bench.work(0, work).await
        };
        let reading: Reading = reading.boxed().shared();
        tokio::spawn(reading.clone());
        reading
    }

    async fn work<T: Send + Sync + 'static>(
        &self,
        weight: u64,
        work: impl FnOnce(&Scanner) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let weight = u32::try_from(weight >> 20).unwrap_or(MEMORY);
        let weight = weight.clamp(self.least, MEMORY);
        let permit = Arc::clone(&self.memory).acquire_many_owned(weight).await;
        let scanner = Arc::clone(&self.scanner);
        let worked = tokio::task::spawn_blocking(move || work(&scanner));
        let longest = LONGEST_SCAN + GRACE;
        let answer = match tokio::time::timeout(longest, worked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(Gap::new(Cause::Internal, error.to_string())),
            Err(_) => {
                let seconds = longest.as_secs();
                let detail = format!("the scan had not ended after {seconds} s");
                Err(Gap::new(Cause::TooLarge, detail))
            }
        };
        drop(permit);
        answer
    }
}

impl Examining {
    pub(crate) fn new(scanner: Scanner) -> Self {
        Self {
            bench: Bench::new(scanner),
            files: HashMap::new(),
            trees: HashMap::new(),
        }
    }

    /// What does the work.
    pub(crate) fn scanner(&self) -> &Scanner {
        self.bench.scanner()
    }

    /// Where the work is done.
    pub(crate) fn bench(&self) -> &Bench {
        &self.bench
    }

    /// What is known of a wheel's code. `None`: it is no wheel, and what comes out of a build is
    /// not known before.
    pub(crate) fn scanning_wheel(&self, package: &Package) -> Option<Scanning> {
        match &package.artifact {
            Artifact::Wheel(_) => self.scanning(package),
            _ => None,
        }
    }

    /// There is a file: it is read, unless it has been in this very state.
    pub(crate) fn learn_file(&mut self, package: &Package, path: PathBuf, mark: Fingerprint) {
        self.learn(package, Order::new(package, path, mark));
    }

    /// The proxy has fetched a file: it is read, once.
    pub(crate) fn learn_delivery(&mut self, package: &Package, delivery: &Arc<Delivery>) {
        self.learn(package, Order::delivered(package, Arc::clone(delivery)));
    }

    fn learn(&mut self, package: &Package, order: Option<Order>) {
        let Some(order) = order else {
            return;
        };
        let known = self.files.get(&package.id);
        if known.is_some_and(|(known, ..)| *known == order) {
            return;
        }
        let (measuring, scanning) = self.bench.file(order.clone());
        self.files.insert(package.id, (order, measuring, scanning));
    }

    /// There is a source tree: it is read before its code runs, and not again after that.
    pub(crate) fn learn_tree(&mut self, package: &Package) {
        let Some((root, owner)) = tree_of(&package.artifact) else {
            return;
        };
        let known = self.trees.get(&package.id);
        if known.is_some_and(|(known, _)| known == root) {
            return;
        }
        let scanning = self.bench.tree(root.to_owned(), owner);
        self.trees.insert(package.id, (root.to_owned(), scanning));
    }

    /// What was measured of a package's file. `None`: there is none here.
    pub(crate) fn measuring(&self, package: &Package) -> Option<Measuring> {
        package.artifact.file()?;
        let (_, measuring, _) = self.files.get(&package.id)?;
        Some(measuring.clone())
    }

    /// What was read in a package. `None`: there is nothing of it here.
    pub(crate) fn scanning(&self, package: &Package) -> Option<Scanning> {
        match tree_of(&package.artifact) {
            Some(_) => Some(self.trees.get(&package.id)?.1.clone()),
            None => Some(self.files.get(&package.id)?.2.clone()),
        }
    }
}

fn tree_of(artifact: &Artifact) -> Option<(&Path, Owner)> {
    match artifact {
        Artifact::Directory { path, .. } => Some((path, Owner::User)),
        Artifact::Checkout { path, .. } => Some((path.as_deref()?, Owner::Repository)),
        Artifact::Wheel(_) | Artifact::Sdist(_) | Artifact::Module { .. } => None,
    }
}

/// How many threads can work at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

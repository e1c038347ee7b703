//! What stands between a question of the hook and its answer.

use spip_core::PackageName;

use crate::channel::ChannelError;
use crate::measure::MeasureError;

/// What stands in the way of an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Item(#[from] spip_plan::ItemError),
    #[error(transparent)]
    Report(#[from] spip_plan::ReportError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error("match pip's report with its packages: {0} entries, {1} items")]
    Mismatch(usize, usize),
    #[error("build {0}: what came out calls itself {1}")]
    OtherName(PackageName, PackageName),
    #[error("find the package that was built")]
    UnknownSource,
    #[error("mark the cache: {0}")]
    Cache(std::io::Error),
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

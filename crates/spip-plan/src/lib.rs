//! pip's installation report and the hook's events, read into a plan.
//!
//! Touches nothing: bytes in, [`spip_core::Plan`] out.

mod event;
mod filename;
mod item;
mod report;

pub use crate::event::{Access, Event, EventError, Fingerprint, Index, Item, LinkFacts};
pub use crate::filename::{Distribution, DistributionKind};
pub use crate::item::{ItemError, Surroundings};
pub use crate::report::{InstallReport, ReportError};

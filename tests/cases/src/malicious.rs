//! Inert replicas of the attacks that packages have been used for, by technique.

use crate::case::Cases;

mod archive;
mod between_modules;
mod binary;
mod build;
mod build_back_ends;
mod build_files;
mod build_helpers;
mod build_settings;
mod build_text;
mod decode;
mod exfiltration;
mod import_sources;
mod secrets;
mod shapes;
mod spying;
mod startup;
mod strings;
mod takeover;
mod unseen;

pub(crate) use binary::{elf, image, windows};

/// Adds every technique in the order of its number.
pub(crate) fn add(cases: &mut Cases) {
    build::add(cases);
    build_files::add(cases);
    build_helpers::add(cases);
    build_back_ends::add(cases);
    build_settings::add(cases);
    build_text::add(cases);
    startup::add(cases);
    decode::add(cases);
    strings::add(cases);
    shapes::add(cases);
    takeover::add(cases);
    exfiltration::add(cases);
    spying::add(cases);
    secrets::add(cases);
    binary::add(cases);
    archive::add(cases);
    unseen::add(cases);
    import_sources::add(cases);
    between_modules::add(cases);
}

//! The honest twins: code that resembles an attack and is none, written the way projects write it.

use crate::case::Cases;

mod archives;
mod build_settings;
mod build_tools;
mod builds;
mod code_makers;
mod desktop;
mod networks;
mod people;
mod readers;
mod security;
mod startup;
mod texts;

/// Adds every family in the order of its number.
pub(crate) fn add(cases: &mut Cases) {
    builds::add(cases);
    build_tools::add(cases);
    build_settings::add(cases);
    texts::add(cases);
    networks::add(cases);
    code_makers::add(cases);
    security::add(cases);
    desktop::add(cases);
    startup::add(cases);
    archives::add(cases);
    people::add(cases);
    readers::add(cases);
}

//! Names under which something else is known: import names of popular projects, and modules that
//! Python brings along.

use super::data::{IMPORT_NAMES, STANDARD_LIBRARY};
use super::list::Names;
use super::reach::weigh;
use super::slip::slips;
use super::{Relation, Strength, Suspicion};

/// The shortest import name whose misspellings are looked for.
const SHORTEST_MISSPELT: usize = 6;

/// Adds what this name is known as elsewhere.
pub(super) fn look(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    let known = IMPORT_NAMES
        .iter()
        .filter(|(module, _)| is_module(module, name));
    for target in known.filter_map(|(_, project)| names.find(project)) {
        // Import names are looked up, not typed by chance: their length does not matter.
        if let Some(strength) = weigh(Relation::ImportName, SHORTEST_MISSPELT, target.rank) {
            found.push(Suspicion::new(target, Relation::ImportName, strength));
        }
    }
    if let Ok(place) = STANDARD_LIBRARY.binary_search(&name) {
        found.push(Suspicion {
            target: STANDARD_LIBRARY[place],
            rank: None,
            relation: Relation::StandardLibrary,
            strength: Strength::Likely,
        });
    }
}

/// Whether the name is the module's: with other hyphens, two letters swapped or one doubled.
fn is_module(module: &str, name: &str) -> bool {
    let letters = |byte: &u8| *byte != b'-';
    if module
        .bytes()
        .filter(letters)
        .eq(name.bytes().filter(letters))
    {
        return true;
    }
    module.len() >= SHORTEST_MISSPELT
        && module.len().abs_diff(name.len()) <= 1
        && slips(module, name, 1).is_some_and(|slips| {
            slips
                .iter()
                .all(|slip| matches!(slip.relation, Relation::Swap | Relation::Doubled))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_every_project_is_popular() {
        assert!(IMPORT_NAMES.is_sorted());
        assert!(STANDARD_LIBRARY.is_sorted());
        for (module, project) in IMPORT_NAMES {
            assert!(Names::popular().rank(project).is_some(), "{module}");
        }
    }
}

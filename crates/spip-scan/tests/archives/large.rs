//! Large honest inputs are read to their end, in steps and bytes that grow as they do.

use spip_core::Contents;
use spip_scan::{Input, Limits, scan};

use crate::support::{FILENAME, assert_clean, honest_source, wheel_members, zip64};

/// Whoever has no steps left does not know which command this runs.
const LAST: &str =
    "\n\ndef last(command):\n    subprocess.run(command + \" now\")\n\n\nlast(\"demo\")\n";

fn scan_module(source: &str, steps: u64) -> Contents {
    let input = Input::Module {
        path: "demo.py",
        bytes: source.as_bytes(),
    };
    let limits = Limits {
        steps,
        ..Limits::default()
    };
    scan(input, &limits, &|| false)
}

fn knows_the_last(contents: &Contents) -> bool {
    let mut texts = contents.acts.iter().flat_map(|act| &act.texts);
    texts.any(|text| text == "demo now")
}

#[test]
fn a_module_of_five_megabytes_is_walked_to_its_end() {
    let source = honest_source(5_000_000) + LAST;
    let contents = scan_module(&source, Limits::default().steps);
    assert_clean(&contents);
    assert!(knows_the_last(&contents), "{:?}", contents.acts);
}

#[test]
fn steps_grow_as_the_source_does() {
    for size in [250_000, 500_000, 1_000_000] {
        let source = honest_source(size) + LAST;
        // The top level of such a module takes less than a step for two bytes.
        let contents = scan_module(&source, source.len() as u64 / 2);
        assert!(knows_the_last(&contents), "{size} bytes");
        // And the test would notice if it took more than it may.
        let contents = scan_module(&source, 1000);
        assert!(!knows_the_last(&contents), "{size} bytes");
    }
}

#[test]
fn an_archive_of_a_hundred_thousand_members_is_read_to_its_end() {
    let names: Vec<String> = (0..100_000)
        .map(|index| format!("demo/part{}/m{index}.py", index % 100))
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &b"x = 1\n"[..]))
        .collect();
    let bytes = zip64(&wheel_members(&files));
    let limits = Limits {
        // No more is unpacked than there is.
        unpacked: 20_000_000,
        ..Limits::default()
    };
    let input = Input::Wheel {
        filename: FILENAME,
        bytes: &bytes,
    };
    let contents = scan(input, &limits, &|| false);
    assert_clean(&contents);
    assert_eq!(contents.members, 100_003);
}

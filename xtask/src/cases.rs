//! `cargo xtask cases DIR`: writes the project's labelled cases.

use std::path::Path;

use anyhow::Context;

/// Writes every case below the folder.
pub(crate) fn run(folder: &Path) -> anyhow::Result<()> {
    let cases = spip_cases::all();
    for case in &cases {
        case.write(folder)
            .with_context(|| format!("writing {}", folder.join(case.folder()).display()))?;
    }
    crate::note(format_args!(
        "{} cases in {}",
        cases.len(),
        folder.display()
    ))
}

//! Where the repository is and which texts it holds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A Rust or Markdown file.
pub(crate) struct Text {
    /// Relative to the root, with `/` between the parts.
    pub(crate) path: String,
    /// Its content.
    pub(crate) content: String,
}

impl Text {
    /// Whether the file's name ends in a dot and this.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|it| it == extension)
    }
}

/// The root of the repository that this program was built from.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every Rust and Markdown file, ordered by path; build output and hidden folders left out.
pub(crate) fn texts(root: &Path) -> anyhow::Result<Vec<Text>> {
    let mut texts = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let is_left_out = name == "target" || name.as_encoded_bytes().starts_with(b".");
            if entry.file_type()?.is_dir() {
                folders.extend((!is_left_out).then_some(path));
            } else if path.extension().is_some_and(|it| it == "rs" || it == "md") {
                let content =
                    fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
                let relative = path.strip_prefix(root)?.to_string_lossy();
                let path = relative.replace('\\', "/");
                texts.push(Text { path, content });
            }
        }
    }
    texts.sort_by(|one, two| one.path.cmp(&two.path));
    Ok(texts)
}

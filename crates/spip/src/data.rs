//! Where this program keeps what must outlive its cache.

use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_DATA_HOME/spip`, or what stands for it; `None`: there is no home directory.
pub(crate) fn directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let data = variable("XDG_DATA_HOME").map(PathBuf::from);
    // The specification tells programs to ignore a relative path there.
    let data = data.filter(|data| data.is_absolute());
    let home = || Some(PathBuf::from(variable("HOME")?).join(".local/share"));
    Some(data.or_else(home)?.join("spip"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_directory_is_where_data_of_programs_belongs() {
        let of = |set: &'static [(&str, &str)]| {
            directory(|name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.into())
            })
        };
        let home = of(&[("HOME", "/h"), ("XDG_DATA_HOME", "relative")]);
        assert_eq!(home.as_deref(), Some(Path::new("/h/.local/share/spip")));
        let data = of(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]);
        assert_eq!(data.as_deref(), Some(Path::new("/d/spip")));
        assert_eq!(of(&[]), None);
    }
}

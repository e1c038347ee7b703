//! What is wrong with a policy, and where.

use std::fmt;
use std::path::PathBuf;

use spip_core::Quoted;

/// A policy that cannot be used. Reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// The file; `None`: an option or a variable.
    pub path: Option<PathBuf>,
    /// The line, from 1; 0: the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub trouble: Trouble,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is no TOML, or a value has another form.
    #[error("{0}")]
    Form(Quoted),
    /// There is no such key.
    #[error("there is no key `{key}`{}", meant(suggestion.as_ref()))]
    UnknownKey {
        /// As written.
        key: Quoted,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// There is no such check.
    #[error("there is no check `{check}`{}", meant(suggestion.as_ref()))]
    UnknownCheck {
        /// As written.
        check: Quoted,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A value means nothing.
    #[error("`{key}`: {why}")]
    Value {
        /// Which setting.
        key: String,
        /// Why.
        why: Quoted,
    },
    /// An earlier file has locked the setting.
    #[error("`{key}` is locked by {by} and cannot be loosened here")]
    Locked {
        /// Which setting.
        key: &'static str,
        /// Which file, and the line.
        by: String,
    },
    /// A project tries to loosen what is the user's to decide.
    #[error(
        "`{key}`: a project may only tighten the policy; \
         put this into your own file if you want it"
    )]
    Loosened {
        /// Which setting.
        key: &'static str,
    },
}

fn meant(suggestion: Option<&String>) -> String {
    suggestion.map_or_else(String::new, |it| format!("; did you mean `{it}`?"))
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trouble = &self.trouble;
        match (&self.path, self.line) {
            (None, _) => write!(f, "apply the policy: {trouble}"),
            (Some(path), line) => {
                let path = path.display().to_string();
                let path = Quoted::new(&path);
                match line {
                    0 => write!(f, "apply the policy in {path}: {trouble}"),
                    line => write!(f, "apply the policy in {path}:{line}: {trouble}"),
                }
            }
        }
    }
}

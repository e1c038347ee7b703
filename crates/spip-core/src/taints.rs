//! Where data comes from.

use serde::{Deserialize, Serialize};

/// Where data comes from: a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Taints(pub u32);

macro_rules! taints {
    ($($(#[doc = $doc:literal])+ $name:ident = $bit:literal, $words:literal;)+) => {
        impl Taints {
            $($(#[doc = $doc])+ pub const $name: Self = Self(1 << $bit);)+

            const WORDS: &[(Self, &'static str)] = &[$((Self::$name, $words)),+];
        }
    };
}

taints! {
    /// It went through a decoder: base64, hex, zlib, reversed, xor …
    DECODED = 0, "encoded data";
    /// It was decrypted with a key.
    DECRYPTED = 1, "encrypted data";
    /// It was made from serialized code or pickles.
    UNMARSHALLED = 2, "serialized code";
    /// Another machine sent it.
    DOWNLOADED = 3, "a download";
    /// It was read from a file that comes with the package.
    PACKAGE_DATA = 4, "a data file of the package";
    /// It was read from some file.
    FILE = 5, "a file";
    /// It is a file that this code wrote.
    DROPPED = 6, "a file that this code wrote";
    /// It lies in a directory for temporary files.
    TEMPORARY = 7, "a temporary file";
    /// The environment as a whole.
    ENVIRONMENT = 8, "the environment";
    /// Environment variables that hold secrets.
    SECRET_VARIABLE = 9, "secret environment variables";
    /// Keys, tokens and passwords in files.
    SECRET_FILE = 10, "files with secrets";
    /// Browser profiles: cookies, logins, history.
    BROWSER = 11, "browser data";
    /// Wallets and seed phrases.
    WALLET = 12, "wallets";
    /// What tells machines apart a little: system, version, architecture.
    PLATFORM = 13, "the platform";
    /// Who and where: user, host, address, working directory.
    IDENTITY = 14, "the user and host";
    /// The clipboard.
    CLIPBOARD = 15, "the clipboard";
    /// The screen or camera.
    SCREEN = 16, "the screen";
    /// The keyboard.
    KEYS = 17, "the keyboard";
    /// A cloud's metadata service.
    CLOUD_METADATA = 18, "a cloud's metadata service";
    /// The source of the program that imported this.
    CALLER_SOURCE = 19, "the caller's source";
    /// The output of a command.
    COMMAND_OUTPUT = 20, "the output of a command";
    /// The text was put together so that no reader finds it.
    ASSEMBLED = 21, "disguised text";
    /// The running interpreter (`sys.executable`).
    INTERPRETER = 22, "the running interpreter";
    /// Whatever calls it decides.
    PARAMETER = 23, "a parameter";
    /// A date or time.
    CLOCK = 24, "the clock";
    /// Where the interpreter keeps packages (`site-packages`).
    SITE_PACKAGES = 25, "the packages folder";
    /// The user's home directory.
    HOME = 26, "the home directory";
    /// Many files, walked through.
    FILE_LISTING = 27, "a walk through files";
    /// It was compared with a digest that the code knows.
    VERIFIED = 28, "checked against a digest";
    /// It runs as code, and what it says is not known.
    UNSEEN = 29, "text that could not be read";
    /// It is text that the package carries for other ends: docstrings, comments, metadata.
    OWN_TEXT = 30, "the package's own docstrings, comments or metadata";
}

impl Taints {
    /// None.
    pub const NONE: Self = Self(0);

    /// What nobody gives away on purpose.
    pub const SECRETS: Self = Self(
        Self::ENVIRONMENT.0
            | Self::SECRET_VARIABLE.0
            | Self::SECRET_FILE.0
            | Self::BROWSER.0
            | Self::WALLET.0
            | Self::CLOUD_METADATA.0
            | Self::CALLER_SOURCE.0
            | Self::CLIPBOARD.0
            | Self::SCREEN.0
            | Self::KEYS.0,
    );

    /// What hides code from its reader.
    pub const HIDDEN: Self = Self(Self::DECODED.0 | Self::DECRYPTED.0 | Self::UNMARSHALLED.0);

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the two have something in common.
    pub const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Whether everything of the other is in this.
    pub const fn all(self, of: Self) -> bool {
        self.0 & of.0 == of.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Both together, where each is what one call of the same code brings: a parameter decides
    /// only where it decides in every call.
    #[must_use]
    pub const fn joined(self, other: Self) -> Self {
        let parameter = self.only(other).only(Self::PARAMETER);
        self.with(other).without(Self::PARAMETER).with(parameter)
    }

    /// This without the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What the two have in common.
    #[must_use]
    pub const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// For people: "encoded data, a download".
    pub fn words(self) -> String {
        let known = Self::WORDS.iter().filter(|(taint, _)| self.any(*taint));
        known
            .map(|(_, words)| *words)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_decides_only_where_it_always_does() {
        let open = Taints::PARAMETER.with(Taints::FILE);
        assert_eq!(
            open.joined(Taints::WALLET),
            Taints::FILE.with(Taints::WALLET)
        );
        assert_eq!(open.joined(Taints::PARAMETER), open);
    }

    #[test]
    fn no_two_taints_share_a_bit() {
        let mut seen = Taints::NONE;
        for (taint, _) in Taints::WORDS {
            assert!(!seen.any(*taint));
            seen = seen.with(*taint);
        }
    }
}

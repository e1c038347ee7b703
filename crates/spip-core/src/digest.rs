//! Digests of files, in the algorithms that package indexes use.

use std::fmt;
use std::str::FromStr;

use crate::Quoted;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// A hash algorithm of Python's `hashlib` that pip accepts, and whether it still proves anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256, what every current index serves.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// Anything else (MD5, SHA-1, …): recorded, never taken as proof.
    Weak,
}

/// A digest as an index, a lock file or a requirement states it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    label: Quoted,
    hex: String,
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a hexadecimal digest")]
pub struct DigestError(Quoted);

impl Sha256 {
    /// Wraps the 32 bytes of a finished hash.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let error = || DigestError(text.into());
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| error())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| error())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Digest {
    /// Reads an algorithm name as `hashlib` spells it and the hexadecimal digest.
    pub fn parse(algorithm: &str, hex: &str) -> Result<Self, DigestError> {
        if hex.is_empty() || hex.len() > 256 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(DigestError(hex.into()));
        }
        let (kind, length) = match algorithm.to_ascii_lowercase().as_str() {
            "sha256" => (Algorithm::Sha256, 64),
            "sha384" => (Algorithm::Sha384, 96),
            "sha512" => (Algorithm::Sha512, 128),
            _ => (Algorithm::Weak, hex.len()),
        };
        if hex.len() != length {
            return Err(DigestError(hex.into()));
        }
        Ok(Self {
            algorithm: kind,
            label: algorithm.into(),
            hex: hex.to_ascii_lowercase(),
        })
    }

    /// The digest that a finished hash has as bytes.
    pub fn from_bytes(algorithm: &str, bytes: &[u8]) -> Result<Self, DigestError> {
        let mut hex = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            hex.push_str(&format_args!("{byte:02x}").to_string());
        }
        Self::parse(algorithm, &hex)
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digest in lower-case hexadecimal.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl From<Sha256> for Digest {
    fn from(digest: Sha256) -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            label: "sha256".into(),
            hex: digest.to_string(),
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.label, self.hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let hex = "00ff".repeat(16);
        assert_eq!(hex.parse::<Sha256>().unwrap().to_string(), hex);
        let upper = Digest::parse("SHA256", &hex.to_uppercase()).unwrap();
        assert_eq!(upper.hex(), hex);
        assert_eq!(upper.algorithm(), Algorithm::Sha256);
    }

    #[test]
    fn refuses_wrong_lengths_and_letters() {
        assert!("zz".repeat(32).parse::<Sha256>().is_err());
        assert!("é".repeat(32).parse::<Sha256>().is_err());
        assert!(Digest::parse("sha256", "ab").is_err());
        assert!(Digest::parse("sha512", &"a".repeat(64)).is_err());
        assert_eq!(
            Digest::parse("md5", "abcd").unwrap().algorithm(),
            Algorithm::Weak
        );
    }
}

//! The secret that a client must know to use the proxy.

use data_encoding::{BASE64, HEXLOWER};
use http::HeaderMap;
use http::header::PROXY_AUTHORIZATION;
use subtle::ConstantTimeEq;

use crate::authority::provider;

/// The user name in front of the token.
pub(crate) const USER: &str = "spip";

/// 256 random bits, in hexadecimal.
pub(crate) struct Token(String);

impl Token {
    /// `None`: the machine has no randomness.
    pub(crate) fn random() -> Option<Self> {
        let mut bytes = [0; 32];
        provider().secure_random.fill(&mut bytes).ok()?;
        Some(Self(HEXLOWER.encode(&bytes)))
    }

    /// For the child's environment only.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// Whether these headers show the token (RFC 7617). Takes as long for any wrong one.
    pub(crate) fn opens(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(PROXY_AUTHORIZATION);
        let shown = shown
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (scheme, encoded) = shown.split_once(' ').unwrap_or_default();
        let decoded = BASE64.decode(encoded.trim().as_bytes()).unwrap_or_default();
        let expected = format!("{USER}:{}", self.0);
        scheme.eq_ignore_ascii_case("basic") && bool::from(decoded.ct_eq(expected.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(token: &Token, value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(PROXY_AUTHORIZATION, value.parse().unwrap());
        token.opens(&headers)
    }

    #[test]
    fn only_the_token_opens() {
        let (token, other) = (Token::random().unwrap(), Token::random().unwrap());
        let basic = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
        let right = format!("spip:{}", token.secret());
        assert!(opens(&token, &basic(&right)));
        assert!(opens(&token, &basic(&right).replace("Basic", "basic")));
        assert!(!opens(&other, &basic(&right)));
        for wrong in [
            "",
            "Basic",
            "Basic !",
            &right,
            &basic(""),
            &basic("spip:"),
            &basic(&right[..40]),
        ] {
            assert!(!opens(&token, wrong), "{wrong}");
        }
        assert!(!token.opens(&HeaderMap::new()));
    }
}

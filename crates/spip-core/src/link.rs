//! Reads the addresses that publishers write into metadata.

use crate::SafeUrl;

impl SafeUrl {
    /// The address that a person who follows the link would reach. A missing scheme is filled in as
    /// a browser would; placeholders and text that is no address give `None`.
    pub fn followed(text: &str) -> Option<Self> {
        let text = text.trim();
        let placeholder = ["", "unknown", "none", "n/a"];
        if placeholder.contains(&text.to_ascii_lowercase().as_str()) {
            return None;
        }
        match text.parse::<Self>() {
            // `bit.ly:443/x` parses as the scheme `bit.ly`.
            Ok(url) if url.host().is_none() && looks_like_a_host(url.scheme()) => filled_in(text),
            Ok(url) => Some(url),
            Err(_) if text.contains("://") => None,
            Err(_) => filled_in(text),
        }
    }
}

fn looks_like_a_host(scheme: &str) -> bool {
    scheme == "localhost" || scheme.contains('.')
}

fn filled_in(text: &str) -> Option<SafeUrl> {
    // With an `@` it is a mail address or `git@host:path`, which no browser would open.
    let fillable = !text.contains('@') && !text.starts_with('/');
    fillable.then(|| format!("https://{text}").parse().ok())?
}

#[cfg(test)]
mod tests {
    use crate::SafeUrl;

    #[test]
    fn fills_in_a_missing_scheme() {
        for (text, expected) in [
            (" https://h.invalid/x\n", "https://h.invalid/x"),
            ("h.invalid/x", "https://h.invalid/x"),
            ("h.invalid:443/x", "https://h.invalid/x"),
            ("localhost:80/x", "https://localhost:80/x"),
            ("mailto:a@h.invalid", "mailto:a@h.invalid"),
        ] {
            assert_eq!(SafeUrl::followed(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn gives_nothing_for_what_is_no_address() {
        let texts = [
            "",
            " ",
            "UNKNOWN",
            "None",
            "see the manual",
            "a@h.invalid",
            "git@h.invalid:x",
        ];
        for text in texts
            .into_iter()
            .chain(["http://[bad/", "https://", "/local", "http://xn--a/"])
        {
            assert!(SafeUrl::followed(text).is_none(), "{text}");
        }
    }
}

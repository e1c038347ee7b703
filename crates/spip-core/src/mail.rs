//! The e-mail addresses that a publisher names, cut to what follows the `@`.

use std::collections::BTreeSet;

use url::Host;

use crate::Metadata;

/// More domains than any project's authors have.
const MOST: usize = 32;

/// The longest name of a host (RFC 1035).
const LONGEST: usize = 253;

impl Metadata {
    /// The domains of its authors' and maintainers' addresses, as the DNS writes them. Whoever wrote
    /// the metadata chose them.
    pub fn mail_domains(&self) -> BTreeSet<String> {
        let fields = [&self.author_email, &self.maintainer_email];
        let domains = fields.into_iter().flatten().flat_map(|text| domains(text));
        domains.take(MOST).collect()
    }
}

/// What follows each `@` that stands behind something. A full reader of RFC 5322 would refuse the
/// lists that publishers write.
fn domains(text: &str) -> impl Iterator<Item = String> {
    let mut parts = text.split('@');
    let mut before = parts.next().unwrap_or_default();
    parts.filter_map(move |part| {
        let is_address = before.ends_with(|it: char| it.is_alphanumeric() || "._-+\"".contains(it));
        before = part;
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.');
        let end = part.find(|letter| !is_part(letter)).unwrap_or(part.len());
        let name = part[..end].trim_matches('.');
        if !is_address || name.len() > LONGEST || !name.contains('.') {
            return None;
        }
        match Host::parse(name) {
            Ok(Host::Domain(domain)) => Some(domain),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        domains(text).collect()
    }

    #[test]
    fn reads_addresses_as_publishers_write_them() {
        for (text, expected) in [
            ("a@Example.org", &["example.org"][..]),
            (
                "A B <a@x.invalid>, C <c.d+e@y.x.invalid>",
                &["x.invalid", "y.x.invalid"],
            ),
            ("\"Q, R\" <q@bücher.invalid>", &["xn--bcher-kva.invalid"]),
            ("a@x.invalid;b@y.invalid.", &["x.invalid", "y.invalid"]),
            ("a at x dot invalid", &[]),
            ("@x.invalid", &[]),
            ("a @x.invalid, a@@x.invalid", &[]),
            ("a@localhost, b@[127.0.0.1], c@127.0.0.1", &[]),
            ("a@x..invalid\u{1b}[2J", &["x..invalid"]),
            ("", &[]),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        let long = format!("a@{}.invalid", "x".repeat(250));
        assert!(read(&long).is_empty());
    }
}

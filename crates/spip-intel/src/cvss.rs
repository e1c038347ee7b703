//! How bad a record says that something is, in words.

use std::str::FromStr;

/// `CVSS 9.8, critical` for a vector of any version of CVSS. `None`: it is none.
pub(crate) fn rating(vector: &str) -> Option<String> {
    let cvss = cvss::Cvss::from_str(vector).ok()?;
    let severity = cvss.severity();
    Some(format!("CVSS {:.1}, {severity}", cvss.score()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_vectors_of_each_version() {
        let three = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        assert_eq!(rating(three).as_deref(), Some("CVSS 9.8, critical"));
        let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
        assert_eq!(rating(four).as_deref(), Some("CVSS 9.3, critical"));
        assert_eq!(rating("very bad"), None);
    }
}

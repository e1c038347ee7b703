//! Who owns a project, as the main index's record tells (`ownership`).

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

/// More users than any project has; of more, the first in order count.
const MOST: usize = 200;

/// The longest name that is kept whole.
const LONGEST: usize = 100;

#[derive(Deserialize)]
struct Ownership {
    organization: Option<String>,
    roles: Option<Vec<Role>>,
}

#[derive(Deserialize)]
struct Role {
    user: String,
}

/// The users, whatever their role: each may publish. No standard describes the field, so a shape that
/// is not known says nothing.
pub(crate) fn read(raw: &RawValue) -> Option<BTreeSet<String>> {
    let told: Ownership = serde_json::from_str(raw.get()).ok()?;
    let users = told.roles.unwrap_or_default().into_iter();
    let users: BTreeSet<String> = users.map(|role| short(&role.user)).collect();
    let organization = told
        .organization
        .map(|name| format!("organization {}", short(&name)));
    Some(organization.into_iter().chain(users).take(MOST).collect())
}

fn short(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Option<String> {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        let owners: Vec<String> = read(&raw)?.into_iter().collect();
        Some(owners.join(", "))
    }

    #[test]
    fn reads_users_and_the_organization() {
        let json = r#"{"organization": "Demo", "roles": [{"role": "Owner", "user": "b"},
            {"role": "Maintainer", "user": "a"}, {"role": "Maintainer", "user": "b"}]}"#;
        assert_eq!(shown(json).as_deref(), Some("a, b, organization Demo"));
        let none = r#"{"organization": null, "roles": []}"#;
        assert_eq!(shown(none).as_deref(), Some(""));
    }

    #[test]
    fn another_shape_says_nothing() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for json in [
            "[]",
            "1",
            r#"{"roles": "me"}"#,
            r#"{"roles": [{"user": 1}]}"#,
            &deep,
        ] {
            assert_eq!(shown(json), None);
        }
    }

    #[test]
    fn endless_names_and_lists_are_cut() {
        let long = format!(r#"{{"roles": [{{"user": "{}"}}]}}"#, "é".repeat(5_000));
        assert_eq!(shown(&long).unwrap().chars().count(), LONGEST);
        let users: Vec<_> = (0..1_000)
            .map(|user| format!(r#"{{"user": "{user}"}}"#))
            .collect();
        let many = format!(r#"{{"roles": [{}]}}"#, users.join(","));
        assert_eq!(shown(&many).unwrap().split(", ").count(), MOST);
    }
}

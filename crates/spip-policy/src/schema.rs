//! The form of policy files, for editors.

use crate::Document;

/// The JSON schema (2020-12) of `spip.toml`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

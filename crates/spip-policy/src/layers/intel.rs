//! What is asked about known-bad releases.

use spip_core::SafeUrl;

use super::{Effective, Merging, values};
use crate::PolicyError;

impl Merging<'_> {
    pub(super) fn intel(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let Some(value) = &self.source.document.intel else {
            return Ok(());
        };
        if let Some(text) = &value.get_ref().service {
            let wrong = |why: &str| self.value("intel.service", value, why);
            let service: SafeUrl = text.parse().map_err(|_| wrong("it is no address"))?;
            if service.scheme() != "https" && !service.is_loopback() {
                return Err(wrong("only https is asked"));
            }
            // Whoever it is learns what is installed here.
            let is_other = whole.service.as_ref() != Some(&service);
            self.may(whole, "intel", value, is_other)?;
            self.row(whole, "intel.service", service.bare().to_string(), value);
            whole.service = Some(service);
        }
        if let Some(text) = &value.get_ref().max_age {
            let new = values::duration(text);
            let new = new.map_err(|why| self.value("intel.max-age", value, &why))?;
            let before = whole.settings.advisory_age.stale_after;
            self.may(whole, "intel", value, new > before)?;
            whole.settings.advisory_age.stale_after = new;
            self.row(whole, "intel.max-age", text.clone(), value);
        }
        Ok(())
    }
}

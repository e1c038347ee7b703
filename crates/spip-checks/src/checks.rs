//! The list of checks and the macros that declare them.

use spip_core::{Check, Contents};

/// Declares a check: its doc comment is its documentation page.
macro_rules! describe {
    (
        $(#[doc = $line:literal])+
        pub(super) struct $name:ident {
            id: $id:literal,
            summary: $summary:literal,
            worst: $worst:ident,
            needs: $needs:ident $(,)?
        }
    ) => {
        $(#[doc = $line])+
        pub(super) struct $name;

        impl spip_core::Describe for $name {
            fn meta(&self) -> &'static spip_core::Meta {
                static META: spip_core::Meta = spip_core::Meta {
                    id: spip_core::CheckId::new($id),
                    summary: $summary,
                    docs: concat!($($line, "\n"),+),
                    worst: spip_core::Severity::$worst,
                    needs: spip_core::Needs::$needs,
                };
                &META
            }
        }
    };
}

/// Declares the modules and the list of all checks.
macro_rules! checks {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        $(mod $module;)+

        /// Every check, alphabetically.
        pub static ALL: &[&dyn Check] = &[$(&$module::$name),+];

        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($module)),+];
    };
}

/// Why a check of the core metadata does not apply where there is none yet.
const UNBUILT: &str = "its metadata is not known before a build";

checks! {
    archive_hash::ArchiveHash,
    build_requirement_url::BuildRequirementUrl,
    dangerous_pickle::DangerousPickle,
    destructive_code::DestructiveCode,
    direct_url::DirectUrl,
    disguised_call::DisguisedCall,
    dormant_project::DormantProject,
    download_execution::DownloadExecution,
    early_command::EarlyCommand,
    early_network::EarlyNetwork,
    empty_description::EmptyDescription,
    encoded_execution::EncodedExecution,
    environment_tampering::EnvironmentTampering,
    exfiltration_endpoint::ExfiltrationEndpoint,
    foreign_files::ForeignFiles,
    gated_payload::GatedPayload,
    hidden_text::HiddenText,
    index_confusion::IndexConfusion,
    index_drift::IndexDrift,
    known_malicious::KnownMalicious,
    known_vulnerability::KnownVulnerability,
    late_file::LateFile,
    maintainer_domain_drift::MaintainerDomainDrift,
    malformed_archive::MalformedArchive,
    missing_hash::MissingHash,
    native_injection::NativeInjection,
    new_build_script::NewBuildScript,
    new_capability::NewCapability,
    new_dependency::NewDependency,
    new_entry_point::NewEntryPoint,
    new_module::NewModule,
    new_startup_file::NewStartupFile,
    owner_changed::OwnerChanged,
    persistence::Persistence,
    project_status::ProjectStatus,
    provenance_lost::ProvenanceLost,
    record_mismatch::RecordMismatch,
    release_age::ReleaseAge,
    release_burst::ReleaseBurst,
    repository_changed::RepositoryChanged,
    repository_mismatch::RepositoryMismatch,
    reverse_shell::ReverseShell,
    secret_exfiltration::SecretExfiltration,
    shadowed_command::ShadowedCommand,
    side_installation::SideInstallation,
    startup_code::StartupCode,
    stray_bytecode::StrayBytecode,
    surveillance::Surveillance,
    suspicious_url::SuspiciousUrl,
    typosquat::Typosquat,
    unapproved_index::UnapprovedIndex,
    unapproved_source::UnapprovedSource,
    unpromised_binary::UnpromisedBinary,
    unread_content::UnreadContent,
    unrecorded_change::UnrecordedChange,
    unseen_code::UnseenCode,
    version_vanished::VersionVanished,
    yanked_release::YankedRelease,
    zero_version::ZeroVersion,
}

/// Whether an artifact does something that is asked about where the older release did not. If not,
/// nobody needs to know what the older one does.
pub fn compares(contents: &Contents) -> bool {
    new_capability::compares(contents)
}

/// The check with this id.
pub fn find(id: &str) -> Option<&'static dyn Check> {
    ALL.iter()
        .copied()
        .find(|check| check.meta().id.as_str() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_its_file_name_in_alphabetical_order() {
        let ids: Vec<_> = ALL.iter().map(|check| check.meta().id.as_str()).collect();
        let files: Vec<_> = FILES.iter().map(|file| file.replace('_', "-")).collect();
        assert_eq!(ids, files);
        assert!(ids.is_sorted());
    }

    #[test]
    fn every_page_has_the_three_headings_in_order() {
        for check in ALL {
            let docs = check.meta().docs;
            let headings: Vec<_> = docs
                .lines()
                .filter(|line| line.starts_with(" ## "))
                .collect();
            let expected = [" ## What it asks", " ## Why it matters", " ## What to do"];
            assert_eq!(headings, expected, "{}", check.meta().id);
        }
    }
}

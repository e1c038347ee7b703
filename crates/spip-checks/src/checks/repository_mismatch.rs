//! Points at packages that name somebody else's repository as theirs.

use spip_core::{
    Check, Confidence, Context, Finding, Package, PackageName, Repository, Severity, Stop,
};

use super::UNBUILT;

describe! {
    /// ## What it asks
    ///
    /// Has the repository that this file's metadata names (on GitHub, GitLab, Codeberg or
    /// Bitbucket) anything in common with the package's name? A shared word or
    /// beginning of a word, an abbreviation, or the name in the path of a repository of many packages
    /// is enough, and one such link clears the package. A name that is one letter off the repository's
    /// is reported too, if the description speaks of the repository and never of the package.
    ///
    /// ## Why it matters
    ///
    /// Anybody can write any repository into the metadata. Imitations borrow a well-known one with
    /// its stars and its text. Nothing here proves that a package comes from its repository.
    ///
    /// ## What to do
    ///
    /// Look into the repository for the package's name and for how to install it.
    pub(super) struct RepositoryMismatch {
        id: "repository-mismatch",
        summary: "the repository it names seems to be another project's",
        worst: Low,
        needs: Metadata,
    }
}

impl Check for RepositoryMismatch {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(metadata) = cx.facts.metadata(package)? else {
            return Err(Stop::NotApplicable(UNBUILT));
        };
        let repositories = metadata.repositories();
        if repositories.is_empty() {
            return Err(Stop::NotApplicable("names no repository"));
        }

        let description = metadata.description.as_deref().unwrap_or_default();
        let relations: Vec<_> = repositories
            .iter()
            .map(|fact| (relation(&package.name, description, &fact.value), fact))
            .collect();
        if relations
            .iter()
            .any(|(relation, _)| *relation == Relation::Own)
        {
            return Ok(());
        }
        let Some((relation, repository)) = relations.iter().min_by_key(|(it, _)| *it) else {
            return Ok(());
        };
        found.push(Finding {
            severity: Severity::Low,
            confidence: Confidence::Low,
            title: match relation {
                Relation::Imitated => "names the repository of an almost equal name as its own",
                _ => "names a repository that has nothing in common with it",
            }
            .to_owned(),
            primary: repository.shows(repository.value.url.to_string()),
            related: Vec::new(),
            help: Some("look into the repository for this package's name".to_owned()),
        });
        Ok(())
    }
}

/// How a package and a repository relate, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    Imitated,
    Unrelated,
    Own,
}

fn relation(package: &PackageName, description: &str, repository: &Repository) -> Relation {
    let (ours, theirs) = (squash(package.as_str()), squash(&repository.name));
    if ours.is_empty() {
        // A name of common words only (`py`, `tools`) gives nothing to go by.
        return Relation::Own;
    }
    let is_near = ours.len().min(theirs.len()) >= 5 && strsim::osa_distance(&ours, &theirs) == 1;
    let is_numbered = digits(&ours) != digits(&theirs);
    if is_near
        && !is_numbered
        && !squash(&repository.owner).contains(&ours)
        && mentions(description, &theirs)
        && !mentions(description, &ours)
    {
        return Relation::Imitated;
    }
    let place = format!(
        "{}/{}/{}",
        repository.owner, repository.name, repository.rest
    );
    let is_own = shares_a_word(package.as_str(), &place)
        || shares_a_beginning(package.as_str(), &place)
        || abbreviates(&ours, &place)
        || abbreviates(&theirs, package.as_str());
    if is_own {
        Relation::Own
    } else {
        Relation::Unrelated
    }
}

/// Words that say nothing about which project it is.
const COMMON_WORDS: &[&str] = &[
    "api", "app", "client", "core", "lib", "library", "package", "project", "py", "python",
    "python2", "python3", "sdk", "the", "tools", "utils",
];

/// The words of a name or path, without those that say nothing.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !COMMON_WORDS.contains(word))
}

/// The words in one piece.
fn squash(text: &str) -> String {
    words(text).collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a word of one side occurs on the other: whole, or from three letters on inside another.
fn shares_a_word(name: &str, place: &str) -> bool {
    let (joined_name, joined_place) = (squash(name), squash(place));
    let bare = |word: &str| {
        word.trim_start_matches("py")
            .trim_end_matches("py")
            .to_owned()
    };
    let whole = words(name).any(|one| words(place).any(|two| bare(one) == bare(two)));
    whole
        || words(name).any(|word| word.len() >= 3 && joined_place.contains(word))
        || words(place).any(|word| word.len() >= 3 && joined_name.contains(word))
}

/// Whether the first four characters of a word on one side occur on the other.
fn shares_a_beginning(name: &str, place: &str) -> bool {
    let begins = |word: &str, joined: &str| word.get(..4).is_some_and(|it| joined.contains(it));
    let (joined_name, joined_place) = (squash(name), squash(place));
    words(name).any(|word| begins(word, &joined_place))
        || words(place).any(|word| begins(word, &joined_name))
}

/// Whether a short name's letters occur in a longer text in this order, the first one at the start
/// of a word: `msal` abbreviates `microsoft-authentication-library-for-python`.
fn abbreviates(short: &str, long: &str) -> bool {
    if short.len() < 3 {
        return false;
    }
    let starts = long.char_indices().filter(|(at, _)| {
        long[..*at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_ascii_alphanumeric())
    });
    starts.into_iter().any(|(at, _)| {
        let mut rest = long[at..].chars();
        let mut letters = short.chars();
        letters.next() == rest.next() && letters.all(|letter| rest.any(|other| other == letter))
    })
}

/// Whether a text speaks of a name; the name comes squashed.
fn mentions(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.split(|letter| !is_part(letter))
        .any(|word| squash(&word.to_ascii_lowercase()) == name)
}

#[cfg(test)]
mod tests {
    use spip_core::ProjectUrl;

    use super::*;
    use crate::testing::{World, assert_shows, demo};

    const UNRELATED: &str = "low: names a repository that has nothing in common with it";
    const IMITATED: &str = "low: names the repository of an almost equal name as its own";

    fn linking(name: &str, links: &[(&str, &str)], description: &str) -> World {
        let mut world = World::new(name, "1.0");
        let link = |(index, (label, url)): (usize, &(&str, &str))| ProjectUrl {
            label: (*label).to_owned(),
            url: (*url).to_owned(),
            field: format!("project_url/{index}"),
        };
        world.metadata_mut().urls = links.iter().enumerate().map(link).collect();
        world.metadata_mut().description = Some(description.to_owned());
        world
    }

    fn sourced(name: &str, repository: &str) -> World {
        let url = format!("https://github.com/{repository}");
        linking(name, &[("Source", &url)], "Words.")
    }

    #[test]
    fn flags_a_borrowed_repository() {
        for (name, repository) in [
            ("evil-thing", "torvalds/linux"),
            ("colorslib", "psf/requests"),
            ("aiowallet", "pallets/flask"),
            ("discord-nitro-gen", "tensorflow/tensorflow"),
        ] {
            assert_shows(&RepositoryMismatch, sourced(name, repository), UNRELATED);
        }
    }

    #[test]
    fn flags_it_under_every_label_and_on_every_forge() {
        for label in [
            "Source Code",
            "Home-page",
            "repository",
            "GitHub",
            "Git-Hub Repo",
            "Code",
        ] {
            for url in [
                "http://www.github.com/torvalds/linux.git",
                "git+https://gitlab.com/torvalds/linux",
                "codeberg.org/torvalds/linux/src/branch/main",
                "https://bitbucket.org/torvalds/linux/",
            ] {
                let world = linking("evil-thing", &[(label, url)], "");
                assert_shows(&RepositoryMismatch, world, UNRELATED);
            }
        }
    }

    #[test]
    fn flags_a_misspelt_name_that_borrows_repository_and_text() {
        let text = "# Requests\n\n`pip install requests==2.0`, then import requests.";
        for name in ["requestss", "reqests", "requets", "reqeusts"] {
            let links = [("Source", "https://github.com/psf/requests")];
            let world = linking(name, &links, text);
            assert_shows(&RepositoryMismatch, world, IMITATED);
        }
    }

    #[test]
    fn accepts_a_near_name_that_speaks_of_itself() {
        let links = [("Source", "https://github.com/Legrandin/pycryptodome")];
        let text = "PyCryptodome; `pip install pycryptodomex` keeps both.";
        let world = linking("pycryptodomex", &links, text);
        assert_shows(&RepositoryMismatch, world, "complete");
    }

    #[test]
    fn accepts_honest_projects_under_other_names() {
        for (name, repository) in HONEST {
            assert_shows(&RepositoryMismatch, sourced(name, repository), "complete");
        }
    }

    #[test]
    fn accepts_a_package_with_one_link_to_its_own_repository() {
        let links = [
            ("Homepage", "https://github.com/torvalds/linux"),
            ("Source", "https://github.com/example/evil-thing"),
        ];
        let world = linking("evil-thing", &links, "");
        assert_shows(&RepositoryMismatch, world, "complete");
    }

    #[test]
    fn does_not_apply_without_a_repository() {
        for (label, url) in [
            ("Funding", "https://github.com/torvalds/linux"),
            ("Source", "https://github.com/torvalds"),
            ("Source", "https://github.com/sponsors/torvalds"),
            ("Source", "https://kernel.example/torvalds/linux"),
            ("Source", "http://[bad/"),
        ] {
            let world = linking("evil-thing", &[(label, url)], "");
            let expected = "not applicable: names no repository";
            assert_shows(&RepositoryMismatch, world, expected);
        }
    }

    #[test]
    fn leaves_a_gap_when_the_metadata_cannot_be_read() {
        assert_shows(&RepositoryMismatch, demo().offline(), "incomplete: offline");
    }

    #[test]
    fn does_not_apply_before_a_build() {
        let mut world = demo();
        world.metadata = None;
        let expected = "not applicable: its metadata is not known before a build";
        assert_shows(&RepositoryMismatch, world, expected);
    }

    /// Real projects whose repositories are called something else than the package.
    const HONEST: &[(&str, &str)] = &[
        ("absl-py", "abseil/abseil-py"),
        ("adal", "AzureAD/azure-activedirectory-library-for-python"),
        ("aiobotocore", "aio-libs/aiobotocore"),
        ("antlr4-python3-runtime", "antlr/antlr4"),
        ("apache-airflow-providers-http", "apache/airflow"),
        ("attrs", "python-attrs/attrs"),
        ("aws-sam-translator", "awslabs/serverless-application-model"),
        ("awscli", "aws/aws-cli"),
        ("azure-core", "Azure/azure-sdk-for-python"),
        ("backports-zoneinfo", "pganssle/zoneinfo"),
        ("beautifulsoup4", "waylan/beautifulsoup"),
        ("boto3-stubs", "youtype/mypy_boto3_builder"),
        ("certifi", "certifi/python-certifi"),
        ("charset-normalizer", "jawah/charset_normalizer"),
        ("chromadb", "chroma-core/chroma"),
        ("dm-tree", "deepmind/tree"),
        ("flit-core", "pypa/flit"),
        (
            "google-api-core",
            "googleapis/google-cloud-python/tree/main/packages/google-api-core",
        ),
        ("google-auth", "googleapis/google-auth-library-python"),
        (
            "googleapis-common-protos",
            "googleapis/python-api-common-protos",
        ),
        ("google-cloud-storage", "googleapis/python-storage"),
        ("grpcio", "grpc/grpc"),
        ("grpcio-status", "grpc/grpc"),
        ("h3", "uber/h3-py"),
        ("hatchling", "pypa/hatch"),
        ("hf-xet", "huggingface/xet-core"),
        ("importlib-metadata", "python/importlib_metadata"),
        ("iso8601", "micktwomey/pyiso8601"),
        ("jaxlib", "jax-ml/jax"),
        ("jinja2", "pallets/jinja"),
        ("jmespath", "jmespath/jmespath.py"),
        ("kfp", "kubeflow/pipelines"),
        ("kiwisolver", "nucleic/kiwi"),
        ("kubernetes", "kubernetes-client/python"),
        ("looker-sdk", "looker-open-source/sdk-codegen"),
        ("mcp", "modelcontextprotocol/python-sdk"),
        (
            "msal",
            "AzureAD/microsoft-authentication-library-for-python",
        ),
        ("opentelemetry-api", "open-telemetry/opentelemetry-python"),
        (
            "opentelemetry-instrumentation",
            "open-telemetry/opentelemetry-python-contrib",
        ),
        ("ortools", "google/or-tools"),
        ("oss2", "aliyun/aliyun-oss-python-sdk"),
        ("pillow", "python-pillow/Pillow"),
        ("pipx", "pypa/pipx"),
        ("prompt-toolkit", "prompt-toolkit/python-prompt-toolkit"),
        (
            "proto-plus",
            "googleapis/google-cloud-python/tree/main/packages/proto-plus",
        ),
        ("protobuf", "protocolbuffers/protobuf"),
        ("psycopg2-binary", "psycopg/psycopg2"),
        ("py", "pytest-dev/py"),
        ("pyaml", "mk-fg/pretty-yaml"),
        ("pycocotools", "cocodataset/cocoapi"),
        ("pydantic-core", "pydantic/pydantic"),
        ("pyjwt", "jpadilla/pyjwt"),
        ("pymongo", "mongodb/mongo-python-driver"),
        ("pyspark", "apache/spark"),
        ("python-dateutil", "dateutil/dateutil"),
        ("pyyaml", "yaml/pyyaml"),
        ("regex", "mrabarnett/mrab-regex"),
        ("rpds-py", "orium/rpds"),
        ("rsa", "sybrenstuvel/python-rsa"),
        ("ruff", "astral-sh/ruff"),
        ("rx", "ReactiveX/RxPY"),
        ("s3fs", "fsspec/s3fs"),
        ("setuptools", "pypa/setuptools"),
        ("sh", "amoffat/sh"),
        ("six", "benjaminp/six"),
        ("snowballstemmer", "snowballstem/snowball"),
        ("torch", "pytorch/pytorch"),
        ("torchvision", "pytorch/vision"),
        ("types-requests", "python/typeshed"),
        ("typing-extensions", "python/typing_extensions"),
        ("ua-parser", "ua-parser/uap-python"),
        ("ujson", "ultrajson/ultrajson"),
    ];
}

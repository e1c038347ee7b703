//! Which project owns which importable package, for the packages that everybody has.

/// Packages and the projects that may put files into them. A name with dots is a part of a
/// package that is shared.
const OWNERS: &[(&str, &[&str])] = &[
    ("_distutils_hack", &["setuptools"]),
    ("_pytest", &["pytest"]),
    ("_yaml", &["pyyaml"]),
    ("aiohttp", &["aiohttp"]),
    ("anyio", &["anyio"]),
    ("attr", &["attrs"]),
    ("attrs", &["attrs"]),
    ("azure.core", &["azure-core"]),
    ("azure.identity", &["azure-identity"]),
    ("bcrypt", &["bcrypt"]),
    ("boto3", &["boto3"]),
    ("botocore", &["botocore"]),
    ("bs4", &["beautifulsoup4"]),
    ("certifi", &["certifi"]),
    ("cffi", &["cffi"]),
    ("charset_normalizer", &["charset-normalizer"]),
    ("chardet", &["chardet", "faust-cchardet"]),
    ("click", &["click"]),
    ("colorama", &["colorama"]),
    ("cryptography", &["cryptography"]),
    ("dateutil", &["python-dateutil"]),
    ("discord", &["discord-py", "py-cord", "discord", "nextcord"]),
    ("django", &["django"]),
    ("dns", &["dnspython"]),
    ("docker", &["docker", "docker-py"]),
    ("docutils", &["docutils"]),
    ("dotenv", &["python-dotenv"]),
    ("fastapi", &["fastapi", "fastapi-slim"]),
    ("filelock", &["filelock"]),
    ("flask", &["flask"]),
    ("fsspec", &["fsspec"]),
    ("google.api_core", &["google-api-core"]),
    ("google.auth", &["google-auth"]),
    ("google.cloud.storage", &["google-cloud-storage"]),
    ("google.oauth2", &["google-auth"]),
    ("google.protobuf", &["protobuf"]),
    ("grpc", &["grpcio"]),
    ("httpcore", &["httpcore"]),
    ("httpx", &["httpx"]),
    ("huggingface_hub", &["huggingface-hub"]),
    ("idna", &["idna"]),
    ("importlib_metadata", &["importlib-metadata"]),
    ("jinja2", &["jinja2"]),
    ("jose", &["python-jose", "jose"]),
    ("jsonschema", &["jsonschema"]),
    ("jwt", &["pyjwt", "jwt"]),
    ("keyring", &["keyring"]),
    ("langchain", &["langchain", "langchain-classic"]),
    ("lxml", &["lxml"]),
    ("markupsafe", &["markupsafe"]),
    ("matplotlib", &["matplotlib"]),
    ("numpy", &["numpy"]),
    ("openai", &["openai"]),
    ("openpyxl", &["openpyxl"]),
    ("packaging", &["packaging"]),
    ("pandas", &["pandas"]),
    ("paramiko", &["paramiko"]),
    ("PIL", &["pillow", "pillow-simd"]),
    ("pip", &["pip"]),
    ("pkg_resources", &["setuptools"]),
    ("platformdirs", &["platformdirs"]),
    ("pluggy", &["pluggy"]),
    ("psutil", &["psutil"]),
    ("psycopg2", &["psycopg2", "psycopg2-binary"]),
    ("pyarrow", &["pyarrow"]),
    ("pycparser", &["pycparser"]),
    ("pydantic", &["pydantic"]),
    ("pydantic_core", &["pydantic-core"]),
    ("pygments", &["pygments"]),
    ("pytest", &["pytest"]),
    ("pytz", &["pytz"]),
    ("redis", &["redis"]),
    ("requests", &["requests"]),
    ("requests_toolbelt", &["requests-toolbelt"]),
    ("rich", &["rich"]),
    ("rsa", &["rsa"]),
    ("s3transfer", &["s3transfer"]),
    ("scipy", &["scipy"]),
    ("selenium", &["selenium"]),
    ("setuptools", &["setuptools"]),
    ("six", &["six"]),
    ("sklearn", &["scikit-learn"]),
    ("sniffio", &["sniffio"]),
    ("sqlalchemy", &["sqlalchemy"]),
    ("starlette", &["starlette"]),
    ("telegram", &["python-telegram-bot"]),
    ("tensorflow", TENSORFLOW),
    ("tomli", &["tomli"]),
    ("torch", &["torch", "torch-nightly"]),
    ("tqdm", &["tqdm"]),
    ("transformers", &["transformers"]),
    ("typing_extensions", &["typing-extensions"]),
    ("urllib3", &["urllib3", "urllib3-future"]),
    ("uvicorn", &["uvicorn"]),
    ("virtualenv", &["virtualenv"]),
    ("websocket", &["websocket-client"]),
    ("websockets", &["websockets"]),
    ("werkzeug", &["werkzeug"]),
    ("wheel", &["wheel"]),
    ("wrapt", &["wrapt"]),
    ("yaml", &["pyyaml"]),
    ("yarl", &["yarl"]),
    ("zipp", &["zipp"]),
];

const TENSORFLOW: &[&str] = &[
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-gpu",
    "tensorflow-intel",
    "tensorflow-macos",
    "tensorflow-aarch64",
    "tensorflow-rocm",
    "tf-nightly",
    "tf-nightly-cpu",
    "intel-tensorflow",
    "tensorflow-cpu-aws",
];

/// The project that owns the package of a module, if it is another one. `module` is the dotted
/// name of a file's module or package; `project` is normalised.
pub(crate) fn stranger_in(module: &str, project: &str) -> Option<&'static str> {
    let belongs = |package: &str| {
        let rest = module.strip_prefix(package);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let (package, owners) = OWNERS.iter().find(|(package, _)| belongs(package))?;
    if owners.contains(&project) || is_companion(package, owners, project) {
        return None;
    }
    owners.first().copied()
}

/// Whether a project's name says that it belongs to the owner's family: `types-requests`,
/// `requests-stubs`, `torch-nightly-cu12`, builds of the same code under the name of a
/// machine.
fn is_companion(package: &str, owners: &[&str], project: &str) -> bool {
    let stub = project
        .strip_prefix("types-")
        .or_else(|| project.strip_suffix("-stubs"))
        .or_else(|| project.strip_suffix("-types"));
    if stub.is_some_and(|of| owners.contains(&of)) {
        return true;
    }
    // Packages with known plug-ins that live inside.
    matches!(
        (package, project),
        ("docutils", "docutils-stubs")
            | ("matplotlib", "basemap" | "basemap-data")
            | ("tensorflow", "tensorflow-estimator")
            | ("google.cloud.storage", "google-cloud-storage-control")
            | ("google.oauth2", "google-auth-oauthlib")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_the_package_of_another_project_are_told() {
        assert_eq!(stranger_in("requests.sessions", "demo"), Some("requests"));
        assert_eq!(stranger_in("google.protobuf", "demo"), Some("protobuf"));
        assert_eq!(stranger_in("yaml", "demo"), Some("pyyaml"));
    }

    #[test]
    fn owners_companions_and_shared_packages_are_fine() {
        for (module, project) in [
            ("requests", "requests"),
            ("requests.sessions", "types-requests"),
            ("google.cloud.demo", "google-cloud-demo"),
            ("pkg_resources", "setuptools"),
            ("psycopg2", "psycopg2-binary"),
            ("requests_demo", "demo"),
            ("demo", "demo"),
        ] {
            assert_eq!(stranger_in(module, project), None, "{module} in {project}");
        }
    }
}

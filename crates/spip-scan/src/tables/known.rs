//! Start-up files and launchers that are known by the digest of their exact content.

use sha2::{Digest as _, Sha256};

/// Start-up files and the project that ships them.
const START_FILES: &[(&str, &str)] = &[
    (
        "ef2ed06d19867ec669c09a804060666a9cd5e383af0a9d11aa2de79b77d448e8",
        "coverage",
    ),
    (
        "98689cff4294d57d4da5905f2891c4e1d61b0dd43923c08e3e6ca4d1fc98b562",
        "opentelemetry-instrumentation",
    ),
    (
        "2638ce9e2500e572a5e0de7faed6661eb569d1b696fcba07b0dd223da5f5d224",
        "setuptools",
    ),
    (
        "236d2e067e624c4183e744d0872255403e05ac6588d5b1a0acc9ca3e2e08b3a9",
        "paste",
    ),
    (
        "83919f454fb40d9ef10bb053393ddf9d677be27950b8542619ee8f12a2604e63",
        "autowrapt",
    ),
    (
        "33f2870293d0f5d4b9b150b5b957f36c0b3d48ec1597daa5294ed46079408314",
        "autowrapt",
    ),
    (
        "8b93206309ca3986e889c8449dcf007fe7c88780a134e40cf3870a805a7aa7fa",
        "better-exceptions",
    ),
    (
        "d4acfa78500a2bee484d496eaefca8d02bad46fc8b1fa7e98c8f1acb989e2e20",
        "coverage-enable-subprocess",
    ),
    (
        "59c9f9d0ef5472bc61dbb5494ebf3e7abea8bb6e85a428f787aa3a3d57195615",
        "ddtrace",
    ),
    (
        "ec4e5d133cd2f27021f409d7c671016589543546b67e5ce0c59f08084295fbbd",
        "ddtrace",
    ),
    (
        "30786aa50bd41e37c76f7ad403b3f89c0155fdc435196b6bb954950e72b15e8f",
        "elastic-apm",
    ),
    (
        "82e054973786e12c75852c8bef89671831a26c4a252032a2597de72916630cfc",
        "future-fstrings",
    ),
    (
        "158c42ec989fa12455990e2d33a81a8a2c96f44f6daf094ccb523c786bc75d97",
        "gevent",
    ),
    (
        "0adab60af0b0bb24454a399f6360aadac6a3bcd4713fbd9d0beae7fec04c0752",
        "hunter",
    ),
    (
        "564ba005ae933d2a103307e22f93ba1f4a73a6973c8b0a9fd3098d95472b2e9f",
        "manhole",
    ),
    (
        "15177f0d1137a02f7e297729f6df853219ac636b95e1d32dc55663b11250171d",
        "newrelic",
    ),
    (
        "cc710b99ddb3d76361a70461461d274212a979d00c381d821fce5bb3ad9cf246",
        "nvidia-cutlass-dsl",
    ),
];

/// The project that ships a start-up file of exactly this content.
pub(crate) fn start_file(bytes: &[u8]) -> Option<&'static str> {
    let digest = hex(&Sha256::digest(bytes));
    let known = START_FILES.iter().find(|(known, _)| *known == digest);
    known.map(|(_, project)| *project)
}

/// Launchers that distlib, pip, setuptools and virtualenv ship for scripts on Windows.
const LAUNCHERS: &[&str] = &[
    "6b4195e640a85ac32eb6f9628822a622057df1e459df7c17a12f97aeabc9415b",
    "ebc4c06b7d95e74e315419ee7e88e1d0f71e9e9477538c00a93a9ff8c66a6cfc",
    "81a618f21cb87db9076134e70388b6e9cb7c2106739011b6a51772d22cae06b7",
    "47872cc77f8e18cf642f868f23340a468e537e64521d9a3a416c8b84384d064b",
    "c5dc9884a8f458371550e09bd396e5418bf375820a31b9899f6499bf391c7b2e",
    "7a319ffaba23a017d7b1e18ba726ba6c54c53d6446db55f92af53c279894f8ad",
    "32acc1bc543116cbe2cff10cb867772df2f254ff2634c870aef0b46c4b696fdb",
    "bbb3de5707629e6a60a0c238cd477b28f07f0066982fda953fa6fcec39073a4a",
    "b9a7d08da880dfac8bcf548eba4b06fb59b6f09b17d33148a0f6618328926c61",
    "85dae1e95d77845f2cb59bcac3d4afe74bbe4c91a9bcc5bf4a71cd43104dbe7c",
    "3471b6140eadc6412277dbbefe3fef8c345a0f1a59776086b80a3618c3a83e3b",
    "e694f4743405c8b5926ff457db6fe7f1a12dec7c16a9c3864784d3f4e07ae097",
];

/// Whether a program is one of the known launchers.
pub(crate) fn is_launcher(bytes: &[u8]) -> bool {
    LAUNCHERS.contains(&hex(&Sha256::digest(bytes)).as_str())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes every text");
    }
    text
}

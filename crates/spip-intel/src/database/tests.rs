//! Tests of databases: what went in comes out, and damage is noticed.

use std::fs;
use std::io::Write;

use serde_json::{Value, json};
use spip_core::{AdvisoryKind, MatchedBy, Version};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::{BuildError, Builder, Record, read_folder, read_zip};

fn record(id: &str, name: &str, versions: &[&str]) -> Value {
    json!({"id": id, "modified": "2026-05-01T00:00:00Z", "summary": format!("about {name}"),
           "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": versions}]})
}

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn built(records: &[Value]) -> Builder {
    let mut builder = Builder::default();
    builder.begin(Source {
        name: "a test".to_owned(),
        ..Source::default()
    });
    for record in records {
        builder
            .add(Record::parse(record.to_string().as_bytes()).unwrap())
            .unwrap();
    }
    builder
}

fn database(records: &[Value]) -> Database {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advisories");
    built(records).write(&path, now()).unwrap();
    Database::open(&path).unwrap().unwrap()
}

fn ids(database: &Database, name: &str, version: &str, digest: Option<u8>) -> Vec<String> {
    let (name, version): (PackageName, Version) = (name.parse().unwrap(), version.parse().unwrap());
    let subject = Subject {
        name: &name,
        version: Some(&version),
        sha256: digest.map(|byte| spip_core::Sha256::from_bytes([byte; 32])),
    };
    let found = database.advisories(subject).unwrap();
    let shown = found.iter().map(|advisory| {
        let withdrawn = if advisory.withdrawn { " withdrawn" } else { "" };
        format!("{} {:?}{withdrawn}", advisory.id, advisory.matched_by)
    });
    shown.collect()
}

fn with_digest(mut record: Value, digest: u8) -> Value {
    let hashes = json!({"sha256": format!("{digest:02x}").repeat(32)});
    let files = json!([{"filename": "x.whl", "hashes": hashes}]);
    record["affected"][0]["database_specific"] =
        json!({"indicators": {"package_integrity": files}});
    record
}

#[test]
fn finds_by_name_and_version_among_many_names() {
    let names: Vec<String> = (0..300).map(|number| format!("demo-{number}")).collect();
    let records: Vec<Value> = names
        .iter()
        .map(|name| record(&format!("MAL-{name}"), name, &["1.0"]))
        .collect();
    let database = database(&records);
    for name in &names {
        assert_eq!(
            ids(&database, name, "1.0.0", None),
            [format!("MAL-{name} Version")]
        );
        assert!(ids(&database, name, "1.0.1", None).is_empty());
    }
    assert!(ids(&database, "demo", "1.0", None).is_empty());
    assert!(ids(&database, "zzz", "1.0", None).is_empty());
}

#[test]
fn finds_a_file_by_its_digest_under_whatever_name_and_version() {
    let records = [
        with_digest(record("MAL-1", "demo", &["1.0"]), 7),
        with_digest(record("MAL-2", "other", &["1.0"]), 7),
        with_digest(record("MAL-3", "other", &["1.0"]), 9),
    ];
    let database = database(&records);
    assert_eq!(
        ids(&database, "renamed", "9", Some(7)),
        ["MAL-1 Digest", "MAL-2 Digest"]
    );
    assert_eq!(
        ids(&database, "demo", "1.0", Some(7)),
        ["MAL-1 Digest", "MAL-2 Digest"]
    );
    assert_eq!(ids(&database, "demo", "1.0", Some(8)), ["MAL-1 Version"]);
    assert!(ids(&database, "demo", "2", Some(8)).is_empty());
}

#[test]
fn one_source_that_took_a_record_back_is_enough() {
    let mut withdrawn = record("MAL-1", "fastapi", &["0.136.3"]);
    withdrawn["withdrawn"] = json!("2026-05-26T00:00:00Z");
    withdrawn["modified"] = json!("2020-01-01T00:00:00Z");
    let standing = record("MAL-1", "fastapi", &["0.136.3"]);
    for records in [[standing.clone(), withdrawn.clone()], [withdrawn, standing]] {
        let database = database(&records);
        assert_eq!(
            ids(&database, "fastapi", "0.136.3", None),
            ["MAL-1 Version withdrawn"]
        );
        assert_eq!(database.summary().withdrawn, 1);
    }
}

#[test]
fn of_two_records_of_one_name_the_newer_counts() {
    let mut newer = record("MAL-1", "demo", &["2.0"]);
    newer["modified"] = json!("2026-05-02T00:00:00Z");
    let older = record("MAL-1", "demo", &["1.0"]);
    for records in [[older.clone(), newer.clone()], [newer, older]] {
        let database = database(&records);
        assert_eq!(ids(&database, "demo", "2.0", None), ["MAL-1 Version"]);
        assert!(ids(&database, "demo", "1.0", None).is_empty());
    }
}

#[test]
fn says_what_is_in_it_and_how_old_that_is() {
    let mut vulnerability = record("PYSEC-1", "demo", &[]);
    vulnerability["affected"][0]["ranges"] =
        json!([{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]);
    vulnerability["severity"] =
        json!([{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
    let database = database(&[record("MAL-1", "bad", &["1"]), vulnerability]);
    let summary = database.summary();
    assert_eq!(
        (summary.malicious, summary.vulnerabilities, summary.names),
        (1, 1, 2)
    );
    assert_eq!(summary.sources[0].records, 2);
    assert_eq!(
        summary.age(now()),
        SignedDuration::from_hours(31 * 24),
        "that of its records"
    );
    assert_eq!(summary.age(Timestamp::UNIX_EPOCH), SignedDuration::ZERO);
    let (name, version) = ("demo".parse().unwrap(), "1.1".parse().unwrap());
    let subject = Subject {
        name: &name,
        version: Some(&version),
        sha256: None,
    };
    let found = database.advisories(subject).unwrap();
    assert_eq!(found[0].kind, AdvisoryKind::Vulnerability);
    assert_eq!(found[0].matched_by, MatchedBy::Version);
    assert_eq!(found[0].fixed_in, ["1.2".into()]);
    assert_eq!(
        found[0].rating.as_ref().unwrap().to_string(),
        "CVSS 9.8, critical"
    );
}

#[test]
fn damage_is_noticed_wherever_it_is_and_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advisories");
    let records = [with_digest(record("MAL-1", "demo", &["1.0"]), 7)];
    built(&records).write(&path, now()).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        assert!(Database::from_bytes(&path, whole[..length].to_vec()).is_err());
    }
    for place in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 0x41;
        assert!(Database::from_bytes(&path, flipped).is_err(), "{place}");
    }
}

#[test]
fn a_file_made_to_mislead_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advisories");
    let records = [with_digest(record("MAL-1", "demo", &["1.0"]), 7)];
    built(&records).write(&path, now()).unwrap();
    let whole = fs::read(&path).unwrap();
    let body = MAGIC.len() + 32;
    for place in body..whole.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut forged = whole.clone();
            forged[place] = byte;
            let sum = Sha256::digest(&forged[body..]);
            forged[MAGIC.len()..body].copy_from_slice(&sum);
            if let Ok(database) = Database::from_bytes(&path, forged) {
                let (name, version) = ("demo".parse().unwrap(), "1.0".parse().unwrap());
                let _either_way = database.advisories(Subject {
                    name: &name,
                    version: Some(&version),
                    sha256: Some(spip_core::Sha256::from_bytes([7; 32])),
                });
            }
        }
    }
}

#[test]
fn an_absent_file_is_no_error_and_a_foreign_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advisories");
    assert!(Database::open(&path).unwrap().is_none());
    fs::write(&path, "spip-intel 0\n").unwrap();
    assert!(matches!(Database::open(&path), Err(DatabaseError::Foreign)));
    assert!(matches!(
        Database::open(folder.path()),
        Err(DatabaseError::Read(_))
    ));
}

#[test]
fn reads_archives_and_folders_and_counts_what_it_cannot_use() {
    let folder = tempfile::tempdir().unwrap();
    let records = [
        (
            "osv/malicious/pypi/demo/MAL-1.json",
            record("MAL-1", "demo", &["1"]).to_string(),
        ),
        ("osv/broken.json", "{".to_owned()),
        (
            "npm.json",
            json!({"id": "MAL-2", "affected": []}).to_string(),
        ),
        ("README.md", "not a record".to_owned()),
    ];
    let archive = folder.path().join("all.zip");
    let mut zip = ZipWriter::new(fs::File::create(&archive).unwrap());
    for (path, text) in &records {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        let path = folder.path().join("records").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    zip.finish().unwrap();

    let mut steps = 0;
    let mut builder = built(&[]);
    read_zip(&archive, &mut builder, &mut |_, _| steps += 1).unwrap();
    builder.begin(Source::default());
    read_folder(&folder.path().join("records"), &mut builder, &mut |_, _| {}).unwrap();
    assert_eq!(steps, 4);
    let path = folder.path().join("advisories");
    builder.write(&path, now()).unwrap();
    let database = Database::open(&path).unwrap().unwrap();
    assert_eq!(ids(&database, "demo", "1", None), ["MAL-1 Version"]);
    for source in database.summary().sources {
        assert_eq!((source.records, source.unusable), (2, 1));
    }
}

#[test]
fn nothing_is_no_database_and_the_one_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advisories");
    built(&[record("MAL-1", "demo", &["1"])])
        .write(&path, now())
        .unwrap();
    let error = built(&[]).write(&path, now()).unwrap_err();
    assert!(matches!(error, BuildError::Empty));
    assert!(Database::open(&path).unwrap().is_some());
    fs::write(folder.path().join("not.zip"), "x").unwrap();
    assert!(
        read_zip(
            &folder.path().join("not.zip"),
            &mut built(&[]),
            &mut |_, _| {}
        )
        .is_err()
    );
}

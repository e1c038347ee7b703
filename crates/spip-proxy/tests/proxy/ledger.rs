//! The ledger, with many processes and with damage.

use std::fs;
use std::process::{Command, Stdio};

use spip_core::Sha256;
use spip_proxy::{Entry, Ledger, LedgerError, Standing};

const WRITER: &str = "SPIP_TEST_LEDGER";

fn entry(number: u32, standing: Standing, rules: &str) -> Entry {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    Entry {
        sha256: Sha256::from_bytes(bytes),
        name: "demo".parse().unwrap(),
        version: "1.4".parse().unwrap(),
        standing,
        rules: rules.to_owned(),
    }
}

#[test]
fn the_latest_entry_counts() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("tools/ledger"));
    assert!(ledger.read().unwrap().is_empty());
    let (allowed, refused) = (
        entry(1, Standing::Allowed, "2"),
        entry(1, Standing::Refused, "2"),
    );
    ledger
        .record(&[allowed.clone(), entry(2, Standing::Allowed, "1")])
        .unwrap();
    let reading = ledger.read().unwrap();
    assert_eq!(reading.get(&allowed.sha256), Some(&allowed));
    assert!(reading.allows(&allowed.sha256, "2") && !reading.allows(&allowed.sha256, "3"));
    let outdated: Vec<_> = reading.outdated("2").into_iter().cloned().collect();
    assert_eq!(outdated, [entry(2, Standing::Allowed, "1")]);
    ledger.record(std::slice::from_ref(&refused)).unwrap();
    let reading = ledger.read().unwrap();
    assert!(!reading.allows(&refused.sha256, "2"));
    assert_eq!((reading.len(), reading.outdated("3").len()), (2, 1));
}

#[test]
fn damage_counts_for_nothing_and_hurts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = Ledger::open(&path);
    ledger.record(&[entry(1, Standing::Allowed, "2")]).unwrap();
    let mut text = fs::read(&path).unwrap();
    let line = text.clone();
    text.extend(b"\xff\n{}\n");
    text.extend(vec![b'x'; 100_000]);
    text.push(b'\n');
    text.extend(&line[..line.len() - 9]);
    fs::write(&path, text).unwrap();
    ledger.record(&[entry(2, Standing::Allowed, "2")]).unwrap();
    let reading = ledger.read().unwrap();
    assert_eq!(reading.len(), 2);
    assert!(reading.damaged() >= 4, "{}", reading.damaged());
}

#[cfg(unix)]
#[test]
fn a_ledger_that_others_can_write_is_not_believed() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = Ledger::open(&path);
    ledger.record(&[entry(1, Standing::Allowed, "2")]).unwrap();
    let link = directory.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(matches!(
        Ledger::open(link).read(),
        Err(LedgerError::Io { .. })
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(ledger.read(), Err(LedgerError::NotOwn(_))));
    assert!(ledger.record(&[entry(2, Standing::Allowed, "2")]).is_err());
}

#[test]
fn a_ledger_beyond_its_bounds_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = Ledger::open(&path);
    ledger.record(&[entry(1, Standing::Allowed, "2")]).unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(65 << 20)
        .unwrap();
    assert!(matches!(ledger.read(), Err(LedgerError::TooLarge(_))));
}

/// Not a test of its own: one of the processes below.
#[test]
fn writes_in_another_process() {
    let Some(path) = std::env::var_os(WRITER) else {
        return;
    };
    let first: u32 = std::env::var("SPIP_TEST_FIRST").unwrap().parse().unwrap();
    let ledger = Ledger::open(path);
    for number in first..first + 100 {
        ledger
            .record(&[entry(number, Standing::Allowed, "2")])
            .unwrap();
        ledger.read().unwrap();
    }
}

#[test]
fn eight_processes_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tools/ledger");
    let writers: Vec<_> = (0..8)
        .map(|number: u32| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "ledger::writes_in_another_process"])
                .env(WRITER, &path)
                .env("SPIP_TEST_FIRST", (number * 1000).to_string())
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let reading = Ledger::open(&path).read().unwrap();
    assert_eq!((reading.len(), reading.damaged()), (800, 0));
}

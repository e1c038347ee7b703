//! What a run costs this machine, as Linux tells.

use std::fs;

use anyhow::{Context as _, Result};

/// What all scans cost together.
pub(super) struct Spent {
    /// Processor time of all threads, in seconds.
    pub(super) processor: f64,
    /// Time that went by, in seconds.
    pub(super) wall: f64,
    /// The most memory that was in use at once, in bytes.
    pub(super) peak: u64,
}

/// The processor time that this process has used, in seconds.
pub(super) fn processor_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("/proc/self/stat")?;
    ticks(&stat).context("the times in /proc/self/stat")
}

/// The most memory that this process has had, in bytes.
pub(super) fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    high_water(&status).context("VmHWM in /proc/self/status")
}

/// Fields 14 and 15 of `proc(5)` in ticks of 10 ms. The second field may hold blanks.
fn ticks(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

fn high_water(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_says_of_a_process() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20";
        assert_eq!(ticks(stat), Some(3.0));
        assert_eq!(high_water("VmPeak:\t 9 kB\nVmHWM:\t   2 kB\n"), Some(2048));
    }
}

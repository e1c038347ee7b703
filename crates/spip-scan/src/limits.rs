//! Every bound of a scan, in one place.

/// What a scan does not go beyond. Whatever lies beyond is reported as unread, never passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members of one archive.
    pub members: usize,
    /// Bytes of one member's path.
    pub path: usize,
    /// Bytes of one Python source file.
    pub source: u64,
    /// Bytes of any other member that is read as a whole (metadata, pickles, byte code).
    pub whole: u64,
    /// Bytes of all members together, unpacked.
    pub unpacked: u64,
    /// Unpacked bytes per packed byte of one member, from 1 MiB on.
    pub ratio: u64,
    /// Archives within archives.
    pub nesting: usize,
    /// Steps of the analysis of one source file: expressions looked at, loops counted each time.
    pub steps: u64,
    /// Layers of encoded code that are taken off.
    pub layers: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 200_000,
            path: 4096,
            source: 8 << 20,
            whole: 64 << 20,
            unpacked: 16 << 30,
            ratio: 500,
            nesting: 2,
            steps: 3_000_000,
            layers: 100,
        }
    }
}

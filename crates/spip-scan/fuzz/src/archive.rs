//! Writes sound archives around bytes that are not.

/// A zip archive of files, stored as they are.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut whole, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in files {
        let mut sum = flate2::Crc::new();
        sum.update(data);
        let mut fields = vec![0x14, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5a];
        for value in [sum.sum(), small(data.len()), small(data.len())] {
            fields.extend(value.to_le_bytes());
        }
        fields.extend(short(name.len()));
        fields.extend([0, 0]);
        let at = small(whole.len());
        whole.extend(b"PK\x03\x04");
        whole.extend(&fields);
        whole.extend(name.as_bytes());
        whole.extend(*data);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&fields);
        directory.extend([0; 6]);
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let at = small(whole.len());
    whole.extend(&directory);
    whole.extend(b"PK\x05\x06\0\0\0\0");
    whole.extend([short(files.len()), short(files.len())].concat());
    whole.extend(small(directory.len()).to_le_bytes());
    whole.extend(at.to_le_bytes());
    whole.extend([0, 0]);
    whole
}

/// A tar archive of files.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut whole = Vec::new();
    for (name, data) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        whole.extend(header);
        whole.extend(*data);
        whole.resize(whole.len().next_multiple_of(512), 0);
    }
    whole.resize(whole.len() + 1024, 0);
    whole
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

//! What an input may ask of the machine: how far it may unpack, how long one record may be.
//! It holds numbers and reads them from flags; the sources keep to them.
//! Part of the plan.

/// The limits of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes that one compressed file may unpack to.
    pub(crate) unpacked: u64,
    /// How many times its size a compressed file may unpack to, once [`FREE`] bytes came out.
    pub(crate) ratio: u64,
    /// Bytes of one record: a line of JSON lines, a record of a WARC file, a compressed text.
    pub(crate) record: usize,
}

/// So much may come out of however few bytes: a file of blanks is no bomb.
pub(crate) const FREE: u64 = 64 << 20;

impl Default for Limits {
    /// A terabyte, since files are read as streams and their size alone does no harm; 200 times, which no text reaches
    /// (English packs to a third or a quarter, logs to a fiftieth) and blanks do, even where gzip packs them badly (229);
    /// a gibibyte, which is a thousand books.
    fn default() -> Limits {
        Limits { unpacked: 1 << 40, ratio: 200, record: 1 << 30 }
    }
}

/// A number of bytes as people write it: `800`, `64K`, `4G`, `1.5 GiB`. Units are powers of 1024.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write a number of bytes, or one with K, M, G or T, such as 64M");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
    let shift = ["", "k", "m", "g", "t"].iter().position(|u| *u == unit).ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let bytes = number * f64::from(1 << 10).powi(shift as i32);
    if !(1.0..=u64::MAX as f64).contains(&bytes) {
        return Err(wrong());
    }
    Ok(bytes as u64)
}

/// A number of bytes for people: the largest unit of which there is at least one.
pub(crate) fn shown(bytes: u64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.iter().find(|(_, shift)| bytes >= 1 << shift) {
        Some((unit, shift)) if bytes.is_multiple_of(1 << shift) => format!("{} {unit}", bytes >> shift),
        Some((unit, shift)) => format!("{:.1} {unit}", bytes as f64 / (1_u64 << shift) as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes) in [("800", 800), ("64K", 64 << 10), ("1.5 GiB", 3 << 29), ("2mb", 2 << 20), ("1T", 1 << 40)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "K", "-1", "0", "1.2.3M", "9 apples", "1e400"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!([800, 1 << 20, 3 << 29].map(shown), ["800 bytes", "1 MiB", "1.5 GiB"]);
    }
}

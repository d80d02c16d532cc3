//! What the segments in front of the coded bytes say: size, components, colours, orientation, and how much work the scans are.
//!
//! ```text
//! APP0 "JFIF"   APP1 "Exif" orientation   APP14 "Adobe" transform   SOFn size, components   DRI   SOS components, tables
//! ```
//! ITU-T T.81 annex B; colours as libjpeg decides them, which all browsers use.

use super::{
    coded::{Blocks, Walk},
    picture::{JpegError, MAX_SCANNED_BLOCKS, MAX_SCANS, Orientation},
};

const SOF0: u8 = 0xc0;
const SOF1: u8 = 0xc1;
const SOF2: u8 = 0xc2;

/// What is known of a picture.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// Pixels across and down; nothing before its frame header.
    pub(super) size: Option<(u16, u16)>,
    /// Whether it brings Huffman tables.
    pub(super) has_tables: bool,
    pub(super) orientation: Option<Orientation>,
    components: Vec<Component>,
    is_progressive: bool,
    is_jfif: bool,
    adobe_transform: Option<u8>,
    restart_interval: u32,
    scans: u32,
    scanned_blocks: u64,
    /// Components that had a scan, one bit each.
    scanned: u32,
}

#[derive(Clone, Copy, Debug)]
struct Component {
    id: u8,
    across: u32,
    down: u32,
}

impl Headers {
    /// Takes the contents of an application's segment, or of DRI.
    pub(super) fn segment(&mut self, code: u8, content: &[u8]) {
        match (code, content) {
            (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) => self.is_jfif = true,
            (0xe1, [b'E', b'x', b'i', b'f', 0, _, tiff @ ..]) => {
                self.orientation = self.orientation.or(orientation(tiff));
            }
            (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe_transform = Some(*transform);
            }
            (0xdd, [high, low, ..]) => self.restart_interval = u16::from_be_bytes([*high, *low]).into(),
            _ => {}
        }
    }

    /// Takes a frame header.
    pub(super) fn frame(&mut self, code: u8, content: &[u8]) -> Result<(), JpegError> {
        if self.size.is_some() {
            return Err(JpegError::NotShown("hierarchical"));
        }
        match code {
            SOF0 | SOF1 => {}
            SOF2 => self.is_progressive = true,
            0xc3 => return Err(JpegError::NotShown("lossless")),
            0xc9..=0xcb => return Err(JpegError::NotShown("arithmetic")),
            _ => return Err(JpegError::NotShown("hierarchical")),
        }
        let &[precision, high, low, left, right, _, ref components @ ..] = content else {
            return Err(JpegError::Length(u16::try_from(content.len() + 2).unwrap_or(u16::MAX)));
        };
        if precision != 8 {
            return Err(JpegError::NotShown("of more than 8 bits a sample"));
        }
        let (height, width) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([left, right]));
        if width == 0 || height == 0 {
            return Err(JpegError::NoSize);
        }
        self.size = Some((width, height));
        let component = |bytes: &[u8; 3]| Component {
            id: bytes[0],
            across: u32::from(bytes[1] >> 4).clamp(1, 4),
            down: u32::from(bytes[1] & 15).clamp(1, 4),
        };
        self.components = components.as_chunks().0.iter().map(component).collect();
        Ok(())
    }

    /// Takes a scan header. `tables` are the contents of the DHT segments so far; coded bytes begin at `begin`.
    pub(super) fn scan<'a>(
        &mut self,
        content: &[u8],
        begin: usize,
        tables: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Option<Walk>, JpegError> {
        let size = self.size.ok_or(JpegError::NoSize)?;
        let [_, selected @ ..] = content else { return Err(JpegError::Length(2)) };
        let count = usize::from(content[0]).min(selected.len() / 2);
        let chosen: Vec<_> = selected.as_chunks::<2>().0[..count]
            .iter()
            .filter_map(|[id, tables]| {
                let index = self.components.iter().position(|component| component.id == *id)?;
                Some((index, *tables))
            })
            .collect();
        let is_interleaved = chosen.len() > 1;
        let (mut blocks, mut mcus, mut in_mcu) = (Vec::new(), self.mcus(size), 0);
        for &(index, tables) in &chosen {
            let component = self.components[index];
            self.scanned |= 1 << index.min(31);
            let count = if is_interleaved { component.across * component.down } else { 1 };
            if !is_interleaved {
                mcus = self.blocks_of(component, size);
            }
            in_mcu += u64::from(count);
            blocks.push(Blocks { count, dc: usize::from(tables >> 4), ac: usize::from(tables & 15) });
        }
        self.scans += 1;
        self.scanned_blocks += mcus * in_mcu;
        // Every block once is what the size costs, however large it is.
        let are_further = self.scans as usize > self.components.len();
        if self.scans > MAX_SCANS || (are_further && self.scanned_blocks > MAX_SCANNED_BLOCKS) {
            return Err(JpegError::TooManyScans);
        }
        let walk = || Walk::new(blocks, mcus, self.restart_interval, begin, tables);
        Ok((!self.is_progressive && !chosen.is_empty()).then(walk))
    }

    fn sampling(&self) -> (u32, u32) {
        let most = |of: fn(&Component) -> u32| self.components.iter().map(of).max().unwrap_or(1);
        (most(|component| component.across), most(|component| component.down))
    }

    fn mcus(&self, (width, height): (u16, u16)) -> u64 {
        let (across, down) = self.sampling();
        u64::from(u32::from(width).div_ceil(8 * across)) * u64::from(u32::from(height).div_ceil(8 * down))
    }

    /// Blocks of one component in a scan of its own (T.81 section A.2.2).
    fn blocks_of(&self, component: Component, (width, height): (u16, u16)) -> u64 {
        let (across, down) = self.sampling();
        let side = |pixels: u16, own: u32, most: u32| (u32::from(pixels) * own).div_ceil(most).div_ceil(8);
        u64::from(side(width, component.across, across)) * u64::from(side(height, component.down, down))
    }

    /// Whether RST stands between its MCUs.
    pub(super) const fn has_restarts(&self) -> bool {
        self.restart_interval > 0
    }

    /// Whether its scans bring ever more of every block.
    pub(super) const fn is_progressive(&self) -> bool {
        self.is_progressive
    }

    /// Whether a further scan may follow: a picture that is not progressive has one for each component at most.
    pub(super) fn may_have_more_scans(&self) -> bool {
        self.is_progressive || self.scanned.count_ones() < u32::try_from(self.components.len()).unwrap_or(0)
    }

    /// Whether its components are red, green and blue, as libjpeg decides it.
    pub(super) fn is_rgb(&self) -> bool {
        let [red, green, blue] = self.components[..] else { return false };
        if self.is_jfif {
            return false;
        }
        self.adobe_transform.map_or([red.id, green.id, blue.id] == *b"RGB", |transform| transform == 0)
    }
}

/// The orientation in a TIFF header with its first directory.
fn orientation(tiff: &[u8]) -> Option<Orientation> {
    const TAG: u16 = 0x0112;
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..)?.first_chunk::<2>()?;
        Some(if is_little { u16::from_le_bytes(*bytes) } else { u16::from_be_bytes(*bytes) })
    };
    let first = tiff.get(4..)?.first_chunk::<4>()?;
    let first = if is_little { u32::from_le_bytes(*first) } else { u32::from_be_bytes(*first) };
    let directory = usize::try_from(first).ok()?;
    let count = usize::from(short(directory)?);
    let entry = (0..count)
        .filter_map(|entry| directory.checked_add(2 + 12 * entry))
        .find(|at| short(*at) == Some(TAG))?;
    let value = u8::try_from(short(entry.checked_add(8)?)?).ok()?;
    (1..=8).contains(&value).then_some(value)
}

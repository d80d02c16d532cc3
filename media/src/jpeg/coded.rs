//! The coded bytes of one scan, walked through block by block: where they end, and whether they are whole.
//!
//! ```text
//! DC code  bits  AC code  bits  AC code  bits  …  end of block   blocks of an MCU, MCUs, RST every so many
//! ```
//! For pictures without EOI only: nothing else tells whether one is whole or cut off. No coefficient is kept (ITU-T T.81
//! annex F.2). Scans of sequential pictures are walked through; of progressive ones nothing is known.

use super::{huffman::usual_tables, repairs::Repairs};

/// So many zeros in front of the end may be padding that was taken for coded bytes.
const PADDING_BYTES: usize = 16;
/// Longest Huffman code, in bits.
const MAX_CODE_BITS: usize = 16;

/// What a walk has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// There are fewer bytes than the scan has.
    Unfinished,
    /// The scan ends before this byte.
    Whole(usize),
    /// These are not the coded bytes of such a scan.
    Broken,
}

/// One component in a scan.
#[derive(Debug)]
pub(super) struct Blocks {
    /// Its blocks in an MCU.
    pub(super) count: u32,
    /// Its tables, 0 to 3.
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// A walk through a scan.
#[derive(Debug)]
pub(super) struct Walk {
    blocks: Vec<Blocks>,
    mcus_left: u64,
    /// MCUs from one RST to the next; 0 without.
    restart_interval: u32,
    until_restart: u32,
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    begin: usize,
    bits: Bits,
    is_broken: bool,
}

/// Where in the bytes the next bit is.
#[derive(Clone, Copy, Debug)]
struct Bits {
    at: usize,
    byte: u8,
    left: u8,
}

/// Why a walk does not go on.
enum Stop {
    /// The bytes end.
    End,
    /// They are not what they should be.
    Broken,
}

impl Walk {
    /// A walk through `mcus` MCUs from byte `begin` on, with the tables in `tables`, which are contents of DHT segments.
    pub(super) fn new<'a>(
        blocks: Vec<Blocks>,
        mcus: u64,
        restart_interval: u32,
        begin: usize,
        tables: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let (mut dc, mut ac) = ([const { None }; 4], [const { None }; 4]);
        let mut has_tables = false;
        for segment in tables {
            has_tables = true;
            take_tables(segment, &mut dc, &mut ac);
        }
        if !has_tables {
            take_tables(usual_tables(), &mut dc, &mut ac);
        }
        Self {
            blocks,
            mcus_left: mcus,
            restart_interval,
            until_restart: restart_interval,
            dc,
            ac,
            begin,
            bits: Bits { at: begin, byte: 0, left: 0 },
            is_broken: false,
        }
    }

    /// Goes on through `picture`, of which no marker but RST stands behind the begin of the scan.
    pub(super) fn advance(&mut self, picture: &[u8], repairs: &Repairs) -> Walked {
        while self.mcus_left > 0 {
            if self.is_broken {
                return Walked::Broken;
            }
            let (bits, until_restart) = (self.bits, self.until_restart);
            match self.mcu(picture, repairs) {
                Ok(()) => self.mcus_left -= 1,
                Err(Stop::End) => {
                    (self.bits, self.until_restart) = (bits, until_restart);
                    return Walked::Unfinished;
                }
                Err(Stop::Broken) => self.is_broken = true,
            }
        }
        Walked::Whole(self.bits.at)
    }

    /// Whether zeros stand in front of `end`: then it may be cut off before them. A flat picture may end so too.
    pub(super) fn ends_in_zeros(&self, end: usize, picture: &[u8]) -> bool {
        let last = &picture[end.saturating_sub(PADDING_BYTES).max(self.begin)..end];
        last.len() == PADDING_BYTES && last.iter().all(|byte| *byte == 0)
    }

    fn mcu(&mut self, picture: &[u8], repairs: &Repairs) -> Result<(), Stop> {
        if self.restart_interval > 0 {
            if self.until_restart == 0 {
                self.bits.restart(picture)?;
                self.until_restart = self.restart_interval;
            }
            self.until_restart -= 1;
        }
        let Self { blocks, dc, ac, bits, .. } = self;
        for blocks in blocks {
            let dc = dc.get(blocks.dc).and_then(Option::as_ref).ok_or(Stop::Broken)?;
            let ac = ac.get(blocks.ac).and_then(Option::as_ref).ok_or(Stop::Broken)?;
            for _ in 0..blocks.count {
                block(bits, dc, ac, picture, repairs)?;
            }
        }
        Ok(())
    }
}

fn block(bits: &mut Bits, dc: &Table, ac: &Table, picture: &[u8], repairs: &Repairs) -> Result<(), Stop> {
    let category = bits.symbol(dc, picture, repairs)?;
    if category > 11 {
        return Err(Stop::Broken);
    }
    bits.skip(category, picture, repairs)?;
    let mut index = 1;
    while index < 64 {
        let symbol = bits.symbol(ac, picture, repairs)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        match (run, size) {
            (15, 0) => index += 16,
            (_, 0) => return Ok(()),
            _ => {
                index += run + 1;
                bits.skip(size, picture, repairs)?;
            }
        }
    }
    if index > 64 { Err(Stop::Broken) } else { Ok(()) }
}

impl Bits {
    fn bit(&mut self, picture: &[u8], repairs: &Repairs) -> Result<u8, Stop> {
        if self.left == 0 {
            let byte = *picture.get(self.at).ok_or(Stop::End)?;
            let mut behind = self.at + 1;
            if byte == 0xff && !repairs.is_stuffed(behind) {
                // Fill bytes, then the zero that says that this is no marker.
                while picture.get(behind) == Some(&0xff) {
                    behind += 1;
                }
                match picture.get(behind) {
                    None => return Err(Stop::End),
                    Some(0) => behind += 1,
                    Some(_) => return Err(Stop::Broken),
                }
            }
            (self.at, self.byte, self.left) = (behind, byte, 8);
        }
        self.left -= 1;
        Ok(self.byte >> self.left & 1)
    }

    fn skip(&mut self, count: u8, picture: &[u8], repairs: &Repairs) -> Result<(), Stop> {
        (0..count).try_for_each(|_| self.bit(picture, repairs).map(drop))
    }

    /// The next symbol (T.81 figure F.16).
    fn symbol(&mut self, table: &Table, picture: &[u8], repairs: &Repairs) -> Result<u8, Stop> {
        let (mut code, mut first, mut index) = (0_usize, 0_usize, 0_usize);
        for count in table.counts {
            code = code << 1 | usize::from(self.bit(picture, repairs)?);
            let count = usize::from(count);
            if code >= first && code - first < count {
                return table.symbols.get(index + code - first).copied().ok_or(Stop::Broken);
            }
            index += count;
            first = (first + count) << 1;
        }
        Err(Stop::Broken)
    }

    /// Passes over RST.
    fn restart(&mut self, picture: &[u8]) -> Result<(), Stop> {
        self.left = 0;
        if *picture.get(self.at).ok_or(Stop::End)? != 0xff {
            return Err(Stop::Broken);
        }
        while picture.get(self.at) == Some(&0xff) {
            self.at += 1;
        }
        match picture.get(self.at) {
            None => Err(Stop::End),
            Some(0xd0..=0xd7) => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(Stop::Broken),
        }
    }
}

/// A Huffman table: how many codes there are of each length, and what they stand for.
#[derive(Debug)]
struct Table {
    counts: [u8; MAX_CODE_BITS],
    symbols: Box<[u8]>,
}

/// The tables in the contents of a DHT segment, as many as are whole.
fn take_tables(mut segment: &[u8], dc: &mut [Option<Table>; 4], ac: &mut [Option<Table>; 4]) {
    while let [class, rest @ ..] = segment {
        let Some((counts, rest)) = rest.split_first_chunk::<MAX_CODE_BITS>() else { return };
        let symbols = counts.iter().map(|count| usize::from(*count)).sum();
        let Some((symbols, rest)) = rest.split_at_checked(symbols) else { return };
        let tables = if class >> 4 == 0 { &mut *dc } else { &mut *ac };
        if let Some(table) = tables.get_mut(usize::from(class & 15)) {
            *table = Some(Table { counts: *counts, symbols: symbols.into() });
        }
        segment = rest;
    }
}

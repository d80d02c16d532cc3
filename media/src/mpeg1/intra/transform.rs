//! The discrete cosine transform of blocks of 8 by 8 (annex A), as two products of matrices.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Side of a block.
pub(super) const SIDE: usize = 8;
/// Values of a block, row by row.
pub(super) type Block = [f32; SIDE * SIDE];

/// The transform's matrix, its rows and columns exchanged.
#[derive(Debug)]
pub(super) struct Transform {
    transposed: [[f32; SIDE]; SIDE],
}

impl Transform {
    pub(super) fn new() -> Self {
        let mut transposed = [[0.0; SIDE]; SIDE];
        for (place, row) in transposed.iter_mut().enumerate() {
            for (frequency, factor) in row.iter_mut().enumerate() {
                let scale = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
                let angle = (2 * place + 1) as f64 * frequency as f64 * PI / 16.0;
                *factor = (scale / 2.0 * angle.cos()) as f32;
            }
        }
        Self { transposed }
    }

    /// The coefficients of a block, those of higher vertical frequencies further down; the first is eight times the mean.
    pub(super) fn forward(&self, block: &Block) -> Block {
        let rows = self.rows(block);
        let mut columns = [0.0; SIDE * SIDE];
        for (frequencies, values) in self.transposed.iter().zip(rows.chunks_exact(SIDE)) {
            for (out, frequency) in columns.chunks_exact_mut(SIDE).zip(frequencies) {
                out.iter_mut().zip(values).for_each(|(sum, value)| *sum += frequency * value);
            }
        }
        columns
    }

    /// Each row transformed.
    fn rows(&self, block: &Block) -> Block {
        let mut rows = [0.0; SIDE * SIDE];
        for (out, values) in rows.chunks_exact_mut(SIDE).zip(block.chunks_exact(SIDE)) {
            for (value, frequencies) in values.iter().zip(&self.transposed) {
                out.iter_mut().zip(frequencies).for_each(|(sum, frequency)| *sum += frequency * value);
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, term by term.
    fn by_definition(block: &Block) -> Block {
        let scale = |frequency: usize| if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
        let cosine =
            |place: usize, frequency: usize| ((2 * place + 1) as f64 * frequency as f64 * PI / 16.0).cos();
        std::array::from_fn(|at| {
            let (v, u) = (at / SIDE, at % SIDE);
            let terms = (0..SIDE * SIDE).map(|at| {
                let (y, x) = (at / SIDE, at % SIDE);
                f64::from(block[at]) * cosine(x, u) * cosine(y, v)
            });
            (terms.sum::<f64>() * scale(u) * scale(v) / 4.0) as f32
        })
    }

    #[test]
    fn it_is_what_it_is_defined_to_be() {
        let blocks: [(&str, Block); 4] = [
            ("black", [16.0; 64]),
            ("a ramp", std::array::from_fn(|at| (at % SIDE * 30) as f32)),
            ("noise", std::array::from_fn(|at| ((at * 7_919 + 13) % 256) as f32)),
            ("stripes", std::array::from_fn(|at| if (at / SIDE).is_multiple_of(2) { 255.0 } else { 0.0 })),
        ];
        for (name, block) in blocks {
            let (coefficients, expected) = (Transform::new().forward(&block), by_definition(&block));
            for (at, (one, other)) in coefficients.iter().zip(expected).enumerate() {
                assert!((one - other).abs() < 0.01, "{name}, coefficient {at}: {one}, not {other}");
            }
        }
    }
}

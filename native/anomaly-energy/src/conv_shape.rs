//! Geometry of a convolution. Cross-correlation, weights [out][in][ky][kx], zero padding:
//!
//!   z_o(oy, ox) = Σ_c Σ_ky Σ_kx w_ockykx · x_c(oy·s + ky − pad, ox·s + kx − pad)
//!
//! Whatever the stride, this becomes a sum of shifted planes: the padded input is parted by the remainders of row and
//! column mod s into s² planes of `cols` columns, and an output at flat position i = oy·cols + ox reads each tap at i
//! plus the tap's offset. Positions behind the last column of a row (`cols` − ow of them) are computed or not, and
//! not used.

/// Elements behind a plane that the last vector may read or write.
pub const SLACK: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    /// 1 or 2.
    pub stride: usize,
    pub pad: usize,
    pub height: usize,
    pub width: usize,
}

impl Shape {
    /// v / s; rows are parted often, and a division takes as long as part of a row.
    fn by_stride(&self, v: usize) -> usize {
        v >> (self.stride - 1)
    }

    /// v mod s.
    fn phase_of(&self, v: usize) -> usize {
        v & (self.stride - 1)
    }

    pub fn out_height(&self) -> usize {
        self.by_stride(self.height + 2 * self.pad - self.kernel) + 1
    }

    pub fn out_width(&self) -> usize {
        self.by_stride(self.width + 2 * self.pad - self.kernel) + 1
    }

    /// Outputs per channel.
    pub fn places(&self) -> usize {
        self.out_height() * self.out_width()
    }

    pub fn in_size(&self) -> usize {
        self.inputs * self.height * self.width
    }

    pub fn out_size(&self) -> usize {
        self.outputs * self.places()
    }

    /// Weights of a pair of channels.
    pub fn taps(&self) -> usize {
        self.kernel * self.kernel
    }

    pub fn weights(&self) -> usize {
        self.outputs * self.inputs * self.taps()
    }

    /// Rows, and columns, of a plane beyond those of the output.
    pub fn reach(&self) -> usize {
        self.by_stride(self.kernel - 1)
    }

    pub fn rows(&self) -> usize {
        self.out_height() + self.reach()
    }

    pub fn cols(&self) -> usize {
        self.out_width() + self.reach()
    }

    /// Planes per input channel.
    pub fn phases(&self) -> usize {
        self.stride * self.stride
    }

    /// Elements from plane to plane.
    pub fn plane(&self) -> usize {
        self.rows() * self.cols() + SLACK
    }

    /// Elements of the parted input.
    pub fn planes(&self) -> usize {
        self.inputs * self.phases() * self.plane()
    }

    /// Elements from channel to channel of outputs at flat positions.
    pub fn flat(&self) -> usize {
        self.out_height() * self.cols() + SLACK
    }

    /// Zeros in front of a channel of output gradients: what taps reach back to.
    pub fn margin(&self) -> usize {
        self.reach() * (self.cols() + 1)
    }

    /// Elements from channel to channel of output gradients: zeros, the rows, zeros.
    pub fn gradient(&self) -> usize {
        self.margin() + self.plane()
    }

    /// Plane of tap (ky, kx) and the tap's offset in it.
    pub fn tap(&self, index: usize) -> (usize, usize) {
        let (ky, kx) = (index / self.kernel, index % self.kernel);
        let s = self.stride;
        (ky % s * s + kx % s, ky / s * self.cols() + kx / s)
    }
}

/// A block of positions: `rows` rows of `width`, from `first` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    pub first: usize,
    pub rows: usize,
    pub width: usize,
}

impl Shape {
    pub fn outputs_block(&self) -> Block {
        Block { first: 0, rows: self.out_height(), width: self.out_width() }
    }

    /// What of an input plane is not padding.
    pub fn phase_block(&self, phase: usize) -> Block {
        // Lines l of the plane with 0 ≤ l·s + phase − pad < length.
        let lines = |length: usize, phase: usize, most: usize| {
            let first = self.pad.saturating_sub(phase).div_ceil(self.stride);
            let end = (length + self.pad).saturating_sub(phase).div_ceil(self.stride).min(most);
            (first, end.saturating_sub(first))
        };
        let (top, rows) = lines(self.height, phase / self.stride, self.rows());
        let (left, width) = lines(self.width, phase % self.stride, self.cols());
        Block { first: top * self.cols() + left, rows, width }
    }
}

/// First elements of the vectors that cover a block of positions whose rows are `cols` apart: row by row, or all in one
/// line when that takes fewer. In ascending order, because a vector may write over the beginning of the next row.
pub fn positions(block: Block, cols: usize, lanes: usize, at: &mut Vec<usize>) {
    let Block { first, rows, width } = block;
    at.clear();
    if rows == 0 || width == 0 {
        return;
    }
    let line = (rows - 1) * cols + width;
    if rows * width.div_ceil(lanes) <= line.div_ceil(lanes) {
        at.extend((0..rows).flat_map(|y| (0..width).step_by(lanes).map(move |x| first + y * cols + x)));
    } else {
        at.extend((first..first + line).step_by(lanes));
    }
}

/// Where the columns of row y lie: for each plane its begin of the row, the row's first column in it, the first place
/// and how many there are.
fn runs(shape: &Shape, y: usize, length: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let (s, cols, plane) = (shape.stride, shape.cols(), shape.plane());
    let padded = y + shape.pad;
    let (phase, line) = (shape.phase_of(padded) * s, shape.by_stride(padded));
    let planes = if line < shape.rows() { s } else { 0 };
    let (parity, pad) = (shape.phase_of(shape.pad), shape.pad);
    (0..planes).map(move |px| {
        // Columns x with x + pad = s·rx + px.
        let first = (px + s - parity) & (s - 1);
        let skip = (first + pad) >> (s - 1);
        let count = ((length + s - 1).saturating_sub(first) >> (s - 1)).min(cols.saturating_sub(skip));
        ((phase + px) * plane + line * cols + skip, first, count)
    })
}

/// Parts a channel's rows into its padded planes, whose padding is zero already.
pub fn part_row(shape: &Shape, y: usize, row: &[f32], planes: &mut [f32]) {
    for (at, first, count) in runs(shape, y, row.len()) {
        let to = &mut planes[at..at + count];
        if shape.stride == 1 {
            to.copy_from_slice(&row[first..first + count]);
            continue;
        }
        let (last, to) = to.split_last_mut().map_or((None, &mut [][..]), |(last, to)| (Some(last), to));
        let pairs = &row[first.min(row.len())..];
        if let Some(last) = last {
            *last = pairs[2 * to.len()];
        }
        for (to, pair) in to.iter_mut().zip(pairs.chunks_exact(2)) {
            *to = pair[0];
        }
    }
}

/// A row of the input gradient from the planes of its channel; what no output has seen gets 0.
pub fn gather_row(shape: &Shape, y: usize, planes: &[f32], row: &mut [f32]) {
    row.fill(0.0);
    for (at, first, count) in runs(shape, y, row.len()) {
        let from = &planes[at..at + count];
        if shape.stride == 1 {
            row[first..first + count].copy_from_slice(from);
            continue;
        }
        let Some((&last, from)) = from.split_last() else { continue };
        let pairs = &mut row[first..];
        pairs[2 * from.len()] = last;
        for (pair, &v) in pairs.chunks_exact_mut(2).zip(from) {
            pair[0] = v;
        }
    }
}

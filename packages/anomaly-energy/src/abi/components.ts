/** Rows of the topic `components`: connected regions of masks. */
import { input, output, row, scratch, span, u32 } from '@ukernels/runtime'

export const componentRows = {
  /**
   * Labels of the connected regions of non-zero pixels, image by image: 0 is background, regions are 1, 2, … in raster order
   * of their first pixel. connectivity: 4 or 8. counts[i] is the number of regions of image i. Two passes with
   * union-find over runs of pixels; scratch holds a parent per run.
   */
  components: row([
    input('masks', 'u8', 'n * h * w'),
    u32('n'),
    u32('h'),
    u32('w'),
    u32('connectivity', 4, 8),
    output('labels', 'i32', 'n * h * w'),
    output('counts', 'u32', 'n'),
    scratch('parents', 'u32', 'h * ((w + 1) / 2)'),
    span('n', 1),
  ]),
}

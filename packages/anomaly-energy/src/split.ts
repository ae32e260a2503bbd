/** Which good images are kept from the fit, for calibration. */
import { checkOptions, Philox, unit32 } from '@ukernels/runtime'
import { type Batch, imageOf, shapeOf } from './batch.js'
import { batchesOf, type Images } from './image-stream.js'

/** Draws of the images that are kept for calibration. */
const TAG_SPLIT = 10
const MOST_CALIBRATION = 512

/** Images one by one; those of the calibration go into `kept`. One batch is split exactly, a stream by chance. */
export async function* splitImages(images: Images, share: number, seed: string, kept: Batch[]): AsyncGenerator<Batch> {
  const random = new Philox(BigInt(seed))
  const word = (i: number) => random.word(i, { tag: TAG_SPLIT })
  checkOptions(images, 'images')
  const single = 'data' in images ? (images as Batch) : undefined
  const chosen = single && exactSplit(shapeOf('images', single)[0], share, word)
  let index = 0
  for await (const batch of batchesOf(images)) {
    const [n] = shapeOf('images', batch)
    for (let i = 0; i < n; i++, index++) {
      const image = imageOf(batch, i)
      const held = chosen ? chosen.has(index) : unit32(word(index)) < share && kept.length < MOST_CALIBRATION
      if (held) kept.push({ data: image.data.slice(), shape: image.shape })
      else yield image
    }
  }
}

/** The images with the smallest words: a share of n, one at least, not all. */
function exactSplit(n: number, share: number, word: (i: number) => number): Set<number> {
  if (share === 0) return new Set()
  const count = Math.min(Math.max(1, Math.round(share * n)), n - 1, MOST_CALIBRATION)
  const words = Array.from({ length: n }, (_, i) => word(i))
  return new Set([...words.keys()].sort((a, b) => words[a] - words[b] || a - b).slice(0, Math.max(0, count)))
}

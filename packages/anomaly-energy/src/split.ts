/** Which good images are kept from the fit, for calibration. */
import { Philox, rangeError, unit32 } from '@ukernels/runtime'
import { type Batch, imageOf } from './batch.js'
import { scoresFor } from './calibrate.js'

/** Draws of the images that are kept for calibration: one per image, and one per image beyond the most. */
const TAG_SPLIT = 10
const TAG_REPLACE = 11
export const MOST_CALIBRATION = 512

/** How many of n images calibrate: their share, rounded; of two or more at least one, and never all. */
const countOf = (n: number, share: number): number =>
  share === 0 || n < 2 ? 0 : Math.min(Math.max(1, Math.round(share * n)), n - 1)

/** How many of n good images a fit keeps for calibration. */
export const keptOf = (n: number, share: number): number => Math.min(countOf(n, share), MOST_CALIBRATION)

/** The fewest good images of which a fit keeps as many as a rate takes; undefined where it never keeps so many. */
export function imagesFor(fpr: number, share: number, weight = 1): number | undefined {
  const needed = scoresFor(fpr, weight)
  if (needed > MOST_CALIBRATION) return undefined
  return needed <= 1 ? 2 : Math.max(needed + 1, Math.ceil((needed - 0.5) / share - 1e-9))
}

/**
 * Images one by one; those of the calibration go into `kept`. A batch and a stream of the same images are split alike.
 *
 * `countOf` grows by 0 or 1 per image. Where it grows a group of images ends, and one of each group, every one as
 * likely, calibrates: it waits aside until its group is over, and goes to the fit when a later one of the group takes
 * its place (the j-th, from 1, does with probability 1 / j). So the count is right wherever the stream ends, and one
 * image of it is held at a time. From 512 on a newly chosen image, the m-th, replaces one of the kept with probability
 * 512 / m: a sample of the whole stream in the same memory.
 */
export async function* splitImages(
  images: AsyncIterable<Batch>,
  share: number,
  seed: string,
  kept: Batch[],
): AsyncGenerator<Batch> {
  const random = new Philox(BigInt(seed))
  const draw = (i: number, tag: number) => unit32(random.word(i, { tag }))
  let aside: Batch | undefined
  let begin = 0
  let index = 0
  for await (const batch of images) {
    const [n] = batch.shape
    for (let i = 0; i < n; i++, index++) {
      const image = imageOf(batch, i)
      if (share === 0 || draw(index, TAG_SPLIT) * (index - begin + 1) >= 1) yield image
      else {
        if (aside) yield aside
        aside = { data: image.data.slice(), shape: image.shape }
      }
      const chosen = countOf(index + 1, share)
      if (aside === undefined || chosen === countOf(index, share)) continue
      const at = chosen <= MOST_CALIBRATION ? kept.length : Math.floor(draw(index, TAG_REPLACE) * chosen)
      const left = at < MOST_CALIBRATION ? kept[at] : aside
      if (at < MOST_CALIBRATION) kept[at] = aside
      if (left) yield left
      aside = undefined
      begin = index + 1
    }
  }
  if (aside) yield aside
}

/** Throws when a rate takes more calibration images than the n that a share of the fit's, or `calibrate`, gave. */
export function checkCalibration(
  { fpr, weight }: { fpr: number | undefined; weight: number },
  n: number,
  share?: number,
): void {
  if (fpr === undefined || share === 0 || n >= scoresFor(fpr, weight)) return
  const needed = scoresFor(fpr, weight)
  const enough = share === undefined ? undefined : imagesFor(fpr, share, weight)
  const more = enough ? `fit at least ${enough} good images` : `a fit keeps at most ${MOST_CALIBRATION}`
  const remedy = share === undefined ? '' : `: ${more}, or fit with calibration 0 and give ${needed} to calibrate()`
  const tails = weight === 1 ? '' : ` with weight ${weight}`
  throw rangeError(`fpr ${fpr}${tails} takes ${needed} calibration images, got ${n}${remedy}`)
}

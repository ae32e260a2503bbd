/** One batch of images, or any number of them. */
import type { Batch } from './batch.js'

/** Batches of good images: one, or any number of them one after the other. */
export type Images = Batch | Iterable<Batch> | AsyncIterable<Batch>

/** The batches of an argument. */
export async function* batchesOf(images: Images): AsyncGenerator<Batch> {
  if (typeof images === 'object' && images !== null && (Symbol.asyncIterator in images || Symbol.iterator in images))
    yield* images as AsyncIterable<Batch>
  else yield images as Batch
}

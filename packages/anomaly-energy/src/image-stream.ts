/** One batch of images, or any number of them. */
import { type Batch, ownedBatch } from './batch.js'

/** Batches of good images: one, or any number of them one after the other. */
export type Images = Batch | Iterable<Batch> | AsyncIterable<Batch>

/** The batches of an argument, as the fit's own. */
export async function* batchesOf(images: Images): AsyncGenerator<Batch> {
  if (typeof images === 'object' && images !== null && (Symbol.asyncIterator in images || Symbol.iterator in images))
    for await (const batch of images as AsyncIterable<Batch>) yield ownedBatch(batch)
  else yield ownedBatch(images as Batch)
}

/** Reading a model's settings and tensors out of a file, each checked. */
import { corrupt, type ModelFile, type Tensor } from './model-file.js'

/** Trouble inside of the header is told with its offset. */
const HEADER_AT = 16

/** A number of the settings within bounds. */
export function numberField(file: ModelFile, name: string, fits: (v: number) => boolean, expected: string): number {
  const value = file.settings[name]
  if (typeof value !== 'number' || !fits(value))
    throw corrupt(`settings.${name} of a ${file.kind} must be ${expected}, got ${JSON.stringify(value)}`, HEADER_AT)
  return value
}

/** An integer of the settings. */
export const integerField = (file: ModelFile, name: string, least: number, most: number): number =>
  numberField(file, name, (v) => Number.isInteger(v) && v >= least && v <= most, `an integer from ${least} to ${most}`)

/** One of some names. */
export function nameField<T extends string>(file: ModelFile, name: string, names: readonly T[]): T {
  const value = file.settings[name] as T
  if (!names.includes(value))
    throw corrupt(`settings.${name} of a ${file.kind} must be one of ${names.join(', ')}`, HEADER_AT)
  return value
}

/** A tensor of a kind and exact length, all of it finite where it is floating. */
export function tensorField<T extends Tensor>(
  file: ModelFile,
  name: string,
  Type: { new (n: number): T },
  length: number,
): T {
  const tensor = Object.hasOwn(file.tensors, name) ? file.tensors[name].data : undefined
  if (!(tensor instanceof Type) || tensor.length !== length)
    throw corrupt(`a ${file.kind} must have a tensor '${name}' of ${length} numbers`, HEADER_AT)
  if (!(tensor instanceof Uint8Array || tensor instanceof Uint32Array)) {
    for (const value of tensor as Float32Array)
      if (value - value !== 0) throw corrupt(`tensor '${name}' must be finite`, HEADER_AT)
  }
  return tensor
}

/** How many numbers a tensor has; 0 when there is none. */
export const lengthOf = (file: ModelFile, name: string): number =>
  Object.hasOwn(file.tensors, name) ? file.tensors[name].data.length : 0

/** What suites need of Node, Bun or Deno. A page's bundle has platform-page.ts in its place. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Binaries } from '@ukernels/test-kit/backends'
import { binariesIn } from '@ukernels/test-kit/binaries'
import { gradients } from '@ukernels/test-kit/generator'

const packageFolder = (kernel: string) => new URL(`../../../packages/${kernel}/`, import.meta.url)

/** Processors for threads. */
export const cores = (): number => availableParallelism()

/** Nanoseconds that a sample takes at least: many times the clock's step. */
export const leastSample = 120_000

/** What a kernel's package resolves its addon and its module to. */
export const binaries = async (kernel: string): Promise<Binaries> => binariesIn(packageFolder(kernel), kernel)

/** A kernel's table and its samples. The table isn't part of the public API: only benchmarks and tests read it. */
export const openTable = <T>(kernel: string): Promise<T> => import(new URL('dist/abi.js', packageFolder(kernel)).href)

/** The first n elements of G(2^24, seed 1), made once and kept in a file of raw f32. */
export function loadGradients(folder: string, n: number): Float32Array {
  const path = join(folder, `gradients-${n}.f32`)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    const made = `${path}.${process.pid}`
    writeFileSync(made, new Uint8Array(gradients(n, 1).buffer))
    renameSync(made, path)
  }
  return new Float32Array(Uint8Array.from(readFileSync(path)).buffer)
}

/** First 16 hexadecimal digits of the SHA-256 of some views, one after the other. */
export function digest(...views: ArrayBufferView[]): string {
  const hash = createHash('sha256')
  for (const view of views) hash.update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  return hash.digest('hex').slice(0, 16)
}

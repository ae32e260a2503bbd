// Times the peers in JavaScript once, in this process, and writes what they took as JSON; see peers.py beside it.
//
//   node peers.mjs '{ "data": FOLDER, "out": FILE, "seconds": 0.2, "model": FILE, "packages": FOLDER }'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { formats } from '@ukernels/gradient-quantization'
import { loadGradients } from '../../dist/harness/data.js'
import * as plain from '../../dist/plain/gradient-quantization.js'

const job = JSON.parse(process.argv[2])
const require = createRequire(join(job.packages, 'package.json'))
const N = 256 * 1024
const x = loadGradients(job.data, N)
const bits = new Uint32Array(x.buffer)
const results = []
const absent = []

const digest = (view) =>
  createHash('sha256')
    .update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    .digest('hex')
    .slice(0, 16)

/** Nanoseconds of a call: median of at least five, for as long as asked, after a second that warms up. */
async function timed(run) {
  const warm = performance.now() + 1000
  while (performance.now() < warm) await run()
  const samples = []
  const end = performance.now() + job.seconds * 1000
  while (samples.length < 5 || performance.now() < end) {
    const start = process.hrtime.bigint()
    const pending = run()
    if (pending) await pending
    samples.push(Number(process.hrtime.bigint() - start))
  }
  return samples.sort((a, b) => a - b)[samples.length >> 1]
}

async function add(peer, version, operation, run, found) {
  const ns = (await timed(run)) / N
  results.push({ peer, version, operation, n: N, threads: 1, ns, digest: found?.() ?? null })
}

/** A peer that can't be loaded or fails is absent, not beaten. */
async function attempt(peer, measure) {
  try {
    await measure()
  } catch (error) {
    absent.push({ peer, reason: String(error).slice(0, 300) })
  }
}

await attempt('plain JavaScript', async () => {
  const codes = new Uint8Array(N)
  const version = process.version
  const coded = () => digest(codes)
  await add(
    'plain JavaScript',
    version,
    'encode e4m3fn rne, bytes',
    () => plain.encodeRne(bits, formats.e4m3fn, codes),
    coded,
  )
  await add(
    'plain JavaScript',
    version,
    'encode e4m3fn sr',
    () => plain.encodeSr(bits, formats.e4m3fn, 7, codes),
    coded,
  )
  let sums
  const sum = () => {
    sums = plain.stats(bits)
  }
  await add('plain JavaScript', version, 'stats', sum, () => `${sums.count} ${sums.zeros} ${sums.sumL} ${sums.sumL2}`)
})

await attempt('@petamoriken/float16', async () => {
  const { Float16Array } = require('@petamoriken/float16')
  const { version } = JSON.parse(
    readFileSync(join(job.packages, 'node_modules/@petamoriken/float16/package.json'), 'utf8'),
  )
  const half = Float16Array.from(x)
  const wide = new Float32Array(N)
  const widen = () => {
    for (let i = 0; i < N; i++) wide[i] = half[i]
  }
  await add('@petamoriken/float16, widening alone', version, 'widen f16, encode e4m3fn rne', widen)
})

await attempt('onnxruntime-node', async () => {
  const { InferenceSession, Tensor } = require('onnxruntime-node')
  const { version } = JSON.parse(readFileSync(join(job.packages, 'node_modules/onnxruntime-node/package.json'), 'utf8'))
  const session = await InferenceSession.create(job.model, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const feeds = { x: new Tensor('float32', x, [N]) }
  const y = new Tensor('float32', new Float32Array(N), [N])
  const run = () => session.run(feeds, { y })
  await add('onnxruntime-node', version, 'cast to e4m3fn and back', run, () => digest(y.data))
})

writeFileSync(job.out, JSON.stringify({ results, absent }))

// Times the peers in JavaScript once, in this process, and writes what they took as JSON; see peers.py beside it, which
// left the results that these are compared with.
//
//   node peers.mjs '{ "data": FOLDER, "out": FILE, "seconds": 0.2, "packages": FOLDER, "bounds": {…} }'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { defaultLayers, load as loadKernel } from '@ukernels/anomaly-energy'
import { AGREES, agreement } from '../../dist/harness/agreement.js'
import { readReference, referenceFile } from '../../dist/harness/reference.js'

const job = JSON.parse(process.argv[2])
const require = createRequire(join(job.packages, 'package.json'))
const versionOf = (name) =>
  JSON.parse(readFileSync(join(job.packages, 'node_modules', name, 'package.json'), 'utf8')).version
const results = []
const absent = []

const bytes = (name) => Uint8Array.from(readFileSync(join(job.data, `anomaly-${name}`)))
const floats = (name) => new Float32Array(bytes(name).buffer)
const rowsOf = (x, d) => Array.from({ length: x.length / d }, (_, i) => Array.from(x.subarray(i * d, (i + 1) * d)))

/** Nanoseconds of one call. */
function nanoseconds(run) {
  const start = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - start)
}

/** Nanoseconds of a call: median of at least three, for as long as asked. */
function timed(run) {
  const samples = []
  const end = performance.now() + job.seconds * 1000
  while (samples.length < 3 || performance.now() < end) samples.push(nanoseconds(run))
  return samples.sort((a, b) => a - b)[samples.length >> 1]
}

/** A call that takes longer needs no warm-up and isn't repeated. */
const LONG = 3e9

const reasonOf = (error) => (error.code === 'MODULE_NOT_FOUND' ? 'could not be installed' : String(error).slice(0, 300))

/** A peer that can't be loaded, fails or computes something else is absent, not beaten. */
async function attempt(peer, name, operation, open, quality = '') {
  try {
    const { run, result } = await open()
    const first = nanoseconds(run)
    if (result) {
      const expected = readReference(job.data, operation)
      const verdict = expected ? agreement(expected, result(), job.bounds[operation][0]) : AGREES
      if (verdict !== AGREES) throw new Error(`${operation}: ${verdict}`)
    }
    const ns = first > LONG ? first : timed(run)
    results.push({ peer, version: versionOf(name) + quality, operation, n: 1, threads: 1, ns, digest: null })
    console.error(`${peer}: ${operation}, ${(ns / 1e6).toFixed(3)} ms`)
  } catch (error) {
    absent.push({ peer: `${peer}: ${operation}`, reason: reasonOf(error) })
  }
}

const NEAREST = 'nearest neighbor, 784 in 10,000 × 384'
const FORESTS = 'fit and score, 6000 × 784'

await attempt('ml-pca', 'ml-pca', 'FRE, 6000 × 784', () => {
  const { PCA } = require('ml-pca')
  const train = rowsOf(floats('train.f32'), 784)
  let pca
  const fit = () => {
    pca = new PCA(train, { method: 'covarianceMatrix' })
  }
  const residuals = () => {
    const test = rowsOf(floats('test.f32'), 784)
    const means = pca.toJSON().means
    const components = pca.predict(test, { nComponents: 24 }).to2DArray()
    return test.map((row, i) => {
      const total = row.reduce((sum, v, j) => sum + (v - means[j]) ** 2, 0)
      return components[i].reduce((sum, z) => sum - z * z, total)
    })
  }
  return { run: fit, result: residuals }
})

await attempt('faiss-node', 'faiss-node', NEAREST, () => {
  const { IndexFlatL2 } = require('faiss-node')
  const queries = Array.from(floats('queries.f32'))
  const index = new IndexFlatL2(384)
  index.add(Array.from(floats('bank.f32')))
  const search = () => index.search(queries, 1)
  return { run: () => void search(), result: () => search().distances.map(Math.sqrt) }
})

/** Share of the queries for which an approximate index finds the true distance; it stands beside its version. */
const recallOf = (distances) => {
  const exact = readReference(job.data, NEAREST)
  if (!exact) return 'unknown'
  return (distances.filter((v, i) => Math.abs(v - exact[i]) <= 1e-3 * exact[i]).length / exact.length).toFixed(3)
}

/** Approximate indexes: as many neighbors as asked for, but not always the nearest. */
async function approximate(name, open) {
  try {
    const search = open()
    await attempt(name, name, NEAREST, () => ({ run: () => void search() }), `, recall ${recallOf(search())}`)
  } catch (error) {
    absent.push({ peer: name, reason: reasonOf(error) })
  }
}

await approximate('hnswlib-node', () => {
  const { HierarchicalNSW } = require('hnswlib-node')
  const index = new HierarchicalNSW('l2', 384)
  const bank = rowsOf(floats('bank.f32'), 384)
  index.initIndex(bank.length)
  bank.forEach((row, i) => {
    index.addPoint(row, i)
  })
  const queries = rowsOf(floats('queries.f32'), 384)
  return () => queries.map((row) => Math.sqrt(index.searchKnn(row, 1).distances[0]))
})

await approximate('usearch', () => {
  const { Index, MetricKind } = require('usearch')
  const index = new Index({ metric: MetricKind.L2sq, connectivity: 16, dimensions: 384 })
  const bank = floats('bank.f32')
  index.add(
    BigUint64Array.from({ length: bank.length / 384 }, (_, i) => BigInt(i)),
    bank,
    1,
  )
  const queries = floats('queries.f32')
  return () => Array.from(index.search(queries, 1, 1).distances, Math.sqrt)
})

const kernel = await loadKernel({ backend: 'wasm' })
const labels = bytes('test-labels.u8')
const auroc = (scores) => kernel.metrics.auroc(Float32Array.from(scores), labels)
let best = 0

/** A forest's ranking is its own; how well it separates stands beside its version, and is what the kernel must beat. */
async function forest(name, open) {
  try {
    const train = floats('train.f32')
    const test = floats('test.f32')
    const run = open(train, test)
    const reached = auroc(run())
    best = Math.max(best, reached)
    await attempt(name, name, FORESTS, () => ({ run: () => void run() }), `, AUROC ${reached.toFixed(3)}`)
  } catch (error) {
    absent.push({ peer: name, reason: reasonOf(error) })
  }
}

await forest('isolation-forest', (train, test) => {
  const { IsolationForest } = require('isolation-forest')
  const objects = (x) => rowsOf(x, 784).map((row) => Object.fromEntries(row.map((v, j) => [`f${j}`, v])))
  const [fitted, scored] = [objects(train), objects(test)]
  return () => {
    const trees = new IsolationForest(100, 256)
    trees.fit(fitted)
    return trees.predict(scored)
  }
})

await forest('ml-isolation-forest', (train, test) => {
  const { IsolationForest } = require('ml-isolation-forest')
  const [fitted, scored] = [rowsOf(train, 784), rowsOf(test, 784)]
  return () => {
    const trees = new IsolationForest({ nEstimators: 100 })
    trees.train(fitted)
    return trees.predict(scored)
  }
})

writeFileSync(referenceFile(job.data, FORESTS), new Uint8Array(Float64Array.of(best).buffer))

/** Layers [kernel tensor, bias, stride, pad] from the flat parameters; TensorFlow's kernels are [ky][kx][in][out]. */
function tensors(tf) {
  const flat = floats('net.f32')
  let [at, inputs] = [0, 1]
  return defaultLayers.map(({ out, kernel: k, stride, pad, act }) => {
    const size = out * inputs * k * k
    const weights = tf.transpose(tf.tensor4d(flat.slice(at, at + size), [out, inputs, k, k]), [2, 3, 1, 0])
    const bias = tf.tensor1d(flat.slice(at + size, at + size + out))
    at += size + out
    inputs = out
    return { weights, bias, stride, pad, act }
  })
}

async function tensorflow(backend) {
  const operation = 'ConvEnergy gradient, 32 of 32 × 32'
  await attempt(`@tensorflow/tfjs, ${backend}`, '@tensorflow/tfjs', operation, async () => {
    const tf = require('@tensorflow/tfjs')
    if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm').setThreadsCount(1)
    await tf.setBackend(backend)
    await tf.ready()
    const layers = tensors(tf)
    const images = tf.tensor4d(floats('image-32.f32'), [32, 32, 32, 1])
    const energy = (x) =>
      tf.sum(
        layers.reduce(
          (a, { weights, bias, stride, pad, act }) => {
            const z = tf.add(tf.conv2d(a, weights, stride, pad), bias)
            return act === 'none' ? z : tf.mul(z, tf.sigmoid(z))
          },
          tf.sub(tf.mul(x, 2), 1),
        ),
      )
    const gradient = tf.grad(energy)
    const run = () => {
      const g = gradient(images)
      const read = g.dataSync()
      g.dispose()
      return read
    }
    return { run: () => tf.tidy(() => void run()), result: run }
  })
}

await tensorflow('cpu')
await tensorflow('wasm')
kernel.dispose()
writeFileSync(job.out, JSON.stringify({ results, absent }))

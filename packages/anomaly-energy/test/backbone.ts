/**
 * A pretrained network for tests: the MobileNetV2 of nsfwjs (ImageNet, then tuned for another task: its features are
 * generic), run by TensorFlow.js. Installed on demand into .cache/backbone, outside the workspaces; no package depends on it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FeatureExtractor, fromTfjs, type TfLibrary, type TfTensor } from '@ukernels/anomaly-energy'

const TFJS = '4.22.0'
const packages = {
  nsfwjs: '4.4.0',
  '@tensorflow/tfjs-backend-wasm': TFJS,
  '@tensorflow/tfjs-core': TFJS,
  '@tensorflow/tfjs-layers': TFJS,
}

/** What is used of tfjs-core. */
interface Tf extends TfLibrary {
  setBackend(name: string): Promise<boolean>
  tidy<T>(work: () => T): T
  tile(x: TfTensor, times: number[]): TfTensor
  avgPool(x: TfTensor, size: number, stride: number, pad: 'valid'): TfTensor
  memory(): { numTensors: number }
}
interface Network {
  inputs: unknown
  getLayer(name: string): { output: unknown }
  predict(x: TfTensor): TfTensor[]
}
interface Layers {
  loadLayersModel(io: { load(): Promise<unknown> }): Promise<Network>
  model(ends: { inputs: unknown; outputs: unknown[] }): Network
}

/** Channels of the levels: 56² × 144 pooled 2 × 2, 28² × 192. */
const LEVELS = ['block_3_expand_relu', 'block_6_expand_relu']
export const FEATURES = 144 + 192

/** Folder of the packages; undefined where they can't be installed. */
export function installBackbone(): string | undefined {
  const folder = join(fileURLToPath(import.meta.url), '../../../../.cache/backbone')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }))
  // Its peer is all of tfjs, of which the network needs these parts.
  const options = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  return spawnSync(npm, ['install', '--prefix', folder, ...options], { stdio: 'inherit' }).status === 0
    ? folder
    : undefined
}

/** The network as an extractor of features of gray images of 224 × 224, and how many tensors are alive. */
export async function openBackbone(folder: string): Promise<{ features: FeatureExtractor; tensors: () => number }> {
  const load = createRequire(join(folder, 'package.json'))
  const tf: Tf = load('@tensorflow/tfjs-core')
  const layers: Layers = load('@tensorflow/tfjs-layers')
  load('@tensorflow/tfjs-backend-wasm').setWasmPaths(join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'))
  await tf.setBackend('wasm')
  const files = join(folder, 'node_modules/nsfwjs/dist/models/mobilenet_v2')
  const { modelTopology, weightsManifest } = load(join(files, 'model.min.js'))
  const bytes = Uint8Array.from(Buffer.from(load(join(files, 'group1-shard1of1.min.js')), 'base64'))
  const whole = await layers.loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData: bytes.buffer }),
  })
  const network = layers.model({
    inputs: whole.inputs,
    outputs: LEVELS.map((name) => whole.getLayer(name).output),
  })
  const run = (gray: TfTensor): TfTensor[] =>
    tf.tidy(() => {
      const [fine, coarse] = network.predict(tf.tile(gray, [1, 1, 1, 3]))
      return [tf.avgPool(fine, 2, 2, 'valid'), coarse]
    })
  return { features: fromTfjs(tf, { run }), tensors: () => tf.memory().numTensors }
}

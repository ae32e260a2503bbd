/** What anomaly-energy does, in plain JavaScript as one would write it by hand: the same bits where it says so. */

/** Free energies of rows of k logits, in f64. */
export function freeEnergy(logits: Float32Array, k: number, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    let largest = -Infinity
    for (let j = i * k; j < (i + 1) * k; j++) if (logits[j] > largest) largest = logits[j]
    let sum = 0
    for (let j = i * k; j < (i + 1) * k; j++) sum += Math.exp(logits[j] - largest)
    out[i] = -largest - Math.log(sum)
  }
}

/** Gaussian blur of an h × w image with weights at distances 0 … r, edge pixels repeated in the mirror; f64 sums. */
export function blur(x: Float32Array, h: number, w: number, taps: Float64Array, out: Float32Array): void {
  const mirror = (i: number, n: number): number => (i < 0 ? mirror(-1 - i, n) : i >= n ? mirror(2 * n - 1 - i, n) : i)
  const half = new Float32Array(x.length)
  const pass = (from: Float32Array, to: Float32Array, n: number, stride: number, m: number, across: number) => {
    for (let a = 0; a < m; a++) {
      for (let u = 0; u < n; u++) {
        const base = a * across
        let sum = taps[0] * from[base + u * stride]
        for (let k = 1; k < taps.length; k++)
          sum += taps[k] * (from[base + mirror(u - k, n) * stride] + from[base + mirror(u + k, n) * stride])
        to[base + u * stride] = sum
      }
    }
  }
  pass(x, half, h, w, w, 1)
  pass(half, out, w, 1, h, w)
}

/** Area under the ROC curve, ties count ½; the same bits as the kernel. */
export function auroc(s: Float32Array, y: Uint8Array): number {
  const order = Uint32Array.from(s.keys()).sort((a, b) => s[a] - s[b])
  let [doubled, below, positives] = [0, 0, 0]
  for (let i = 0; i < order.length; ) {
    let [p, n] = [0, 0]
    const score = s[order[i]]
    for (; i < order.length && s[order[i]] === score; i++) y[order[i]] ? p++ : n++
    doubled += p * (2 * below + n)
    below += n
    positives += p
  }
  return doubled / (2 * positives * below)
}

/** Labels of the 8-connected regions of a mask, in raster order, by flood fill; the same bits as the kernel. */
export function components(mask: Uint8Array, h: number, w: number, labels: Int32Array): number {
  labels.fill(0)
  const stack: number[] = []
  let count = 0
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || labels[start]) continue
    labels[start] = ++count
    stack.push(start)
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [y, x] = [Math.floor(at / w), at % w]
      for (let v = Math.max(0, y - 1); v <= Math.min(h - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(w - 1, x + 1); u++) {
          if (!mask[v * w + u] || labels[v * w + u]) continue
          labels[v * w + u] = count
          stack.push(v * w + u)
        }
      }
    }
  }
  return count
}

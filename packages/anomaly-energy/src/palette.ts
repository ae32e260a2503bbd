/** Color palettes of 256 entries. */

export type Palette = 'inferno' | 'gray'
export const palettes: readonly Palette[] = ['inferno', 'gray']

/**
 * matplotlib's inferno (CC0) as polynomials of degree 6 per channel, by Matt Zucker (CC0): within 2 % of the table.
 * Coefficients of red, green, blue from t⁰ to t⁶.
 */
const INFERNO = [
  [
    0.0002189403691192265, 0.1065134194856116, 11.60249308247187, -41.70399613139459, 77.162935699427,
    -71.31942824499214, 25.13112622477341,
  ],
  [
    0.001651004631001012, 0.5639564367884091, -3.972853965665698, 17.43639888205313, -33.40235894210092,
    32.62606426397723, -12.24266895238567,
  ],
  [
    -0.01948089843709184, 3.932712388889277, -15.9423941062914, 44.35414519872813, -81.80730925738993,
    73.20951985803202, -23.07032500287172,
  ],
]

const made: Partial<Record<Palette, Uint8Array>> = {}

/** 256 colors as RGBA bytes. */
export function paletteBytes(palette: Palette): Uint8Array {
  const known = made[palette]
  if (known) return known
  const bytes = new Uint8Array(1024)
  for (let i = 0; i < 256; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const t = i / 255
      const value = palette === 'gray' ? t : INFERNO[channel].reduceRight((sum, c) => sum * t + c, 0)
      bytes[4 * i + channel] = Math.max(0, Math.min(255, Math.floor(255 * value + 0.5)))
    }
    bytes[4 * i + 3] = 255
  }
  made[palette] = bytes
  return bytes
}

declare module 'mnist' {
  /** The digits of one label: `length` images of 28 × 28 values from 0 to 1, one after the other. */
  interface DigitSet {
    readonly id: number
    readonly length: number
    readonly raw: readonly number[]
  }
  const mnist: readonly DigitSet[]
  export default mnist
}

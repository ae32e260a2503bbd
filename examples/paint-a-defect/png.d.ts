declare module '*.png' {
  /** Its bytes as a data URI. */
  const uri: string
  export default uri
}

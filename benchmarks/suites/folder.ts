/** The folder of a kernel's package. */
export const packageFolder = (kernel: string) => new URL(`../../../packages/${kernel}/`, import.meta.url)

// What a JavaScript or TypeScript file imports.

// Statements start a line, as biome writes them: what looks like one within a text is indented.
const pattern =
  /^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/gm

/** The modules that a source names literally, in statements, `import()` and `require()`. */
export const importsIn = (source) => [...source.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3])

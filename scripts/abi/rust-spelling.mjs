// How parameters, lengths and reports of the ABI table are spelled in Rust.
import { parseLength } from '../../packages/runtime/dist/codegen.js'

export const pascal = (name) => name[0].toUpperCase() + name.slice(1)
const keywords = new Set([
  'as',
  'box',
  'const',
  'dyn',
  'else',
  'fn',
  'in',
  'let',
  'loop',
  'match',
  'mod',
  'move',
  'mut',
])
for (const word of ['pub', 'ref', 'self', 'static', 'struct', 'trait', 'type', 'use', 'where', 'yield'])
  keywords.add(word)
/** camelCase as snake_case. */
export const snake = (name) => {
  const text = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return keywords.has(text) ? `${text}_` : text
}
export const shout = (name) => snake(name).toUpperCase()
export const isArray = ({ kind }) => kind === 'input' || kind === 'output' || kind === 'inout'
export const isScalar = ({ kind }) => ['u32', 'i32', 'f64', 'u64'].includes(kind)
export const isHandle = ({ kind }) => kind === 'handle' || kind === 'creates' || kind === 'frees'
export const lines = (...parts) =>
  parts
    .flat(Infinity)
    .filter((line) => line !== '' && line != null)
    .join('\n')

// ---- the Rust spelling of a parameter -----------------------------------------------------------

/** Whether chunks of a row run one after another, so that a core function may change the state it gets. */
export const inOrder = (row) => !row.span || row.serial

export function coreType(param, row) {
  if (isArray(param)) {
    const slice = `&${param.kind === 'input' ? '' : 'mut '}[${param.element}]`
    return param.optional ? `Option<${slice}>` : slice
  }
  switch (param.kind) {
    case 'scratch':
      return `&mut [${param.element}]`
    case 'report':
      return `&mut ${pascal(row.name)}Report`
    case 'used':
      return '&mut usize'
    case 'handle':
      return `&${inOrder(row) ? 'mut ' : ''}crate::${param.type}`
    case 'creates':
      return `&mut Option<Box<crate::${param.type}>>`
    case 'span':
      return 'Span'
    default:
      return param.kind
  }
}

const operations = {
  '+': 'plus',
  '-': 'minus',
  '*': 'times',
  '/': 'divide',
  '%': 'modulo',
  min: 'smaller',
  max: 'larger',
}

/** A length as an i64; `name` spells a symbol. */
export function rust(text, name) {
  const emit = (e) => {
    if (e.op === 'number') return String(e.value)
    if (e.op === 'name') return name(e.name)
    return `${operations[e.op]}(${emit(e.left)}, ${emit(e.right)})`
  }
  return emit(parseLength(text))
}

// ---- reports ------------------------------------------------------------------------------------

export const reportOf = (row) => row.params.find((p) => p.kind === 'report')

export function reportStruct(row) {
  const name = `${pascal(row.name)}Report`
  const fields = Object.entries(reportOf(row).fields)
  const rules = fields.map(([, { type, merge }]) => `Rule::${pascal(merge)}${type.toUpperCase()}`)
  return lines(
    `/// Report of \`${row.name}\`.`,
    '#[repr(C)]',
    '#[derive(Clone, Copy, Debug, PartialEq)]',
    `pub struct ${name} {`,
    fields.map(([field, { type, merge }]) => `    /// ${merge}\n    pub ${snake(field)}: ${type},`),
    '}',
    '// SAFETY: f64 and i64 in the order of the table.',
    `unsafe impl Report for ${name} {`,
    `    const RULES: &'static [Rule] = &[${rules.join(', ')}];`,
    '}',
  )
}

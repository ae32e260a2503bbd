// How parameters, lengths and reports of the ABI table are spelled in C++.
import { emitLength, parseLength } from '../../packages/runtime/dist/codegen.js'

export const pascal = (name) => name[0].toUpperCase() + name.slice(1)
export const elementTypes = {
  u8: 'uint8_t',
  i8: 'int8_t',
  u16: 'uint16_t',
  i16: 'int16_t',
  u32: 'uint32_t',
  i32: 'int32_t',
  u64: 'uint64_t',
  i64: 'int64_t',
  f32: 'float',
  f64: 'double',
}
export const scalarTypes = { u32: 'uint32_t', i32: 'int32_t', f64: 'double', u64: 'uint64_t' }
export const isArray = ({ kind }) => kind === 'input' || kind === 'output' || kind === 'inout'
export const isHandle = ({ kind }) => kind === 'handle' || kind === 'creates' || kind === 'frees'
export const lines = (...parts) =>
  parts
    .flat(Infinity)
    .filter((line) => line !== '' && line != null)
    .join('\n')

// ---- the C++ spelling of a parameter ------------------------------------------------------------

export const arrayType = (param) => `${param.kind === 'input' ? 'In' : 'Out'}<${elementTypes[param.element]}>`

export function coreType(param, row) {
  if (isArray(param)) return arrayType(param)
  switch (param.kind) {
    case 'scratch':
      return `Out<${elementTypes[param.element]}>`
    case 'report':
      return `${pascal(row.name)}Report&`
    case 'used':
      return 'size_t&'
    case 'handle':
      return `${param.type}&`
    case 'creates':
      return `std::unique_ptr<${param.type}>&`
    case 'span':
      return 'Span'
    default:
      return scalarTypes[param.kind]
  }
}

/** A length as C++; `name` spells a symbol. */
export const cpp = (text, name) =>
  emitLength(parseLength(text), name, (fn, a, b) => {
    const names = { min: 'smaller', max: 'larger', divide: 'divide', modulo: 'modulo' }
    return `${names[fn]}(${a}, ${b})`
  })

// ---- reports ------------------------------------------------------------------------------------

export const reportOf = (row) => row.params.find((p) => p.kind === 'report')

export function reportStruct(row) {
  const fields = Object.entries(reportOf(row).fields).map(
    ([name, { type }]) => `  ${type === 'i64' ? 'int64_t' : 'double'} ${name};`,
  )
  return lines(`struct ${pascal(row.name)}Report {`, fields, '};')
}

export function reportFunctions(row) {
  const fields = Object.entries(reportOf(row).fields)
  const neutral = (type, merge) => (merge !== 'min' ? '0' : type === 'i64' ? 'INT64_MAX' : 'HUGE_VAL')
  const merged = (name, merge) => {
    if (merge === 'sum') return `into.${name} += from.${name};`
    return `if (from.${name} ${merge === 'max' ? '>' : '<'} into.${name}) into.${name} = from.${name};`
  }
  return lines(
    '  static void clear(Report& r) {',
    fields.map(([name, { type, merge }]) => `    r.${name} = ${neutral(type, merge)};`),
    '  }',
    '  static void merge(Report& into, const Report& from) {',
    fields.map(([name, { merge }]) => `    ${merged(name, merge)}`),
    '  }',
  )
}

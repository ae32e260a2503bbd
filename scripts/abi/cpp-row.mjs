// One row of the ABI table as the C++ `Row` type that native/common/bind.h exposes.
import {
  arrayType,
  coreType,
  cpp,
  elementTypes,
  isArray,
  isHandle,
  lines,
  pascal,
  reportFunctions,
  reportOf,
  scalarTypes,
} from './cpp-spelling.mjs'

function frameField(param) {
  if (isArray(param)) return `    ${arrayType(param)} ${param.name};`
  if (isHandle(param)) return param.kind === 'handle' ? `    double ${param.name};` : ''
  return scalarTypes[param.kind] ? `    ${scalarTypes[param.kind]} ${param.name};` : ''
}

/** Spelling of a length's symbols: scalars lie in the frame, bound names are locals or array sizes. */
function speller(row, overrides = {}) {
  return (name) => {
    if (name in overrides) return overrides[name]
    const binding = row.arrays.find((a) => a.binds >= 0 && row.names[a.binds] === name)
    return binding ? `uint64_t{f.${binding.param.name}.size}` : `uint64_t{f.${name}}`
  }
}

function readFunction(row) {
  const bad = (arg) => `return kBadArgument - ${arg};`
  const read = row.params.map((param, i) => {
    const arg = row.args[i]
    if (isArray(param)) return `    if (!a.read(${arg}, f.${param.name}${param.optional ? ', true' : ''})) ${bad(arg)}`
    if (param.kind === 'handle') return `    if (!a.read(${arg}, f.${param.name})) ${bad(arg)}`
    if (!scalarTypes[param.kind]) return ''
    const { min, max } = param
    const bounded = min !== undefined || max !== undefined
    const test = ` || !within(f.${param.name}, ${min ?? '-HUGE_VAL'}, ${max ?? 'HUGE_VAL'})`
    return `    if (!a.read(${arg}, f.${param.name})${bounded ? test : ''}) ${bad(arg)}`
  })
  const lengths = row.arrays.map(({ param, arg, binds }) => {
    if (binds >= 0) return ''
    const length = cpp(param.length, speller(row))
    const present = param.optional ? `f.${param.name}.data != nullptr && ` : ''
    if (param.kind === 'input') return `    if (${present}f.${param.name}.size != ${length}) ${bad(arg)}`
    return lines(
      `    if (${present}f.${param.name}.size < ${length}) ${bad(arg)}`,
      `    ${param.optional ? `if (f.${param.name}.data != nullptr) ` : ''}f.${param.name}.size = ${length};`,
    )
  })
  const overlaps = row.arrays
    .filter(({ param }) => param.kind !== 'input')
    .flatMap((written) =>
      row.arrays
        .filter((other) => other !== written)
        .map((other) => {
          const coincide = written.aliasArg === other.arg ? ', true' : ''
          return `    if (clash(f.${written.param.name}, f.${other.param.name}${coincide})) return kOverlap - ${written.arg};`
        }),
    )
  return lines(
    '  static int32_t read(const Arguments& a, Frame& f) {',
    '    (void)f;',
    `    if (a.count() < kArgs || a.count() > kArgs + 1) return kBadArgument - static_cast<int32_t>(a.count());`,
    read,
    lengths,
    overlaps,
    '    return kOk;',
    '  }',
  )
}

/** The slice of one array for a chunk, as a C++ expression. */
function slice(row, { param, sliced }) {
  const type = arrayType(param)
  const data = `f.${param.name}.data`
  const used = row.params.find((p) => p.kind === 'used' && p.array === param.name)
  if (used && param.kind === 'input') {
    const left = `smaller(f.${param.name}.size - c.cursor, c.span.end - c.span.begin)`
    return `${type}{${data} + c.cursor, static_cast<size_t>(${left})}`
  }
  if (!sliced) return `f.${param.name}`
  const at = (bound) => cpp(param.length, speller(row, { [row.names[row.total]]: `c.span.${bound}` }))
  const from = used ? 'c.cursor' : at('begin')
  const size = `static_cast<size_t>(${at('end')} - ${at('begin')})`
  if (!param.optional) return `${type}{${data} + ${from}, ${size}}`
  return `(${data} == nullptr ? ${type}{nullptr, 0} : ${type}{${data} + ${from}, ${size}})`
}

function runFunction(row) {
  const scratches = row.params.filter((p) => p.kind === 'scratch')
  const argument = (param) => {
    if (isArray(param))
      return slice(
        row,
        row.arrays.find((a) => a.param === param),
      )
    switch (param.kind) {
      case 'scratch':
        return `${param.name}.get()`
      case 'report':
        return 'c.report'
      case 'used':
        return 'c.used'
      case 'handle':
        return '*state'
      case 'creates':
        return 'state'
      case 'span':
        return 'c.span'
      default:
        return `f.${param.name}`
    }
  }
  return lines(
    `  static int32_t run(uint32_t isa, const Frame& f, State& state, Chunk<${pascal(row.name)}Row>& c) {`,
    '    (void)f, (void)state, (void)c;',
    scratches.map((p) => [
      `    Scratch<${elementTypes[p.element]}> ${p.name}(${cpp(p.length, speller(row))});`,
      `    if (!${p.name}.ok()) return kOutOfMemory;`,
    ]),
    `    return kVariants[isa](${row.params.map(argument).join(', ')});`,
    '  }',
  )
}

function stateFunctions(row) {
  const handle = row.params.find(isHandle)
  if (!handle) return ''
  const type = handle.type
  if (handle.kind === 'handle')
    return lines(
      `  using State = ${type}*;`,
      '  static int32_t open(Instance& i, const Frame& f, State& state) {',
      '    int32_t status;',
      `    state = i.handles.get<${type}>(f.${handle.name}, status);`,
      '    return status;',
      '  }',
      '  static void setBusy(Instance& i, const Frame& f, bool busy) {',
      `    i.handles.setBusy<${type}>(f.${handle.name}, busy);`,
      '  }',
    )
  const arg = row.args[row.params.indexOf(handle)]
  return lines(
    `  using State = std::unique_ptr<${type}>;`,
    '  static int32_t close(Instance& i, const Arguments& a, const Frame& f, State& state) {',
    '    Out<double> cell;',
    `    if (!a.read(${arg}, cell) || cell.size < 1) return kBadArgument - ${arg};`,
    `    const auto bytes = static_cast<int64_t>(${cpp(handle.bytes, speller(row))});`,
    '    const double made = i.handles.add(state, bytes);',
    '    if (made == 0) return kOutOfMemory;',
    '    i.report(bytes);',
    '    cell.data[0] = made;',
    '    return kOk;',
    '  }',
  )
}

function spanFunctions(row) {
  if (!row.span) return ''
  return lines(
    '  static constexpr bool kHasSpan = true;',
    row.serial ? '  static constexpr bool kSerial = true;' : '',
    `  static constexpr uint64_t kChunk = ${row.span.chunk};`,
    `  static uint64_t total(const Frame& f) { return ${cpp(row.span.total, speller(row))}; }`,
    moveFunctions(row),
  )
}

/** A variable-length output that chunks write side by side is closed up afterwards. */
function moveFunctions(row) {
  const usedParam = row.params.find((p) => p.kind === 'used')
  const array = usedParam && row.arrays.find((a) => a.param.name === usedParam.array)
  if (!array || array.param.kind === 'input' || !array.sliced) return ''
  const before = cpp(array.param.length, speller(row, { [row.names[row.total]]: 'begin' }))
  const data = `f.${array.param.name}.data`
  return lines(
    '  static size_t capacityBefore(const Frame& f, uint64_t begin) {',
    '    (void)f;',
    `    return static_cast<size_t>(${before});`,
    '  }',
    '  static void append(const Frame& f, size_t to, size_t from, size_t count) {',
    `    if (${data} != nullptr && to != from) std::memmove(${data} + to, ${data} + from, count * sizeof *${data});`,
    '  }',
  )
}

export function rowType(row) {
  const argOf = (kind) => {
    const i = row.params.findIndex((p) => p.kind === kind)
    return i < 0 ? -1 : row.args[i]
  }
  const name = pascal(row.name)
  const freed = row.params.find((p) => p.kind === 'frees')
  if (freed) return lines(`struct ${name}Row {`, `  using Type = ${freed.type};`, '};')
  const signature = row.params.map((p) => coreType(p, row)).join(', ')
  return lines(
    `struct ${name}Row : RowDefaults {`,
    reportOf(row) ? `  using Report = ${name}Report;` : '',
    `  using Function = int32_t (*)(${signature});`,
    `  static constexpr size_t kArgs = ${row.argCount};`,
    reportOf(row) ? `  static constexpr int kReportArg = ${argOf('report')};` : '',
    argOf('used') < 0 ? '' : `  static constexpr int kUsedArg = ${argOf('used')};`,
    `  static constexpr Function kVariants[] = {UK_VARIANTS(${row.name})};`,
    '  struct Frame {',
    row.params.map(frameField),
    '  };',
    stateFunctions(row),
    reportOf(row) ? reportFunctions(row) : '',
    spanFunctions(row),
    readFunction(row),
    runFunction(row),
    '  template <class Each>',
    '  static bool visit(Frame& f, Each&& each) {',
    '    (void)f, (void)each;',
    `    return ${
      row.arrays
        .map(({ param, arg }) => `each(${arg}, f.${param.name}, ${param.kind !== 'output'}, ${param.kind !== 'input'})`)
        .join(' && ') || 'true'
    };`,
    '  }',
    '};',
  )
}

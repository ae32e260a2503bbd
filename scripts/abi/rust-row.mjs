// One row of the ABI table as the Rust type with `Row` that native/common-rs/src/bind.rs exposes.
import {
  coreType,
  inOrder,
  isArray,
  isHandle,
  isScalar,
  lines,
  pascal,
  reportOf,
  rust,
  shout,
  snake,
} from './rust-spelling.mjs'

const field = (param) => `f.${snake(param.name)}`

function frameField(param) {
  const name = snake(param.name)
  if (isArray(param)) return `    ${name}: Array<${param.element}>,`
  if (param.kind === 'handle') return `    ${name}: f64,`
  return isScalar(param) ? `    ${name}: ${param.kind},` : ''
}

/** Spelling of a length's symbols: scalars lie in the frame, bound names are array sizes. */
function speller(row, overrides = {}) {
  return (name) => {
    if (name in overrides) return overrides[name]
    const binding = row.arrays.find((a) => a.binds >= 0 && row.names[a.binds] === name)
    return binding ? `${field(binding.param)}.len as i64` : `i64::from(f.${snake(name)})`
  }
}

const bound = (value, otherwise) => {
  if (value === undefined) return otherwise
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

function readFunction(row) {
  const read = row.params.map((param, i) => {
    const arg = row.args[i]
    if (isArray(param)) return `            ${snake(param.name)}: a.${param.optional ? 'optional' : 'array'}(${arg})?,`
    const unbounded = 'f64::NEG_INFINITY, f64::INFINITY'
    if (param.kind === 'handle') return `            ${snake(param.name)}: a.f64(${arg}, ${unbounded})?,`
    if (!isScalar(param)) return ''
    const limits = `${bound(param.min, 'f64::NEG_INFINITY')}, ${bound(param.max, 'f64::INFINITY')}`
    return `            ${snake(param.name)}: a.${param.kind}(${arg}, ${limits})?,`
  })
  const lengths = row.arrays
    .filter(({ binds }) => binds < 0)
    .map(({ param, arg }) => {
      const check = param.kind === 'input' ? 'exactly' : 'at_least'
      return `        ${field(param)}.${check}(${rust(param.length, speller(row))}, ${arg})?;`
    })
  const overlaps = row.arrays
    .filter(({ param }) => param.kind !== 'input')
    .flatMap((written) =>
      row.arrays
        .filter((other) => other !== written)
        .map(({ param, arg }) => {
          const coincide = written.aliasArg === arg
          return `        ${field(written.param)}.apart(&${field(param)}, ${coincide}, ${written.arg})?;`
        }),
    )
  const cut = row.arrays.some(({ param, binds }) => binds < 0 && param.kind !== 'input')
  return lines(
    '    fn read(a: &Arguments) -> Result<Self::Frame, i32> {',
    '        a.expect(Self::ARGS)?;',
    `        let ${cut ? 'mut ' : ''}f = ${pascal(row.name)}Frame {`,
    read,
    '        };',
    lengths,
    overlaps,
    '        Ok(f)',
    '    }',
  )
}

/** The range of one array for a chunk. */
function range(row, { param, sliced }) {
  const used = row.params.find((p) => p.kind === 'used' && p.array === param.name)
  if (used && param.kind === 'input') {
    const left = `smaller(${field(param)}.len as i64 - c.cursor as i64, (c.span.end - c.span.begin) as i64)`
    return ['c.cursor as i64', `c.cursor as i64 + ${left}`]
  }
  if (!sliced) return ['0', `${field(param)}.len as i64`]
  const at = (end) => rust(param.length, speller(row, { [row.names[row.total]]: `c.span.${end} as i64` }))
  if (!used) return [at('begin'), at('end')]
  return ['c.cursor as i64', `plus(c.cursor as i64, minus(${at('end')}, ${at('begin')}))`]
}

/** The slice of one array for a chunk: a statement that binds it to its name. */
function slice(row, array) {
  const { param, arg } = array
  const name = snake(param.name)
  const [from, to] = range(row, array)
  const aliased = row.arrays.find((other) => other.aliasArg === arg && other !== array)
  // A core function gets references, which may not name the same memory twice.
  if (aliased)
    return lines(
      `        let mut ${name}_copy = Vec::new();`,
      `        let ${name} = ${field(param)}.part_apart(${from}, ${to}, &${field(aliased.param)}, &mut ${name}_copy)?;`,
    )
  const part = `${field(param)}.${param.kind === 'input' ? 'part' : 'part_mut'}(${from}, ${to})`
  if (!param.optional) return `        let ${name} = ${part};`
  return `        let ${name} = if ${field(param)}.is_absent() { None } else { Some(${part}) };`
}

function runFunction(row) {
  const scratches = row.params.filter((p) => p.kind === 'scratch')
  const argument = (param) => {
    switch (param.kind) {
      case 'scratch':
        return `${snake(param.name)}.get()`
      case 'report':
        return '&mut c.report'
      case 'used':
        return '&mut c.used'
      case 'handle':
        return `state.${inOrder(row) ? 'get_mut' : 'get'}()`
      case 'creates':
        return '&mut state.lock()'
      case 'span':
        return 'c.span'
      default:
        return isArray(param) ? snake(param.name) : field(param)
    }
  }
  return lines(
    '    #[allow(unused_variables)]',
    '    unsafe fn run(isa: Isa, f: &Self::Frame, state: &Self::State, c: &mut Chunk<Self::Report>) -> Result<i32, i32> {',
    scratches.map((p) => {
      const length = rust(p.length, speller(row))
      return `        let mut ${snake(p.name)} = Scratch::<${p.element}>::zeroed(${length})?;`
    }),
    '        // SAFETY: the harness vouches for the arrays, and for this chunk being this call\'s alone.',
    '        unsafe {',
    row.arrays.map((array) => slice(row, array)),
    `        Ok(${shout(row.name)}(isa, ${row.params.map(argument).join(', ')}))`,
    '        }',
    '    }',
  )
}

function stateFunctions(row) {
  const handle = row.params.find(isHandle)
  if (!handle)
    return lines(
      '    type State = ();',
      '    fn open(_: &Instance, _: &Self::Frame) -> Result<(), i32> {',
      '        Ok(())',
      '    }',
    )
  const type = `crate::${handle.type}`
  if (handle.kind === 'handle')
    return lines(
      `    type State = Held<${type}>;`,
      '    fn open(instance: &Instance, f: &Self::Frame) -> Result<Self::State, i32> {',
      `        Held::open(instance, ${field(handle)})`,
      '    }',
      '    fn set_busy(instance: &Instance, f: &Self::Frame, busy: bool) {',
      `        Held::<${type}>::set_busy(instance, ${field(handle)}, busy);`,
      '    }',
    )
  const arg = row.args[row.params.indexOf(handle)]
  return lines(
    `    type State = Made<${type}>;`,
    '    fn open(_: &Instance, _: &Self::Frame) -> Result<Self::State, i32> {',
    '        Ok(Made::default())',
    '    }',
    '    #[allow(unused_variables)]',
    '    fn close(instance: &Instance, a: &Arguments, f: &Self::Frame, state: Self::State) -> Result<(), i32> {',
    `        state.keep(instance, a, ${arg}, ${rust(handle.bytes, speller(row))})`,
    '    }',
  )
}

function spanFunctions(row) {
  if (!row.span) return ''
  return lines(
    `    const CHUNK: u64 = ${row.span.chunk};`,
    row.serial ? '    const SERIAL: bool = true;' : '',
    '    fn total(f: &Self::Frame) -> u64 {',
    `        (${rust(row.span.total, speller(row))}) as u64`,
    '    }',
    moveFunctions(row),
  )
}

/** A variable-length output that chunks write side by side is closed up afterwards. */
function moveFunctions(row) {
  const usedParam = row.params.find((p) => p.kind === 'used')
  const array = usedParam && row.arrays.find((a) => a.param.name === usedParam.array)
  if (!array || array.param.kind === 'input' || !array.sliced) return ''
  const before = rust(array.param.length, speller(row, { [row.names[row.total]]: 'begin as i64' }))
  return lines(
    '    #[allow(unused_variables)]',
    '    fn capacity_before(f: &Self::Frame, begin: u64) -> usize {',
    `        (${before}) as usize`,
    '    }',
    '    unsafe fn append(f: &Self::Frame, to: usize, from: usize, count: usize) {',
    '        // SAFETY: all chunks are through.',
    `        unsafe { ${field(array.param)}.close_up(to, from, count) };`,
    '    }',
  )
}

export function rowType(row, source) {
  const argOf = (kind) => {
    const i = row.params.findIndex((p) => p.kind === kind)
    return i < 0 ? -1 : row.args[i]
  }
  const name = pascal(row.name)
  const visits = row.arrays.map(
    ({ param, arg }) => `v.array(${arg}, &mut ${field(param)}, ${param.kind !== 'output'}, ${param.kind !== 'input'})`,
  )
  return lines(
    `// \`${row.name}\`: a core function that disagrees with ${source} doesn't compile here.`,
    `const ${shout(row.name)}: fn(Isa, ${row.params.map((p) => coreType(p, row)).join(', ')}) -> i32 = crate::${snake(row.name)};`,
    '#[derive(Clone, Copy)]',
    `struct ${name}Frame {`,
    row.params.map(frameField),
    '}',
    `struct ${name}Row;`,
    `impl Row for ${name}Row {`,
    `    const ARGS: usize = ${row.argCount};`,
    reportOf(row) ? `    const REPORT_ARG: Option<usize> = Some(${argOf('report')});` : '',
    argOf('used') < 0 ? '' : `    const USED_ARG: Option<usize> = Some(${argOf('used')});`,
    `    type Frame = ${name}Frame;`,
    `    type Report = ${reportOf(row) ? `${name}Report` : 'NoReport'};`,
    stateFunctions(row),
    spanFunctions(row),
    readFunction(row),
    runFunction(row),
    visits.length === 0
      ? ''
      : lines(
          '    fn visit(f: &mut Self::Frame, v: &mut impl Visitor) -> bool {',
          `        ${visits.join('\n            && ')}`,
          '    }',
        ),
    '}',
  )
}

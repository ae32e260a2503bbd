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

const field = (param) => `self.${snake(param.name)}`
const local = (param) => `f.${snake(param.name)}`

function frameField(param) {
  const name = snake(param.name)
  if (isArray(param)) return `    ${name}: Array<${param.element}>,`
  if (param.kind === 'handle') return [`    ${name}: f64,`, `    held: Held<crate::${param.type}>,`]
  if (param.kind === 'creates') return `    made: Made<crate::${param.type}>,`
  return isScalar(param) ? `    ${name}: ${param.kind},` : ''
}

/** Spelling of a length's symbols: scalars lie in the frame, bound names are array sizes. */
function speller(row, overrides = {}, self = 'self') {
  return (name) => {
    if (name in overrides) return overrides[name]
    const binding = row.arrays.find((a) => a.binds >= 0 && row.names[a.binds] === name)
    return binding ? `${self}.${snake(binding.param.name)}.len as i64` : `i64::from(${self}.${snake(name)})`
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
    if (param.kind === 'handle')
      return [
        '            held: Held::NONE,',
        `            ${snake(param.name)}: a.f64(${arg}, f64::NEG_INFINITY, f64::INFINITY)?,`,
      ]
    if (param.kind === 'creates') return '            made: Made::default(),'
    if (!isScalar(param)) return ''
    const limits = `${bound(param.min, 'f64::NEG_INFINITY')}, ${bound(param.max, 'f64::INFINITY')}`
    return `            ${snake(param.name)}: a.${param.kind}(${arg}, ${limits})?,`
  })
  const lengths = row.arrays
    .filter(({ binds }) => binds < 0)
    .map(({ param, arg }) => {
      const check = param.kind === 'input' ? 'exactly' : 'at_least'
      return `        ${local(param)}.${check}(${rust(param.length, speller(row, {}, 'f'))}, ${arg})?;`
    })
  const handle = row.params.find(({ kind }) => kind === 'handle')
  const cut = row.arrays.some(({ param, binds }) => binds < 0 && param.kind !== 'input')
  return lines(
    '    #[allow(unused_variables)]',
    '    fn read(a: &Arguments, instance: &Instance) -> Result<Self, i32> {',
    `        a.expect(${row.argCount})?;`,
    `        let ${cut || handle ? 'mut ' : ''}f = Self {`,
    read,
    '        };',
    lengths,
    handle ? `        f.held = Held::open(instance, ${local(handle)})?;` : '',
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
        return 'report'
      case 'used':
        return 'used'
      case 'handle':
        return `self.held.${inOrder(row) ? 'get_mut' : 'get'}()`
      case 'creates':
        return '&mut self.made.lock()'
      case 'span':
        return 'span'
      default:
        return isArray(param) ? snake(param.name) : field(param)
    }
  }
  const report = reportOf(row)
  return lines(
    '    #[allow(unused_variables, unused_unsafe)]',
    '    unsafe fn run(&self, isa: Isa, c: &mut Chunk) -> Result<i32, i32> {',
    scratches.map((p) => {
      const length = rust(p.length, speller(row))
      return `        let mut ${snake(p.name)} = Scratch::<${p.element}>::new(${length})?;`
    }),
    "        // SAFETY: the harness vouches for the arrays, and for this chunk being this call's alone.",
    '        unsafe {',
    row.arrays.map((array) => slice(row, array)),
    '        let span = c.span;',
    report
      ? `        let (report, used) = c.results::<${pascal(row.name)}Report>();`
      : '        let used = &mut c.used;',
    `        Ok(${shout(row.name)}(${['isa', ...row.params.map(argument)].join(', ')}))`,
    '        }',
    '    }',
  )
}

function stateFunctions(row) {
  const handle = row.params.find(isHandle)
  if (!handle) return ''
  if (handle.kind === 'handle')
    return lines(
      '    fn set_busy(&self, instance: &Instance, busy: bool) {',
      `        Held::<crate::${handle.type}>::set_busy(instance, ${field(handle)}, busy);`,
      '    }',
    )
  const arg = row.args[row.params.indexOf(handle)]
  return lines(
    '    fn close(&self, instance: &Instance, a: &Arguments) -> Result<(), i32> {',
    `        self.made.keep(instance, a, ${arg}, ${rust(handle.bytes, speller(row))})`,
    '    }',
  )
}

function spanFunctions(row) {
  if (!row.span) return ''
  return lines(
    '    fn total(&self) -> u64 {',
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
    '    fn capacity_before(&self, begin: u64) -> usize {',
    `        (${before}) as usize`,
    '    }',
    '    unsafe fn append(&self, to: usize, from: usize, count: usize) {',
    '        // SAFETY: all chunks are through.',
    `        unsafe { ${field(array.param)}.close_up(to, from, count) };`,
    '    }',
  )
}

/** What never changes of a row, as the harness reads it. */
function spec(row) {
  const argOf = (kind) => {
    const i = row.params.findIndex((p) => p.kind === kind)
    return i < 0 ? 'None' : `Some(${row.args[i]})`
  }
  const alias = row.arrays.filter(({ aliasArg }) => aliasArg >= 0).map(({ arg, aliasArg }) => `(${arg}, ${aliasArg})`)
  const rules = reportOf(row) ? `${pascal(row.name)}Report::RULES` : '&[]'
  const fields = [
    `args: ${row.argCount}`,
    `report_arg: ${argOf('report')}`,
    `used_arg: ${argOf('used')}`,
    `alias: &[${alias.join(', ')}]`,
    `chunk: ${row.span?.chunk ?? 0}`,
    `serial: ${row.serial}`,
    `report: ${rules}`,
  ]
  return lines("    fn spec(&self) -> &'static Spec {", `        &Spec { ${fields.join(', ')} }`, '    }')
}

export function rowType(row, source) {
  const name = `${pascal(row.name)}Row`
  const visits = row.arrays.map(
    ({ param, arg }) => `v.array(${arg}, ${field(param)}.raw(), ${param.kind !== 'output'}, ${param.kind !== 'input'})`,
  )
  return lines(
    `// \`${row.name}\`: a core function that disagrees with ${source} doesn't compile here.`,
    `const ${shout(row.name)}: fn(${['Isa', ...row.params.map((p) => coreType(p, row))].join(', ')}) -> i32 = crate::${snake(row.name)};`,
    `struct ${name} {`,
    row.params.map(frameField),
    '}',
    `impl Row for ${name} {`,
    readFunction(row),
    '}',
    `impl Call for ${name} {`,
    spec(row),
    runFunction(row),
    stateFunctions(row),
    spanFunctions(row),
    visits.length === 0
      ? ''
      : lines(
          '    fn visit(&mut self, v: &mut dyn Visitor) -> bool {',
          `        ${visits.join('\n            && ')}`,
          '    }',
        ),
    '}',
  )
}

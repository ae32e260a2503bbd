/**
 * Length expressions of the ABI table: unsigned integer arithmetic over a row's
 * parameters, e.g. `(n * width + 7) / 8`. The same text is evaluated here and
 * emitted into the generated C++ and Rust, so a length is said once.
 *
 *   sum  = product (('+' | '-') product)*
 *   product = atom (('*' | '/' | '%') atom)*        '/' rounds down; x/0 = x%0 = 0
 *   atom = number | name | '(' sum ')' | ('min' | 'max') '(' sum ',' sum ')'
 */
export type Expression =
  | { op: 'number'; value: number }
  | { op: 'name'; name: string }
  | { op: '+' | '-' | '*' | '/' | '%' | 'min' | 'max'; left: Expression; right: Expression }

/** Evaluates an expression; `scope[i]` is the value of the i-th name. */
export type Evaluate = (scope: ArrayLike<number>) => number

const TOKEN = /\s*(?:(\d+)|([A-Za-z_]\w*)|([-+*/%(),]))/y

function tokenize(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw new SyntaxError(`length '${text}': unexpected text at ${at}`)
    tokens.push(match[1] ?? match[2] ?? match[3])
  }
  return tokens
}

/** Parses a length expression. Throws SyntaxError on anything outside the grammar above. */
export function parseLength(text: string): Expression {
  const tokens = tokenize(text)
  let at = 0
  const fail = (): never => {
    throw new SyntaxError(`length '${text}': unexpected ${tokens[at] ?? 'end'}`)
  }
  const take = (token: string) => (tokens[at] === token ? tokens[at++] : fail())

  const atom = (): Expression => {
    const token = tokens[at++]
    if (token === undefined) return fail()
    if (/^\d/.test(token)) return { op: 'number', value: Number(token) }
    if (token === '(') {
      const inner = sum()
      take(')')
      return inner
    }
    if (token === 'min' || token === 'max') {
      take('(')
      const left = sum()
      take(',')
      const right = sum()
      take(')')
      return { op: token, left, right }
    }
    if (!/^[A-Za-z_]/.test(token)) {
      at--
      return fail()
    }
    return { op: 'name', name: token }
  }
  const chain = (operators: string, next: () => Expression) => (): Expression => {
    let left = next()
    while (at < tokens.length && operators.includes(tokens[at])) {
      const op = tokens[at++] as '+' | '-' | '*' | '/' | '%'
      left = { op, left, right: next() }
    }
    return left
  }
  const product = chain('*/%', atom)
  const sum: () => Expression = chain('+-', product)

  const expression = sum()
  return at === tokens.length ? expression : fail()
}

/** The names an expression depends on, each once. */
export function namesIn(expression: Expression): string[] {
  if (expression.op === 'number') return []
  if (expression.op === 'name') return [expression.name]
  return [...new Set([...namesIn(expression.left), ...namesIn(expression.right)])]
}

/** Compiles an expression to a closure over a scope in the order of `names`. */
export function compileLength(expression: Expression, names: readonly string[]): Evaluate {
  if (expression.op === 'number') {
    const { value } = expression
    return () => value
  }
  if (expression.op === 'name') {
    const index = names.indexOf(expression.name)
    if (index < 0) throw new SyntaxError(`length: unknown name '${expression.name}'`)
    return (scope) => scope[index]
  }
  const left = compileLength(expression.left, names)
  const right = compileLength(expression.right, names)
  switch (expression.op) {
    case '+':
      return (scope) => left(scope) + right(scope)
    case '-':
      return (scope) => left(scope) - right(scope)
    case '*':
      return (scope) => left(scope) * right(scope)
    case '/':
      return (scope) => {
        const divisor = right(scope)
        return divisor === 0 ? 0 : Math.floor(left(scope) / divisor)
      }
    case '%':
      return (scope) => left(scope) % right(scope) || 0
    case 'min':
      return (scope) => Math.min(left(scope), right(scope))
    case 'max':
      return (scope) => Math.max(left(scope), right(scope))
  }
}

/** Source text of an expression for the generated native code; `name` spells a parameter, `call` a min or max. */
export function emitLength(
  expression: Expression,
  name: (name: string) => string,
  call: (fn: 'min' | 'max' | 'divide' | 'modulo', left: string, right: string) => string,
): string {
  if (expression.op === 'number') return String(expression.value)
  if (expression.op === 'name') return name(expression.name)
  const left = emitLength(expression.left, name, call)
  const right = emitLength(expression.right, name, call)
  if (expression.op === 'min' || expression.op === 'max') return call(expression.op, left, right)
  if (expression.op === '/') return call('divide', left, right)
  if (expression.op === '%') return call('modulo', left, right)
  return `(${left} ${expression.op} ${right})`
}

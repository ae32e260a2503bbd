// What a package may have at most, from benchmarks/budgets.json: what is allowed to all, and what is granted to a kernel
// whose README says why it needs more.
import { at, isRust, readJson } from '../lib/paths.mjs'

const { limits } = readJson(at('benchmarks', 'budgets.json'))

/** Names under which a limit of an addon may stand, the closest first. */
function namesOf(kernel, target) {
  const language = `${isRust(kernel) ? 'Rust' : 'C++'} addon`
  return [target, `${language}, ${target.split('-')[0]}`, language]
}

function limitOf(name, keys, { allowed, granted } = limits) {
  const given = granted[name] ?? {}
  const found = keys.find((key) => key in given)
  return found ? given[found] : allowed[keys.find((key) => key in allowed)]
}

const say = (n) => n.toLocaleString('en')

/**
 * What of a package is larger than it may be, a line each.
 *
 * @param sizes - in bytes: `tarball`, `wasm`, and `addons` by target; what isn't there isn't judged
 * @param table - the limits; by default those of budgets.json
 */
export function overLimits(name, { tarball, wasm, addons = {} }, table = limits) {
  const judged = [
    ['tarball', tarball, ['tarball']],
    ['wasm', wasm, ['wasm']],
    ...Object.entries(addons).map(([target, bytes]) => [`${target}.node`, bytes, namesOf(name, target)]),
  ]
  return judged.flatMap(([what, bytes, keys]) => {
    const most = limitOf(name, keys, table)
    return bytes > most ? [`${name}, ${what}: ${say(bytes)} bytes, of at most ${say(most)}`] : []
  })
}

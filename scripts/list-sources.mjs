// Lists the files of a folder by their ending, for gyp, which has no wildcards. Benchmarks are programs of their own.
//
//   node scripts/list-sources.mjs <folder> <ending>
import { readdirSync } from 'node:fs'

const [folder, ending] = process.argv.slice(2)
const files = readdirSync(folder).filter((name) => name.endsWith(ending) && !name.endsWith(`_bench${ending}`))
console.log(
  files
    .sort()
    .map((name) => `${folder}/${name}`)
    .join('\n'),
)

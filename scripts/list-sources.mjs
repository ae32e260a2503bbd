// Lists the files of a folder by their ending, for gyp, which has no wildcards.
//
//   node scripts/list-sources.mjs <folder> <ending>
import { readdirSync } from 'node:fs'

const [folder, ending] = process.argv.slice(2)
const files = readdirSync(folder).filter((name) => name.endsWith(ending))
console.log(
  files
    .sort()
    .map((name) => `${folder}/${name}`)
    .join('\n'),
)

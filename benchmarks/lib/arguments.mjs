import { parseArgs } from 'node:util'

/** `parseArgs`; a wrong option is told in a line, and ends the process. */
export function parsed(config) {
  try {
    return parseArgs(config)
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}; --help names the options`)
    process.exit(2)
  }
}

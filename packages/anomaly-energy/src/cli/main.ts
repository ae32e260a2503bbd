#!/usr/bin/env node
/** The command-line program `ukernels-anomaly-energy`. */
import { version } from '../version.js'
import { parseCommand, UsageError, usage } from './arguments.js'
import { fit } from './fit.js'
import { inspect } from './inspect.js'
import { ProgressLine, resultPrinter } from './progress.js'

/** Runs a command line. @returns the exit code */
async function main(args: string[]): Promise<number> {
  const line = new ProgressLine(process.stderr)
  const print = resultPrinter(process.stdout, line)
  try {
    const command = parseCommand(args)
    switch (command.verb) {
      case 'help':
        process.stdout.write(usage)
        return 0
      case 'version':
        process.stdout.write(`${version}\n`)
        return 0
      case 'fit': {
        const summary = await fit(command, line)
        print(summary)
        return summary.unreadable + summary.skipped > 0 ? 1 : 0
      }
      case 'inspect':
        return (await inspect(command, line, print)) > 0 ? 1 : 0
    }
  } catch (error) {
    line.clear()
    const wrongUsage = error instanceof UsageError
    const more = wrongUsage ? '\nukernels-anomaly-energy --help says what there is.' : ''
    process.stderr.write(`ukernels-anomaly-energy: ${(error as Error).message}${more}\n`)
    return wrongUsage ? 2 : 1
  }
}

// A reader that has enough (`… | head -1`) closes the pipe: what is left has nobody to go to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`ukernels-anomaly-energy: stdout: ${error.message}\n`)
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})

// Servers on loopback: a port for those that can't be told to take any, and waiting until they answer.
import { createServer } from 'node:net'

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/**
 * The first answer of a server that is starting.
 *
 * @param server - its process, whose end ends the waiting
 */
export async function firstAnswer(url, server) {
  for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
    const response = await fetch(url).catch(() => undefined)
    if (response) return response
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`nothing answers at ${url}`)
}

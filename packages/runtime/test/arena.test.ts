import { describe, expect, it } from 'vitest'
import { Arena } from '../src/arena.js'
import { createBuffer } from '../src/buffers.js'

const PAGE = 65536
const arenaOf = (maxPages: number) => new Arena(new WebAssembly.Memory({ initial: 1 }), 1000, maxPages * PAGE)

describe('arena', () => {
  it('hands out aligned, disjoint scratch above the blocks and forgets it', () => {
    const arena = arenaOf(4)
    const block = arena.allocate(100)
    arena.resetScratch()
    const a = arena.takeScratch(10)
    const b = arena.takeScratch(10)
    for (const at of [block, a, b]) expect(at % 64).toBe(0)
    expect(block).toBeGreaterThanOrEqual(1000)
    expect(a).toBeGreaterThanOrEqual(block + 100)
    expect(b).toBeGreaterThanOrEqual(a + 10)
    arena.resetScratch()
    expect(arena.takeScratch(10)).toBe(a)
  })

  it('reuses the gap of a released block and clears it', () => {
    const arena = arenaOf(4)
    const first = arena.allocate(256)
    arena.allocate(64)
    arena.views.u8.fill(0xff, first, first + 256)
    arena.release(first)
    expect(arena.allocate(128)).toBe(first)
    expect(arena.views.u8.subarray(first, first + 128).every((byte) => byte === 0)).toBe(true)
    expect(arena.allocate(128)).toBe(first + 128)
  })

  it('grows on demand, up to the cap, and then refuses', () => {
    const arena = arenaOf(3)
    arena.resetScratch()
    expect(arena.takeScratch(2 * PAGE)).toBeGreaterThan(0)
    expect(arena.takeScratch(2 * PAGE)).toBe(0)
    expect(arena.allocate(4 * PAGE)).toBe(0)
    expect(arena.memory.buffer.byteLength).toBeLessThanOrEqual(3 * PAGE)
  })

  it('views follow the memory when it grows', () => {
    const arena = arenaOf(8)
    const before = arena.views
    arena.resetScratch()
    arena.takeScratch(3 * PAGE)
    expect(arena.views === before).toBe(false)
    expect(arena.views.f32.buffer === arena.memory.buffer).toBe(true)
  })
})

describe('buffers', () => {
  it('keep their values when memory grows, through a view read again', () => {
    const arena = arenaOf(8)
    const buffer = createBuffer(arena, 'f32', 3)
    if (!buffer) throw new Error('out of memory')
    buffer.view.set([1, 2, 3])
    arena.resetScratch()
    arena.takeScratch(3 * PAGE)
    expect([...buffer.view]).toEqual([1, 2, 3])
    buffer.free()
    expect(() => buffer.view).toThrow(ReferenceError)
  })

  it('are ordinary memory without an arena', () => {
    expect([...(createBuffer(undefined, 'u16', 2)?.view ?? [])]).toEqual([0, 0])
  })

  it('are undefined when the arena is full', () => {
    expect(createBuffer(arenaOf(1), 'f64', PAGE)).toBeUndefined()
  })
})

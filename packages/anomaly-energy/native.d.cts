/** The addon for a target such as 'linux-x64-glibc', after `check` has seen its file; throws what `require` throws. */
declare function loadAddon(target: string, check: (path: string) => void): unknown
export = loadAddon

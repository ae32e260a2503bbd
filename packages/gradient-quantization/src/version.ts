/** Version of this package: the addon must be of the same. A test compares it with package.json. */
export const version = '0.0.0'

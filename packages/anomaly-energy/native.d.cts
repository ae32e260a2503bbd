/** Loads the addon of this platform; throws what `require` throws. */
declare function loadAddon(): unknown
export = loadAddon

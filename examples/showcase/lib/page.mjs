import { style } from './style.mjs'

/**
 * The report: one file that needs nothing else.
 *
 * @param {string[]} sections HTML
 */
export const page = (sections) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ukernels showcase</title>
<style>${style}</style>
</head>
<body>
<header><b>ukernels</b> showcase</header>
<main>
${sections.join('\n')}
</main>
<footer>Made by <code>npm start</code>. Everything on this page was computed on this machine.</footer>
</body>
</html>
`

// Reads the pages of tests/golden/pages and the hostile cases of tests/hostile, as bytes with a Content-Type.

import fs from 'node:fs'
import path from 'node:path'

const contentType = (charset) => (charset === '-' ? 'text/html' : `text/html; charset=${charset}`)
const words = (text) => text.split(' ').filter((word) => word !== '-')

// The manifest contains the address of each page and the kinds of its links.
export function readPages(folder) {
  const pages = path.join(folder, 'golden/pages')
  const lines = fs.readFileSync(path.join(pages, 'manifest.tsv'), 'utf8').split('\n')
  return lines.map((line) => line.split('\t')).filter(([what]) => what === 'page').map(
    ([, file, charset, url, keyword, sponsored, own]) => ({
      name: file.replace(/\.html$/, ''), url, keyword, sponsored: words(sponsored), own: words(own),
      type: contentType(charset), body: fs.readFileSync(path.join(pages, file)),
    }),
  )
}

// Walls, pages without results, and results with words of walls. Of each kind every third: all of them are in the tests of the program.
export function readVerdicts(folder) {
  const pages = path.join(folder, 'golden/verdicts')
  const lines = fs.readFileSync(path.join(pages, 'manifest.tsv'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'))
  return lines.filter((_, number) => number % 3 === 0).map((line) => line.split('\t')).map(([file, verdict, url, keyword]) => ({
    name: file.replace(/\.html$/, ''), verdict, url, keyword, type: contentType('-'), body: fs.readFileSync(path.join(pages, file)),
  }))
}

// Decodes the escapes of tests/hostile/README.md.
function unescaped(text) {
  const escape = /\\(?:([nrt\\])|x([0-9a-f]{2})|\{(\d+):([^}]*)\})/gi
  const parts = []
  let at = 0
  for (const found of text.matchAll(escape)) {
    const [whole, letter, code, times, what] = found
    parts.push(Buffer.from(text.slice(at, found.index)))
    at = found.index + whole.length
    if (letter) parts.push(Buffer.from({ n: '\n', r: '\r', t: '\t', '\\': '\\' }[letter]))
    else if (code) parts.push(Buffer.from([parseInt(code, 16)]))
    else parts.push(...Array(Number(times)).fill(unescaped(what)))
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(at))])
}

// All cases except the oversized ones, which test time and size.
export function readCases(folder) {
  const hostile = path.join(folder, 'hostile')
  const files = fs.readdirSync(hostile).filter((file) => file.endsWith('.tsv') && file !== 'oversized.tsv').sort()
  return files.flatMap((file) => {
    const lines = fs.readFileSync(path.join(hostile, file), 'utf8').split('\n')
    return lines.filter((line) => line && !line.startsWith('#')).map((line) => {
      const [name, charset, ...page] = line.split('\t')
      const place = `${path.basename(file, '.tsv')}/${name}`
      return { name: place, type: contentType(charset), body: unescaped(page.join('\t')) }
    })
  })
}

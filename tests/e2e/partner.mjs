// Partners that send pages from files: one partner for each page of tests/golden/pages, one for the hostile cases of
// tests/hostile, and two for each page of tests/golden/verdicts.
//
// Usage: partner.mjs TESTS_FOLDER CONFIGURATION
// Writes the [[partner]] tables to CONFIGURATION when it listens, and serves until it is killed.

import fs from 'node:fs'
import http from 'node:http'
import { readCases, readPages, readVerdicts } from './corpus.mjs'

const [folder, configuration] = process.argv.slice(2)
const pages = new Map(readPages(folder).map((page) => [page.name, page]))
const cases = readCases(folder)
const verdicts = new Map(readVerdicts(folder).map((page) => [page.name, page]))

// A page without a result is no answer. The result is after the cases of charsets, which are about the first bytes.
function withResult({ name, type, body }) {
  const result = Buffer.from('<p><a href="https://kept.example/">A result</a></p>')
  return { type, body: Buffer.concat(name.startsWith('charsets/') ? [body, result] : [result, body]) }
}

// A constant parameter selects the page, the keyword selects the case.
const server = http.createServer((request, response) => {
  const asked = new URL(request.url, 'http://partner').searchParams
  const page = pages.get(asked.get('page')) ?? verdicts.get(asked.get('page'))
  const { type, body } = page ?? withResult(cases[Number(asked.get('q')?.split(' ')[1])])
  response.writeHead(200, { 'content-type': type }).end(body)
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))

const list = (patterns) => `[${patterns.map((pattern) => JSON.stringify(pattern)).join(', ')}]`
const block = ({ name, page = name, path, keyword, sponsored, own, next = [] }) => `
[[code]]
name = "${name}"
partners = ${list([name, ...next])}
[[partner]]
name = "${name}"
url = "http://127.0.0.1:${server.address().port}${path}"
format = "html"
send = { keyword = "${keyword}" }
fixed = { page = "${page}" }
timeout = "30s"
sponsored_links = ${list(sponsored)}
own_pages = ${list(own)}
`
const blocks = [...pages.values()].map(({ name, url, keyword, sponsored, own }) => {
  // The page is at another host than the one in its own links.
  const { origin, pathname } = new URL(url)
  const here = `http://127.0.0.1:${server.address().port}/`
  const moved = sponsored.filter((pattern) => pattern.startsWith(`${origin}/`)).map((pattern) => here + pattern.slice(origin.length + 1))
  return block({ name: `golden-${name}`, page: name, path: pathname, keyword, sponsored: [...sponsored, ...moved], own: [...own, `${origin}/`] })
})
const hostile = { name: 'hostile', path: '/', keyword: 'q', sponsored: ['https://ads.partner.example/aclk'], own: [] }
// Each wall alone, and before a partner that answers.
const judged = [...verdicts.values()].flatMap(({ name, url, keyword }, number) => {
  const partner = { page: name, path: new URL(url).pathname, keyword, sponsored: ['https://ads.feed.example/click'], own: [] }
  return [block({ ...partner, name: `alone-${number}` }), block({ ...partner, name: `first-${number}`, next: ['golden-google'] })]
})
// Renamed into place, thus a reader never sees half of it.
fs.writeFileSync(`${configuration}.part`, [...blocks, block(hostile), ...judged].join(''))
fs.renameSync(`${configuration}.part`, configuration)

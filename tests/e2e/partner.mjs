// A partner that answers with pages which stand in files: those of tests/golden/pages, each as a partner of its
// own, and the hostile cases of tests/hostile, as the answers of one more partner.
//
// Usage: partner.mjs TESTS_FOLDER CONFIGURATION
// Writes the partners' part of proxy.toml to CONFIGURATION when it listens, and serves until it is killed.

import fs from 'node:fs'
import http from 'node:http'
import { readCases, readPages } from './corpus.mjs'

const [folder, configuration] = process.argv.slice(2)
const pages = new Map(readPages(folder).map((page) => [page.name, page]))
const cases = readCases(folder)

// Which page is asked for stands in a constant parameter; which case, in the keyword.
const server = http.createServer((request, response) => {
  const asked = new URL(request.url, 'http://partner').searchParams
  const { type, body } = pages.get(asked.get('page')) ?? cases[Number(asked.get('q')?.split(' ')[1])]
  response.writeHead(200, { 'content-type': type }).end(body)
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))

const list = (patterns) => `[${patterns.map((pattern) => JSON.stringify(pattern)).join(', ')}]`
const block = ({ name, page = name, path, keyword, sponsored, own }) => `
[[code]]
name = "${name}"
partners = ["${name}"]
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
  // Here the page stands at another host than the one that its links call their own.
  const { origin, pathname } = new URL(url)
  const here = `http://127.0.0.1:${server.address().port}/`
  const moved = sponsored.filter((pattern) => pattern.startsWith(`${origin}/`)).map((pattern) => here + pattern.slice(origin.length + 1))
  return block({ name: `golden-${name}`, page: name, path: pathname, keyword, sponsored: [...sponsored, ...moved], own: [...own, `${origin}/`] })
})
const hostile = { name: 'hostile', path: '/', keyword: 'q', sponsored: ['https://ads.partner.example/aclk'], own: [] }
// All at once, so that who waits for the file has it whole.
fs.writeFileSync(`${configuration}.part`, [...blocks, block(hostile)].join(''))
fs.renameSync(`${configuration}.part`, configuration)

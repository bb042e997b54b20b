// One browser with a window, whose policy makes the proxy its search engine: types into the address bar.
//
// Usage: address_bar.mjs chromium|firefox PROXY_URL STORE FACTS WORK_FOLDER SHOTS_FOLDER
// The policies of policies.py are installed; DISPLAY is a screen without a window manager.
// WORK_FOLDER contains internet.pem and internet.key.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { assertQuiet, launch, openPage, readFacts, until } from './browsers.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, proxyUrl, store, factsFile, work, shots] = process.argv.slice(2)
// With a space, thus no browser treats it as a host name.
const QUERY = 'titan (moon'
const METHODS = { chromium: 'GET', firefox: 'POST' }

const ok = (text) => console.log(`ok ${browserName}: ${text}`)
const xdotool = (...words) => execFileSync('xdotool', words, { encoding: 'utf8' })
const searches = () => Number(execFileSync('sqlite3', ['-readonly', store, 'select total(n) from searches'], { encoding: 'utf8' }))

async function type(page, text) {
  await page.bringToFront()
  const windows = xdotool('search', '--sync', '--onlyvisible', '--class', browserName).trim().split('\n')
  xdotool('windowfocus', '--sync', windows.at(-1))
  const pageHasFocus = () => page.evaluate(() => document.hasFocus())
  await until(pageHasFocus)
  xdotool('key', 'ctrl+l')
  // Before the address bar has the focus, the page receives what is typed.
  await until(async () => !(await pageHasFocus()))
  xdotool('type', '--delay', '30', text)
  xdotool('key', 'Return')
}

async function searchFromBar(tab) {
  const { page } = tab
  const asked = []
  page.on('request', (request) => asked.push([request.method(), request.url()]))
  const before = searches()
  await type(page, QUERY)
  await until(async () => (await page.$$('main li h2 a').catch(() => [])).length > 0)
  const found = await page.$$eval('main li h2 a', (links) => links.map((link) => link.textContent))
  const facts = readFacts(factsFile).map(([title]) => title).filter((title) => title.toLowerCase().includes(QUERY))
  assert.deepEqual(found.sort(), facts.sort())
  await page.screenshot({ path: path.join(shots, `${browserName}-address-bar.png`) })

  const [method, url] = asked.find(([, address]) => address.startsWith(`${proxyUrl}/search`))
  const { searchParams } = new URL(url)
  assert.equal(method, METHODS[browserName])
  assert.deepEqual(Object.fromEntries(searchParams), method === 'GET' ? { q: QUERY } : {})
  await until(() => searches() > before)
  assert.equal(searches(), before + 1, 'one search, not one for each letter')
  await assertQuiet(tab, proxyUrl)
  assert.deepEqual(internet.contacted, [])
  ok(`typed into the address bar: one search by ${method}, and nobody but the proxy is contacted`)
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
let browser
try {
  browser = await launch(browserName, { internet, proxyUrl, work, options: { headless: false, defaultViewport: null } })
  const tab = await openPage(browser, browserName, false)
  await tab.page.goto(`${proxyUrl}/`)
  await searchFromBar(tab)
} finally {
  await browser?.close()
}
process.exit()

// One browser, used like a person uses it: home page, search, results, click, back, click again. Prints a line for each check that
// passes; throws at the first that fails.
//
// Usage: search_and_click.mjs chromium|firefox PROXY_URL STORE FACTS WORK_FOLDER SHOTS_FOLDER
// WORK_FOLDER contains internet.pem and internet.key.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { VIEWS, assertQuiet, assertReadable, launch, openPage, readFacts, until } from './browsers.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, proxyUrl, store, factsFile, work, shots] = process.argv.slice(2)
const QUERY = 'titan'

const facts = readFacts(factsFile)
const wanted = facts.filter(([title]) => title.toLowerCase().includes(QUERY))
const targetOf = (title) => facts.find(([known]) => known === title)[1]

const ok = (text) => console.log(`ok ${browserName}: ${text}`)

// Sums over all hours, thus a run across the full hour makes no difference.
function sums(table, keys) {
  const query = `select ${keys} as cell, sum(n) from ${table} group by cell`
  const rows = execFileSync('sqlite3', ['-readonly', '-separator', '=', store, query], { encoding: 'utf8' })
  return Object.fromEntries(rows.trim().split('\n').filter(Boolean).map((row) => row.split('=')).map(([cell, n]) => [cell, +n]))
}
const clicks = () => sums('clicks', "partner||' '||code||' '||kind||' '||outcome")
const searches = () => sums('searches', "partner||' '||code||' '||outcome")

// The counts that increased, and by how much.
function risen(before, after) {
  const cells = Object.keys({ ...before, ...after })
  const rises = cells.map((cell) => [cell, (after[cell] ?? 0) - (before[cell] ?? 0)])
  return Object.fromEntries(rises.filter(([, n]) => n !== 0))
}

// A search is counted concurrently with its response: wait until the sums are as expected.
async function expectRise(read, before, rise) {
  await until(() => JSON.stringify(risen(before, read())) === JSON.stringify(rise))
  assert.deepEqual(risen(before, read()), rise)
}

const results = (page) => page.$$eval('main li h2 a', (links) => links.map((link) => [link.textContent, link.href]))

async function search(tab) {
  const { page } = tab
  await page.goto(`${proxyUrl}/`)
  // `autofocus` takes effect at the first rendering, which may be after loading.
  const focus = () => page.evaluate(() => document.activeElement?.name)
  await until(async () => (await focus()) === 'q')
  assert.equal(await focus(), 'q', 'the search box has the focus')
  await page.keyboard.type(QUERY)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
  const found = await results(page)
  assert.deepEqual(found.map(([title]) => title).sort(), wanted.map(([title]) => title).sort())
  for (const [, url] of found) assert.ok(url.startsWith(`${proxyUrl}/click/`), url)
  const text = await page.evaluate(() => document.body.innerText)
  for (const [, , content] of wanted) assert.ok(text.includes(content), content)
  assert.ok(!/sponsored/i.test(text), 'nothing here is sponsored')
  return found
}

async function look(tab, dark) {
  const { page } = tab
  for (const [view, size] of Object.entries(VIEWS)) {
    const name = `${view} ${dark ? 'dark' : 'light'}`
    const shot = (what) => page.screenshot({ path: path.join(shots, `${browserName}-${name.replace(' ', '-')}-${what}.png`) })
    const before = searches()
    await page.setViewport(size)
    await page.goto(`${proxyUrl}/`)
    await shot('home')
    await search(tab)
    await shot('results')
    await assertReadable(page, size.width, dark)
    await assertQuiet(tab, proxyUrl)
    await expectRise(searches, before, { 'searx toolbar-main answered': 1 })
    await page.goto(`${proxyUrl}/privacy`)
    await shot('privacy')
    await assertReadable(page, size.width, dark)
    await assertQuiet(tab, proxyUrl)
    await page.goto(`${proxyUrl}/privacy/personal-data`)
    await shot('personal-data')
    await assertReadable(page, size.width, dark)
    await assertQuiet(tab, proxyUrl)
    ok(`${name}: typed, ${wanted.length} results, one search counted, no complaints, nobody else contacted`)
  }
}

async function clickFirst({ page }) {
  const link = await page.$('main li h2 a')
  await Promise.all([page.waitForNavigation(), link.click()])
}

async function follow(tab, internet) {
  const { page } = tab
  tab.found = await search(tab)
  const [[title]] = tab.found
  await assertQuiet(tab, proxyUrl)
  assert.deepEqual(internet.contacted, [], 'nobody is contacted before the click')

  const before = clicks()
  await clickFirst(tab)
  assert.equal(page.url(), targetOf(title))
  await expectRise(clicks, before, { 'searx toolbar-main organic counted': 1 })
  ok('a click leads to the result and is counted once')

  const { url, headers } = internet.visits.find((visit) => visit.url === targetOf(title))
  assert.equal(url, targetOf(title))
  assert.equal(headers.referer, undefined)
  assert.equal(headers.cookie, undefined)
  assert.equal(await page.evaluate(() => document.referrer), '')
  assert.equal(await page.evaluate(() => window.opener), null)
  ok('the site sees no referrer, no cookie and no opener')

  await clickAfterBack(tab, title)
}

// The page has `no-store`: a browser may keep it in memory (Chromium) or request it again (Firefox), which is another search with
// other links.
async function clickAfterBack(tab, title) {
  const { page } = tab
  const [clicksBefore, searchesBefore] = [clicks(), searches()]
  const [[, linkBefore]] = tab.found
  await page.goBack()
  const [[, link]] = await results(page)
  const kept = link === linkBefore
  await expectRise(searches, searchesBefore, kept ? {} : { 'searx toolbar-main answered': 1 })

  // The middle button keeps the results open, thus the same link can be clicked again.
  const arrived = internet.visits.length
  await page.click('main li h2 a', { button: 'middle' })
  await until(() => internet.visits.length > arrived)
  assert.equal(internet.visits.at(-1).url, targetOf(title))
  const [outcome, how] = kept ? ['duplicate', 'shows the page kept'] : ['counted', 'searches anew']
  await expectRise(clicks, clicksBefore, { [`searx toolbar-main organic ${outcome}`]: 1 })
  ok(`going back ${how}, and a click into a new tab is ${outcome}`)

  const before = clicks()
  await clickFirst(tab)
  assert.equal(page.url(), targetOf(title))
  await expectRise(clicks, before, { 'searx toolbar-main organic duplicate': 1 })
  ok('clicking the same link again is a duplicate')
}

// Control: shows that contacts would be recorded.
async function provokeComplaint({ page }) {
  await page.goto(`${proxyUrl}/privacy`)
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'))
  await until(() => page.evaluate(() => window.violations.length > 0))
  assert.deepEqual(await page.evaluate(() => window.violations), ['style-src-attr'])
  ok('a forbidden style is refused, and heard of')
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
let browser
try {
  for (const dark of [true, false]) {
    // Firefox must be restarted for another colour scheme.
    if (!browser || browserName === 'firefox') {
      await browser?.close()
      browser = await launch(browserName, { internet, proxyUrl, work, dark })
    }
    const tab = await openPage(browser, browserName, dark)
    await look(tab, dark)
    if (!dark) {
      await follow(tab, internet)
      await provokeComplaint(tab)
    }
    await tab.page.close()
  }
} finally {
  await browser?.close()
}
// Open servers and connections would keep the process running.
process.exit()

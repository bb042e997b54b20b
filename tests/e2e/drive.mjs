// One browser, used as a person would: home page, search, results, click, back, click again. Prints a line
// for each check that passed; throws at the first that did not.
//
// Usage: drive.mjs chromium|firefox PROXY_URL STORE FACTS WORK_FOLDER SHOTS_FOLDER
// WORK_FOLDER holds world.pem and world.key.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import puppeteer from 'puppeteer-core'
import { openWorld } from './world.mjs'

const [browserName, proxyUrl, store, factsFile, work, shots] = process.argv.slice(2)
const QUERY = 'titan'
// Whom browsers ask on their own account, and try to whatever their flags say.
const OWN_BUSINESS = /(^|\.)(google|googleapis|gvt1|mozilla|firefox)\.(com|org|net)(:\d+)?$/
const VIEWS = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 360, height: 640, deviceScaleFactor: 2 },
}

const facts = fs.readFileSync(factsFile, 'utf8').trim().split('\n').map((line) => line.split('\t'))
const wanted = facts.filter(([title]) => title.toLowerCase().includes(QUERY))
const targetOf = (title) => facts.find(([known]) => known === title)[1]

const ok = (text) => console.log(`ok ${browserName}: ${text}`)

// The store's sums over all hours, so that a run across the full hour is like any other.
function sums(table, keys) {
  const query = `select ${keys} as cell, sum(n) from ${table} group by cell`
  const rows = execFileSync('sqlite3', ['-readonly', '-separator', '=', store, query], { encoding: 'utf8' })
  return Object.fromEntries(rows.trim().split('\n').filter(Boolean).map((row) => row.split('=')).map(([cell, n]) => [cell, +n]))
}
const clicks = () => sums('clicks', "partner||' '||code||' '||kind||' '||outcome")
const searches = () => sums('searches', "partner||' '||code||' '||outcome")

// What rose, and by how much.
function risen(before, after) {
  const cells = Object.keys({ ...before, ...after })
  const rises = cells.map((cell) => [cell, (after[cell] ?? 0) - (before[cell] ?? 0)])
  return Object.fromEntries(rises.filter(([, n]) => n !== 0))
}

async function until(condition) {
  for (let tries = 0; tries < 60; tries++) {
    if (await condition()) return
    await new Promise((done) => setTimeout(done, 50))
  }
}

// A search is counted beside its answer, not before it: wait until the sums stand as they should.
async function expectRise(read, before, rise) {
  await until(() => JSON.stringify(risen(before, read())) === JSON.stringify(rise))
  assert.deepEqual(risen(before, read()), rise)
}

async function launch(world, dark) {
  const profile = fs.mkdtempSync(path.join(work, `${browserName}-`))
  const common = { headless: true, acceptInsecureCerts: true, userDataDir: profile, timeout: 30_000 }
  if (browserName === 'chromium') {
    const args = [
      `--proxy-server=http://127.0.0.1:${world.port}`, '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ]
    return puppeteer.launch({ ...common, browser: 'chrome', executablePath: '/usr/bin/chromium', args })
  }
  const proxied = Object.fromEntries(['http', 'ssl'].flatMap((scheme) => [
    [`network.proxy.${scheme}`, '127.0.0.1'], [`network.proxy.${scheme}_port`, world.port],
  ]))
  const extraPrefsFirefox = {
    ...proxied, 'network.proxy.type': 1,
    // Firefox has no command over BiDi for this: 0 is dark, 1 is light.
    'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1,
  }
  return puppeteer.launch({ ...common, browser: 'firefox', executablePath: '/usr/bin/firefox-esr', extraPrefsFirefox })
}

// Everything that a page complains of, and everything that it asks for.
async function openPage(browser, dark) {
  const page = await browser.newPage()
  const record = { complaints: [], requests: [] }
  page.on('console', (message) => record.complaints.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => record.complaints.push(`script: ${error.message}`))
  page.on('requestfailed', (request) => record.complaints.push(`failed: ${request.url()}`))
  page.on('request', (request) => record.requests.push(request.url()))
  await page.evaluateOnNewDocument(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective))
  })
  if (browserName === 'chromium') {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }])
  }
  return { page, record }
}

async function assertQuiet({ page, record }) {
  const violations = await page.evaluate(() => window.violations)
  assert.deepEqual([violations, record.complaints], [[], []], 'the page is silent')
  const elsewhere = record.requests.filter((url) => new URL(url).origin !== proxyUrl)
  assert.deepEqual(elsewhere, [], 'the page asks nobody but the proxy')
}

const results = (page) => page.$$eval('main li h2 a', (links) => links.map((link) => [link.textContent, link.href]))

async function search(tab) {
  const { page } = tab
  await page.goto(`${proxyUrl}/`)
  // `autofocus` takes effect when the page is first drawn, which may be after it is loaded.
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

// The lowest contrast (WCAG 2.2, 1.4.3) of any text on the page against the page's background, and
// whether that background is dark.
function colours(page) {
  return page.evaluate(() => {
    const light = (colour) => {
      const parts = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255)
      const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const paper = light(getComputedStyle(document.body).backgroundColor)
    const contrast = (element) => {
      const ink = light(getComputedStyle(element).color)
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
    }
    const inks = [...document.querySelectorAll('h1, h2, a, p, th, td, footer, button')].map(contrast)
    return { dark: paper < 0.1, contrast: Math.min(...inks) }
  })
}

async function assertReadable(page, width, dark) {
  const [inner, room, wide] = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.scrollingElement
    return [innerWidth, clientWidth, scrollWidth]
  })
  assert.equal(inner, width)
  assert.equal(wide, room, 'nothing scrolls sideways')
  const seen = await colours(page)
  assert.equal(seen.dark, dark)
  assert.ok(seen.contrast >= 4.5, `contrast ${seen.contrast}`)
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
    await assertQuiet(tab)
    await expectRise(searches, before, { 'searx toolbar-main answered': 1 })
    await page.goto(`${proxyUrl}/privacy`)
    await shot('privacy')
    await assertReadable(page, size.width, dark)
    await assertQuiet(tab)
    ok(`${name}: typed, ${wanted.length} results, one search counted, no complaints, nobody else asked`)
  }
}

async function clickFirst({ page }) {
  const link = await page.$('main li h2 a')
  await Promise.all([page.waitForNavigation(), link.click()])
}

async function follow(tab, world) {
  const { page } = tab
  tab.found = await search(tab)
  const [[title]] = tab.found
  await assertQuiet(tab)
  assert.deepEqual(world.hosts.filter((host) => !OWN_BUSINESS.test(host)), [], 'nobody was asked before the click')

  const before = clicks()
  await clickFirst(tab)
  assert.equal(page.url(), targetOf(title))
  await expectRise(clicks, before, { 'searx toolbar-main organic counted': 1 })
  ok('a click leads to the result and is counted once')

  const { url, headers } = world.visits.find((visit) => visit.url === targetOf(title))
  assert.equal(url, targetOf(title))
  assert.equal(headers.referer, undefined)
  assert.equal(headers.cookie, undefined)
  assert.equal(await page.evaluate(() => document.referrer), '')
  assert.equal(await page.evaluate(() => window.opener), null)
  ok('the site sees no referrer, no cookie and no opener')

  await clickAfterBack(tab, title)
}

// The page is not to be stored, so a browser may keep it in memory (Chromium) or ask anew (Firefox); anew
// is another search with links of its own.
async function clickAfterBack(tab, title) {
  const { page } = tab
  const [clicksBefore, searchesBefore] = [clicks(), searches()]
  const [[, linkBefore]] = tab.found
  await page.goBack()
  const [[, link]] = await results(page)
  const kept = link === linkBefore
  await expectRise(searches, searchesBefore, kept ? {} : { 'searx toolbar-main answered': 1 })

  // With the middle button the results stay, so the same link can be clicked again.
  const arrived = world.visits.length
  await page.click('main li h2 a', { button: 'middle' })
  await until(() => world.visits.length > arrived)
  assert.equal(world.visits.at(-1).url, targetOf(title))
  const [outcome, how] = kept ? ['duplicate', 'shows the page kept'] : ['counted', 'searches anew']
  await expectRise(clicks, clicksBefore, { [`searx toolbar-main organic ${outcome}`]: 1 })
  ok(`going back ${how}, and a click into a new tab is ${outcome}`)

  const before = clicks()
  await clickFirst(tab)
  assert.equal(page.url(), targetOf(title))
  await expectRise(clicks, before, { 'searx toolbar-main organic duplicate': 1 })
  ok('clicking the same link again is a duplicate')
}

// Without this, silence could mean that nobody listens.
async function provokeComplaint({ page }) {
  await page.goto(`${proxyUrl}/privacy`)
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'))
  await until(() => page.evaluate(() => window.violations.length > 0))
  assert.deepEqual(await page.evaluate(() => window.violations), ['style-src-attr'])
  ok('a forbidden style is refused, and heard of')
}

const world = await openWorld(path.join(work, 'world.pem'), path.join(work, 'world.key'))
let browser
try {
  for (const dark of [true, false]) {
    browser = await launch(world, dark)
    const tab = await openPage(browser, dark)
    await look(tab, dark)
    if (!dark) {
      await follow(tab, world)
      await provokeComplaint(tab)
    }
    await browser.close()
  }
} finally {
  await browser?.close()
}
// Servers and their kept connections would hold the process open.
process.exit()

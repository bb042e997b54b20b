// One browser and all pages that a partner could send, friendly and hostile, rewritten by the proxy: none contacts anybody else, runs
// scripts, opens dialogs or causes errors, whatever is clicked. Then some of the pages unchanged, to show that the browser would
// have noticed.
//
// Usage: pages.mjs chromium|firefox PROXY_URL TESTS_FOLDER WORK_FOLDER SHOTS_FOLDER
// The partners in the configuration are those of partner.mjs. WORK_FOLDER contains internet.pem and internet.key.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { VIEWS, assertQuiet, assertReadable, launch, openPage, pause } from './browsers.mjs'
import { readCases, readPages, readVerdicts } from './corpus.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, proxyUrl, tests, work, shots] = process.argv.slice(2)
// How many pages are open at once: most of the time is spent waiting.
const TABS = 4
// Time for what a page does after loading: for one page, and once for all pages at the end.
const AFTERWARDS = 1500
// One in so many of the hostile pages that run or load something is also opened unchanged.
const CONTROLS = 6
// Functions that hostile cases call: a call shows that a script ran.
const ALARMS = ['alert', 'confirm', 'prompt', 'GONE', 'print', 'open']
const SHOWN = ['google', 'page-24k', 'searxng']

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// What axe checks of a partner's page as we write it. Items outside of lists are the partner's.
const STRUCTURE = ['heading-order', 'empty-heading', 'link-name', 'image-alt', 'summary-name', 'nested-interactive', 'document-title',
  'html-has-lang', 'valid-lang']

const ok = (text) => console.log(`ok ${browserName}: ${text}`)

// In the page: hovers over, presses, focuses and clicks everything, without following links and forms.
function poke() {
  addEventListener('click', (event) => {
    // A link to a script would run: there must be none.
    if (event.target.closest?.('a, area')?.protocol !== 'javascript:') event.preventDefault()
  })
  addEventListener('submit', (event) => event.preventDefault())
  const events = ['mouseover', 'mouseenter', 'pointerdown', 'focus', 'focusin', 'keydown', 'input', 'toggle',
    'animationstart', 'transitionend', 'error', 'load', 'beforetoggle', 'wheel']
  for (const element of [...document.querySelectorAll('*')].slice(0, 500)) {
    for (const name of events) element.dispatchEvent(new Event(name, { bubbles: name === 'focusin', cancelable: true }))
    element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))
  }
}

// In the page: forbidden content, as the browser parsed it.
function findings() {
  const found = []
  const forbidden = 'script, iframe, frame, object, embed, applet, style, base, svg, math, template, video, audio, ' +
    'source, meta[http-equiv], link:not([rel=stylesheet]):not([rel=icon]):not([rel=search]):not([rel=apple-touch-icon])'
  for (const element of document.querySelectorAll(forbidden)) found.push(element.outerHTML.slice(0, 200))
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (/^on|^style$|^ping$|^srcset$|^srcdoc$|^background$|^xlink/.test(name)) found.push(`${element.localName} ${name}`)
      if (!['href', 'src', 'action', 'formaction', 'data', 'poster', 'cite'].includes(name)) continue
      if (new URL(value, location).origin !== location.origin) found.push(`${element.localName} ${name}=${value}`)
    }
  }
  // A partner's page is inside `main`: its unclosed elements and stray end tags must not change the frame.
  const frame = [...document.body.children].map((element) => element.localName).filter((name) => name !== 'a')
  // Our second search box follows it.
  const wanted = document.body.className === 'partner' ? 'header,main,div,footer' : 'header,main,footer'
  if (frame.join() !== wanted) found.push(`the frame is ${frame}`)
  if (document.querySelectorAll('main, title').length !== 2) found.push('a second main or title')
  const text = document.querySelector('main')?.innerText
  return { found, alarms: window.alarms, title: document.title, text, kind: document.body.className }
}

async function openTab(browser) {
  const tab = await openPage(browser, browserName, false)
  await tab.page.evaluateOnNewDocument((names) => {
    window.alarms = []
    for (const name of names) window[name] = () => window.alarms.push(name)
  }, ALARMS)
  await tab.page.setViewport(VIEWS.desktop)
  return tab
}

async function assertHarmless(tab, query, code) {
  const { page } = tab
  const address = `${proxyUrl}/search?${new URLSearchParams({ q: query, code })}`
  const answer = await page.goto(address)
  assert.equal(answer.status(), 200)
  const { found, alarms, title, text, kind } = await page.evaluate(`(${poke})(), (${findings})()`)
  assert.deepEqual({ found, alarms }, { found: [], alarms: [] })
  assert.equal(kind, 'partner', "it is the partner's page")
  assert.ok(title.endsWith('– qsproxy'), title)
  assert.equal(page.url(), address)
  assert.equal(page.frames().length, 1)
  await assertQuiet(tab, proxyUrl)
  return text
}

const friendly = readPages(tests)
const hostile = readCases(tests)
const judged = readVerdicts(tests)
assert.ok(friendly.length > 20 && hostile.length > 500)

async function loadFriendly(browser) {
  const tab = await openTab(browser)
  for (const { name } of friendly) {
    try {
      const text = await assertHarmless(tab, 'garden lamps', `golden-${name}`)
      assert.ok(text.length > 20, 'there is something to read')
      for (const [view, size] of Object.entries(VIEWS)) {
        await tab.page.setViewport(size)
        await assertReadable(tab.page, size.width, false)
        if (SHOWN.includes(name)) {
          await tab.page.screenshot({ path: path.join(shots, `${browserName}-${view}-page-${name}.png`), fullPage: true })
        }
      }
      await tab.page.setViewport(VIEWS.desktop)
      assert.deepEqual(await structure(tab.page), [])
      assert.deepEqual(internet.contacted, [])
    } catch (error) {
      throw new Error(`the page ${name}`, { cause: error })
    }
  }
  await pause(AFTERWARDS)
  assert.deepEqual(internet.contacted, [])
  await tab.page.close()
  ok(`${friendly.length} pages of partners, rewritten: readable, silent, with headings and names in order for axe, and nobody but the proxy is contacted`)
}

async function structure(page) {
  await page.evaluate(`${AXE}\nwindow.axe = axe`)
  const violations = await page.evaluate(async (rules) => (await window.axe.run(document, { runOnly: rules, preload: false })).violations, STRUCTURE)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 150)}`))
}

// Walls are errors, and never seen where another partner answers; pages without results and results are shown.
async function loadVerdicts(browser) {
  const tab = await openTab(browser)
  const open = async (code) => {
    const answer = await tab.page.goto(`${proxyUrl}/search?${new URLSearchParams({ q: 'enable javascript', code })}`)
    const { found, text, kind } = await tab.page.evaluate(`(${findings})()`)
    assert.deepEqual(found, [])
    return { status: answer.status(), text, kind }
  }
  for (const [number, { name, verdict }] of judged.entries()) {
    try {
      const isWall = ['wall', 'unknown'].includes(verdict)
      const alone = await open(`alone-${number}`)
      assert.deepEqual([alone.status, alone.kind === 'partner'], isWall ? [502, false] : [200, true])
      // The browser logs a failed page on the console.
      if (isWall) tab.record.complaints.length = 0
      const first = await open(`first-${number}`)
      assert.deepEqual([first.status, first.kind, first.text.includes('How to choose garden lamps')], [200, 'partner', isWall])
      await assertQuiet(tab, proxyUrl)
    } catch (error) {
      throw new Error(`the page ${name}`, { cause: error })
    }
  }
  assert.deepEqual(internet.contacted, [])
  await tab.page.close()
  const walls = judged.filter(({ verdict }) => verdict === 'wall').length
  ok(`${judged.length} pages, ${walls} of them walls: walls are passed over or errors, all others are shown`)
}

// Runs a function for each item, a few at a time.
async function eachOf(list, workers) {
  const rest = [...list]
  const busy = workers.map(async (work) => {
    for (let next; (next = rest.shift()) !== undefined; ) {
      try {
        await work(next)
      } catch (error) {
        rest.length = 0
        throw new Error(`the case ${next.name}`, { cause: error })
      }
    }
  })
  await Promise.all(busy)
}

// The rewritten pages of many cases are equal except for the keyword and the tokens: the browser opens each only once.
async function distinctCases() {
  const outcomes = new Map()
  const numbered = hostile.map((found, number) => ({ ...found, query: `case ${number}` }))
  const fetchOne = async (found) => {
    const address = `${proxyUrl}/search?${new URLSearchParams({ q: found.query, code: 'hostile' })}`
    const answer = await fetch(address, { headers: { accept: 'text/html' } })
    // In some charsets nothing remains of a result.
    if (answer.status === 502 && found.name.startsWith('charsets/')) return
    assert.equal(answer.status, 200)
    const text = Buffer.from(await answer.arrayBuffer()).toString('latin1')
    outcomes.set(text.replaceAll(found.query, 'case').replaceAll(/\/click\/[\w-]+/g, '/click/'), found)
  }
  await eachOf(numbered, Array(2 * TABS).fill(fetchOne))
  return [...outcomes.values()]
}

async function loadHostile(browser) {
  const cases = await distinctCases()
  const tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(browser)))
  await eachOf(cases, tabs.map((tab) => async ({ query }) => {
    await assertHarmless(tab, query, 'hostile')
    assert.deepEqual(internet.contacted, [])
  }))
  await pause(AFTERWARDS)
  assert.deepEqual(internet.contacted, [])
  for (const tab of tabs) await assertQuiet(tab, proxyUrl)
  await Promise.all(tabs.map(({ page }) => page.close()))
  ok(`${hostile.length} hostile pages become ${cases.length}: none runs, loads, pops up, moves the frame or complains, however poked`)
}

// Control: pages as the partner sent them, at their own addresses, contact others and run scripts.
async function loadOriginals(browser) {
  const tab = await openTab(browser)
  const asksMore = async (address, { type, body }, act) => {
    internet.pages.set(address, { type, body })
    const before = internet.visits.length
    await tab.page.goto(address, { waitUntil: 'domcontentloaded', timeout: 10_000 }).catch(() => {})
    await act()
    await pause(100)
    const own = [address, new URL('/favicon.ico', address).href]
    return internet.visits.slice(before).some((visit) => !own.includes(visit.url))
  }
  let callers = 0
  for (const page of friendly) callers += await asksMore(new URL(page.url).href, page, () => {})
  assert.ok(callers >= 10, `${callers} pages ask others`)
  ok(`control: of the same pages unchanged, ${callers} ask others`)

  const counts = { ran: 0, asked: 0 }
  const controls = hostile.filter(({ name }, number) => /^(attributes|markup)/.test(name) && number % CONTROLS === 0)
  for (const [number, page] of controls.entries()) {
    let alarms = 0
    const dialogs = tab.record.dialogs.length
    counts.asked += await asksMore(`http://hostile.example/${number}`, page, async () => {
      await tab.page.evaluate(poke).catch(() => {})
      alarms = await tab.page.evaluate(() => window.alarms.length).catch(() => 0)
    })
    counts.ran += alarms > 0 || tab.record.dialogs.length > dialogs
  }
  assert.ok(counts.ran > 3 && counts.asked > 3, JSON.stringify(counts))
  ok(`control: of ${controls.length} hostile pages unchanged, ${counts.ran} run and ${counts.asked} ask others`)
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
let browser
try {
  browser = await launch(browserName, { internet, proxyUrl, work })
  await loadFriendly(browser)
  await loadVerdicts(browser)
  await loadHostile(browser)
  await loadOriginals(browser)
} finally {
  await browser?.close()
}
process.exit()

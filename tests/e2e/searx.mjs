// One browser and a proxy with two partners for searx: the output of `qsproxy preset searxng`, and the variant for pages in its
// comment. Checks every kind of page in light and dark, large and small, and with axe; then twenty searches, a search with the
// partner's own form, and a click.
//
// Usage: searx.mjs chromium|firefox PROXY_URL SEARX_PORT FACTS WORK_FOLDER SHOTS_FOLDER
// The code `html` uses searx's pages. WORK_FOLDER contains internet.pem and internet.key.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { VIEWS, assertQuiet, assertReadable, launch, openPage, readFacts } from './browsers.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, proxyUrl, searxPort, factsFile, work, shots] = process.argv.slice(2)
const QUERY = 'titan'
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const facts = readFacts(factsFile)
const matching = (query) => facts.filter(([title]) => title.toLowerCase().includes(query))

// Firefox must be restarted for dark mode, and the findings of axe hardly depend on the browser.
const SHADES = browserName === 'chromium' ? [true, false] : [false]

const ok = (text) => console.log(`ok ${browserName}: ${text}`)
const searchFor = (query, code) => `${proxyUrl}/search?${new URLSearchParams({ q: query, code })}`

// Every kind of page, and how to reach it.
const PAGES = {
  home: (page) => page.goto(`${proxyUrl}/`),
  privacy: (page) => page.goto(`${proxyUrl}/privacy`),
  'personal-data': (page) => page.goto(`${proxyUrl}/privacy/personal-data`),
  results: (page) => page.goto(searchFor(QUERY, 'toolbar-main')),
  about: (page) => page.goto(`${proxyUrl}/about`),
  'nothing-found': (page) => page.goto(searchFor('zzxqqk', 'toolbar-main')),
  async 'what-was-sent'(page) {
    await page.goto(searchFor(QUERY, 'toolbar-main'))
    await page.click('.sent summary')
  },
  'partners-page': (page) => page.goto(searchFor(QUERY, 'html')),
  error: (page) => page.goto(`${proxyUrl}/search`),
  async forget(page) {
    await page.goto(`${proxyUrl}/privacy`)
    await Promise.all([page.waitForNavigation(), page.click('form[action^="/forget"] button')])
  },
}

// Serious and critical findings of axe. On a partner's page only those in the frame, because headings, lists and tables are the
// partner's, and those about colours and sizes, which are ours.
async function axe(page, name) {
  await page.evaluate(`${AXE}\nwindow.axe = axe`)
  const violations = await page.evaluate(async (partners) => {
    const options = { resultTypes: ['violations'], preload: false }
    const run = async (context, more) => (await window.axe.run(context, { ...options, ...more })).violations
    if (!partners) return run(document)
    const ours = await run({ exclude: ['main'] })
    return [...ours, ...await run(document, { runOnly: ['color-contrast', 'link-in-text-block', 'target-size', 'label'] })]
  }, name === 'partners-page')
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).flatMap(({ id, nodes }) => (
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 150)} ${failureSummary}`)
  ))
}

async function look(tab, dark) {
  const { page } = tab
  const shade = dark ? 'dark' : 'light'
  for (const [view, size] of Object.entries(VIEWS)) {
    await page.setViewport(size)
    for (const [name, open] of Object.entries(PAGES)) {
      await open(page)
      const shot = `${browserName}-${view}-${shade}-${name}.png`
      await page.screenshot({ path: path.join(shots, shot) })
      // The browser logs a failed page on the console.
      if (name === 'error') tab.record.complaints.length = 0
      await assertReadable(page, size.width, dark)
      await assertQuiet(tab, proxyUrl)
      assert.deepEqual(await axe(page, name), [], `axe on ${name}, ${view}`)
    }
  }
  await page.evaluate(() => document.body.append(document.createElement('img')))
  assert.match((await axe(page, 'home')).join(), /^image-alt: <img>/, 'axe speaks up')
  ok(`${Object.keys(PAGES).join(', ')} in ${shade}, large and small: nothing serious says axe`)
}

// Whether a page of searx shows these facts and all its links lead through the proxy.
async function assertShows(page, query) {
  const text = await page.evaluate(() => document.body.innerText)
  const wanted = matching(query)
  assert.ok(wanted.length > 0)
  for (const [title, , content] of wanted) assert.ok(text.includes(title) && text.includes(content), title)
  const links = await page.$$eval('main a', (all) => all.map((link) => link.href))
  assert.ok(links.length >= wanted.length)
  for (const link of links) assert.ok(link.startsWith(`${proxyUrl}/click/`), link)
  const source = await page.evaluate(() => document.documentElement.outerHTML)
  assert.ok(!source.includes(`127.0.0.1:${searxPort}`) && !/href="(?!\/about[?#"])[^"]*(about|preferences)/.test(source))
  for (const action of await page.$$eval('form', (all) => all.map((form) => form.action))) {
    assert.equal(action, `${proxyUrl}/search`)
  }
}

async function newcomer(tab) {
  const { page } = tab
  const queries = ['titan', 'mercury', 'oumuamua', 'hydrogen', 'helium', 'neon', 'iron', 'gold', 'silver', 'argon']
  for (const query of queries) {
    await page.goto(searchFor(query, 'toolbar-main'))
    assert.equal((await page.$$('main li h2 a')).length, matching(query).length)
    await page.goto(searchFor(query, 'html'))
    await assertShows(page, query)
    await assertQuiet(tab, proxyUrl)
  }
  assert.deepEqual(internet.contacted, [])
  ok(`${2 * queries.length} searches, half of them by searx's pages: all facts are there, and nobody but the proxy is contacted`)
}

// Search, panel and first result by keyboard alone, in the order of the page.
async function walk({ page }) {
  await page.goto(`${proxyUrl}/`)
  await page.keyboard.type(QUERY)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
  const focused = () => page.evaluate(() => {
    const { tagName, className, id, textContent } = document.activeElement
    return { tag: tagName.toLowerCase(), name: className || id, text: textContent }
  })
  const stops = []
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab')
    const stop = await focused()
    stops.push(stop.name || stop.tag)
    if (stop.tag === 'summary') await page.keyboard.press('Enter')
    if (await page.evaluate(() => document.activeElement.matches('main li h2 a'))) break
  }
  assert.deepEqual(stops.slice(0, 4), ['skip', 'brand', 'q', 'button'])
  assert.ok(stops.includes('summary'), stops.join())
  assert.ok(await page.$eval('.sent', (panel) => panel.open), 'the panel opens')
  const titles = await page.$$eval('main li h2 a', (all) => all.map((link) => link.textContent))
  assert.equal((await focused()).text, titles[0], 'then comes the first result')
  await page.keyboard.press('Tab')
  assert.equal((await focused()).text, titles[1])
  ok('a search, what was sent, and the results are reached by keyboard, in the order of the page')
}

// The boxes before and after a partner's page, whose own is hidden.
async function useForms({ page }) {
  for (const place of ['header', '.after']) {
    await page.goto(searchFor(QUERY, 'html'))
    const box = await page.waitForSelector(`${place} form[role=search] input[name=q]`, { visible: true })
    assert.equal(await box.evaluate((input) => input.value), QUERY)
    await box.click({ count: 3 })
    await box.type('mercury')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    const { origin, pathname, searchParams } = new URL(page.url())
    assert.deepEqual([origin + pathname, searchParams.get('q'), searchParams.get('code')], [`${proxyUrl}/search`, 'mercury', 'html'])
    await assertShows(page, 'mercury')
  }
  ok("the boxes around a partner's page search through us, for the same code")
}

async function follow({ page }) {
  assert.deepEqual(internet.contacted, [], 'nobody is contacted before the click')
  const [title, target] = matching('mercury')[0]
  const links = await page.$$('main a')
  const texts = await Promise.all(links.map((link) => link.evaluate((found) => found.textContent.trim())))
  await Promise.all([page.waitForNavigation(), links[texts.indexOf(title)].click()])
  assert.equal(page.url(), target)
  const { headers } = internet.visits.find(({ url }) => url === target)
  assert.deepEqual([headers.referer, headers.cookie], [undefined, undefined])
  ok("a click on searx's page leads to the result, without a referrer")
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
let browser
try {
  browser = await launch(browserName, { internet, proxyUrl, work })
  for (const dark of SHADES) {
    const tab = await openPage(browser, browserName, dark)
    await look(tab, dark)
    if (!dark) {
      await newcomer(tab)
      await useForms(tab)
      await follow(tab)
      await walk(tab)
    }
  }
} finally {
  await browser?.close()
}
process.exit()

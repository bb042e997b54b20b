// One browser at the admin page: it renders, is readable in light and dark, on a desktop and on a phone, causes no errors, and its
// links have the targets that they name.
//
// Usage: counts.mjs chromium|firefox ADMIN_URL WORK_FOLDER SHOTS_FOLDER
// WORK_FOLDER contains internet.pem and internet.key. There must be a search and a click today.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { VIEWS, assertQuiet, assertReadable, launch, openPage } from './browsers.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, adminUrl, work, shots] = process.argv.slice(2)
const SECTIONS = ['performance', 'overview', 'clicks', 'searches', 'active', 'retention', 'reconciliation', 'partners']

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const ok = (text) => console.log(`ok ${browserName}: ${text}`)

async function assertAccessible(page) {
  await page.evaluate(`${AXE}\nwindow.axe = axe`)
  const found = await page.evaluate(async () => (await window.axe.run(document, { preload: false })).violations)
  assert.deepEqual(found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 150)}`)), [])
}

// In the page: the rendered parts of each section, and whether its style applies.
function drawn(sections) {
  const seen = (id) => {
    const bars = [...document.querySelectorAll(`#${id} svg rect`)].filter((bar) => bar.getBoundingClientRect().height > 1)
    const fills = [...new Set(bars.map((bar) => getComputedStyle(bar).fill))]
    return [id, { svg: document.querySelectorAll(`#${id} svg`).length, bars: bars.length, fills }]
  }
  return Object.fromEntries(sections.map(seen))
}

async function look(browser, dark) {
  const tab = await openPage(browser, browserName, dark)
  const { page } = tab
  for (const [view, size] of Object.entries(VIEWS)) {
    await page.setViewport(size)
    const answer = await page.goto(`${adminUrl}/`)
    assert.equal(answer.status(), 200)
    const seen = await page.evaluate(drawn, SECTIONS)
    for (const id of ['clicks', 'searches', 'retention', 'partners']) assert.ok(seen[id].svg > 0, `${id} is drawn`)
    assert.ok((await page.$$eval('.card .big', (numbers) => numbers.filter((number) => /\d/.test(number.textContent)).length)) >= 3, 'there are numbers')
    assert.ok(seen.clicks.bars > 0 && seen.searches.bars > 0, 'there are bars')
    assert.ok(!seen.clicks.fills.includes('rgb(0, 0, 0)'), 'the bars have the colours of the style')
    await assertReadable(page, size.width, dark)
    await assertAccessible(page)
    await page.screenshot({ path: path.join(shots, `${browserName}-${view}-counts-${dark ? 'dark' : 'light'}.png`), fullPage: true })
  }
  await page.setViewport(VIEWS.desktop)
  await page.click('#clicks summary')
  assert.ok(await page.$eval('#clicks table', (table) => table.getBoundingClientRect().height > 20), 'the table opens')
  const links = await page.$$eval('section .twins a', (found) => found.map((link) => link.href))
  assert.ok(links.length >= 14, `${links.length} links`)
  for (const link of links) {
    const twin = await fetch(link)
    const type = new URL(link).pathname.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/json'
    assert.deepEqual([twin.status, twin.headers.get('content-type')], [200, type], link)
    if (type === 'application/json') await twin.json()
  }
  for (const [name, bars] of [['‹ Earlier', false], ['Later ›', true], ['This month', true], ['28 days', false], ['Today', true]]) {
    const link = await page.evaluateHandle((wanted) => [...document.links].find((found) => found.textContent === wanted), name)
    await Promise.all([page.waitForNavigation(), link.click()])
    assert.equal((await page.evaluate(drawn, SECTIONS)).clicks.bars > 0, bars, name)
  }
  // The empty icon.
  tab.record.requests = tab.record.requests.filter((url) => url !== 'data:,')
  await assertQuiet(tab, adminUrl)
  await page.close()
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
for (const dark of [false, true]) {
  const browser = await launch(browserName, { internet, proxyUrl: adminUrl, work, dark })
  try {
    await look(browser, dark)
    assert.deepEqual(internet.contacted, [])
  } finally {
    await browser.close()
  }
}
ok("the admin's page is drawn, readable and accessible in light and dark, wide and narrow, silent, and every twin answers")
process.exit()

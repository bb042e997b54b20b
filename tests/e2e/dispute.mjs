// One browser at the page for a dispute, opened from the disk as the partner opens it: it loads nothing, is clean for axe in light and dark, on
// a desktop and on a phone, and fits on A4 with its colours.
//
// Usage: dispute.mjs chromium|firefox PAGE WORK_FOLDER SHOTS_FOLDER
// PAGE is the reconciliation.html of `qsproxy reconcile --pack`. WORK_FOLDER contains internet.pem and internet.key.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { VIEWS, assertReadable, launch, openPage } from './browsers.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, file, work, shots] = process.argv.slice(2)
const address = pathToFileURL(path.resolve(file)).href
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// A4 less the margins of the style, in CSS pixels.
const PAPER = { width: Math.floor((210 - 28) / 25.4 * 96), height: Math.floor((297 - 28) / 25.4 * 96) }
// A month with its chart, its days and the clicks that are not counted.
const MOST_SHEETS = 3

const ok = (text) => console.log(`ok ${browserName}: ${text}`)

async function assertAccessible(page) {
  await page.evaluate(`${AXE}\nwindow.axe = axe`)
  const found = await page.evaluate(async () => (await window.axe.run(document, { preload: false })).violations)
  assert.deepEqual(found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 150)}`)), [])
}

async function assertPrintable(page, dark) {
  await page.setViewport(PAPER)
  await page.emulateMediaType('print')
  const seen = await page.evaluate(() => {
    const boxes = [...document.querySelectorAll('table, svg, code')].map((box) => box.getBoundingClientRect())
    const swatches = [...document.querySelectorAll('figcaption span')].map((span) => getComputedStyle(span, '::before'))
    return {
      right: Math.max(...boxes.map((box) => box.right)), room: document.documentElement.clientWidth,
      colours: swatches.map((style) => `${style.backgroundColor} ${style.borderTopColor}`), adjust: getComputedStyle(document.body).printColorAdjust,
      paper: getComputedStyle(document.body).backgroundColor,
    }
  })
  assert.ok(seen.right <= seen.room, `nothing is cut: ${seen.right} of ${seen.room}`)
  assert.equal(seen.adjust, 'exact')
  assert.equal(seen.paper, 'rgb(255, 255, 255)')
  assert.equal(new Set(seen.colours).size, 2, `the legend has its colours: ${seen.colours}`)
  const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, printBackground: true }))
  fs.writeFileSync(path.join(shots, `${browserName}-dispute-${dark ? 'dark' : 'light'}.pdf`), pdf)
  const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length
  assert.ok(sheets <= MOST_SHEETS, `${sheets} sheets`)
  await page.emulateMediaType(null)
}

async function look(browser, dark) {
  const { page, record } = await openPage(browser, browserName, dark)
  for (const [view, size] of Object.entries(VIEWS)) {
    await page.setViewport(size)
    await page.goto(address)
    await assertReadable(page, size.width, dark)
    await assertAccessible(page)
    await page.screenshot({ path: path.join(shots, `${browserName}-${view}-dispute-${dark ? 'dark' : 'light'}.png`), fullPage: true })
  }
  // puppeteer prints with Chromium only.
  if (browserName === 'chromium') await assertPrintable(page, dark)
  assert.deepEqual([record.complaints, record.dialogs], [[], []], 'the page is silent')
  // Firefox does not report that it reads a file.
  const own = browserName === 'chromium' ? [address] : []
  assert.deepEqual([...new Set(record.requests.filter((url) => url !== 'data:,'))], own, 'the page loads nothing')
  await page.close()
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
for (const dark of [false, true]) {
  const browser = await launch(browserName, { internet, proxyUrl: 'http://127.0.0.1:9', work, dark })
  try {
    await look(browser, dark)
    assert.deepEqual(internet.contacted, [])
  } finally {
    await browser.close()
  }
}
ok('the page for a dispute loads nothing, is accessible in light and dark, wide and narrow, and fits on paper with its colours')
process.exit()

// One browser that visits: the stamp that it stores, and what is counted. With cookies, without cookies, and with Global Privacy
// Control.
//
// Usage: visits.mjs chromium|firefox PROXY_URL STORE WORK_FOLDER
// WORK_FOLDER contains internet.pem and internet.key.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { assertQuiet, launch, openPage, pause, until } from './browsers.mjs'
import { openFakeInternet } from './fake_internet.mjs'

const [browserName, proxyUrl, store, work] = process.argv.slice(2)
const QUERY = 'titan'
// Long enough for an unexpected count to arrive.
const QUIET = 500

// Preferences that block cookies, and preferences that enable Global Privacy Control.
const NO_COOKIES = {
  chromium: { profile: { default_content_setting_values: { cookies: 2 } } },
  firefox: { 'network.cookie.cookieBehavior': 2 },
}
const GPC = { 'privacy.globalprivacycontrol.enabled': true, 'privacy.globalprivacycontrol.functionality.enabled': true }

const ok = (text) => console.log(`ok ${browserName}: ${text}`)
const ask = (query) => Number(execFileSync('sqlite3', ['-readonly', store, query], { encoding: 'utf8' }))
// Visitors, new visitors, and new visitors by cohort: a new visitor appears in all three.
const counted = () => [
  ask('select total(n) from active'),
  ask('select total(n) from active where gap = 0'),
  ask('select total(n) from retention where age = 0'),
]

async function expectBirths(before, births) {
  const wanted = before.map((n) => n + births)
  if (births > 0) await until(() => counted()[0] >= wanted[0])
  await pause(QUIET)
  assert.deepEqual(counted(), wanted)
}

// The stamp in the browser as bytes, if there is one. There must be no other cookie.
async function stamp({ page }) {
  // Firefox may list a cookie for a moment after it has expired. It does not send it.
  const isLive = ({ session, expires }) => session || expires > Date.now() / 1000
  const cookies = (await page.cookies(proxyUrl)).filter(isLive)
  assert.ok(cookies.length < 2, JSON.stringify(cookies))
  if (cookies.length === 0) return undefined
  const [{ name, value, httpOnly, sameSite, path: place, session, expires }] = cookies
  assert.deepEqual([name, httpOnly, sameSite, place, session], ['visit', true, 'Lax', '/', false])
  const days = (expires - Date.now() / 1000) / 86_400
  assert.ok(days > 59.9 && days < 60.1, `${days} days`)
  assert.match(value, /^[\w-]{42}$/)
  return Buffer.from(value, 'base64url')
}
// version, key, flags, two days of two bytes, serial, MAC
const flags = (bytes) => bytes[2]
const serial = (bytes) => bytes.subarray(7, 15).toString('hex')

// Opens a page without further requests by the test.
async function visit(tab, target) {
  tab.record.requests.length = 0
  const answer = await tab.page.goto(proxyUrl + target)
  assert.equal(answer.status(), 200)
  const confirmations = () => tab.record.requests.filter((url) => url === `${proxyUrl}/visit`).length
  await until(() => confirmations() > 0)
  assert.equal(confirmations(), 1, 'the page asks for its visit, once')
  const box = await tab.page.$eval('img[src^="/visit"]', (image) => {
    const { width, height } = image.getBoundingClientRect()
    return [width, height, image.getClientRects().length, image.offsetParent, getComputedStyle(image).display]
  })
  assert.deepEqual(box, [0, 0, 0, null, 'none'], 'what confirms a visit is not to be seen')
  assert.equal(await tab.page.evaluate(() => document.cookie), '', 'and no script could read the stamp')
  await assertQuiet(tab, proxyUrl)
}

const search = (tab) => visit(tab, `/search?q=${QUERY}`)

async function withCookies(browser) {
  for (const [name, first] of [['home page', (tab) => visit(tab, '/')], ['search', search]]) {
    const context = await browser.createBrowserContext()
    const tab = await openPage(context, browserName, false)
    let before = counted()
    await first(tab)
    await expectBirths(before, 1)
    const held = await stamp(tab)
    assert.deepEqual([flags(held), serial(held) === '0'.repeat(16)], [0, false])
    before = counted()
    for (let times = 0; times < 2; times++) await search(tab)
    await visit(tab, '/')
    await expectBirths(before, 0)
    assert.deepEqual(await stamp(tab), held)
    ok(`${name} first: one birth by itself, nothing more on the same day, nothing of it to be seen`)

    assert.match(await privacyStatement(tab), /your first visit was on .* It contains a random number\./)
    await Promise.all([tab.page.waitForNavigation(), tab.page.click('form[action^="/forget"] button')])
    assert.equal(await stamp(tab), undefined)
    await expectBirths(before, 0)
    ok('its owner reads the stamp, and one button takes it away')
    await context.close()
  }
}

// The text of the privacy statement, with all its topics unfolded.
async function privacyStatement({ page }) {
  await page.goto(`${proxyUrl}/privacy`)
  return page.evaluate(() => {
    for (const topic of document.querySelectorAll('details')) topic.open = true
    return document.body.innerText
  })
}

async function withoutCookies(browser) {
  const tab = await openPage(browser, browserName, false)
  const before = counted()
  await visit(tab, '/')
  for (let times = 0; times < 2; times++) await search(tab)
  await expectBirths(before, 0)
  assert.equal(await stamp(tab), undefined)
  ok('without cookies nobody is born')
}

async function underGpc(browser) {
  const tab = await openPage(browser, browserName, false)
  const before = counted()
  await visit(tab, '/')
  await expectBirths(before, 1)
  await search(tab)
  await expectBirths(before, 1)
  const held = await stamp(tab)
  assert.deepEqual([flags(held), serial(held)], [2, '0'.repeat(16)])
  assert.match(await privacyStatement(tab), /It contains no number\./)
  ok('under Global Privacy Control the stamp has no serial, and counts')
}

const internet = await openFakeInternet(path.join(work, 'internet.pem'), path.join(work, 'internet.key'))
const runs = [[withCookies, {}], [withoutCookies, NO_COOKIES[browserName]]]
// Chromium has no setting for it.
if (browserName === 'firefox') runs.push([underGpc, GPC])
for (const [run, preferences] of runs) {
  const browser = await launch(browserName, { internet, proxyUrl, work, preferences })
  try {
    await run(browser)
  } finally {
    await browser.close()
  }
}
process.exit()

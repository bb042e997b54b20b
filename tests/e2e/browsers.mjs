// Browsers with default settings except three: they do not contact their vendor, everything except the proxy under test goes to
// `internet`, and the requests and errors of every page are recorded.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import puppeteer from 'puppeteer-core'

export const VIEWS = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 360, height: 640, deviceScaleFactor: 2 },
}

// The destination of a browser's own requests: the discard port, not `internet`. Chromium refuses to connect to it.
const NOWHERE = '127.0.0.1:9'
// The host from which Chromium loads a dictionary when somebody types. No page of the tests refers to it.
const DICTIONARIES = 'redirector.gvt1.com'

// The user agent of Chromium with a window: without one it contains HeadlessChrome, which is the name of a bot.
function agent() {
  const version = execFileSync('/usr/bin/chromium', ['--version'], { encoding: 'utf8' }).match(/ (\d+)\./)[1]
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`
}

function chromium(internet, own) {
  return {
    browser: 'chrome',
    executablePath: '/usr/bin/chromium',
    args: [
      `--proxy-server=http://127.0.0.1:${internet.port}`, `--proxy-bypass-list=<-loopback>;${own};${DICTIONARIES}`,
      `--host-resolver-rules=MAP ${DICTIONARIES} ~NOTFOUND`,
      `--user-agent=${agent()}`,
      '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-features=NetworkTimeServiceQuerying',
      `--gaia-url=http://${NOWHERE}`, `--component-updater=url-source=http://${NOWHERE}/`,
    ],
  }
}

function firefox(internet, own, dark) {
  const proxied = Object.fromEntries(['http', 'ssl'].flatMap((scheme) => [
    [`network.proxy.${scheme}`, '127.0.0.1'], [`network.proxy.${scheme}_port`, internet.port],
  ]))
  return {
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    // Without this it does not accept another server for its settings.
    env: { ...process.env, MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
    extraPrefsFirefox: {
      ...proxied, 'network.proxy.type': 1, 'network.proxy.allow_hijacking_localhost': true,
      'network.proxy.no_proxies_on': `${own},${NOWHERE}`, 'services.settings.server': `http://${NOWHERE}/v1`,
      // WebDriver BiDi has no command for this: 0 is dark, 1 is light.
      'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1,
    },
  }
}

// Starts a browser with a new profile in `work`. `preferences` are those of the browser, `options` are passed to puppeteer.
export function launch(name, { internet, proxyUrl, work, dark = false, preferences = {}, options = {} }) {
  const userDataDir = fs.mkdtempSync(path.join(work, `${name}-`))
  const own = new URL(proxyUrl).host
  const ours = name === 'chromium' ? chromium(internet, own) : firefox(internet, own, dark)
  if (name === 'chromium') {
    fs.mkdirSync(path.join(userDataDir, 'Default'))
    fs.writeFileSync(path.join(userDataDir, 'Default', 'Preferences'), JSON.stringify(preferences))
  } else {
    Object.assign(ours.extraPrefsFirefox, preferences)
  }
  return puppeteer.launch({ ...ours, headless: true, acceptInsecureCerts: true, userDataDir, timeout: 60_000, ...options })
}

// A page whose errors, requests and dialogs are recorded.
export async function openPage(browser, name, dark) {
  const page = await browser.newPage()
  const record = { complaints: [], requests: [], dialogs: [] }
  page.on('console', (message) => record.complaints.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => record.complaints.push(`script: ${error.message}`))
  page.on('requestfailed', (request) => {
    // Loading of an icon may be aborted by the next navigation.
    const left = request.failure()?.errorText.includes('ABORTED') && request.url().includes('/assets/')
    if (!left) record.complaints.push(`failed: ${request.url()}`)
  })
  page.on('request', (request) => record.requests.push(request.url()))
  page.on('dialog', (dialog) => {
    record.dialogs.push(`${dialog.type()}: ${dialog.message()}`)
    dialog.dismiss().catch(() => {})
  })
  await page.evaluateOnNewDocument(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective))
  })
  if (name === 'chromium') {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }])
  }
  return { page, record }
}

export async function assertQuiet({ page, record }, proxyUrl) {
  const violations = await page.evaluate(() => window.violations)
  assert.deepEqual([violations, record.complaints, record.dialogs], [[], [], []], 'the page is silent')
  // Firefox uses a data URL for the font of list bullets.
  const elsewhere = record.requests.filter((url) => new URL(url).origin !== proxyUrl && !url.startsWith('data:font/woff2'))
  assert.deepEqual(elsewhere, [], 'the page contacts nobody but the proxy')
}

// The lowest contrast (WCAG 2.2, 1.4.3) of any text with what is behind it, and whether the page's background is dark.
function colours(page) {
  return page.evaluate(() => {
    const light = (colour) => {
      const parts = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255)
      const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const paper = light(getComputedStyle(document.body).backgroundColor)
    const isTransparent = (colour) => colour === 'transparent' || /, 0\)$/.test(colour)
    const behind = (element) => {
      const colour = getComputedStyle(element).backgroundColor
      return isTransparent(colour) && element.parentElement ? behind(element.parentElement) : light(colour)
    }
    const contrast = (element) => {
      const [ink, ground] = [light(getComputedStyle(element).color), behind(element)]
      return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
    }
    const inks = [...document.querySelectorAll('h1, h2, a, p, th, td, footer, button')].map(contrast)
    return { dark: paper < 0.1, contrast: Math.min(...inks) }
  })
}

export async function assertReadable(page, width, dark) {
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

export async function until(condition) {
  for (let tries = 0; tries < 60; tries++) {
    if (await condition()) return
    await new Promise((done) => setTimeout(done, 50))
  }
}

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))

// The facts in the database of searx: title, address, content.
export function readFacts(file) {
  return fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split('\t'))
}

// Takes the pictures. Usage: capture.mjs WORK_FOLDER SHOTS_FOLDER PUBLIC_URL ADMIN_URL

import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))
const puppeteer = require('puppeteer-core')

const [work, shots, publicUrl, adminUrl] = process.argv.slice(2)
// Every kind of page that the configuration has. `open` is what is clicked first.
const PAGES = {
  home: { url: `${publicUrl}/` },
  results: { url: `${publicUrl}/search?q=japan` },
  'results-sent': { url: `${publicUrl}/search?q=japan`, open: '.sent summary' },
  'results-page-2': { url: `${publicUrl}/search?q=country#page-2` },
  'results-none': { url: `${publicUrl}/search?q=zzxqqk` },
  'results-redacted': { url: `${publicUrl}/search?q=mail+ann%40example.com+japan` },
  'results-german': { url: `${publicUrl}/search?q=japan&lang=de` },
  privacy: { url: `${publicUrl}/privacy` },
  'personal-data': { url: `${publicUrl}/privacy/personal-data` },
  about: { url: `${publicUrl}/about` },
  'error-empty': { url: `${publicUrl}/search` },
  'error-failed': { url: `${publicUrl}/search?q=japan&code=broken` },
  'error-missing': { url: `${publicUrl}/nowhere` },
  admin: { url: `${adminUrl}/`, height: 1000 },
  'admin-partner': { url: `${adminUrl}/?partner=demo`, height: 1000 },
}
const WIDTHS = [1280, 768, 360]

const browser = await puppeteer.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  userDataDir: fs.mkdtempSync(path.join(work, 'chromium-')),
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars',
  ],
})
try {
  for (const [name, { url, height = 800, open }] of Object.entries(PAGES)) {
    for (const width of WIDTHS) {
      for (const scheme of ['light', 'dark']) {
        const page = await browser.newPage()
        await page.setViewport({ width, height: width < 600 ? 740 : height })
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.goto(url, { waitUntil: 'load' })
        if (open) await page.click(open)
        await page.screenshot({ path: path.join(shots, `${name}-${width}-${scheme}.png`) })
        const [room, wide] = await page.evaluate(() => [document.scrollingElement.clientWidth, document.scrollingElement.scrollWidth])
        if (wide > room) throw new Error(`${name} scrolls sideways at ${width}: ${wide}`)
        await page.close()
      }
    }
  }
} finally {
  await browser.close()
}

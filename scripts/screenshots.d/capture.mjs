// Takes the pictures. Usage: capture.mjs WORK_FOLDER SHOTS_FOLDER PUBLIC_URL ADMIN_URL

import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))
const puppeteer = require('puppeteer-core')

const [work, shots, publicUrl, adminUrl] = process.argv.slice(2)
const PAGES = {
  results: { url: `${publicUrl}/search?q=japan`, height: 800 },
  admin: { url: `${adminUrl}/`, height: 1000 },
}
const WIDTHS = [1280, 360]

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
  for (const [name, { url, height }] of Object.entries(PAGES)) {
    for (const width of WIDTHS) {
      for (const scheme of ['light', 'dark']) {
        const page = await browser.newPage()
        await page.setViewport({ width, height: width < 600 ? 740 : height })
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.goto(url, { waitUntil: 'load' })
        await page.screenshot({ path: path.join(shots, `${name}-${width}-${scheme}.png`) })
        await page.close()
      }
    }
  }
} finally {
  await browser.close()
}

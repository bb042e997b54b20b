// The rest of the internet, as far as a browser can tell: a proxy for everything that is not on loopback,
// whose tunnels all end at one TLS server of ours. So a click leads to a real answer, and every byte that
// a browser sends to anyone else is on record: which host, which path, which headers.

import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

const PAGE = '<!doctype html><html lang="en"><title>Arrived</title><link rel="icon" href="data:,"><p>Arrived.'

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return server.address().port
}

// `visits` are the requests that arrived, `hosts` all that the browser wanted to connect to.
export async function openWorld(certificate, key) {
  const visits = []
  const hosts = []
  const answer = (request, response) => {
    visits.push({ url: `https://${request.headers.host}${request.url}`, headers: request.headers })
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
  }
  const site = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, answer)
  const sitePort = await listen(site)

  const proxy = http.createServer((request, response) => {
    hosts.push(new URL(request.url).host)
    response.writeHead(502).end()
  })
  proxy.on('connect', (request, socket) => {
    hosts.push(request.url)
    const tunnel = net.connect(sitePort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      tunnel.pipe(socket).pipe(tunnel)
    })
    // A browser that closes its side is no event here.
    for (const side of [socket, tunnel]) side.on('error', () => {})
  })
  return { port: await listen(proxy), visits, hosts }
}

// The rest of the internet, as far as a browser can tell: a proxy for everything that is not the proxy under
// test, whose tunnels all end at one TLS server of ours. So a click leads to a real answer, and all that a
// browser wants of anyone else is on record: each TCP connection, which host, which path, which headers.

import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

const PAGE = '<!doctype html><html lang="en"><title>Arrived</title><link rel="icon" href="data:,"><p>Arrived.'

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return server.address().port
}

// `asked` are the connections, and within them the hosts and addresses that a browser wanted; `visits` the
// requests that arrived; `pages` what is answered otherwise than by "Arrived": { type, body } by address.
export async function openWorld(certificate, key) {
  const [asked, visits, pages] = [[], [], new Map()]
  const answer = (url, request, response) => {
    visits.push({ url, headers: request.headers })
    const { type, body } = pages.get(url) ?? { type: 'text/html; charset=utf-8', body: PAGE }
    response.writeHead(200, { 'content-type': type }).end(body)
  }
  const secret = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }
  const site = https.createServer(secret, (request, response) => {
    answer(`https://${request.headers.host}${request.url}`, request, response)
  })
  const sitePort = await listen(site)

  const proxy = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request.url, request, response)
  })
  proxy.on('connection', () => asked.push('a connection'))
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    const tunnel = net.connect(sitePort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      tunnel.pipe(socket).pipe(tunnel)
    })
    // A browser that closes its side is no event here.
    for (const side of [socket, tunnel]) side.on('error', () => {})
  })
  return { port: await listen(proxy), asked, visits, pages }
}

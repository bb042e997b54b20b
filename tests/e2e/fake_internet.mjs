// The rest of the internet, as a browser sees it: a proxy for everything except the proxy under test, whose tunnels all end at one
// local TLS server. A click thus gets a real response, and everything that a browser wants from others is recorded: each TCP
// connection, host, path and headers.

import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

const PAGE = '<!doctype html><html lang="en"><title>Arrived</title><link rel="icon" href="data:,"><p>Arrived.'

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return server.address().port
}

// `contacted`: the connections, and the hosts and addresses that a browser requested through them. `visits`: the requests that arrived.
// `pages`: responses other than "Arrived", { type, body } by address.
export async function openFakeInternet(certificate, key) {
  const [contacted, visits, pages] = [[], [], new Map()]
  const respond = (url, request, response) => {
    visits.push({ url, headers: request.headers })
    const { type, body } = pages.get(url) ?? { type: 'text/html; charset=utf-8', body: PAGE }
    response.writeHead(200, { 'content-type': type }).end(body)
  }
  const secret = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }
  const site = https.createServer(secret, (request, response) => {
    respond(`https://${request.headers.host}${request.url}`, request, response)
  })
  const sitePort = await listen(site)

  const proxy = http.createServer((request, response) => {
    contacted.push(`${request.method} ${request.url}`)
    respond(request.url, request, response)
  })
  proxy.on('connection', () => contacted.push('a connection'))
  proxy.on('connect', (request, socket) => {
    contacted.push(`CONNECT ${request.url}`)
    const tunnel = net.connect(sitePort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      tunnel.pipe(socket).pipe(tunnel)
    })
    // A browser may close its side at any time.
    for (const side of [socket, tunnel]) side.on('error', () => {})
  })
  return { port: await listen(proxy), contacted, visits, pages }
}

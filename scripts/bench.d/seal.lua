-- The work of a JSON search as a script of nginx would do it: six fields, ten links cleaned and sealed (AES-256-GCM), a count in
-- memory. It looks for no personal data, and its counts are lost at a restart.
local ffi = require "ffi"
local cjson = require "cjson.safe"

ffi.cdef [[
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
const EVP_CIPHER *EVP_aes_256_gcm(void);
int EVP_EncryptInit_ex(EVP_CIPHER_CTX *, const EVP_CIPHER *, void *, const unsigned char *, const unsigned char *);
int EVP_EncryptUpdate(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
int EVP_EncryptFinal_ex(EVP_CIPHER_CTX *, unsigned char *, int *);
int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *, int, int, void *);
int RAND_bytes(unsigned char *, int);
]]
local crypto = ffi.load "crypto.so.3"
local context = crypto.EVP_CIPHER_CTX_new()
local key = ffi.new("unsigned char[32]", 7)
crypto.EVP_EncryptInit_ex(context, crypto.EVP_aes_256_gcm(), nil, key, nil)
local buffer = ffi.new "unsigned char[8192]"
local length = ffi.new "int[1]"
local nonce = ffi.new "unsigned char[12]"
local tag = ffi.new "unsigned char[16]"
local GET_TAG = 0x10

local function seal(kind, target)
  local plain = "\2" .. kind .. "ppppccccggggtttt" .. target
  crypto.RAND_bytes(nonce, 12)
  crypto.EVP_EncryptInit_ex(context, nil, nil, nil, nonce)
  crypto.EVP_EncryptUpdate(context, nil, length, "qsproxy click 1", 15)
  crypto.EVP_EncryptUpdate(context, buffer, length, plain, #plain)
  local sealed = length[0]
  crypto.EVP_EncryptFinal_ex(context, buffer + sealed, length)
  crypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, 16, tag)
  local token = ngx.encode_base64("\1" .. ffi.string(nonce, 12) .. ffi.string(buffer, sealed) .. ffi.string(tag, 16), true)
  return "/click/" .. token:gsub("[+/]", { ["+"] = "-", ["/"] = "_" })
end

local LANGUAGES = { en = true, de = true, fr = true, es = true, ja = true }
local TRACKING = { utm_source = true, utm_medium = true, utm_campaign = true, gclid = true, fbclid = true, msclkid = true }

local function browser(agent)
  for _, family in ipairs { { "Firefox/", "firefox" }, { "Edg/", "edge" }, { "Chrome/", "chrome" }, { "Safari/", "safari" } } do
    if (agent or ""):find(family[1], 1, true) then return family[2] end
  end
  return "other"
end

local function without_tracking(url)
  local path, query = url:match "^([^?#]*)%?([^#]*)$"
  if not query then return url end
  local kept = {}
  for pair in query:gmatch "[^&]+" do
    if not TRACKING[pair:match "^[^=]*"] then kept[#kept + 1] = pair end
  end
  return #kept > 0 and path .. "?" .. table.concat(kept, "&") or path
end

local function result(entry)
  local url = entry.url
  if type(url) ~= "string" or not (url:find("https://", 1, true) == 1 or url:find("http://", 1, true) == 1) then return nil end
  if not entry.ad then url = without_tracking(url) end
  return {
    title = entry.title,
    url = seal(entry.ad and "\1" or "\0", url),
    display_url = url:gsub("^https?://", ""):gsub("[?#].*$", ""),
    snippet = entry.description,
    kind = entry.ad and "sponsored" or "organic",
  }
end

local function search()
  local arguments, headers = ngx.req.get_uri_args(10), ngx.req.get_headers(30)
  if not arguments.q or arguments.q == "" then ngx.exit(400) end
  local language = LANGUAGES[arguments.lang] and arguments.lang or "en"
  local fields = { q = arguments.q, lang = language, b = browser(headers["user-agent"]), h = os.date "!%H", pc = "toolbar-main" }
  local answer = ngx.location.capture("/up", { args = fields })
  local document = answer.status == 200 and cjson.decode(answer.body)
  local list = document and document.web and document.web.results
  if not list then ngx.exit(502) end
  local results, has_ads = {}, false
  for _, entry in ipairs(list) do
    has_ads = has_ads or entry.ad
    results[#results + 1] = result(entry)
  end
  ngx.shared.counts:incr("toolbar-main:" .. (has_ads and "with_ads" or "answered"), 1, 0)
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.header["Referrer-Policy"] = "no-referrer"
  ngx.print(cjson.encode { results = results, partner = "bench" })
end

return { search = search }

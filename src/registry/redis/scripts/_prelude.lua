-- In front of every script: what the fence, the status and the journal say. Declares functions, does nothing.
-- Rules that decide about claims are here once, so that no two scripts can differ.

local MAX_STATUS_BYTES = 65536
local MAX_TOKEN = 9007199254740991
local ENDED = { held = true, released = true, revoked = true, waiting = true }
local DAY_MS = 86400000

-- Exact below 2^53, where tostring would write 1.7e+15.
local function int(number) return string.format('%.0f', number) end

-- Redis's clock: milliseconds, microseconds.
local function now()
  local time = redis.call('TIME')
  local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
  return math.floor(micros / 1000), micros
end

-- Identity of this life of Redis, and its age in whole seconds: nil when its clock was set back behind its start.
local function server()
  local info = redis.call('INFO', 'server')
  return string.match(info, 'run_id:(%w+)') or '-', tonumber(string.match(info, 'uptime_in_seconds:(%d+)'))
end

-- `<token> <claimId> <ended> <untilMs> <runId> <instanceId>`; nil when absent or anything else. Claims wait until `untilMs`: for a
-- revoked holder, or (held, released, waiting) because Redis may have forgotten a later one.
local function read_fence(key)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'string' then return nil end
  local digits, claim, ended, till, run, instance =
    string.match(text, '^(%d+) (%S+) (%l+) (%d+) (%S+) (%S+)$')
  if not digits or #digits > 16 or #till > 16 or not ENDED[ended] then return nil end
  local token = tonumber(digits)
  if token < 1 or token > MAX_TOKEN then return nil end
  -- What rounds to a digit more could not be read again.
  till = math.min(tonumber(till), MAX_TOKEN)
  return { token = token, claim = claim, ended = ended, till = till, run = run, instance = instance }
end

local function write_fence(key, token, claim, ended, till, run, instance)
  redis.call('SET', key, table.concat({ int(token), claim, ended, int(till), run, instance }, ' '))
end

-- Without a fence, and where nobody knows how old Redis is: one TTL from when this was first asked. The fence key keeps that, with a
-- token of 0, which nobody takes for a fence.
local function rest_of_wait(key, run, ms, ttl)
  local text = redis.pcall('GET', key)
  local till, whose = string.match(type(text) == 'string' and text or '', '^0 %- waiting (%d+) (%S+) %-$')
  till = whose == run and tonumber(till) or math.huge
  if till - ms > ttl then
    till = ms + ttl
    write_fence(key, 0, '-', 'waiting', till, run, '-')
  end
  return till - ms
end

-- How long claims wait where there is no fence. The age is in whole seconds, so a second is added rather than claiming a tick too early.
local function rest_of_youth(key, run, uptime, ms, ttl)
  return uptime and ttl + 1000 - uptime * 1000 or rest_of_wait(key, run, ms, ttl)
end

-- For a claim that is found again. That it is there does not say that no later one was forgotten: others go on waiting.
local function hold_again(key, fence, token, claim, instance, ms, ttl)
  local run, uptime = server()
  local till = fence and fence.run == run and fence.till or ms + ttl
  if not fence then
    local youth = rest_of_youth(key, run, uptime, ms, ttl)
    till = youth > 0 and ms + youth or 0
  end
  write_fence(key, token, claim, 'held', till, run, instance)
end

-- Decoded only to compare whose it is; never written back.
local function owner_of(text)
  local ok, value = pcall(cjson.decode, text)
  if not ok or type(value) ~= 'table' then return nil end
  local instance, claim, token, revision = value.instanceId, value.claimId, value.fencingToken, value.revision
  if type(instance) ~= 'string' or instance == '' then return nil end
  local is_token = type(token) == 'number' and token >= 1 and token <= MAX_TOKEN and token == math.floor(token)
  -- Any other number, 1e999 say, would let no renewal in until the end of the tenure.
  local is_whole = type(revision) == 'number' and revision == math.floor(revision)
  return {
    instance = instance,
    claim = type(claim) == 'string' and claim or nil,
    token = is_token and token or nil,
    revision = is_whole and math.abs(revision) <= MAX_TOKEN and revision or -1,
  }
end

-- kind: none, text (payload: the value), huge (payload: its length), type (payload: its type).
local function read_status(key)
  -- A TTL can be greater than a number that a reply can carry.
  local status = { kind = 'none', payload = '', ttl = math.min(redis.call('PTTL', key), MAX_TOKEN) }
  if status.ttl == -2 then return status end
  local length = redis.pcall('STRLEN', key)
  if type(length) == 'table' then
    status.kind, status.payload = 'type', redis.call('TYPE', key).ok
  elseif length > MAX_STATUS_BYTES then
    status.kind, status.payload = 'huge', int(length)
  else
    status.kind, status.payload = 'text', redis.call('GET', key)
    status.owner = owner_of(status.payload)
  end
  return status
end

-- The part of a reply that shows what is under the status key; 0 ms left for what never expires, and for nothing else.
local function view(reply, status)
  reply[#reply + 1] = status.kind
  reply[#reply + 1] = status.payload
  reply[#reply + 1] = int(status.ttl < 0 and 0 or math.max(status.ttl, 1))
  return reply
end

-- How a claim stands: mine; vacant (nothing readable under the key, nobody claimed since); lost, and the cause.
local function standing_of(status, fence, token, claim)
  local owner = status.owner
  if owner and owner.claim ~= claim then return 'lost', 'claimed-by-other' end
  if not fence then return owner and 'mine' or 'vacant' end
  local carries = fence.token == token and fence.claim == claim
  if fence.token > token or (fence.token == token and not carries) then
    return 'lost', fence.ended == 'revoked' and 'revoked' or 'claimed-by-other'
  end
  if carries and fence.ended == 'released' then return 'lost', 'released' end
  if owner then return 'mine' end
  if carries then return 'vacant' end
  return 'lost', 'expired'
end

local function lost(claim, cause, logged, status)
  local is_own = status.owner and status.owner.claim == claim
  return view({ claim, 'lost', cause, int(logged) }, is_own and { kind = 'none', payload = '', ttl = 0 } or status)
end

-- Greater than every token before, and than any handed out before Redis lost its memory.
local function next_token(last, micros)
  if last >= MAX_TOKEN then return micros end
  return math.max(last + 1, micros)
end

local function predecessor_json(instance, claim, token, ended)
  return string.format('{"instanceId":%s,"claimId":%s,"fencingToken":%s,"ended":"%s"}',
    cjson.encode(instance), cjson.encode(claim), int(token), ended)
end

local function logged_seq(journal)
  local text = redis.pcall('GETEX', journal, 'PX', DAY_MS)
  local seq = type(text) == 'string' and string.match(text, '^%d+$') and tonumber(text)
  return seq and seq <= MAX_TOKEN and seq or 0
end

-- A stream is about to be written: whatever else an outsider has put there goes.
local function clear_other_type(stream)
  local kind = redis.call('TYPE', stream).ok
  if kind ~= 'stream' and kind ~= 'none' then redis.call('DEL', stream) end
end

-- Appends the events ARGV[first], ARGV[first + 1], ... (pairs of seq and JSON) that are not yet in the stream.
-- `stamp` holds extra fields of the last one. Returns how far the log has got.
local function append_events(activity, journal, first, stamp)
  local logged = logged_seq(journal)
  local before = logged
  for at = first, #ARGV, 2 do
    local seq = tonumber(ARGV[at])
    if seq > logged then
      if logged == before then clear_other_type(activity) end
      local entry = { 'XADD', activity, 'MAXLEN', '~', '50000', '*', 'event', ARGV[at + 1] }
      if stamp and at == #ARGV - 1 then
        for _, field in ipairs(stamp) do entry[#entry + 1] = field end
      end
      if type(redis.pcall(unpack(entry))) == 'table' then break end
      logged = seq
    end
  end
  if logged > before then
    redis.call('XTRIM', activity, 'MINID', '~', int(now() - 90 * DAY_MS))
    redis.call('SET', journal, int(logged), 'PX', DAY_MS)
  end
  return logged
end

-- revoke: takes the exchange away from its holder on an operator's word, and raises the fence.
-- KEYS[1] status
-- KEYS[2] fence
-- KEYS[3] activity
-- KEYS[4] journal
-- ARGV[1] requestId
-- ARGV[2] the token the operator saw, or empty for whoever holds
-- ARGV[3] 1: the holder is known to be dead; 0: its deadline must pass
-- ARGV[4] ttlMs of the instances of this exchange: the wait where no claim and its TTL say how long
-- ARGV[5] 1: a Redis that may have lost its memory makes claims wait; 0: it does not
-- ARGV[6] ... pairs of seq and event
-- Returns { requestId, 'revoked', claimableInMs, loggedSeq, view }, { requestId, 'token-mismatch', token or empty, view }
--   or { requestId, 'not-held' }.

local request = ARGV[1]
local status, fence = read_status(KEYS[1]), read_fence(KEYS[2])
local owner, ms, micros = status.owner, now()
if status.kind == 'none' then return { request, 'not-held' } end

-- The holder's own word, or the fence's where the status cannot be read.
local held = fence and fence.ended == 'held' and fence.token or nil
if owner then held = owner.token end
-- What an operator sees of garbage is the last token, whatever became of its claim: only a new claim makes it stale.
local shown = held
if not owner and fence then shown = fence.token end
local is_seen = ARGV[2] == '' or (shown and int(shown) == ARGV[2])
-- Its events are in the log: carried out before, and now it would hit the next holder.
local is_repeated = #ARGV >= 7 and tonumber(ARGV[#ARGV - 1]) <= logged_seq(KEYS[4])
if not is_seen or is_repeated then
  return view({ request, 'token-mismatch', shown and int(shown) or '' }, status)
end

-- A holder's TTL may be longer than anybody else's; no honest one is longer than a day. Where garbage lies, a holder may
-- have been overwritten that was renewed a moment ago.
local wait = tonumber(ARGV[4])
if owner and owner.claim and status.ttl >= 0 then wait = math.min(status.ttl, DAY_MS) end
if ARGV[3] == '1' then wait = 0 end
local instance = owner and owner.instance or (fence and fence.instance) or '-'
local claim = '-'
if owner then claim = owner.claim or '-' elseif fence then claim = fence.claim end
local token = next_token(math.max(fence and fence.token or 0, owner and owner.token or 0), micros)
local run, uptime = server()
-- What was revoked may not be what a Redis that lost its memory has forgotten: its grace, one TTL, is not cut short.
if ARGV[5] == '1' then
  local ttl = tonumber(ARGV[4])
  if not fence then
    wait = math.max(wait, rest_of_youth(KEYS[2], run, uptime, ms, ttl))
  elseif fence.ended ~= 'revoked' then
    wait = math.max(wait, math.min(fence.till - ms, ttl))
  end
end

redis.call('DEL', KEYS[1])
local is_plain = #instance <= 128 and string.find(instance, '^%S+$')
write_fence(KEYS[2], token, '-', 'revoked', wait > 0 and ms + wait or 0, fence and fence.run or run, is_plain and instance or '-')
local predecessor = predecessor_json(instance, claim, held or 0, 'revoked')
local logged = append_events(KEYS[3], KEYS[4], 6, { 'fencingToken', int(token), 'predecessor', predecessor })
return view({ request, 'revoked', int(wait), int(logged) }, status)

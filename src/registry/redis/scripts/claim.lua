-- claim: takes the exchange if it is free, or replaces a holder that is proven dead. Sent twice, it is one claim.
-- KEYS[1] status
-- KEYS[2] fence
-- KEYS[3] activity
-- KEYS[4] journal
-- ARGV[1] claimId
-- ARGV[2] instanceId
-- ARGV[3] ttlMs
-- ARGV[4] status text before the token
-- ARGV[5] status text after the token
-- ARGV[6] claimId of a holder proven dead, or of an ended claim of this instance, or empty
-- ARGV[7] 1: a Redis that may have lost its memory makes claims wait; 0: it does not
-- ARGV[8] ... pairs of seq and event
-- Returns { claimId, 'claimed', token, predecessor, timeMs, loggedSeq }, { claimId, 'refused' or 'poisoned', view },
--   { claimId, 'deferred', reason, retryAfterMs } or { claimId, 'ended' }; view is kind, payload, expiresInMs.

local claim, instance, ttl, grace = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[7] == '1'
local status, fence = read_status(KEYS[1]), read_fence(KEYS[2])
local owner, ms, micros = status.owner, now()

local function claimed(token, predecessor)
  local stamp = { 'fencingToken', int(token), 'predecessor', predecessor }
  local logged = append_events(KEYS[3], KEYS[4], 8, stamp)
  return { claim, 'claimed', int(token), predecessor, int(ms), int(logged) }
end

local function deferred(reason, retry) return { claim, 'deferred', reason, int(retry) } end

if owner and owner.claim == claim then
  local token = owner.token or (fence and fence.token) or 0
  if status.ttl < 0 then redis.call('PEXPIRE', KEYS[1], ttl) end
  -- Written again although it is there, so that a WAIT behind this call waits for something.
  if not fence or fence.token <= token then hold_again(KEYS[2], fence, token, claim, instance, ms, ttl) end
  return claimed(token, 'null')
end

local dead = owner and owner.claim and owner.claim == ARGV[6]
if status.kind ~= 'none' and not dead then
  local outcome = (status.ttl < 0 or status.kind == 'type') and 'poisoned' or 'refused'
  if status.ttl < 0 or (not owner and status.ttl > ttl) then
    redis.call('PEXPIRE', KEYS[1], ttl)
    status.ttl = ttl
  end
  return view({ claim, outcome }, status)
end

-- A copy delivered late must not bring back what was given back.
if fence and fence.claim == claim and fence.ended == 'released' then return { claim, 'ended' } end

local run, uptime = server()
local ended = fence and fence.ended or 'held'
local wait = fence and fence.till - ms or 0
-- A revoked holder may have a longer TTL than this claimant, but not one beyond a day; and a token is Redis's time when
-- it was made, so one ahead of the clock says that the clock was set back. Other waits are one TTL of whoever waits.
local longest = (ended == 'revoked' and fence.token <= micros) and DAY_MS or ttl
if wait > longest then
  wait = ttl
  write_fence(KEYS[2], fence.token, fence.claim, ended, ms + ttl, fence.run, fence.instance)
end
if ended == 'revoked' and wait > 0 then return deferred('revoked', wait) end
-- In a dead holder's place, too: an older state of the data may show it and have forgotten its successor.
if grace then
  if not fence then
    local youth = rest_of_youth(KEYS[2], run, uptime, ms, ttl)
    if youth > 0 then return deferred('empty-store', youth) end
  elseif fence.run ~= run then
    -- A released or revoked claim stays that: only one that had not ended may be renewed again.
    local kept = (ended == 'released' or ended == 'revoked') and ended or 'waiting'
    write_fence(KEYS[2], fence.token, fence.claim, kept, ms + ttl, run, fence.instance)
    return deferred('empty-store', ttl)
  elseif wait > 0 then
    return deferred('empty-store', wait)
  end
end

local token = next_token(math.max(fence and fence.token or 0, dead and owner.token or 0), micros)
local text = ARGV[4] .. int(token) .. ARGV[5]
if dead then redis.call('SET', KEYS[1], text, 'PX', ttl) else redis.call('SET', KEYS[1], text, 'PX', ttl, 'NX') end
write_fence(KEYS[2], token, claim, 'held', 0, run, instance)
if dead then
  local last = owner.token or (fence and fence.token) or 0
  -- An earlier claim of the claimant itself was let go, nobody died.
  local how = owner.instance == instance and 'expired' or 'dead'
  return claimed(token, predecessor_json(owner.instance, owner.claim, last, how))
end
if not fence then return claimed(token, 'null') end
local how = (ended == 'released' or ended == 'revoked') and ended or 'expired'
return claimed(token, predecessor_json(fence.instance, fence.claim, fence.token, how))

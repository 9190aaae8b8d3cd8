-- renew: pushes the expiry of a claim and rewrites its status; puts the key back when nobody has claimed since.
-- KEYS[1] status
-- KEYS[2] fence
-- KEYS[3] journal
-- ARGV[1] claimId
-- ARGV[2] fencingToken
-- ARGV[3] instanceId
-- ARGV[4] ttlMs
-- ARGV[5] revision
-- ARGV[6] status text
-- ARGV[7] expiresAtMs: when the claim expires unrenewed, on Redis's clock
-- Returns { claimId, 'renewed', healed (1 or 0), timeMs, loggedSeq } or { claimId, 'lost', cause, loggedSeq, view }.

local claim, token, ttl = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local status, fence = read_status(KEYS[1]), read_fence(KEYS[2])
local standing, cause = standing_of(status, fence, token, claim)
if standing == 'lost' then return lost(claim, cause, logged_seq(KEYS[3]), status) end
-- Without a fence nothing tells a holder from a ghost but the time: what must have expired by now is not put back.
if standing == 'vacant' and not fence and now() > tonumber(ARGV[7]) then
  return lost(claim, 'expired', logged_seq(KEYS[3]), status)
end

-- A later write has overtaken this one: its text stays.
if standing == 'mine' and status.owner.revision > tonumber(ARGV[5]) then
  redis.call('PEXPIRE', KEYS[1], ttl)
else
  redis.call('SET', KEYS[1], ARGV[6], 'PX', ttl)
end

-- The fence keeps the identity of the Redis that saw this holder alive; INFO costs about 7 microseconds.
local ms = now()
if not fence or fence.ended ~= 'held' or fence.run ~= server() or fence.token ~= token then
  hold_again(KEYS[2], fence, token, claim, ARGV[3], ms, ttl)
end
return { claim, 'renewed', standing == 'vacant' and '1' or '0', int(ms), int(logged_seq(KEYS[3])) }

-- write: rewrites the status under a claim, keeping its TTL, and appends events; all or nothing.
-- KEYS[1] status
-- KEYS[2] fence
-- KEYS[3] activity
-- KEYS[4] journal
-- ARGV[1] claimId
-- ARGV[2] fencingToken
-- ARGV[3] revision
-- ARGV[4] status text
-- ARGV[5] TTL given to a key that has none, ms
-- ARGV[6] ... pairs of seq and event
-- Returns { claimId, 'written', timeMs, loggedSeq }, { claimId, 'missing', loggedSeq } or
--   { claimId, 'lost', cause, loggedSeq, view }.

local claim = ARGV[1]
local status, fence = read_status(KEYS[1]), read_fence(KEYS[2])
local standing, cause = standing_of(status, fence, tonumber(ARGV[2]), claim)
if standing == 'lost' then return lost(claim, cause, logged_seq(KEYS[4]), status) end
if standing == 'vacant' then return { claim, 'missing', int(logged_seq(KEYS[4])) } end

-- A later write has overtaken this one: its text stays.
if status.owner.revision <= tonumber(ARGV[3]) then redis.call('SET', KEYS[1], ARGV[4], 'KEEPTTL') end
if status.ttl < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
return { claim, 'written', int(now()), int(append_events(KEYS[3], KEYS[4], 6)) }

-- release: deletes the status if it is this claim's, remembers that the claim was given back, appends events. Of a claim that is gone it
-- appends nothing, because the events say that it was given back.
-- KEYS[1] status
-- KEYS[2] fence
-- KEYS[3] activity
-- KEYS[4] journal
-- ARGV[1] claimId
-- ARGV[2] fencingToken
-- ARGV[3] instanceId
-- ARGV[4] ... pairs of seq and event
-- Returns { claimId, 'released', loggedSeq } or { claimId, 'not-held', loggedSeq, view }.

local claim, token = ARGV[1], tonumber(ARGV[2])
local status, fence = read_status(KEYS[1]), read_fence(KEYS[2])
local is_owner = status.owner and status.owner.claim == claim
-- By its claim alone: a claim that is abandoned unanswered has not learned its token.
local is_remembered = fence and fence.claim == claim
if is_remembered then token = fence.token end

-- Deleting comes first: once a script has freed memory, a full Redis lets it write the rest.
if is_owner then redis.call('DEL', KEYS[1]) end
if is_remembered or (is_owner and (not fence or fence.token < token)) then
  -- Claims that are made to wait go on waiting.
  local till = is_remembered and fence.till or 0
  write_fence(KEYS[2], token, claim, 'released', till, fence and fence.run or (server()), ARGV[3])
end
if is_owner or is_remembered then return { claim, 'released', int(append_events(KEYS[3], KEYS[4], 4)) } end
return view({ claim, 'not-held', int(logged_seq(KEYS[4])) }, status)

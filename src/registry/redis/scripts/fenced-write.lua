-- fenced-write: executes commands on the data of an exchange, only while the caller's claim is the newest.
-- KEYS[1] fence
-- KEYS[2] ... the keys of the commands
-- ARGV[1] requestId
-- ARGV[2] claimId
-- ARGV[3] fencingToken
-- ARGV[4] ... the commands: name, number of its key among KEYS, number of arguments, arguments
-- Returns { requestId, 'written' } or { requestId, 'fenced-out', token or empty }.

local fence = read_fence(KEYS[1])
local is_newest = fence and fence.token == tonumber(ARGV[3]) and fence.claim == ARGV[2]
if not is_newest or fence.ended ~= 'held' then
  return { ARGV[1], 'fenced-out', fence and int(fence.token) or '' }
end
local at = 4
while at <= #ARGV do
  local last = at + 2 + tonumber(ARGV[at + 2])
  redis.call(ARGV[at], KEYS[tonumber(ARGV[at + 1])], unpack(ARGV, at + 3, last))
  at = last + 1
end
return { ARGV[1], 'written' }

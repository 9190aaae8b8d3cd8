-- take-command: removes a command from the queue; exactly one of all takers gets it, however often it asks.
-- KEYS[1] commands
-- KEYS[2] taken
-- ARGV[1] requestId
-- ARGV[2] queueId
-- ARGV[3] taker
-- ARGV[4] how long the taker is remembered, ms
-- Returns { requestId, outcome }: mine, other (taken by somebody else), gone (expired or lost; nobody is known to have it).

local entry = redis.call('TYPE', KEYS[1]).ok == 'stream' and redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if not entry then
  local known = redis.pcall('GET', KEYS[2])
  return { ARGV[1], known == ARGV[3] and 'mine' or known and 'other' or 'gone' }
end

redis.call('XDEL', KEYS[1], ARGV[2])
local fields, expires = entry[2], nil
for at = 1, #fields, 2 do
  if fields[at] == 'expiresAtMs' then expires = tonumber(fields[at + 1]) end
end
-- One without an end is not of this program.
if not expires or expires <= now() then return { ARGV[1], 'gone' } end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return { ARGV[1], 'mine' }

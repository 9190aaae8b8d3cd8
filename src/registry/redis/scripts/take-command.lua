-- take-command: removes a command from the queue; exactly one of all callers gets it.
-- KEYS[1] commands
-- ARGV[1] requestId
-- ARGV[2] queueId
-- Returns { requestId, 1 if it was there, else 0 }.

if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return { ARGV[1], '0' } end
return { ARGV[1], int(redis.call('XDEL', KEYS[1], ARGV[2])) }

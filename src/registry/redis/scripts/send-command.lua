-- send-command: puts a command for the holder into the queue, with its end on Redis's clock; the queue disappears when
-- its last command has expired.
-- KEYS[1] commands
-- ARGV[1] requestId
-- ARGV[2] ttlMs
-- ARGV[3] command
-- Returns { requestId, queueId }.

clear_other_type(KEYS[1])
local expires = int(now() + tonumber(ARGV[2]))
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', '1000', '*', 'command', ARGV[3], 'expiresAtMs', expires)
redis.call('PEXPIRE', KEYS[1], int(math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[2]))))
return { ARGV[1], id }

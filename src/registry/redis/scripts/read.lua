-- read: who holds the exchange, and the last token handed out.
-- KEYS[1] status
-- KEYS[2] fence
-- ARGV[1] requestId
-- Returns { requestId, token or empty, timeMs, view }.

local fence = read_fence(KEYS[2])
return view({ ARGV[1], fence and int(fence.token) or '', int(now()) }, read_status(KEYS[1]))

-- append: appends events without holding anything.
-- KEYS[1] activity
-- KEYS[2] journal
-- ARGV[1] requestId
-- ARGV[2] ... pairs of seq and event
-- Returns { requestId, loggedSeq }.

return { ARGV[1], int(append_events(KEYS[1], KEYS[2], 2)) }

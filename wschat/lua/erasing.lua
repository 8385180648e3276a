-- after: due
-- Record that somebody begins to erase, or has done so, since Redis's file is to be rewritten then.
-- KEYS: 1 records (zset, see file_rewriting.py)
-- ARGV: 1 who, 2 1: they have erased, 0: they are about to
-- Returns nothing of use.
return note(KEYS[1], ARGV[1], ARGV[2] == '1')

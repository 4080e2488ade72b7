/**
 * What happens in Redis as one step, in Lua.
 *
 * Its rule: time is Redis' own, so that the clocks of replicas do not matter. A script names every key in `KEYS`.
 *
 * @module
 */

/** One script. */
interface Script {
  readonly keys: number;
  readonly lua: string;
}

const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** Lets a key live for so long at least. */
const KEEP = `
local function keep(key, ms)
  if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, ms) end
end`;

/** Whoever of the waiting replicas is first may ask. ARGV[1] is the channel, ARGV[2] the lane. */
const CALL_FIRST = `
local function callFirst(queue, besides)
  local first = redis.call('ZRANGE', queue, 0, 0)[1]
  if first and first ~= besides then
    redis.call('PUBLISH', ARGV[1], cjson.encode({ lane = ARGV[2], turn = first }))
  end
end`;

/** Most news of lanes that are kept; more is told and not kept. */
const MOST_LASTING = 4_096;

/** All scripts, by the names under which the client knows them. */
export const SCRIPTS = {
  /**
   * KEYS sum, leases, lanes, all of nobody. ARGV channel. Does what the others do, so that it fails where any of them would: where
   * Redis is read-only, full or loading, or the user may not use a command. Names that one.
   */
  sidecarProbe: {
    keys: 3,
    lua: `
local sum, leases, lanes = KEYS[1], KEYS[2], KEYS[3]
for _, call in ipairs({
  { 'TIME' },
  { 'SET', sum, '1', 'PX', 1000 }, { 'GET', sum }, { 'INCRBY', sum, 1 }, { 'PTTL', sum }, { 'PEXPIRE', sum, 1000 },
  { 'ZADD', leases, 1, 'a' }, { 'ZCARD', leases }, { 'ZRANK', leases, 'a' }, { 'ZRANGE', leases, 0, 0 },
  { 'ZRANGEBYSCORE', leases, '-inf', 0 }, { 'ZREMRANGEBYSCORE', leases, '-inf', 0 }, { 'ZREM', leases, 'a' },
  { 'HSET', lanes, 'a', '1' }, { 'HLEN', lanes }, { 'HGETALL', lanes }, { 'HDEL', lanes, 'a' },
  { 'PUBLISH', ARGV[1], '' },
}) do
  local answer = redis.pcall(unpack(call))
  if type(answer) == 'table' and answer.err then
    return redis.error_reply(answer.err .. ' (' .. call[1] .. ')')
  end
end
return 1`,
  },

  /** KEYS sum. ARGV by, keep */
  sidecarAddSum: {
    keys: 1,
    lua: `
if ARGV[1] == '0' then return tonumber(redis.call('GET', KEYS[1]) or 0) end
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sum`,
  },

  /** KEYS sum. ARGV seen, owed, keep. A Redis that has forgotten a sum gets back what the replicas have seen of it. */
  sidecarMergeSum: {
    keys: 1,
    lua: `
local sum = tonumber(redis.call('GET', KEYS[1]) or 0)
local seen = tonumber(ARGV[1])
if seen > sum then sum = redis.call('INCRBY', KEYS[1], string.format('%.0f', seen - sum)) end
if ARGV[2] ~= '0' then sum = redis.call('INCRBY', KEYS[1], ARGV[2]) end
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return sum`,
  },

  /**
   * KEYS leases, queue, asked. ARGV channel, lane, replica, limit, lasts, waits, ids…
   *
   * Replicas take turns: who came first to the queue is served first, one lease at a time while others wait.
   */
  sidecarTakeLeases: {
    keys: 3,
    lua: `${NOW}${KEEP}${CALL_FIRST}
local leases, queue, asked = KEYS[1], KEYS[2], KEYS[3]
local replica, limit, lasts, waits = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', asked, '-inf', now - waits)) do
  redis.call('ZREM', queue, gone)
  redis.call('ZREM', asked, gone)
end
local free = limit - redis.call('ZCARD', leases)
local rank = redis.call('ZRANK', queue, replica)
local waiting = redis.call('ZCARD', queue)
local others = rank and waiting - 1 or waiting
local wanted = #ARGV - 6
local granted = math.min(wanted, free - (rank or waiting))
if others > 0 then granted = math.min(granted, 1) end
if granted < 0 then granted = 0 end
for at = 7, 6 + granted do redis.call('ZADD', leases, now + lasts, ARGV[at]) end
if granted > 0 then keep(leases, lasts) end
if granted == wanted then
  redis.call('ZREM', queue, replica)
  redis.call('ZREM', asked, replica)
else
  -- Behind the last one, not by the time: two may come in one millisecond
  local last = tonumber(redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')[2] or 0)
  if granted > 0 or not rank then redis.call('ZADD', queue, last + 1, replica) end
  redis.call('ZADD', asked, now, replica)
  keep(queue, waits)
  keep(asked, waits)
end
if free - granted > 0 then callFirst(queue, replica) end
return granted`,
  },

  /** KEYS leases. ARGV lasts, ids… */
  sidecarKeepLeases: {
    keys: 1,
    lua: `${NOW}${KEEP}
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[at]) end
keep(KEYS[1], ARGV[1])
return 1`,
  },

  /** KEYS leases, queue. ARGV channel, lane, id */
  sidecarGiveLease: {
    keys: 2,
    lua: `${CALL_FIRST}
redis.call('ZREM', KEYS[1], ARGV[3])
callFirst(KEYS[2])
return 1`,
  },

  /** KEYS queue, asked. ARGV channel, lane, replica */
  sidecarLeaveQueue: {
    keys: 2,
    lua: `${CALL_FIRST}
redis.call('ZREM', KEYS[1], ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[3])
callFirst(KEYS[1])
return 1`,
  },

  /** KEYS lanes. ARGV channel, message, field (empty: nothing lasts), ms (0: it is over), next */
  sidecarTell: {
    keys: 1,
    lua: `${NOW}${KEEP}
local MOST = ${MOST_LASTING}
redis.call('PUBLISH', ARGV[1], ARGV[2])
if ARGV[3] == '' then return 1 end
local ms = tonumber(ARGV[4])
if ms == 0 then return redis.call('HDEL', KEYS[1], ARGV[3]) end
if redis.call('HLEN', KEYS[1]) >= MOST then
  local all = redis.call('HGETALL', KEYS[1])
  for at = 1, #all, 2 do
    local ends = tonumber(string.match(all[at + 1], '^%d+')) or 0
    if ends <= now then redis.call('HDEL', KEYS[1], all[at]) end
  end
  if redis.call('HLEN', KEYS[1]) >= MOST then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[3], string.format('%.0f', now + ms) .. ' ' .. ARGV[5])
keep(KEYS[1], ms)
return 1`,
  },

  /** KEYS lanes. What lasts: field, milliseconds left, next, field, … */
  sidecarTold: {
    keys: 1,
    lua: `${NOW}
local found = {}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local ends, nextTime = string.match(all[at + 1], '^(%d+) (%d+)$')
  if ends and tonumber(ends) > now then
    found[#found + 1] = all[at]
    found[#found + 1] = tonumber(ends) - now
    found[#found + 1] = tonumber(nextTime)
  else
    redis.call('HDEL', KEYS[1], all[at])
  end
end
return found`,
  },
} as const satisfies Record<string, Script>;

/** The name of a script. */
export type ScriptName = keyof typeof SCRIPTS;
